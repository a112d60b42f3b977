"""Tables that the Swift tests write, without a broker: every layout, after every kind of commit.

By hand: VARVE_TABLES=/tmp/t swift test --filter TablesOnDisk; python test_tables.py /tmp/t
"""

import io
import json
import os
import pathlib
import subprocess
import sys

import pyarrow.parquet
import pytest
from harness.lake import LakeTable
from harness.stores import DirectoryStore

LAYOUTS = ("by-partition", "by-day", "by-hour")
PACKAGE = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The directory of the tables, freshly written."""
    place = tmp_path_factory.mktemp("tables")
    subprocess.run(
        ["swift", "test", "--skip-build", "--filter", "TablesOnDisk"], cwd=PACKAGE, check=True,
        env=os.environ | {"VARVE_TABLES": str(place)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return place


def opened(tables, layout):
    return LakeTable(DirectoryStore(tables), "lake", layout)


def expected(tables, layout):
    rows = json.loads((tables / f"{layout}.expected.json").read_text())
    return sorted((r["partition"], r["offset"], r["timestamp"], r["value"]) for r in rows)


def plain(records):
    return sorted((r.partition, r.offset, r.timestamp, r.value.decode()) for r in records)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pyiceberg_and_duckdb_read_every_row(tables, layout):
    table = opened(tables, layout)
    rows = expected(tables, layout)
    assert plain(table.pyiceberg_records()) == rows
    assert plain(table.duckdb_records()) == rows


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrow_agrees_with_the_checksum_of_every_page(tables, layout):
    def read(data):
        file = pyarrow.parquet.ParquetFile(io.BytesIO(data), page_checksum_verification=True)
        return file, file.read()

    for task in opened(tables, layout).pyiceberg().scan().plan_files():
        data = pathlib.Path(task.file.file_path.removeprefix("file://")).read_bytes()
        file, rows = read(data)
        assert rows.num_rows == task.file.record_count
        group = file.metadata.row_group(0)
        value = group.column(group.num_columns - 1)
        assert value.path_in_schema == "kafka_value"
        damaged = bytearray(data)
        damaged[value.data_page_offset + value.total_compressed_size - 1] ^= 1
        with pytest.raises(OSError, match="CRC checksum"):
            read(bytes(damaged))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_queries_prune_without_losing_rows(tables, layout):
    table = opened(tables, layout)
    rows = expected(tables, layout)
    wanted = [row for row in rows if row[0] == 1 and 10 <= row[1] < 20]
    filtered = table.pyiceberg().scan(
        row_filter="kafka_partition = 1 and kafka_offset >= 10 and kafka_offset < 20"
    )
    assert filtered.to_arrow().num_rows == len(wanted)
    before = [row for row in rows if row[2] < 0]
    early = table.pyiceberg().scan(row_filter="kafka_timestamp < '1970-01-01T00:00:00+00:00'")
    assert early.to_arrow().num_rows == len(before) > 0
    everything = list(table.pyiceberg().scan().plan_files())
    assert len(list(early.plan_files())) < len(everything)
    with table.duckdb() as connection:
        for condition, count in (
            ("kafka_partition = 1 AND kafka_offset BETWEEN 10 AND 19", len(wanted)),
            ("kafka_timestamp < TIMESTAMPTZ '1970-01-01 00:00:00+00'", len(before)),
        ):
            found = connection.execute(f"SELECT count(*) FROM t WHERE {condition}").fetchone()
            assert found == (count,)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_snapshot_can_be_read(tables, layout):
    table = opened(tables, layout).pyiceberg()
    assert len(table.metadata.snapshots) > 2
    for snapshot in table.metadata.snapshots:
        count = table.scan(snapshot_id=snapshot.snapshot_id).to_arrow().num_rows
        assert str(count) == snapshot.summary["total-records"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_fastavro_finds_ids_counts_and_headers(tables, layout):
    table = opened(tables, layout)
    header, schema, entries = table.manifest_list()
    assert header["format-version"] == "2"
    ids = {field["name"]: field["field-id"] for field in schema["fields"]}
    assert ids["manifest_path"] == 500 and ids["partitions"] == 507
    merged = 0
    for entry, manifest_header, manifest_schema, files in table.manifests():
        assert manifest_header["content"] == "data"
        assert json.loads(manifest_header["schema"])["fields"][0]["name"] == "kafka_partition"
        statuses = [file["status"] for file in files]
        assert statuses.count(0) == entry["existing_files_count"]
        assert statuses.count(1) == entry["added_files_count"]
        assert statuses.count(2) == entry["deleted_files_count"]
        merged += len(files) > 2 and set(statuses) == {0}
        by_id = {field["field-id"]: field["name"] for field in manifest_schema["fields"]}
        assert by_id == {
            0: "status", 1: "snapshot_id", 2: "data_file", 3: "sequence_number",
            4: "file_sequence_number",
        }  # fmt: skip
        for file in files:
            assert (file["status"] == 1) == (file["sequence_number"] is None)
            assert len(file["data_file"]["split_offsets"]) == 1
            path = file["data_file"]["file_path"].removeprefix("file://")
            assert os.path.getsize(path) == file["data_file"]["file_size_in_bytes"]
    assert merged > 0


if __name__ == "__main__":
    place = pathlib.Path(sys.argv[1]).resolve()
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            for one in LAYOUTS:
                test(place, one)
                print(f"{name}[{one}] passed")
