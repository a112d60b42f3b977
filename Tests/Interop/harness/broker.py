"""A `varve serve` process under test."""

import os
import pathlib
import signal
import subprocess
import time

from .processes import die_with_parent, free_port
from .raw import RawClient
from .waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]

# Settling, commits and retention happen within a second instead of within minutes.
FAST = {
    "log.segment.bytes": 65536,
    "log.retention.ms": -1,
    "log.retention.check.interval.ms": 200,
    "lake.commit.interval.ms": 100,
    "lake.max.lag.ms": 300,
    "group.initial.rebalance.delay.ms": 0,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 4,
}


def default_binary():
    """Returns the broker to test: $VARVE_BINARY, or the release build."""
    return pathlib.Path(os.environ.get("VARVE_BINARY", ROOT / ".build/release/varve"))


class Broker:
    """Starts, stops and kills one broker; its files and logs live in one directory."""

    every = []  # all brokers of this run, for the logs in failure reports

    def __init__(self, directory, properties=None, environment=None, port=None, base=FAST):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.data = self.directory / "data"
        self.lake = self.directory / "lake"
        self.log_path = self.directory / "broker.log"
        self.properties = {
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "log.dirs": str(self.data),
            "lake.url": f"file://{self.lake}",
            **base,
            **(properties or {}),
        }
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.starts = 0
        Broker.every.append(self)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def write_properties(self):
        """Writes server.properties and returns its path."""
        path = self.directory / "server.properties"
        lines = (f"{name}={value}\n" for name, value in self.properties.items())
        path.write_text("".join(lines))
        return path

    def spawn(self):
        """Starts the process without waiting for it to listen."""
        path = self.write_properties()
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [default_binary(), "serve", "--config", path],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
                env=self.environment, preexec_fn=die_with_parent,
            )  # fmt: skip
        self.starts += 1
        return self

    def start(self, timeout=30.0):
        """Starts the process and waits until it answers ApiVersions."""
        began = time.monotonic()
        self.spawn()
        wait_until(self._answers, f"the broker on {self.address}", timeout, interval=0.005)
        self.start_seconds = time.monotonic() - began
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(
                f"the broker ended with {self.process.returncode}:\n{self.log_tail()}"
            )
        try:
            with RawClient(self.port, timeout=2) as client:
                return client.api_versions()
        except OSError:
            return None

    def stop(self, timeout=30.0):
        """Asks the process to end with SIGTERM; it must drain, sync and exit 0."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"no exit {timeout:g} s after SIGTERM:\n{self.log_tail()}")
        assert status == 0, f"exit {status} after SIGTERM:\n{self.log_tail()}"

    def kill(self):
        """Ends the process with SIGKILL, as a crash would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def restart(self):
        self.stop()
        return self.start()

    def log_tail(self, lines=60):
        """Returns the end of what the process wrote."""
        if not self.log_path.exists():
            return "(no log)"
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def status_kilobytes(self, field):
        """Returns a size of /proc/<pid>/status, such as VmRSS or VmHWM."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise AssertionError(f"no {field} of process {self.process.pid}")

    def varve(self, *arguments, check=True):
        """Runs a `varve` command against this broker and returns the finished process."""
        finished = subprocess.run(
            [default_binary(), *map(str, arguments), "--bootstrap-server", self.address],
            capture_output=True, text=True, timeout=30, env=self.environment,
        )  # fmt: skip
        if check and finished.returncode != 0:
            raise AssertionError(f"{arguments}: exit {finished.returncode}: {finished.stderr}")
        return finished

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
        else:
            self.kill()
