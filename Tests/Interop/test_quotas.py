"""Client quotas: described, altered, kept, and felt by the clients they are for, by no others."""

import collections
import contextlib
import functools
import json
import threading
import time

import confluent_kafka
import kafka
import pytest

from harness import quotas, wire
from harness.broker import Broker
from harness.raw import RawClient
from harness.waiting import wait_until

# With two windows of a second a client may have at most two seconds' worth at once.
SHORT = {
    "quota.window.num": 2, "controller.quota.window.num": 2, "log.segment.bytes": 104857600,
}  # fmt: skip
RATE = 1_000_000
RUN_SECONDS = 2.0
INVALID_REQUEST, THROTTLING_QUOTA_EXCEEDED = 42, 89


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """A broker with short quota windows, shared by tests that use client ids of their own."""
    one = Broker(tmp_path_factory.mktemp("limited"), SHORT)
    with one:
        yield one


def set_quota(broker, client, **values):
    with RawClient(broker.port) as admin:
        assert quotas.alter(admin, {"client-id": client}, values) == 0


def make_topic(broker, name):
    """Makes a topic that stays local, so that a Fetch finds the batches as they were produced."""
    with RawClient(broker.port) as admin:
        assert admin.create_topic(name, 1, {"remote.storage.enable": "false"}) == 0
    return name


def check_rate(count, seconds, slack):
    """What two windows and `slack` bytes under way allow, and at least half of the quota."""
    assert count <= RATE * (seconds + 2) + slack, f"{count} bytes in {seconds:.1f} s"
    assert count >= RATE * seconds / 2, f"{count} bytes in {seconds:.1f} s"


@contextlib.contextmanager
def undisturbed(broker, topic):
    """Another client produces meanwhile, and must never have to wait."""
    waits, done = [], threading.Event()

    def run():
        with RawClient(broker.port, client="undisturbed") as client:
            while not done.is_set():
                began = time.monotonic()
                assert client.produce(topic, wire.good_batch(b"x"), acks=1)[0] == 0
                waits.append(time.monotonic() - began)
                done.wait(0.02)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert len(waits) > 20 and max(waits) < 1, f"{len(waits)} requests, {max(waits):.3f} s"


@pytest.mark.parametrize("version", [0, 1])
def test_quotas_are_set_found_and_removed(make_broker, version):
    broker = make_broker().start()
    both = {"user": "ann", "client-id": None}
    with RawClient(broker.port) as client:
        alter = functools.partial(quotas.alter, client, version=version)
        assert alter(both, {"consumer_byte_rate": 5000.0, "request_percentage": 12.5}) == 0
        assert alter({"client-id": "a"}, {"producer_byte_rate": 7.0}) == 0
        assert alter({"client-id": "b"}, {"producer_byte_rate": 7.0}, validate_only=True) == 0
        assert alter({"ip": "127.0.0.9"}, {"connection_creation_rate": 9.0}) == 0
        assert alter({"client-id": "c"}, {"producer_byte_rate": -1.0}) == INVALID_REQUEST
        assert alter({"client-id": "c"}, {"connection_creation_rate": 1.0}) == INVALID_REQUEST
        assert alter({"ip": "127.0.0.9", "user": "x"}, {}) == INVALID_REQUEST
    expected = {
        frozenset(both.items()): {"consumer_byte_rate": 5000.0, "request_percentage": 12.5},
        frozenset({("client-id", "a")}): {"producer_byte_rate": 7.0},
        frozenset({("ip", "127.0.0.9")}): {"connection_creation_rate": 9.0},
    }
    broker.kill()
    broker.start()
    with RawClient(broker.port) as client:
        find = functools.partial(quotas.describe, client, version=version)
        pair, a, ip = expected
        assert find() == (0, expected)
        assert set(find([("client-id", 2, None)])[1]) == {pair, a}
        assert set(find([("client-id", 2, None)], strict=True)[1]) == {a}
        assert set(find([("client-id", 1, None)])[1]) == {pair}
        assert set(find([("ip", 0, "127.0.0.9")])[1]) == {ip}
        assert find([("client-id", 0, None)]) == (INVALID_REQUEST, {})
        assert quotas.alter(client, {"client-id": "a"}, {"producer_byte_rate": None}) == 0
        assert a not in find()[1]


