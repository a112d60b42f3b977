"""A group member in a process of its own, so that it can be killed."""

import json
import subprocess
import sys
import threading

CODE = """
import json, sys
import confluent_kafka
topic, config = sys.argv[1], json.loads(sys.argv[2])
consumer = confluent_kafka.Consumer(config)
consumer.subscribe([topic])
before = None
while True:
    consumer.poll(0.1)
    now = sorted(place.partition for place in consumer.assignment())
    if now != before:
        print(json.dumps(now), flush=True)
        before = now
"""


class ChildMember:
    """A confluent-kafka consumer; `wait_assignment` follows what it has."""

    def __init__(self, topic, config):
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE, topic, json.dumps(config)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def wait_assignment(self, condition, timeout=30):
        """Reads its lines until one fits; the process ends when none comes in time."""
        watch = threading.Timer(timeout, self.process.kill)
        watch.start()
        try:
            for line in self.process.stdout:
                if condition(json.loads(line)):
                    return
        finally:
            watch.cancel()
        raise AssertionError("the member ended, or has not what it should have")

    def kill(self):
        self.process.kill()
        self.process.wait()
