"""What a person does at the wall: reads it, and taps what it says. The words are read off the picture, so
what is not to be seen cannot be tapped."""

import os
import re
import statistics
import subprocess
import time
from dataclasses import dataclass

from .machine import FINGER_S, HEIGHT, WIDTH
from .words import Failed, say, wait_for

PATIENCE_S = 90


@dataclass
class Word:
    """A word on the picture, and where."""

    text: str
    line: tuple
    left: int
    top: int
    width: int
    height: int


# A letter has no stroke as wide as this; white ground has.
GROUND = re.compile(rb"\x00{48,}")


def read(pixels):
    """The words of a picture (PPM), line by line. Ink is, by the green of a pixel, dark words on light ground
    without the frames of buttons, and then the white words of a filled button; a dimmed wall is read as well."""
    header = pixels.index(b"\n255\n") + 5
    green = pixels[header + 1 :: 3]
    white = max(green)
    dark_ink = green.translate(bytes(0 if value < white * 0.47 else 255 for value in range(256)))
    white_ink = green.translate(bytes(0 if value > white * 0.98 else 255 for value in range(256)))
    white_ink = GROUND.sub(lambda run: b"\xff" * len(run[0]), white_ink)
    return [word for number, picture in enumerate((dark_ink, white_ink))
            for word in ocr(b"P5\n" + pixels[3:header] + picture, number)]


def is_dim(pixels):
    """Whether nothing on the picture is bright."""
    return max(pixels[-3 * WIDTH * HEIGHT :]) < 200