def run_confluent_producer(broker, topic, client, value):
    """Returns bytes acknowledged in the run, and the longest throttle time librdkafka was told."""
    done, throttles = [0], []

    def count(error, message):
        assert error is None, error
        done[0] += len(value)

    def stats(text):
        for one in json.loads(text)["brokers"].values():
            throttles.append(one["throttle"]["max"])

    producer = confluent_kafka.Producer({
        "bootstrap.servers": broker.address, "client.id": client, "acks": 1, "linger.ms": 5,
        "batch.size": 100_000, "queue.buffering.max.kbytes": 2048,
        "statistics.interval.ms": 200, "stats_cb": stats,
    })  # fmt: skip
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(BufferError):
            producer.produce(topic, value, on_delivery=count)
        producer.poll(0.001)
    total = done[0]
    producer.purge()
    return total, max(throttles)


def run_python_producer(broker, topic, client, value):
    total, waiting = 0, collections.deque()
    producer = kafka.KafkaProducer(
        bootstrap_servers=broker.address, client_id=client, acks=1, batch_size=100_000,
        enable_idempotence=False,
    )  # fmt: skip
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        waiting.append(producer.send(topic, value))
        if len(waiting) > 100:
            waiting.popleft().get(10)
            total += len(value)
    throttle = longest_throttle(producer)
    producer.close(timeout=10)
    return total, throttle


def longest_throttle(client):
    """The longest throttle time that a kafka-python client was told, in milliseconds."""
    return max(group.get("throttle-time-max", 0) for group in client.metrics().values())


@pytest.mark.parametrize("run", [run_confluent_producer, run_python_producer])
def test_a_producer_is_slowed_to_its_quota(limited, run):
    client = f"slow-{run.__name__}"
    set_quota(limited, client, producer_byte_rate=float(RATE))
    topic = make_topic(limited, client)
    other = make_topic(limited, f"{client}-other")
    with undisturbed(limited, other):
        began = time.monotonic()
        total, throttle = run(limited, topic, client, b"v" * 10_000)
        seconds = time.monotonic() - began
    check_rate(total, seconds, slack=1_000_000)
    assert throttle > 0


def fill(broker, topic, megabytes):
    batch = wire.good_batch(*[b"v" * 10_000] * 50)
    with RawClient(broker.port, client="filler") as client:
        for _ in range(megabytes * 2):
            assert client.produce(topic, batch, acks=1)[0] == 0


def run_confluent_consumer(broker, topic, client):
    throttles = []

    def stats(text):
        throttles.extend(b["throttle"]["max"] for b in json.loads(text)["brokers"].values())

    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": broker.address, "client.id": client, "group.id": client,
        "statistics.interval.ms": 200, "stats_cb": stats,
    })  # fmt: skip
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    total, deadline = 0, time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        total += sum(len(m.value()) for m in consumer.consume(100, 0.05))
    consumer.close()
    return total, max(throttles)


def run_python_consumer(broker, topic, client):
    consumer = kafka.KafkaConsumer(
        bootstrap_servers=broker.address, client_id=client, group_id=None,
        auto_offset_reset="earliest",
    )  # fmt: skip
    consumer.assign([kafka.TopicPartition(topic, 0)])
    total, deadline = 0, time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        for records in consumer.poll(50).values():
            total += sum(len(record.value) for record in records)
    throttle = longest_throttle(consumer)
    consumer.close()
    return total, throttle


@pytest.mark.parametrize("run", [run_confluent_consumer, run_python_consumer])
def test_a_consumer_is_slowed_to_its_quota(limited, run):
    client = f"slow-{run.__name__}"
    set_quota(limited, client, consumer_byte_rate=float(RATE))
    topic = make_topic(limited, client)
    fill(limited, topic, 12)
    began = time.monotonic()
    total, throttle = run(limited, topic, client)
    check_rate(total, time.monotonic() - began, slack=1_100_000)
    assert throttle > 0


