"""Records to produce, and the one form in which every client's records are compared."""

import random
from typing import NamedTuple


class Record(NamedTuple):
    """What a consumer can observe of a record; `headers` is a tuple of (name, bytes or None)."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple = ()

    def brief(self):
        def short(field):
            return field if field is None or len(field) < 40 else (len(field), field[:16])

        return (*self[:3], short(self.key), short(self.value), self.headers)


FIRST_TIMESTAMP = 1_700_000_000_000


def varied(count, seed=1, partition=0):
    """Returns `count` records with offsets 0 … of every kind a client can send."""
    source = random.Random(seed)
    keys = [None, b"", b"key", "schlüssel".encode(), bytes(range(256)), b"k" * 5000]
    values = [None, b"", b"{}", '{"straße": 1}'.encode(), bytes(256), b"same " * 1000]
    headers = [
        (),
        (("a", b"1"),),
        (("a", b"1"), ("b", b""), ("a", b"2")),
        (("trace-größe", b"\x01\xff\xfe"), ("", b"empty name")),
    ]
    records = []
    for number in range(count):
        kind = number % 12
        if kind < 6:
            key, value = keys[kind], values[(kind + 1 + number // 12) % 6]
            if key is None and value is None:
                value = b"no key"  # kafka-python refuses two nulls
        elif kind == 6:
            key, value = b"random", source.randbytes(20_000)
        elif kind == 7:
            key, value = b"text", (b"all work and no play %d " % number) * 700
        else:
            key, value = b"user-%d" % (number % 37), b'{"n": %d, "x": "%s"}' % (number, b"y" * 900)
        # Mostly forward, sometimes back: producers' clocks differ.
        timestamp = FIRST_TIMESTAMP + number * 1000 - (5000 if number % 10 == 9 else 0)
        records.append(Record(partition, number, timestamp, key, value, headers[number % 4]))
    return records


def large(sizes=(500_000, 1_000_000), seed=7, partition=0):
    """Returns records near the largest size that brokers take by default."""
    source = random.Random(seed)
    return [
        Record(partition, n, FIRST_TIMESTAMP + n, b"large", source.randbytes(size))
        for n, size in enumerate(sizes)
    ]


def shifted(records, by):
    """Returns the records with their offsets moved on."""
    return [record._replace(offset=record.offset + by) for record in records]


def assert_equal(actual, expected, what):
    """Compares record by record and names the first that differs."""
    actual, expected = sorted(actual, key=_place), sorted(expected, key=_place)
    for number, (got, wanted) in enumerate(zip(actual, expected)):
        if got != wanted:
            raise AssertionError(
                f"{what}: record {number} differs:\n  got    {got.brief()}\n"
                f"  wanted {wanted.brief()}"
            )
    if len(actual) != len(expected):
        longer = actual if len(actual) > len(expected) else expected
        first = longer[min(len(actual), len(expected))]
        raise AssertionError(
            f"{what}: {len(actual)} records, {len(expected)} wanted; "
            f"the first beyond: {first.brief()}"
        )


def _place(record):
    return record.partition, record.offset
