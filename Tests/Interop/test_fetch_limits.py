"""What a hostile or a slow reader may take: partitions, waiting, cold bytes; all bounded."""

import select
import time

from harness import clients, records, wire
from harness.fetching import fetch, receive, send
from harness.raw import RawClient
from harness.tiers import wait_local_deleted, wait_settled
from harness.waiting import wait_until


def test_a_fetch_of_too_many_partitions_is_refused(make_broker):
    broker = make_broker({"varve.fetch.max.partitions": 100}).start()
    many = {("nowhere", p): 0 for p in range(101)}
    with RawClient(broker.port) as raw:
        for version in (7, 12):
            refused = fetch(raw, version, many, epoch=0)
            assert (refused.error, refused.session, refused.parts) == (42, 0, {})
        some = dict(list(many.items())[:100])
        assert len(fetch(raw, 12, some, wait=60_000).parts) == 100
        try:
            fetch(raw, 4, many)
            raise AssertionError("answered")
        except ConnectionError:
            pass


def test_hostile_numbers_are_answered(broker, topic):
    name = topic()
    low, high = -(1 << 31), (1 << 31) - 1
    with RawClient(broker.port) as raw:
        assert raw.produce(name, wire.good_batch(b"a"))[0] == 0
        place = {(name, 0): 0}
        for terms in (
            {"max_bytes": low}, {"partition_bytes": low}, {"min_bytes": low}, {"wait": low},
            {"max_bytes": low, "partition_bytes": low, "min_bytes": high, "wait": high},
            {"max_bytes": 0, "min_bytes": high, "wait": high},
        ):  # fmt: skip
            # At least one batch, however little is asked for.
            assert fetch(raw, 12, place, **terms).parts[name, 0].records, terms
        for offset in (-1, -(1 << 63), (1 << 63) - 1):
            assert fetch(raw, 12, {(name, 0): offset}, wait=high).parts[name, 0].error == 1
        for partition in (-1, low, high):
            answer = fetch(raw, 12, {(name, partition): 0}, wait=high)
            assert answer.parts[name, partition].error == 3
        assert fetch(raw, 12, {}, wait=high).parts == {}
        for session, epoch in ((low, high), (-1, 1), (high, low), (0, 5)):
            assert fetch(raw, 12, place, session=session, epoch=epoch).error == 70


def test_waiting_is_bounded_and_ends_with_the_connection(make_broker):
    broker = make_broker({"varve.fetch.waiting.partitions": 4}).start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", 4) == 0
        places = {("t", p): 0 for p in range(4)}

        def waited():
            began = time.monotonic()
            assert not fetch(raw, 12, {("t", 0): 0}, wait=300).parts["t", 0].records
            return time.monotonic() - began > 0.25

        assert waited()
        with RawClient(broker.port) as greedy:
            send(greedy, 12, places, wait=600_000)

            def is_taken():
                # It is refused the wait itself when it comes while the other waits.
                if select.select([greedy.socket], [], [], 0)[0]:
                    receive(greedy, 12)
                    send(greedy, 12, places, wait=600_000)
                return not waited()

            wait_until(is_taken, "the greedy fetch to take all there is")
        wait_until(waited, "its place to be free again")


def test_cold_bytes_of_one_answer_are_bounded(make_broker):
    broker = make_broker({"varve.fetch.max.cold.bytes": 1024}).start()
    with RawClient(broker.port) as raw:
        settings = {"segment.bytes": 16384, "local.retention.ms": 1}
        assert raw.create_topic("t", 3, settings) == 0
        for partition in range(3):
            sent = [
                records.Record(partition, n, records.FIRST_TIMESTAMP + n, b"k", bytes(1000))
                for n in range(30)
            ]
            clients.Confluent(broker).produce("t", sent, partition=partition)
        wait_settled(broker, ["t"], partitions=3)
        wait_local_deleted(broker, ["t"], partitions=3)
        offsets = {("t", p): 0 for p in range(3)}

        def served(**terms):
            parts = fetch(raw, 12, offsets, **terms).parts
            return [partition for (_, partition), part in parts.items() if part.records]

        # One batch is more than that: whichever was read first, the others wait for their turn.
        assert len(wait_until(lambda: served(wait=1000), "the first cold batch")) == 1
        # In a session the turn comes.
        answer = fetch(raw, 12, offsets, epoch=0, wait=1000)
        session, epoch, seen = answer.session, 1, set()
        deadline = time.monotonic() + 20
        while seen != {0, 1, 2}:
            now = {partition for (_, partition), part in answer.parts.items() if part.records}
            assert len(now) <= 1 and time.monotonic() < deadline, (now, seen)
            seen |= now
            answer = fetch(raw, 12, {}, session=session, epoch=epoch, wait=1000)
            epoch += 1


def test_many_searches_by_time_of_one_request(broker, topic):
    name = topic(segment_bytes=16384, local_retention_ms=1)
    sent = [
        records.Record(0, n, records.FIRST_TIMESTAMP + n, b"k", bytes(1000)) for n in range(40)
    ]
    clients.Confluent(broker).produce(name, sent)
    wait_settled(broker, [name])
    wait_local_deleted(broker, [name])
    count = 3000
    body = wire.int32(-1) + wire.int32(1) + wire.string(name) + wire.int32(count)
    for n in range(count):
        # In the cold tier, or past all records.
        timestamp = records.FIRST_TIMESTAMP + (n % 40 if n % 3 else 10**6)
        body += wire.int32(0) + wire.int64(timestamp)
    with RawClient(broker.port, timeout=60) as raw:
        answer = raw.call(2, 1, body)
        assert answer.int32() == 1 and answer.string() == name and answer.int32() == count
        for n in range(count):
            assert (answer.int32(), answer.int16()) == (0, 0)
            found = answer.int64(), answer.int64()
            place = n % 40
            assert found == ((records.FIRST_TIMESTAMP + place, place) if n % 3 else (-1, -1))
