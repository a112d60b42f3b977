"""A reader by assignment that starts anywhere, crosses from tier to tier, and starts again."""

import time

from .. import fetchers


def run(work):
    """Reads a part of each of some partitions again and again until stopped."""
    isolation = work.settings.get("isolation", "read_committed")
    work.recorder.write("start", role="reader", client=work.client, isolation=isolation)
    fetcher = fetchers.ALL[work.client](work.address, isolation)
    session = 0
    while not work.stopping:
        offsets = {}
        for place in work.random.sample(work.places, min(len(work.places), 3)):
            ends = ask_ends(work, fetcher, place, isolation)
            if ends is not None:
                # The first offset and the end are where things go wrong.
                low, high = ends
                offsets[place] = work.random.choice([low, high, work.random.randint(low, high)])
            search(work, fetcher, place, isolation)
        if not offsets:
            fetcher.poll(0.1)
            continue
        session += 1
        for place, offset in offsets.items():
            work.recorder.write(
                "seek", session=session, place=place, offset=offset, isolation=isolation
            )
        fetcher.seek(offsets)
        read(work, fetcher, session, offsets, work.random.choice([100, 400, 2000]))
    work.recorder.write("end")
    fetcher.close()


def search(work, fetcher, place, isolation):
    """Asks where the records of some recent moment begin, and records the answer."""
    now = time.time_ns() // 1_000_000
    timestamp = now - work.random.choice([500, 3000, 60_000, 3_600_000, 7_200_000])
    work.recorder.invoke("search", place=place, timestamp=timestamp)
    try:
        found = fetcher.search(place, timestamp)
    except fetchers.NoAnswer:
        work.recorder.unknown("search", place=place, timestamp=timestamp)
    else:
        work.recorder.ok(
            "search", place=place, timestamp=timestamp, found=found, isolation=isolation
        )


def ask_ends(work, fetcher, place, isolation):
    """Asks for the first offset and the end, and records the answer."""
    work.recorder.invoke("ends", place=place)
    ends = fetcher.ends(place)
    if ends is None:
        work.recorder.unknown("ends", place=place)
        return None
    work.recorder.ok(
        "ends", place=place, kind=[isolation, fetcher.name], low=ends[0], high=ends[1]
    )
    return ends


def read(work, fetcher, session, offsets, limit):
    """Polls until `limit` records have come or nothing comes any more."""
    count = idle = 0
    while count < limit and idle < 8 and not work.stopping:
        try:
            found = fetcher.poll(0.1)
        except fetchers.LostPlace as error:
            work.recorder.write("lost-place", session=session, error=str(error))
            return
        record(work, session, found)
        count += len(found)
        idle = 0 if found else idle + 1
        work.pause(len(found) / (4 * work.rate))


def record(work, session, found):
    """Writes down what a poll brought, a line for each partition."""
    parts = {}
    for one in found:
        parts.setdefault(one.place, []).append(one.entry())
    for place, records in parts.items():
        work.recorder.write("poll", session=session, place=place, records=records)
