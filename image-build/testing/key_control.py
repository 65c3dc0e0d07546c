"""The positive control of step 4 of the boot test."""

from . import root
from .keyboard import ARGUMENTS, OPEN_PORT, Keyboard
from .words import Failed, say, wait_for

# The same machine without what keeps chords and keyboards off it. The kernel reads no number behind the first: it turns
# SysRq on for good, and no later setting turns it off. (The image had it, for "off".)
UNDEFENDED = ["sysrq_always_enabled=0", "usbcore.authorized_default=1"]


def control(guest, folder):
    """The positive control: without the defences, one of the chords starts the machine anew. So the keyboard reaches
    it, and a restart is seen."""
    say("control: without the defences")
    folder.mkdir(parents=True, exist_ok=True)
    esp, var = root.state_disks(folder)
    there = ["-device", f"usb-kbd,bus=usb.0,port={OPEN_PORT},id=keyboard,display=panel"]
    machine = guest.start(folder, esp, var, 9, more=[*ARGUMENTS, *there], line=UNDEFENDED)
    try:
        def restarts():
            # Again and again: a keyboard forgets what was pressed before the kernel knew it.
            machine.keys(["alt", "print", "b"], plugged_in=True)
            return machine.qmp.heard("RESET")

        wait_for("Alt-SysRq-B starts an undefended machine anew", restarts, 300, every=1)
        if not Keyboard(machine).count("report"):
            raise Failed("an undefended machine started anew, and not by the keyboard")
    finally:
        machine.cut()
    say("control: Alt-SysRq-B restarted it, and the test would have seen that")
