"""kill -9 under load with settling on: nothing acknowledged is lost or doubled, in either tier."""

import collections
import random
import threading
import time

import confluent_kafka
import pytest

from harness import clients
from harness.lake import LakeTable
from harness.raw import RawClient
from harness.stores import DirectoryStore
from harness.tiers import wait_settled
from harness.waiting import wait_until

PARTITIONS = 3


class Load:
    """An idempotent acks=all producer in a thread that goes on across crashes of the broker."""

    def __init__(self, broker, topic):
        self.topic = topic
        self.acknowledged = {}  # value: (partition, offset)
        self.sent = 0
        self.failed = []
        self.stopping = threading.Event()
        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": broker.address, "acks": "all", "enable.idempotence": True,
            "linger.ms": 2, "message.timeout.ms": 120_000, "retry.backoff.ms": 20,
            "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 100,
            "queue.buffering.max.messages": 2000, "socket.timeout.ms": 10_000,
        })  # fmt: skip
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _delivered(self, error, message):
        if error:
            self.failed.append(error)
        else:
            self.acknowledged[message.value()] = (message.partition(), message.offset())

    def _run(self):
        padding = b"." * 300
        while not self.stopping.is_set():
            value = b"%d %s" % (self.sent, padding)
            try:
                self.producer.produce(
                    self.topic, value, key=b"%d" % self.sent, on_delivery=self._delivered,
                    partition=self.sent % PARTITIONS,
                )  # fmt: skip
                self.sent += 1
                self.producer.poll(0)
            except BufferError:
                self.producer.poll(0.05)

    def finish(self):
        self.stopping.set()
        self.thread.join(30)
        assert self.producer.flush(90) == 0, "records without an answer after the last start"


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=pytest.mark.full)])
def test_rounds_of_kill_9(make_broker, rounds):
    source = random.Random(rounds)
    broker = make_broker({"log.segment.bytes": 100_000}).start()
    with RawClient(broker.port) as raw:
        configs = {"retention.ms": -1, "local.retention.ms": 500}
        assert raw.create_topic("t", PARTITIONS, configs) == 0
    load = Load(broker, "t")
    for number in range(rounds):
        before = len(load.acknowledged)
        wait_until(
            lambda: len(load.acknowledged) > before + 2000 or load.failed,
            f"answers in round {number}", 60,
        )  # fmt: skip
        assert not load.failed, load.failed[0]
        # Some rounds die amid a commit, some right after the restart, some in between.
        time.sleep(source.choice([0, 0, 0.1, 0.3, 0.7]))
        broker.kill()
        broker.start()
    load.finish()
    assert not load.failed, load.failed[0]
    check_everything(broker, load)
    broker.restart()
    check_everything(broker, load)
    broker.stop()


def check_everything(broker, load):
    """Consumers and the table hold each acknowledged record once, at its offset."""
    with RawClient(broker.port) as raw:
        ends = [raw.list_offset("t", p, -1)[1] for p in range(PARTITIONS)]
    got = clients.Confluent(broker).read(
        {("t", p): end for p, end in enumerate(ends)}, timeout=120
    )
    consumed = [record for records in got.values() for record in records]
    places = {(r.partition, r.offset): r.value for r in consumed}
    assert len(places) == len(consumed), "an offset was consumed twice"
    times = collections.Counter(r.value for r in consumed)
    twice = [value[:20] for value, count in times.items() if count > 1]
    assert not twice, f"{len(twice)} records twice, such as {twice[:3]}"
    lost = [
        (value[:20], place) for value, place in load.acknowledged.items()
        if places.get(place) != value
    ]  # fmt: skip
    assert not lost, f"{len(lost)} acknowledged records lost or moved, such as {lost[:3]}"
    for partition in range(PARTITIONS):
        values = [int(r.value.split()[0]) for r in got["t", partition]]
        assert values == sorted(values), f"partition {partition} is out of order"

    wait_settled(broker, ["t"], PARTITIONS)
    table = LakeTable(DirectoryStore(broker.directory), "lake", "t")
    with table.duckdb() as connection:
        rows = connection.execute(
            "SELECT kafka_partition, kafka_offset, kafka_value FROM t"
        ).fetchall()
    assert len(rows) == len(consumed), f"{len(rows)} rows, {len(consumed)} records consumed"
    assert {(p, o): value for p, o, value in rows} == places, "table and consumers differ"
