"""DescribeProducers: what operators see of producers and their open transactions (KIP-664)."""

from harness import wire
from harness.raw import RawClient


def describe(client, topic, partition=0, timestamp=1_700_000_000_000):
    """Checks the last timestamps, and returns the error with the list of
    (producer id, epoch, last sequence, coordinator epoch, start offset)."""
    body = (
        wire.compact_array_of(1) + wire.compact_string(topic) + wire.compact_array_of(1)
        + wire.int32(partition) + wire.no_tags + wire.no_tags
    )  # fmt: skip
    answer = client.call(61, 0, body, flexible=True)
    answer.int32()  # throttle time
    assert answer.varint() == 2 and answer.compact_string() == topic
    assert answer.varint() == 2 and answer.int32() == partition
    error = answer.int16()
    answer.compact_string()
    found = []
    for _ in range(answer.varint() - 1):
        producer, epoch, sequence = answer.int64(), answer.int32(), answer.int32()
        assert answer.int64() == timestamp
        found.append((producer, epoch, sequence, answer.int32(), answer.int64()))
        answer.tags()
    return error, found


def test_producers_of_a_partition(broker, topic):
    name = topic()
    with RawClient(broker.port) as client:
        assert describe(client, name) == (0, [])
        first, epoch = client.init_producer_id()
        second, _ = client.init_producer_id()
        for sequence in (0, 1, 2):
            assert client.produce(name, wire.good_batch(producer=(first, epoch, sequence)))[0] == 0
        assert client.produce(name, wire.good_batch(producer=(second, 0, 0)))[0] == 0
        assert client.produce(name, wire.good_batch())[0] == 0
        assert describe(client, name) == (
            0, [(first, epoch, 2, -1, -1), (second, 0, 0, -1, -1)]
        )  # fmt: skip


def test_what_does_not_exist(broker, topic):
    name = topic()
    with RawClient(broker.port) as client:
        assert describe(client, name, partition=7) == (3, [])
        assert describe(client, name + "-not") == (3, [])
