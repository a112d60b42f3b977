"""Hostile input: an error answer or a closed connection, and nobody else notices.

Each row runs beside a healthy client that produces and reads through the same broker, and at the
end the broker has not grown.
"""

import gzip
import os
import socket
import struct
import time
import zlib

import cramjam
import lz4.frame
import pytest

from harness import wire
from harness.broker import Broker
from harness.raw import RawClient
from harness.waiting import wait_until

MEMORY_LIMIT_KILOBYTES = 300 * 1024
MAX = 2**31 - 1


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    broker = Broker(
        tmp_path_factory.mktemp("bad-input"), {"socket.request.max.bytes": 16 * 1024 * 1024}
    )
    broker.start()
    with RawClient(broker.port) as client:
        for name in ("victim", "healthy", "compacted"):
            configs = {"cleanup.policy": "compact"} if name == "compacted" else None
            assert client.create_topic(name, 1, configs) == 0
        assert client.produce("victim", wire.good_batch(b"good")) == (0, 0)
    yield broker
    peak = broker.status_kilobytes("VmHWM")
    broker.stop()
    assert peak < MEMORY_LIMIT_KILOBYTES, f"{peak} kB resident at the worst moment"


@pytest.fixture
def healthy(target):
    """A client that works before and after each row, on one connection."""
    with RawClient(target.port) as client:
        value = os.urandom(16)
        error, first = client.produce("healthy", wire.good_batch(value))
        assert error == 0
        yield client
        error, _, found = client.fetch("healthy", first)
        assert error == 0 and value in found, "the healthy client lost its record"
        error, last = client.produce("healthy", wire.good_batch(value))
        assert (error, last) == (0, first + 1)
        assert target.process.poll() is None, target.log_tail()


def outcome(client):
    """Returns what the broker does next: 'closed', or the frame it answers."""
    try:
        return client.receive_frame()
    except (ConnectionError, socket.timeout) as error:
        assert not isinstance(error, socket.timeout), "neither an answer nor a closed connection"
        return "closed"


def frame(payload, length=None):
    return struct.pack(">i", len(payload) if length is None else length) + payload


def request(key, version, body=b"", **more):
    return frame(wire.header(key, version, 1, **more) + body)


