"""Admin calls of confluent-kafka and kafka-python, and what of them must survive a restart."""

import os
import uuid

import confluent_kafka.admin as acl
import pytest
from confluent_kafka import ElectionType, KafkaException, TopicCollection
from confluent_kafka import TopicPartition as ConfluentPartition
from confluent_kafka.admin import (
    AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient,
    AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, NewPartitions, NewTopic,
    ResourcePatternType, ResourceType, ScramCredentialInfo, ScramMechanism,
    UserScramCredentialUpsertion,
)  # fmt: skip
from kafka import TopicPartition, errors
from kafka.admin import (
    ACLFilter, ACLOperation, ACLPermissionType, ACLResourcePatternType, KafkaAdminClient,
    ResourcePatternFilter,
)  # fmt: skip
from kafka.admin import ConfigResource as PythonResource
from kafka.admin import ResourceType as PythonType

from harness import wire
from harness.raw import RawClient
from harness.waiting import wait_until

BROKER = "1"
MESSAGE_TOO_LARGE = 10
INVALID_REPLICA_ASSIGNMENT = 39
INVALID_CONFIG = 40
INVALID_REQUEST = 42


@pytest.fixture
def python(broker):
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    yield admin
    admin.close()


def confluent(broker):
    return AdminClient({"bootstrap.servers": broker.address})


def resource(kind, name, **changes):
    """A resource with changes: name=value sets, name=None goes back to the default."""
    entries = [
        ConfigEntry(
            key.replace("_", "."), value,
            incremental_operation=AlterConfigOpType.DELETE if value is None
            else AlterConfigOpType.SET,
        )
        for key, value in changes.items()
    ]  # fmt: skip
    return ConfigResource(kind, name, incremental_configs=entries)


def alter(admin, kind, name, validate_only=False, **changes):
    wish = resource(kind, name, **changes)
    futures = admin.incremental_alter_configs([wish], validate_only=validate_only)
    futures[wish].result(10)


def alter_all_brokers(broker, **changes):
    """Sets configs of all brokers together, which confluent-kafka cannot name; the error code."""
    with RawClient(broker.port) as client:
        return client.alter_configs(
            4, "", {key.replace("_", "."): value for key, value in changes.items()}
        )


def describe(admin, kind, name):
    wish = ConfigResource(kind, name)
    return admin.describe_configs([wish])[wish].result(10)


def refusal(call, *arguments, **more):
    """The error code of a call that must fail."""
    with pytest.raises(KafkaException) as caught:
        call(*arguments, **more)
    return caught.value.args[0].name()


def test_broker_configs_change_at_run_time_and_outlive_a_restart(make_broker):
    with make_broker({"message.max.bytes": 5000}) as broker:

        def produce():
            with RawClient(broker.port) as client:
                return client.produce("t", wire.good_batch(b"x" * 2000))[0]

        with RawClient(broker.port) as client:
            assert client.create_topic("t") == 0
        assert produce() == 0
        assert alter_all_brokers(broker, message_max_bytes="1000") == 0
        assert produce() == MESSAGE_TOO_LARGE
        broker.kill()
        broker.start()
        assert produce() == MESSAGE_TOO_LARGE
        admin = confluent(broker)
        found = describe(admin, ResourceType.BROKER, BROKER)["message.max.bytes"]
        source = ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG.value
        assert (found.value, found.source) == ("1000", source)
        alter(admin, ResourceType.BROKER, BROKER, message_max_bytes="3000")
        assert produce() == 0
        found = describe(admin, ResourceType.TOPIC, "t")["max.message.bytes"]
        source = ConfigSource.DYNAMIC_BROKER_CONFIG.value
        assert (found.value, found.source) == ("3000", source)
        alter(admin, ResourceType.BROKER, BROKER, message_max_bytes=None)
        assert alter_all_brokers(broker, message_max_bytes=None) == 0
        found = describe(admin, ResourceType.BROKER, BROKER)["message.max.bytes"]
        source = ConfigSource.STATIC_BROKER_CONFIG.value
        assert (found.value, found.source) == ("5000", source)


