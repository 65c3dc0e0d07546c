"""Two hundred key chords: what a keyboard can ask of a kernel, of systemd and of a desktop. Names are QEMU's."""

FUNCTION = [f"f{number}" for number in range(1, 13)]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# systemd restarts at once when it is asked so often within two seconds.
BURST = 9


def chords():
    """All of them, in the order in which they are pressed."""
    held = ["ctrl", "alt"]
    all_of_them = [[*held, "delete"]] * BURST
    all_of_them += [[*held, key] for key in FUNCTION]
    all_of_them += [["alt", key] for key in FUNCTION]
    all_of_them += [[*held, "shift", key] for key in FUNCTION]
    # SysRq: of the kernel itself, all its letters and levels. `b` restarts, `o` switches off, `c` lets it crash.
    all_of_them += [["alt", "print", key] for key in [*LETTERS, *"0123456789"]]
    all_of_them += [["alt_r", "print", key] for key in "bcou"]
    all_of_them += [[*held, key] for key in (
        "backspace", "esc", "end", "insert", "pgup", "pgdn", "left", "right", "up", "down", "tab", "spc", "ret",
        "kp_add", "kp_subtract", "kp_multiply", "kp_divide", *"dlrtx")]
    all_of_them += [["alt", key] for key in ("tab", "esc", "spc", "print", "left", "right", "up", "down", "ret")]
    all_of_them += [["ctrl", key] for key in ("esc", "tab", "pgup", "pgdn", "backslash", "s", "q", *"cdzwrl")]
    all_of_them += [["ctrl", "shift", key] for key in ("esc", "delete", *"itnr")]
    all_of_them += [["shift", key] for key in ("pgup", "pgdn", "insert", "tab", "f10", "print")]
    all_of_them += [["meta_l", key] for key in ("tab", "spc", "print", *"lrde")]
    all_of_them += [[key] for key in (
        "meta_l", "meta_r", "compose", "print", "scroll_lock", "pause", "num_lock", "caps_lock", "esc", "tab", "ret",
        "spc", "delete", "home", "end", "pgup", "pgdn", "insert", "left", "right", "up", "down", *FUNCTION)]
    # Keys that machines have beside letters: logind acts on the first three.
    all_of_them += [[key] for key in ("power", "sleep", "wake", "audiomute", "volumeup", "volumedown")]
    # A number and a PIN, as whoever wants to sign in by keyboard types them.
    all_of_them += [[key] for key in [*"1001", "ret", *"123456", "ret"]]
    return all_of_them
