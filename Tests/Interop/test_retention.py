"""retention.ms and retention.bytes move the log start over both tiers; the lake may keep more."""

from harness import clients, records
from harness.lake import LakeTable
from harness.raw import RawClient
from harness.stores import DirectoryStore
from harness.tiers import EARLIEST, Tiers, wait_local_deleted, wait_settled
from harness.waiting import wait_until


def test_retention_moves_the_log_start_across_tiers(broker, topic):
    name = topic(segment_bytes=16384, local_retention_ms=1, retention_ms=-1)
    sent = [
        records.Record(0, n, records.FIRST_TIMESTAMP + n, b"%d" % n, bytes([n % 251]) * 1000)
        for n in range(400)
    ]  # fmt: skip
    for part in range(0, 400, 100):
        clients.Confluent(broker).produce(name, sent[part : part + 100])
        wait_settled(broker, [name])
    wait_local_deleted(broker, [name])
    assert Tiers(broker, name).log_start == 0
    with RawClient(broker.port) as raw:
        assert raw.alter_topic(name, {"retention.ms": 1000}) == 0
        start = wait_until(
            lambda: raw.list_offset(name, 0, EARLIEST)[1], "the log start to move", 30
        )
        # What is gone is gone for every client, and says so.
        error, _, _ = raw.fetch(name, 0)
        assert error == 1, f"error {error} below the log start {start}"
    # lake.retention.ms is -1: SQL still sees every row.
    table = LakeTable(DirectoryStore(broker.directory), "lake", name)
    with table.duckdb() as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (400,)


def test_rows_leave_the_table_when_told_to(broker, topic):
    name = topic(
        segment_bytes=16384, local_retention_ms=1, retention_ms=1000, lake_retention_ms=1000
    )
    sent = [
        records.Record(0, n, records.FIRST_TIMESTAMP + n, None, b"x" * 1000) for n in range(200)
    ]
    clients.Confluent(broker).produce(name, sent)

    def rows():
        try:
            table = LakeTable(DirectoryStore(broker.directory), "lake", name)
        except AssertionError:
            return None
        with table.duckdb() as connection:
            return connection.execute("SELECT count(*) FROM t").fetchone()[0]

    wait_until(lambda: Tiers(broker, name).log_start > 0, "the log start to move", 30)
    wait_until(lambda: (rows() or 0) < 200, "rows to leave the table", 30, interval=0.2)