def test_limits_of_connections_change_at_run_time(make_broker):
    with make_broker() as broker, RawClient(broker.port) as held:
        changes = {"max.connections": 1, "background.threads": 2}
        assert held.alter_configs(4, "", changes) == 0
        # It waits until there is room again, which comes with the next change.
        late = RawClient(broker.port, timeout=0.5)
        with pytest.raises(TimeoutError):
            late.api_versions()
        assert held.alter_configs(4, "", dict.fromkeys(changes)) == 0
        late.socket.settimeout(10)
        assert late.receive_frame()
        late.close()
        with RawClient(broker.port) as client:
            assert client.api_versions()


def test_what_cannot_change_at_run_time_is_refused(broker):
    admin = confluent(broker)
    for changes in (
        {"log_dirs": "/x"}, {"num_network_threads": "3"}, {"log_retention_hours": "1"},
        {"log_segment_bytes": "x"}, {"log_segment_byte": "4096"},
    ):  # fmt: skip
        assert refusal(alter, admin, ResourceType.BROKER, BROKER, **changes) == "INVALID_REQUEST"
        assert alter_all_brokers(broker, **changes) == 42
    found = describe(admin, ResourceType.BROKER, BROKER)
    assert found["log.dirs"].is_read_only and not found["log.segment.bytes"].is_read_only
    assert found["lake.s3.secret.access.key"].is_sensitive
    assert found["ssl.keystore.password"].value is None


def test_topic_configs_are_set_validated_appended_and_replaced(broker, topic):
    admin = confluent(broker)
    name = topic(retention_ms=1000)
    alter(admin, ResourceType.TOPIC, name, validate_only=True, retention_ms="2000")
    assert describe(admin, ResourceType.TOPIC, name)["retention.ms"].value == "1000"
    alter(admin, ResourceType.TOPIC, name, retention_ms="2000", segment_bytes="4096")
    found = describe(admin, ResourceType.TOPIC, name)
    assert found["retention.ms"].value == "2000"
    assert found["retention.ms"].source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    assert [s.name for s in found["retention.ms"].synonyms.values()][0] == "retention.ms"
    wish = ConfigResource(ResourceType.TOPIC, name, set_config={"max.message.bytes": "5000"})
    admin.alter_configs([wish])[wish].result(10)
    found = describe(admin, ResourceType.TOPIC, name)
    assert found["retention.ms"].source != ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    assert found["max.message.bytes"].value == "5000"
    assert refusal(alter, admin, ResourceType.TOPIC, name, segment_bytes="3") == "INVALID_CONFIG"
    assert refusal(alter, admin, ResourceType.TOPIC, name, segment_byte="3") == "INVALID_CONFIG"
    assert (
        refusal(alter, admin, ResourceType.TOPIC, "absent", segment_bytes="4096")
        == "UNKNOWN_TOPIC_OR_PART"
    )


def test_kafka_python_describes_and_alters_configs(python, broker, topic):
    name = topic()
    python.alter_configs([PythonResource("TOPIC", name, configs={"retention.ms": "3000"})])
    found = python.describe_configs(
        [PythonResource("TOPIC", name), PythonResource("BROKER", BROKER)], config_filter="all"
    )
    assert found["topic"][name]["retention.ms"]["value"] == "3000"
    assert "log.dirs" in found["broker"][BROKER]
    python.reset_configs([PythonResource("TOPIC", name, configs=["retention.ms"])])
    found = describe(confluent(broker), ResourceType.TOPIC, name)
    assert found["retention.ms"].value == "-1"


def test_configs_of_groups_and_client_metrics_are_kept_and_listed(make_broker):
    with make_broker() as broker:
        with RawClient(broker.port) as client:
            assert client.alter_configs(32, "g", {"consumer.session.timeout.ms": 50000}) == 0
            assert client.alter_configs(32, "g", {"consumer.session.timeout.ms": 1}) == 40
            assert client.alter_configs(16, "sub", {"interval.ms": 200, "metrics": "*"}) == 0
            assert client.alter_configs(16, "sub", {"match": "colour=red"}) == 40
        broker.kill()
        broker.start()
        python = KafkaAdminClient(bootstrap_servers=broker.address)
        listed = python.list_config_resources(["GROUP", "CLIENT_METRICS", "BROKER"])
        assert {kind.lower(): names for kind, names in listed.items()} == {
            "group": ["g"], "client_metrics": ["sub"], "broker": [BROKER],
        }  # fmt: skip
        found = python.describe_configs(
            [PythonResource("GROUP", "g"), PythonResource("CLIENT_METRICS", "sub")],
            config_filter="all",
        )
        assert found["group"]["g"]["consumer.session.timeout.ms"]["value"] == "50000"
        assert found["client_metrics"]["sub"]["interval.ms"]["value"] == "200"
        python.close()


