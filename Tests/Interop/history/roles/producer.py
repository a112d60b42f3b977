"""An idempotent producer of one client library that writes to all partitions in bursts."""

import time

from .. import senders
from ..identity import Tag, message


def run(work):
    """Sends bursts until stopped, then waits for all answers."""
    acknowledged, failed = [], []

    def done(number, offset, error):
        if error is None:
            acknowledged.append([number, offset])
        else:
            failed.append([number, error])

    def answered():
        """Writes the answers down; until then a kill makes them unknown."""
        if acknowledged:
            work.recorder.ok("send", acks=acknowledged.copy())
            acknowledged.clear()
        if failed:
            work.recorder.unknown("send", errors=failed.copy())
            failed.clear()

    codec = work.random.choice(["none", "gzip", "snappy", "lz4", "zstd"])
    work.recorder.write("start", role="producer", client=work.client, codec=codec)
    sender = senders.ALL[work.client](work.address, codec, done)
    number, due = 0, time.monotonic()
    while not work.stopping:
        burst = []
        for _ in range(work.random.choice([1, 3, 10, 25])):
            topic, partition = work.random.choice(work.places)
            burst.append(message(Tag(work.who, number), topic, partition, work.random))
            number += 1
        work.recorder.invoke("send", records=[one.entry() for one in burst])
        for one in burst:
            while not sender.send(one):
                sender.pump(0.05)
                answered()
        due += work.random.uniform(0, 2 * len(burst) / work.rate)
        while not work.stopping and (left := due - time.monotonic()) > 0:
            sender.pump(min(left, 0.1))
            answered()
        # After an outage the load catches up for a second, not for all of it.
        due = max(due, time.monotonic() - 1)
    flushed = sender.flush(60)
    answered()
    work.recorder.write("end", flushed=flushed)
    sender.close()
