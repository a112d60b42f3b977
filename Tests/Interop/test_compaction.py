"""cleanup.policy=compact: what consumers see after cleanings, restarts and kill -9."""

import random
import threading
import time

import confluent_kafka
import kafka
import pytest

from harness.clients import CODECS
from harness.raw import RawClient
from harness.waiting import wait_until

EARLIEST = -2
# Everything closes and is cleaned as soon as there is anything to clean.
EAGER = {
    "log.cleaner.backoff.ms": 20, "log.cleaner.min.cleanable.ratio": 0, "log.roll.ms": 200,
    "group.initial.rebalance.delay.ms": 0, "offsets.topic.num.partitions": 1,
}  # fmt: skip
COMPACT = {"cleanup.policy": "compact", "segment.bytes": 20_000}


@pytest.fixture
def cleaning(make_broker):
    """A broker that cleans eagerly."""
    return make_broker(EAGER).start()


def create(broker, name, partitions=1, **configs):
    settings = {**COMPACT, **{key.replace("_", "."): value for key, value in configs.items()}}
    with RawClient(broker.port) as raw:
        assert raw.create_topic(name, partitions, settings) == 0
    return name


def producer(broker, **more):
    return confluent_kafka.Producer({
        "bootstrap.servers": broker.address, "acks": "all", "enable.idempotence": True,
        "linger.ms": 1, "message.timeout.ms": 60_000, "reconnect.backoff.ms": 10,
        "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 20, **more,
    })  # fmt: skip


def send(sender, topic, records):
    """Sends (key, value, timestamp) in order and waits for the answers; returns the offsets."""
    offsets, errors = [], []

    def answered(error, message):
        errors.append(error) if error else offsets.append(message.offset())

    for key, value, *timestamp in records:
        sender.produce(
            topic, value, key, partition=0, on_delivery=answered,
            **({"timestamp": timestamp[0]} if timestamp else {}),
        )  # fmt: skip
        sender.poll(0)
    assert sender.flush(60) == 0, "no answer in a minute"
    assert not errors, errors[0]
    return offsets


def cleaned_offset(broker, topic, partition=0):
    """Returns where the last cleaning ended, by Kafka's own checkpoint file; 0 before the first."""
    path = broker.data / "cleaner-offset-checkpoint"
    for line in path.read_text().splitlines()[2:] if path.exists() else []:
        name, number, offset = line.split()
        if (name, int(number)) == (topic, partition):
            return int(offset)
    return 0


def wait_cleaned(broker, topic, offset=None):
    """Waits until everything up to `offset`, the end by default, has been cleaned."""
    if offset is None:
        with RawClient(broker.port) as raw:
            offset = raw.list_offset(topic, 0, -1)[1]
    wait_until(lambda: cleaned_offset(broker, topic) >= offset, f"{topic} cleaned to {offset}")


