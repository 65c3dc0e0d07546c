"""What the tests need of the build host, fetched if it is missing."""

import os
import shutil
import subprocess
import sys

from .words import say

# A program to look for, and the Debian package that has it.
NEEDS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mmdebstrap": "mmdebstrap",
    "socat": "socat",
    "tesseract": "tesseract-ocr",
    "depmod": "kmod",
    "mkfs.ext4": "e2fsprogs",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "cpio": "cpio",
    "busybox": "busybox-static",
    "swtpm": "swtpm",
    "pkg-config": "pkg-config",
}
# The same of what is no program: what the kiosk's key in a TPM is built against.
FILES = {"/usr/include/tss2/tss2_esys.h": "libtss2-dev"}
# Where Debian 12 has a QEMU of 2022: newer ones come from its backports, and all of them together.
BACKPORTS = "/etc/apt/sources.list.d/dayroom-backports.list"
FROM_BACKPORTS = ["qemu-system-x86", "qemu-system-common", "qemu-system-data", "qemu-utils", "seabios"]


def install():
    """Installs what is missing. The file systems are made with root's owners, so this runs as root."""
    if os.geteuid() != 0:
        sys.exit("This makes a file system with root's files in it: run it as root.")
    missing = sorted({package for program, package in NEEDS.items() if not shutil.which(program)}
                     | {package for file, package in FILES.items() if not os.path.exists(file)})
    if not missing:
        return
    say(f"installing {' '.join(missing)}")
    wanted = list(missing)
    if any(name in FROM_BACKPORTS for name in missing) and release() == "bookworm":
        with open(BACKPORTS, "w", encoding="utf-8") as sources:
            sources.write(
                "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
                f"{mirror()} bookworm-backports main\n"
            )
        wanted = [name for name in wanted if name not in FROM_BACKPORTS]
        wanted += [f"{name}/bookworm-backports" for name in FROM_BACKPORTS]
    quiet(["apt-get", "update", "-q"])
    quiet(["apt-get", "install", "-q", "-y", "--no-install-recommends", *wanted])


def mirror():
    """Where Debian's packages come from; MIRROR says otherwise."""
    return os.environ.get("MIRROR", "http://deb.debian.org/debian")


def release():
    """The code name of the build host's release."""
    with open("/etc/os-release", encoding="utf-8") as about:
        names = [line.split("=")[1].strip().strip('"') for line in about if line.startswith("VERSION_CODENAME=")]
    return names[0] if names else ""


def quiet(command, **more):
    """Runs a command whose words matter only if it fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8",
                   # The guest has a first file system of its own.
                   "INITRD": "No"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip().splitlines()[-30:]
        raise SystemExit("\n".join([f"failed: {' '.join(map(str, command))}", *said]))
    return done.stdout
