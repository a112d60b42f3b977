"""Admin calls of confluent-kafka and kafka-python, and what of them must survive a restart."""

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, ResourceType,
)  # fmt: skip
from kafka.admin import KafkaAdminClient
from kafka.admin import ConfigResource as PythonResource
from kafka.admin import ConfigResourceType

from harness import wire
from harness.raw import RawClient

BROKER = "1"
MESSAGE_TOO_LARGE = 10


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
        assert held.alter_configs(4, "", {"max.connections": 1, "background.threads": 2}) == 0
        # It waits until there is room again, which comes with the next change.
        late = RawClient(broker.port, timeout=0.5)
        with pytest.raises(TimeoutError):
            late.api_versions()
        changes = {"max.connections": None, "background.threads": None}
        assert held.alter_configs(4, "", changes) == 0
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


def test_kafka_python_describes_and_alters_configs(broker, topic):
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    name = topic()
    wish = PythonResource(ConfigResourceType.TOPIC, name, configs={"retention.ms": "3000"})
    admin.alter_configs([wish])
    found = describe(confluent(broker), ResourceType.TOPIC, name)
    assert found["retention.ms"].value == "3000"
    described = admin.describe_configs(
        [
            PythonResource(ConfigResourceType.TOPIC, name),
            PythonResource(ConfigResourceType.BROKER, BROKER),
        ],
        config_filter="all",
    )
    assert described
    admin.close()
