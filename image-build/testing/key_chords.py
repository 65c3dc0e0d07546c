"""Step 4 of the boot test: a keyboard is plugged in, 200 key chords are pressed on it and on the built-in one, and
nothing happens but an entry in the audit."""

import re
import time

from .chords import chords
from .keyboard import CLOSED_PORT, OPEN_PORT, RESTARTS, Keyboard
from .machine import HEIGHT, WIDTH
from .wall import is_dim
from .words import Failed, say, wait_for

# What changes by itself on a wall that nobody touches: clock and date, and how long ago central answered. As left,
# top, right and bottom; all the rest has to stay as it is to the last pixel.
BY_ITSELF = [(0, 0, 660, 200), (660, 690, WIDTH, HEIGHT)]
# So often a touch keeps the wall from dimming, which it does after a minute.
AWAKE_S = 15
# Ctrl-Alt-Del arrives as far as systemd, which has nothing to start for it.
REFUSED = re.compile(r".*Failed to enqueue .* ctrl-alt-del.target is masked.*")
# A unit that starts, ends or fails says one of these through systemd.
UNITS = re.compile(r"systemd\[1\]: .*(Start|Stop|[Rr]estart|Fail|exited|Reload|Activating|Closed|Shutting).*")
# What the audit has of each start of a process.
STARTS = ("sync.start", "kiosk.close", "kiosk.open", "audit.began")
WITHIN_S = 20


def still(pixels):
    """The picture without what changes by itself."""
    rows = bytearray(pixels[-3 * WIDTH * HEIGHT:])
    for left, top, right, bottom in BY_ITSELF:
        for row in range(top, bottom):
            at = 3 * (row * WIDTH + left)
            rows[at:at + 3 * (right - left)] = bytes(3 * (right - left))
    return bytes(rows)


class KeyChords:
    """A machine at its wall, and keyboards."""

    def __init__(self, story):
        self.machine, self.wall = story.machine, story.wall
        self.facility, self.times = story.facility, story.times
        self.keyboard = Keyboard(self.machine)
        self.touched = 0.0
        self.before = None

    def run(self):
        """The whole step."""
        say("step 4: a keyboard is plugged in")
        self.wall.wait("Sign in")
        # What systemd does after the chords is theirs; so it has to have done its own before.
        wait_for("the start is over", lambda: "Startup finished" in self.machine.log(), 300)
        self.awake()
        wait_for("the wall is awake", lambda: not is_dim(self.machine.pixels()), 20)
        self.before = still(self.machine.settled())
        self.wall.keep("4-before-the-keyboard")
        log, starts, heard = len(self.machine.log()), self.starts(), len(self.machine.qmp.events)
        say("200 chords on the built-in keyboard")
        self.all_chords(self.keyboard.press_built_in)
        say("a keyboard on a port that nobody let in: it gets no driver")
        self.plugged(CLOSED_PORT, {"other"})
        for chord in chords()[:40]:
            self.keyboard.press_untaken(chord)
            self.unmoved(chord)
        if not self.keyboard.count("dropped"):
            raise Failed("the keyboard on the closed port has dropped no key: somebody listens to it")
        self.unplugged()
        say("a keyboard on a port that is let in, as for a reader: the kernel listens, nobody opens it")
        self.plugged(OPEN_PORT, {"input", "keyboard"})
        taken = self.keyboard.count("report")
        self.all_chords(self.keyboard.press)
        self.wall.keep("4-after-200-chords")
        self.times["key reports that the kernel took"] = self.keyboard.count("report") - taken
        self.nothing_restarted(log, starts, heard)
        self.shown()
        self.unplugged()

    def awake(self):
        """Keeps the wall from dimming, as somebody does who stands there."""
        if time.monotonic() - self.touched > AWAKE_S:
            self.machine.touch_nothing()
            self.touched = time.monotonic()

    def all_chords(self, press):
        """Presses them all, and looks after each."""
        log = len(self.machine.log())
        for chord in chords():
            self.awake()
            press(chord)
            self.unmoved(chord)
        if not REFUSED.search(self.machine.log()[log:]):
            raise Failed("systemd did not say that it refused Ctrl-Alt-Del: did the chords reach the kernel?")

    def unmoved(self, chord):
        """The picture is the same, and QEMU has told of no restart."""
        heard = self.machine.qmp.heard(*RESTARTS)
        if heard:
            raise Failed(f"{'-'.join(chord)}: QEMU tells {heard[-1]} (log: {self.machine.serial})")
        if still(self.machine.pixels()) != self.before:
            raise Failed(f"{'-'.join(chord)} changed the picture (picture: {self.wall.keep('failed')})")

    def plugged(self, port, sorts):
        """Plugs the keyboard in; central's audit has just these sorts of devices more."""
        before = len(self.facility.audit("device.plug"))
        log = len(self.machine.log())
        begun = time.monotonic()
        self.keyboard.plug(port)
        wait_for("the screen notes the keyboard", lambda: "device.plugged" in self.machine.log()[log:], WITHIN_S, 0.02)
        self.times[f"plugged in at port {port} to noted (s)"] = time.monotonic() - begun

        def noted():
            self.awake()
            return {entry["fields"]["sort"] for entry in self.facility.audit("device.plug")[before:]} >= sorts

        wait_for(f"central's audit has device.plug of {sorts}", noted, WITHIN_S)
        self.times[f"plugged in at port {port} to central's audit (s)"] = time.monotonic() - begun
        found = {entry["fields"]["sort"] for entry in self.facility.audit("device.plug")[before:]}
        # Who looks between the plug and the driver sees something that is of no sort yet.
        if not found <= sorts | {"other"}:
            raise Failed(f"central's audit has device.plug of {found}, not only of {sorts}")

    def unplugged(self):
        """Takes it out, and waits until central knows."""
        before = len(self.facility.audit("device.unplug"))
        self.keyboard.unplug()
        wait_for("central's audit has device.unplug",
                 lambda: len(self.facility.audit("device.unplug")) > before, WITHIN_S)

    def starts(self):
        """The starts of the machine and of its processes that central knows of."""
        return sorted((entry["boot"], entry["process"], entry["number"]) for event in STARTS
                      for entry in self.facility.audit(event))

    def nothing_restarted(self, log, starts, heard):
        """As QEMU tells it, as systemd says on the serial line, and as central's audit has it."""
        # Whatever had started anew would have noted it before this one, in the same chain.
        boots = {entry["boot"] for entry in self.facility.audit("device.plug")}
        if len(boots) != 1 or boots != {max(self.facility.audit("sync.start"), key=lambda one: one["utc_ms"])["boot"]}:
            raise Failed(f"the audit of the keyboards is of more than one start of the machine: {boots}")
        if self.starts() != starts:
            raise Failed(f"central knows of a start that was not before the chords: {set(self.starts()) - set(starts)}")
        said = UNITS.search(REFUSED.sub("", self.machine.log()[log:]))
        if said:
            raise Failed(f"systemd did something: {said.group(0)[:200]} (log: {self.machine.serial})")
        events = [event for event in self.machine.qmp.events[heard:] if event in RESTARTS]
        if events:
            raise Failed(f"QEMU told of {events}")

    def shown(self):
        """Whoever asks how the terminal is learns of the keyboard; and a finger still works."""
        def told():
            return next((line for line in self.facility.do("fleet", "show", "North wall").splitlines()
                         if "plugged" in line), None)
        say(f"central about the terminal: {wait_for('central has the keyboard in its report', told, 60).strip()}")
        self.wall.tap("How to use this")
        self.wall.wait("Touching")
        self.wall.keep("4-a-finger-still-works")
