"""A disk of an emulated terminal, looked at from outside as whoever has stolen it does."""

import os
import subprocess
from dataclasses import dataclass

from .words import Failed

SECTOR = 512
CHUNK = 8 << 20


@dataclass
class Partition:
    """A partition, in bytes from the beginning of the disk."""

    label: str
    start: int
    length: int


def partitions(disk):
    """What the partition table says (GPT, UEFI 2.10, 5.3)."""
    with open(disk, "rb") as file:
        file.seek(SECTOR)
        header = file.read(92)
        place, count, size = (int.from_bytes(header[a:b], "little") for a, b in ((72, 80), (80, 84), (84, 88)))
        file.seek(place * SECTOR)
        entries = [file.read(size) for _ in range(count)]
    found = []
    for entry in entries:
        if any(entry[:16]):
            first, last = (int.from_bytes(entry[a:b], "little") for a, b in ((32, 40), (40, 48)))
            label = entry[56:128].decode("utf-16-le").rstrip("\0")
            found.append(Partition(label, first * SECTOR, (last - first + 1) * SECTOR))
    return found


def partition(disk, label):
    """The one with this label."""
    return next(one for one in partitions(disk) if one.label == label)


def written(disk):
    """Where anything was ever written: the file is sparse, and what is not there reads as zeros."""
    end = os.path.getsize(disk)
    with open(disk, "rb") as file:
        place = 0
        while place < end:
            try:
                place = os.lseek(file.fileno(), place, os.SEEK_DATA)
            except OSError:
                return
            hole = os.lseek(file.fileno(), place, os.SEEK_HOLE)
            yield place, hole - place
            place = hole


def forms(text):
    """How a text may lie on a disk: as it is, in small letters (an index), as UTF-16."""
    return {form for one in (text, text.lower()) for form in (one.encode(), one.encode("utf-16-le"))}


def longer(window, at, length):
    """Whether these digits are a part of a longer number: by chance."""
    return window[max(at - 1, 0):at].isdigit() or window[at + length:at + length + 1].isdigit()


def search(disk, texts):
    """Where each of these texts lies on the whole raw disk; only those that are found are in the answer."""
    needles = [(text, form) for text in texts for form in forms(text)]
    overlap = max(len(form) for _, form in needles) - 1
    found = {}
    with open(disk, "rb") as file:
        for start, length in written(disk):
            tail, place = b"", start
            while place < start + length:
                file.seek(place)
                chunk = file.read(min(CHUNK, start + length - place))
                window = tail + chunk
                for text, form in needles:
                    at = window.find(form)
                    while at >= 0:
                        if not (text.isdigit() and longer(window, at, len(form))):
                            found.setdefault(text, set()).add(place - len(tail) + at)
                        at = window.find(form, at + 1)
                place += len(chunk)
                tail = window[-overlap:]
    return found


def esp(disk, command, name):
    """What a program of mtools says of something in the EFI partition, or None."""
    place = f"{disk}@@{partition(disk, 'dayroom-esp').start}"
    done = subprocess.run([*command, "-i", place, f"::{name}"], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def esp_file(disk, name):
    """A file of the EFI partition, or None."""
    return esp(disk, ["mtype"], name)


def esp_list(disk, folder):
    """The names in a folder of the EFI partition."""
    said = esp(disk, ["mdir", "-b"], folder) or b""
    return [line.rsplit("/", 1)[-1] for line in said.decode().splitlines()]


def luks_uuid(disk):
    """The name that the encrypted /var got when it was made (LUKS2 header)."""
    with open(disk, "rb") as file:
        file.seek(partition(disk, "dayroom-var").start)
        head = file.read(4096)
    return head[168:208].rstrip(b"\0").decode() if head[:6] == b"LUKS\xba\xbe" else ""


def read_file(plain, path):
    """A file of a /var that is not encrypted, or not any more."""
    return subprocess.run(["debugfs", "-R", f"cat {path}", plain], capture_output=True, check=False).stdout


def key_in_tpm(plain):
    """Fails unless the kiosk's own key is held by its TPM, and what lies on its disk is of no use elsewhere."""
    key = read_file(plain, "lib/dayroom/identity/key.pem")
    if b"BEGIN TSS2 PRIVATE KEY" not in key or b"BEGIN PRIVATE KEY" in key:
        raise Failed(f"the kiosk's key is not held by its TPM: {key.splitlines()[:2]}")
