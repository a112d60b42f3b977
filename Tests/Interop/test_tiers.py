"""What four clients write is read by all of them, before and after it has settled.

Each lake (a directory, moto; Ceph with --full) gets a broker and a workload. The hot tests run
first; then the fixture `cold` waits until everything has settled and the old segments are gone.
"""

import pytest

from harness import clients, records, wire
from harness.broker import Broker
from harness.lake import LakeTable
from harness.raw import RawClient
from harness.tiers import Tiers, wait_local_deleted, wait_settled
from harness.workload import Workload

EVERY_PAIR = [(producer, codec) for producer in clients.ALL for codec in clients.CODECS]
# On S3 each producer with another codec is enough: the codecs end at the hot log.
A_FEW = list(zip(clients.ALL, ["zstd", "lz4", "gzip", "snappy"]))
PREFIX = "some/prefix"

lakes = pytest.mark.parametrize(
    "lake", ["file", "moto", pytest.param("radosgw", marks=pytest.mark.full)],
    indirect=True, scope="module",
)  # fmt: skip
by_client = pytest.mark.parametrize("client", clients.ALL, ids=lambda c: c.name)


class Lake:
    """A broker on one kind of store, and the workload in it."""

    def __init__(self, broker, store, workload):
        self.broker, self.store, self.workload = broker, store, workload

    def table(self, topic):
        return LakeTable(self.store, PREFIX, topic)


@pytest.fixture(scope="module")
def lake(request, open_store, tmp_path_factory):
    store = open_store(request.param)
    directory = tmp_path_factory.mktemp(f"tiers-{request.param}")
    broker = Broker(directory, store.properties(PREFIX))
    broker.start()
    pairs = EVERY_PAIR if request.param == "file" else A_FEW
    yield Lake(broker, store, Workload(broker, pairs))
    broker.stop()


@pytest.fixture(scope="module")
def cold(lake):
    """The same lake once all is settled and the closed segments are deleted locally."""
    with RawClient(lake.broker.port) as raw:
        for topic in lake.workload.topics:
            assert raw.alter_topic(topic, {"local.retention.ms": 1}) == 0
    wait_settled(lake.broker, lake.workload.topics)
    wait_local_deleted(lake.broker, lake.workload.topics)
    return lake


@lakes
class TestHot:
    @by_client
    def test_every_record(self, lake, client):
        lake.workload.check(client, "hot")

    @by_client
    def test_from_the_middle(self, lake, client):
        lake.workload.check_middle(client, "hot")

    @by_client
    def test_by_timestamp(self, lake, client):
        lake.workload.check_timestamps(client, "hot")


@lakes
class TestCold:
    @by_client
    def test_every_record(self, cold, client):
        cold.workload.check(client, "cold")

    @by_client
    def test_from_the_middle(self, cold, client):
        cold.workload.check_middle(client, "cold")

    @by_client
    def test_by_timestamp(self, cold, client):
        cold.workload.check_timestamps(client, "cold")

    def test_the_log_starts_where_it_did(self, cold):
        for topic in cold.workload.topics:
            tiers = Tiers(cold.broker, topic)
            assert tiers.log_start == 0 and tiers.log_end == len(cold.workload.sent[topic]), tiers

    def test_after_a_restart(self, cold):
        """A second start finds both tiers, and offsets go on where they were."""
        cold.broker.restart()
        cold.workload.check(clients.Confluent, "after a restart")


