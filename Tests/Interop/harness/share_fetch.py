"""What members of share groups say to partitions (KIP-932), byte by byte."""

import uuid
from typing import NamedTuple

from .wire import compact_array_of, compact_string, int8, int32, int64, no_tags, varint

GAP, ACCEPT, RELEASE, REJECT, RENEW = range(5)


class Part(NamedTuple):
    """One partition of a ShareFetch answer; `acquired` is [(first, last, delivery count)]."""

    error: int
    ack_error: int
    acquired: list
    records: bytes

    @property
    def offsets(self):
        return [n for first, last, _ in self.acquired for n in range(first, last + 1)]

    @property
    def counts(self):
        return {n: count for first, last, count in self.acquired for n in range(first, last + 1)}


class Answer(NamedTuple):
    error: int
    lock: int
    parts: dict  # {(topic id, partition): Part}


def _batches(ranges):
    """Acknowledgement batches of [(first, last, type or [types])]."""
    out = compact_array_of(len(ranges))
    for first, last, types in ranges:
        types = types if isinstance(types, list) else [types]
        out += int64(first) + int64(last)
        out += compact_array_of(len(types)) + b"".join(map(int8, types)) + no_tags
    return out


def _topics(places, acks):
    """Topics of a request: {topic id: [partition]} of what joins or is acknowledged."""
    by_topic = {}
    for topic, partition in [*places, *(place for place in acks if place not in places)]:
        by_topic.setdefault(topic, []).append(partition)
    out = compact_array_of(len(by_topic))
    for topic, partitions in by_topic.items():
        out += topic + compact_array_of(len(partitions))
        for partition in partitions:
            out += int32(partition) + _batches(acks.get((topic, partition), [])) + no_tags
        out += no_tags
    return out


class ShareMember:
    """A member's connection and share session; `raw` is its RawClient."""

    def __init__(self, raw, group, member=None):
        self.raw, self.group = raw, group
        self.member = member or str(uuid.uuid4())
        self.epoch = 0

    def fetch(self, places=(), acks=None, *, epoch=None, wait=500, min_bytes=1, max_bytes=1 << 20,
              max_records=500, batch_size=500, strict=False, renew=False, forget=(), version=2):
        """One ShareFetch; the first opens the session with `places` [(topic id, partition)]."""
        acks = acks or {}
        epoch = self.epoch if epoch is None else epoch
        body = compact_string(self.group) + compact_string(self.member) + int32(epoch)
        body += int32(wait) + int32(min_bytes) + int32(max_bytes)
        body += int32(max_records) + int32(batch_size)
        if version >= 2:
            body += int8(int(strict)) + int8(int(renew))
        body += _topics(list(places), acks)
        by_topic = {}
        for topic, partition in forget:
            by_topic.setdefault(topic, []).append(partition)
        body += compact_array_of(len(by_topic))
        for topic, partitions in by_topic.items():
            body += topic + compact_array_of(len(partitions))
            body += b"".join(map(int32, partitions)) + no_tags
        answer = self.raw.call(78, version, body + no_tags, flexible=True)
        found = self._read_fetch(answer)
        if found.error == 0:
            self.epoch = epoch + 1
        return found

    def _read_fetch(self, answer):
        answer.int32()  # throttle time
        error, _ = answer.int16(), answer.compact_string()
        lock = answer.int32()
        parts = {}
        for _ in range(answer.varint() - 1):
            topic = answer.take(16)
            for _ in range(answer.varint() - 1):
                partition = answer.int32()
                code, _ = answer.int16(), answer.compact_string()
                ack_code, _ = answer.int16(), answer.compact_string()
                answer.int32(), answer.int32()
                answer.tags()
                records = answer.take(max(0, answer.varint() - 1))
                acquired = []
                for _ in range(answer.varint() - 1):
                    acquired.append((answer.int64(), answer.int64(), answer.int16()))
                    answer.tags()
                answer.tags()
                parts[topic, partition] = Part(code, ack_code, acquired, records)
            answer.tags()
        assert answer.varint() == 1  # no node endpoints
        answer.tags()
        assert answer.position == len(answer.data)
        return Answer(error, lock, parts)

    def acknowledge(self, acks, *, epoch=None, renew=False, version=2):
        """One ShareAcknowledge of {(topic id, partition): [(first, last, types)]}.

        Returns (error, {place: error}).
        """
        epoch = self.epoch if epoch is None else epoch
        body = compact_string(self.group) + compact_string(self.member) + int32(epoch)
        if version >= 2:
            body += int8(int(renew))
        answer = self.raw.call(79, version, body + _topics([], acks) + no_tags, flexible=True)
        answer.int32()
        error, _ = answer.int16(), answer.compact_string()
        if version >= 2:
            answer.int32()
        found = {}
        for _ in range(answer.varint() - 1):
            topic = answer.take(16)
            for _ in range(answer.varint() - 1):
                partition = answer.int32()
                found[topic, partition] = answer.int16()
                answer.compact_string()
                answer.int32(), answer.int32()
                answer.tags()
                answer.tags()
            answer.tags()
        answer.varint()
        answer.tags()
        assert answer.position == len(answer.data)
        if error == 0:
            self.epoch = epoch + 1
        return error, found


