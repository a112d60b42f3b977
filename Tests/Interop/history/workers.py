"""Client processes of a run: started again after each kill, under a new name."""

import json
import os
import pathlib
import signal
import subprocess
import sys

from harness.processes import die_with_parent

HANDED_OVER = 75  # a process that gave up on its client ends so, and its successor is to go on
INTEROP = pathlib.Path(__file__).resolve().parents[1]


class Worker:
    """One role in a run, played by one process after the other."""

    def __init__(self, name, role, settings):
        self.name, self.role, self.settings = name, role, settings
        self.incarnation = 0
        self.process = None
        self.is_asked_to_stop = False

    @property
    def who(self):
        return f"{self.name}.{self.incarnation}"

    @property
    def log_path(self):
        return pathlib.Path(self.settings["directory"]) / f"{self.name}.log"

    @property
    def has_begun(self):
        """Whether the present process has written something into its history."""
        path = pathlib.Path(self.settings["directory"]) / f"{self.who}.history"
        return path.exists() and path.stat().st_size > 0

    def spawn(self):
        self.incarnation += 1
        work = {**self.settings, "role": self.role, "who": self.who, "name": self.name}
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "history.worker", json.dumps(work)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=INTEROP,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, preexec_fn=die_with_parent,
            )  # fmt: skip

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        """Sends a signal; returns False when there is no process to get it."""
        if not self.is_running:
            return False
        self.process.send_signal(number)
        return True

    def kill(self):
        """Kills the process; returns False when there was none."""
        if not self.signal(signal.SIGKILL):
            return False
        self.process.wait()
        self.process = None
        return True

    def check(self):
        """Fails when the process has ended though nobody wanted it to; starts a successor."""
        if self.process is not None and self.process.poll() is not None:
            if self.process.returncode == HANDED_OVER:
                return self.spawn()
            tail = self.log_path.read_text(errors="replace")[-3000:]
            raise AssertionError(f"{self.who} ended with {self.process.returncode}:\n{tail}")

    def ask_to_stop(self):
        self.is_asked_to_stop = True
        self.signal(signal.SIGTERM)

    def wait(self, timeout):
        """Waits for the end that was asked for; returns None, or what went wrong."""
        if self.process is None:
            return None
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"{self.who} did not end within {timeout} s"
        if status not in (0, HANDED_OVER, -signal.SIGTERM):  # the last before it had begun its work
            tail = self.log_path.read_text(errors="replace")[-3000:]
            return f"{self.who} ended with {status}:\n{tail}"
        return None
