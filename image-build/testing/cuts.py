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
    """A snapshot of a machine that has started, and the cuts from it."""

    def __init__(self, kiosk, writer, folder, seed):
        self.folder = Path(folder)
        self.writer = writer
        self.random = random.Random(seed)
        self.guest = Guest(kiosk, "cuts", add_writer(writer))
        self.boot()

    def more(self, numbers):
        """The line that the numbers come out of."""
        return ["-device", "virtio-serial-pci,id=lines", "-chardev", f"file,id=numbers,path={numbers}",
                "-device", "virtserialport,chardev=numbers,name=dayroom.cuts"]

    def start(self, *more):
        (self.folder / "numbers").write_bytes(b"")
        arguments = self.guest.arguments(self.folder / "esp.qcow2", self.folder / "var.qcow2", "qcow2")
        arguments += [*self.more(self.folder / "numbers"), *more]
        return Machine(self.folder, [str(word) for word in arguments], 9)

    def boot(self):
        """Starts once, and keeps the state."""
        esp, var = root.state_disks(self.folder)
        for raw in (esp, var):
            quiet(["qemu-img", "convert", "-O", "qcow2", raw, raw.with_suffix(".qcow2")])
        say("starting the machine whose snapshot is cut")
        machine = self.start()
        try:
            wait_for("the machine has started", lambda: "multi-user.target" in machine.log(), 400)
            answer = machine.qmp.monitor("savevm ready")
            if answer.strip():
                raise Failed(f"no snapshot: {answer.strip()}")
        finally:
            machine.cut()

    def disk(self, synchronous):
        """A fresh disk for the journal."""
        stage = self.folder / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        (stage / "synchronous").write_text(synchronous + "\n")
        disk = self.folder / "cuts.raw"
        disk.unlink(missing_ok=True)
        quiet(["mkfs.ext4", "-q", "-F", "-L", "cuts", "-d", stage, disk, "64M"])
        return disk

    def cut(self, synchronous, cache):
        """One cut; gives how many numbers were said, kept and lost."""
        disk = self.disk(synchronous)
        machine = self.start("-loadvm", "ready")
        try:
            direct = cache == "none"
            machine.qmp("blockdev-add", **{"node-name": "cuts", "driver": "raw", "cache": {"direct": direct},
                                           "file": {"driver": "file", "filename": str(disk),
                                                    "cache": {"direct": direct}}})
            machine.qmp("device_add", driver="virtio-blk-pci", drive="cuts", bus="slot1", id="cutdisk")
            numbers = self.folder / "numbers"
            wait_for("the machine writes", lambda: numbers.stat().st_size > 0, 120, every=0.02)
            # The moment is what is random here.
            time.sleep(self.random.uniform(0, LONGEST_S))
        finally:
            machine.cut()
        return self.check(disk)

    def check(self, disk):
        """What the disk has after its file system was recovered, as the next start would."""
        done = subprocess.run(["e2fsck", "-p", disk], capture_output=True, text=True, check=False)
        if done.returncode > 1:
            raise Failed(f"the file system is damaged: {done.stdout}{done.stderr}")
        kept = self.folder / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        quiet(["debugfs", "-R", f"rdump / {kept}", disk])
        lines = (self.folder / "numbers").read_bytes()
        # A line that was cut off says nothing.
        whole = lines[: lines.rfind(b"\n") + 1]
        done = subprocess.run([self.writer, "check", kept], input=whole, capture_output=True, check=False)
        if done.returncode:
            raise Failed(f"the journal cannot be read after the cut: {done.stderr.decode()}")
        words = done.stdout.decode().split()
        return tuple(int(word) for word in words[1::2])


