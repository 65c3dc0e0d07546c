"""A USB keyboard at an emulated machine, and what QEMU tells of it: how many of its words the machine took, which is
what makes the absence of any effect worth something."""

import re

from .words import Failed, wait_for

# Two ports of one controller. The machine's firmware calls neither built in. The outer one is what a site has opened
# for its reader, in the way that image-build/README.md says.
CLOSED_PORT, OPEN_PORT = 1, 2
RULE = "80-outer-port.rules"
OPEN = f'ACTION=="add", SUBSYSTEM=="usb", ENV{{DEVTYPE}}=="usb_device", KERNEL=="1-{OPEN_PORT}", '
OPEN += 'ATTR{authorized}="1"\n'
# What QEMU is to write down: reports of the USB keyboard that the machine took, keys it had no room for because the
# machine took none, and what the machine read of the built-in keyboard.
TRACED = ("usb_xhci_xfer_success", "hid_kbd_queue_full", "ps2_put_keycode", "ps2_read_data")
ARGUMENTS = ["-device", "qemu-xhci,id=usb", *(word for name in TRACED for word in ("-trace", name))]
COUNTED = {
    # A report is eight bytes long (USB HID 1.11, B.1).
    "report": r"usb_xhci_xfer_success .*len 8$",
    "dropped": r"hid_kbd_queue_full",
    # The machine does not see the mark of a key that is let go: the controller makes one code of it and the key's.
    "said": r"ps2_put_keycode (?!.*keycode 0xf0$)",
    "read": r"ps2_read_data",
}
# What QEMU calls a machine that starts anew, or stops.
RESTARTS = ("RESET", "SHUTDOWN", "POWERDOWN", "GUEST_PANICKED", "SUSPEND")


def open_port(tree):
    """Lets a site's outer port in."""
    rules = tree / "etc/udev/rules.d"
    rules.mkdir(parents=True, exist_ok=True)
    (rules / RULE).write_text(OPEN)
    return []


class Keyboard:
    """The machine's keyboards, built in and plugged in."""

    def __init__(self, machine):
        self.machine = machine
        self.traced = machine.folder / "qemu.log"

    def count(self, name):
        """How often QEMU wrote this down."""
        return len(re.findall(COUNTED[name], self.traced.read_text(errors="replace"), re.MULTILINE))

    def plug(self, port):
        """Plugs it in."""
        self.machine.qmp("device_add", driver="usb-kbd", bus="usb.0", port=str(port), id="keyboard", display="panel")

    def unplug(self):
        """Takes it out."""
        self.machine.qmp("device_del", id="keyboard")

    def press(self, chord):
        """A chord on the keyboard that is plugged in, once the machine has taken each press and each release."""
        before = self.count("report")
        self.machine.keys(chord, plugged_in=True)
        self.taken(chord, lambda: self.count("report") - before >= 2 * len(chord))

    def press_untaken(self, chord):
        """The same where the machine must take none."""
        before = self.count("report")
        self.machine.keys(chord, plugged_in=True)
        if self.count("report") != before:
            raise Failed(f"the machine took {'-'.join(chord)} from a keyboard on a port that is not let in")

    def press_built_in(self, chord):
        """The same on the built-in keyboard."""
        said, read = self.count("said"), self.count("read")
        self.machine.keys(chord, plugged_in=False)
        self.taken(chord, lambda: self.count("read") - read >= self.count("said") - said > 0)

    def taken(self, chord, look):
        """Waits until the machine has taken what was pressed, if it still runs."""
        def done():
            return look() or self.machine.qmp.heard(*RESTARTS)
        wait_for(f"the machine takes {'-'.join(chord)} from the keyboard", done, 20, every=0.01)
