"""DescribeClientQuotas and AlterClientQuotas in raw frames: no Python client has them."""

import struct

from . import wire

ALTER, DESCRIBE = 49, 48


def _writers(version):
    """Functions that write an array's length, text that may be null, and the end of a structure."""
    if version == 0:
        return wire.int32, wire.nullable_string, b""
    text = lambda value: b"\0" if value is None else wire.compact_string(value)  # noqa: E731
    return wire.compact_array_of, text, wire.no_tags


class _Answer:
    """Reads arrays, text and the end of structures of either version."""

    def __init__(self, answer, version):
        self.answer, self.flexible = answer, version > 0

    def array(self, read):
        count = self.answer.varint() - 1 if self.flexible else self.answer.int32()
        return None if count < 0 else [read() for _ in range(count)]

    def text(self):
        return self.answer.compact_string() if self.flexible else self.answer.string()

    def end(self):
        if self.flexible:
            self.answer.tags()

    def entity(self):
        part = self.text(), self.text()
        self.end()
        return part


def alter(client, entity, values, validate_only=False, version=1):
    """Sets quotas of one entity ({type: name or None}); a value None removes. Returns the error."""
    array, text, end = _writers(version)
    body = array(1) + array(len(entity))
    for kind, name in entity.items():
        body += text(kind) + text(name) + end
    body += array(len(values))
    for key, value in values.items():
        body += text(key) + struct.pack(">d", value or 0.0) + wire.int8(value is None) + end
    body += end + wire.int8(validate_only) + end
    answer = client.call(ALTER, version, body, flexible=version > 0)
    reader = _Answer(answer, version)
    answer.int32()

    def entry():
        error, _message = answer.int16(), reader.text()
        named = dict(reader.array(reader.entity))
        reader.end()
        assert named == entity
        return error

    (error,) = reader.array(entry)
    return error


def describe(client, components=(), strict=False, version=1):
    """Returns (error, {entity as a frozenset of (type, name): {key: value}}).

    A component is (type, 0 exactly / 1 default / 2 any, name or None).
    """
    array, text, end = _writers(version)
    body = array(len(components))
    for kind, how, name in components:
        body += text(kind) + wire.int8(how) + text(name) + end
    answer = client.call(DESCRIBE, version, body + wire.int8(strict) + end, flexible=version > 0)
    reader = _Answer(answer, version)
    answer.int32()
    error, _message = answer.int16(), reader.text()

    def value():
        found = reader.text(), struct.unpack(">d", answer.take(8))[0]
        reader.end()
        return found

    def entry():
        found = frozenset(reader.array(reader.entity)), dict(reader.array(value))
        reader.end()
        return found

    return error, dict(reader.array(entry) or [])
