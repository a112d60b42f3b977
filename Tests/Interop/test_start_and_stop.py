"""Starting with nothing, with a file, with mistakes; stopping; sharing what cannot be shared."""

import json
import signal
import socket
import subprocess
import threading
import time

import pytest

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.admin import KafkaAdminClient

from harness import clients, records, wire
from harness.broker import default_binary
from harness.processes import die_with_parent, free_port
from harness.raw import RawClient
from harness.waiting import wait_until


def run_to_the_end(*arguments, cwd=None, timeout=20):
    """Runs varve, which must end by itself; returns (exit status, what it wrote to stderr)."""
    finished = subprocess.run(
        [default_binary(), *map(str, arguments)], cwd=cwd, capture_output=True, text=True,
        timeout=timeout, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return finished.returncode, finished.stderr


def answers(port):
    try:
        with RawClient(port, timeout=2) as client:
            return client.api_versions()
    except OSError:
        return None


def test_with_no_config_at_all(tmp_path):
    """Only the port is given, for 9092 may be taken: data and lake lie under ./data."""
    port = free_port()
    process = subprocess.Popen(
        [default_binary(), "serve", "--set", f"listeners=PLAINTEXT://127.0.0.1:{port}"],
        cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=die_with_parent,
    )  # fmt: skip
    try:
        wait_until(lambda: answers(port), "a broker without a config", 10)
        process.send_signal(signal.SIGTERM)
        log = process.communicate(timeout=20)[1]
        assert process.returncode == 0, log
        assert [path.name for path in tmp_path.iterdir()] == ["data"]
        assert log.count("\n") >= 1 and "\n\n" not in log
    finally:
        process.kill()


def test_starts_quickly(make_broker):
    broker = make_broker().start()
    assert broker.start_seconds < 1, f"{broker.start_seconds:.3f} s until ApiVersions"
    broker.restart()
    assert broker.start_seconds < 1, f"{broker.start_seconds:.3f} s the second time"
    assert broker.status_kilobytes("VmRSS") < 80 * 1024
    broker.stop()


def test_second_start_finds_everything(make_broker):
    broker = make_broker({"num.partitions": 2}).start()
    sent = records.varied(60)
    with RawClient(broker.port) as raw:
        configs = {"retention.ms": -1, "max.message.bytes": 2_000_000}
        assert raw.create_topic("kept", 1, configs) == 0
    clients.Confluent(broker).produce("kept", sent, "lz4")
    broker.restart()
    got = clients.Confluent(broker).read({("kept", 0): 60})["kept", 0]
    records.assert_equal(got, sent, "after a restart")
    large = records.large((1_500_000,))
    assert clients.Confluent(broker).produce("kept", large) == [60]
    offsets = clients.Confluent(broker).produce("kept", sent)
    assert offsets == list(range(61, 121))
    broker.stop()


def test_sigterm_under_load_keeps_what_was_acknowledged(make_broker):
    broker = make_broker().start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", 1, {"retention.ms": -1}) == 0
    acknowledged = []
    producer = clients.confluent_kafka.Producer({
        "bootstrap.servers": broker.address, "acks": "all", "linger.ms": 1,
        "enable.idempotence": True,
    })  # fmt: skip

    def delivered(error, message):
        if not error:
            acknowledged.append((message.offset(), message.value()))

    number = 0
    while len(acknowledged) < 5000:
        try:
            producer.produce("t", b"%d" % number, on_delivery=delivered)
            number += 1
            producer.poll(0)
        except BufferError:
            producer.poll(0.01)
    broker.restart()
    assert producer.flush(30) == 0
    assert len(acknowledged) == number
    got = clients.Confluent(broker).read({("t", 0): number})["t", 0]
    assert [record.value for record in got] == [b"%d" % n for n in range(number)]
    assert dict(acknowledged) == {record.offset: record.value for record in got}
    broker.stop()


def test_sigterm_waits_for_nobody(make_broker):
    """Idle clients, and fetches that would wait for a minute: they are answered at once."""
    broker = make_broker({"num.partitions": 1}).start()
    with RawClient(broker.port) as client:
        assert client.create_topic("quiet", 1, {"retention.ms": -1}) == 0
        idle = [RawClient(broker.port) for _ in range(20)]
        answers = []
        with RawClient(broker.port, timeout=30) as parked:
            thread = threading.Thread(
                target=lambda: answers.append(parked.fetch("quiet", 0, wait=60_000))
            )
            thread.start()
            # What a client asks after its fetch has arrived proves that the fetch waits.
            for _ in range(20):
                assert client.api_versions()
            assert not answers
            began = time.monotonic()
            broker.stop()
            seconds = time.monotonic() - began
            thread.join()
        assert answers == [(0, 0, b"")]
        assert seconds < 3, f"{seconds:.1f} s from SIGTERM to the end"
        for one in idle:
            one.close()


@pytest.mark.parametrize(
    "line,nearest",
    [
        ("num.partition=3", "num.partitions"),
        ("log.segment.byte=1000000", "log.segment.bytes"),
        ("lake.commit.intervall.ms=5", "lake.commit.interval.ms"),
        ("num.partitions=three", "three"),
        ("log.segment.bytes=-5", "-5"),
        ("auto.create.topics.enable=maybe", "maybe"),
        ("lake.url=ftp://somewhere", "ftp"),
        ("lake.layout=by-dya", "by-day"),
        ("lake.namespace=a/b", "a/b"),
        ("lake.s3.endpoint=nonsense", "nonsense"),
        ("lake.s3.access.key.id=alone", "lake.s3.secret.access.key"),
        ("just some words", "just some words"),
    ],
)
def test_bad_config(tmp_path, line, nearest):
    path = tmp_path / "server.properties"
    port = free_port()
    path.write_text(f"# a comment\n\nlisteners=PLAINTEXT://127.0.0.1:{port}\n{line}\n")
    status, error = run_to_the_end("serve", "--config", path, cwd=tmp_path)
    assert status == 2, error
    assert "server.properties:4" in error and nearest in error, error
    assert len(error.strip().splitlines()) <= 3, error
    assert not (tmp_path / "data").exists(), "a refused config must leave nothing behind"


@pytest.mark.parametrize(
    "arguments", [["serve", "--confg", "x"], ["sreve"], ["serve", "--config"], ["topic", "lst"]]
)
def test_bad_arguments(tmp_path, arguments):
    status, error = run_to_the_end(*arguments, cwd=tmp_path)
    assert status == 2 and error, error


def test_missing_config_file(tmp_path):
    status, error = run_to_the_end("serve", "--config", "nowhere.properties", cwd=tmp_path)
    assert status == 2 and "nowhere.properties" in error, error


def test_two_brokers_on_one_directory(make_broker):
    first = make_broker().start()
    status, error = run_to_the_end(
        "serve", "--set", f"listeners=PLAINTEXT://127.0.0.1:{free_port()}", "--set",
        f"log.dirs={first.data}", cwd=first.directory,
    )  # fmt: skip
    assert status not in (0, -6, -11) and str(first.data) in error, (status, error)
    assert len(error.strip().splitlines()) <= 3, error
    assert answers(first.port), "the first broker must not notice"
    first.stop()


def test_a_crash_frees_the_directory(make_broker):
    broker = make_broker().start()
    broker.kill()
    broker.start()
    broker.stop()


def test_busy_port(make_broker, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, error = run_to_the_end(
            "serve", "--set", f"listeners=PLAINTEXT://127.0.0.1:{port}", cwd=tmp_path
        )
    assert status not in (0, -6, -11) and str(port) in error, (status, error)


def test_a_busy_port_costs_no_recovery(make_broker):
    """A start that fails on its port leaves a cleanly stopped directory as clean as it was."""
    broker = make_broker().start()
    clients.Confluent(broker).produce("t", records.varied(12))
    broker.stop()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = f"listeners=PLAINTEXT://127.0.0.1:{taken.getsockname()[1]}"
        status, error = run_to_the_end(
            "serve", "--config", broker.write_properties(), "--set", busy, cwd=broker.directory
        )
        assert status == 2 and len(error.strip().splitlines()) == 1, (status, error)
    broker.start()
    described = json.loads(broker.varve("topic", "describe", "t", "--json").stdout)
    assert {partition["leader_epoch"] for partition in described["partitions"]} == {0}
    assert "recovered" not in broker.log_tail(1000)
    broker.stop()


def damage(broker, partition):
    """Cuts a log where it was durable; the next start verifies it."""
    (log,) = (broker.data / partition).glob("*.log")
    log.write_bytes(log.read_bytes()[:1000])
    (broker.data / ".kafka_cleanshutdown").unlink()


def test_one_damaged_log_keeps_nobody_else_from_being_served(make_broker):
    storage_error, leader_not_available = 56, 5
    broker = make_broker().start()
    with RawClient(broker.port) as client:
        assert client.create_topic("t", 3) == client.create_topic("other") == 0
        for partition in range(3):
            batch = wire.good_batch(b"x" * 3000)
            assert client.produce("t", batch, partition)[0] == 0
    broker.stop()
    damage(broker, "t-1")
    broker.start()
    good = wire.good_batch(b"y")
    with RawClient(broker.port) as client:
        assert [client.produce("t", good, n)[0] for n in range(4)] == [0, storage_error, 0, 3]
        assert [client.fetch("t", 0, n)[0] for n in range(4)] == [0, storage_error, 0, 3]
        assert [client.list_offset("t", n, -1)[:2] for n in (1, 2)] == [(storage_error, -1), (0, 2)]
        assert client.produce("other", good)[0] == 0
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    (described,) = admin.describe_topics(["t"])
    found = [(p["error_code"], p["leader_id"]) for p in described["partitions"]]
    assert found == [(0, 1), (leader_not_available, -1), (0, 1)]
    admin.create_partitions({"t": 4})
    admin.close()
    with RawClient(broker.port) as client:
        assert [client.produce("t", good, n)[0] for n in range(4)] == [0, storage_error, 0, 0]
        assert client.delete_topic("t") == 0 and client.create_topic("t", 2) == 0
        assert client.produce("t", good, 1) == (0, 0)
    assert "partition is offline" in broker.log_tail(1000)


def test_a_damaged_log_of_offsets_is_an_error_that_says_what_to_do(make_broker):
    broker = make_broker({"offsets.topic.num.partitions": 1}).start()
    with RawClient(broker.port) as client:
        assert client.create_topic("t") == 0
    consumer = KafkaConsumer(bootstrap_servers=broker.address, group_id="g")
    consumer.assign([TopicPartition("t", 0)])
    consumer.commit({TopicPartition("t", 0): OffsetAndMetadata(0, "m" * 2000, -1)})
    consumer.close()
    broker.stop()
    damage(broker, "__consumer_offsets-0")
    with pytest.raises(AssertionError, match="ended with 1") as caught:
        broker.start()
    assert "__consumer_offsets-0" in str(caught.value) and "move its directory" in str(caught.value)


def test_a_file_where_the_directory_should_be(tmp_path):
    (tmp_path / "occupied").write_text("a file")
    status, error = run_to_the_end(
        "serve", "--set", f"listeners=PLAINTEXT://127.0.0.1:{free_port()}", "--set",
        "log.dirs=occupied", cwd=tmp_path,
    )  # fmt: skip
    assert status not in (0, -6, -11) and "occupied" in error, (status, error)


def test_help():
    for arguments in (["--help"], ["serve", "--help"], ["topic", "--help"], ["lake", "--help"]):
        finished = subprocess.run(
            [default_binary(), *arguments], capture_output=True, text=True, timeout=10
        )
        assert finished.returncode == 0 and "varve" in finished.stdout, arguments


def test_start_does_not_wait_for_the_store(make_broker):
    """An S3 endpoint where nobody listens: the hot tier works, settling waits."""
    broker = make_broker({
        "lake.url": "s3://bucket/prefix", "lake.s3.endpoint": f"http://127.0.0.1:{free_port()}",
        "lake.s3.path.style": "true", "lake.s3.access.key.id": "k",
        "lake.s3.secret.access.key": "s",
    })  # fmt: skip
    broker.start()
    assert broker.start_seconds < 2
    sent = records.varied(24)
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", 1, {"retention.ms": -1, "local.retention.ms": 1}) == 0
    clients.Confluent(broker).produce("t", sent)
    got = clients.Confluent(broker).read({("t", 0): 24})["t", 0]
    records.assert_equal(got, sent, "without a store")
    began = time.monotonic()
    broker.stop()
    assert time.monotonic() - began < 15, "SIGTERM must not wait for the store for long"