@lakes
class TestSQL:
    def test_pyiceberg_reads_every_record(self, cold):
        for topic, sent in cold.workload.sent.items():
            got = cold.table(topic).pyiceberg_records()
            records.assert_equal(got, sent, f"{topic} by PyIceberg")

    def test_duckdb_reads_every_record(self, cold):
        for topic, sent in cold.workload.sent.items():
            got = cold.table(topic).duckdb_records()
            records.assert_equal(got, sent, f"{topic} by DuckDB")

    def test_duckdb_attaches_by_version_hint(self, cold):
        """A bare table path is enough for DuckDB, thanks to version-hint.text."""
        topic = cold.workload.topics[0]
        table = cold.table(topic)
        location = table.store.url(PREFIX, table.folder)
        with table.duckdb() as connection:
            connection.execute("SET unsafe_enable_version_guessing = false")
            (count,) = connection.execute(
                f"SELECT count(*) FROM iceberg_scan('{location}', allow_moved_paths = false)"
            ).fetchone()
        assert count == len(cold.workload.sent[topic])

    def test_filters_find_their_rows(self, cold):
        """Wrong bounds or statistics would make an engine skip files that hold the rows."""
        topic, sent = next(iter(cold.workload.sent.items()))
        table = cold.table(topic)
        for wanted in sent[:: len(sent) // 7]:
            row_filter = f"kafka_partition == 0 and kafka_offset == {wanted.offset}"
            rows = table.pyiceberg().scan(row_filter=row_filter).to_arrow()
            assert rows.num_rows == 1, f"{wanted.brief()} by PyIceberg"
            with table.duckdb() as connection:
                found = connection.execute(
                    "SELECT kafka_offset, kafka_value FROM t WHERE kafka_partition = 0 "
                    "AND kafka_timestamp = make_timestamptz(?) AND kafka_offset = ?",
                    [wanted.timestamp * 1000, wanted.offset],
                ).fetchall()
            assert found == [(wanted.offset, wanted.value)], f"{wanted.brief()} by DuckDB"

    def test_fastavro_reads_the_manifests(self, cold):
        topic, sent = next(iter(cold.workload.sent.items()))
        table = cold.table(topic)
        metadata = table.metadata()
        assert metadata["format-version"] == 2 and metadata["last-column-id"] == 13
        head, schema, entries = table.manifest_list()
        assert head["format-version"] == "2", head
        assert head["snapshot-id"] == str(metadata["current-snapshot-id"]), head
        assert {f["name"]: f["field-id"] for f in schema["fields"]}["manifest_path"] == 500
        assert all(entry["content"] == 0 for entry in entries)
        count = 0
        for entry, head, schema, files in table.manifests():
            assert head["content"] == "data" and head["format-version"] == "2", head
            assert {f["name"]: f["field-id"] for f in schema["fields"]}["data_file"] == 2
            counted = {"added": 0, "existing": 0, "deleted": 0}
            for item in files:
                kind = ("existing", "added", "deleted")[item["status"]]
                counted[kind] += 1
                data = item["data_file"]
                if kind != "deleted":
                    count += data["record_count"]
                    assert len(table.object(data["file_path"])) == data["file_size_in_bytes"]
                    assert data["file_format"] == "PARQUET"
            for kind, number in counted.items():
                assert entry[f"{kind}_files_count"] == number, (kind, entry)
        assert count == len(sent)

    def test_each_offset_once(self, cold):
        for topic, sent in cold.workload.sent.items():
            with cold.table(topic).duckdb() as connection:
                row = connection.execute(
                    "SELECT count(*), count(DISTINCT (kafka_partition, kafka_offset)) FROM t"
                ).fetchone()
            assert row == (len(sent), len(sent)), topic


@pytest.mark.parametrize("length", [226, 249])
def test_a_topic_with_a_long_name_settles_and_goes(make_broker, length):
    """Directories and keys with an id behind such a name would be longer than their 255 bytes."""
    name = "n" * length
    with make_broker() as broker, RawClient(broker.port) as client:
        assert client.create_topic(name, 2, {"local.retention.ms": 1}) == 0
        for number in range(30):
            batch = wire.good_batch(b"%d" % number * 1000, timestamp=records.FIRST_TIMESTAMP)
            assert client.produce(name, batch)[0] == 0
        wait_settled(broker, [name])
        assert client.delete_topic(name) == 0
        assert client.create_topic(name, 1) == 0, "the broker's log goes on"
        assert client.produce(name, wire.good_batch(b"again")) == (0, 0)
