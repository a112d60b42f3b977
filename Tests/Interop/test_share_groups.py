"""Share groups (KIP-932): what members acquire, acknowledge and give back, in both tiers."""

import subprocess
import sys
import time

import confluent_kafka
import pytest
from confluent_kafka import AcknowledgeType

from harness import clients, records, wire
from harness.broker import Broker
from harness.fetching import topic_id
from harness.raw import RawClient
from harness.share_fetch import (
    ACCEPT,
    GAP,
    REJECT,
    RELEASE,
    RENEW,
    ShareMember,
    alter_offsets,
    delete_offsets,
    describe_offsets,
)
from harness.shares import delete_groups, heartbeat
from harness.tiers import Tiers, wait_local_deleted, wait_settled
from harness.transactions import ConfluentTransactions
from harness.waiting import wait_until

INVALID_REQUEST, NON_EMPTY, NOT_FOUND, UNKNOWN_TOPIC_ID = 42, 68, 69, 100
INVALID_RECORD_STATE, NO_SESSION, BAD_EPOCH, TOO_MANY = 121, 122, 123, 133
LOCK = 1500

# Locks run out within the length of a test.
QUICK = {
    "group.share.record.lock.duration.ms": LOCK, "group.share.min.record.lock.duration.ms": 1000,
    "share.coordinator.state.topic.num.partitions": 4,
}

# Members are told to come soon.
REACTIVE = {
    **QUICK,
    "group.share.heartbeat.interval.ms": 200, "group.share.min.heartbeat.interval.ms": 200,
    "group.share.session.timeout.ms": 3000, "group.share.min.session.timeout.ms": 1000,
}  # fmt: skip


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
        return topic_id(raw, name).bytes


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


def test_sessions_have_numbers(sharing, open_member):
    place = make_topic(sharing, "sessions"), 0
    a = open_member(sharing, "sessions")
    assert a.fetch(epoch=3).error == NO_SESSION
    assert a.acknowledge({}, epoch=3)[0] == NO_SESSION
    assert a.fetch(epoch=-1).error == NO_SESSION
    assert a.fetch([place], {place: [(0, 0, ACCEPT)]}, epoch=0).error == INVALID_REQUEST
    assert a.fetch([place], wait=0).error == 0
    assert a.acknowledge({}, epoch=0)[0] == BAD_EPOCH
    assert a.fetch(epoch=7, wait=0).error == BAD_EPOCH
    assert a.acknowledge({}, epoch=7)[0] == BAD_EPOCH
    assert a.fetch(wait=0).error == 0 and a.acknowledge({})[0] == 0
    # A partition that leaves the session is not fetched any more.
    produce(sharing, "sessions", 3)
    assert a.fetch(forget=[place], wait=0).parts == {}
    assert a.fetch(wait=0).parts == {}
    assert a.fetch([place]).parts[place].offsets == [0, 1, 2]
    assert a.fetch(epoch=-1).error == 0
    assert a.fetch(epoch=8, wait=0).error == NO_SESSION
    a.group = ""
    assert a.fetch(epoch=0).error == INVALID_REQUEST


def test_the_end_of_a_session_gives_records_back(sharing, open_member):
    place = make_topic(sharing, "closing"), 0
    a, b, c, d = (open_member(sharing, "closing") for _ in range(4))
    start_group(a, place)
    for other in (b, c, d):
        other.fetch([place], wait=0)
    produce(sharing, "closing", 4)
    assert a.fetch().parts[place].acquired == [(0, 3, 1)]
    # Acknowledged with the last request; what is left counts as not delivered.
    assert a.fetch(acks={place: [(0, 0, ACCEPT)]}, epoch=-1).parts[place].ack_error == 0
    assert b.fetch().parts[place].acquired == [(1, 3, 1)]
    assert b.acknowledge({place: [(1, 1, ACCEPT)]}, epoch=-1) == (0, {place: 0})
    assert c.fetch().parts[place].acquired == [(2, 3, 1)]
    c.raw.close()
    assert d.fetch(wait=10_000).parts[place].acquired == [(2, 3, 1)]
    assert d.raw.socket.gettimeout() > 10


