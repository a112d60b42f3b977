"""Who is in a share group (KIP-932), who reads what, and what administrators see of it."""

import subprocess
import sys

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient

from harness.broker import Broker
from harness.raw import RawClient
from harness.shares import delete_groups, describe, heartbeat, list_groups
from harness.waiting import wait_until
from harness.wire import compact_array_of, compact_string, good_batch, int8, int32, no_tags

NO_ERROR, INVALID_GROUP_ID, UNKNOWN_MEMBER = 0, 24, 25
INVALID_CONFIG, INVALID_REQUEST, NON_EMPTY, NOT_FOUND = 40, 42, 68, 69
MAX_SIZE_REACHED, FENCED_EPOCH = 81, 110
GROUP = 32  # the kind of config resource


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A broker whose share groups react fast and are small."""
    one = Broker(tmp_path_factory.mktemp("quick"), {
        "group.share.heartbeat.interval.ms": 200, "group.share.min.heartbeat.interval.ms": 200,
        "group.share.session.timeout.ms": 2000, "group.share.min.session.timeout.ms": 1000,
        "group.share.max.size": 4, "share.coordinator.state.topic.num.partitions": 4,
    })  # fmt: skip
    one.start()
    yield one
    one.stop()


@pytest.fixture
def raw(quick):
    with RawClient(quick.port) as client:
        yield client


@pytest.fixture
def fresh(raw, request):
    """Makes a topic named for the test; returns its name."""

    def make(name, partitions=1):
        name = f"{name}-{request.node.name.replace('[', '-').replace(']', '')}"
        assert raw.create_topic(name, partitions) == 0
        return name

    return make


def test_a_member_s_life(raw, fresh):
    name = fresh("t", 3)
    group = f"g-{name}"
    assert heartbeat(raw, group, "a", 0, [name]) == (NO_ERROR, 1, 200, [[0, 1, 2]])
    assert heartbeat(raw, group, "a", 1) == (NO_ERROR, 1, 200, None)
    assert heartbeat(raw, group, "a", 7)[0] == FENCED_EPOCH
    assert heartbeat(raw, group, "b", 1)[0] == UNKNOWN_MEMBER
    ((error, message, state, epochs, members),) = describe(raw, group)
    assert (error, message, state, epochs) == (NO_ERROR, None, "Stable", (1, 1))
    assert members == {"a": {"rack": None, "epoch": 1, "client": "raw", "topics": [name],
                             "has": {name: [0, 1, 2]}}}  # fmt: skip
    assert list_groups(raw, ["share"])[group] == ("share", "Stable", "share")
    assert group not in list_groups(raw, ["consumer", "classic"])
    assert delete_groups(raw, group) == [NON_EMPTY]
    assert heartbeat(raw, group, "a", -1)[:2] == (NO_ERROR, -1)
    assert describe(raw, group)[0][2:] == ("Empty", (2, 1), {})
    assert list_groups(raw)[group] == ("share", "Empty", "share")
    assert delete_groups(raw, group, group + "-absent") == [NO_ERROR, NOT_FOUND]
    assert group not in list_groups(raw)
    assert describe(raw, group)[0][:2] == (NOT_FOUND, f"Group {group} not found.")


def test_members_share_partitions(raw, fresh):
    name = fresh("t", 2)
    group = f"g-{name}"
    assert heartbeat(raw, group, "a", 0, [name])[3] == [[0, 1]]
    (only,) = heartbeat(raw, group, "b", 0, [name])[3]
    (rest,) = heartbeat(raw, group, "a", 1)[3]
    assert sorted(only + rest) == [0, 1]
    for newcomer in ("c", "d"):
        assert len(heartbeat(raw, group, newcomer, 0, [name])[3][0]) >= 1
    for member in ("a", "b", "c", "d"):
        epoch = describe(raw, group)[0][4][member]["epoch"]
        assert heartbeat(raw, group, member, epoch)[1] == 4
    members = describe(raw, group)[0][4]
    places = sorted(place for member in members.values() for place in member["has"][name])
    assert places == [0, 0, 1, 1]
    assert heartbeat(raw, group, "e", 0, [name])[0] == MAX_SIZE_REACHED


def test_topics_come_and_go(raw, fresh):
    later = "later-" + fresh("t")
    group = f"g-{later}"
    assert heartbeat(raw, group, "a", 0, [later]) == (NO_ERROR, 1, 200, [])
    assert raw.create_topic(later, 2) == 0
    assert heartbeat(raw, group, "a", 1) == (NO_ERROR, 2, 200, [[0, 1]])
    assert raw.delete_topic(later) == 0
    assert heartbeat(raw, group, "a", 2) == (NO_ERROR, 3, 200, [])


def test_a_silent_member_is_given_up(raw, fresh):
    name = fresh("t", 2)
    group = f"g-{name}"
    assert heartbeat(raw, group, "silent", 0, [name])[0] == NO_ERROR
    epoch = heartbeat(raw, group, "a", 0, [name])[1]

    def alone():
        nonlocal epoch
        error, epoch, _, _ = heartbeat(raw, group, "a", epoch)
        assert error == NO_ERROR
        return describe(raw, group)[0][4].keys() == {"a"}

    wait_until(alone, "the silent member to go")
    heartbeat(raw, group, "a", epoch)
    assert describe(raw, group)[0][4]["a"]["has"] == {name: [0, 1]}


def test_what_cannot_be_is_refused(raw, fresh):
    name = fresh("t")
    group = f"g-{name}"
    assert heartbeat(raw, "", "m", 0, [name])[0] == INVALID_REQUEST
    assert heartbeat(raw, group, "", 0, [name])[0] == INVALID_REQUEST
    assert heartbeat(raw, group, "m", 0)[0] == INVALID_REQUEST
    assert heartbeat(raw, group, "m", 0, [])[0] == INVALID_REQUEST
    assert heartbeat(raw, group, "m", -2)[0] == INVALID_REQUEST
    assert heartbeat(raw, group, "m", 0, [name], rack="")[0] == INVALID_REQUEST
    assert heartbeat(raw, group, "m", 1)[0] == NOT_FOUND
    assert heartbeat(raw, group, "m", -1)[0] == NOT_FOUND
    assert describe(raw, "")[0][0] == INVALID_GROUP_ID
    assert group not in list_groups(raw)


def test_share_groups_and_others_keep_apart(quick, raw, fresh):
    name = fresh("t")
    share, other = f"share-{name}", f"other-{name}"
    assert heartbeat(raw, share, "m", 0, [name])[0] == NO_ERROR
    # librdkafka wraps what it cannot go on after.
    refusals = {"classic": "Inconsistent group protocol", "consumer": "group id does not exist"}
    for protocol, words in refusals.items():
        errors = []
        consumer = confluent_kafka.Consumer({
            "bootstrap.servers": quick.address, "group.id": share, "group.protocol": protocol,
            "error_cb": errors.append})  # fmt: skip
        consumer.subscribe([name])

        def refused():
            heartbeat(raw, share, "m", 1)
            message = consumer.poll(0.1)
            if message is not None and message.error():
                errors.append(message.error())
            return any(words in str(error) for error in errors)

        wait_until(refused, f"a refusal of the {protocol} protocol")
        consumer.close()
    committer = confluent_kafka.Consumer({"bootstrap.servers": quick.address, "group.id": share})
    with pytest.raises(confluent_kafka.KafkaException) as caught:
        committer.commit(offsets=[confluent_kafka.TopicPartition(name, 0, 1)], asynchronous=False)
    assert caught.value.args[0].code() == NOT_FOUND
    committer.close()

    committer = confluent_kafka.Consumer({"bootstrap.servers": quick.address, "group.id": other})
    committer.commit(offsets=[confluent_kafka.TopicPartition(name, 0, 1)], asynchronous=False)
    committer.close()
    assert heartbeat(raw, other, "m", 0, [name])[0] == NOT_FOUND
    assert describe(raw, other)[0][:2] == (NOT_FOUND, f"Group {other} is not a share group.")
    admin = AdminClient({"bootstrap.servers": quick.address})
    listed = {g.group_id: g.state.name for g in admin.list_consumer_groups().result(10).valid}
    assert other in listed


def test_a_group_has_configs_of_its_own(raw, fresh):
    name = fresh("t")
    group = f"g-{name}"
    set_to = lambda configs: raw.alter_configs(GROUP, group, configs)  # noqa: E731
    assert set_to({"share.heartbeat.interval.ms": 100}) == INVALID_CONFIG
    assert set_to({"share.session.timeout.ms": 60_001}) == INVALID_CONFIG
    assert set_to({"share.auto.offset.reset": "by_duration:1"}) == INVALID_CONFIG
    assert set_to({"share.session.timeout.ms": 5000, "share.heartbeat.interval.ms": 700,
                   "share.auto.offset.reset": "earliest"}) == NO_ERROR  # fmt: skip
    assert heartbeat(raw, group, "a", 0, [name])[2] == 700


def find_coordinator(raw, kind, key):
    """FindCoordinator 6; returns (error, node)."""
    body = int8(kind) + compact_array_of(1) + compact_string(key) + no_tags
    answer = raw.call(10, 6, body, flexible=True)
    answer.int32()
    assert answer.varint() == 2 and answer.compact_string() == key
    node = answer.int32()
    answer.compact_string()
    answer.int32()
    return answer.int16(), node


def test_share_partitions_have_a_coordinator(raw):
    assert find_coordinator(raw, 2, "g:AAAAAAAAAAEAAAAAAAAAAg:0") == (NO_ERROR, 1)
    assert find_coordinator(raw, 2, "g") == (INVALID_REQUEST, -1)


def test_members_stay_members_after_a_kill_of_the_broker(make_broker):
    broker = make_broker().start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", 2) == 0
        heartbeat(raw, "g", "a", 0, ["t"])
        heartbeat(raw, "g", "b", 0, ["t"])
        heartbeat(raw, "g", "a", 1)
        heartbeat(raw, "gone", "a", 0, ["t"])
        heartbeat(raw, "gone", "a", -1)
        assert delete_groups(raw, "gone") == [NO_ERROR]
        before = describe(raw, "g")
    broker.kill()
    broker.start()
    with RawClient(broker.port) as raw:
        wait_until(lambda: describe(raw, "g") == before, "the group as it was")
        assert heartbeat(raw, "g", "a", 2) == (NO_ERROR, 2, 5000, None)
        assert "gone" not in list_groups(raw)
    broker.stop()


# The client that there is: librdkafka's share consumer.

CODE = """
import sys
import confluent_kafka
address, group, topic = sys.argv[1:]
consumer = confluent_kafka.ShareConsumer({"bootstrap.servers": address, "group.id": group})
consumer.subscribe([topic])
while True:
    consumer.poll(0.1)
