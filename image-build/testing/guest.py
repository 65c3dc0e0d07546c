"""The fast guest, ready to be started: its program, its disks, its kernel."""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import needs, root
from .machine import Machine
from .words import say

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DEVICES = Path(__file__).resolve().parent / "devices.json"
# For whoever looks into a failure: the journal on the first serial line. The image has none of it.
LOUD = ["console=ttyS0", "systemd.journald.forward_to_console=1", "systemd.journald.max_level_console=info",
        "systemd.wants=boot-complete.target"]


def target():
    """Where cargo builds."""
    return Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))


def build_kiosk():
    """The kiosk's program as the image has it but for link time optimisation."""
    cargo("--profile", "guest", "--package", "dayroom", "--no-default-features", "--features", "vendored-sqlcipher")
    return target() / "guest/dayroom"


def build_central():
    """Central's program, as the tests build it."""
    cargo("--package", "dayroom-central", "--bin", "dayroom-central")
    return target() / "debug/dayroom-central"


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
        needs.install()
        kept = target() / "boot-test"
        kept.mkdir(parents=True, exist_ok=True)
        self.cache = workshop(kept, name)
        say("laying out the guest's root")
        tree, self.kernel = root.tree(self.cache, root.base(kept), program, DEVICES, add)
        self.disk = root.disks(self.cache, tree)
        self.initrd = self.cache / "initrd.cpio"

    def arguments(self, esp, var, kind="raw"):
        """What a machine starts from."""
        _, line = root.settings()
        line = [word for word in line if not word.startswith(("quiet", "loglevel"))]
        return [
            "-kernel", self.kernel, "-initrd", self.initrd, "-append", " ".join([*line, *LOUD]),
            "-drive", f"if=none,id=root,file={self.disk},format=raw,readonly=on",
            "-device", "virtio-blk-pci,drive=root",
            # What the guest wrote and did not flush is lost with it; what it flushed is not.
            "-drive", f"if=none,id=var,file={var},format={kind},cache=writeback",
            "-device", "virtio-blk-pci,drive=var",
            "-drive", f"if=none,id=esp,file={esp},format={kind},cache=writeback",
            "-device", "virtio-blk-pci,drive=esp",
        ]

    def start(self, folder, esp, var, central_port, cable=True):
        """Switches the machine on."""
        return Machine(folder, [str(word) for word in self.arguments(esp, var)], central_port, cable=cable)