def test_sessions_are_limited(make_broker, open_member):
    broker = make_broker({**QUICK, "group.share.max.share.sessions": 1}).start()
    place = make_topic(broker, "limited"), 0
    a, b = open_member(broker, "limited"), open_member(broker, "limited")
    assert a.fetch([place], wait=0).error == 0
    assert b.fetch([place], wait=0).error == TOO_MANY
    assert a.fetch(epoch=-1).error == 0
    assert b.fetch([place], wait=0).error == 0


def test_a_lock_that_runs_out_wakes_who_waits(sharing, open_member, clock):
    place = make_topic(sharing, "locks"), 0
    a, b = open_member(sharing, "locks"), open_member(sharing, "locks")
    start_group(a, place)
    b.fetch([place], wait=0)
    produce(sharing, "locks", 3)
    assert a.fetch().parts[place].acquired == [(0, 2, 1)]
    began = clock()
    assert b.fetch(wait=15_000).parts[place].acquired == [(0, 2, 2)]
    assert LOCK / 1000 - 0.2 < clock() - began < 10
    assert a.acknowledge({place: [(0, 2, ACCEPT)]}) == (0, {place: INVALID_RECORD_STATE})
    assert b.acknowledge({place: [(0, 2, ACCEPT)]}) == (0, {place: 0})


def test_a_lock_can_be_renewed(sharing, open_member, clock):
    place = make_topic(sharing, "renewing"), 0
    a, b = open_member(sharing, "renewing"), open_member(sharing, "renewing")
    start_group(a, place)
    b.fetch([place], wait=0)
    produce(sharing, "renewing", 2)
    assert a.fetch().parts[place].acquired == [(0, 1, 1)]
    renewal = {place: [(0, 1, RENEW)]}
    assert a.acknowledge(renewal) == (0, {place: INVALID_REQUEST}), "it does not say so"
    assert a.fetch(acks=renewal, renew=True).error == INVALID_REQUEST, "it wants records too"
    began = clock()
    while clock() - began < 2 * LOCK / 1000:
        answer = a.fetch(
            acks=renewal, renew=True, wait=0, min_bytes=0, max_bytes=0, max_records=0)
        assert answer.parts[place].ack_error == 0 and answer.lock == LOCK
        assert b.fetch(wait=100).parts == {}
    assert a.acknowledge(renewal, renew=True) == (0, {place: 0})
    assert a.acknowledge({place: [(0, 1, ACCEPT)]}) == (0, {place: 0})


def test_a_record_is_delivered_as_often_as_the_limit_says(sharing, open_member):
    place = make_topic(sharing, "deliveries"), 0
    a = open_member(sharing, "deliveries")
    start_group(a, place)
    produce(sharing, "deliveries", 2)
    for count in range(1, 6):
        assert a.fetch().parts[place].acquired == [(0, 1, count)]
        assert a.acknowledge({place: [(0, 1, RELEASE)]}) == (0, {place: 0})
    assert a.fetch(wait=100).parts == {}
    produce(sharing, "deliveries", 1)
    assert a.fetch().parts[place].acquired == [(2, 2, 1)]


def test_how_much_is_acquired(sharing, open_member):
    place = make_topic(sharing, "amounts"), 0
    a = open_member(sharing, "amounts")
    start_group(a, place)
    produce(sharing, "amounts", 4, 4, 4, 4, 4)
    whole = a.fetch(max_records=5, batch_size=4).parts[place]
    assert whole.acquired == [(0, 3, 1), (4, 7, 1)]
    assert whole.records.count(b"v3") == 2 and len(whole.records) < 300, "only what is acquired"
    strict = a.fetch(max_records=5, strict=True).parts[place]
    assert strict.acquired == [(8, 12, 1)]
    assert a.fetch(max_records=2, strict=True).parts[place].acquired == [(13, 14, 1)]
    # Without room for a batch one is given nevertheless.
    assert a.fetch(max_bytes=1).parts[place].acquired == [(15, 15, 1)]
    assert a.fetch(max_records=0, wait=0).parts == {}
    assert a.fetch().parts[place].acquired == [(16, 19, 1)]


