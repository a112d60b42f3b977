"""Client telemetry (KIP-714): clients that have it on work, and push what is wanted, or nothing."""

import collections
import socket
import struct
import threading
import time
import uuid

import confluent_kafka
import pytest

from harness import wire
from harness.raw import RawClient
from harness.waiting import wait_until

GET, PUSH = 71, 72
CLIENT_METRICS = 16
INVALID_REQUEST, UNSUPPORTED_COMPRESSION, THROTTLED = 42, 76, 89
UNKNOWN_SUBSCRIPTION, TOO_LARGE = 117, 118


class Listening:
    """Stands between clients and a broker that advertises it, and counts requests by API key."""

    def __init__(self):
        self.requests = collections.Counter()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.target = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            broker = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._requests, args=(client, broker), daemon=True).start()
            threading.Thread(target=self._answers, args=(broker, client), daemon=True).start()

    def _requests(self, client, broker):
        source = client.makefile("rb")
        while len(head := source.read(4)) == 4:
            frame = source.read(struct.unpack(">i", head)[0])
            self.requests[struct.unpack(">h", frame[:2])[0]] += 1
            broker.sendall(head + frame)
        broker.close()

    def _answers(self, broker, client):
        try:
            while data := broker.recv(1 << 16):
                client.sendall(data)
        except OSError:
            pass


def get(client, instance=bytes(16)):
    """Returns (error, instance, subscription, codecs, interval, most bytes, metrics)."""
    answer = client.call(GET, 0, instance + wire.no_tags, flexible=True)
    answer.int32()
    error, given, subscription = answer.int16(), answer.take(16), answer.int32()
    codecs = [answer.int8() for _ in range(answer.varint() - 1)]
    interval, most, delta = answer.int32(), answer.int32(), answer.int8()
    metrics = [answer.compact_string() for _ in range(answer.varint() - 1)]
    assert error or delta == 1
    return error, given, subscription, codecs, interval, most, metrics


def push(client, instance, subscription, payload=b"", codec=0, last=False):
    body = instance + wire.int32(subscription) + wire.int8(last) + wire.int8(codec)
    body += wire.varint(len(payload) + 1) + payload + wire.no_tags
    answer = client.call(PUSH, 0, body, flexible=True)
    answer.int32()
    return answer.int16()


def test_without_a_subscription_a_client_works_and_stays_quiet(make_broker):
    listening = Listening()
    broker = make_broker({
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{listening.port}",
    }).start()  # fmt: skip
    listening.target = broker.port
    shared = {"bootstrap.servers": f"127.0.0.1:{listening.port}", "enable.metrics.push": True}
    producer = confluent_kafka.Producer(shared)
    consumer = confluent_kafka.Consumer({
        **shared, "group.id": "g", "auto.offset.reset": "earliest",
    })  # fmt: skip
    for number in range(50):
        producer.produce("quiet", str(number))
    assert producer.flush(20) == 0
    consumer.assign([confluent_kafka.TopicPartition("quiet", 0, 0)])
    got = []
    wait_until(lambda: got.extend(consumer.consume(50, 0.1)) or len(got) == 50, "the records")
    wait_until(lambda: listening.requests[GET] >= 2, "both clients' question for a subscription")
    consumer.close()
    del producer, consumer
    # Each asks once, and is told to come again in five minutes.
    assert (listening.requests[GET], listening.requests[PUSH]) == (2, 0)


def test_with_a_subscription_a_client_pushes_as_often_as_asked(make_broker):
    listening = Listening()
    broker = make_broker({
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{listening.port}",
    }).start()  # fmt: skip
    listening.target = broker.port
    wanted = {"metrics": "*", "interval.ms": 300, "match": "client_id=pushing-.*"}
    with RawClient(broker.port) as admin:
        assert admin.alter_configs(CLIENT_METRICS, "all", wanted) == 0
        assert admin.alter_configs(CLIENT_METRICS, "bad", {"match": "client_id=("}) != 0
    shared = {"bootstrap.servers": f"127.0.0.1:{listening.port}", "enable.metrics.push": True}
    producers = [
        confluent_kafka.Producer({**shared, "client.id": name}) for name in ("pushing-1", "quiet")
    ]
    for producer in producers:
        producer.produce("pushed", "x")
        assert producer.flush(20) == 0
    began = time.monotonic()
    wait_until(lambda: listening.requests[PUSH] >= 4, "four pushes")
    seconds = time.monotonic() - began
    # One client pushes every 0.3 s, spread by half of it; the other one has nothing to push.
    assert listening.requests[PUSH] <= seconds / 0.15 + 2
    wait_until(lambda: listening.requests[GET] == 2, "both clients' question")


def test_a_client_gets_an_instance_id_and_is_told_when_it_asks_too_early(broker):
    with RawClient(broker.port) as client:
        error, instance, subscription, codecs, interval, most, metrics = get(client)
        assert (error, codecs, interval, most, metrics) == (0, [4, 3, 1, 2], 300_000, 1 << 20, [])
        assert instance != bytes(16)
        assert get(client)[1] != instance, "every client gets an id of its own"
        assert get(client, instance)[0] == THROTTLED
        assert push(client, instance, subscription) == 0
        assert push(client, instance, subscription) == THROTTLED
        assert push(client, instance, subscription, last=True) == 0
        assert push(client, instance, subscription, last=True) == INVALID_REQUEST


@pytest.mark.parametrize("wrong, error", [
    ({"subscription": 1}, UNKNOWN_SUBSCRIPTION), ({"codec": 9}, UNSUPPORTED_COMPRESSION),
    ({"payload": bytes((1 << 20) + 1)}, TOO_LARGE),
])  # fmt: skip
def test_a_push_that_is_wrong_is_refused(broker, wrong, error):
    with RawClient(broker.port) as client:
        _, instance, subscription, *_ = get(client, uuid.uuid4().bytes)
        request = {"subscription": subscription, **wrong}
        if "subscription" in wrong:
            request["subscription"] = subscription ^ 1
        assert push(client, instance, **request) == error
        assert push(client, bytes(16), subscription) == INVALID_REQUEST
        # Who is told that the subscription or codec is wrong may ask again at once.
        assert (get(client, instance)[0] == THROTTLED) == (error == TOO_LARGE)
