"""What the clients' tools do with groups: list, describe, reset offsets, delete."""

import confluent_kafka
import kafka
import kafka.admin
import kafka.errors
import pytest
from confluent_kafka.admin import AdminClient

from harness import clients
from harness.records import FIRST_TIMESTAMP, Record
from test_groups import MEMBERS, poll_until

NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND, GROUP_SUBSCRIBED = 68, 69, 86


class ConfluentAdmin:
    name = "confluent"

    def __init__(self, broker):
        self.admin = AdminClient({"bootstrap.servers": broker.address})

    def groups(self):
        """Returns {group: state}."""
        listed = self.admin.list_consumer_groups(request_timeout=10).result()
        assert not listed.errors, listed.errors
        return {g.group_id: g.state.name.lower() for g in listed.valid}

    def describe(self, group):
        """Returns (state, [client ids], [(topic, partition)]) of a group."""
        (future,) = self.admin.describe_consumer_groups([group]).values()
        found = future.result(10)
        places = [
            (p.topic, p.partition) for m in found.members for p in m.assignment.topic_partitions
        ]
        return found.state.name.lower(), [m.client_id for m in found.members], sorted(places)

    def offsets(self, group):
        """Returns {(topic, partition): offset}."""
        wish = confluent_kafka.ConsumerGroupTopicPartitions(group)
        (future,) = self.admin.list_consumer_group_offsets([wish]).values()
        return {(p.topic, p.partition): p.offset for p in future.result(10).topic_partitions}

    def reset(self, group, offsets):
        """Sets offsets; returns the error codes."""
        places = [confluent_kafka.TopicPartition(*place, to) for place, to in offsets.items()]
        wish = confluent_kafka.ConsumerGroupTopicPartitions(group, places)
        (future,) = self.admin.alter_consumer_group_offsets([wish]).values()
        answered = future.result(10).topic_partitions
        return {p.error.code() if p.error else 0 for p in answered}

    def delete(self, group):
        """Returns the error code."""
        (future,) = self.admin.delete_consumer_groups([group]).values()
        try:
            future.result(10)
            return 0
        except confluent_kafka.KafkaException as error:
            return error.args[0].code()

    def close(self):
        pass


class KafkaPythonAdmin:
    name = "kafka-python"

    def __init__(self, broker):
        self.admin = kafka.KafkaAdminClient(bootstrap_servers=broker.address)

    def groups(self):
        return {g["group_id"]: g["group_state"].lower() for g in self.admin.list_groups()}

    def describe(self, group):
        found = self.admin.describe_groups([group])[group]
        places = []
        for member in found["members"]:
            for topic in (member["member_assignment"] or {}).get("assigned_partitions", []):
                places += [(topic["topic"], partition) for partition in topic["partitions"]]
        clients_ = [member["client_id"] for member in found["members"]]
        return found["group_state"].lower(), clients_, sorted(places)

    def offsets(self, group):
        found = self.admin.list_group_offsets({group: None})[group]
        return {(place.topic, place.partition): at.offset for place, at in found.items()}

    def reset(self, group, offsets):
        answered = self.admin.alter_group_offsets(group, {
            kafka.TopicPartition(*place): kafka.OffsetAndMetadata(to, "reset", -1)
            for place, to in offsets.items()
        })  # fmt: skip
        return {error.errno for error in answered.values()}

    def delete(self, group):
        name = self.admin.delete_groups([group])[group]
        return 0 if name == "OK" else getattr(kafka.errors, name).errno

    def delete_offsets(self, group, places):
        answered = self.admin.delete_group_offsets(
            group, [kafka.TopicPartition(*place) for place in places])
        return {(p.topic, p.partition): error.errno for p, error in answered.items()}

    def close(self):
        self.admin.close()


ADMINS = [ConfluentAdmin, KafkaPythonAdmin]


@pytest.fixture
def admin(request, broker):
    one = request.param(broker)
    yield one
    one.close()


@pytest.mark.parametrize("admin", ADMINS, ids=lambda kind: kind.name, indirect=True)
@pytest.mark.parametrize("kind", MEMBERS, ids=lambda kind: kind.name)
def test_offsets_are_reset_while_the_group_is_empty(broker, topic, admin, kind):
    name = topic(2)
    group = f"reset-{name}"
    for partition in range(2):
        clients.Confluent(broker).produce(
            name,
            [Record(partition, 0, FIRST_TIMESTAMP, None, b"%d" % n) for n in range(10)],
            partition=partition,
        )
    member = kind(broker, group, name)
    poll_until([member], lambda got: len(got) == 20, "records")
    member.commit()
    state, ids, places = admin.describe(group)
    assert state == "stable" and len(ids) == 1 and places == [(name, 0), (name, 1)]
    assert admin.groups()[group] == "stable"
    assert 0 not in admin.reset(group, {(name, 0): 3}), "members are there"
    assert admin.delete(group) == NON_EMPTY_GROUP
    member.close()

    assert admin.groups()[group] == "empty" and admin.describe(group)[0] == "empty"
    assert admin.offsets(group) == {(name, 0): 10, (name, 1): 10}
    assert admin.reset(group, {(name, 0): 3, (name, 1): 8}) == {0}
    again = kind(broker, group, name)
    got = poll_until([again], lambda got: len(got) >= 9, "records after the reset")
    assert sorted((p, o) for p, o, _ in got) == [(0, n) for n in range(3, 10)] + [(1, 8), (1, 9)]
    again.close()
    assert admin.delete(group) == 0
    assert admin.delete(group) == GROUP_ID_NOT_FOUND and group not in admin.groups()


@pytest.mark.parametrize("admin", [KafkaPythonAdmin], ids=lambda kind: kind.name, indirect=True)
def test_offsets_are_deleted_unless_they_are_read(broker, topic, admin):
    name, other = topic(), topic()
    group = f"offsets-{name}"
    assert admin.reset(group, {(name, 0): 0, (other, 0): 7}) == {0}
    member = MEMBERS[1](broker, group, name)
    poll_until([member], lambda _: member.assignment() == {0}, "assignment")
    assert admin.delete_offsets(group, [(name, 0), (other, 0)]) == {
        (name, 0): GROUP_SUBSCRIBED, (other, 0): 0}
    assert admin.offsets(group) == {(name, 0): 0}
    member.close()
    assert admin.delete_offsets(group, [(name, 0)]) == {(name, 0): 0}
    assert admin.offsets(group) == {}