def test_locks_of_a_partition_are_limited(make_broker, open_member):
    broker = make_broker({**QUICK, "group.share.partition.max.record.locks": 100}).start()
    place = make_topic(broker, "window"), 0
    a = open_member(broker, "window")
    start_group(a, place)
    produce(broker, "window", *[30] * 5)
    assert a.fetch(batch_size=1000).parts[place].acquired == [(0, 119, 1)]
    assert a.fetch(wait=50).parts == {}
    assert a.acknowledge({place: [(30, 119, ACCEPT)]}) == (0, {place: 0})
    assert a.fetch(wait=50).parts == {}, "the first is not done with"
    assert a.acknowledge({place: [(0, 29, ACCEPT)]}) == (0, {place: 0})
    assert a.fetch().parts[place].acquired == [(120, 149, 1)]


def test_a_fetch_waits_for_bytes_and_for_records(sharing, open_member, clock):
    # Local: what has settled meanwhile is read in the background, and a fetch's time is not longer.
    place = make_topic(sharing, "waiting", remote_storage_enable="false"), 0
    a, b = open_member(sharing, "waiting"), open_member(sharing, "waiting")
    start_group(a, place)
    b.fetch([place], wait=0)
    began = clock()
    assert a.fetch(wait=300).parts == {}
    assert 0.25 < clock() - began < 5
    # Nobody asks again: the records wake the fetch.
    send(a, wait=20_000)
    produce(sharing, "waiting", 2)
    began = clock()
    assert receive(a).parts[place].acquired == [(0, 1, 1)]
    assert clock() - began < 5
    send(b, wait=20_000)
    assert a.acknowledge({place: [(0, 1, RELEASE)]}) == (0, {place: 0})
    assert receive(b).parts[place].acquired == [(0, 1, 2)]
    produce(sharing, "waiting", 2)
    began = clock()
    send(b, wait=400, min_bytes=100_000)
    assert receive(b).parts[place].acquired == [(2, 3, 1)]
    assert clock() - began > 0.35, "there were not as many bytes"
    send(b, wait=20_000, min_bytes=150)
    produce(sharing, "waiting", 2)
    produce(sharing, "waiting", 2)
    assert receive(b).parts[place].offsets == [4, 5, 6, 7]


def send(member, **more):
    """Sends a fetch without reading its answer, which `receive` does."""
    call, member.raw.call = member.raw.call, Later(member.raw)
    try:
        member.fetch(**more)
    except Later.Sent:
        pass
    finally:
        member.raw.call = call


def receive(member):
    answer = wire.Reader(member.raw.receive_frame())
    assert answer.int32() == member.raw.correlation
    answer.tags()
    found = member._read_fetch(answer)
    member.epoch += 1
    return found


class Later:
    """Stands in for RawClient.call and only sends."""

    class Sent(Exception):
        pass

    def __init__(self, raw):
        self.raw = raw

    def __call__(self, key, version, body, flexible=False):
        self.raw.correlation += 1
        self.raw.send_frame(
            wire.header(key, version, self.raw.correlation, flexible, self.raw.client) + body)
        raise Later.Sent


def test_where_a_group_begins(sharing, open_member):
    name = "beginnings"
    place = make_topic(sharing, name), 0
    now = 1_700_000_000_000
    with RawClient(sharing.port) as raw:
        today = int(time.time() * 1000)
        assert raw.produce(name, wire.good_batch(b"old", timestamp=now))[0] == 0
        assert raw.produce(name, wire.good_batch(b"young", timestamp=today - 3_600_000))[0] == 0
        for group, reset in [("from-start", "earliest"), ("from-day", "by_duration:PT2H")]:
            assert raw.alter_configs(32, group, {"share.auto.offset.reset": reset}) == 0
    for group, first in [("from-start", 0), ("from-day", 1)]:
        member = open_member(sharing, group)
        member.fetch([place], wait=0)
        assert member.fetch(wait=5000).parts[place].acquired[0][0] == first
    latest = open_member(sharing, "from-end")
    start_group(latest, place)
    produce(sharing, name, 1)
    assert latest.fetch().parts[place].acquired == [(2, 2, 1)]


