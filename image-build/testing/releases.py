"""Releases of the facility, as operators handle them: a rollout, orders that they sign, a bundle that somebody has
changed at central."""

import json
from contextlib import contextmanager

from .words import Failed

WORDS = "correct horse battery staple"
KEY = "../desk/olga"
SEALED = ("--passphrase-file", "../desk/words")


class Releases:
    """Central's releases and the key of the one operator."""

    def __init__(self, facility):
        self.facility = facility

    def begin(self):
        """Whom kiosks believe; before any kiosk is made, for it learns that with its certificate."""
        facility = self.facility
        facility.release_keys()
        # Beside the service's folder: it does not start where such a key lies below.
        desk = facility.folder.parent / "desk"
        desk.mkdir()
        (desk / "words").write_text(WORDS + "\n")
        facility.do("operator-key", "new", "--out", KEY, "--name", "Olga Stein", *SEALED)
        facility.do("operator-key", "set", "--add", f"{KEY}.pub", "--key", KEY, *SEALED)

    def add(self, version, bundle):
        """Signs a release. Nobody is offered it yet."""
        self.facility.do("release", "add", version, bundle, "--dir", "keys", "--ring", "all=100%", "--soak", "0")

    def roll_out(self, version):
        """Offers it to everybody."""
        self.facility.do("release", "rollout", "start", version)

    def order(self, what, label, *more):
        """An operator signs an order for this kiosk: a release, a restart."""
        self.facility.do("order", what, *more, label, "--key", KEY, *SEALED)

    def refused(self):
        """Why the kiosk has refused what is rolled out, as central was told; None if it has not."""
        self.facility.alive()
        status = json.loads(self.facility.do("release", "rollout", "status", "--json"))
        said = [kiosk["stage"] for kiosk in status["kiosks"] if kiosk["doing"] == "badly"]
        return json.dumps(said) if said else None

    @contextmanager
    def tampered(self, version):
        """Meanwhile central has other bytes than were signed: one bit in the middle of the bundle."""
        found = list((self.facility.folder / "central").rglob(f"*{version}*.bundle"))
        if len(found) != 1:
            raise Failed(f"central has {len(found)} bundles of {version}, not one")
        turn_a_bit(found[0])
        try:
            yield
        finally:
            turn_a_bit(found[0])


def turn_a_bit(path):
    """Of the byte in the middle of a file."""
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
