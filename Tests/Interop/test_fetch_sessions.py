"""Fetch sessions (KIP-227) in raw frames and through kafka-python, over both tiers."""

import threading
import time

import kafka
import pytest

from harness import clients, records, wire
from harness.fetching import fetch, receive, send, topic_id
from harness.raw import RawClient
from harness.tiers import wait_local_deleted, wait_settled

NOT_FOUND, WRONG_EPOCH, OTHER_IDS = 70, 71, 106
UNKNOWN_ID, INCONSISTENT_ID = 100, 103


@pytest.fixture
def raw(broker):
    with RawClient(broker.port) as client:
        yield client


def fill(raw, name, *partitions):
    for partition in partitions:
        assert raw.produce(name, wire.good_batch(b"first"), partition)[0] == 0


@pytest.mark.parametrize("version", range(7, 19))
def test_an_incremental_answer_has_what_changed(raw, topic, version):
    name = topic(partitions=3)
    key = name if version < 13 else topic_id(raw, name)
    fill(raw, name, 0, 1)
    places = {(key, p): 0 for p in range(3)}
    full = fetch(raw, version, places, epoch=0)
    assert full.error == 0 and full.session > 0
    assert {p: bool(part.records) for (_, p), part in full.parts.items()} == {
        0: True, 1: True, 2: False,
    }  # fmt: skip
    # Partition 0 goes on; 1 is asked for no more, so it is not said again; 2 has nothing new.
    forget = {"forgotten": [(key, 1)]}
    after = fetch(raw, version, {(key, 0): 1}, session=full.session, epoch=1, wait=1, **forget)
    assert (after.error, after.session, after.parts) == (0, full.session, {})
    fill(raw, name, 1, 2)
    after = fetch(raw, version, {}, session=full.session, epoch=2, wait=5000)
    assert list(after.parts) == [(key, 2)] and after.parts[key, 2].records
    # What is not taken is offered again.
    after = fetch(raw, version, {}, session=full.session, epoch=3, wait=5000)
    assert list(after.parts) == [(key, 2)] and after.parts[key, 2].records
    after = fetch(raw, version, {(key, 2): 1}, session=full.session, epoch=4, wait=1)
    assert after.parts == {}
    # It comes back as it was.
    after = fetch(raw, version, {(key, 1): 1}, session=full.session, epoch=5, wait=5000)
    assert list(after.parts) == [(key, 1)] and after.parts[key, 1].high_watermark == 2
    # The last epoch ends it, and is answered without it.
    last = fetch(raw, version, {(key, 0): 0}, session=full.session, epoch=-1)
    assert last.session == 0 and last.parts[key, 0].records
    assert fetch(raw, version, {}, session=full.session, epoch=6).error == NOT_FOUND


def test_ids_and_epochs_that_do_not_fit(raw, topic):
    name = topic()
    uid = topic_id(raw, name)
    session = fetch(raw, 12, {(name, 0): 0}, epoch=0, wait=1).session
    assert session > 0
    assert fetch(raw, 12, {}, session=session, epoch=2).error == WRONG_EPOCH
    assert fetch(raw, 12, {}, session=session ^ 1, epoch=1).error == NOT_FOUND
    assert fetch(raw, 13, {(uid, 0): 0}, session=session, epoch=1).error == OTHER_IDS
    # None of them moved it on.
    assert fetch(raw, 12, {}, session=session, epoch=1, wait=1).error == 0
    by_id = fetch(raw, 13, {(uid, 0): 0}, epoch=0, wait=1).session
    assert fetch(raw, 12, {(name, 0): 0}, session=by_id, epoch=1).error == OTHER_IDS
    # A new full fetch ends the session it names, and a session without partitions ends itself.
    again = fetch(raw, 12, {(name, 0): 0}, session=session, epoch=0, wait=1).session
    assert again not in (0, session)
    assert fetch(raw, 12, {}, session=session, epoch=2).error == NOT_FOUND
    empty = fetch(raw, 12, {}, session=again, epoch=1, wait=1, forgotten=[(name, 0)])
    assert (empty.error, empty.session, empty.parts) == (0, 0, {})
    assert fetch(raw, 12, {}, session=again, epoch=2).error == NOT_FOUND


