"""A process that hangs: systemd hears nothing of its loop any more, kills it, and it is there again."""

import time

from .keyboard import CLOSED_PORT, OPEN_PORT, open_port
from .words import Failed, say, wait_for

# Nobody can be asked inside the machine to stop a process. What is plugged in at a port does it, in the guest of this
# test alone.
VENDOR, DRIVER = "056a", "usb-wacom-tablet"
AT = {"screen": CLOSED_PORT, "sync": OPEN_PORT}
RULE = ('ACTION=="add", SUBSYSTEM=="usb", ENV{{DEVTYPE}}=="usb_device", ATTR{{idVendor}}=="{vendor}", '
        'KERNEL=="1-{port}", TAG+="systemd", ENV{{SYSTEMD_WANTS}}+="hang-{name}.service"\n')
UNIT = """[Unit]
Description=Stops dayroom-{name} where it is, as a fault would
[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl kill --signal=STOP dayroom-{name}.service
"""
# The watchdog's span is ten seconds; an emulated machine that is kept waiting needs more to start anew.
WITHIN_S = 60


def add(tree):
    """What the guest has besides the image: an outer port that is let in, and what stops a process."""
    for name, port in AT.items():
        (tree / f"usr/lib/systemd/system/hang-{name}.service").write_text(UNIT.format(name=name))
        rules = tree / "etc/udev/rules.d"
        rules.mkdir(parents=True, exist_ok=True)
        (rules / f"81-hang-{name}.rules").write_text(RULE.format(vendor=VENDOR, name=name, port=port))
    return open_port(tree)


def hang(story, name):
    """Stops a process of the kiosk, and waits until it is there again and central has it that it is."""
    say(f"dayroom-{name} is stopped where it is")
    machine, facility = story.machine, story.facility
    log, starts = len(machine.log()), len(facility.audit("sync.start"))
    begun = time.monotonic()
    machine.qmp("device_add", driver=DRIVER, bus="usb.0", port=str(AT[name]), id=f"hang-{name}")

    def again():
        return f"Started dayroom-{name}.service" in machine.log()[log:]

    wait_for(f"dayroom-{name} is started anew", again, WITHIN_S, every=0.05)
    story.times[f"dayroom-{name} hangs to started anew (s)"] = time.monotonic() - begun
    said = machine.log()[log:]
    if f"dayroom-{name}.service: Watchdog timeout" not in said:
        raise Failed(f"dayroom-{name} was started anew, and not by the watchdog (log: {machine.serial})")
    machine.qmp("device_del", id=f"hang-{name}")
    if name == "sync":
        wait_for("central's audit has another start of sync", lambda: len(facility.audit("sync.start")) > starts, 120)
        return
    # The frozen picture is gone, and a finger is answered.
    story.wall.wait("Sign in")
    story.wall.tap("How to use this")
    story.wall.wait("Touching")
    wait_for("central is told that the screen ended unasked",
             lambda: "ended unasked 1 time" in facility.do("fleet", "show", "North wall"), 120)
