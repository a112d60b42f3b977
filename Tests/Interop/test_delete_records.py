"""DeleteRecords moves the log start over both tiers, durably; files leave the table later."""

import contextlib

import confluent_kafka
import confluent_kafka.admin
import kafka
import kafka.admin
import pytest

from harness import clients, records, wire
from harness.lake import LakeTable
from harness.raw import RawClient
from harness.stores import DirectoryStore
from harness.tiers import EARLIEST, LATEST, Tiers, wait_local_deleted, wait_settled
from harness.waiting import wait_until

KEPT = {"local_retention_ms": -1, "retention_ms": -1, "segment_bytes": 16384}


def produce(broker, name, count, first=0):
    sent = [
        records.Record(0, n, records.FIRST_TIMESTAMP + n, b"%d" % n, bytes([n % 251]) * 1000)
        for n in range(first, first + count)
    ]  # fmt: skip
    clients.Confluent(broker).produce(name, sent)
    return sent


def by_confluent(broker, name, offset):
    """Deletes with confluent-kafka's admin client and returns the low watermark."""
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": broker.address})
    place = confluent_kafka.TopicPartition(name, 0, offset)
    (future,) = admin.delete_records([place]).values()
    return future.result(20).low_watermark


def by_kafka_python(broker, name, offset):
    """Deletes with kafka-python's admin client and returns the low watermark."""
    admin = kafka.admin.KafkaAdminClient(bootstrap_servers=broker.address)
    try:
        place = kafka.TopicPartition(name, 0)
        answer = admin.delete_records({place: offset}, timeout_ms=20000)[place]
        return answer["low_watermark"] if isinstance(answer, dict) else answer.low_watermark
    finally:
        admin.close()


def delete(client, name, offset, partition=0, version=2):
    """Returns (error, low watermark) of one DeleteRecords request."""
    if version >= 2:
        body = wire.compact_array_of(1) + wire.compact_string(name) + wire.compact_array_of(1)
        body += wire.int32(partition) + wire.int64(offset) + wire.no_tags + wire.no_tags
        body += wire.int32(10000) + wire.no_tags
        answer = client.call(21, version, body, flexible=True)
        answer.int32()
        assert answer.varint() == 2 and answer.compact_string() == name
        assert answer.varint() == 2
    else:
        body = wire.int32(1) + wire.string(name) + wire.int32(1) + wire.int32(partition)
        answer = client.call(21, version, body + wire.int64(offset) + wire.int32(10000))
        answer.int32()
        assert answer.int32() == 1 and answer.string() == name and answer.int32() == 1
    assert answer.int32() == partition
    watermark = answer.int64()
    return answer.int16(), watermark


def read_from(broker, client, name, start, end):
    return client(broker).read({(name, 0): end - start}, start=start)[name, 0]


@pytest.mark.parametrize("by", [by_confluent, by_kafka_python])
def test_deleting_before_and_after_settling(broker, topic, by):
    name = topic(**{**KEPT, "lake_max_lag_ms": 3_600_000, "segment_bytes": 1_000_000})
    sent = produce(broker, name, 60)
    assert by(broker, name, 25) == 25
    tiers = Tiers(broker, name)
    assert (tiers.log_start, tiers.settled) == (25, -1)
    assert read_from(broker, clients.Confluent, name, 25, 60) == sent[25:]
    with RawClient(broker.port) as raw:
        assert raw.fetch(name, 24)[0] == 1
        assert raw.alter_topic(name, {"lake.max.lag.ms": 100, "local.retention.ms": 1}) == 0
        wait_settled(broker, [name])
        wait_local_deleted(broker, [name])
        # What was deleted before it settled is in neither tier.
        table = LakeTable(DirectoryStore(broker.directory), "lake", name)
        with table.duckdb() as connection:
            found = connection.execute("SELECT min(kafka_offset), count(*) FROM t").fetchone()
        assert found == (25, 35)
        assert by(broker, name, 40) == 40
        assert raw.fetch(name, 39)[0] == 1
        assert raw.list_offset(name, 0, EARLIEST)[1] == 40
    assert read_from(broker, clients.KafkaPython, name, 40, 60) == sent[40:]


def test_the_high_watermark_and_what_is_refused(broker, topic):
    name = topic(partitions=2, **KEPT)
    compacted = topic(cleanup_policy="compact")
    both = topic(cleanup_policy="compact,delete")
    produce(broker, name, 10)
    produce(broker, both, 10)
    with RawClient(broker.port) as raw:
        for version in (0, 1, 2):
            assert delete(raw, name, 4 + version, version=version) == (0, 4 + version)
        # Never back, and that is no error.
        assert delete(raw, name, 2) == (0, 6)
        assert delete(raw, name, 11) == (1, -1)
        assert delete(raw, name, -2) == (1, -1)
        assert delete(raw, name, 0, partition=7) == (3, -1)
        assert delete(raw, "nowhere", 0) == (3, -1)
        assert delete(raw, compacted, 0) == (44, -1)
        assert delete(raw, both, 3) == (0, 3)
        assert delete(raw, name, -1) == (0, 10)
        # An empty partition has nothing below its high watermark.
        assert delete(raw, name, -1, partition=1) == (0, 0)
        assert raw.list_offset(name, 0, EARLIEST)[1] == raw.list_offset(name, 0, LATEST)[1] == 10
        # The log goes on where it was.
        assert raw.produce(name, wire.good_batch(b"next")) == (0, 10)
        assert raw.fetch(name, 10)[2]


def test_deleted_records_make_room_and_leave_the_table(broker, topic):
    name = topic(**{**KEPT, "lake_retention_ms": 1})
    produce(broker, name, 100)
    wait_settled(broker, [name])
    folder = broker.data / f"{name}-0"

    def local_bytes():
        count = 0
        for file in folder.glob("*.log"):
            with contextlib.suppress(FileNotFoundError):  # it goes while it is looked at
                count += file.stat().st_size
        return count

    def rows():
        table = LakeTable(DirectoryStore(broker.directory), "lake", name)
        with table.duckdb() as connection:
            return connection.execute("SELECT count(*) FROM t").fetchone()[0]

    assert local_bytes() > 100_000 and rows() == 100
    with RawClient(broker.port) as raw:
        assert delete(raw, name, -1) == (0, 100)
        wait_until(lambda: local_bytes() == 0, "the local segments to go")
        wait_until(lambda: rows() == 0, "the rows to leave the table", interval=0.2)


def test_deletions_survive_a_kill(make_broker):
    broker = make_broker().start()
    with RawClient(broker.port) as raw:
        for name in ("local", "settled"):
            settings = {"local.retention.ms": 1, "remote.storage.enable": name == "settled"}
            settings["remote.storage.enable"] = str(settings["remote.storage.enable"]).lower()
            assert raw.create_topic(name, 1, settings) == 0
            produce(broker, name, 50)
        wait_settled(broker, ["settled"])
        for name in ("local", "settled"):
            assert delete(raw, name, 30) == (0, 30)
    broker.kill()
    broker.start()
    for name in ("local", "settled"):
        wait_until(lambda: Tiers(broker, name).log_start == 30, f"the log start of {name}")
        assert [r.offset for r in read_from(broker, clients.Confluent, name, 30, 50)] == list(
            range(30, 50)
        )
        with RawClient(broker.port) as raw:
            assert raw.fetch(name, 29)[0] == 1
