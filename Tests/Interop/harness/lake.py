"""Reads a topic's Iceberg table with PyIceberg, DuckDB and fastavro."""

import importlib.util
import io
import json
import pathlib

import duckdb
import fastavro
import pyiceberg.table

from .records import Record


class LakeTable:
    """The table of one topic, found in the store without the broker's help."""

    def __init__(self, store, prefix, topic, namespace="kafka"):
        self.store, self.prefix = store, prefix
        start = f"{namespace}/{topic}-"
        hints = [
            name for name in store.names(prefix)
            if name.startswith(start) and name.endswith("/metadata/version-hint.text")
        ]  # fmt: skip
        assert len(hints) == 1, f"tables of {topic}: {hints or store.names(prefix)[:20]}"
        self.folder = hints[0].removesuffix("/metadata/version-hint.text")
        hint = store.read(prefix, hints[0]).decode()
        assert hint.isdecimal(), f"DuckDB wants the bare decimal, not {hint!r}"
        self.version = int(hint)

    @property
    def metadata_name(self):
        return f"{self.folder}/metadata/v{self.version}.metadata.json"

    @property
    def metadata_url(self):
        return self.store.url(self.prefix, self.metadata_name)

    def metadata(self):
        return json.loads(self.store.read(self.prefix, self.metadata_name))

    def object(self, url):
        """Returns the bytes of an object that the table names by its full address."""
        base = self.store.url(self.prefix, "")
        assert url.startswith(base), f"{url} lies outside {base}"
        return self.store.read(self.prefix, url[len(base) :])

    # PyIceberg

    def pyiceberg(self):
        return pyiceberg.table.StaticTable.from_metadata(
            self.metadata_url, self.store.iceberg_properties()
        )

    def pyiceberg_records(self):
        """Returns the records as PyIceberg reads them."""
        rows = self.pyiceberg().scan().to_arrow().to_pylist()
        return [self._record(row) for row in rows]

    # DuckDB

    def duckdb(self):
        """Returns a DuckDB connection with a view `t` of the table."""
        connection = duckdb_connection()
        self.store.prepare_duckdb(connection)
        connection.execute(f"CREATE VIEW t AS SELECT * FROM iceberg_scan('{self.metadata_url}')")
        return connection

    def duckdb_records(self):
        """Returns the records as DuckDB reads them."""
        with self.duckdb() as connection:
            found = connection.execute(
                "SELECT kafka_partition, kafka_offset, epoch_ms(kafka_timestamp) AS ms, "
                "kafka_timestamp_ms, kafka_key, kafka_value, kafka_headers FROM t"
            )
            names = [column[0] for column in found.description]
            return [self._record(dict(zip(names, row))) for row in found.fetchall()]

    @staticmethod
    def _record(row):
        exact = row.get("kafka_timestamp_ms")
        if exact is None:
            exact = row["ms"] if "ms" in row else round(row["kafka_timestamp"].timestamp() * 1000)
        return Record(
            row["kafka_partition"], row["kafka_offset"], exact, row["kafka_key"],
            row["kafka_value"],
            tuple((header["key"], header["value"]) for header in row["kafka_headers"] or ()),
        )  # fmt: skip

    # fastavro

    def manifest_list(self):
        """Returns (header metadata, schema, entries) of the current snapshot's manifest list."""
        metadata = self.metadata()
        (snapshot,) = (
            s for s in metadata["snapshots"] if s["snapshot-id"] == metadata["current-snapshot-id"]
        )
        return avro(self.object(snapshot["manifest-list"]))

    def manifests(self):
        """Yields (list entry, header metadata, schema, entries) of each manifest."""
        for entry in self.manifest_list()[2]:
            content = self.object(entry["manifest_path"])
            assert len(content) == entry["manifest_length"]
            yield entry, *avro(content)


def avro(content):
    reader = fastavro.reader(io.BytesIO(content))
    return reader.metadata, reader.writer_schema, list(reader)


def duckdb_connection():
    """Returns a connection with the Iceberg, Avro and S3 extensions, without any download."""
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    for name in ("avro", "httpfs", "iceberg"):
        package = importlib.util.find_spec(f"duckdb_extension_{name}")
        (folder,) = package.submodule_search_locations
        (path,) = pathlib.Path(folder).glob(f"extensions/*/{name}.duckdb_extension")
        connection.execute(f"LOAD '{path}'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection
