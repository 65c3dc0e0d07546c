"""The machine in front of the wall: QEMU under software emulation, with a panel, a reader and a cable."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from .qmp import Qmp
from .words import Failed

WIDTH, HEIGHT = 1280, 800
# As the machine sees central: an address of QEMU's own network, led to a port of this host.
CENTRAL_ADDRESS, CENTRAL_PORT = "10.0.2.100", 8443
# How long a finger stays where nothing answers while it is down. Shorter than 20 ms is nobody's finger to the
# kiosk, and an emulated machine that is kept waiting sees both ends of a short one at once: so who tries again
# stays longer.
FINGER_S = (0.4, 2.0, 5.0)
# The shortest tap of a person.
SHORTEST_S = 0.1
# Two pictures this far apart that are alike have settled.
MOMENT_S = 0.15
# How long a tap may take to be answered before it counts as lost.
PATIENCE_S = 15
AXIS = 32767


class Machine:
    """A running QEMU. `what` are the arguments that say what it starts from."""

    def __init__(self, folder, what, central_port, more=(), cable=True):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("qmp.sock", "reader.sock"):
            (self.folder / name).unlink(missing_ok=True)
        self.serial = self.folder / "serial.log"
        arguments = [
            "qemu-system-x86_64", "-M", "q35,smm=on", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "1024",
            "-smp", "2", "-display", "none", "-nodefaults", "-no-user-config",
            "-uuid", "5d0f4a52-7d6e-4f0c-9c0b-4b1f5a7e9d11",
            "-device", "virtio-rng-pci",
            "-vga", "none", "-device", f"virtio-gpu-pci,id=panel,xres={WIDTH},yres={HEIGHT}",
            "-device", "virtio-multitouch-pci",
            "-chardev", f"file,id=log,path={self.serial},append=on", "-device", "isa-serial,chardev=log",
            "-chardev", f"socket,id=reader,path={self.folder}/reader.sock,server=on,wait=off",
            "-device", "isa-serial,chardev=reader",
            "-netdev", "user,id=net,restrict=on,guestfwd="
            f"tcp:{CENTRAL_ADDRESS}:{CENTRAL_PORT}-cmd:socat - TCP:127.0.0.1:{central_port}",
            "-device", "virtio-net-pci,netdev=net",
            "-qmp", f"unix:{self.folder}/qmp.sock,server=on,wait=off",
            "-S", *what, *more,
        ]
        with open(self.folder / "qemu.log", "ab") as log:
            # A group of its own, so that the helpers of its network end with it.
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log, start_new_session=True)
        try:
            self.qmp = Qmp(self.folder / "qmp.sock", self.process)
        except Failed as error:
            raise Failed(f"{error}: {(self.folder / 'qemu.log').read_text()[-2000:]}") from error
        self.cable(cable)
        self.started = time.monotonic()
        self.touches = 0
        self.reader = None
        self.qmp("cont")

    def cable(self, there):
        """Plugs the network cable in or out."""
        self.qmp("set_link", name="net", up=there)

    def picture(self, path, kind="png"):
        """What the panel shows."""
        self.qmp("screendump", filename=str(path), format=kind)
        return Path(path)

    def pixels(self):
        """The same as raw bytes, to see whether it changed."""
        path = self.folder / "now.ppm"
        return self.picture(path, "ppm").read_bytes()

    def finger(self, x, y, stays=FINGER_S[0]):
        """One finger down at this pixel, and up again once the picture has answered it. Gives the seconds from
        its coming, or where nothing answers that from its leaving, to the changed picture; None if it stays."""
        before = self.settled()
        self.touches += 1
        down = time.monotonic()
        self._touch("begin", x, y)
        answered = self._changed(before, stays)
        time.sleep(max(0.0, down + SHORTEST_S - time.monotonic()))
        pressed = self.pixels()
        up = time.monotonic()
        self._touch("end", x, y)
        if answered:
            # What was pressed lets go, or leads elsewhere: only then is the tap over.
            self._changed(pressed, PATIENCE_S)
            return answered - down
        answered = self._changed(before, PATIENCE_S)
        return answered and answered - up

    def settled(self):
        """The picture, once what came before has been drawn: two alike, a moment apart."""
        last = self.pixels()
        for _ in range(40):
            time.sleep(MOMENT_S)
            now = self.pixels()
            if now == last:
                break
            last = now
        return last

    def _changed(self, before, seconds):
        """When the picture changed, if it does within so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.pixels() != before:
                return time.monotonic()
        return None

    def _touch(self, kind, x, y):
        down = kind == "begin"
        # A finger that is lifted has no number any more (multi-touch protocol B).
        number = self.touches if down else -1

        def event(kind, axis, value):
            data = {"type": kind, "slot": 0, "tracking-id": number, "axis": axis, "value": value}
            return {"type": "mtt", "data": data}

        events = [event(kind, "x", 0)]
        if down:
            events += [event("data", "x", x * AXIS // WIDTH), event("data", "y", y * AXIS // HEIGHT)]
        events.append({"type": "btn", "data": {"button": "touch", "down": down}})
        self.qmp("input-send-event", events=events)

    def badge(self, text):
        """Holds a badge to the reader on the second serial line. The line stays: what QEMU has not passed on when
        its other end closes is lost."""
        if self.reader is None:
            self.reader = socket.socket(socket.AF_UNIX)
            self.reader.connect(str(self.folder / "reader.sock"))
        self.reader.sendall(f"{text}\r\n".encode())

    def touch_nothing(self):
        """A touch where nothing is, as of somebody who stands there: the wall does not dim."""
        self.touches += 1
        self._touch("begin", WIDTH - 4, 4)
        time.sleep(SHORTEST_S)
        self._touch("end", WIDTH - 4, 4)

    def keys(self, chord, plugged_in):
        """Presses these keys one after the other, and lets go of them: on the keyboard that is plugged in, which
        belongs to the panel, or on the one that is built in."""
        where = {"device": "panel"} if plugged_in else {}
        for down, names in ((True, chord), (False, reversed(chord))):
            for name in names:
                key = {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": name}}}
                self.qmp("input-send-event", events=[key], **where)

    def cut(self):
        """The power goes: QEMU is killed, and with it whatever the machine had only in memory."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def alive(self):
        """Fails if the machine has ended by itself."""
        if self.process.poll() is not None:
            raise Failed(f"the machine ended by itself, status {self.process.returncode}")

    def log(self):
        """What came out of the first serial line."""
        return self.serial.read_text(errors="replace") if self.serial.exists() else ""


def overlay(disk, folder, name):
    """A disk that begins as another and keeps its own changes."""
    path = Path(folder) / name
    path.unlink(missing_ok=True)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(Path(disk).resolve()), "-F", "raw",
                    str(path)], check=True)
    return path


def copy(disk, folder, name):
    """A disk of its own, holes kept."""
    path = Path(folder) / name
    subprocess.run(["cp", "--sparse=always", str(disk), str(path)], check=True)
    return path


