#!/usr/bin/env python3
"""Takes out of a root folder whatever a kiosk does not need: programs and kernel modules by allow-list, the
package manager, shells, documentation, set-user-id bits. Ends with an error if any of it is left.

    prune.py ROOT [--initrd] [--keep PROGRAM]...

Kept apart from the image's configuration because the boot test's guest goes through it as well.
"""

import argparse
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What belongs to making a system and not to running one.
FOLDERS = [
    "boot", "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/i18n",
    "usr/share/lintian", "usr/share/bash-completion", "usr/share/zsh", "usr/share/perl5",
    "usr/share/bug", "usr/share/menu", "usr/share/common-licenses", "usr/share/debconf",
    "usr/share/initramfs-tools", "usr/share/pam-configs", "usr/share/terminfo", "usr/share/polkit-1",
    "usr/share/zoneinfo", "usr/lib/locale", "usr/lib/init", "usr/lib/klibc", "usr/lib/terminfo",
    "usr/lib/dracut", "usr/lib/mime", "usr/lib/lsb", "usr/lib/sasl2", "usr/lib/pam.d",
    "usr/lib/x86_64-linux-gnu/perl-base", "usr/lib/x86_64-linux-gnu/gconv",
    "usr/lib/x86_64-linux-gnu/security", "usr/lib/systemd/portable",
    "usr/lib/x86_64-linux-gnu/e2fsprogs", "usr/lib/kernel", "usr/lib/dpkg", "usr/lib/apt",
    "usr/share/dpkg", "usr/share/apport", "usr/share/gdb", "usr/share/gcc",
    "usr/lib/systemd/user", "usr/lib/systemd/user-generators",
    "usr/lib/systemd/user-environment-generators", "usr/lib/systemd/user-preset",
    "etc/apt", "etc/dpkg", "etc/cron.d", "etc/cron.daily", "etc/cron.weekly", "etc/init.d",
    "etc/default", "etc/alternatives", "etc/logrotate.d", "etc/pam.d", "etc/security", "etc/skel",
    "etc/profile.d", "etc/initramfs-tools", "etc/kernel", "etc/update-motd.d", "etc/rc0.d", "etc/rc1.d",
    "etc/rc2.d", "etc/rc3.d", "etc/rc4.d", "etc/rc5.d", "etc/rc6.d", "etc/rcS.d", "etc/ssh",
    "var/lib/dpkg", "var/lib/apt", "var/cache", "var/log", "var/lib/pam", "var/lib/initramfs-tools",
    "root", "home",
]
# Services that nothing here uses, by the names of their programs in usr/lib/systemd.
SYSTEMD = re.compile(
    "systemd-(sulogin-shell|importd|import-fs|export|pull|machined|portabled|nsresource.*|mount(fsd|work)"
    "|hostnamed|localed|timedated|logind|user-.*|ssh-proxy|storagetm|socket-proxyd|initctl|bsod|sleep"
    "|hibernate-resume|quotacheck|rfkill|xdg-.*|sysv-install|stdio-bridge|battery-check|binfmt|keyutil"
    "|sbsign|measure|network-generator|boot-check-no-failures|cgroups-agent|reply-password)"
)
# Symbolic names of shells and interpreters that no part of the tree may have, wherever it is.
FORBIDDEN = re.compile(
    r"^(ba|da|z|k|c|tc|a)?sh$|^(perl|python|ruby|lua|awk|mawk|busybox|apt|apt-get|dpkg|su|sudo|login|agetty"
    r"|getty|sulogin|chroot|gdb|nc|socat|ssh|sshd)[0-9.]*$"
)


def allowed(file):
    """The first word of each line that is not a comment."""
    lines = (HERE / file).read_text().splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.is_symlink() or path.exists():
        path.unlink()


