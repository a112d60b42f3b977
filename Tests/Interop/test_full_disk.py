"""A disk that gets full in spite of the reserve: a tmpfs, which needs root to be mounted."""

import subprocess

import confluent_kafka
import pytest

from harness.raw import RawClient
from harness.waiting import wait_until

MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MiB. Where none can be mounted the test fails: it never skips itself."""
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", path]
    mount = subprocess.run(command, capture_output=True, text=True)
    if mount.returncode != 0:
        pytest.fail(f"no tmpfs can be mounted here, run as root: {mount.stderr.strip()}")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


class Sender:
    """Sends numbered records until told otherwise, and knows which were acknowledged."""

    def __init__(self, broker, acks):
        self.acknowledged, self.errors, self.count = {}, [], 0
        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": broker.address, "acks": acks, "enable.idempotence": acks == "all",
            "linger.ms": 2, "message.timeout.ms": 120_000, "retry.backoff.ms": 50,
            "retry.backoff.max.ms": 200, "retries": 1_000_000,
        })  # fmt: skip

    def _answered(self, error, message):
        if error:
            self.errors.append(error)
        else:
            self.acknowledged[message.offset()] = message.value()

    def send(self, count):
        for _ in range(count):
            value = b"%09d " % self.count + b"." * 20_000
            self.count += 1
            while True:
                try:
                    self.producer.produce("t", value, on_delivery=self._answered)
                    break
                except BufferError:
                    self.producer.poll(0.05)
            self.producer.poll(0)

    def waiting(self):
        self.producer.poll(0.05)
        return len(self.producer)


def read(broker, end):
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": broker.address, "group.id": "g", "enable.auto.commit": False,
        "check.crcs": True,
    })  # fmt: skip
    consumer.assign([confluent_kafka.TopicPartition("t", 0, 0)])
    found = {}
    while len(found) < end:
        message = consumer.poll(10)
        assert message is not None, f"nothing after {len(found)} of {end}"
        assert not message.error(), message.error()
        found[message.offset()] = message.value()
    consumer.close()
    return found


@pytest.mark.parametrize("acks", ["1", "all"])
def test_a_full_disk_loses_nothing_and_fences_nothing(make_broker, small_disk, acks):
    broker = make_broker({
        "log.dirs": small_disk / "data", "varve.disk.reserve.bytes": 0,
        "offsets.topic.num.partitions": 1, "log.segment.bytes": 4 * MIB,
    })  # fmt: skip
    broker.data = small_disk / "data"
    broker.start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", 1, {"remote.storage.enable": "false"}) == 0
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (8 * MIB))
    sender = Sender(broker, acks)
    sender.send(600)
    sender.waiting()
    sender.send(400)
    wait_until(lambda: sender.waiting() and "the disk is full" in broker.log_tail(), "a full disk")
    before = dict(sender.acknowledged)
    assert len(before) < 1000
    # Consumers do not mind.
    with RawClient(broker.port) as raw:
        end = raw.list_offset("t", 0, -1)[1]
    found = read(broker, end)
    assert {offset: found[offset] for offset in before} == before
    ballast.unlink()
    wait_until(lambda: sender.waiting() == 0, "every record acknowledged", 60)
    assert not sender.errors and len(sender.acknowledged) == 1000
    assert "the disk has room again" in broker.log_tail()
    broker.restart()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("v", 1) == 0
    found = read(broker, raw_end(broker))
    assert {offset: found[offset] for offset in sender.acknowledged} == sender.acknowledged


def raw_end(broker):
    with RawClient(broker.port) as raw:
        return raw.list_offset("t", 0, -1)[1]
