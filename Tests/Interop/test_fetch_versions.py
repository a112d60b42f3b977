"""Fetch 4 to 18, each by hand, over both tiers, and what leader epochs are answered (KIP-320)."""

import pytest

from harness import clients, records, wire
from harness.fetching import fetch, topic_id
from harness.raw import RawClient
from harness.tiers import wait_local_deleted, wait_settled

FENCED, UNKNOWN = 74, 75


@pytest.fixture(scope="module")
def tiered(tmp_path_factory):
    """A broker whose topic `t` has cold records of epoch 0 and hot ones of epoch 1."""
    from harness.broker import Broker

    broker = Broker(tmp_path_factory.mktemp("tiered"))
    broker.start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", 1, {"segment.bytes": 16384, "local.retention.ms": 1}) == 0
    sent = [
        records.Record(0, n, records.FIRST_TIMESTAMP + n, b"k", bytes(1000)) for n in range(30)
    ]
    clients.Confluent(broker).produce("t", sent)
    wait_settled(broker, ["t"])
    wait_local_deleted(broker, ["t"])
    broker.kill()
    broker.start()
    with RawClient(broker.port) as raw:
        assert raw.alter_topic("t", {"local.retention.ms": -1}) == 0
        assert raw.produce("t", wire.good_batch(b"a", b"b"))[0] == 0
        yield broker, topic_id(raw, "t")
    broker.stop()


@pytest.mark.parametrize("version", range(4, 19))
def test_both_tiers_in_every_version(tiered, version):
    broker, uid = tiered
    key = "t" if version < 13 else uid
    with RawClient(broker.port) as raw:
        for offset in (0, 30):
            answer = fetch(raw, version, {(key, 0): offset}, wait=20_000)
            part = answer.parts[key, 0]
            assert (answer.error, answer.session, part.error) == (0, 0, 0)
            assert part.records and part.preferred == -1
            assert part.high_watermark == 32
            if version >= 5:
                assert part.log_start == 0
        missing = "nowhere" if version < 13 else type(uid)(int=7)
        found = fetch(raw, version, {(missing, 0): 0, (key, 5): 0, (key, 0): 99})
        assert found.parts[missing, 0].error == (3 if version < 13 else 100)
        assert found.parts[key, 5].error == 3
        assert found.parts[key, 0].error == 1


@pytest.mark.parametrize("version", [9, 12, 15, 16, 18])
def test_leader_epochs_are_compared(tiered, version):
    broker, uid = tiered
    key = "t" if version < 13 else uid
    with RawClient(broker.port) as raw:
        for epoch, error in [(0, FENCED), (1, 0), (2, UNKNOWN)]:
            answer = fetch(raw, version, {(key, 0): 30}, leader_epoch=epoch)
            part = answer.parts[key, 0]
            assert part.error == error, epoch
            if error == FENCED and version >= 16:
                assert part.leader == (1, 1)
                assert answer.nodes == {1: ("127.0.0.1", broker.port)}
            else:
                assert part.leader is None and answer.nodes == {}


@pytest.mark.parametrize("version", [12, 17])
def test_a_reader_of_another_history_is_told_where_it_parts(tiered, version):
    broker, uid = tiered
    key = "t" if version < 13 else uid
    with RawClient(broker.port) as raw:

        def ask(offset, fetched):
            return fetch(
                raw, version, {(key, 0): offset}, fetched_epoch=fetched, wait=20_000
            ).parts[key, 0]

        # Epoch 0 ended at 30, in the cold tier; epoch 1 goes on.
        assert ask(10, 0).records and ask(30, 0).records and ask(31, 1).records
        parted = ask(31, 0)
        assert (parted.error, parted.records, parted.diverging) == (0, b"", (0, 30))
        assert ask(32, 5).error == 1


@pytest.mark.parametrize("version", [4, 11, 15])
def test_a_replica_is_not_one_of_ours(tiered, version):
    broker, uid = tiered
    key = "t" if version < 13 else uid
    with RawClient(broker.port) as raw:
        assert fetch(raw, version, {(key, 0): 0}, replica=2).parts[key, 0].error == 6
        if version >= 9:
            asked = fetch(raw, version, {(key, 0): 0}, replica=2, leader_epoch=1)
            assert asked.parts[key, 0].error == UNKNOWN
