"""Where the records of a topic lie, asked over the Kafka protocol alone."""

from .raw import RawClient
from .waiting import wait_until

LATEST, EARLIEST, EARLIEST_LOCAL, LATEST_TIERED = -1, -2, -4, -5


class Tiers:
    """The four offsets of one partition that tell its tiers apart."""

    def __init__(self, broker, topic, partition=0):
        with RawClient(broker.port) as client:

            def offset(which):
                error, found, _ = client.list_offset(topic, partition, which)
                assert error == 0, f"ListOffsets {which} of {topic}-{partition}: error {error}"
                return found

            self.log_start = offset(EARLIEST)
            self.local_start = offset(EARLIEST_LOCAL)
            self.settled = offset(LATEST_TIERED)  # the last settled offset, -1: none
            self.log_end = offset(LATEST)

    @property
    def is_settled(self):
        return self.settled >= self.log_end - 1

    def __repr__(self):
        return (
            f"log {self.log_start}..{self.log_end}, settled to {self.settled}, "
            f"local from {self.local_start}"
        )


def wait_settled(broker, topics, partitions=1, timeout=60, interval=0.05):
    """Waits until every record of the topics is in the lake."""
    for topic in topics:
        for partition in range(partitions):
            last = None

            def settled():
                nonlocal last
                last = Tiers(broker, topic, partition)
                return last.is_settled

            try:
                wait_until(settled, f"{topic}-{partition} to settle", timeout, interval)
            except AssertionError as error:
                raise AssertionError(f"{error}; {last}") from None


def wait_local_deleted(broker, topics, partitions=1, timeout=60):
    """Waits until every partition's first records are in the lake alone."""
    for topic in topics:
        for partition in range(partitions):
            wait_until(
                lambda: Tiers(broker, topic, partition).local_start > 0,
                f"local deletion of {topic}-{partition}", timeout, interval=0.05,
            )  # fmt: skip