def ocr(picture, number):
    """The words of one picture."""
    # One thread: the machine under test needs the other processors.
    command = ["tesseract", "-", "-", "--psm", "11", "-l", "eng", "tsv"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    said = subprocess.run(command, input=picture, capture_output=True, check=True, env=environment).stdout
    words = []
    for row in said.decode(errors="replace").splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[11].strip() and float(cells[10]) >= 20:
            left, top, width, height = map(int, cells[6:10])
            words.append(Word(cells[11].strip(), (number, *cells[2:5]), left, top, width, height))
    return words


def plain(text):
    """For comparing: what is read may differ in points. Capitals tell a button from a sentence."""
    return "".join(c for c in text if c.isalnum())


class Wall:
    """The panel of a machine."""

    def __init__(self, machine, pictures):
        self.machine = machine
        self.pictures = pictures
        self.seen = None
        self.looks = 0
        self.words = []
        self.taps = []
        self.repeated = 0

    def look(self):
        """Reads the panel, if it changed since."""
        self.machine.alive()
        pixels = self.machine.pixels()
        if pixels != self.seen:
            self.words = read(pixels)
            self.looks += 1
            # For whoever looks into a failure: what was read last.
            (self.machine.folder / f"look-{self.looks % 20:02}.ppm").write_bytes(pixels)
            self.seen = pixels
        return self.words

    def find(self, text):
        """The middle of these words on the panel, if they are there, side by side."""
        return self.among(self.look(), text)

    @staticmethod
    def among(words, text):
        """The same, among these words."""
        wanted = [plain(part) for part in text.split()]
        for start in range(len(words) - len(wanted) + 1):
            run = words[start : start + len(wanted)]
            if all(plain(word.text) == part for word, part in zip(run, wanted)):
                if run[0].line == run[-1].line:
                    left = run[0].left
                    right = run[-1].left + run[-1].width
                    return (left + right) // 2, run[0].top + run[0].height // 2
        return None

    def text(self):
        """All that is read, for a message."""
        return " ".join(word.text for word in self.words)

    def wait(self, text, seconds=PATIENCE_S):
        """Waits until the wall says this."""
        def look():
            asked = self.find("I am still here")
            if asked:
                self.tap_at(*asked)
            return self.find(text)

        try:
            return wait_for(f"the wall says '{text}'", look, seconds)
        except Failed as error:
            path = self.keep("failed")
            raise Failed(f"{error}; it says: {self.text()} (picture: {path})") from error

    def wait_gone(self, text, seconds=PATIENCE_S):
        """Waits until the wall does not say this any more."""
        try:
            wait_for(f"the wall no longer says '{text}'", lambda: not self.find(text), seconds)
        except Failed as error:
            raise Failed(f"{error}; it says: {self.text()} (picture: {self.keep('failed')})") from error

    def tap(self, text, seconds=PATIENCE_S):
        """Waits for words and taps them."""
        self.tap_at(*self.wait(text, seconds))

    def home(self):
        """Back to the first page, by the way back that each page has at its upper left."""
        def step():
            if self.find("Hello"):
                return True
            corner = [word for word in self.words if word.left < 200 and word.top < 95]
            for back in ("Home", "List", "Back", "Messages", "Requests"):
                place = self.among(corner, back)
                if place:
                    # Reading takes a while, and the page before may be gone by now: then it is read again.
                    if self.machine.settled() == self.seen:
                        self.tap_at(*place)
                    return False
            return False

        try:
            wait_for("the way back to the first page", step, PATIENCE_S)
        except Failed as error:
            raise Failed(f"{error}; the wall says: {self.text()} (picture: {self.keep('failed')})") from error

    def pad(self):
        """Where the keys of the number pad are: the digits that can be read say where the others must be."""
        def look():
            found = [word for word in self.look() if len(word.text) == 1 and word.text in "123456789"]
            # Of a pad, and not of a line of text.
            found = [word for word in found if word.height >= 20 and word.left > 640]
            places = {int(w.text) - 1: (w.left + w.width / 2, w.top + w.height / 2) for w in found}
            across = [((x - u) / (a % 3 - b % 3)) for a, (x, _) in places.items()
                      for b, (u, _) in places.items() if a % 3 > b % 3]
            down = [((y - v) / (a // 3 - b // 3)) for a, (_, y) in places.items()
                    for b, (_, v) in places.items() if a // 3 > b // 3]
            if not across or not down:
                return None
            dx, dy = statistics.median(across), statistics.median(down)
            left = statistics.median(x - a % 3 * dx for a, (x, _) in places.items())
            top = statistics.median(y - a // 3 * dy for a, (_, y) in places.items())
            fits = all(abs(left + a % 3 * dx - x) < dx / 4 and abs(top + a // 3 * dy - y) < dy / 4
                       for a, (x, y) in places.items())
            keys = {str(a + 1): (int(left + a % 3 * dx), int(top + a // 3 * dy)) for a in range(9)}
            keys["0"] = (int(left + dx), int(top + 3 * dy))
            keys["go"] = (int(left + 2 * dx), int(top + 3 * dy))
            return keys if fits and len(places) >= 4 else None

        try:
            return wait_for("a number pad on the wall", look, PATIENCE_S)
        except Failed as error:
            raise Failed(f"{error}; it says: {self.text()} (picture: {self.keep('failed')})") from error

    def tap_at(self, x, y):
        """Taps a place, and waits until the picture answers. A wall that has dimmed is woken first."""
        if is_dim(self.machine.pixels()):
            self.machine.finger(WIDTH - 4, 4)
            wait_for("a touch wakes the wall", lambda: not is_dim(self.machine.pixels()), 20)
        # An emulated machine that was kept waiting may have seen a finger come and go at once: nobody's. People
        # try again, and so does this; how often is printed.
        for number, stays in enumerate(FINGER_S):
            self.repeated += number > 0
            took = self.machine.finger(x, y, stays)
            if took is not None:
                break
        if took is None:
            raise Failed(f"nothing answers a tap at {x}, {y}; the wall says: {self.text()} "
                         f"(picture: {self.keep('failed')})")
        self.taps.append(took)
        # For whoever looks into a failure: the panel after each tap.
        self.machine.picture(self.machine.folder / f"tap-{len(self.taps):03}.png")

    def keep(self, name):
        """Keeps the picture."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        path = self.machine.picture(self.pictures / f"{name}.png")
        say(f"picture {path.name}")
        return path