def test_levels_of_the_log_change_at_run_time(make_broker):
    with make_broker() as broker, RawClient(broker.port) as client:
        python = KafkaAdminClient(bootstrap_servers=broker.address)

        def levels():
            wish = PythonResource("BROKER_LOGGER", BROKER)
            found = python.describe_configs([wish], config_filter="all")["broker_logger"][BROKER]
            return {part: config["value"] for part, config in found.items()}

        assert levels()["root"] == levels()["broker"] == "INFO"
        assert client.alter_configs(8, BROKER, {"broker": "ERROR"}) == 0
        assert client.create_topic("quiet") == 0
        assert client.alter_configs(8, BROKER, {"broker": None}) == 0
        assert client.create_topic("loud") == 0
        assert (levels()["root"], levels()["broker"]) == ("INFO", "INFO")
        assert client.alter_configs(8, BROKER, {"no.such": "INFO"}) == INVALID_CONFIG
        assert client.alter_configs(8, BROKER, {"broker": "LOUD"}) == INVALID_CONFIG
        assert client.alter_configs(8, BROKER, {"root": None}) == INVALID_REQUEST
        log = broker.log_path.read_text()
        assert "topic=loud" in log and "topic=quiet" not in log
        python.close()


def test_confluent_makes_grows_and_deletes_topics(broker):
    admin = confluent(broker)

    def create(name, validate_only=False, **wish):
        if "replica_assignment" in wish:
            wish["num_partitions"] = len(wish["replica_assignment"])
        new = NewTopic(name, **wish)
        admin.create_topics([new], validate_only=validate_only)[name].result(10)

    create("made-1", num_partitions=1, replication_factor=1, validate_only=True)
    assert "made-1" not in admin.list_topics(timeout=10).topics
    create("made-1", replica_assignment=[[1], [1]], config={"retention.ms": "5000"})
    create("made-2", num_partitions=1, replication_factor=3)
    for code, wish in (
        ("INVALID_REPLICATION_FACTOR", {"num_partitions": 1, "replication_factor": 4}),
        ("INVALID_REPLICA_ASSIGNMENT", {"replica_assignment": [[2]]}),
        ("INVALID_CONFIG", {"num_partitions": 1, "config": {"retention.ms": "x"}}),
        ("INVALID_CONFIG", {"num_partitions": 1, "config": {"no.such": "x"}}),
    ):
        assert refusal(create, "made-3", **wish) == code
    assert refusal(create, "made-1", num_partitions=1) == "TOPIC_ALREADY_EXISTS"

    def grow(count, assignment=None, validate_only=False):
        more = NewPartitions("made-1", count, *([assignment] if assignment else []))
        admin.create_partitions([more], validate_only=validate_only)["made-1"].result(10)

    grow(3, validate_only=True)
    assert refusal(grow, 3, [[2]]) == "INVALID_REPLICA_ASSIGNMENT"
    assert refusal(grow, 2) == "INVALID_PARTITIONS"
    grow(3, [[1]])
    assert len(admin.list_topics(timeout=10).topics["made-1"].partitions) == 3
    described = admin.describe_topics(TopicCollection(["made-1"]))["made-1"].result(10)
    assert [p.replicas[0].id for p in described.partitions] == [1, 1, 1]
    for future in admin.delete_topics(["made-1", "made-2"]).values():
        future.result(10)
    missing = admin.delete_topics(["made-1"])["made-1"]
    assert refusal(missing.result, 10) == "UNKNOWN_TOPIC_OR_PART"


def test_one_warning_tells_that_replicas_are_not_kept(make_broker):
    with make_broker() as broker:
        admin = confluent(broker)
        for name in ("a", "b"):
            new = NewTopic(name, 1, 3, config={"min.insync.replicas": "2"})
            admin.create_topics([new])[name].result(10)
        assert broker.log_path.read_text().count("asks for several replicas") == 1
    with make_broker({"varve.single.node.replication": "refuse"}) as broker:
        new = NewTopic("a", 1, 2)
        admin = confluent(broker)
        assert refusal(admin.create_topics([new])["a"].result, 10) == "INVALID_REPLICATION_FACTOR"