# Bytes after which the broker must close the connection.
CLOSING = {
    "frame of no bytes": frame(b""),
    "negative frame length": frame(b"abcd", -1),
    "least frame length": frame(b"abcd", -(2**31)),
    "frame larger than any": frame(b"abcd", MAX),
    "frame one byte too large": frame(b"abcd", 16 * 1024 * 1024 + 1),
    "frame shorter than a header": frame(b"\0\x12\0"),
    "random bytes": frame(bytes(range(256)) * 4),
    "zeros": bytes(4096),
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "unknown API": request(999, 0),
    "negative API": request(-1, 0),
    "version beyond the range": request(3, 99, wire.int32(-1)),
    "negative version": request(3, -1, wire.int32(-1)),
    "client id longer than the frame": frame(
        wire.int16(3) + wire.int16(1) + wire.int32(1) + wire.int16(32767) + b"x"
    ),
    "client id of length -2": frame(
        wire.int16(3) + wire.int16(1) + wire.int32(1) + wire.int16(-2)
    ),
    "Metadata with 2^31-1 topics": request(3, 1, wire.int32(MAX)),
    "Metadata with -5 topics": request(3, 1, wire.int32(-5)),
    "Metadata with a name beyond its end": request(3, 1, wire.int32(1) + wire.int16(500) + b"x"),
    "Metadata name that is not UTF-8": request(3, 1, wire.int32(1) + wire.string(b"\xff\xfe")),
    "Metadata cut in the middle": request(3, 4, wire.int32(1) + wire.string("victim")),
    "compact array without end": request(3, 12, b"\xff" * 9 + b"\x01", flexible=True),
    "compact array of 2^32-1": request(3, 12, b"\xff\xff\xff\xff\x0f", flexible=True),
    "overlong varint": request(3, 12, b"\x80" * 200, flexible=True),
    "2^32-1 tagged fields": frame(
        wire.header(3, 12, 1) + b"\xff\xff\xff\xff\x0f"
    ),
    "tagged field beyond the frame": frame(wire.header(3, 12, 1) + b"\x01\x00\xff\xff\x03"),
    "Produce with 2^31-1 topics": request(
        0, 7, wire.nullable_string(None) + wire.int16(1) + wire.int32(1) + wire.int32(MAX)
    ),
    "Produce with records beyond the frame": request(
        0, 7, wire.produce_body("victim", 0, b"")[:-4] + wire.int32(1_000_000)
    ),
    "Produce with records of length -7": request(
        0, 7, wire.produce_body("victim", 0, b"")[:-4] + wire.int32(-7)
    ),
    "Fetch cut short": request(1, 4, wire.int32(-1) + wire.int32(0)),
    "CreateTopics with 2^31-1 assignments": request(
        19, 2, wire.int32(1) + wire.string("x") + wire.int32(-1) + wire.int16(-1) + wire.int32(MAX)
    ),
    "JoinGroup with 2^31-1 protocols": request(
        11, 2, wire.string("g") + wire.int32(10000) + wire.int32(10000) + wire.string("")
        + wire.string("consumer") + wire.int32(MAX),
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", CLOSING)
def test_closed(target, healthy, row):
    with RawClient(target.port, timeout=10) as client:
        client.socket.sendall(CLOSING[row])
        client.socket.shutdown(socket.SHUT_WR)
        assert outcome(client) == "closed"


def test_unknown_api_versions_version_is_answered(target, healthy):
    """KIP-511: an ApiVersions nobody knows gets a version 0 body that names the range."""
    with RawClient(target.port) as client:
        answer = client.call(18, 99, b"\x02x\x02y\0", flexible=True)
        assert answer.int16() == 35 and answer.int32() >= 1
        rows = [(answer.int16(), answer.int16(), answer.int16())]
        assert rows[0][0] == 18 and rows[0][2] >= 3


def test_bytes_left_over_are_passed_by(target, healthy):
    """librdkafka's Metadata 13 for all topics carries three; brokers have never minded."""
    with RawClient(target.port) as client:
        body = wire.varint(0) + b"\0\0\0" + b"\x01\0\0"
        assert b"healthy" in client.call(3, 13, body, flexible=True).data


def record_with(body):
    return wire.zigzag(len(body)) + body


good = wire.good_batch(b"x" * 50)
two = wire.good_batch(b"a", b"b")
raw_one = wire.record(0)
# One honest record of 200 MB: a thousand times what travels.
huge = wire.record(0, value=bytes(200_000_000))
snappy_of = lambda data: bytes(cramjam.snappy.compress_raw(data))  # noqa: E731
# Kafka, too, refuses lz4 frames whose blocks refer to each other.
lz4_of = lambda data: lz4.frame.compress(data, block_linked=False)  # noqa: E731
zstd_of = lambda data: bytes(cramjam.zstd.compress(data))  # noqa: E731

# Record batches that must be refused with an error code and leave the log as it was.
REFUSED = {
    "no bytes": b"",
    "null": None,
    "60 bytes": good[:60],
    "header alone": good[:61],
    "cut by one byte": good[:-1],
    "a byte too much": good + b"\0",
    "a wrong checksum": wire.good_batch(b"x", crc=0x12345678),
    "a flipped bit": good[:80] + bytes([good[80] ^ 1]) + good[81:],
    "length too small": wire.good_batch(b"x", length=20),
    "length zero": wire.good_batch(b"x", length=0),
    "length negative": wire.good_batch(b"x", length=-1),
    "length 2^31-1": wire.good_batch(b"x", length=MAX),
    "magic 0": wire.good_batch(b"x", magic=0),
    "magic 1": wire.good_batch(b"x", magic=1),
    "magic 3": wire.good_batch(b"x", magic=3),
    "count too small": wire.batch([wire.record(0), wire.record(1)], count=1, last_delta=1),
    "count too large": wire.batch([wire.record(0)], count=5, last_delta=4),
    "count zero": wire.batch(b"", count=0, last_delta=0),
    "count negative": wire.batch([wire.record(0)], count=-1, last_delta=0),
    "count 2^31-1": wire.batch([wire.record(0)], count=MAX, last_delta=MAX - 1),
    "last delta too large": wire.batch([wire.record(0), wire.record(1)], last_delta=100),
    "last delta negative": wire.batch([wire.record(0)], last_delta=-1),
    "deltas that repeat": wire.batch([wire.record(0), wire.record(0)]),
    "deltas that leap": wire.batch([wire.record(0), wire.record(5)]),
    "delta negative": wire.batch([wire.record(-3)]),
    "record length negative": wire.batch(wire.zigzag(-10) + bytes(20)),
    "record length beyond the batch": wire.batch(wire.zigzag(10_000) + bytes(20)),
    "record length without end": wire.batch(b"\xff" * 20),
    "key beyond the record": wire.batch(
        record_with(b"\0" + wire.zigzag(0) * 2 + wire.zigzag(5000) + b"abc")
    ),
    "key of length -2": wire.batch(
        record_with(b"\0" + wire.zigzag(0) * 2 + wire.zigzag(-2) + wire.zigzag(-1) + b"\0")
    ),
    "2^31-1 headers": wire.batch(
        record_with(b"\0" + wire.zigzag(0) * 2 + wire.zigzag(-1) * 2 + wire.zigzag(MAX))
    ),
    "headers below zero": wire.batch(
        record_with(b"\0" + wire.zigzag(0) * 2 + wire.zigzag(-1) * 2 + wire.zigzag(-1))
    ),
    "header with a null name": wire.batch(
        record_with(
            b"\0" + wire.zigzag(0) * 2 + wire.zigzag(-1) * 2 + wire.zigzag(1) + wire.zigzag(-1) * 2
        )
    ),
    "bytes after the record": wire.batch(wire.record(0) + b"left over"),
    "a codec nobody knows": wire.good_batch(b"x", attributes=5),
    "a codec of all bits": wire.good_batch(b"x", attributes=7),
    "a control batch": wire.good_batch(b"x", attributes=0x20),
    "a transactional batch": wire.good_batch(b"x", attributes=0x10, producer=(4711, 0, 0)),
    "gzip of rubbish": wire.batch(b"\x1f\x8b" + bytes(100), attributes=1),
    "gzip cut short": wire.batch(gzip.compress(raw_one * 100)[:-20], count=100, attributes=1),
    "gzip with a wrong count": wire.gzip_batch(raw_one, count=3),
    "gzip with a wrong delta": wire.gzip_batch(wire.record(7)),
    "snappy of rubbish": wire.batch(b"\xff" * 100, attributes=2),
    "lz4 of rubbish": wire.batch(b"\x04\x22\x4d\x18" + b"\xff" * 100, attributes=3),
    "zstd of rubbish": wire.batch(b"\x28\xb5\x2f\xfd" + b"\xff" * 100, attributes=4),
    "raw records called zstd": wire.batch(raw_one, attributes=4),
    "a gzip bomb": wire.batch(gzip.compress(huge), attributes=1),
    "a zstd bomb": wire.batch(zstd_of(huge), attributes=4),
    "an lz4 bomb": wire.batch(lz4_of(huge), attributes=3),
    "a gzip of zeros": wire.batch(gzip.compress(bytes(200_000_000)), attributes=1),
    "snappy cut short": wire.batch(snappy_of(bytes(1_000_000))[:-30], attributes=2),
    "snappy that promises 2 GB": wire.batch(b"\xff\xff\xff\xff\x07" + bytes(50), attributes=2),
    "larger than max.message.bytes": wire.good_batch(os.urandom(1_200_000)),
    "a sequence without a producer": wire.good_batch(b"x", producer=(-1, -1, 7)),
}  # fmt: skip


# Kafka's brokers let these pass or not by version; here only the healthy client matters.
MAY_PASS = {"a sequence without a producer", "bytes after the record"}


@pytest.mark.parametrize("row", REFUSED)
def test_refused_batch(target, healthy, row):
    end = healthy.list_offset("victim", 0, -1)[1]
    with RawClient(target.port, timeout=20) as client:
        try:
            error, _ = client.produce("victim", REFUSED[row])
        except ConnectionError:
            error = "closed"
    after = healthy.list_offset("victim", 0, -1)[1]
    if row in MAY_PASS and error == 0:
        return
    assert error != 0, f"taken: {row}"
    assert error in ("closed", 2, 10, 17, 42, 43, 45, 53, 59, 76, 87), f"error {error}"
    assert after == end, f"the log grew from {end} to {after}"


def test_a_bad_batch_behind_a_good_one(target, healthy):
    """Both are refused: one Produce carries one batch per partition, and nothing is half taken."""
    end = healthy.list_offset("victim", 0, -1)[1]
    with RawClient(target.port) as client:
        try:
            error, _ = client.produce("victim", good + wire.good_batch(b"x", crc=1))
        except ConnectionError:
            error = "closed"
    assert error != 0 and healthy.list_offset("victim", 0, -1)[1] == end


def test_null_key_on_a_compacted_topic(target, healthy):
    with RawClient(target.port) as client:
        batch = wire.batch([wire.record(0, key=None)])
        assert client.produce("compacted", batch)[0] == 87


def test_acks_zero_with_a_bad_batch_closes(target, healthy):
    """There is no answer that could carry the error."""
    with RawClient(target.port) as client:
        body = wire.produce_body("victim", 0, wire.good_batch(b"x", crc=1), acks=0)
        client.socket.sendall(request(0, 7, body))
        assert outcome(client) == "closed"


def test_acks_of_no_meaning(target, healthy):
    with RawClient(target.port) as client:
        assert client.produce("victim", good, acks=5)[0] == 21


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "../../etc/passwd", "/etc", "a" * 250, "nul\0byte", "a b", "ü", "a\nb"],
)
def test_hostile_topic_names(target, healthy, name):
    with RawClient(target.port) as client:
        assert client.create_topic(name) == 17
    expected = {"broker.log", "data", "lake", "server.properties"}
    assert {path.name for path in target.directory.iterdir()} <= expected