def describe_offsets(raw, groups, version=1):
    """DescribeShareGroupOffsets of {group: {topic name: [partition]} or None}.

    Returns {group: (error, {(topic name, partition): (error, start, lag)})}.
    """
    body = compact_array_of(len(groups))
    for group, topics in groups.items():
        body += compact_string(group)
        if topics is None:
            body += varint(0)
        else:
            body += compact_array_of(len(topics))
            for name, partitions in topics.items():
                body += compact_string(name) + compact_array_of(len(partitions))
                body += b"".join(map(int32, partitions)) + no_tags
        body += no_tags
    answer = raw.call(90, version, body + no_tags, flexible=True)
    answer.int32()
    found = {}
    for _ in range(answer.varint() - 1):
        group, places = answer.compact_string(), {}
        for _ in range(answer.varint() - 1):
            name, _ = answer.compact_string(), answer.take(16)
            for _ in range(answer.varint() - 1):
                partition, start, _ = answer.int32(), answer.int64(), answer.int32()
                lag = answer.int64() if version >= 1 else None
                code, _ = answer.int16(), answer.compact_string()
                answer.tags()
                places[name, partition] = (code, start, lag)
            answer.tags()
        error, _ = answer.int16(), answer.compact_string()
        answer.tags()
        found[group] = (error, places)
    answer.tags()
    assert answer.position == len(answer.data)
    return found


def alter_offsets(raw, group, offsets):
    """AlterShareGroupOffsets of {(topic name, partition): offset}; (error, {place: error})."""
    body = compact_string(group) + compact_array_of(len(offsets))
    for (name, partition), offset in offsets.items():
        body += compact_string(name) + compact_array_of(1)
        body += int32(partition) + int64(offset) + no_tags + no_tags
    answer = raw.call(91, 0, body + no_tags, flexible=True)
    answer.int32()
    error, _ = answer.int16(), answer.compact_string()
    found = {}
    for _ in range(answer.varint() - 1):
        name, _ = answer.compact_string(), answer.take(16)
        for _ in range(answer.varint() - 1):
            partition = answer.int32()
            found[name, partition] = answer.int16()
            answer.compact_string()
            answer.tags()
        answer.tags()
    return error, found


def delete_offsets(raw, group, topics):
    """DeleteShareGroupOffsets of topic names; (error, {name: error})."""
    body = compact_string(group) + compact_array_of(len(topics))
    body += b"".join(compact_string(name) + no_tags for name in topics)
    answer = raw.call(92, 0, body + no_tags, flexible=True)
    answer.int32()
    error, _ = answer.int16(), answer.compact_string()
    found = {}
    for _ in range(answer.varint() - 1):
        name, _ = answer.compact_string(), answer.take(16)
        found[name] = answer.int16()
        answer.compact_string()
        answer.tags()
    return error, found
