"""Every version of the consumer protocol's APIs (KIP-848), byte by byte."""

import pytest

from harness.raw import RawClient
from harness.wire import compact_array_of, compact_string, int8, int32, no_tags

NO_ERROR, UNKNOWN_MEMBER, INVALID_REQUEST, GROUP_ID_NOT_FOUND = 0, 25, 42, 69
FENCED_EPOCH, UNSUPPORTED_ASSIGNOR, INVALID_REGEX = 110, 112, 128
null = b"\0"


@pytest.fixture
def raw(broker):
    with RawClient(broker.port) as client:
        yield client


def nullable(text):
    return null if text is None else compact_string(text)


def heartbeat(raw, version, group, member, epoch, topics=None, regex=None, assignor=None):
    """Returns (error, member id, epoch, [number of partitions by topic] or None)."""
    body = compact_string(group) + compact_string(member) + int32(epoch) + null + null
    body += int32(60_000 if epoch == 0 else -1)
    body += null if topics is None else compact_array_of(len(topics)) + b"".join(
        map(compact_string, topics))
    if version >= 1:
        body += nullable(regex)
    body += nullable(assignor) + (compact_array_of(0) if epoch == 0 else null) + no_tags
    answer = raw.call(68, version, body, flexible=True)
    answer.int32()
    error, message = answer.int16(), answer.compact_string()
    assert (error == NO_ERROR) == (message is None)
    member, epoch = answer.compact_string(), answer.int32()
    interval = answer.int32()
    shares = None
    if answer.int8() == 1:
        shares = []
        for _ in range(answer.varint() - 1):
            answer.take(16)
            shares.append(len([answer.int32() for _ in range(answer.varint() - 1)]))
            answer.tags()
        answer.tags()
    answer.tags()
    assert answer.position == len(answer.data)
    assert error != NO_ERROR or interval == 5000
    return error, member, epoch, shares


def describe(raw, version, groups):
    """Returns [(error, group, state, epoch, assignor, [member])] of ConsumerGroupDescribe."""
    body = compact_array_of(len(groups)) + b"".join(map(compact_string, groups))
    answer = raw.call(69, version, body + int8(1) + no_tags, flexible=True)
    answer.int32()
    found = []
    for _ in range(answer.varint() - 1):
        error, _ = answer.int16(), answer.compact_string()
        group, state = answer.compact_string(), answer.compact_string()
        epoch, target, assignor = answer.int32(), answer.int32(), answer.compact_string()
        members = [described_member(answer, version) for _ in range(answer.varint() - 1)]
        operations = answer.int32()
        assert error != NO_ERROR or operations == 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11
        answer.tags()
        found.append((error, group, state, (epoch, target), assignor, members))
    answer.tags()
    assert answer.position == len(answer.data)
    return found


def described_member(answer, version):
    member = {"id": answer.compact_string()}
    assert answer.compact_string() is None and answer.compact_string() is None
    member["epoch"] = answer.int32()
    member["client"], host = answer.compact_string(), answer.compact_string()
    assert host.startswith("/127.")
    member["topics"] = [answer.compact_string() for _ in range(answer.varint() - 1)]
    member["regex"] = answer.compact_string()
    for kind in ("has", "shall have"):
        member[kind] = {}
        for _ in range(answer.varint() - 1):
            answer.take(16)
            name = answer.compact_string()
            member[kind][name] = [answer.int32() for _ in range(answer.varint() - 1)]
            answer.tags()
        answer.tags()
    if version >= 1:
        member["type"] = answer.int8()
    answer.tags()
    return member


@pytest.mark.parametrize("version", [0, 1])
def test_a_consumer_s_life(raw, topic, version):
    name = topic(3)
    group, member = f"life-{version}-{name}", "" if version == 0 else "mine"
    error, member, epoch, shares = heartbeat(raw, version, group, member, 0, [name])
    assert (error, epoch, shares) == (NO_ERROR, 1, [3])
    assert version == 0 or member == "mine"
    assert heartbeat(raw, version, group, member, 1) == (NO_ERROR, member, 1, None)
    assert heartbeat(raw, version, group, member, 7)[0] == FENCED_EPOCH
    (found,) = describe(raw, version, [group])
    assert found[:5] == (NO_ERROR, group, "Stable", (1, 1), "uniform")
    (one,) = found[5]
    assert one["has"] == one["shall have"] == {name: [0, 1, 2]} and one["topics"] == [name]
    assert (one["id"], one["epoch"], one["client"]) == (member, 1, "raw")
    assert version == 0 or one["type"] == 1
    assert heartbeat(raw, version, group, member, -1)[:3] == (NO_ERROR, member, -1)
    assert heartbeat(raw, version, group, member, 1)[0] == UNKNOWN_MEMBER
    assert describe(raw, version, [group])[0][2] == "Empty"


@pytest.mark.parametrize("version", [0, 1])
def test_what_cannot_be_is_refused(raw, topic, version):
    name = topic()
    group = f"refused-{version}-{name}"
    assert heartbeat(raw, version, group, "m", 1)[0] == GROUP_ID_NOT_FOUND
    assert heartbeat(raw, version, "", "m", 0, [name])[0] == INVALID_REQUEST
    assert heartbeat(raw, version, group, "m", 0)[0] == INVALID_REQUEST
    assert heartbeat(raw, version, group, "m", -2)[0] == INVALID_REQUEST
    refused = heartbeat(raw, version, group, "m", 0, [name], assignor="sticky")
    assert refused[0] == UNSUPPORTED_ASSIGNOR
    if version >= 1:
        assert heartbeat(raw, version, group, "", 0, [name])[0] == INVALID_REQUEST
        assert heartbeat(raw, version, group, "m", 0, None, regex="(")[0] == INVALID_REGEX
    (missing,) = describe(raw, version, [group])
    assert missing[0] == GROUP_ID_NOT_FOUND


def test_the_feature_is_finalised(raw):
    """Clients ask for group.version before they speak the protocol."""
    body = compact_string("raw") + compact_string("1") + no_tags
    answer = raw.call(18, 4, body, flexible=True)
    assert answer.int16() == NO_ERROR
    for _ in range(answer.varint() - 1):
        answer.take(6)
        answer.tags()
    answer.int32()
    levels = {}
    for _ in range(answer.varint()):
        tag, _ = answer.varint(), answer.varint()
        if tag == 1:
            answer.int64()
            continue
        for _ in range(answer.varint() - 1):
            name, levels_of = answer.compact_string(), (answer.int16(), answer.int16())
            levels[tag, name] = levels_of
            answer.tags()
    # Supported from 0 to 1; of the finalised the greatest level comes first.
    assert levels[0, "group.version"] == (0, 1) and levels[2, "group.version"] == (1, 1)
