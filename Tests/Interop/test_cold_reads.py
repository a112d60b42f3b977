"""Cold reads against a store that is slow, gone, or counted byte by byte."""

import struct
import time

import pytest

from harness import clients, records
from harness.broker import Broker
from harness.proxy import Proxy
from harness.raw import RawClient
from harness.tiers import wait_local_deleted, wait_settled
from harness.waiting import wait_until

COUNT, VALUE = 6000, 2000
COLD, HOT = ("cold", 0), ("hot", 0)


class SlowLake:
    """A broker whose store lies behind a proxy, with one cold and one hot topic."""

    def __init__(self, broker, proxy, sent):
        self.broker, self.proxy, self.sent = broker, proxy, sent


@pytest.fixture(scope="module")
def lake(open_store, tmp_path_factory):
    store = open_store("moto")
    proxy = Proxy(int(store.endpoint.rsplit(":", 1)[1]))
    broker = Broker(
        tmp_path_factory.mktemp("cold-reads"),
        {**store.properties("cold-reads"), "lake.s3.endpoint": proxy.endpoint,
         "log.segment.bytes": 1 << 20, "lake.cache.bytes": 1 << 20},
    ).start()  # fmt: skip
    with RawClient(broker.port) as raw:
        assert raw.create_topic("cold", 1, {"retention.ms": -1, "local.retention.ms": 1}) == 0
        assert raw.create_topic("hot", 1, {"remote.storage.enable": "false"}) == 0
    # Values that do not compress: what travels is what was asked for.
    source = records.random.Random(5)
    sent = [
        records.Record(0, n, records.FIRST_TIMESTAMP + n, b"%d" % n, source.randbytes(VALUE))
        for n in range(COUNT)
    ]
    clients.Confluent(broker).produce("cold", sent)
    wait_settled(broker, ["cold"])
    wait_local_deleted(broker, ["cold"])
    clients.Kcat(broker).run("-P", "-t", "hot", stdin=b"the hot record")
    yield SlowLake(broker, proxy, sent)
    proxy.delay, proxy.refusing = 0, False
    broker.stop()
    proxy.close()


@pytest.fixture(autouse=True)
def healthy_store(lake):
    lake.proxy.delay, lake.proxy.refusing = 0, False
    yield
    lake.proxy.delay, lake.proxy.refusing = 0, False


def fresh_client(lake):
    """A client on a broker without anything in its caches."""
    lake.broker.restart()
    return RawClient(lake.broker.port, timeout=30)


def first_offset(data):
    return struct.unpack(">q", data[:8])[0]


def test_a_read_from_the_middle_gets_only_its_pages(lake):
    """12 MB lie in the lake; a fetch of 64 KiB must not read them all."""
    with fresh_client(lake) as raw:
        before = lake.proxy.sent_down
        data = wait_until(
            lambda: raw.fetch("cold", 3000, max_bytes=65536, wait=1000)[2], "records at 3000"
        )
        assert first_offset(data) <= 3000 and lake.sent[3000].value in data
        moved = lake.proxy.sent_down - before
        assert moved < COUNT * VALUE / 3, f"{moved} bytes for 64 KiB of records"


def test_a_slow_store_delays_neither_the_hot_partition_nor_the_answer(lake):
    with fresh_client(lake) as raw:
        lake.proxy.delay = 2.0
        began = time.monotonic()
        found = raw.fetch_many({COLD: 1000, HOT: 0}, wait=300)
        seconds = time.monotonic() - began
        assert found[HOT][0] == 0 and b"the hot record" in found[HOT][2]
        assert found[COLD][0] == 0, "an offset that exists is never out of range"
        assert seconds < 1.0, f"the hot record came after {seconds:.2f} s"
        # Alone, the cold partition comes back empty within max.wait …
        began = time.monotonic()
        error, _, data = raw.fetch("cold", 1000, wait=300)
        seconds = time.monotonic() - began
        assert error == 0 and seconds < 1.5, f"{seconds:.2f} s for a max.wait of 0.3 s"
        # … and the read goes on in the background until a later fetch has it.
        data = data or wait_until(
            lambda: raw.fetch("cold", 1000, wait=300)[2], "the cold record", 60
        )
        assert lake.sent[1000].value in data


