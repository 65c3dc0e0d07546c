"""What a test says while it runs."""

import sys
import time

START = time.monotonic()


def say(text):
    """A line with the seconds since the start."""
    print(f"[{time.monotonic() - START:6.1f} s] {text}", flush=True)


class Failed(Exception):
    """A test failed; the message says what was waited for and what was there instead."""


def wait_for(what, look, seconds, every=0.25):
    """Looks until `look` gives something, and gives it; fails after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s in vain: {what}")
        time.sleep(every)


def ended(error):
    """Ends a test that failed."""
    say(f"FAILED: {error}")
    sys.exit(1)
