"""The Iceberg tables of a run, as DuckDB reads them."""

from harness import stores
from harness.lake import LakeTable

from .identity import digest, tag_text


COLUMNS = (
    "kafka_partition, kafka_offset, epoch_ms(kafka_timestamp), kafka_key, kafka_value, "
    "kafka_headers"
)


class OpenS3Store(stores.S3Store):
    """The store of a bucket that another process made."""

    def __init__(self, endpoint):
        super().__init__(int(endpoint.rsplit(":", 1)[1]))


class Tables:
    """Opens the current version of a topic's table anew for each question."""

    def __init__(self, lake):
        if "endpoint" in lake:
            self.store = OpenS3Store(lake["endpoint"])
        else:
            self.store = stores.DirectoryStore(lake["directory"])
        self.prefix = lake["prefix"]

    def _query(self, topic, text, arguments):
        with LakeTable(self.store, self.prefix, topic).duckdb() as connection:
            return connection.execute(text, arguments).fetchall()

    def settled(self, topic, partition):
        """Returns the last offset in the table, None when it has none."""
        ((top,),) = self._query(
            topic, "SELECT max(kafka_offset) FROM t WHERE kafka_partition = ?", [partition]
        )
        return top

    def window(self, topic, partition, first, end):
        """Returns [offset, tag, digest] of the rows with first <= offset < end, in order."""
        rows = self._query(
            topic,
            f"SELECT {COLUMNS} FROM t WHERE kafka_partition = ? AND kafka_offset >= ? "
            "AND kafka_offset < ? ORDER BY kafka_offset",
            [partition, first, end],
        )
        return [[offset, *_identity(*rest)] for _, offset, *rest in rows]

    def everything(self, topic):
        """Returns {partition: [offset, tag, digest] of all its rows, in order}."""
        found = {}
        for partition, offset, *rest in self._query(
            topic, f"SELECT {COLUMNS} FROM t ORDER BY kafka_partition, kafka_offset", []
        ):
            found.setdefault(partition, []).append([offset, *_identity(*rest)])
        return found


def _identity(timestamp, key, value, headers):
    pairs = [(header["key"], header["value"]) for header in headers or ()]
    return tag_text(value), digest(timestamp, key, value, pairs)
