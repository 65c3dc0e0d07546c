"""The fast guest: the image's packages, tree, units and program on a read-only ext4, started by its kernel
directly. What it has not of the image: the firmware's part, verity, encryption and the other slot."""

import configparser
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from .needs import mirror, quiet
from .words import say

HERE = Path(__file__).resolve().parent
IMAGE = HERE.parent / "image"
SUITE = "trixie"
# What the guest's first file system needs, before the root is there.
INITRD = ["virtio_blk", "ext4", "crc32c_generic"]

INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
/bin/busybox mount -t devtmpfs none /dev
for module in $(/bin/busybox cat /modules/order); do /bin/busybox insmod /modules/$module; done
until [ -b /dev/vda ]; do /bin/busybox usleep 20000; done
/bin/busybox mount -t ext4 -o ro /dev/vda /root || exec /bin/busybox poweroff -f
/bin/busybox mount --move /dev /root/dev
/bin/busybox umount /sys
/bin/busybox umount /proc
exec /bin/busybox switch_root /root /usr/lib/systemd/systemd
"""


def settings():
    """Packages and kernel command line of the image."""
    parser = configparser.ConfigParser(allow_no_value=True, interpolation=None, strict=False)
    parser.optionxform = str
    parser.read(IMAGE / "mkosi.conf", encoding="utf-8")
    content = parser["Content"]
    return content["Packages"].split(), content["KernelCommandLine"].split()


def base(cache):
    """Debian's packages, unpacked, as a tar file. Fetched once for each list of packages."""
    packages, _ = settings()
    mark = hashlib.sha256(" ".join([SUITE, *packages]).encode()).hexdigest()[:16]
    tar = cache / f"base-{mark}.tar"
    if not tar.exists():
        say("fetching Debian's packages for the guest (once)")
        for old in cache.glob("base-*.tar"):
            old.unlink()
        new = tar.with_suffix(".new.tar")
        quiet(["mmdebstrap", "--mode=root", "--variant=essential", f"--include={','.join(packages)}",
               SUITE, new, mirror()])
        new.rename(tar)
    return tar


def tree(cache, packages, program, devices, add=None):
    """The root folder: everything of the image's but what its firmware starts. Also gives the kernel."""
    root = cache / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    quiet(["tar", "-xf", packages, "-C", root])
    kernel = cache / "vmlinuz"
    shutil.copyfile(next((root / "boot").glob("vmlinuz-*")), kernel)
    quiet(["cp", "-a", "--no-preserve=ownership", f"{IMAGE}/mkosi.extra/.", root])
    quiet([IMAGE / "stage.py", program, root])
    (root / "etc/dayroom").mkdir(exist_ok=True)
    shutil.copyfile(devices, root / "etc/dayroom/devices.json")
    # Both partitions of the state disk, as the image's fstab has them on one disk, without encryption.
    (root / "etc/fstab").write_text(
        "LABEL=DAYROOM-ESP /efi vfat nosuid,nodev,noexec,umask=0077 0 0\n"
        "LABEL=dayroom-var /var ext4 nosuid,nodev,noexec 0 2\n"
    )
    (root / "etc/crypttab").unlink()
    shutil.rmtree(root / "usr/lib/repart.d")
    more = add(root) if add else []
    quiet(["chroot", root, "systemd-sysusers"])
    quiet(["chroot", root, "systemctl", "preset-all"])
    initrd(root, cache)
    quiet([IMAGE / "prune.py", root, *(f"--keep={name}" for name in more)])
    return root, kernel


def initrd(root, cache):
    """A first file system of busybox and a few modules: 2 MB instead of 40."""
    stage = cache / "initrd"
    shutil.rmtree(stage, ignore_errors=True)
    for folder in ("bin", "proc", "sys", "dev", "root", "modules"):
        (stage / folder).mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), stage / "bin/busybox")
    (stage / "init").write_text(INIT)
    (stage / "init").chmod(0o755)
    version = next((root / "usr/lib/modules").iterdir())
    needs = {}
    for line in (version / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[Path(path).name.split(".ko")[0]] = (path, rest.split())
    order = []
    for name in INITRD:
        path, before = needs[name]
        # depmod lists what a module needs with the deepest last.
        order += [one for one in [*reversed(before), path] if one not in order]
    names = []
    for path in order:
        name = Path(path).name.removesuffix(".xz").removesuffix(".zst")
        target = stage / "modules" / name
        if path.endswith(".xz"):
            target.write_bytes(subprocess.run(["xz", "-dc", version / path], check=True, capture_output=True).stdout)
        else:
            shutil.copyfile(version / path, target)
        names.append(name)
    (stage / "modules/order").write_text(" ".join(names))
    packed = cache / "initrd.cpio"
    with open(packed, "wb") as out:
        files = subprocess.run(["find", ".", "-print0"], cwd=stage, check=True, capture_output=True).stdout
        subprocess.run(["cpio", "--null", "--create", "--format=newc", "--quiet"], cwd=stage, input=files,
                       stdout=out, check=True)


def disks(cache, root):
    """The root disk, and an empty state disk with an EFI partition, both raw."""
    disk = cache / "root.raw"
    disk.unlink(missing_ok=True)
    quiet(["mkfs.ext4", "-q", "-F", "-d", root, "-L", "dayroom-root", "-m", "0", "-O", "^has_journal", disk, "600M"])
    shutil.rmtree(root)
    return disk


def state_disks(folder, ticket=None):
    """An EFI partition, with the one-time file if there is one, and an empty /var."""
    esp, var = folder / "esp.raw", folder / "var.raw"
    for path, size in ((esp, 32 << 20), (var, 512 << 20)):
        path.unlink(missing_ok=True)
        path.touch()
        os.truncate(path, size)
    quiet(["mkfs.vfat", "-n", "DAYROOM-ESP", esp])
    quiet(["mkfs.ext4", "-q", "-F", "-L", "dayroom-var", "-m", "0", var])
    if ticket:
        quiet(["mmd", "-i", esp, "::/dayroom"])
        quiet(["mcopy", "-i", esp, ticket, "::/dayroom/ticket.json"])
    return esp, var