def test_what_is_not_there_and_what_makes_no_sense(sharing, open_member):
    place = make_topic(sharing, "nonsense"), 0
    a = open_member(sharing, "nonsense")
    missing, beyond = (bytes(15) + b"\7", 0), (place[0], 9)
    answer = a.fetch([place, missing, beyond], wait=0)
    assert answer.parts[missing].error == UNKNOWN_TOPIC_ID
    assert answer.parts[beyond].error == 3
    assert a.acknowledge({place: [(0, 0, ACCEPT)]})[1][place] != 0
    a.fetch(forget=[missing, beyond], wait=50)
    produce(sharing, "nonsense", 5)
    assert a.fetch().parts[place].acquired == [(0, 4, 1)]
    for bad in (
        [(2, 1, ACCEPT)], [(0, 1, [ACCEPT] * 3)], [(0, 1, [])], [(0, 0, 9)], [(0, 0, -1)],
        [(0, 1, ACCEPT), (1, 2, ACCEPT)], [(3, 3, ACCEPT), (1, 1, ACCEPT)], [(0, 0, RENEW)],
        [(0, 400, ACCEPT)], [(0, (1 << 63) - 1, ACCEPT)],
    ):  # fmt: skip
        assert a.acknowledge({place: bad}) == (0, {place: INVALID_REQUEST}), bad
    assert a.acknowledge({missing: [(0, 0, ACCEPT)]}) == (0, {missing: UNKNOWN_TOPIC_ID})
    assert a.acknowledge({beyond: [(0, 0, ACCEPT)]}) == (0, {beyond: 3})
    assert a.acknowledge({place: [(0, 4, ACCEPT)]}) == (0, {place: 0})


def test_a_killed_broker_knows_what_was_acknowledged(make_broker, open_member):
    broker = make_broker({**QUICK, "share.coordinator.snapshot.update.records.per.snapshot": 3})
    broker.start()
    topic = make_topic(broker, "killed", 2)
    places = [(topic, partition) for partition in range(2)]
    a = open_member(broker, "killed")
    start_group(a, *places)
    for partition in range(2):
        produce(broker, "killed", 10, partition=partition)
    got = a.fetch(max_records=1000)
    assert {place: part.offsets for place, part in got.parts.items()} == {
        place: list(range(10)) for place in places}
    for offset in (0, 2, 4, 6, 8):
        assert a.acknowledge({places[0]: [(offset, offset, ACCEPT)]})[1] == {places[0]: 0}
    assert a.acknowledge({places[0]: [(3, 3, REJECT)]})[1] == {places[0]: 0}
    assert a.acknowledge({places[1]: [(0, 4, RELEASE)]})[1] == {places[1]: 0}
    broker.kill()
    broker.start()
    b = open_member(broker, "killed")
    assert a.member != b.member
    counts, answer = {}, b.fetch(places, wait=5000)
    while True:
        for place, part in answer.parts.items():
            counts.update({(place[1], n): count for n, count in part.counts.items()})
        if len(counts) >= 14:
            break
        answer = b.fetch(wait=5000)
    assert counts == {
        **{(0, n): 1 for n in (1, 5, 7, 9)},
        **{(1, n): 2 if n < 5 else 1 for n in range(10)},
    }


def test_records_come_from_the_lake(make_broker, open_member):
    broker = make_broker({**QUICK, "group.share.record.lock.duration.ms": 30_000}).start()
    place = make_topic(broker, "cold", retention_ms=-1, local_retention_ms=1), 0
    sent = records.varied(400)
    clients.Confluent(broker).produce("cold", sent)
    wait_settled(broker, ["cold"])
    wait_local_deleted(broker, ["cold"])
    with RawClient(broker.port) as raw:
        assert raw.alter_configs(32, "cold", {"share.auto.offset.reset": "earliest"}) == 0
    a, b = open_member(broker, "cold"), open_member(broker, "cold")
    a.fetch([place], wait=0)
    b.fetch([place], wait=0)
    found = {}
    while len(found) < len(sent):
        for member in (a, b):
            part = member.fetch(wait=10_000, max_records=37).parts.get(place)
            if part is None:
                continue
            assert part.error == 0
            for n in part.offsets:
                assert n not in found
                found[n] = member
            acks = [(first, last, ACCEPT) for first, last, _ in part.acquired]
            assert member.acknowledge({place: acks}) == (0, {place: 0})
    assert sorted(found) == list(range(len(sent)))
    assert set(found.values()) == {a, b}


