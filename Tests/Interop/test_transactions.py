"""Transactions of unmodified clients: commits, aborts, zombies, timeouts, restarts."""

import time

import confluent_kafka
import pytest
from harness.transactions import ALL, TransactionCodec

from harness import clients
from harness.raw import RawClient
from harness.waiting import wait_until

PRODUCERS = pytest.mark.parametrize("client", ALL, ids=lambda client: client.name)


def read(broker, topic, partitions, isolation, group="reader"):
    """Returns the values of all partitions, in order within each."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": broker.address, "group.id": group, "isolation.level": isolation,
        "enable.auto.commit": False, "enable.partition.eof": True, "fetch.wait.max.ms": 50,
    })  # fmt: skip
    consumer.assign([confluent_kafka.TopicPartition(topic, p, 0) for p in range(partitions)])
    values, ended, deadline = [], set(), time.monotonic() + 30
    try:
        while len(ended) < partitions:
            assert time.monotonic() < deadline, f"no end of {topic}"
            for message in consumer.consume(500, 0.1):
                if message.error():
                    assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
                    ended.add(message.partition())
                else:
                    values.append(message.value())
    finally:
        consumer.close()
    return values


@PRODUCERS
def test_commits_and_aborts(broker, topic, client):
    name, group = topic(2), f"group-{client.name}"
    producer = client(broker, f"commits-{client.name}")
    for number in range(3):
        values = [b"%d-%d" % (number, i) for i in range(4)]
        producer.begin()
        producer.send(name, 0, *values[:2])
        producer.send(name, 1, *values[2:])
        producer.send_offsets({(name, 0): 10 + number}, group)
        producer.abort() if number == 1 else producer.commit()
    assert len(read(broker, name, 2, "read_uncommitted")) == 12
    consumer = clients.Confluent(broker).consumer(**{"group.id": group})
    (found,) = consumer.committed([confluent_kafka.TopicPartition(name, 0)], 30)
    assert found.offset == 12
    consumer.close()
    producer.close()


@PRODUCERS
def test_a_zombie_is_fenced(broker, topic, client):
    name = topic()
    zombie = client(broker, f"zombie-{client.name}")
    zombie.begin()
    zombie.send(name, 0, b"of the zombie")
    successor = client(broker, f"zombie-{client.name}")
    with pytest.raises(Exception) as raised:
        zombie.commit()
    text = f"{type(raised.value).__name__} {raised.value}".lower()
    assert "fenced" in text or "epoch" in text or "newer" in text, text
    successor.begin()
    successor.send(name, 0, b"of the successor")
    successor.commit()
    successor.close()


def test_a_forgotten_transaction_is_aborted(make_broker):
    """Its offsets go, its producer is fenced, and readers get past it."""
    interval = "transaction.abort.timed.out.transaction.cleanup.interval.ms"
    broker = make_broker({interval: 50}).start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t") == 0
    producer = ALL[0](broker, "slow", timeout_ms=1000)
    producer.begin()
    producer.send("t", 0, b"too late")
    producer.send_offsets({("t", 0): 5}, "g")
    with TransactionCodec(broker) as codec:
        wait_until(lambda: codec.state("slow") == "CompleteAbort", "the timeout", 10)
        (found,) = codec.describe("slow")
        assert found.topics == [] and found.producer_epoch == 1
    with pytest.raises(confluent_kafka.KafkaException):
        producer.commit()
    consumer = clients.Confluent(broker).consumer(**{"group.id": "g"})
    (offset,) = consumer.committed([confluent_kafka.TopicPartition("t", 0)], 30)
    assert offset.offset < 0
    consumer.close()
    broker.stop()


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_a_restart_knows_every_transaction(make_broker, ending):
    broker = make_broker().start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", 2) == 0
    with TransactionCodec(broker) as codec:
        producers = {name: codec.initialize(4, name)[1:] for name in ("open", "done", "new")}
        for name in ("open", "done"):
            assert codec.add_partitions(3, name, producers[name], {"t": [0, 1]}) == [0, 0]
            assert codec.add_offsets(3, name, producers[name], "g") == 0
            offsets = {"open": {1: 5}, "done": {0: 4}}[name]
            codes = codec.commit_offsets(3, name, producers[name], "g", {"t": offsets})
            assert codes == [0]
        assert codec.end(3, "done", producers["done"], True)[0] == 0
    broker.kill() if ending == "kill" else broker.stop()
    broker.start()
    with TransactionCodec(broker) as codec:
        wait_until(lambda: codec.state("new") == "Empty", "the transactions to load")
        wait_until(lambda: codec.state("open") == "Ongoing", "the transactions to load")
        wait_until(lambda: codec.state("done") == "CompleteCommit", "the transactions to load")
        (found,) = codec.describe("open")
        topics = {t.topic: t.partitions for t in found.topics}
        assert topics["t"] == [0, 1] and len(topics["__consumer_offsets"]) == 1
        assert codec.end(4, "open", producers["open"], True)[0] == 0
        assert codec.initialize(4, "new", producers["new"])[1:] == (producers["new"][0], 1)
    consumer = clients.Confluent(broker).consumer(**{"group.id": "g"})
    places = [confluent_kafka.TopicPartition("t", p) for p in range(2)]
    assert [p.offset for p in consumer.committed(places, 30)] == [4, 5]
    consumer.close()
    broker.stop()