def test_a_fetch_over_the_quota_is_answered_empty_and_in_time(limited):
    set_quota(limited, "fetcher", consumer_byte_rate=200_000.0)
    topic = make_topic(limited, "fetcher")
    fill(limited, topic, megabytes=1)
    body = (
        wire.int32(-1) + wire.int32(100) + wire.int32(1) + wire.int32(1 << 20) + wire.int8(0)
        + wire.int32(1) + wire.string(topic) + wire.int32(1)
        + wire.int32(0) + wire.int64(0) + wire.int32(1 << 20)
    )  # fmt: skip
    with RawClient(limited.port, client="fetcher") as client:
        first = client.call(1, 4, body)
        # One batch of 500,000 bytes is more than two windows allow.
        throttle = first.int32()
        assert throttle > 0 and first.int32() == 0, "nothing is answered above the quota"
        began = time.monotonic()
        second = client.call(1, 4, body)
        assert time.monotonic() - began >= throttle / 1000 - 0.05, "the connection was not muted"
        assert second.int32() > 0


def test_acks_0_is_slowed_by_muting_alone(limited):
    set_quota(limited, "acks0", producer_byte_rate=100_000.0)
    topic = make_topic(limited, "acks0")
    with RawClient(limited.port, client="acks0") as client:
        began = time.monotonic()
        body = wire.produce_body(topic, 0, wire.good_batch(b"v" * 300_000), acks=0)
        client.correlation += 1
        client.send_frame(wire.header(0, 7, client.correlation, client="acks0") + body)
        # What had arrived with it may still be answered; what comes later waits for a second,
        # since 300,000 bytes are one more than two windows allow.
        client.api_versions()
        client.api_versions()
        assert time.monotonic() - began >= 0.9


def test_request_percentage_measures_the_time_of_handling(limited):
    set_quota(limited, "busy", request_percentage=0.01)
    with RawClient(limited.port, client="busy") as client:
        began, throttled = time.monotonic(), []
        while time.monotonic() - began < 3 and len(throttled) < 2:
            answer = client.call(3, 1, wire.int32(-1))  # Metadata 1 has no field for it.
            answer = client.call(3, 3, wire.int32(-1))
            throttle = answer.int32()
            if throttle:
                throttled.append(throttle)
        assert throttled and max(throttled) <= 1000, throttled
    with RawClient(limited.port, client="not busy") as client:
        assert client.call(3, 3, wire.int32(-1)).int32() == 0


def create(client, version, name, partitions):
    """Returns (throttle time, error) of CreateTopics."""
    flexible = version >= 5
    array = wire.compact_array_of if flexible else wire.int32
    text = wire.compact_string if flexible else wire.string
    end = wire.no_tags if flexible else b""
    body = array(1) + text(name) + wire.int32(partitions) + wire.int16(1) + array(0) + array(0)
    body += end + wire.int32(10000) + wire.int8(0) + end
    answer = client.call(19, version, body, flexible)
    throttle = answer.int32()
    if flexible:
        assert answer.varint() == 2 and answer.compact_string() == name
    else:
        assert answer.int32() == 1 and answer.string() == name
    if version >= 7:
        answer.take(16)
    return throttle, answer.int16()


def grow(client, version, name, count):
    """Returns (throttle time, error) of CreatePartitions."""
    flexible = version >= 2
    array = wire.compact_array_of if flexible else wire.int32
    text = wire.compact_string if flexible else wire.string
    end = wire.no_tags if flexible else b""
    nobody = wire.compact_array_of(-1) if flexible else wire.int32(-1)
    body = array(1) + text(name) + wire.int32(count) + nobody + end
    body += wire.int32(10000) + wire.int8(0) + end
    answer = client.call(37, version, body, flexible)
    throttle = answer.int32()
    assert (answer.varint() - 1 if flexible else answer.int32()) == 1
    assert (answer.compact_string() if flexible else answer.string()) == name
    return throttle, answer.int16()


def delete(client, version, name):
    """Returns (throttle time, error) of DeleteTopics by name."""
    flexible = version >= 4
    if flexible:
        body = wire.compact_array_of(1) + wire.compact_string(name)
        body += wire.int32(10000) + wire.no_tags
    else:
        body = wire.int32(1) + wire.string(name) + wire.int32(10000)
    answer = client.call(20, version, body, flexible)
    throttle = answer.int32()
    assert (answer.varint() - 1 if flexible else answer.int32()) == 1
    assert (answer.compact_string() if flexible else answer.string()) == name
    return throttle, answer.int16()


