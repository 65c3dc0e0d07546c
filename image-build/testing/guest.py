"""The fast guest, ready to be started: its program, its disks, its kernel."""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import needs, root
from .machine import Machine
from .tpm import Tpm
from .words import say

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DEVICES = Path(__file__).resolve().parent / "devices.json"
# For whoever looks into a failure: the journal on the first serial line. The image has none of it.
LOUD = ["console=ttyS0", "systemd.journald.forward_to_console=1", "systemd.journald.max_level_console=info",
        "systemd.wants=boot-complete.target"]


def target():
    """Where cargo builds."""
    return Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))


def build():
    """Kiosk and central, and what writes receipts for the power cuts. In one go and as `cargo build --release` does,
    so that what that has built of other people's crates, and of the screen, serves here as well. The kiosk is as
    the image has it but for link time optimisation; on a desk it has more, and that one stays where it was."""
    needs.install()
    kiosk = target() / "release/dayroom"
    desk, ours = (target() / "boot-test" / name for name in ("dayroom-of-the-desk", "dayroom"))
    ours.parent.mkdir(parents=True, exist_ok=True)
    if kiosk.exists():
        desk.unlink(missing_ok=True)
        os.link(kiosk, desk)
    names = ("dayroom", "dayroom-central", "journal_writer")
    cargo("--release", "--no-default-features", "--features", "dayroom/vendored-sqlcipher,dayroom/tpm",
          *(word for name in names for word in ("--package", name, "--bin", name)))
    shutil.copyfile(kiosk, ours)
    if desk.exists():
        desk.replace(kiosk)
    return ours, target() / "release/dayroom-central", target() / "release/journal_writer"


def build_central():
    """Central's program alone is asked for."""
    return build()[1]


def cargo(*words):
    """Builds something of the workspace."""
    command = ["cargo", "build", "--locked", *words]
    say(" ".join(command))
    subprocess.run(command, cwd=REPOSITORY, check=True)


def workshop(kept, name):
    """Where a guest is laid out, gone at the end: in memory if there is room, for it is many small files."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30
    place = Path(tempfile.mkdtemp(prefix=f"dayroom-{name}-", dir=memory if roomy else kept))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


class Guest:
    """A root disk with the kernel that starts it."""

    def __init__(self, program, name="kiosk", add=None):
        kept = target() / "boot-test"
        kept.mkdir(parents=True, exist_ok=True)
        self.cache = workshop(kept, name)
        self.tpm = None
        say("laying out the guest's root")
        tree, self.kernel = root.tree(self.cache, root.base(kept), program, DEVICES, add)
        self.disk = root.disks(self.cache, tree)
        self.initrd = self.cache / "initrd.cpio"

    def arguments(self, esp, var, kind="raw", more=()):
        """What a machine starts from; `more` is added to the kernel's command line."""
        _, line = root.settings()
        line = [word for word in line if not word.startswith(("quiet", "loglevel"))]
        return [
            "-kernel", self.kernel, "-initrd", self.initrd, "-append", " ".join([*line, *LOUD, *more]),
            "-drive", f"if=none,id=root,file={self.disk},format=raw,readonly=on",
            "-device", "virtio-blk-pci,drive=root",
            # What the guest wrote and did not flush is lost with it; what it flushed is not.
            "-drive", f"if=none,id=var,file={var},format={kind},cache=writeback",
            "-device", "virtio-blk-pci,drive=var",
            "-drive", f"if=none,id=esp,file={esp},format={kind},cache=writeback",
            "-device", "virtio-blk-pci,drive=esp",
        ]

    def start(self, folder, esp, var, central_port, cable=True, more=(), line=()):
        """Switches the machine on, with the TPM that belongs to these disks; `line` is added to the kernel's command
        line."""
        if self.tpm:
            self.tpm.end()
        self.tpm = Tpm(esp.parent / "tpm")
        what = [str(word) for word in [*self.arguments(esp, var, more=line), *self.tpm.arguments()]]
        return Machine(folder, what, central_port, more, cable)