def test_committed_records_only(make_broker, open_member):
    broker = make_broker(QUICK).start()
    place = make_topic(broker, "txn"), 0
    with RawClient(broker.port) as raw:
        committed = {
            "share.auto.offset.reset": "earliest", "share.isolation.level": "read_committed"}
        assert raw.alter_configs(32, "committed", committed) == 0
        assert raw.alter_configs(32, "all", {"share.auto.offset.reset": "earliest"}) == 0
    producer = ConfluentTransactions(broker, "share-tx")
    for values, commits in [((b"a", b"b"), True), ((b"x",), False), ((b"c",), True)]:
        producer.begin()
        producer.send("txn", 0, *values)
        if commits:
            producer.commit()
        else:
            producer.abort()
    # a b | commit | x | abort | c | commit
    member = open_member(broker, "committed")
    member.fetch([place], wait=0)
    assert member.fetch(wait=5000).parts[place].offsets == [0, 1, 5]
    assert member.acknowledge({place: [(0, 1, ACCEPT), (5, 5, ACCEPT)]}) == (0, {place: 0})
    other = open_member(broker, "all")
    other.fetch([place], wait=0)
    assert other.fetch(wait=5000).parts[place].offsets == [0, 1, 3, 5]
    # An open transaction holds up who wants committed records.
    producer.begin()
    producer.send("txn", 0, b"d")
    assert member.fetch(wait=100).parts == {}
    assert other.fetch(wait=5000).parts[place].offsets == [7]
    send(member, wait=20_000)
    producer.commit()
    assert receive(member).parts[place].offsets == [7]


def test_old_state_is_pruned(make_broker, open_member):
    broker = make_broker({
        **QUICK, "varve.share.state.prune.interval.ms": 100,
        "share.coordinator.state.topic.num.partitions": 1,
        "share.coordinator.snapshot.update.records.per.snapshot": 5,
    }).start()  # fmt: skip
    place = make_topic(broker, "pruned"), 0
    a = open_member(broker, "pruned")
    start_group(a, place)
    produce(broker, "pruned", 200)
    assert a.fetch().parts[place].acquired == [(0, 199, 1)]
    for n in range(1, 200, 2):
        assert a.acknowledge({place: [(n, n, ACCEPT)]}) == (0, {place: 0})

    def starts():
        return Tiers(broker, "__share_group_state").log_start

    wait_until(lambda: starts() > 80, "the state's log to begin later")
    broker.kill()
    broker.start()
    b = open_member(broker, "pruned")
    b.fetch([place], wait=0)
    assert b.fetch(wait=5000).parts[place].offsets == list(range(0, 200, 2))


def test_a_deleted_topic_is_forgotten(sharing, open_member):
    place = make_topic(sharing, "deleted"), 0
    a = open_member(sharing, "deleted")
    start_group(a, place)
    produce(sharing, "deleted", 2)
    assert a.fetch().parts[place].acquired == [(0, 1, 1)]
    send(a, wait=20_000)
    with RawClient(sharing.port) as raw:
        assert raw.delete_topic("deleted") == 0
    assert receive(a).parts[place].error == UNKNOWN_TOPIC_ID
    assert a.acknowledge({place: [(0, 1, ACCEPT)]}) == (0, {place: UNKNOWN_TOPIC_ID})
    again = make_topic(sharing, "deleted"), 0
    a.fetch([again], forget=[place], wait=0)
    a.fetch(wait=50)
    produce(sharing, "deleted", 1)
    assert a.fetch().parts[again].acquired == [(0, 0, 1)]


# What administrators see and set.


