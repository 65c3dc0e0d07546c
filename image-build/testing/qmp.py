"""QEMU's control socket."""

import json
import socket

from .words import Failed, wait_for


class Qmp:
    """One connection to a running QEMU."""

    def __init__(self, path, process):
        self.socket = socket.socket(socket.AF_UNIX)
        wait_for(f"QEMU's control socket {path}", lambda: self._connect(path, process), 20, every=0.05)
        self.socket.settimeout(60)
        self.file = self.socket.makefile("rw")
        # What QEMU told by itself, the last at the end.
        self.events = []
        self.file.readline()
        self("qmp_capabilities")

    def _connect(self, path, process):
        if process.poll() is not None:
            raise Failed(f"QEMU ended at once with status {process.returncode}")
        try:
            self.socket.connect(str(path))
        except OSError:
            return False
        return True

    def __call__(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            line = self.file.readline()
            if not line:
                raise Failed(f"QEMU hung up during {command}")
            answer = json.loads(line)
            if "event" in answer:
                self.events.append(answer["event"])
                continue
            if "error" in answer:
                raise Failed(f"QEMU refused {command}: {answer['error']['desc']}")
            return answer["return"]

    def heard(self, *names):
        """Whether QEMU has told one of these by now. It tells before it answers, so it is asked something."""
        self("query-status")
        return [event for event in self.events if event in names]

    def monitor(self, line):
        """A line of the human monitor; its answer, which is empty where all went well."""
        return self("human-monitor-command", **{"command-line": line})
