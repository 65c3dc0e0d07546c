"""Power cuts from a snapshot: a machine that writes receipts, killed at a random moment, and what is left."""

import random
import shutil
import subprocess
import time
from pathlib import Path

from . import root
from .guest import Guest
from .machine import Machine
from .needs import quiet
from .words import Failed, say, wait_for

PORT = "/dev/virtio-ports/dayroom.cuts"
MOUNT = """[Unit]
Description=A disk to be cut from power
[Mount]
What=/dev/disk/by-label/cuts
Where=/run/cuts
Type=ext4
"""
SERVICE = f"""[Unit]
Description=Writes receipts until the power goes
Requires=run-cuts.mount
After=run-cuts.mount
[Service]
ExecStart=/usr/bin/journal_writer write /run/cuts {PORT}
"""
WANTS = "usr/lib/systemd/system/dev-disk-by\\x2dlabel-cuts.device.wants"
# The longest that a machine writes before its power goes, in seconds.
LONGEST_S = 4.0


def add_writer(writer):
    """What the guest's root gets beside the kiosk."""
    def add(tree):
        units = tree / "usr/lib/systemd/system"
        (units / "run-cuts.mount").write_text(MOUNT)
        (units / "cuts.service").write_text(SERVICE)
        wants = tree / WANTS
        wants.mkdir(parents=True)
        (wants / "cuts.service").symlink_to("../cuts.service")
        shutil.copy(writer, tree / "usr/bin/journal_writer")
        # The kiosk itself rests, so that the disk is the writer's.
        (tree / "etc/systemd/system/dayroom.target").symlink_to("/dev/null")
        return ["journal_writer"]
    return add


class Cuts:
    """Snapshots of a machine that writes, one for each setting, and the cuts from them."""

    def __init__(self, kiosk, writer, folder, seed):
        self.folder = Path(folder)
        self.writer = writer
        self.random = random.Random(seed)
        self.guest = Guest(kiosk, "cuts", add_writer(writer))

    def start(self, folder, cache, *more):
        """Starts it from its disks, with what comes out of the writer's line in a file."""
        numbers = folder / "numbers"
        numbers.write_bytes(b"")
        arguments = self.guest.arguments(folder / "esp.qcow2", folder / "var.qcow2", "qcow2")
        arguments += ["-drive", f"if=none,id=cuts,file={folder}/cuts.qcow2,format=qcow2,cache={cache}",
                      "-device", "virtio-blk-pci,drive=cuts",
                      "-device", "virtio-serial-pci,id=lines", "-chardev", f"file,id=numbers,path={numbers}",
                      "-device", "virtserialport,chardev=numbers,name=dayroom.cuts"]
        return Machine(folder, [str(word) for word in arguments], 9, more)

    def snapshot(self, synchronous):
        """Starts it, and keeps the state of a machine that writes already: so a cut costs no start, and none of the
        processor's time but for writing."""
        folder = self.folder / synchronous
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "stage").mkdir(parents=True)
        (folder / "stage/synchronous").write_text(synchronous + "\n")
        cuts = folder / "cuts.raw"
        quiet(["mkfs.ext4", "-q", "-F", "-L", "cuts", "-d", folder / "stage", cuts, "64M"])
        for raw in (*root.state_disks(folder), cuts):
            quiet(["qemu-img", "convert", "-O", "qcow2", raw, raw.with_suffix(".qcow2")])
            raw.unlink()
        say(f"starting the machine that writes with {synchronous}")
        machine = self.start(folder, "writeback")
        try:
            said = folder / "numbers"
            wait_for("the machine has started, and writes",
                     lambda: "multi-user.target" in machine.log() and said.read_bytes().count(b"\n") > 20, 400)
            answer = machine.qmp.monitor("savevm ready")
            if answer.strip():
                raise Failed(f"no snapshot: {answer.strip()}")
        finally:
            machine.cut()
        # Each cut begins with the disk as the snapshot has it, and leaves it damaged.
        (folder / "cuts.qcow2").rename(folder / "cuts.ready")

    def cut(self, synchronous, cache):
        """One cut; gives how many commits were said since the snapshot, how many there are in all, and how many of
        all that were said are lost."""
        folder = self.folder / synchronous
        shutil.copyfile(folder / "cuts.ready", folder / "cuts.qcow2")
        machine = self.start(folder, cache, "-loadvm", "ready")
        try:
            wait_for("the machine writes", lambda: (folder / "numbers").stat().st_size > 0, 120, every=0.02)
            # The moment is what is random here.
            time.sleep(self.random.uniform(0, LONGEST_S))
        finally:
            machine.cut()
        quiet(["qemu-img", "convert", "-O", "raw", folder / "cuts.qcow2", folder / "cuts.raw"])
        return self.check(folder)

    def check(self, folder):
        """What the disk has after its file system was recovered, as the next start would."""
        disk, kept = folder / "cuts.raw", folder / "kept"
        done = subprocess.run(["e2fsck", "-p", disk], capture_output=True, text=True, check=False)
        if done.returncode > 1:
            raise Failed(f"the file system is damaged: {done.stdout}{done.stderr}")
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        quiet(["debugfs", "-R", f"rdump / {kept}", disk])
        lines = (folder / "numbers").read_bytes()
        # A line that was cut off says nothing.
        whole = lines[: lines.rfind(b"\n") + 1]
        done = subprocess.run([self.writer, "check", kept], input=whole, capture_output=True, check=False)
        if done.returncode:
            raise Failed(f"the journal cannot be read after the cut: {done.stderr.decode()}")
        _, there, lost = (int(word) for word in done.stdout.decode().split()[1::2])
        return whole.count(b"\n"), there, lost