def test_offsets_are_described_altered_and_deleted(sharing, open_member):
    name, group = "admin", "administered"
    place = make_topic(sharing, name, 2), 0
    raw = open_member(sharing, group).raw
    assert describe_offsets(raw, {group: None}) == {group: (NOT_FOUND, {})}
    assert alter_offsets(raw, group, {(name, 0): 3, ("none", 0): 1, (name, 7): 1, (name, 1): -5}) \
        == (0, {(name, 0): 0, ("none", 0): 3, (name, 7): 3, (name, 1): INVALID_REQUEST})
    produce(sharing, name, 10)
    assert describe_offsets(raw, {group: None}) == {group: (0, {(name, 0): (0, 3, 7)})}
    asked = {group: {name: [0, 1, 5]}, "nobody": None}
    assert describe_offsets(raw, asked) == {
        group: (0, {(name, 0): (0, 3, 7), (name, 1): (0, -1, -1), (name, 5): (3, -1, -1)}),
        "nobody": (NOT_FOUND, {}),
    }
    assert describe_offsets(raw, {group: None}, version=0)[group][1][name, 0] == (0, 3, None)
    a = open_member(sharing, group)
    assert heartbeat(raw, group, a.member, 0, [name])[0] == 0
    assert a.fetch([place]).parts[place].acquired == [(3, 9, 1)]
    # Done with, also where the start has not come by (KIP-1226).
    assert a.acknowledge({place: [(3, 3, ACCEPT), (5, 6, REJECT)]}) == (0, {place: 0})
    assert describe_offsets(raw, {group: None})[group][1][name, 0] == (0, 4, 4)
    for refused in (alter_offsets(raw, group, {(name, 0): 0}), delete_offsets(raw, group, [name])):
        assert refused == (NON_EMPTY, {})
    assert a.fetch(epoch=-1).error == 0
    assert heartbeat(raw, group, a.member, -1)[0] == 0
    assert alter_offsets(raw, group, {(name, 0): 8})[1] == {(name, 0): 0}
    assert a.fetch([place], epoch=0).parts[place].acquired == [(8, 9, 1)]
    a.fetch(epoch=-1)
    assert delete_offsets(raw, group, [name, "none"]) == (0, {name: 0, "none": 3})
    assert delete_offsets(raw, group, [name]) == (0, {name: 3}), "there is nothing to delete"
    assert describe_offsets(raw, {group: None}) == {group: (0, {})}
    assert delete_offsets(raw, "nobody", [name])[0] == NOT_FOUND


def test_a_deleted_group_begins_anew(make_broker, open_member):
    broker = make_broker(QUICK).start()
    place = make_topic(broker, "t"), 0
    a = open_member(broker, "g")
    assert alter_offsets(a.raw, "g", {("t", 0): 0})[0] == 0
    produce(broker, "t", 5)
    assert a.fetch([place]).parts[place].acquired == [(0, 4, 1)]
    assert a.acknowledge({place: [(0, 4, ACCEPT)]}, epoch=-1) == (0, {place: 0})
    assert delete_groups(a.raw, "g") == [0]
    broker.kill()
    broker.start()
    b = open_member(broker, "g")
    assert describe_offsets(b.raw, {"g": None}) == {"g": (NOT_FOUND, {})}
    assert alter_offsets(b.raw, "g", {("t", 0): 0})[0] == 0
    assert b.fetch([place]).parts[place].acquired == [(0, 4, 1)]


# The client that there is: librdkafka's share consumer.


@pytest.fixture
def consumers():
    """Opens share consumers, which are closed after the test."""
    opened = []

    def open_one(broker, group, topic, **more):
        one = confluent_kafka.ShareConsumer({
            "bootstrap.servers": broker.address, "group.id": group,
            "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 100, **more,
        })  # fmt: skip
        one.subscribe([topic])
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        one.close()


def from_start(broker, group):
    with RawClient(broker.port) as raw:
        assert raw.alter_configs(32, group, {"share.auto.offset.reset": "earliest"}) == 0


def poll(consumer, timeout=0.2):
    """The messages of one poll."""
    messages = list(consumer.poll(timeout))
    for message in messages:
        assert message.error() is None, message.error()
    return messages


