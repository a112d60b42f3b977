"""A client process: python -m history.worker '<JSON of its work>'.

SIGTERM asks it to finish what it has begun; a second one is not needed, SIGKILL does the rest.
"""

import importlib
import json
import logging
import os
import random
import signal
import sys
import time

from .recording import Recorder


class Work:
    """What one process has to do, with its own random choices and its own history."""

    def __init__(self, settings):
        self.settings = settings
        self.who = settings["who"]
        self.client = settings.get("client")
        self.address = settings["address"]
        self.places = [tuple(place) for place in settings["places"]]
        self.rate = settings.get("rate", 200)
        self.random = random.Random(f"{settings['seed']}/{self.who}")
        self.recorder = Recorder(settings["directory"], self.who)
        self.stopping = False
        signal.signal(signal.SIGTERM, self._stop)

    def _stop(self, *_):
        self.stopping = True

    @property
    def topics(self):
        return sorted({topic for topic, _ in self.places})

    def pause(self, seconds):
        """Lets time pass to keep the load at its rate; nothing waits for a condition here."""
        end = time.monotonic() + seconds
        while not self.stopping and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


def main():
    work = Work(json.loads(sys.argv[1]))
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    if "HISTORY_DEBUG" in os.environ:  # tells what clients with transactions do, in their logs
        logging.getLogger("kafka.producer").setLevel(logging.DEBUG)
    importlib.import_module(f"history.roles.{work.settings['role']}").run(work)


if __name__ == "__main__":
    main()
