"""`varve topic` and `varve lake`, for people and as JSON, and the admin APIs behind them."""

import json
import socket
import subprocess
import threading

import confluent_kafka
import confluent_kafka.admin
import pytest

from harness import clients, records, stores
from harness.broker import default_binary
from harness.lake import LakeTable
from harness.processes import free_port
from harness.tiers import Tiers, wait_local_deleted, wait_settled


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


def test_lake_describe_agrees_with_the_broker_and_the_table(broker, topic):
    name = topic(partitions=2, segment_bytes=16384, local_retention_ms=1, retention_ms=-1)
    sent = records.varied(120)
    clients.Confluent(broker).produce(name, sent)
    wait_settled(broker, [name], 2)
    table = LakeTable(stores.DirectoryStore(broker.directory), "lake", name)
    described = json.loads(broker.varve("lake", "describe", name, "--json").stdout)
    assert described["settles"] and described["problem"] is None
    assert described["lake"] == f"file://{broker.lake}" and described["lag_records"] == 0
    found = described["table"]
    assert found["location"] == table.metadata()["location"]
    assert found["version"] == table.version and found["layout"] == "by-partition"
    assert found["last_commit_ms"] == table.metadata()["last-updated-ms"]
    assert found["snapshot_id"] == table.metadata()["current-snapshot-id"]
    assert found["records"] == len(sent) and found["files"] >= 1 and not found["set_back"]
    for partition in described["partitions"]:
        tiers = Tiers(broker, name, partition["partition"])
        assert partition["end"] == tiers.log_end and partition["log_start"] == 0
        assert partition["settled"] in (tiers.settled + 1, None) and partition["lag_records"] == 0
        assert partition["records"] == tiers.log_end
    for what in ("files", "records", "bytes"):
        assert sum(partition[what] for partition in described["partitions"]) == found[what]


def test_lake_describe_of_a_topic_that_does_not_settle(broker, topic):
    name = topic(remote_storage_enable="false", retention_ms=-1)
    clients.Confluent(broker).produce(name, records.varied(12))
    described = json.loads(broker.varve("lake", "describe", name, "--json").stdout)
    assert not described["settles"] and described["table"] is None
    assert described["lag_records"] is None and described["problem"] is None


def test_lake_describe_on_s3(open_store, make_broker):
    """The broker sends no secrets: they come from a file or from the environment."""
    store = open_store("moto")
    broker = make_broker(store.properties("describe")).start()
    clients.Confluent(broker).produce("t", records.varied(24))
    wait_settled(broker, ["t"])
    by_file = broker.varve(
        "lake", "describe", "t", "--json", "--config", broker.directory / "server.properties"
    )
    assert json.loads(by_file.stdout)["table"]["records"] == 24
    broker.environment |= {"AWS_ACCESS_KEY_ID": "from", "AWS_SECRET_ACCESS_KEY": "environment"}
    by_environment = broker.varve("lake", "describe", "t", "--json")
    assert json.loads(by_environment.stdout)["table"]["records"] == 24
    broker.stop()


def test_lake_describe_without_the_store(make_broker, clock):
    """The broker's part is shown, and why there is no more of it."""
    broker = make_broker({
        "lake.url": "s3://bucket/prefix", "lake.s3.endpoint": f"http://127.0.0.1:{free_port()}",
    }).start()  # fmt: skip
    clients.Confluent(broker).produce("t", records.varied(24))
    broker.environment |= {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    finished = broker.varve("lake", "describe", "t", "--json", check=False)
    described = json.loads(finished.stdout)
    assert finished.returncode == 1 and len(finished.stderr.splitlines()) == 1
    assert described["problem"] and described["table"] is None
    assert sum(p["end"] for p in described["partitions"]) == described["lag_records"] == 24
    assert clock() < 20


def test_alter_sets_unsets_and_grows(broker, topic):
    name = topic(retention_ms=-1, segment_bytes=200000)
    broker.varve(
        "topic", "alter", name, "--set", "max.message.bytes=5000", "--unset", "segment.bytes",
        "--partitions", 4,
    )  # fmt: skip
    described = json.loads(broker.varve("topic", "describe", name, "--json").stdout)
    assert [p["partition"] for p in described["partitions"]] == [0, 1, 2, 3]
    configs = described["configs"]
    assert configs["max.message.bytes"] == {"value": "5000", "set_by": "topic"}
    assert configs["retention.ms"] == {"value": "-1", "set_by": "topic"}
    assert configs["segment.bytes"] == {"value": "65536", "set_by": "broker"}
    fewer = broker.varve("topic", "alter", name, "--partitions", 2, check=False)
    assert fewer.returncode == 1 and "INVALID_PARTITIONS" in fewer.stderr
    refused = broker.varve(
        "topic", "alter", name, "--set", "retention.ms=5", "--set", "segment.bytes=x", check=False
    )
    assert refused.returncode == 1 and "INVALID_CONFIG" in refused.stderr
    again = json.loads(broker.varve("topic", "describe", name, "--json").stdout)
    assert again["configs"] == configs, "a refused change must change nothing"


def test_if_exists(broker):
    for created in (True, False):
        made = broker.varve("topic", "create", "maybe", "--if-not-exists", "--json")
        assert json.loads(made.stdout)["created"] is created
    assert "TOPIC_ALREADY_EXISTS" in broker.varve("topic", "create", "maybe", check=False).stderr
    for deleted in (True, False):
        gone = broker.varve("topic", "delete", "maybe", "--if-exists", "--json")
        assert json.loads(gone.stdout)["deleted"] is deleted
    refused = broker.varve("topic", "delete", "maybe", check=False)
    assert refused.returncode == 1 and "UNKNOWN_TOPIC_OR_PARTITION" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["topic", "create"],
        ["topic", "create", "a", "b"],
        ["topic", "create", "a", "--partitions", "none"],
        ["topic", "alter", "a"],
        ["topic", "alter", "a", "--set", "retention.ms"],
        ["topic", "list", "a"],
        ["lake", "describe"],
        ["topic", "list", "--jason"],
    ],
)
def test_commands_that_are_asked_wrongly(broker, arguments):
    finished = broker.varve(*arguments, check=False)
    assert finished.returncode == 2 and len(finished.stderr.splitlines()) == 1, finished


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\4\0\0\0\1"])
def test_a_server_that_is_no_broker(answer, clock):
    """Silence, another protocol, and an answer that is cut short: one line, soon."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.sendall(answer)
                connection.recv(1000)
                if answer:
                    return
                connection.recv(1000)

        thread = threading.Thread(target=serve)
        thread.start()
        finished = subprocess.run(
            [default_binary(), "topic", "list", "--timeout-ms", "500", "--bootstrap-server",
             f"127.0.0.1:{server.getsockname()[1]}"],
            capture_output=True, text=True, timeout=20,
        )  # fmt: skip
        thread.join()
    assert finished.returncode == 1 and len(finished.stderr.splitlines()) == 1, finished
    assert "127.0.0.1" in finished.stderr and clock() < 10


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
