"""Limits on connections, each through real sockets."""

import contextlib
import os
import resource
import socket
import time

import pytest

from harness import wire
from harness.raw import RawClient
from harness.waiting import wait_until


@contextlib.contextmanager
def connections(broker, count, source="127.0.0.1"):
    """Open connections that have been served."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(RawClient(broker.port, source=source)) for _ in range(count)]
        for one in made:
            assert one.api_versions()
        yield made


def is_served(client, within):
    client.socket.settimeout(within)
    try:
        return bool(client.api_versions())
    except TimeoutError:
        return False


@pytest.mark.parametrize("prefix", ["", "listener.name.plaintext."])
def test_connections_above_the_limit_wait_for_one_to_close(make_broker, prefix):
    broker = make_broker({f"{prefix}max.connections": 3}).start()
    with connections(broker, 3) as made, RawClient(broker.port) as late:
        assert not is_served(late, within=0.3)
        made[0].close()
        late.socket.settimeout(10)
        # The request that waited is answered first.
        late.receive_frame()
        assert late.api_versions()
    assert f"limit={prefix}max.connections" in broker.log_tail()


def test_an_address_has_its_own_limit(make_broker):
    broker = make_broker({
        "max.connections.per.ip": 2, "max.connections.per.ip.overrides": "127.0.0.5:4,127.0.0.9:1",
    }).start()  # fmt: skip
    with connections(broker, 4, "127.0.0.5"):
        with connections(broker, 2, "127.0.0.6"):
            for source in ("127.0.0.5", "127.0.0.6"):
                with pytest.raises(OSError), RawClient(broker.port, source=source) as late:
                    late.api_versions()
        # A freed place is given again.
        wait_until(lambda: can_connect(broker, "127.0.0.6"), "a free place")


def test_the_limits_of_addresses_can_be_changed(make_broker):
    broker = make_broker({"max.connections.per.ip": 1}).start()
    name = "max.connections.per.ip.overrides"
    # The start has asked from 127.0.0.1, and that connection may not be gone yet.
    with RawClient(broker.port, source="127.0.0.9") as admin:
        for wrong in ("127.0.0.5", "127.0.0.5:-1", "no-such-host.invalid:3"):
            assert admin.alter_configs(4, "", {name: wrong}) == 42
        assert admin.alter_configs(4, "", {name: "127.0.0.5:3"}) == 0
        with connections(broker, 3, "127.0.0.5"), connections(broker, 1, "127.0.0.6"):
            assert not can_connect(broker, "127.0.0.5")
            assert not can_connect(broker, "127.0.0.6")
        assert admin.alter_configs(4, "", {name: None, "max.connections.per.ip": 2}) == 0
        wait_until(lambda: holds(broker, 2, "127.0.0.5"), "two free places")
        assert not holds(broker, 3, "127.0.0.5")


def holds(broker, count, source):
    with contextlib.suppress(OSError), connections(broker, count, source):
        return True


def can_connect(broker, source):
    with contextlib.suppress(OSError), RawClient(broker.port, source=source) as client:
        return client.api_versions()


@pytest.mark.parametrize("prefix", ["", "listener.name.plaintext."])
def test_new_connections_come_no_faster_than_allowed(make_broker, prefix):
    broker = make_broker({
        f"{prefix}max.connection.creation.rate": 10, "quota.window.num": 2,
    }).start()  # fmt: skip
    began = time.monotonic()
    with connections(broker, 35):
        # Two windows have room for 20, and starting took a few; the rest comes at the rate.
        assert time.monotonic() - began >= 1.0
    assert f"limit={prefix}max.connection.creation.rate" in broker.log_tail()


def test_idle_connections_are_closed_and_busy_ones_kept(make_broker):
    broker = make_broker({"connections.max.idle.ms": 1000}).start()
    with connections(broker, 2) as (idle, busy):
        began = time.monotonic()
        idle.socket.settimeout(0.05)
        while True:
            assert busy.api_versions()
            try:
                assert idle.socket.recv(1) == b""
                break
            except socket.timeout:
                assert time.monotonic() - began < 5, "the idle connection is still open"
        assert time.monotonic() - began >= 0.9
        assert busy.api_versions()


def test_a_listener_that_does_not_exist_cannot_be_limited(make_broker):
    broker = make_broker({"listener.name.internal.max.connections": 3}).spawn()
    assert broker.process.wait(10) == 2
    assert "there is no listener internal" in broker.log_tail()


def limit_of_files(broker, limit=None):
    """The (soft, hard) limit of open files of the process, after it was set."""
    both = None if limit is None else (limit, limit)
    arguments = (broker.process.pid, resource.RLIMIT_NOFILE) + ((both,) if both else ())
    return resource.prlimit(*arguments)


def test_the_limit_of_open_files_is_raised(make_broker):
    """Services begin with 1,024 of the many that they may have; Java takes what there is, too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, hard))
    try:
        broker = make_broker().start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert limit_of_files(broker) == (hard, hard)


def test_connections_never_take_the_last_open_files(make_broker):
    """Without one a log cannot begin its next segment, and libdispatch ends the process."""
    policy_violation = 44
    with make_broker() as broker, RawClient(broker.port) as client:
        assert client.create_topic("t", 1, {"segment.bytes": 16384}) == 0

        def produce():
            return client.produce("t", wire.good_batch(os.urandom(6000)))[0]

        wait_until(lambda: "lake open" in broker.log_tail(), "the lake")
        opened = len(os.listdir(f"/proc/{broker.process.pid}/fd"))
        limit_of_files(broker, opened + 60)
        flood = [socket.create_connection(("127.0.0.1", broker.port)) for _ in range(100)]
        wait_until(lambda: "cannot accept" in broker.log_tail(), "no more connections")
        assert [produce() for _ in range(20)] == [0] * 20
        assert client.create_topic("large", 100) == policy_violation
        for connection in flood:
            connection.close()
        assert wait_until(lambda: answers(broker), "new connections")
        assert client.create_topic("small", 2) == 0 and produce() == 0


def answers(broker):
    try:
        with RawClient(broker.port, timeout=2) as client:
            return client.api_versions()
    except (OSError, ConnectionError):
        return None