def test_metadata_does_not_create_hostile_names(target, healthy):
    with RawClient(target.port) as client:
        answer = client.call(3, 1, wire.int32(1) + wire.string("../escape"))
        assert b"../escape" in answer.data
    assert not any("escape" in path.name for path in target.directory.rglob("*"))


def test_internal_topic_is_not_writable(target, healthy):
    with RawClient(target.port) as client:
        assert client.produce("__consumer_offsets", good)[0] != 0


def test_unknown_places(target, healthy):
    with RawClient(target.port) as client:
        assert client.produce("victim", good, partition=99)[0] == 3
        assert client.produce("victim", good, partition=-1)[0] == 3
        assert client.fetch("nowhere", 0)[0] == 3
        assert client.fetch("victim", 10**12)[0] == 1
        assert client.fetch("victim", -5)[0] == 1


def test_half_open_connections(target, healthy):
    """Two hundred connections that stop in the middle of a frame cost next to nothing."""
    before = target.status_kilobytes("VmRSS")
    opened = [RawClient(target.port) for _ in range(200)]
    try:
        for number, client in enumerate(opened):
            # Each announces 15 MiB and sends a little of it.
            client.socket.sendall(struct.pack(">i", 15 * 1024 * 1024) + bytes(number * 10))
        assert healthy.produce("victim", wire.good_batch(b"beside"))[0] == 0
        grown = target.status_kilobytes("VmRSS") - before
        assert grown < 50 * 1024, f"{grown} kB for 200 connections"
    finally:
        for client in opened:
            client.close()