def prune_programs(root, keep):
    for folder in ("usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "usr/games"):
        for program in sorted((root / folder).glob("*")):
            if program.name not in keep and not program.name.startswith(("systemd-udevd",)):
                remove(program)
    for program in sorted((root / "usr/lib/systemd").glob("systemd-*")):
        if SYSTEMD.fullmatch(program.name):
            remove(program)


def prune_modules(root):
    """Keeps the listed modules and what they need."""
    wanted = {name.replace("-", "_") for name in allowed("modules.txt")}
    for version in sorted((root / "usr/lib/modules").iterdir()):
        needs = {}
        for line in (version / "modules.dep").read_text().splitlines():
            path, _, rest = line.partition(":")
            needs[path] = rest.split()
        name = lambda path: Path(path).name.split(".ko")[0].replace("-", "_")
        kept = {path for path in needs if name(path) in wanted}
        for path in list(kept):
            kept.update(needs[path])
        for softdep in (version / "modules.softdep").read_text().splitlines():
            words = softdep.split()
            if len(words) > 1 and words[0] == "softdep" and words[1] in {name(path) for path in kept}:
                kept.update(p for p in needs if name(p) in {w.replace("-", "_") for w in words[2:]})
        for path in list(kept):
            kept.update(needs[path])
        for path in needs:
            if path not in kept:
                remove(version / path)
        for leftover in ("build", "source", "vdso"):
            remove(version / leftover)
        subprocess.run(["depmod", "-b", str(root), version.name], check=True)


def prune_files(root):
    for folder in FOLDERS:
        path = root / folder
        if path.is_dir() and not path.is_symlink():
            for entry in sorted(path.iterdir()):
                remove(entry)
    for folder in ("efi", "var/lib/dayroom"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    # Files that systemd would make at every start where nothing can be made.
    for name in ("20-systemd-shell-extra", "20-systemd-ssh-generator", "debian", "provision", "home", "legacy",
                 "systemd-nspawn", "portables", "dbus", "credstore", "passwd"):
        remove(root / f"usr/lib/tmpfiles.d/{name}.conf")
    # The boot loader starts from the EFI partition. Its copy here has the time of its signature in it, and with that no
    # two builds of a commit would have the same root.
    signed = "usr/lib/systemd/boot/efi/*.signed"
    for pattern in ("etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "**/*.a", "**/*.la", signed):
        for path in sorted(root.glob(pattern)):
            remove(path)
    for path in walk(root):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & 0o6000:
            path.chmod(stat.S_IMODE(mode) & ~0o6000)


def walk(root):
    for folder, folders, files in os.walk(root):
        for name in sorted(folders + files):
            yield Path(folder) / name


def check(root, keep):
    """What is left that must not be."""
    wrong = []
    for path in walk(root):
        about = path.lstat()
        place = path.relative_to(root)
        if stat.S_ISREG(about.st_mode):
            if about.st_mode & 0o6000:
                wrong.append(f"{place} has a set-user-id bit")
            if "security.capability" in os.listxattr(path, follow_symlinks=False):
                wrong.append(f"{place} has capabilities")
            if about.st_mode & 0o002:
                wrong.append(f"everybody may write {place}")
            if about.st_mode & 0o111 and FORBIDDEN.match(path.name) and path.name not in keep:
                wrong.append(f"{place} is a shell, an interpreter or a log-in")
    programs = [p.name for f in ("usr/bin", "usr/sbin") for p in (root / f).glob("*")]
    wrong += [f"the program {name} is not on the list" for name in programs
              if name not in keep and not name.startswith("systemd-udevd")]
    shadow = root / "etc/shadow"
    if shadow.exists():
        wrong += [f"{line.split(':')[0]} has a password or none" for line in shadow.read_text().splitlines()
                  if not line.split(":")[1].startswith(("!", "*"))]
    return wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("root", type=Path)
    arguments.add_argument("--initrd", action="store_true", help="the first file system: its own programs, no modules")
    arguments.add_argument("--keep", action="append", default=[], help="one program more")
    given = arguments.parse_args()
    keep = allowed("programs-initrd.txt" if given.initrd else "programs.txt") | set(given.keep)
    missing = [name for name in sorted(keep) if not any((given.root / f / name).is_symlink() or
               (given.root / f / name).exists() for f in ("usr/bin", "usr/sbin"))]
    prune_programs(given.root, keep)
    if not given.initrd:
        prune_modules(given.root)
    prune_files(given.root)
    wrong = check(given.root, keep) + [f"the program {name} is not there" for name in missing]
    for line in wrong:
        print(f"prune: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
