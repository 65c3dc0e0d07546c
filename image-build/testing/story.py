"""The first three steps of the boot test, one after the other on the same machine."""

import re
import time

from . import disk, keyboard, root
from .facility import PEOPLE
from .machine import copy
from .wall import Wall
from .words import Failed, say, wait_for

ANA = ("Ana Ortiz", "ana.ortiz@example.org")
BEN = ("Ben Ortiz", "ben.ortiz@example.org")
# Lines of the log that must not appear: a unit that fails is a fault even if it comes back.
FAULTS = re.compile(r"(Failed with result|Failed at step|Permission denied|Unable to locate executable).*")


class Story:
    """What has happened so far."""

    def __init__(self, guest, facility, folder, pictures):
        self.guest = guest
        self.facility = facility
        self.folder = folder
        self.pictures = pictures
        self.times = {}
        self.taps = []
        self.repeated = 0
        self.machine = None
        self.wall = None
        self.esp = self.var = None

    def switch_on(self, name, cable=True):
        """Starts the machine from its disks."""
        self.machine = self.guest.start(self.folder / name, self.esp, self.var, self.facility.port, cable,
                                        keyboard.ARGUMENTS)
        self.wall = Wall(self.machine, self.pictures)

    def cut(self):
        """The power goes."""
        self.machine.cut()
        self.taps += self.wall.taps
        self.repeated += self.wall.repeated
        self.machine = self.wall = None

    def first_boot(self):
        """Step 1: an empty machine, a one-time file on its EFI partition, and the wall."""
        say("step 1: first boot")
        ticket = self.facility.ticket("North wall")
        empty = self.folder / "empty"
        empty.mkdir(parents=True, exist_ok=True)
        esp, var = root.state_disks(empty, ticket)
        self.esp, self.var = copy(esp, self.folder, "esp.raw"), copy(var, self.folder, "var.raw")
        self.switch_on("first")
        self.wall.wait("Sign in", 400)
        self.times["power to wall, first boot (s)"] = time.monotonic() - self.machine.started
        self.wall.wait("Cedar County Detention Center")
        self.wall.keep("1-wall-after-first-boot")
        listed = self.facility.do("kiosk", "list", "--json")
        if "in_service" not in listed:
            raise Failed(f"central does not have the kiosk in service: {listed}")
        self.no_faults()

    def sign_in(self, number, by_badge=False):
        """Somebody signs in, by number or by badge, and with the PIN."""
        wall, pin = self.wall, self.facility.pins[number]
        if by_badge:
            wall.wait("Sign in")
            self.machine.badge({row[0]: row[2] for row in PEOPLE}[number])
        else:
            wall.tap("Sign in")
            self.type_in(number)
            wall.wait("Type your PIN")
        self.type_in(pin)
        wall.wait_gone("Type your PIN")

    def type_in(self, digits):
        """Types digits on the pad and taps Go."""
        pad = self.wall.pad()
        for digit in digits:
            self.wall.tap_at(*pad[digit])
        self.wall.tap_at(*pad["go"])

    def at_the_wall(self):
        """Step 2: a finger signs in, accepts a request and reads a message; a badge signs the next one in."""
        say("step 2: at the wall")
        facility, wall = self.facility, self.wall
        facility.request("1001", ANA[0], "sister", ANA[1])
        facility.request("1001", BEN[0], "brother", BEN[1])
        self.sign_in("1001")
        wall.tap("I understand and agree")
        wall.wait("Requests")
        wall.keep("2-signed-in-by-finger")
        wall.tap("Requests")
        wall.tap("Ana Ortiz")
        wall.wait("Accept")
        wall.keep("2-request")
        wall.tap("Accept")
        wall.keep("2-accepted")
        facility.wait("connection_answered")
        facility.mail("1001", *ANA, "First letter", "The apricots are ripe.")
        wall.home()
        self.open_message("apricots")
        wall.keep("2-message-read")
        facility.wait("message_read")
        self.sign_out()
        self.sign_in("1002", by_badge=True)
        wall.wait("I understand and agree")
        wall.keep("2-next-person-by-badge")
        wall.tap("I understand and agree")
        wall.wait("Marcus")
        self.sign_out()

    def open_message(self, word):
        """From home to the words of the newest message."""
        self.wall.tap("Messages")
        self.wall.tap("Ana Ortiz")
        self.wall.tap("New message")
        self.wall.wait(word)

    def sign_out(self):
        """Back to the wall."""
        self.wall.tap("Sign out")
        self.wall.wait("Sign in")

    def power_cut(self):
        """Step 3: without the network a choice and a receipt are made, the power goes, and both arrive once."""
        say("step 3: network away, a choice and a receipt, power cut")
        facility = self.facility
        facility.mail("1001", *ANA, "Second letter", "The plums come next.")
        self.sign_in("1001")
        self.wall.tap("I understand and agree")
        self.letter_is_here()
        self.machine.cable(False)
        self.open_message("plums")
        self.wall.keep("3-read-without-network")
        self.wall.home()
        self.wall.tap("Requests")
        self.wall.tap("Ben Ortiz")
        self.wall.tap("Accept")
        # Undo is offered for a few seconds only.
        self.wall.wait("You are connected")
        self.wall.keep("3-accepted-without-network")
        self.cut()
        say("the power is cut")
        disk.key_in_tpm(self.var)
        if len(facility.activity("connection_answered")) != 1 or len(facility.activity("message_read")) != 1:
            raise Failed("central heard of it although the network was away")
        self.switch_on("second", cable=False)
        self.wall.wait("Sign in", 400)
        self.times["power to wall, after a cut, no network (s)"] = time.monotonic() - self.machine.started
        self.wall.keep("3-wall-after-power-cut")
        self.machine.cable(True)
        begun = time.monotonic()
        facility.wait("connection_answered", 2)
        facility.wait("message_read", 2)
        self.times["network back to all at central (s)"] = time.monotonic() - begun
        self.once_each()
        self.no_faults()

    def letter_is_here(self):
        """The card on the left of the first page says that somebody has written."""
        def look():
            left = [word for word in self.wall.look() if word.left < 600]
            return self.wall.among(left, "From 1 person") or self.wall.among(left, "1 new")
        try:
            wait_for("the second letter has come to the kiosk", look, 90)
        except Failed as error:
            picture = self.wall.keep("failed")
            raise Failed(f"{error}; the wall says: {self.wall.text()} (picture: {picture})") from error

    def once_each(self):
        """No more than once, also a while after: the next contact is waited for."""
        before = self.facility.do("fleet", "show", "North wall")
        self.machine.cable(False)
        self.machine.cable(True)
        wait_for("the kiosk speaks with central again",
                 lambda: self.facility.do("fleet", "show", "North wall") != before, 120, every=1)
        for what in ("connection_answered", "message_read"):
            self.facility.wait(what, 2)

    def no_faults(self):
        """No unit has failed and nothing was denied."""
        found = FAULTS.search(self.machine.log())
        if found:
            line = found.group(0)[:300]
            raise Failed(f"the log of the machine has a fault: {line} (whole: {self.machine.serial})")