def test_other_connections_do_not_wait_for_a_slow_store(lake):
    with fresh_client(lake) as waiting, RawClient(lake.broker.port) as other:
        lake.proxy.delay = 2.0
        waiting.fetch("cold", 2000, wait=10)
        for _ in range(20):
            began = time.monotonic()
            assert other.fetch("hot", 0)[0] == 0
            assert time.monotonic() - began < 0.5


def test_a_search_by_time_does_not_pass_over_a_store_that_is_slow(lake):
    """After a restart the local log is known at once, and the table only when the store answers."""
    lake.proxy.delay = 0.2
    with fresh_client(lake) as raw:

        def found():
            error, offset, _ = raw.list_offset("cold", 0, records.FIRST_TIMESTAMP + 10)
            assert error != 0 or offset == 10, f"the first record since then is at 10, not {offset}"
            return error == 0

        wait_until(found, "the record of a time", 60)


def test_a_search_by_time_waits_for_the_store_no_longer_than_it_is_asked_to(lake):
    """What is asked next on the connection waits behind it."""
    timed_out = 7
    with fresh_client(lake) as raw:
        wait_settled(lake.broker, ["cold"])
        lake.proxy.delay = 5.0
        began = time.monotonic()
        error, offset, _ = raw.list_offset("cold", 0, records.FIRST_TIMESTAMP + 4000, wait=300)
        seconds = time.monotonic() - began
        assert (error, offset) == (timed_out, -1) and seconds < 2, f"{error} after {seconds:.2f} s"
        assert raw.fetch("hot", 0)[0] == 0
        lake.proxy.delay = 0

        def found():
            return raw.list_offset("cold", 0, records.FIRST_TIMESTAMP + 4000)[:2] == (0, 4000)

        wait_until(found, "the record of a time", 60)


def test_an_outage_is_a_line_in_the_log_and_not_one_for_each_read(lake):
    with fresh_client(lake) as raw:
        wait_settled(lake.broker, ["cold"])
        before = lake.broker.log_path.read_text().count("a cold read failed")
        lake.proxy.refusing = True

        def said():
            for offset in range(0, COUNT, 500):
                assert raw.fetch("cold", offset, wait=10)[0] == 0
            text = lake.broker.log_path.read_text()
            assert text.count("a cold read failed") - before <= 1
            return text.count("a cold read failed") - before == 1

        # One that an earlier test left holds the next back for ten seconds.
        wait_until(said, "the failure of reads in the log", 30)
        lake.broker.stop()  # with reads under way
        assert lake.broker.log_path.read_text().count("a cold read failed") - before == 1


def test_a_store_that_is_gone_is_no_gap(lake):
    with fresh_client(lake) as raw:
        lake.proxy.refusing = True
        for _ in range(3):
            error, _, data = raw.fetch("cold", 500, wait=200)
            assert error != 1, "OFFSET_OUT_OF_RANGE for an offset that exists"
            assert not data
        assert raw.fetch("hot", 0)[0] == 0
        lake.proxy.refusing = False
        data = wait_until(lambda: raw.fetch("cold", 500, wait=500)[2], "the store's return", 60)
        assert lake.sent[500].value in data


@pytest.mark.parametrize("client", clients.ALL, ids=lambda client: client.name)
def test_every_record_through_a_lazy_store(lake, client):
    lake.broker.restart()
    lake.proxy.delay = 0.05
    got = client(lake.broker).read({COLD: COUNT}, timeout=120)[COLD]
    expected = lake.sent
    if client is clients.Kcat:
        expected = [clients.Kcat.expected(record) for record in expected]
    records.assert_equal(got, expected, f"by {client.name}")


def test_settling_goes_on_when_the_store_returns(lake):
    """While the store is gone producers go on; afterwards everything settles by itself."""
    broker = lake.broker
    with RawClient(broker.port) as raw:
        assert raw.create_topic("later", 1, {"retention.ms": -1, "local.retention.ms": 1}) == 0
        lake.proxy.refusing = True
        sent = records.varied(120)
        offsets = clients.Confluent(broker).produce("later", sent)
        assert offsets == list(range(120))
        lake.proxy.refusing = False
    wait_settled(broker, ["later"], timeout=90)
    got = clients.Confluent(broker).read({("later", 0): 120})["later", 0]
    records.assert_equal(got, sent, "after the store's return")
