"""Histories: one append-only file of events per process, readable whatever killed the process.

An event is a JSON object on a line of its own:

    at     CLOCK_MONOTONIC in nanoseconds, one clock for all processes of the machine
    who    the process and its incarnation, such as "producer-1.3"
    what   the operation
    is     "invoke", "ok", "fail" (it certainly has no effect), "unknown" or "info"

and what the operation brings. An invocation is written before the client library hears of it, an
answer after: between an operation's two lines lies the moment at which it took effect. An
invocation without an answer is unknown. Each line is one write(2), so a killed process loses at
most what it had not yet begun to write.
"""

import json
import os
import pathlib
import time


class Recorder:
    """Writes the history of one process."""

    def __init__(self, directory, who):
        self.who = who
        path = pathlib.Path(directory) / f"{who}.history"
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def write(self, what, phase="info", **fields):
        event = {"at": time.monotonic_ns(), "who": self.who, "what": what, "is": phase, **fields}
        os.write(self.file, json.dumps(event, separators=(",", ":")).encode() + b"\n")

    def invoke(self, what, **fields):
        self.write(what, "invoke", **fields)

    def ok(self, what, **fields):
        self.write(what, "ok", **fields)

    def fail(self, what, **fields):
        self.write(what, "fail", **fields)

    def unknown(self, what, **fields):
        self.write(what, "unknown", **fields)

    def close(self):
        os.close(self.file)


def read(directory):
    """Returns the events of all histories of a run, in the order of time."""
    events = []
    for path in sorted(pathlib.Path(directory).glob("*.history")):
        events += parse(path.read_bytes())
    events.sort(key=lambda event: event["at"])
    return events


def parse(content):
    """Returns the events of one history; a last line that a kill cut off is left out."""
    lines = content.split(b"\n")
    return [json.loads(line) for line in lines[:-1]]
