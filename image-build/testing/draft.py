"""A letter that is begun and not sent, at the wall."""

from .wall import PATIENCE_S
from .words import Failed, wait_for

# Letters of the keyboard's first row alone, and nothing that is on a system's disk.
WORD = "quietpuppy"
ROW = "qwertyuiop"
# Where the middles of the first and the last key of that row are, of the panel's 1280.
FIRST, LAST = 68, 1212


def begin(wall, name):
    """From the first page: a letter to this person, until the kiosk says that it is kept."""
    wall.tap("Messages")
    wall.tap(name)
    wall.tap("Write")
    space, shift = wall.wait("Space"), wall.wait("Shift")
    row = shift[1] - 2 * (space[1] - shift[1])
    for letter in WORD:
        wall.tap_at(FIRST + ROW.index(letter) * (LAST - FIRST) // (len(ROW) - 1), row)
    either(wall, "Saved", "saved")
    is_there(wall)


def is_there(wall):
    """The words stand on the panel, with or without a capital."""
    either(wall, WORD, WORD.capitalize())


def either(wall, one, other):
    """Waits until the wall says one of two words."""
    try:
        wait_for(f"the wall says '{one}'", lambda: wall.find(one) or wall.find(other), PATIENCE_S)
    except Failed as error:
        raise Failed(f"{error}; it says: {wall.text()} (picture: {wall.keep('failed')})") from error


def again(wall):
    """From the first page: the letter is offered to be gone on with, and its words are in it."""
    wall.tap("Messages")
    wall.tap("Not sent yet")
    is_there(wall)