def test_topics_made_by_asking_for_them_count_too(limited):
    set_quota(limited, "asking", controller_mutation_rate=2.0)
    with RawClient(limited.port, client="asking") as client:

        def ask(name):
            """Returns (throttle time, error) of Metadata 4 for one topic, which may be made."""
            answer = client.call(3, 4, wire.int32(1) + wire.string(name) + wire.int8(1))
            throttle = answer.int32()
            for _ in range(answer.int32()):
                answer.int32(), answer.string(), answer.int32(), answer.string()
            answer.string(), answer.int32()
            assert answer.int32() == 1
            error = answer.int16()
            assert answer.string() == name
            return throttle, error

        # Four at once are allowed. They are made in any case, and paid for afterwards.
        throttles = [ask(f"asked-for-{number}") for number in range(7)]
        assert [error for _, error in throttles] == [0] * 7
        assert throttles[0][0] == 0 and throttles[-1][0] > 0


@pytest.mark.parametrize("strict", [False, True])
def test_growing_and_deleting_topics_count_too(limited, strict):
    name = f"growing-{strict}"
    make_topic(limited, name)
    with RawClient(limited.port, client=name) as client:
        set_quota(limited, name, controller_mutation_rate=2.0)
        throttle, error = grow(client, 3 if strict else 2, name, 6)
        assert (throttle > 0, error) == (not strict, 0)
        throttle, error = delete(client, 5 if strict else 4, name)
        assert throttle > 0
        assert error == (THROTTLING_QUOTA_EXCEEDED if strict else 0)
        # What is refused is not counted, and may be done after the wait.
        assert not strict or delete(client, 5, name) == (0, 0)


@pytest.mark.parametrize("version", [4, 6, 7])
def test_changes_of_metadata_are_limited(limited, version):
    name = f"mutations-{version}"
    set_quota(limited, name, controller_mutation_rate=2.0)
    with RawClient(limited.port, client=name) as client:
        # Four at once are allowed; what one request takes above that, the next ones wait for.
        throttle, error = create(client, version, f"{name}-a", 6)
        assert error == 0
        assert (throttle > 0) == (version < 6)
        throttle, error = create(client, version, f"{name}-b", 1)
        if version < 6:
            assert (throttle > 0, error) == (True, 0)
        else:
            assert 0 < throttle <= 1100 and error == THROTTLING_QUOTA_EXCEEDED
            # After the wait, which the broker enforces, it goes through.
            assert create(client, version, f"{name}-b", 1) == (0, 0)


def test_an_address_may_connect_only_so_fast(make_broker):
    broker = make_broker(SHORT).start()
    with RawClient(broker.port) as admin:
        assert quotas.alter(admin, {"ip": "127.0.0.7"}, {"connection_creation_rate": 2.0}) == 0
        made = [RawClient(broker.port, source="127.0.0.7") for _ in range(8)]
        assert made[0].api_versions()
        with pytest.raises(ConnectionError):
            made[-1].api_versions()
        assert RawClient(broker.port, source="127.0.0.8").api_versions()
        admin.api_versions()
    wait_until(lambda: "connection_creation_rate" in broker.log_tail(), "a line in the log")


def test_a_changed_quota_is_felt_at_once(limited):
    topic = make_topic(limited, "changed")
    batch = wire.good_batch(b"v" * 400_000)
    body = wire.produce_body(topic, 0, batch, acks=1)
    with RawClient(limited.port, client="changed") as client:

        def produce():
            answer = client.call(0, 7, body)
            answer.int32(), answer.string(), answer.int32(), answer.int32()
            assert answer.int16() == 0
            answer.take(24)
            return answer.int32()

        assert produce() == 0
        set_quota(limited, "changed", producer_byte_rate=150_000.0)
        assert produce() > 0
        set_quota(limited, "changed", producer_byte_rate=1e9)
        assert produce() == 0
        set_quota(limited, "changed", producer_byte_rate=None)
        assert produce() == 0
