"""The bundle of a release: a read-only file system (erofs, LZ4) with the three parts that go into the other slot,
under the names that the transfer files of systemd-sysupdate look for."""

import os
import re
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

SECTION = re.compile(rb"roothash=([0-9a-f]{64})")


def parts(out, version):
    """The files of a build, each with its name in the bundle. Names have the partitions' UUIDs, which the kernel
    finds root and verity by: the two halves of the root hash on its command line."""
    kernel = out / f"dayroom_{version}.efi"
    found = set(SECTION.findall(kernel.read_bytes()))
    if len(found) != 1:
        raise SystemExit(f"bundle: {kernel} has {len(found)} root hashes, not one")
    root, verity = (uuid.UUID(hex=half) for half in re.findall(".{32}", found.pop().decode()))
    return {
        f"dayroom_{version}.root-{root}.raw": out / f"dayroom_{version}.root-x86-64.raw",
        f"dayroom_{version}.root-verity-{verity}.raw": out / f"dayroom_{version}.root-x86-64-verity.raw",
        f"dayroom_{version}.efi": kernel,
    }


def pack(tree, files, target):
    """Makes a bundle of these files with the tools' own mkfs.erofs, by its own loader: the host needs none."""
    libraries = tree / "usr/lib/x86_64-linux-gnu"
    command = [libraries / "ld-linux-x86-64.so.2", "--library-path", libraries, tree / "usr/bin/mkfs.erofs",
               "-zlz4", "--all-root", "-T0", "-U", str(uuid.UUID(int=0)), "--quiet"]
    with tempfile.TemporaryDirectory(dir=target.parent) as stage:
        for name, source in files.items():
            try:
                os.link(source, Path(stage) / name)
            except OSError:
                shutil.copyfile(source, Path(stage) / name)
        target.unlink(missing_ok=True)
        done = subprocess.run([*command, target, stage], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bundle: {done.stderr}{done.stdout}")
