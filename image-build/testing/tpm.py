"""A software TPM, as a machine has a chip."""

import atexit
import os
import signal
import subprocess

from .words import wait_for


class Tpm:
    """A software TPM; what it knows stays in its folder."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.socket = folder / "tpm.sock"
        self.socket.unlink(missing_ok=True)
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}", "--ctrl",
                   f"type=unixio,path={self.socket}"]
        self.process = subprocess.Popen(command, start_new_session=True)
        atexit.register(self.end)
        wait_for("the software TPM", self.socket.exists, 20, every=0.05)

    def arguments(self):
        """What puts it into a machine."""
        return ["-chardev", f"socket,id=tpm,path={self.socket}", "-tpmdev", "emulator,id=tpm0,chardev=tpm",
                "-device", "tpm-crb,tpmdev=tpm0"]

    def end(self):
        """With the machine that it is in."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
