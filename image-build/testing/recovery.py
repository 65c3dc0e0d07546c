"""The facility's recovery machine: another TPM than the terminal's, which opens the /var of any of them. Here it
is a software TPM on this host, and what it opens is decrypted without the kernel's help."""

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import disk as disks
from .needs import quiet
from .words import wait_for

# The public half of the recovery machine's TPM (TPM2B_PUBLIC), as `systemd-analyze srk` writes it.
PUBLIC = "recovery.tpm2b_public"
# For a passphrase that is added to a copy of the header, to get at the key of the disk.
WORD = "only on a copy of the header"
# Runs in the tools' tree, which has python3-cryptography. IVs count sectors of 512 bytes (LUKS2, plain64).
DECRYPT = """
import json, os, sys
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
given = json.load(sys.stdin)
key, size, first = bytes.fromhex(given["key"]), given["sector"], given["offset"]
with open("luks", "rb") as source, open("plain", "wb") as target:
    end = os.fstat(source.fileno()).st_size
    target.truncate(end - first)
    place = first
    while place < end:
        try:
            place = max(first, os.lseek(source.fileno(), place, os.SEEK_DATA))
        except OSError:
            break
        place = first + (place - first) // size * size
        hole = os.lseek(source.fileno(), place, os.SEEK_HOLE)
        while place < hole:
            source.seek(place)
            secret = source.read(size)
            tweak = ((place - first) // 512 + given["tweak"]).to_bytes(16, "little")
            target.seek(place - first)
            target.write(Cipher(algorithms.AES(key), modes.XTS(tweak)).decryptor().update(secret))
            place += size
"""


class RecoveryMachine:
    """A TPM in a folder, and the tools' tree with systemd's programs that speak with it."""

    def __init__(self, folder, tree):
        self.folder = Path(folder)
        self.tree = Path(tree)

    @contextmanager
    def tpm(self, keep=False):
        """The TPM, switched on, and a folder that the tools see. What it remembers of this is kept only if that is
        asked for: a TPM that is cut from power counts that as a try to guess, and locks itself after a few."""
        place = Path(tempfile.mkdtemp(prefix="recovery-", dir=self.tree / "tmp"))
        state = self.folder / "tpm" if keep else shutil.copytree(self.folder / "tpm", place / "state")
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}",
                   "--server", f"type=unixio,path={place / 'tpm.sock'}",
                   "--ctrl", f"type=unixio,path={place / 'tpm.sock.ctrl'}", "--flags", "not-need-init,startup-clear"]
        with open(self.folder / "swtpm.log", "ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for("the recovery machine's TPM", (place / "tpm.sock").exists, 20, every=0.05)
            yield place
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(place)

    def device(self, place):
        """The TPM, as systemd's programs are told of it."""
        return f"swtpm:path=/{place.relative_to(self.tree)}/tpm.sock"

    def tool(self, place, *words, **more):
        """A program of the tools' tree, in this folder, with the TPM."""
        environment = {**os.environ, "SYSTEMD_TPM2_DEVICE": self.device(place)}
        inside = f"/{place.relative_to(self.tree)}"
        return subprocess.run(["chroot", self.tree, "env", "-C", inside, *words], env={**environment, **more.pop(
            "env", {})}, capture_output=True, check=False, **more)

    def make(self):
        """Once: the TPM gets its storage key, and gives out the public half."""
        if (self.folder / PUBLIC).exists():
            return
        (self.folder / "tpm").mkdir(parents=True, exist_ok=True)
        with self.tpm(keep=True) as place:
            setup = self.tool(place, "/usr/lib/systemd/systemd-tpm2-setup",
                              f"--tpm2-device={self.device(place)}")
            public = self.tool(place, "systemd-analyze", "srk")
        if public.returncode or not public.stdout:
            raise SystemExit(f"the recovery machine's TPM gave no key: {setup.stderr} {public.stderr}")
        (self.folder / PUBLIC).write_bytes(public.stdout)

    def open(self, disk, target):
        """Decrypts the /var of a terminal's disk into a file. Gives why not, or nothing if it did."""
        var = disks.partition(disk, "dayroom-var")
        with self.tpm() as place:
            luks = place / "luks"
            with open(disk, "rb") as source, open(luks, "wb") as copy:
                copy.truncate(var.length)
                for start, length in disks.written(disk):
                    at, end = max(start, var.start), min(start + length, var.start + var.length)
                    while at < end:
                        source.seek(at)
                        copy.seek(at - var.start)
                        at += copy.write(source.read(min(disks.CHUNK, end - at)))
            # The terminal's own slot asks for measurements of a start, and systemd would end there.
            for number, token in luks_json(luks)["tokens"].items():
                if "tpm2_pubkey" in token:
                    self.tool(place, "cryptsetup", "token", "remove", "--token-id", number, "luks")
            said = self.tool(place, "systemd-cryptenroll", f"--unlock-tpm2-device={self.device(place)}", "--password", "luks",
                             env={"NEWPASSWORD": WORD})
            if said.returncode:
                return said.stderr.decode(errors="replace").strip() or "no reason given"
            key = place / "key"
            said = self.tool(place, "cryptsetup", "luksDump", "--dump-volume-key", "--batch-mode", "--key-file", "-",
                             "--volume-key-file", "key", "luks", input=WORD.encode())
            if said.returncode:
                return said.stderr.decode(errors="replace").strip()
            segment = luks_segment(luks)
            given = {"key": key.read_bytes().hex(), "sector": segment["sector_size"],
                     "offset": int(segment["offset"]), "tweak": int(segment["iv_tweak"])}
            said = self.tool(place, "python3", "-c", DECRYPT, input=json.dumps(given).encode())
            if said.returncode:
                return said.stderr.decode(errors="replace").strip()
            quiet(["cp", "--sparse=always", place / "plain", target])
        # The power was cut: what the journal of the file system has is put in its place, as a start would.
        subprocess.run(["e2fsck", "-p", target], capture_output=True, check=False)
        return None


def luks_json(luks):
    """What is written behind the binary header (LUKS2)."""
    with open(luks, "rb") as file:
        head = file.read(1 << 16)
    return json.loads(head[4096:int.from_bytes(head[8:16], "big")].rstrip(b"\0"))


def luks_segment(luks):
    """Where and how the data lies."""
    segment = luks_json(luks)["segments"]["0"]
    if segment["encryption"] != "aes-xts-plain64":
        raise SystemExit(f"/var is encrypted by {segment['encryption']}, not by aes-xts-plain64")
    return segment
