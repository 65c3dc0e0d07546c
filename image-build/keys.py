#!/usr/bin/env python3
"""Makes the keys that sign an image, or says whether a folder of keys may sign a release.

    keys.py make-test FOLDER     keys for a desk, marked as such in their certificates
    keys.py check FOLDER         ends with an error if a release may not be signed with them

| file | signs |
|---|---|
| `boot.key`, `boot.crt` | what the firmware starts (Secure Boot): RSA-2048, all that firmware knows |
| `pcr.key`, `pcr.pub` | the measurements that open /var (PCR 11) |
| `recovery.tpm2b_public` | nothing: the public half of the recovery machine's TPM, for which each /var has a slot |

The last one is what `systemd-analyze srk` says on the recovery machine (any Debian 13 with a TPM); `build` makes one
of a software TPM for a desk. A release's keys are made by whoever keeps them, on a machine without a network; this program never makes them.
"""

import subprocess
import sys
from pathlib import Path

TEST_NAME = "Dayroom TEST KEY, trust nothing signed with it"
FILES = ["boot.key", "boot.crt", "pcr.key", "pcr.pub"]


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"openssl {words[0]}: {done.stderr.strip()}")
    return done.stdout


def make_test(folder):
    """Once; later builds find them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if all((folder / name).exists() for name in FILES):
        return
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 3650, "-subj", f"/CN={TEST_NAME}",
            "-keyout", folder / "boot.key", "-out", folder / "boot.crt")
    openssl("genrsa", "-out", folder / "pcr.key", 2048)
    openssl("rsa", "-in", folder / "pcr.key", "-pubout", "-out", folder / "pcr.pub")
    (folder / "TEST").write_text(TEST_NAME + "\n")


def faults(folder):
    """Why these keys may not sign a release."""
    needed = [*FILES, "recovery.tpm2b_public"]
    found = [f"{folder / name} is missing" for name in needed if not (folder / name).exists()]
    if found:
        return found
    subject = openssl("x509", "-in", folder / "boot.crt", "-noout", "-subject")
    if "TEST" in subject.upper() or (folder / "TEST").exists():
        found.append(f"{folder} holds test keys")
    for name in ("boot.key", "pcr.key"):
        if (folder / name).stat().st_mode & 0o077:
            found.append(f"others than its owner may read {folder / name}: chmod 600")
    cert = openssl("x509", "-in", folder / "boot.crt", "-noout", "-pubkey")
    if cert != openssl("pkey", "-in", folder / "boot.key", "-pubout"):
        found.append("boot.crt is not of boot.key")
    if openssl("pkey", "-pubin", "-in", folder / "pcr.pub", "-pubout") != openssl(
        "pkey", "-in", folder / "pcr.key", "-pubout"
    ):
        found.append("pcr.pub is not of pcr.key")
    if subprocess.run(["openssl", "x509", "-in", folder / "boot.crt", "-noout", "-checkend", "7776000"],
                      capture_output=True, check=False).returncode:
        found.append("boot.crt ends within 90 days")
    return found


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("make-test", "check"):
        sys.exit(__doc__)
    folder = Path(sys.argv[2])
    if sys.argv[1] == "make-test":
        make_test(folder)
        return 0
    found = faults(folder)
    for line in found:
        print(f"keys: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
