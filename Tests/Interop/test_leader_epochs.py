"""Leader epochs (KIP-320): their history survives settling and local deletion."""

import pytest

from harness import clients, records, wire
from harness.raw import RawClient
from harness.tiers import EARLIEST, Tiers, wait_local_deleted, wait_settled

FENCED, UNKNOWN = 74, 75


def epoch_end(client, name, epoch, current=-1, partition=0, version=4):
    """Returns (error, epoch, end offset) of one OffsetForLeaderEpoch request."""
    asked = wire.int32(partition) + wire.int32(current) + wire.int32(epoch)
    if version >= 4:
        body = wire.int32(-2) + wire.compact_array_of(1) + wire.compact_string(name)
        body += wire.compact_array_of(1) + asked + wire.no_tags * 3
        answer = client.call(23, version, body, flexible=True)
        answer.int32()
        assert answer.varint() == 2 and answer.compact_string() == name and answer.varint() == 2
    else:
        body = wire.int32(-2) if version >= 3 else b""
        body += wire.int32(1) + wire.string(name) + wire.int32(1) + asked
        answer = client.call(23, version, body)
        answer.int32()
        assert answer.int32() == 1 and answer.string() == name and answer.int32() == 1
    error = answer.int16()
    assert answer.int32() == partition
    return error, answer.int32(), answer.int64()


@pytest.fixture(scope="module")
def aged(tmp_path_factory):
    """A broker whose topic `t` has records of three epochs, 20 of each, the first two cold."""
    from harness.broker import Broker

    broker = Broker(tmp_path_factory.mktemp("aged"))
    broker.start()
    with RawClient(broker.port) as raw:
        settings = {"local.retention.ms": -1, "segment.bytes": 16384}
        assert raw.create_topic("t", 2, settings) == 0
    for epoch in range(3):
        sent = [
            records.Record(0, 20 * epoch + n, records.FIRST_TIMESTAMP + n, b"k", bytes(1000))
            for n in range(20)
        ]
        clients.Confluent(broker).produce("t", sent)
        wait_settled(broker, ["t"])
        if epoch < 2:
            broker.kill()
            broker.start()
    with RawClient(broker.port) as raw:
        assert raw.alter_topic("t", {"local.retention.ms": 1}) == 0
    wait_local_deleted(broker, ["t"])
    yield broker
    broker.stop()


def test_every_epoch_ends_where_the_next_began(aged):
    assert Tiers(aged, "t").local_start > 40
    with RawClient(aged.port) as raw:
        for version in (2, 3, 4):
            for epoch, end in [(0, 20), (1, 40), (2, 60)]:
                assert epoch_end(raw, "t", epoch, version=version) == (0, epoch, end)
            # What is not known yet, or never was.
            assert epoch_end(raw, "t", 3, version=version) == (0, -1, -1)
            assert epoch_end(raw, "t", -1, version=version) == (0, -1, -1)


def test_epochs_of_an_empty_partition_are_known(aged):
    with RawClient(aged.port) as raw:
        # Its third leader: nothing was written under any of them.
        assert epoch_end(raw, "t", 2, partition=1) == (0, 2, 0)
        assert epoch_end(raw, "t", 0, partition=1) == (0, 0, 0)


def test_stale_and_future_epochs_are_told(aged):
    with RawClient(aged.port) as raw:
        assert epoch_end(raw, "t", 0, current=2) == (0, 0, 20)
        assert epoch_end(raw, "t", 0, current=1) == (FENCED, -1, -1)
        assert epoch_end(raw, "t", 0, current=9) == (UNKNOWN, -1, -1)
        assert epoch_end(raw, "t", 0, partition=5) == (3, -1, -1)
        assert epoch_end(raw, "nowhere", 0) == (3, -1, -1)


def test_the_history_follows_the_log_start(aged):
    from test_delete_records import delete

    with RawClient(aged.port) as raw:
        assert delete(raw, "t", 30) == (0, 30)
        assert raw.list_offset("t", 0, EARLIEST)[1] == 30
        # Epoch 0 has no record left: the log begins after it.
        assert epoch_end(raw, "t", 0) == (0, 0, 30)
        assert epoch_end(raw, "t", 1) == (0, 1, 40)
    aged.kill()
    aged.start()
    with RawClient(aged.port) as raw:
        assert epoch_end(raw, "t", 1) == (0, 1, 40)
        # The new leader's epoch begins at the end, before anything is written under it.
        assert epoch_end(raw, "t", 2) == (0, 2, 60)
        assert epoch_end(raw, "t", 3) == (0, 3, 60)
