"""Kafka's primitive types and record batches (magic 2), written and read byte by byte."""

import gzip
import struct

import crc32c


def int8(value):
    return struct.pack(">b", value)


def int16(value):
    return struct.pack(">h", value)


def int32(value):
    return struct.pack(">i", value)


def int64(value):
    return struct.pack(">q", value)


def varint(value):
    """An unsigned varint."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    """A signed varint, as records use it."""
    return varint(((value << 1) ^ (value >> 63)) & 0xFFFFFFFFFFFFFFFF)


def string(text):
    raw = text.encode() if isinstance(text, str) else text
    return int16(len(raw)) + raw


def nullable_string(text):
    return int16(-1) if text is None else string(text)


def compact_string(text):
    raw = text.encode()
    return varint(len(raw) + 1) + raw


def compact_array_of(count):
    return varint(count + 1)


no_tags = b"\0"


def header(key, version, correlation, flexible=False, client="raw"):
    """A request header of version 1, or 2 when flexible."""
    return (
        int16(key) + int16(version) + int32(correlation) + nullable_string(client)
        + (no_tags if flexible else b"")
    )  # fmt: skip


def produce_body(topic, partition, records, acks=-1, timeout=10000, transactional_id=None):
    """The body of Produce 3 to 8 with one partition; `records` None is a null field."""
    body = nullable_string(transactional_id) + int16(acks) + int32(timeout)
    body += int32(1) + string(topic) + int32(1) + int32(partition)
    return body + (int32(-1) if records is None else int32(len(records)) + records)


class Reader:
    """Reads an answer front to back."""

    def __init__(self, data):
        self.data = data
        self.position = 0

    def take(self, count):
        piece = self.data[self.position : self.position + count]
        assert len(piece) == count, "the answer is too short"
        self.position += count
        return piece

    def _number(self, layout):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def int8(self):
        return self._number(">b")

    def int16(self):
        return self._number(">h")

    def int32(self):
        return self._number(">i")

    def int64(self):
        return self._number(">q")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def string(self):
        length = self.int16()
        return None if length < 0 else self.take(length).decode()

    def compact_string(self):
        length = self.varint()
        return None if length == 0 else self.take(length - 1).decode()

    def tags(self):
        for _ in range(self.varint()):
            self.varint()
            self.take(self.varint())


def record(offset_delta, key=b"k", value=b"v", headers=(), timestamp_delta=0):
    """One record of a batch, with its length in front."""
    body = int8(0) + zigzag(timestamp_delta) + zigzag(offset_delta)
    for field in (key, value):
        body += zigzag(-1) if field is None else zigzag(len(field)) + field
    body += zigzag(len(headers))
    for name, content in headers:
        body += zigzag(len(name)) + name
        body += zigzag(-1) if content is None else zigzag(len(content)) + content
    return zigzag(len(body)) + body


def batch(records, *, count=None, last_delta=None, magic=2, attributes=0, base_offset=0,
          length=None, crc=None, producer=(-1, -1, -1), timestamp=1_700_000_000_000,
          max_timestamp=None, epoch=-1):  # fmt: skip
    """A record batch of `records` (bytes, or a list of them); every field can be falsified."""
    if isinstance(records, list):
        count = len(records) if count is None else count
        records = b"".join(records)
    count = 1 if count is None else count
    last_delta = count - 1 if last_delta is None else last_delta
    max_timestamp = timestamp if max_timestamp is None else max_timestamp
    rest = (
        int16(attributes) + int32(last_delta) + int64(timestamp) + int64(max_timestamp)
        + int64(producer[0]) + int16(producer[1]) + int32(producer[2]) + int32(count) + records
    )  # fmt: skip
    checksum = crc32c.crc32c(rest) if crc is None else crc
    length = len(rest) + 9 if length is None else length
    return (
        int64(base_offset) + int32(length) + int32(epoch) + int8(magic)
        + struct.pack(">I", checksum) + rest
    )  # fmt: skip


def good_batch(*values, **fields):
    """A valid batch of records with these values."""
    return batch([record(i, value=v) for i, v in enumerate(values or (b"v",))], **fields)


def gzip_batch(payload, count=1, **fields):
    """A batch whose records are `payload` through gzip."""
    return batch(gzip.compress(payload), count=count, attributes=1, **fields)