def test_a_slow_sender_is_served(target, healthy):
    """A frame that arrives byte by byte is a frame."""
    with RawClient(target.port) as client:
        client.correlation = 1
        for byte in request(18, 0):
            client.socket.sendall(bytes([byte]))
            time.sleep(0.001)
        assert wire.Reader(client.receive_frame()).int32() == 1


def test_a_reader_that_never_reads(target, healthy):
    """Answers that nobody takes stop the parsing, not the broker."""
    with RawClient(target.port) as loader:
        for _ in range(20):
            assert loader.produce("victim", wire.good_batch(os.urandom(900_000)))[0] == 0
    before = target.status_kilobytes("VmRSS")
    with RawClient(target.port, timeout=1) as client:
        fetch = (
            wire.int32(-1) + wire.int32(0) + wire.int32(1) + wire.int32(10_000_000) + wire.int8(0)
            + wire.int32(1) + wire.string("victim") + wire.int32(1) + wire.int32(0)
            + wire.int64(0) + wire.int32(10_000_000)
        )  # fmt: skip
        try:
            for _ in range(2000):
                client.socket.sendall(request(1, 4, fetch))
        except socket.timeout:
            pass  # the broker stopped reading: back-pressure
        assert healthy.api_versions()
        grown = target.status_kilobytes("VmRSS") - before
        assert grown < 100 * 1024, f"{grown} kB for one connection that never reads"