"""


class ShareMember:
    """A confluent-kafka share consumer in a process of its own, so that it can be killed."""

    def __init__(self, broker, group, topic):
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE, broker.address, group, topic])  # fmt: skip

    def kill(self):
        self.process.kill()
        self.process.wait()


def shares(raw, group, topic):
    """How many partitions each member has."""
    ((error, _, _, _, members),) = describe(raw, group)
    assert error in (NO_ERROR, NOT_FOUND)
    return sorted(len(member["has"].get(topic, [])) for member in members.values())


def test_share_consumers_join_leave_and_die(quick, raw, fresh):
    name = fresh("t", 4)
    group = f"g-{name}"
    consumer = confluent_kafka.ShareConsumer(
        {"bootstrap.servers": quick.address, "group.id": group})  # fmt: skip
    child = None
    try:
        consumer.subscribe([name])

        def have(*expected):
            def check():
                consumer.poll(0.05)
                return shares(raw, group, name) == list(expected)

            return check

        wait_until(have(4), "the first member")
        child = ShareMember(quick, group, name)
        wait_until(have(2, 2), "two members")
        child.kill()
        child = None
        wait_until(have(4), "the killed member to be given up")
        consumer.close()
        wait_until(lambda: describe(raw, group)[0][2] == "Empty", "the group to empty")
    finally:
        if child is not None:
            child.kill()


@pytest.fixture
def consumers(quick, raw):
    """Makes share consumers that are closed after the test, in groups that begin at the start."""
    made = []

    def make(group, topic, count):
        assert raw.alter_configs(GROUP, group, {"share.auto.offset.reset": "earliest"}) == NO_ERROR
        for _ in range(count):
            one = confluent_kafka.ShareConsumer(
                {"bootstrap.servers": quick.address, "group.id": group})  # fmt: skip
            made.append(one)
            one.subscribe([topic])
        return made[-count:]

    yield make
    for one in made:
        one.close()


def poll(consumer, timeout=0.05):
    """Returns the values of one poll; errors fail the test."""
    messages = list(consumer.poll(timeout))
    for message in messages:
        assert message.error() is None, message.error()
    return [message.value() for message in messages]


def produce(raw, topic, first, count, partitions=1):
    """Produces numbered values in turn to all partitions; returns them."""
    values = [b"%d" % n for n in range(first, first + count)]
    for partition in range(partitions):
        batch = good_batch(*values[partition::partitions])
        assert raw.produce(topic, batch, partition)[0] == NO_ERROR
    return values


def gather(members, count):
    """Polls in turn until so many records came; returns the values of each member."""
    got = [[] for _ in members]

    def enough():
        for member, values in zip(members, got):
            values += poll(member)
        return sum(map(len, got)) >= count

    wait_until(enough, f"{count} records")
    return got


def test_every_record_goes_to_one_of_three_consumers(raw, fresh, consumers):
    name = fresh("t", 4)
    group = f"g-{name}"
    members = consumers(group, name, 3)

    def all_there():
        for member in members:
            assert poll(member) == []
        return shares(raw, group, name) == [1, 1, 2]

    wait_until(all_there, "three members")
    sent = produce(raw, name, 0, 300, 4)
    got = gather(members, 300)
    assert sorted(value for values in got for value in values) == sorted(sent)
    assert all(got), "each has partitions"
    for member in members:
        for place, error in member.commit_sync(timeout=10.0).items():
            assert error is None, (place, error)
    (late,) = consumers(group, name, 1)
    more = produce(raw, name, 300, 4, 4)
    got = gather([*members, late], 4)
    assert sorted(value for values in got for value in values) == sorted(more)


def test_one_partition_serves_several_consumers(raw, fresh, consumers):
    name = fresh("t")
    members = consumers(f"g-{name}", name, 3)
    sent = []
    served = set()

    def all_served():
        first = len(sent)
        sent.extend(produce(raw, name, first, 5))
        got = gather(members, 5)
        assert sorted(value for values in got for value in values) == sorted(sent[first:])
        served.update(index for index, values in enumerate(got) if values)
        return len(served) == 3

    wait_until(all_served, "records for each of three members of one partition")
