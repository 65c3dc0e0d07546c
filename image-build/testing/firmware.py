"""The image itself, by firmware with Secure Boot and a software TPM."""

import os
import shutil
from pathlib import Path

from .machine import Machine
from .needs import quiet
from .tpm import Tpm

CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd")
VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")


def install():
    """The firmware and the TPM, fetched if they are missing."""
    missing = [] if CODE.exists() else ["ovmf"]
    missing += [] if shutil.which("swtpm") else ["swtpm", "swtpm-tools"]
    if missing:
        quiet(["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing])


class Terminal:
    """A terminal that an image was written to."""

    def __init__(self, folder):
        install()
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.disk = self.folder / "disk.raw"
        self.variables = self.folder / "variables.fd"
        self.tpm = None
        shutil.copyfile(VARIABLES, self.variables)
        self.disk.touch()
        os.truncate(self.disk, 4 << 30)

    def start(self, name, central_port, tpm="tpm", cable=True):
        """Switches it on, with this TPM in it."""
        self.tpm = Tpm(self.folder / tpm)
        what = [
            "-global", "driver=cfi.pflash01,property=secure,value=on",
            "-drive", f"if=pflash,format=raw,readonly=on,file={CODE}",
            "-drive", f"if=pflash,format=raw,file={self.variables}",
            "-drive", f"if=none,id=disk,file={self.disk},format=raw,cache=writeback",
            "-device", "virtio-blk-pci,drive=disk,bootindex=1",
            *self.tpm.arguments(),
        ]
        return Machine(self.folder / name, what, central_port, cable=cable)