def lag(broker, group, name):
    with RawClient(broker.port) as raw:
        (error, places), = describe_offsets(raw, {group: {name: [0]}}).values()
        return places[name, 0][2] if error == 0 else None


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A broker whose share groups react fast."""
    one = Broker(tmp_path_factory.mktemp("quick"), REACTIVE).start()
    yield one
    one.stop()


def test_two_consumers_share_a_partition(quick, consumers):
    make_topic(quick, "shared")
    from_start(quick, "sharers")
    both = [consumers(quick, "sharers", "shared", **{"max.poll.records": 20}) for _ in range(2)]
    seen = [{}, {}]

    def members_fetch():
        for index, consumer in enumerate(both):
            for message in poll(consumer):
                assert message.offset() not in seen[0].keys() | seen[1].keys()
                seen[index][message.offset()] = message.value()
        return sum(map(len, seen))

    sent = 0
    while sent < 600 or min(map(len, seen)) < 100:
        assert sent < 20_000, "one of them gets nothing"
        produce(quick, "shared", *[10] * 20)
        sent += 200
        members_fetch()
    wait_until(lambda: members_fetch() == sent, "every record")
    # The last are acknowledged by the next poll.
    wait_until(lambda: members_fetch() and lag(quick, "sharers", "shared") == 0, "no lag")


def test_explicit_acknowledgements(quick, consumers):
    make_topic(quick, "explicit")
    from_start(quick, "explicit")
    consumer = consumers(
        quick, "explicit", "explicit", **{"share.acknowledgement.mode": "explicit"})
    produce(quick, "explicit", 12)
    delivered = {}

    def work():
        for message in poll(consumer):
            number = message.offset()
            delivered[number] = delivered.get(number, 0) + 1
            # librdkafka counts deliveries from 1.
            assert message.delivery_count() in (None, delivered[number])
            kind = [AcknowledgeType.ACCEPT, AcknowledgeType.RELEASE, AcknowledgeType.REJECT]
            again = number % 3 == 1 and delivered[number] < 3
            consumer.acknowledge(message, kind[number % 3] if again or number % 3 != 1 else kind[0])
        assert all(error is None for error in consumer.commit_sync(10).values())
        return lag(quick, "explicit", "explicit") == 0

    wait_until(work, "everything to be done with")
    assert delivered == {n: 3 if n % 3 == 1 else 1 for n in range(12)}


def test_a_record_that_nobody_accepts_is_given_up(quick, consumers):
    make_topic(quick, "limit")
    from_start(quick, "limit")
    consumer = consumers(quick, "limit", "limit", **{"share.acknowledgement.mode": "explicit"})
    produce(quick, "limit", 1)
    count = 0

    def work():
        nonlocal count
        for message in poll(consumer):
            count += 1
            consumer.acknowledge(message, AcknowledgeType.RELEASE)
        consumer.commit_sync(10)
        return lag(quick, "limit", "limit") == 0

    wait_until(work, "the record to be given up")
    assert count == 5


CHILD = """
import sys, time
import confluent_kafka
consumer = confluent_kafka.ShareConsumer({
    "bootstrap.servers": sys.argv[1], "group.id": sys.argv[2], "max.poll.records": 5})
consumer.subscribe([sys.argv[3]])
got = []
while not got:
    got = list(consumer.poll(0.2))
print(*(message.offset() for message in got), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "silent"])
def test_records_of_a_consumer_that_does_not_answer(quick, consumers, is_killed):
    """The end of its connection gives them back, or else the end of their locks."""
    name = f"child-{is_killed}"
    make_topic(quick, name)
    from_start(quick, name)
    produce(quick, name, *[5] * 4)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, quick.address, name, name],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        taken = set(map(int, child.stdout.readline().split()))
        assert taken
        if is_killed:
            child.kill()
        consumer, found = consumers(quick, name, name), {}

        def work():
            for message in poll(consumer):
                assert message.offset() not in found
                found[message.offset()] = message.delivery_count()
            return len(found) == 20

        wait_until(work, "every record")
        if not is_killed:
            assert {found[n] for n in taken} <= {None, 2}
    finally:
        child.kill()
        child.wait()


def test_consumers_go_on_after_a_kill_of_the_broker(make_broker, consumers):
    broker = make_broker(REACTIVE).start()
    make_topic(broker, "t")
    from_start(broker, "g")
    produce(broker, "t", *[10] * 30)
    consumer = consumers(broker, "g", "t", **{
        "max.poll.records": 10, "share.acknowledgement.mode": "explicit"})  # fmt: skip
    seen, done = set(), set()

    def work():
        messages = poll(consumer)
        for message in messages:
            assert message.offset() not in done, "it was acknowledged"
            seen.add(message.offset())
            consumer.acknowledge(message)
        if messages and all(error is None for error in consumer.commit_sync(10).values()):
            done.update(message.offset() for message in messages)

    while len(done) < 100:
        work()
    broker.kill()
    broker.start()

    def finished():
        work()
        return lag(broker, "g", "t") == 0

    wait_until(finished, "everything to be done with", timeout=60)
    assert seen == set(range(300))
