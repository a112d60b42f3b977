"""A Kafka client of a few lines over a plain socket, for what real clients never send."""

import socket
import struct

from . import wire


class RawClient:
    """One connection; requests and answers are bytes, with a few requests spelled out."""

    def __init__(self, port, timeout=10.0, client="raw", source="127.0.0.1"):
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=timeout, source_address=(source, 0)
        )
        self.client = client
        self.correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send_frame(self, payload):
        self.socket.sendall(struct.pack(">i", len(payload)) + payload)

    def receive_exactly(self, count):
        """Returns `count` bytes, or raises ConnectionError when the broker closes first."""
        parts = bytearray()
        while len(parts) < count:
            piece = self.socket.recv(min(count - len(parts), 1 << 20))
            if not piece:
                raise ConnectionError("the broker closed the connection")
            parts += piece
        return bytes(parts)

    def receive_frame(self):
        (length,) = struct.unpack(">i", self.receive_exactly(4))
        return self.receive_exactly(length)

    def call(self, key, version, body, flexible=False):
        """Sends one request and returns a reader at the start of the answer's body."""
        self.correlation += 1
        self.send_frame(wire.header(key, version, self.correlation, flexible, self.client) + body)
        answer = wire.Reader(self.receive_frame())
        assert answer.int32() == self.correlation, "an answer to another request"
        if flexible and key != 18:
            answer.tags()
        return answer

    def api_versions(self):
        """Returns {api key: (lowest, highest version)} from ApiVersions 0."""
        answer = self.call(18, 0, b"")
        assert answer.int16() == 0
        return {
            answer.int16(): (answer.int16(), answer.int16()) for _ in range(answer.int32())
        }

    def list_offset(self, topic, partition, timestamp, isolation=0, wait=5000):
        """Returns (error, offset, timestamp) from ListOffsets 11; isolation 1: read committed."""
        body = (
            wire.int32(-1) + wire.int8(isolation) + wire.compact_array_of(1)
            + wire.compact_string(topic)
            + wire.compact_array_of(1) + wire.int32(partition) + wire.int32(-1)
            + wire.int64(timestamp) + wire.no_tags + wire.no_tags + wire.int32(wait) + wire.no_tags
        )  # fmt: skip
        answer = self.call(2, 11, body, flexible=True)
        answer.int32()  # throttle time
        assert answer.varint() == 2 and answer.compact_string() == topic
        assert answer.varint() == 2 and answer.int32() == partition
        error = answer.int16()
        found = answer.int64()
        return error, answer.int64(), found

    def create_topic(self, name, partitions=1, configs=None):
        """Returns the error code of a CreateTopics 4 with one topic."""
        configs = configs or {}
        body = wire.int32(1) + wire.string(name) + wire.int32(partitions) + wire.int16(1)
        body += wire.int32(0) + wire.int32(len(configs))
        for key, value in configs.items():
            body += wire.string(key) + wire.string(str(value))
        answer = self.call(19, 4, body + wire.int32(10000) + wire.int8(0))
        answer.int32()
        assert answer.int32() == 1
        answer.string()
        return answer.int16()

    def alter_topic(self, name, configs):
        """Sets configs of a topic and returns the error code."""
        return self.alter_configs(2, name, configs)

    def alter_configs(self, kind, name, configs):
        """Sets configs, None to the default, with IncrementalAlterConfigs 0; the error code."""
        body = wire.int32(1) + wire.int8(kind) + wire.string(name) + wire.int32(len(configs))
        for key, value in configs.items():
            body += wire.string(key) + wire.int8(value is None)
            body += wire.nullable_string(None if value is None else str(value))
        answer = self.call(44, 0, body + wire.int8(0))
        answer.int32()
        assert answer.int32() == 1
        return answer.int16()

    def delete_topic(self, name):
        """Deletes with DeleteTopics 1 and returns its error code."""
        answer = self.call(20, 1, wire.int32(1) + wire.string(name) + wire.int32(10000))
        answer.int32()
        assert answer.int32() == 1 and answer.string() == name
        return answer.int16()

    def delete_records(self, topic, partition, offset):
        """Deletes what lies below an offset with DeleteRecords 0 and returns the error code."""
        body = wire.int32(1) + wire.string(topic) + wire.int32(1) + wire.int32(partition)
        answer = self.call(21, 0, body + wire.int64(offset) + wire.int32(10000))
        answer.int32()
        assert answer.int32() == 1 and answer.string() == topic
        assert answer.int32() == 1 and answer.int32() == partition
        answer.int64()  # the log start
        return answer.int16()

    def init_producer_id(self):
        """Returns (producer id, epoch) from InitProducerId 0."""
        answer = self.call(22, 0, wire.nullable_string(None) + wire.int32(60000))
        answer.int32()
        assert answer.int16() == 0
        return answer.int64(), answer.int16()

    def produce(self, topic, records, partition=0, acks=-1, version=7, transactional_id=None):
        """Returns (error, base offset) of a Produce with one partition's bytes."""
        body = wire.produce_body(
            topic, partition, records, acks, transactional_id=transactional_id
        )
        answer = self.call(0, version, body)
        assert answer.int32() == 1
        answer.string()
        assert answer.int32() == 1 and answer.int32() == partition
        return answer.int16(), answer.int64()

    def fetch(self, topic, offset, partition=0, max_bytes=1 << 20, wait=500):
        """Returns (error, high watermark, record bytes) of a Fetch of one partition."""
        place = topic, partition
        return self.fetch_many({place: offset}, max_bytes, wait)[place]

    def fetch_many(self, offsets, max_bytes=1 << 20, wait=500, min_bytes=1):
        """Returns {(topic, partition): (error, high watermark, record bytes)} of one Fetch 4."""
        body = (
            wire.int32(-1) + wire.int32(wait) + wire.int32(min_bytes) + wire.int32(max_bytes)
            + wire.int8(0) + wire.int32(len(offsets))
        )  # fmt: skip
        for (topic, partition), offset in offsets.items():
            body += wire.string(topic) + wire.int32(1)
            body += wire.int32(partition) + wire.int64(offset) + wire.int32(max_bytes)
        answer = self.call(1, 4, body)
        answer.int32()
        found = {}
        for _ in range(answer.int32()):
            topic = answer.string()
            for _ in range(answer.int32()):
                partition, error, watermark = answer.int32(), answer.int16(), answer.int64()
                answer.int64()
                for _ in range(max(answer.int32(), 0)):
                    answer.take(16)
                data = answer.take(max(answer.int32(), 0))
                found[topic, partition] = error, watermark, data
        assert found.keys() == offsets.keys()
        return found
