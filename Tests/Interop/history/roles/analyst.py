"""A SQL reader that looks at windows of the tables while they grow."""

import duckdb

from ..tables import Tables


def run(work):
    """Reads a window of offsets of a random partition until stopped."""
    work.recorder.write("start", role="analyst")
    tables = Tables(work.settings["lake"])
    while not work.stopping:
        topic, partition = work.random.choice(work.places)
        try:
            top = tables.settled(topic, partition)
            if top is not None:
                first = work.random.choice([0, work.random.randint(0, top), max(0, top - 200)])
                records = tables.window(topic, partition, first, first + 400)
                work.recorder.write(
                    "rows", place=(topic, partition), first=first, end=first + 400, records=records
                )
        except (OSError, duckdb.Error, AssertionError) as error:
            # Before the first commit there is no table, and a store may be away.
            work.recorder.write("no-rows", place=(topic, partition), error=str(error)[:300])
        work.pause(work.random.uniform(0.1, 1.0))
    work.recorder.write("end")