def test_errors_are_said_each_time_and_all_is_said_after(raw, topic):
    name = topic()
    fill(raw, name, 0)
    session = fetch(raw, 11, {(name, 0): 1, ("nowhere", 0): 0}, epoch=0)
    assert session.parts["nowhere", 0].error == 3
    again = fetch(raw, 11, {}, session=session.session, epoch=1)
    assert {place: part.error for place, part in again.parts.items()} == {("nowhere", 0): 3}
    beyond = fetch(raw, 11, {(name, 0): 99}, session=session.session, epoch=2)
    assert beyond.parts[name, 0].error == 1
    after = fetch(raw, 11, {(name, 0): 1}, session=session.session, epoch=3)
    assert after.parts[name, 0][:2] == (0, 1)


def test_a_session_survives_its_connection(broker, topic):
    name = topic()
    with RawClient(broker.port) as first:
        fill(first, name, 0)
        session = fetch(first, 12, {(name, 0): 0}, epoch=0).session
    for epoch in range(1, 5):
        with RawClient(broker.port) as later:
            answer = fetch(later, 12, {(name, 0): 0}, session=session, epoch=epoch)
            assert answer.parts[name, 0].records, epoch


def test_a_waiting_fetch_is_overtaken_by_the_next(broker, topic):
    name = topic()
    with RawClient(broker.port) as first, RawClient(broker.port) as second:
        session = fetch(first, 12, {(name, 0): 0}, epoch=0, wait=1).session
        send(first, 12, {}, session=session, epoch=1, wait=60_000)
        deadline = time.monotonic() + 10
        while fetch(second, 12, {}, session=session, epoch=2, wait=1).error == WRONG_EPOCH:
            assert time.monotonic() < deadline, "the first fetch never came"
        assert receive(first, 12).error == WRONG_EPOCH


@pytest.mark.parametrize("version", [12, 16])
def test_a_topic_made_anew(raw, topic, version):
    name = topic()
    key = name if version < 13 else topic_id(raw, name)
    fill(raw, name, 0)
    session = fetch(raw, version, {(key, 0): 0}, epoch=0).session
    assert fetch(raw, version, {(key, 0): 1}, session=session, epoch=1, wait=1).error == 0
    assert raw.delete_topic(name) == 0
    gone = fetch(raw, version, {}, session=session, epoch=2)
    assert gone.parts[key, 0].error == (3 if version < 13 else UNKNOWN_ID)
    assert raw.create_topic(name) == 0
    fill(raw, name, 0)
    new = fetch(raw, version, {}, session=session, epoch=3)
    if version < 13:
        # By name it is the same topic: the offset is the end of the new log.
        assert new.parts[key, 0][:2] == (0, 1)
    else:
        assert new.parts[key, 0].error == INCONSISTENT_ID


@pytest.mark.parametrize("version", [4, 12, 16])
def test_deleting_a_topic_ends_waiting_for_it(broker, topic, version):
    name = topic()
    with RawClient(broker.port) as waiting, RawClient(broker.port) as admin:
        key = name if version < 13 else topic_id(admin, name)
        send(waiting, version, {(key, 0): 0}, wait=60_000)
        # Answered in turn, so the fetch has been read when this is.
        assert admin.delete_topic(name) == 0
        answer = receive(waiting, version)
        assert answer.parts[key, 0].error == (3 if version < 13 else UNKNOWN_ID)


def test_the_log_start_is_told(raw, topic):
    from test_delete_records import delete

    name = topic()
    fill(raw, name, 0, 0, 0)
    session = fetch(raw, 12, {(name, 0): 3}, epoch=0, wait=1).session
    assert fetch(raw, 12, {}, session=session, epoch=1, wait=1).parts == {}
    assert delete(raw, name, 2) == (0, 2)
    told = fetch(raw, 12, {}, session=session, epoch=2, wait=1)
    assert told.parts[name, 0].log_start == 2


def test_slots_and_partitions_are_bounded(make_broker):
    limits = {
        "max.incremental.fetch.session.cache.slots": 3,
        "varve.fetch.session.cache.partitions": 100,
    }
    broker = make_broker(limits).start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", 2) == 0
        sessions = [fetch(raw, 12, {("t", 0): 0}, epoch=0, wait=1).session for _ in range(4)]
        assert all(sessions[:3]) and sessions[3] == 0
        # One that grows beyond what all may hold is gone, and nothing is kept of a huge one.
        many = {("t", 0): 0, **{("t", p): 0 for p in range(10, 200)}}
        assert fetch(raw, 12, many, session=sessions[0], epoch=1).error == NOT_FOUND
        huge = fetch(raw, 12, many, epoch=0)
        assert huge.session == 0 and len(huge.parts) == len(many)
        assert fetch(raw, 12, {("t", 1): 0}, session=sessions[1], epoch=1, wait=1).error == 0
        # There is room again for one.
        assert fetch(raw, 12, {("t", 0): 0}, epoch=0, wait=1).session > 0