def test_kafka_python_makes_and_deletes_topics_by_name_and_id(python):
    python.create_topics({"py": {"num_partitions": 2, "configs": {"segment.bytes": "4096"}}})
    (described,) = python.describe_topics(["py"])
    assert len(described["partitions"]) == 2
    python.create_partitions({"py": 3})
    page = python.describe_topic_partitions(["py"], response_partition_limit=2)
    assert [p["partition_index"] for p in page["topics"][0]["partitions"]] == [0, 1]
    rest = python.describe_topic_partitions(["py"], cursor=page["next_cursor"])
    assert [p["partition_index"] for p in rest["topics"][0]["partitions"]] == [2]
    assert rest["next_cursor"] is None
    python.delete_topics([uuid.UUID(str(described["topic_id"]))])
    with pytest.raises(errors.UnknownTopicOrPartitionError):
        python.delete_topics(["py"])


def test_log_directories_show_local_and_lake_sizes(python, broker, topic):
    name = topic()
    with RawClient(broker.port) as client:
        for _ in range(20):
            client.produce(name, wire.good_batch(os.urandom(5000)))

    def sizes():
        (described,) = python.describe_log_dirs({name: [0]})
        found = {}
        for directory in described["log_dirs"]:
            for held in directory["topics"]:
                for partition in held["partitions"]:
                    found[directory["log_dir"]] = partition["partition_size"]
        return found

    local, lake = str(broker.data), f"file://{broker.lake}"
    assert sizes()[local] > 100_000
    # Random bytes do not shrink: the lake has as much as the log had.
    wait_until(lambda: sizes().get(lake, 0) > 100_000, "all of it in the lake", 20)


def test_a_cluster_of_one_answers_what_is_meant_for_many(python, broker, topic):
    name = topic(partitions=2)
    place = TopicPartition(name, 0)
    python.elect_leaders(0, {name: [0, 1]})
    moved = python.alter_partition_reassignments({place: [1], TopicPartition(name, 1): [2]})
    assert moved[place] in (None, errors.NoError)
    assert moved[TopicPartition(name, 1)] is errors.for_code(INVALID_REPLICA_ASSIGNMENT)
    assert not python.list_partition_reassignments()
    quorum = python.describe_metadata_quorum()["topics"][0]["partitions"][0]
    assert (quorum["leader_id"], len(quorum["current_voters"])) == (1, 1)
    assert python.describe_cluster()["controller_id"] == 1
    with pytest.raises(errors.InvalidUpdateVersionError):
        python.update_features({"no.version": 1})
    admin = confluent(broker)
    elected = admin.elect_leaders(
        ElectionType.PREFERRED, [ConfluentPartition(name, 0)]
    ).result(10)  # fmt: skip
    assert [error.name() for error in elected.values()] == ["ELECTION_NOT_NEEDED"]
    cluster = admin.describe_cluster().result(10)
    assert (cluster.controller.id, len(cluster.nodes)) == (1, 1)


def test_without_security_its_admin_calls_say_so(python, broker):
    admin = confluent(broker)
    anything = AclBindingFilter(
        acl.ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY,
        AclPermissionType.ANY,
    )  # fmt: skip
    with pytest.raises(errors.SecurityDisabledError):
        python.describe_acls(
            ACLFilter(None, "*", ACLOperation.ANY, ACLPermissionType.ANY,
                      ResourcePatternFilter(PythonType.ANY, None, ACLResourcePatternType.ANY))
        )  # fmt: skip
    assert refusal(admin.delete_acls([anything])[anything].result, 10) == "SECURITY_DISABLED"
    binding = AclBinding(
        acl.ResourceType.TOPIC, "t", ResourcePatternType.LITERAL, "User:u", "*",
        AclOperation.READ, AclPermissionType.ALLOW,
    )  # fmt: skip
    assert refusal(admin.create_acls([binding])[binding].result, 10) == "SECURITY_DISABLED"
    assert admin.describe_user_scram_credentials().result(10) == {}
    user = admin.describe_user_scram_credentials(["u"])["u"]
    assert refusal(user.result, 10) == "RESOURCE_NOT_FOUND"
    secret = UserScramCredentialUpsertion(
        "u", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), b"secret", b"salt"
    )
    set_ = admin.alter_user_scram_credentials([secret])["u"]
    assert refusal(set_.result, 10) == "UNSUPPORTED_SASL_MECHANISM"
    assert python.describe_user_scram_credentials() == {}
