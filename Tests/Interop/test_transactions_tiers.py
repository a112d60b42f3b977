"""Transactions over both tiers: each committed record once and in order, aborted ones never.

Producers commit and abort in turns, while what they wrote settles and leaves the local disk.
Consumers of committed records cross the tiers, and SQL reads the table.
"""

import asyncio
import random
import time

import aiokafka
import confluent_kafka
import kafka
import pytest

from harness import stores
from harness.broker import Broker
from harness.lake import LakeTable
from harness.raw import RawClient
from harness.tiers import LATEST, Tiers, wait_local_deleted, wait_settled
from harness.waiting import wait_until

TOPIC, PARTITIONS, PREFIX = "orders", 2, "lake"


class Story:
    """What was committed, in order by partition, and what was aborted."""

    def __init__(self, broker):
        self.address = broker.address
        self.committed = {partition: [] for partition in range(PARTITIONS)}
        self.aborted = set()
        self.count = 0

    def producer(self, name):
        producer = confluent_kafka.Producer({
            "bootstrap.servers": self.address, "transactional.id": name, "linger.ms": 0,
            "batch.size": 4000,
        })  # fmt: skip
        producer.init_transactions(30)
        return producer

    def write(self, producer, source, count):
        """Sends records in the open transaction; returns them by partition, as the log has them."""
        sent, errors = [], []
        for _ in range(count):
            partition = source.randrange(PARTITIONS)
            value = b"%06d " % self.count + b"x" * source.randrange(500)
            self.count += 1
            producer.produce(
                TOPIC, value, partition=partition,
                on_delivery=lambda error, message: errors.append(error) if error
                else sent.append((message.partition(), message.offset(), message.value())),
            )  # fmt: skip
        assert producer.flush(30) == 0 and not errors, errors
        return sent

    def end(self, producer, sent, commits):
        if commits:
            producer.commit_transaction(30)
            for partition, offset, value in sent:
                self.committed[partition].append((offset, value))
        else:
            producer.abort_transaction(30)
            self.aborted.update(value for _, _, value in sent)

    def plain(self, partition, value):
        """Writes a record outside of transactions; returns its offset."""
        offsets = []
        producer = confluent_kafka.Producer({"bootstrap.servers": self.address})
        producer.produce(
            TOPIC, value, partition=partition,
            on_delivery=lambda error, message: offsets.append(message.offset()),
        )  # fmt: skip
        assert producer.flush(30) == 0
        self.committed[partition].append((offsets[0], value))
        return offsets[0]

    def expected(self, partition):
        return sorted(self.committed[partition])


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A broker with the whole story in it: most of it in the lake, the end of it local."""
    store = stores.ALL["file"](tmp_path_factory.mktemp("store"))
    broker = Broker(
        tmp_path_factory.mktemp("transactions"),
        {**store.properties(PREFIX), "transaction.state.log.num.partitions": 4},
    )
    with broker, RawClient(broker.port) as raw:
        assert raw.create_topic(TOPIC, PARTITIONS, {"local.retention.ms": 1}) == 0
        story, source = Story(broker), random.Random(3)
        producers = [story.producer(f"shop-{number}") for number in range(3)]
        # Two transactions are open at a time, and end in any order.
        open_ones = []
        for turn in range(60):
            producer = producers.pop(source.randrange(len(producers)))
            producer.begin_transaction()
            open_ones.append((producer, story.write(producer, source, source.randrange(1, 60))))
            if len(open_ones) > 2 or turn % 7 == 0:
                producer, sent = open_ones.pop(source.randrange(len(open_ones)))
                sent += story.write(producer, source, source.randrange(1, 20))
                story.end(producer, sent, commits=source.random() < 0.5)
                producers.append(producer)
        for producer, sent in open_ones:
            story.end(producer, sent, commits=False)
            producers.append(producer)
        wait_settled(broker, [TOPIC], PARTITIONS)
        wait_local_deleted(broker, [TOPIC], PARTITIONS)
        # From here on settled records stay, so that consumers cross to the local log.
        assert raw.alter_topic(TOPIC, {"local.retention.ms": -1}) == 0
        for turn in range(6):
            producers[0].begin_transaction()
            sent = story.write(producers[0], source, 20)
            story.end(producers[0], sent, commits=turn % 2 == 0)
        wait_settled(broker, [TOPIC], PARTITIONS)
        yield broker, store, story, producers[0]


def read_confluent(broker, partition):
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": broker.address, "group.id": "reader", "auto.offset.reset": "error",
        "isolation.level": "read_committed", "enable.partition.eof": True, "check.crcs": True,
    })  # fmt: skip
    consumer.assign([confluent_kafka.TopicPartition(TOPIC, partition, 0)])
    found, deadline = [], time.monotonic() + 30
    try:
        while time.monotonic() < deadline:
            for message in consumer.consume(500, 0.2):
                if message.error():
                    assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
                    return found
                found.append((message.offset(), message.value()))
    finally:
        consumer.close()
    raise AssertionError(f"no end after {len(found)} records")


def read_kafka_python(broker, partition):
    consumer = kafka.KafkaConsumer(
        bootstrap_servers=broker.address, enable_auto_commit=False, auto_offset_reset="none",
        isolation_level="read_committed",
    )  # fmt: skip
    place = kafka.TopicPartition(TOPIC, partition)
    try:
        consumer.assign([place])
        consumer.seek(place, 0)
        end = consumer.end_offsets([place])[place]
        found, deadline = [], time.monotonic() + 30
        while consumer.position(place) < end:
            assert time.monotonic() < deadline, f"no end after {len(found)} records"
            for records in consumer.poll(200).values():
                found += [(record.offset, record.value) for record in records]
        return found
    finally:
        consumer.close()


def read_aiokafka(broker, partition):
    async def read():
        consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=broker.address, enable_auto_commit=False,
            isolation_level="read_committed",
        )  # fmt: skip
        await consumer.start()
        try:
            place = aiokafka.TopicPartition(TOPIC, partition)
            consumer.assign([place])
            consumer.seek(place, 0)
            end = (await consumer.end_offsets([place]))[place]
            found, deadline = [], time.monotonic() + 30
            while await consumer.position(place) < end:
                assert time.monotonic() < deadline, f"no end after {len(found)} records"
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [(record.offset, record.value) for record in records]
            return found
        finally:
            await consumer.stop()

    return asyncio.run(read())


@pytest.mark.parametrize("read", [read_confluent, read_kafka_python, read_aiokafka])
def test_consumers_see_what_was_committed(told, read):
    broker, _, story, _ = told
    for partition in range(PARTITIONS):
        tiers = Tiers(broker, TOPIC, partition)
        assert 0 < tiers.local_start < tiers.log_end, tiers
        assert read(broker, partition) == story.expected(partition), tiers


def test_the_table_holds_what_was_committed(told):
    _, store, story, _ = told
    assert story.aborted
    with LakeTable(store, PREFIX, TOPIC).duckdb() as connection:
        rows = connection.execute(
            "SELECT kafka_partition, kafka_offset, kafka_value FROM t"
        ).fetchall()
    expected = [
        (partition, *record) for partition in range(PARTITIONS)
        for record in story.expected(partition)
    ]  # fmt: skip
    assert sorted(rows) == sorted(expected)


def test_nothing_undecided_settles(told):
    """Last in this file: it leaves more records behind."""
    broker, _, story, producer = told
    before = [story.plain(partition, b"before") for partition in range(PARTITIONS)]
    producer.begin_transaction()
    sent = story.write(producer, random.Random(4), 40)
    committed = [story.expected(partition) for partition in range(PARTITIONS)]
    for partition in range(PARTITIONS):
        story.plain(partition, b"behind")
    with RawClient(broker.port) as raw:
        for partition in range(PARTITIONS):
            first = min(offset for place, offset, _ in sent if place == partition)
            assert raw.list_offset(TOPIC, partition, LATEST, isolation=1)[1] == first
            assert raw.list_offset(TOPIC, partition, LATEST)[1] > first
            # What lies before it settles; it itself and what lies behind it wait.
            wait_until(
                lambda: Tiers(broker, TOPIC, partition).settled >= before[partition],
                f"partition {partition} to settle up to the transaction",
            )
            assert Tiers(broker, TOPIC, partition).settled == first - 1 == before[partition]
            assert read_confluent(broker, partition) == committed[partition]
    story.end(producer, sent, commits=True)
    wait_settled(broker, [TOPIC], PARTITIONS)
    for partition in range(PARTITIONS):
        assert read_confluent(broker, partition) == story.expected(partition)