def read_confluent(broker, topic, start=0):
    """Returns (offset, key, value) of partition 0 from `start` to the end, with librdkafka."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": broker.address, "group.id": "by-assignment", "check.crcs": True,
        "enable.auto.commit": False, "enable.partition.eof": True, "fetch.wait.max.ms": 50,
        "auto.offset.reset": "error",
    })  # fmt: skip
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, start)])
    found, deadline = [], time.monotonic() + 30
    try:
        while True:
            assert time.monotonic() < deadline, f"no end of {topic} after {found[-3:]}"
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error():
                assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
                return found
            found.append((message.offset(), message.key(), message.value()))
    finally:
        consumer.close()


def read_kafka_python(broker, topic, start=0):
    """The same with kafka-python."""
    consumer = kafka.KafkaConsumer(bootstrap_servers=broker.address, fetch_max_wait_ms=50)
    place = kafka.TopicPartition(topic, 0)
    consumer.assign([place])
    consumer.seek(place, start)
    end = consumer.end_offsets([place])[place]
    found, deadline = [], time.monotonic() + 30
    try:
        while consumer.position(place) < end:
            assert time.monotonic() < deadline, f"no end of {topic} after {found[-3:]}"
            for records in consumer.poll(timeout_ms=200).values():
                found += [(r.offset, r.key, r.value) for r in records]
        return found
    finally:
        consumer.close()


READERS = pytest.mark.parametrize("read", [read_confluent, read_kafka_python])


def latest(records, offsets):
    """Returns the (offset, key, value) that compaction leaves, in their order."""
    last = {}
    for (key, value, *_), offset in zip(records, offsets):
        last[key] = (offset, key, value)
    return sorted(last.values())


def test_consumers_see_the_last_value_of_each_key(cleaning):
    records = [
        (b"key %d" % (n * n % 97), b"value %d " % n + b"." * 200, 1_700_000_000_000 + 10 * n)
        for n in range(3000)
    ]
    for codec in CODECS:
        create(cleaning, codec)
        sender = producer(cleaning, **{"compression.type": codec, "batch.num.messages": 50})
        assert send(sender, codec, records) == list(range(3000))
    expected = latest(records, range(3000))
    middle = expected[len(expected) // 2][0] - 1
    for codec in CODECS:
        wait_cleaned(cleaning, codec)
        for read in (read_confluent, read_kafka_python):
            assert read(cleaning, codec) == expected
            assert read(cleaning, codec, middle) == [r for r in expected if r[0] >= middle]
        check_times(cleaning, codec, expected)
        # There were 60 before, one for each batch.
        files = list((cleaning.data / f"{codec}-0").glob("*.log"))
        assert len(files) < 20, "small segments are not joined"
    cleaning.restart()
    for codec in CODECS:
        assert read_confluent(cleaning, codec) == expected


def check_times(cleaning, topic, expected):
    """Times are found among what is left."""
    with RawClient(cleaning.port) as raw:
        assert raw.list_offset(topic, 0, EARLIEST)[:2] == (0, 0)
        for at in (0, 1500, 2500, 2999):
            wanted = next(offset for offset, *_ in expected if offset >= at)
            error, offset, found = raw.list_offset(topic, 0, 1_700_000_000_000 + 10 * at)
            assert (error, offset, found) == (0, wanted, 1_700_000_000_000 + 10 * wanted)


@READERS
def test_tombstones_go_after_delete_retention(cleaning, read):
    quick = create(cleaning, "quick", delete_retention_ms=1)
    patient = create(cleaning, "patient", delete_retention_ms=3_600_000)
    sender = producer(cleaning)
    for topic in (quick, patient):
        send(sender, topic, [(b"a", b"1"), (b"b", b"1"), (b"a", None)])
        wait_cleaned(cleaning, topic)
        assert (0, b"a", b"1") not in read(cleaning, topic)
        assert (2, b"a", None) in read(cleaning, topic), "gone before anybody could see it"
        send(sender, topic, [(b"c", b"1")])
        wait_cleaned(cleaning, topic)
    assert read(cleaning, quick) == [(1, b"b", b"1"), (3, b"c", b"1")]
    assert read(cleaning, patient) == [(1, b"b", b"1"), (2, b"a", None), (3, b"c", b"1")]


@READERS
def test_an_idempotent_producer_goes_on_across_a_cleaning_and_a_crash(cleaning, read):
    topic = create(cleaning, "t")
    sender = producer(cleaning)
    send(sender, topic, [(b"k", b"%d" % n) for n in range(100)])
    other = producer(cleaning)
    send(other, topic, [(b"k", b"other")])
    wait_cleaned(cleaning, topic)
    assert read(cleaning, topic) == [(100, b"k", b"other")]
    cleaning.kill()
    # All that is known of producers now stands in the batches that the cleaning left.
    for path in (cleaning.data / "t-0").glob("*.snapshot"):
        path.unlink()
    cleaning.start()
    offsets = send(sender, topic, [(b"k", b"again %d" % n) for n in range(50)])
    assert offsets == list(range(101, 151))
    assert send(other, topic, [(b"o", b"2")]) == [151]
    wait_cleaned(cleaning, topic)
    assert read(cleaning, topic) == [(150, b"k", b"again 49"), (151, b"o", b"2")]


def test_group_offsets_survive_a_compaction_of_their_topic(cleaning):
    topic = create(cleaning, "t")
    send(producer(cleaning), topic, [(b"k%d" % n, b"v") for n in range(500)])
    groups = [f"group-{n}" for n in range(3)]

    def consumer(group):
        return confluent_kafka.Consumer({
            "bootstrap.servers": cleaning.address, "group.id": group,
            "enable.auto.commit": False,
        })  # fmt: skip

    def place(offset=-1001):
        return confluent_kafka.TopicPartition(topic, 0, offset)

    for group in groups:
        one = consumer(group)
        for offset in range(1, 200):
            one.commit(offsets=[place(offset)], asynchronous=False)
        one.close()
    wait_cleaned(cleaning, "__consumer_offsets")
    files = list((cleaning.data / "__consumer_offsets-0").glob("*.log"))
    size = sum(path.stat().st_size for path in files)
    assert size < 20_000, f"{size} bytes for three offsets in {len(files)} files"
    for restart in (cleaning.restart, lambda: (cleaning.kill(), cleaning.start())):
        restart()
        for group in groups:
            one = consumer(group)
            assert one.committed([place()], timeout=20)[0].offset == 199
            one.close()


def test_compact_and_delete(cleaning):
    # So that a cleaning does not join the old records' segment with the new ones'.
    configs = {"segment_bytes": 3000, "retention_ms": 3000}
    both = create(cleaning, "both", cleanup_policy="compact,delete", **configs)
    kept = create(cleaning, "kept", **configs)
    sender = producer(cleaning)
    now = int(time.time() * 1000)
    for topic in (both, kept):
        send(sender, topic, [(b"k%d" % n, b"old" * 60, now - 60_000) for n in range(10)])
        send(sender, topic, [(b"n%d" % n, b"new" * 60, now + 600_000) for n in range(10)])
    # Not by reading: the log start would move between the look for it and the fetch.
    with RawClient(cleaning.port) as raw:
        wait_until(lambda: raw.list_offset(both, 0, EARLIEST)[1] == 10, "old segments to go")
    found = read_confluent(cleaning, both, 10)
    assert len(found) == 10 and {key[:1] for _, key, _ in found} == {b"n"}
    assert len(read_confluent(cleaning, kept)) == 20


def test_policies_change_at_run_time(cleaning):
    topic = create(cleaning, "t", cleanup_policy="delete", remote_storage_enable="false")
    sender = producer(cleaning)
    records = [(b"k%d" % (n % 3), b"%d" % n) for n in range(30)]
    send(sender, topic, records)
    other = create(cleaning, "other")
    send(sender, other, records)
    wait_cleaned(cleaning, other)
    assert len(read_confluent(cleaning, topic)) == 30
    with RawClient(cleaning.port) as raw:
        # The lake takes no compacted topics.
        settling = {"cleanup.policy": "compact", "remote.storage.enable": "true"}
        assert raw.create_topic("refused", 1, settling) == 40
        assert raw.alter_topic(topic, {"cleanup.policy": "compact"}) == 0
        wait_cleaned(cleaning, topic)
        assert read_confluent(cleaning, topic) == latest(records, range(30))
        # Nor those that have been.
        assert raw.alter_topic(other, {"cleanup.policy": "delete"}) == 40
        spared = {"cleanup.policy": "delete", "remote.storage.enable": "false"}
        assert raw.alter_topic(other, spared) == 0


def test_kill_9_while_cleaning(make_broker):
    source = random.Random(7)
    # So slow that most kills meet a cleaning half done.
    broker = make_broker(EAGER | {"log.cleaner.io.max.bytes.per.second": 300_000}).start()
    topic = create(broker, "t", delete_retention_ms=1)
    acknowledged, sent, failed = {}, {}, []
    stopping = threading.Event()
    sender = producer(broker, **{"queue.buffering.max.messages": 500})

    def load():
        number = 0
        while not stopping.wait(0.0005):
            key = b"key %d" % source.randrange(40)
            value = None if number % 10 == 9 else b"%d " % number + b"." * 300

            def answered(error, message, key=key, value=value):
                if error:
                    failed.append(error)
                else:
                    acknowledged[key] = (message.offset(), value)
                    sent[message.offset()] = (key, value)

            try:
                sender.produce(topic, value, key, partition=0, on_delivery=answered)
                number += 1
                sender.poll(0)
            except BufferError:
                sender.poll(0.02)

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    folder = broker.data / "t-0"
    for number in range(4):
        wait_until(
            lambda: any(folder.glob("*.cleaned")) or any(folder.glob("*.swap")) or failed,
            f"a cleaning in round {number}",
        )  # fmt: skip
        assert not failed, failed[0]
        time.sleep(source.random() * 0.2)
        broker.kill()
        broker.start()
    stopping.set()
    thread.join(30)
    assert sender.flush(60) == 0 and not failed, failed[:1]
    broker.properties["log.cleaner.io.max.bytes.per.second"] = 1e9
    for _ in range(2):
        broker.restart()
        send(producer(broker), topic, [(b"last", b"one")])
        wait_cleaned(broker, topic)
    found = read_confluent(broker, topic)
    assert [offset for offset, *_ in found] == sorted({offset for offset, *_ in found})
    for offset, key, value in found:
        assert key == b"last" or sent[offset] == (key, value), f"another record at {offset}"
    there = {key: (offset, value) for offset, key, value in found}
    for key, (offset, value) in acknowledged.items():
        if value is not None:
            assert there.get(key) == (offset, value), f"{key} is lost or old"
        else:
            assert there.get(key, (offset, None)) == (offset, None), f"{key} is back"


def test_the_cleaner_follows_its_configs_while_it_runs(make_broker):
    broker = make_broker({**EAGER, "log.cleaner.backoff.ms": 3_600_000}).start()
    topic = create(broker, "patient")
    send(producer(broker), topic, [(b"key", b"%d" % n + b"." * 5000) for n in range(10)])
    # It looked for work once, at the start, and would again in an hour.
    assert cleaned_offset(broker, topic) == 0
    with RawClient(broker.port) as raw:
        assert raw.alter_configs(4, "", {"log.cleaner.threads": 3}) == 42
        changes = {"log.cleaner.threads": 2, "log.cleaner.backoff.ms": 20}
        assert raw.alter_configs(4, "", changes) == 0
        wait_cleaned(broker, topic)
