"""What is asked of share groups (KIP-932), byte by byte."""

from .wire import compact_array_of, compact_string, int8, int32, no_tags

null = b"\0"


def nullable(text):
    return null if text is None else compact_string(text)


def heartbeat(raw, group, member, epoch, topics=None, rack=None):
    """ShareGroupHeartbeat 1; returns (error, epoch, interval, [[partition]] or None)."""
    body = compact_string(group) + compact_string(member) + int32(epoch) + nullable(rack)
    body += null if topics is None else compact_array_of(len(topics)) + b"".join(
        map(compact_string, topics))
    answer = raw.call(76, 1, body + no_tags, flexible=True)
    answer.int32()
    error, message = answer.int16(), answer.compact_string()
    assert (error == 0) == (message is None)
    told, epoch, interval = answer.compact_string(), answer.int32(), answer.int32()
    assert told == (member if error == 0 else None)
    shares = None
    if answer.int8() == 1:
        shares = []
        for _ in range(answer.varint() - 1):
            answer.take(16)
            shares.append([answer.int32() for _ in range(answer.varint() - 1)])
            answer.tags()
        answer.tags()
    answer.tags()
    assert answer.position == len(answer.data)
    return error, epoch, interval, shares


def describe(raw, *groups):
    """ShareGroupDescribe 1; returns [(error, message, state, (epoch, target epoch), {member})]."""
    body = compact_array_of(len(groups)) + b"".join(map(compact_string, groups))
    answer = raw.call(77, 1, body + int8(1) + no_tags, flexible=True)
    answer.int32()
    found = []
    for _ in range(answer.varint() - 1):
        error, message = answer.int16(), answer.compact_string()
        answer.compact_string()
        state, epochs = answer.compact_string(), (answer.int32(), answer.int32())
        assert answer.compact_string() == ("simple" if error == 0 else "")
        members = dict(described_member(answer) for _ in range(answer.varint() - 1))
        operations = answer.int32()
        assert error != 0 or operations == 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11
        answer.tags()
        found.append((error, message, state, epochs, members))
    answer.tags()
    assert answer.position == len(answer.data) and len(found) == len(groups)
    return found


def described_member(answer):
    name, rack = answer.compact_string(), answer.compact_string()
    epoch, client, host = answer.int32(), answer.compact_string(), answer.compact_string()
    assert host.startswith("/127.")
    topics = [answer.compact_string() for _ in range(answer.varint() - 1)]
    has = {}
    for _ in range(answer.varint() - 1):
        answer.take(16)
        topic = answer.compact_string()
        has[topic] = [answer.int32() for _ in range(answer.varint() - 1)]
        answer.tags()
    answer.tags()
    answer.tags()
    return name, {"rack": rack, "epoch": epoch, "client": client, "topics": topics, "has": has}


def list_groups(raw, types=()):
    """ListGroups 5; returns {group: (protocol type, state, type)}."""
    body = compact_array_of(0) + compact_array_of(len(types)) + b"".join(map(compact_string, types))
    answer = raw.call(16, 5, body + no_tags, flexible=True)
    answer.int32()
    assert answer.int16() == 0
    found = {}
    for _ in range(answer.varint() - 1):
        group = answer.compact_string()
        found[group] = tuple(answer.compact_string() for _ in range(3))
        answer.tags()
    return found


def delete_groups(raw, *groups):
    """DeleteGroups 2; returns the error codes."""
    body = compact_array_of(len(groups)) + b"".join(map(compact_string, groups))
    answer = raw.call(42, 2, body + no_tags, flexible=True)
    answer.int32()
    codes = {}
    for _ in range(answer.varint() - 1):
        group = answer.compact_string()
        codes[group] = answer.int16()
        answer.tags()
    return [codes[group] for group in groups]
