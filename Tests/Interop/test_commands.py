"""`varve topic` and `varve lake`, for people and as JSON, and the admin APIs behind them."""

import json

import confluent_kafka
import confluent_kafka.admin
import pytest

from harness import clients, records
from harness.tiers import wait_local_deleted, wait_settled


@pytest.fixture
def admin(broker):
    return confluent_kafka.admin.AdminClient({"bootstrap.servers": broker.address})


def test_topic_life(broker):
    broker.varve("topic", "create", "lived", "--partitions", 3, "--config", "retention.ms=-1")
    described = broker.varve("topic", "describe", "lived").stdout
    assert "lived" in described and "retention.ms" in described
    assert "lived" in broker.varve("topic", "list").stdout.split()
    broker.varve("topic", "alter", "lived", "--config", "segment.bytes=100000")
    as_json = json.loads(broker.varve("topic", "describe", "lived", "--json").stdout)
    assert "segment.bytes" in json.dumps(as_json)
    assert any("lived" in json.dumps(t) for t in json.loads(
        broker.varve("topic", "list", "--json").stdout
    ))  # fmt: skip
    broker.varve("topic", "delete", "lived")
    assert "lived" not in broker.varve("topic", "list").stdout.split()


@pytest.mark.parametrize(
    "arguments",
    [
        ["topic", "create", "bad/name"],
        ["topic", "create", "x", "--config", "no.such.config=1"],
        ["topic", "create", "x", "--config", "segment.bytes=tiny"],
        ["topic", "describe", "no-such-topic"],
        ["topic", "delete", "no-such-topic"],
        ["lake", "describe", "no-such-topic"],
    ],
)
def test_commands_that_fail(broker, arguments):
    finished = broker.varve(*arguments, check=False)
    assert finished.returncode not in (0, -6, -11), finished
    assert finished.stderr.strip() and len(finished.stderr.strip().splitlines()) <= 3


def test_a_command_without_a_broker(make_broker):
    finished = make_broker().varve("topic", "list", check=False)
    assert finished.returncode not in (0, -6, -11)
    assert "127.0.0.1" in finished.stderr


def test_lake_describe(broker, topic):
    name = topic(segment_bytes=16384, local_retention_ms=1, retention_ms=-1)
    clients.Confluent(broker).produce(name, records.varied(120))
    wait_settled(broker, [name])
    wait_local_deleted(broker, [name])
    assert name in broker.varve("lake", "describe", name).stdout
    described = json.loads(broker.varve("lake", "describe", name, "--json").stdout)
    assert described["topic"] == name


def test_admin_client(admin):
    """librdkafka's admin client makes, alters, grows and deletes topics."""
    new = confluent_kafka.admin.NewTopic("admin-made", 2, 1, config={"retention.ms": "-1"})
    admin.create_topics([new])["admin-made"].result(20)
    with pytest.raises(confluent_kafka.KafkaException, match="TOPIC_ALREADY_EXISTS"):
        admin.create_topics([new])["admin-made"].result(20)
    grown = confluent_kafka.admin.NewPartitions("admin-made", 5)
    admin.create_partitions([grown])["admin-made"].result(20)
    assert len(admin.list_topics("admin-made", timeout=20).topics["admin-made"].partitions) == 5
    resource = confluent_kafka.admin.ConfigResource(
        "TOPIC", "admin-made", incremental_configs=[
            confluent_kafka.admin.ConfigEntry(
                "segment.bytes", "123456",
                incremental_operation=confluent_kafka.admin.AlterConfigOpType.SET,
            )
        ],
    )  # fmt: skip
    (altered,) = admin.incremental_alter_configs([resource]).values()
    altered.result(20)
    (described,) = admin.describe_configs([resource]).values()
    configs = described.result(20)
    assert configs["segment.bytes"].value == "123456" and not configs["segment.bytes"].is_default
    assert configs["retention.ms"].value == "-1"
    assert configs["cleanup.policy"].value == "delete" and configs["cleanup.policy"].is_default
    admin.delete_topics(["admin-made"])["admin-made"].result(20)
    assert "admin-made" not in admin.list_topics(timeout=20).topics


def test_describe_cluster(admin, broker):
    cluster = admin.describe_cluster().result(20)
    assert [(node.host, node.port) for node in cluster.nodes] == [("127.0.0.1", broker.port)]
    assert cluster.cluster_id


def test_topics_are_created_when_asked_for(broker):
    clients.Confluent(broker).produce("made-by-producing", records.varied(12))
    got = clients.KafkaPython(broker).read({("made-by-producing", 0): 12})
    assert len(got["made-by-producing", 0]) == 12


def test_a_recreated_topic_is_empty(broker, admin):
    """The old table stays in the lake, and the new topic inherits nothing of it."""
    for values in (b"first", b"second"):
        new = confluent_kafka.admin.NewTopic("again", 1, 1)
        admin.create_topics([new])["again"].result(20)
        sent = [records.Record(0, n, records.FIRST_TIMESTAMP, None, values) for n in range(50)]
        offsets = clients.Confluent(broker).produce("again", sent)
        assert offsets == list(range(50))
        got = clients.Confluent(broker).read({("again", 0): 50})["again", 0]
        assert {record.value for record in got} == {values}
        wait_settled(broker, ["again"])
        admin.delete_topics(["again"])["again"].result(20)


def test_log_append_time(broker, topic):
    name = topic(message_timestamp_type="LogAppendTime", retention_ms=-1)
    clients.Confluent(broker).produce(name, records.varied(24))
    consumer = clients.Confluent(broker).consumer()
    consumer.assign([confluent_kafka.TopicPartition(name, 0, 0)])
    try:
        messages = []
        while len(messages) < 24:
            messages += consumer.consume(24, 5)
        kinds = {message.timestamp()[0] for message in messages}
        assert kinds == {confluent_kafka.TIMESTAMP_LOG_APPEND_TIME}
        assert min(message.timestamp()[1] for message in messages) > records.FIRST_TIMESTAMP
    finally:
        consumer.close()
