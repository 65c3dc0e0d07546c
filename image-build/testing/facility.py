"""A facility with invented people: central on this host, and the operators' command line."""

import csv
import io
import json
import socket
import subprocess
from pathlib import Path

from .machine import CENTRAL_ADDRESS, CENTRAL_PORT
from .words import Failed, wait_for

NAME = "central.example.org"
UNIT = "North"
# number, name, badge: nobody real.
PEOPLE = [("1001", "Luis Ortiz", "04A1B2C3"), ("1002", "Marcus Bell", "04D4E5F6")]
MAIL = """From: {name} <{address}>\r
To: {to} <mail@cedar.example.org>\r
Subject: {subject}\r
Date: Fri, 20 Nov 2026 10:00:00 -0600\r
Message-ID: <{key}@example.org>\r
Content-Type: text/plain; charset=utf-8\r
\r
{text}\r
"""


class Facility:
    """Central, its operator, and the numbers and PINs of its people."""

    def __init__(self, program, folder):
        self.program = Path(program)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.serving = None
        self.mails = 0
        self.do("init", "--name", NAME)
        self.do("facility", "create", "Cedar County Detention Center")
        self.do("unit", "create", UNIT)
        self.pins = self._people()
        self.port = free_port()
        self.serve()

    def _people(self):
        rows = "".join(f"{number},{name},{UNIT}\n" for number, name, _ in PEOPLE)
        (self.folder / "roster.csv").write_text("number,name,unit\n" + rows)
        said = self.do("roster", "import", "roster.csv")
        pins = {row[0]: row[-1] for row in csv.reader(io.StringIO(said)) if row and row[-1].isdigit()}
        badges = "".join(f"{number},{badge}\n" for number, _, badge in PEOPLE)
        (self.folder / "badges.csv").write_text("number,badge\n" + badges)
        self.do("roster", "badges", "badges.csv")
        missing = [number for number, _, _ in PEOPLE if number not in pins]
        if missing:
            raise Failed(f"the roster import showed no PIN for {missing}: {said}")
        return pins

    def do(self, *words):
        """The operators' command line; what it says."""
        command = [self.program, "--state", "central", *map(str, words)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"dayroom-central {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    def serve(self):
        """Starts the service, and waits until it listens."""
        log = open(self.folder / "central.log", "ab")  # pylint: disable=consider-using-with
        command = [self.program, "--state", "central", "serve", "--listen", f"127.0.0.1:{self.port}"]
        self.serving = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        wait_for("central listens", self._listens, 30, every=0.05)

    def alive(self):
        """Fails if central has ended by itself."""
        if self.serving.poll() is not None:
            raise Failed(f"central ended: {(self.folder / 'central.log').read_text()[-1500:]}")

    def _listens(self):
        self.alive()
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def ticket(self, label):
        """A one-time file for a new kiosk."""
        path = self.folder / f"{label.replace(' ', '-')}.ticket"
        self.do("enrol", "create", label, "--unit", UNIT, "--ticket", path, "--host", CENTRAL_ADDRESS,
                "--port", CENTRAL_PORT, "--server-name", NAME)
        return path

    def release_keys(self):
        """Whom kiosks believe about releases; before any kiosk is made, for it learns that with its certificate."""
        self.do("release", "keys", "init", "--dir", "keys")

    def request(self, number, name, relationship, address):
        """Somebody asks to be in touch."""
        self.do("request", "add", "--resident", number, "--name", name, "--relationship", relationship,
                "--email", address, "--resident-alone")

    def mail(self, number, name, address, subject, text):
        """Somebody writes."""
        self.mails += 1
        to = {row[0]: row[1] for row in PEOPLE}[number]
        path = self.folder / f"mail-{self.mails}.eml"
        path.write_text(MAIL.format(name=name, address=address, to=to, subject=subject, text=text,
                                    key=f"mail-{self.mails}"))
        self.do("mail", "import", path.name)

    def activity(self, what=None):
        """What kiosks did, as central has it."""
        lines = self.do("activity", "--json").splitlines()
        all_of_it = [json.loads(line) for line in lines if line.strip()]
        return [one for one in all_of_it if what in (None, one["what"])]

    def audit(self, event=""):
        """What kiosks noted, as central has it: all events whose name begins so, the newest at the end."""
        lines = self.do("audit", "show", "--event", event, "--json").splitlines()
        entries = [json.loads(line) for line in lines if line.strip()]
        return [entry for entry in entries if entry.get("kiosk")]

    def wait(self, what, count=1, seconds=90):
        """Waits until central has it so many times; fails at once if it has it more often."""
        def look():
            found = self.activity(what)
            if len(found) > count:
                raise Failed(f"central has {what} {len(found)} times, not {count}: {found}")
            return len(found) == count and found
        try:
            return wait_for(f"central has {what} {count} times", look, seconds)
        except Failed as error:
            raise Failed(f"{error}; it has {self.activity()}") from error

    def close(self):
        """Ends the service."""
        if self.serving:
            self.serving.kill()
            self.serving.wait()


def free_port():
    """A port of this host that nobody has."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]
