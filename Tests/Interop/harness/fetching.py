"""Fetch in every version from 4 to 18, with sessions, byte by byte."""

import uuid
from typing import NamedTuple

from . import wire

KEY = 1
NO_EPOCH = -1


class Part(NamedTuple):
    """One partition's part of an answer."""

    error: int
    high_watermark: int
    log_start: int
    records: bytes
    diverging: tuple | None = None
    leader: tuple | None = None
    preferred: int = -1


class Answer(NamedTuple):
    """An answer: its error, session id, and {(topic name or id, partition): Part}."""

    error: int
    session: int
    parts: dict
    nodes: dict


def topic_id(client, name):
    """Returns a topic's id, from Metadata 12."""
    body = wire.compact_array_of(1) + bytes(16) + wire.compact_string(name) + wire.no_tags
    answer = client.call(3, 12, body + wire.int8(0) + wire.int8(0) + wire.no_tags, flexible=True)
    answer.int32()
    for _ in range(answer.varint() - 1):
        answer.int32(), answer.compact_string(), answer.int32(), answer.compact_string()
        answer.tags()
    answer.compact_string(), answer.int32()
    assert answer.varint() == 2
    assert answer.int16() == 0, f"no topic {name}"
    assert answer.compact_string() == name
    return uuid.UUID(bytes=answer.take(16))


def fetch(client, version, offsets, **terms):
    """Sends a Fetch of {(topic name or id, partition): offset} and returns its Answer."""
    send(client, version, offsets, **terms)
    return receive(client, version)


def send(client, version, offsets, *, session=0, epoch=-1, forgotten=(), wait=500, min_bytes=1,
         max_bytes=1 << 20, partition_bytes=1 << 20, isolation=0, leader_epoch=NO_EPOCH,
         fetched_epoch=NO_EPOCH, replica=-1):  # fmt: skip
    flexible = version >= 12
    out = wire.int32(replica) if version <= 14 else b""
    out += wire.int32(wait) + wire.int32(min_bytes) + wire.int32(max_bytes) + wire.int8(isolation)
    if version >= 7:
        out += wire.int32(session) + wire.int32(epoch)
    out += _array(flexible, len(offsets))
    for (topic, partition), offset in offsets.items():
        out += _topic(version, topic) + _array(flexible, 1) + wire.int32(partition)
        out += wire.int32(leader_epoch) if version >= 9 else b""
        out += wire.int64(offset)
        out += wire.int32(fetched_epoch) if version >= 12 else b""
        out += wire.int64(-1) if version >= 5 else b""
        out += wire.int32(partition_bytes) + (wire.no_tags * 2 if flexible else b"")
    if version >= 7:
        out += _array(flexible, len(forgotten))
        for topic, partition in forgotten:
            out += _topic(version, topic) + _array(flexible, 1) + wire.int32(partition)
            out += wire.no_tags if flexible else b""
    if version >= 11:
        out += wire.compact_string("") if flexible else wire.string("")
    if version >= 15 and replica >= 0:
        state = wire.int32(replica) + wire.int64(-1) + wire.no_tags
        out += wire.varint(1) + wire.varint(1) + wire.varint(len(state)) + state
    elif flexible:
        out += wire.no_tags
    client.correlation += 1
    client.send_frame(wire.header(KEY, version, client.correlation, flexible) + out)


def receive(client, version):
    flexible = version >= 12
    answer = wire.Reader(client.receive_frame())
    assert answer.int32() == client.correlation, "an answer to another request"
    if flexible:
        answer.tags()
    answer.int32()
    error, session = (answer.int16(), answer.int32()) if version >= 7 else (0, 0)
    parts = {}
    for _ in range(_count(answer, flexible)):
        if version >= 13:
            topic = uuid.UUID(bytes=answer.take(16))
        else:
            topic = answer.compact_string() if flexible else answer.string()
        for _ in range(_count(answer, flexible)):
            partition, part = _part(answer, version, flexible)
            assert (topic, partition) not in parts, "a partition comes twice"
            parts[topic, partition] = part
        if flexible:
            answer.tags()
    nodes = {}
    if flexible:
        for tag, content in _tags(answer):
            if tag == 0:
                nodes = _nodes(content)
    assert answer.position == len(answer.data), "bytes are left over"
    return Answer(error, session, parts, nodes)


def _part(answer, version, flexible):
    partition, error, watermark = answer.int32(), answer.int16(), answer.int64()
    answer.int64()
    start = answer.int64() if version >= 5 else None
    for _ in range(max(_count(answer, flexible), 0)):
        answer.take(16)
        if flexible:
            answer.tags()
    preferred = answer.int32() if version >= 11 else -1
    size = answer.varint() - 1 if flexible else answer.int32()
    records = answer.take(max(size, 0))
    diverging = leader = None
    if flexible:
        for tag, content in _tags(answer):
            if tag == 0:
                diverging = content.int32(), content.int64()
            elif tag == 1:
                leader = content.int32(), content.int32()
    return partition, Part(error, watermark, start, records, diverging, leader, preferred)


def _nodes(content):
    nodes = {}
    for _ in range(content.varint() - 1):
        node = content.int32()
        nodes[node] = content.compact_string(), content.int32()
        content.compact_string()
        content.tags()
    return nodes


def _tags(answer):
    for _ in range(answer.varint()):
        tag = answer.varint()
        yield tag, wire.Reader(answer.take(answer.varint()))


def _topic(version, topic):
    if version >= 13:
        return topic.bytes
    return wire.compact_string(topic) if version >= 12 else wire.string(topic)


def _array(flexible, count):
    return wire.compact_array_of(count) if flexible else wire.int32(count)


def _count(answer, flexible):
    return answer.varint() - 1 if flexible else answer.int32()