def test_large_partitions_take_turns(raw, topic):
    name = topic(partitions=4)
    for partition in range(4):
        for _ in range(4):
            assert raw.produce(name, wire.good_batch(bytes(30_000)), partition)[0] == 0
    offsets = {(name, p): 0 for p in range(4)}
    answer = fetch(raw, 12, offsets, epoch=0, max_bytes=40_000, partition_bytes=40_000)
    session, served = answer.session, []
    for epoch in range(1, 17):
        moved = {}
        for place, part in answer.parts.items():
            if part.records:
                served.append(place[1])
                offsets[place] += 1
                moved[place] = offsets[place]
        answer = fetch(
            raw, 12, moved, session=session, epoch=epoch, max_bytes=40_000, wait=1,
            partition_bytes=40_000,
        )  # fmt: skip
    # Nobody is served twice before the others have been once.
    for turn in range(0, 16, 4):
        assert sorted(served[turn : turn + 4]) == [0, 1, 2, 3], served


def test_min_bytes_are_waited_for_and_max_wait_is_kept(broker, topic):
    name = topic(partitions=2)
    with RawClient(broker.port) as reader, RawClient(broker.port) as writer:
        batch = len(wire.good_batch(bytes(1000)))
        send(reader, 12, {(name, 0): 0, (name, 1): 0}, epoch=0, wait=60_000, min_bytes=3 * batch)
        for partition in (0, 1, 0):
            assert writer.produce(name, wire.good_batch(bytes(1000)), partition)[0] == 0
        answer = receive(reader, 12)
        assert sum(len(part.records) for part in answer.parts.values()) == 3 * batch
        # The same in the session, and then not enough within the time.
        send(reader, 12, {(name, 0): 2, (name, 1): 1}, session=answer.session, epoch=1,
             wait=60_000, min_bytes=2 * batch)  # fmt: skip
        for _ in range(2):
            assert writer.produce(name, wire.good_batch(bytes(1000)), 1)[0] == 0
        answer = receive(reader, 12)
        assert len(answer.parts[name, 1].records) == 2 * batch
        began = time.monotonic()
        short = fetch(
            reader, 12, {(name, 1): 2}, session=answer.session, epoch=2, wait=300,
            min_bytes=2 * batch,
        )  # fmt: skip
        assert 0.25 < time.monotonic() - began < 5
        assert len(short.parts[name, 1].records) == batch
        # More than one answer may hold is not waited for.
        assert fetch(reader, 4, {(name, 0): 0}, wait=60_000, min_bytes=10**6, max_bytes=10)


def test_kafka_python_reads_with_a_session(broker, topic):
    """Several partitions in both tiers, some paused on the way, and records that come late."""
    name = topic(partitions=4, segment_bytes=16384, local_retention_ms=1)
    producer = clients.Confluent(broker)

    def produce(partition, first, count):
        sent = [
            records.Record(partition, n, records.FIRST_TIMESTAMP + n, b"%d" % n, bytes(500))
            for n in range(first, first + count)
        ]
        producer.produce(name, sent, partition=partition)
        return sent

    sent = {partition: produce(partition, 0, 100) for partition in range(4)}
    wait_settled(broker, [name], partitions=4)
    wait_local_deleted(broker, [name], partitions=4)
    consumer = kafka.KafkaConsumer(
        bootstrap_servers=broker.address, enable_auto_commit=False, auto_offset_reset="earliest",
        fetch_max_wait_ms=100, max_partition_fetch_bytes=20_000,
    )  # fmt: skip
    places = [kafka.TopicPartition(name, partition) for partition in range(4)]
    got = {partition: [] for partition in range(4)}
    try:
        consumer.assign(places)
        late = threading.Thread(target=lambda: sent[3].extend(produce(3, 100, 50)))
        deadline = time.monotonic() + 60
        while late.ident is None or late.is_alive() or any(len(got[p]) < len(sent[p]) for p in got):
            assert time.monotonic() < deadline, {p: len(r) for p, r in got.items()}
            for place, messages in consumer.poll(100, max_records=30).items():
                got[place.partition] += map(clients.KafkaPython.record, messages)
            if late.ident is None and len(got[0]) >= 60:
                consumer.pause(places[1])
                late.start()
            if len(got[0]) == 100:
                consumer.resume(places[1])
        late.join()
    finally:
        consumer.close()
    assert got == sent
