"""Records that say who wrote them, and digests of all that a consumer can observe of one."""

import struct
import time
import zlib
from typing import NamedTuple


class Tag(NamedTuple):
    """The head of each record's value: `writer|number|transaction|source|`, then padding.

    `number` counts the records of one writer. `transaction` and `source` (what a copy is a copy
    of) may be empty.
    """

    writer: str
    number: int
    transaction: str = ""
    source: str = ""

    def text(self):
        return f"{self.writer}|{self.number}|{self.transaction}|{self.source}"

    @staticmethod
    def parse(text):
        writer, number, transaction, source = text.split("|")
        return Tag(writer, int(number), transaction, source)


class Message(NamedTuple):
    """What is produced: a value that begins with a tag, and the rest that must come back."""

    tag: Tag
    topic: str
    partition: int
    timestamp: int
    key: bytes | None
    value: bytes
    headers: tuple

    @property
    def digest(self):
        return digest(self.timestamp, self.key, self.value, self.headers)

    def entry(self):
        """What a history keeps of a record that is sent."""
        return [
            self.tag.number, self.topic, self.partition, self.digest, self.timestamp,
            self.tag.source,
        ]  # fmt: skip


def message(tag, topic, partition, source):
    """Returns a record of about now, with all else drawn from the random `source`."""
    # Mostly forward, a little back, and now and then hours ago: tables divide by the hour.
    hours = source.choice([0] * 20 + [1, 2, 3])
    timestamp = time.time_ns() // 1_000_000 - source.randrange(2000) - hours * 3_600_000
    size = source.choices([20, 200, 1500, 20_000], [30, 60, 9, 1])[0]
    size = source.randrange(size // 2, size)
    padding = source.randbytes(size) if source.random() < 0.5 else b"sediment " * (size // 9)
    key = source.choice([None, b"", b"key %d" % source.randrange(50)])
    headers = (("by", tag.writer.encode()), ("n", b"")) if source.random() < 0.3 else ()
    value = tag.text().encode() + b"|" + padding
    return Message(tag, topic, partition, timestamp, key, value, headers)


def tag_text(value):
    """Returns the tag's text from the head of a value, None when there is none."""
    parts = value[:300].split(b"|", 4) if value else []
    if len(parts) < 5:
        return None
    return b"|".join(parts[:4]).decode(errors="replace")


def digest(timestamp, key, value, headers):
    """Returns a checksum over everything of a record that must come back as it was."""
    sum_ = zlib.crc32(struct.pack(">q", timestamp))
    for field in (key, value, *(part for header in headers for part in header)):
        if isinstance(field, str):
            field = field.encode()
        sum_ = zlib.crc32(struct.pack(">q", -1 if field is None else len(field)), sum_)
        sum_ = zlib.crc32(field or b"", sum_)
    return sum_
