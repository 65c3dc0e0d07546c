#!/usr/bin/env python3
"""Lays out what is ours as it is installed: the program, the units and their rules.

    stage.py PROGRAM FOLDER
"""

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SYSTEMD = HERE.parent.parent / "systemd"

# Where the files of systemd/ go that are no units; systemd/README.md has the same table.
PLACES = {
    "90-dayroom.preset": "usr/lib/systemd/system-preset/90-dayroom.preset",
    "dayroom.sysusers.conf": "usr/lib/sysusers.d/dayroom.conf",
    "dayroom.tmpfiles.conf": "usr/lib/tmpfiles.d/dayroom.conf",
    "70-dayroom.rules": "usr/lib/udev/rules.d/70-dayroom.rules",
    "dayroom.nft": "etc/nftables.conf",
    "README.md": "usr/share/dayroom/systemd.md",
}
UNITS = (".service", ".path", ".target", ".mount")


def place(name):
    if name in PLACES:
        return PLACES[name]
    if name.endswith(UNITS):
        return f"usr/lib/systemd/system/{name}"
    raise SystemExit(f"stage: nobody has said where systemd/{name} goes: write it into stage.py")


def stage(program, folder):
    """Copies everything below `folder`, as root owns it."""
    for source in sorted(SYSTEMD.iterdir()):
        copy(source, folder / place(source.name), 0o644)
    copy(Path(program), folder / "usr/bin/dayroom", 0o755)


def copy(source, target, mode):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    stage(sys.argv[1], Path(sys.argv[2]))
