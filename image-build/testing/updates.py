"""The steps of the image's test about releases: one that was tampered with is refused, one is taken, one gives way."""

import re
import shutil
import time

import bundle

from . import disk as disks
from . import draft
from .story import BEN
from .words import Failed, say, wait_for

# A bundle comes at a walking pace through an emulated network, three times where it is refused.
PATIENCE_S = 1800
RESTARTED = "reboot: Restarting system"
TOLD = "not the one that is signed"


class Updates:
    """What happens to the terminal of an image's test, from its third start on."""

    def __init__(self, test, label):
        self.test = test
        self.label = label
        self.facility = test.facility
        self.releases = test.releases
        self.people = test.people

    @property
    def disk(self):
        """The terminal's disk."""
        return self.test.disk

    def slots(self):
        """What lies in the slots and what the boot loader may start."""
        return sorted(one.label for one in disks.partitions(self.disk)), sorted(self.test.kernels())

    def updated(self, newer, version):
        """A release comes while people use the terminal: refused while its bytes are others than were signed, then
        taken. What they began before it is there after it."""
        was = disks.luks_uuid(self.disk)
        self.test.to_the_wall("third")
        self.releases.add(version, newer / f"dayroom_{version}.bundle")
        self.refused(version)
        self.staged(version)
        self.begun()
        self.people.no_faults()
        self.test.switch_off()
        self.test.to_the_wall("updated", cable=False)
        wait_for("the newer release is marked good", lambda: self.test.marked_good(version), 300)
        self.still_there()
        wait_for("central is told what runs", lambda: re.search(rf"release +{version}\n", self.known()), 600, every=2)
        self.people.no_faults()
        if disks.luks_uuid(self.disk) != was:
            raise Failed("the newer release made /var anew")

    def refused(self, version):
        """Central has other bytes than were signed: the kiosk refuses them, tells central, and stages nothing."""
        say("a release whose bytes were changed at central")
        begun, slots, log = time.monotonic(), self.slots(), len(self.people.machine.log())
        with self.releases.tampered(version):
            self.releases.roll_out(version)
            said = wait_for("central is told that the release is refused", self.releases.refused, PATIENCE_S, every=2)
        self.test.times["a tampered release: offered to refused (s)"] = time.monotonic() - begun
        say(f"refused: {said}")
        if TOLD not in said:
            raise Failed(f"central is told another reason than '{TOLD}'")
        if self.slots() != slots or "dayroom-update.service" in self.people.machine.log()[log:]:
            raise Failed(f"something of the refused release was staged: {self.slots()}")

    def staged(self, version):
        """An operator orders a release; the kiosk fetches it, verifies it and writes it into the other slot."""
        begun, machine = time.monotonic(), self.people.machine
        log = len(machine.log())
        self.releases.order("release", self.label, version)

        def written():
            self.facility.alive()
            said = machine.log()[log:]
            if "Failed to start dayroom-update.service" in said:
                raise Failed(f"release {version} could not be written into the other slot: {machine.serial}")
            return "Finished dayroom-update.service" in said and f"dayroom_{version}+3" in " ".join(self.test.kernels())

        wait_for(f"release {version} is in the other slot", written, PATIENCE_S)
        self.test.times[f"release {version}: ordered to ready (s)"] = time.monotonic() - begun
        if f"dayroom_{version}" not in self.slots()[0]:
            raise Failed(f"no partition is named after release {version}")

    def begun(self):
        """Without the network somebody begins a letter and accepts a request."""
        say("a letter is begun and a request accepted, without the network")
        people, wall = self.people, self.people.wall
        people.sign_in("1001")
        wall.tap("I understand and agree")
        wall.wait("Requests")
        people.machine.cable(False)
        wall.tap("Requests")
        wall.tap(BEN[0])
        wall.tap("Accept")
        wall.wait("Undo")
        wall.home()
        draft.begin(wall, "Ana Ortiz")
        wall.keep("image-letter-before-the-update")
        if len(self.facility.activity("connection_answered")) != 1:
            raise Failed("central heard of the answer although the network was away")

    def still_there(self):
        """Both are there after the update: the letter at the wall, the answer at central, once."""
        people, wall = self.people, self.people.wall
        people.sign_in("1001")
        wall.tap("I understand and agree")
        draft.again(wall)
        wall.keep("image-letter-after-the-update")
        people.machine.cable(True)
        # It comes when a contact that failed for want of a network is tried again: within five minutes.
        self.facility.wait("connection_answered", 2, 400)

    def gives_way(self, newest, version):
        """Two releases follow each other before the next start. The second one's root was changed after it was
        built, and signed all the same."""
        self.releases.add(version, newest / f"dayroom_{version}.bundle")
        self.staged(version)
        spoilt = next_after(version)
        self.releases.add(spoilt, self.spoil(bundle.parts(newest, version), version, spoilt))
        self.staged(spoilt)
        # Verity says at once that the root is not what was signed; the start then waits ten minutes for it.
        self.tried(spoilt, "a release with a changed root", 3 * PATIENCE_S)

    def blind(self, build, version):
        """A release that starts, and whose program ends at once: no wall and no sync."""
        self.releases.add(version, build / f"dayroom_{version}.bundle")
        self.staged(version)
        self.tried(version, "a release without a wall", 3 * PATIENCE_S)

    def tried(self, version, what, seconds):
        """An operator orders a restart: what is staged is tried three times, then the release before is back by
        itself, still marked good, and the letter with it."""
        machine, before, begun = self.people.machine, self.good(), time.monotonic()
        log = len(machine.log())
        self.releases.order("restart", self.label)
        wait_for("the order restarts the machine", lambda: RESTARTED in machine.log()[log:], 300)

        def back():
            tried = machine.log()[log:].count(RESTARTED) - 1
            return tried >= 3 and self.people.wall.find("Sign in")

        wait_for(f"after {what}, the wall by the release before", back, seconds)
        self.test.times[f"{what}: restart by order to the wall of the one before (s)"] = time.monotonic() - begun
        self.people.wall.keep(f"image-gave-way-{version}")
        tries = machine.log()[log:].count(RESTARTED) - 1
        if tries != 3 or f"dayroom_{version}+0-3.efi" not in self.test.kernels() or self.good() != before:
            raise Failed(f"{what} was tried {tries} times; kernels: {self.test.kernels()}")
        wait_for("central is told which release gave way", lambda: self.told(version), 600, every=2)
        say(f"{what} gave way after {tries} tries; kernels: {', '.join(sorted(self.test.kernels()))}")
        self.people.sign_in("1001")
        self.people.wall.tap("I understand and agree")
        draft.again(self.people.wall)

    def told(self, version):
        """Whether central has it in what it knows of the terminal, and in the audit."""
        self.facility.alive()
        noted = [entry["fields"]["version"] for entry in self.facility.audit("release.gave_way")]
        return noted[-1:] == [version] and f"{version}, and the one before is back" in self.known()

    def known(self):
        """What central knows of the terminal, in words."""
        return self.facility.do("fleet", "show", self.label)

    def good(self):
        """The kernels that have no count of tries."""
        return [name for name in self.test.kernels() if "+" not in name]

    def spoil(self, files, version, spoilt):
        """A bundle of this version with a changed root: the beginning of its file system."""
        folder = self.test.folder / "spoilt"
        folder.mkdir()
        changed = {}
        for name, source in files.items():
            if ".root-" in name and "verity" not in name:
                source = shutil.copyfile(source, folder / "root.raw")
                with open(source, "r+b") as file:
                    file.seek(1024)
                    file.write(b"not what was signed")
            changed[name.replace(f"dayroom_{version}", f"dayroom_{spoilt}")] = source
        bundle.pack(self.test.recovery.tree, changed, folder / "spoilt.bundle")
        return folder / "spoilt.bundle"

    def before(self, known, newest, version, canaries):
        """What a search may find besides what was on the disk at first: what is in the root of this build, where it
        lies in its slot."""
        root = newest / f"dayroom_{version}.root-x86-64.raw"
        found = {text: set(places) for text, places in known.items()}
        for text, places in disks.search(root, canaries).items():
            for slot in disks.partitions(self.disk):
                if slot.label.startswith("dayroom_"):
                    found.setdefault(text, set()).update(slot.start + place for place in places)
        return found


def next_after(version):
    """The version that follows this one."""
    first, second, third = version.split(".")
    return f"{first}.{second}.{int(third) + 1}"
