"""Groups of the consumer protocol (KIP-848) with librdkafka, also mixed with classic members."""

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient

from harness import clients
from harness.children import ChildMember
from harness.raw import RawClient
from harness.waiting import wait_until
from test_groups import (
    PARTITIONS,
    ConfluentMember,
    KafkaPythonMember,
    poll_until,
    produce,
    run_group,
    shares_are,
    values_of,
)


class ConsumerMember(ConfluentMember):
    """librdkafka with group.protocol=consumer."""

    def __init__(self, broker, group, topic, on_revoke=lambda *_: None, **more):
        self.topic = topic
        self.consumer = clients.Confluent(broker).consumer(**{
            "group.id": group, "auto.offset.reset": "earliest", "group.protocol": "consumer",
            **more,
        })  # fmt: skip
        self.consumer.subscribe([topic], on_revoke=on_revoke)

    def topics(self):
        return {place.topic for place in self.consumer.assignment()}


def config_of(broker, group, **more):
    return {"bootstrap.servers": broker.address, "group.id": group,
            "auto.offset.reset": "earliest", "enable.auto.commit": False, **more}  # fmt: skip


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A broker whose groups of the consumer protocol react fast."""
    from harness.broker import Broker

    one = Broker(tmp_path_factory.mktemp("quick"), {
        "group.consumer.heartbeat.interval.ms": 200, "group.consumer.session.timeout.ms": 3000,
        "group.consumer.min.heartbeat.interval.ms": 200,
        "group.consumer.min.session.timeout.ms": 3000,
        "group.min.session.timeout.ms": 1000,
    })  # fmt: skip
    one.start()
    yield one
    one.stop()


@pytest.fixture
def fresh(quick, request):
    """Makes topics on the quick broker."""

    def make(name, partitions=PARTITIONS):
        name = f"{name}-{request.node.name.replace('[', '-').replace(']', '')}"
        with RawClient(quick.port) as raw:
            assert raw.create_topic(name, partitions) == 0
        return name

    return make


def group_types(broker):
    admin = AdminClient({"bootstrap.servers": broker.address})
    listed = admin.list_consumer_groups().result(10)
    assert not listed.errors, listed.errors
    return {g.group_id: (g.type.name.lower(), g.state.name.lower()) for g in listed.valid}


def test_rebalance(quick, fresh):
    name = fresh("t")
    group = run_group(quick, name, ConsumerMember, ConsumerMember)
    wait_until(lambda: group_types(quick)[group] == ("consumer", "empty"), "the group to empty")
    admin = AdminClient({"bootstrap.servers": quick.address})
    admin.delete_consumer_groups([group])[group].result(10)
    assert group not in group_types(quick)


@pytest.mark.parametrize("assignor", ["uniform", "range"])
def test_server_side_assignors(quick, fresh, assignor):
    names = [fresh("a"), fresh("b")]
    members = []
    for _ in range(2):
        member = ConsumerMember(quick, f"by-{assignor}", names[0], **{
            "group.remote.assignor": assignor})  # fmt: skip
        member.consumer.subscribe(names)
        members.append(member)
    try:
        def shares():
            return [sorted((p.topic, p.partition) for p in m.consumer.assignment())
                    for m in members]  # fmt: skip

        def are_fair(_):
            one, two = shares()
            return len(one) == len(two) == PARTITIONS and not set(one) & set(two)

        poll_until(members, are_fair, "two fair shares")
        if assignor == "range":
            for share in shares():
                numbers = [[p for topic, p in share if topic == name] for name in names]
                assert numbers[0] == numbers[1] in ([0, 1], [2, 3])
    finally:
        for member in members:
            member.close()


def test_a_killed_member_is_replaced(quick, fresh):
    name = fresh("t")
    sent = produce(quick, name, 0, 40)
    child = ChildMember(name, config_of(quick, "killed", **{"group.protocol": "consumer"}))
    member = None
    try:
        child.wait_assignment(lambda places: len(places) == PARTITIONS)
        member = ConsumerMember(quick, "killed", name)
        poll_until([member], lambda _: len(member.assignment()) == 2, "a share")
        child.kill()
        got = poll_until([member], lambda g: values_of(g) == sent, "the other share")
        assert member.assignment() == set(range(PARTITIONS)) and len(got) == 40
    finally:
        child.kill()
        if member:
            member.close()


def test_regular_expressions(quick, fresh):
    first = fresh("regex-one", 1)
    fresh("other", 1)
    member = ConsumerMember(quick, "regex", "^regex-.*test_regular.*")
    try:
        poll_until([member], lambda _: member.topics() == {first}, "the first topic")
        second = fresh("regex-two", 1)
        poll_until([member], lambda _: member.topics() == {first, second}, "the second topic")
        with RawClient(quick.port) as raw:
            assert raw.delete_topic(first) == 0
        poll_until([member], lambda _: member.topics() == {second}, "the first topic to go")
    finally:
        member.close()


def test_a_bad_regular_expression_is_refused(quick):
    # What librdkafka's own engine takes and RE2 does not.
    member = ConsumerMember(quick, "bad-regex", "^(a)\\1")
    try:
        def refused():
            message = member.consumer.poll(0.2)
            return message is not None and "expression is not valid" in str(message.error())

        wait_until(refused, "INVALID_REGULAR_EXPRESSION")
    finally:
        member.close()


def test_more_partitions_are_given_out(quick, fresh):
    name = fresh("t", 1)
    member = ConsumerMember(quick, f"grows-{name}", name)
    try:
        poll_until([member], lambda _: member.assignment() == {0}, "one partition")
        admin = AdminClient({"bootstrap.servers": quick.address})
        wish = confluent_kafka.admin.NewPartitions(name, 3)
        admin.create_partitions([wish])[name].result(10)
        poll_until([member], lambda _: member.assignment() == {0, 1, 2}, "three partitions")
    finally:
        member.close()


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_static_member_keeps_its_share(quick, fresh, protocol):
    """It goes and comes back under its name: nobody else's share changes."""
    name = fresh("t")
    group = f"static-{name}"
    classic = {} if protocol == "consumer" else {
        "session.timeout.ms": 6000, "heartbeat.interval.ms": 300}  # fmt: skip

    changes = []

    def make(instance):
        return ConsumerMember(
            quick, group, name, on_revoke=lambda _, places: changes.append((instance, places)),
            **{"group.protocol": protocol, "group.instance.id": instance, **classic},
        )  # fmt: skip

    one, two = make("one"), make("two")
    members = [one, two]
    try:
        fair = shares_are(2, 2)
        poll_until(members, lambda _: fair(members), "two shares")
        had, others = one.assignment(), two.assignment()
        members.remove(one)
        one.close()
        changes.clear()
        one = make("one")
        members.append(one)
        poll_until(members, lambda _: len(one.assignment()) == 2, "its share")
        assert one.assignment() == had and two.assignment() == others and not changes
    finally:
        for member in members:
            member.close()