def test_pipelined_requests_are_answered_in_order(target, healthy):
    with RawClient(target.port) as client:
        pieces = [
            frame(wire.header(18, 0, n) if n % 2 else wire.header(3, 1, n) + wire.int32(0))
            for n in range(300)
        ]
        client.socket.sendall(b"".join(pieces))
        order = [wire.Reader(client.receive_frame()).int32() for _ in range(300)]
        assert order == list(range(300))


def test_many_connections_come_and_go(target, healthy):
    files = len(os.listdir(f"/proc/{target.process.pid}/fd"))
    for _ in range(500):
        RawClient(target.port).close()
    wait_until(
        lambda: len(os.listdir(f"/proc/{target.process.pid}/fd")) <= files + 5,
        "descriptors of closed connections to be closed",
    )


def test_good_batches_of_every_codec(target, healthy):
    """The table above proves nothing if its tools build only bad batches."""
    payload = b"".join(wire.record(n, value=b"v%d" % n) for n in range(3))
    forms = [payload, gzip.compress(payload), snappy_of(payload), lz4_of(payload), zstd_of(payload)]
    with RawClient(target.port) as client:
        for codec, form in enumerate(forms):
            batch = wire.batch(form, count=3, attributes=codec)
            assert client.produce("victim", batch)[0] == 0, f"codec {codec}"
        deflated = zlib.compress(payload)  # zlib's own wrapping is not gzip
        assert client.produce("victim", wire.batch(deflated, count=3, attributes=1))[0] != 0


def test_idempotent_producer_sequences(target, healthy):
    """Duplicates are answered with their first offset; gaps and old epochs are refused."""
    with RawClient(target.port) as client:
        assert client.create_topic("idempotent") == 0
        producer, epoch = client.init_producer_id()

        def send(sequence, count=2, epoch=epoch):
            values = [b"%d" % (sequence + n) for n in range(count)]
            return client.produce(
                "idempotent", wire.good_batch(*values, producer=(producer, epoch, sequence))
            )

        assert send(0) == (0, 0)
        assert send(2) == (0, 2)
        assert send(0) == (0, 0), "a duplicate is answered with its first offset"
        assert send(2) == (0, 2)
        assert send(7)[0] == 45, "a gap is out of order"
        assert send(4) == (0, 4)
        assert send(0, epoch=epoch + 1) == (0, 6), "a new epoch starts at sequence 0"
        assert send(6)[0] in (47, 90), "the old epoch is fenced"
        assert client.list_offset("idempotent", 0, -1)[1] == 8
