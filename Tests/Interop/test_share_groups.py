"""Share groups (KIP-932): what members acquire, acknowledge and give back, in both tiers."""

import pytest

from harness import wire
from harness.broker import Broker
from harness.raw import RawClient
from harness.share_fetch import ACCEPT, GAP, REJECT, RELEASE, RENEW, ShareMember, topic_id

INVALID_REQUEST, UNKNOWN_TOPIC_ID = 42, 100
INVALID_RECORD_STATE, NO_SESSION, BAD_EPOCH, TOO_MANY = 121, 122, 123, 133
LOCK = 1500

# Locks run out within the length of a test.
QUICK = {
    "group.share.record.lock.duration.ms": LOCK, "group.share.min.record.lock.duration.ms": 1000,
    "share.coordinator.state.topic.num.partitions": 4,
}


@pytest.fixture(scope="module")
def sharing(tmp_path_factory):
    """A broker whose record locks run out soon."""
    one = Broker(tmp_path_factory.mktemp("sharing"), QUICK).start()
    yield one
    one.stop()


@pytest.fixture
def open_member():
    """Opens members, each on a connection of its own."""
    opened = []

    def open_one(broker, group, timeout=20.0):
        raw = RawClient(broker.port, timeout)
        opened.append(raw)
        return ShareMember(raw, group)

    yield open_one
    for raw in opened:
        raw.close()


def make_topic(broker, name, partitions=1, **configs):
    """Makes a topic and returns its id."""
    with RawClient(broker.port) as raw:
        settings = {key.replace("_", "."): value for key, value in configs.items()}
        assert raw.create_topic(name, partitions, settings) == 0
        return topic_id(raw, name)


def produce(broker, name, *batches, partition=0):
    """Produces batches of as many records as each number says."""
    with RawClient(broker.port) as raw:
        for count in batches:
            values = [b"v%d" % n for n in range(count)]
            assert raw.produce(name, wire.good_batch(*values), partition)[0] == 0


def start_group(member, *places):
    """Opens the session, which is where the group begins (latest)."""
    answer = member.fetch(places, wait=0)
    assert answer.error == 0
    # The beginning is durable when a fetch has waited for it.
    member.fetch(wait=50)


def test_a_record_belongs_to_one_member_until_it_is_acknowledged(sharing, open_member):
    place = make_topic(sharing, "one-member"), 0
    a, b = open_member(sharing, "one-member"), open_member(sharing, "one-member")
    start_group(a, place)
    produce(sharing, "one-member", 4, 4)
    got = a.fetch(max_records=4)
    assert got.lock == LOCK
    assert got.parts[place].acquired == [(0, 3, 1)]
    other = b.fetch([place])
    assert other.parts[place].acquired == [(4, 7, 1)]
    assert b.acknowledge({place: [(0, 3, ACCEPT)]}) == (0, {place: INVALID_RECORD_STATE})
    assert b.acknowledge({place: [(4, 7, [ACCEPT, RELEASE, REJECT, GAP])]}) == (0, {place: 0})
    # Piggy-backed; what the other gave back comes with it.
    again = a.fetch(acks={place: [(0, 3, ACCEPT)]})
    assert again.parts[place].ack_error == 0
    assert again.parts[place].acquired == [(5, 5, 2)]
    assert a.acknowledge({place: [(5, 5, ACCEPT)]}) == (0, {place: 0})
    assert a.fetch(wait=0).parts == {}