@pytest.mark.parametrize("kind", [
    lambda *a: ConfluentMember(*a, strategy="cooperative-sticky"), ConfluentMember,
    KafkaPythonMember,
], ids=["cooperative", "eager", "kafka-python"])  # fmt: skip
def test_a_group_changes_protocol_while_it_works(quick, fresh, kind):
    """Members of the classic protocol, then mixed, then of the consumer protocol, and back."""
    name = fresh("t")
    group = f"changes-{name}"
    sent = produce(quick, name, 0, 40)
    old = kind(quick, group, name)
    members = [old]
    try:
        got = poll_until(members, lambda g: len(g) >= 40, "records")
        assert values_of(got) == sent
        old.commit()
        assert group_types(quick)[group] == ("classic", "stable")

        new = ConsumerMember(quick, group, name)
        members.append(new)
        two = shares_are(2, 2)
        got = poll_until(members, lambda _: two(members), "shares in a mixed group")
        assert got == [], "committed records came again"
        assert group_types(quick)[group][0] == "consumer"
        sent = produce(quick, name, 40, 40)
        got = poll_until(members, lambda g: len(values_of(g)) >= 40, "records for both")
        assert values_of(got) == sent and len(got) == 40
        for member in members:
            member.commit()

        members.remove(new)
        new.close()
        poll_until(members, lambda _: len(old.assignment()) == PARTITIONS, "the classic group")
        wait_until(lambda: old.poll() == [] and group_types(quick)[group] == ("classic", "stable"),
                   "the classic group to settle")  # fmt: skip

        new = ConsumerMember(quick, group, name)
        members.append(new)
        poll_until(members, lambda _: two(members), "a mixed group again")
        members.remove(old)
        old.close()
        poll_until(members, lambda _: len(new.assignment()) == PARTITIONS, "all for the new one")
        sent = produce(quick, name, 80, 40)
        got = poll_until(members, lambda g: len(values_of(g)) >= 40, "records for the new one")
        assert values_of(got) == sent and len(got) == 40
    finally:
        for member in members:
            member.close()


def test_a_group_goes_on_after_a_kill_of_the_broker(make_broker):
    broker = make_broker({
        "group.consumer.heartbeat.interval.ms": 200,
        "group.consumer.min.heartbeat.interval.ms": 200,
    }).start()  # fmt: skip
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", PARTITIONS) == 0
    members = [ConsumerMember(broker, "g", "t"), ConsumerMember(broker, "g", "t")]
    try:
        two = shares_are(2, 2)
        poll_until(members, lambda _: two(members), "two shares")
        had = [member.assignment() for member in members]
        broker.kill()
        broker.start()
        sent = produce(broker, "t", 0, 40)
        got = poll_until(members, lambda g: len(values_of(g)) >= 40, "records after the kill")
        assert values_of(got) == sent and len(got) == 40
        assert [member.assignment() for member in members] == had
        for member in members:
            member.commit()
    finally:
        for member in members:
            member.close()
    broker.stop()


def test_cooperative_members_come_go_and_are_killed(quick, fresh):
    """The classic protocol's cooperative rebalance: who stays keeps reading."""
    name = fresh("t")
    group = f"cooperative-{name}"
    child = ChildMember(name, config_of(quick, group, **{
        "partition.assignment.strategy": "cooperative-sticky", "session.timeout.ms": 2000,
        "heartbeat.interval.ms": 300}))  # fmt: skip
    member = None
    try:
        child.wait_assignment(lambda places: len(places) == PARTITIONS)
        revoked = []
        member = ConsumerMember(
            quick, group, name, on_revoke=lambda _, places: revoked.extend(places),
            **{"group.protocol": "classic", "partition.assignment.strategy": "cooperative-sticky",
               "session.timeout.ms": 6000, "heartbeat.interval.ms": 300},
        )  # fmt: skip
        poll_until([member], lambda _: len(member.assignment()) == 2, "a share")
        child.kill()
        poll_until([member], lambda _: len(member.assignment()) == PARTITIONS, "the other share")
        assert not revoked, "a cooperative member lost what it had"
    finally:
        child.kill()
        if member:
            member.close()
