"""One run: a broker, its clients, faults, and what is left when everything has come to rest."""

import pathlib
import time
from dataclasses import dataclass

from harness.raw import RawClient
from harness.tiers import Tiers
from harness.waiting import wait_until

from . import checking, fetchers
from .faults import Mischief, schedule
from .recording import Recorder, read
from .tables import Tables
from .workers import Worker

BROKER = {
    "log.segment.bytes": 65536, "offsets.topic.num.partitions": 4,
    "group.initial.rebalance.delay.ms": 100,
}  # fmt: skip
SETTLING = {"segment.bytes": 32768, "retention.ms": -1, "local.retention.ms": 1}
TOPICS = {
    "wide": (3, SETTLING),
    "by-hour": (2, {**SETTLING, "lake.layout": "by-hour"}),
    # Deleted locally long after it has settled: fetches cross from the lake to the log.
    "slow": (1, {**SETTLING, "local.retention.ms": 5000}),
    "local": (1, {"remote.storage.enable": "false", "segment.bytes": 32768, "retention.ms": -1}),
}
PLACES = [(topic, partition) for topic, (count, _) in TOPICS.items() for partition in range(count)]
IN_LAKE = [place for place in PLACES if place[0] != "local"]


@dataclass
class Plan:
    """How long a run is, what its random choices come from, and how many clients it has."""

    seed: int
    seconds: float
    large: bool = False
    rate: int = 150  # records per second and producer


class Run:
    """Drives the processes of one run and records what it does to them itself."""

    def __init__(self, plan, directory, broker, lake, proxy=None):
        self.plan, self.broker, self.lake = plan, broker, lake
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self.recorder = Recorder(self.directory, "run")
        self.workers = [Worker(*line) for line in self._cast()]
        self.mischief = Mischief(
            self.recorder, broker, self.workers, sorted({topic for topic, _ in IN_LAKE}), proxy
        )

    def _cast(self):
        """Yields the name, role and settings of each client."""
        common = {
            "seed": self.plan.seed, "address": self.broker.address, "places": PLACES,
            "directory": str(self.directory), "rate": self.plan.rate,
        }  # fmt: skip
        mixed, alike = {"group": "mixed"}, {"group": "alike"}
        lines = [
            ("producer-1", "producer", {"client": "confluent"}),
            ("producer-2", "producer", {"client": "kafka-python"}),
            ("producer-3", "producer", {"client": "aiokafka"}),
            ("reader-1", "reader", {"client": "confluent"}),
            ("reader-2", "reader", {"client": "kafka-python", "isolation": "read_uncommitted"}),
            ("member-1", "member", {"client": "confluent", **mixed}),
            ("member-2", "member", {"client": "aiokafka", **mixed}),
            ("analyst-1", "analyst", {"lake": self.lake, "places": IN_LAKE}),
        ]
        if self.plan.large:
            lines += [
                ("reader-3", "reader", {"client": "aiokafka"}),
                ("reader-4", "reader", {"client": "confluent", "isolation": "read_uncommitted"}),
                ("member-3", "member", {"client": "kafka-python", **mixed}),
                ("member-4", "member", {"client": "confluent", **alike}),
                ("member-5", "member", {"client": "confluent", **alike}),
            ]
        for name, role, settings in lines:
            yield name, role, {**common, **settings}

    def execute(self):
        """Runs to the end and returns (events, violations)."""
        self._create_topics()
        try:
            for worker in self.workers:
                worker.spawn()
            self._trouble()
            self._settle_down()
            self._read_everything()
        finally:
            for worker in self.workers:
                worker.kill()
        self._phase("checking")
        self.recorder.close()
        events = read(self.directory)
        return events, checking.check(events)

    def _phase(self, name):
        self.recorder.write("phase", name=name)

    def _create_topics(self):
        with RawClient(self.broker.port) as raw:
            for topic, (partitions, configs) in TOPICS.items():
                error = raw.create_topic(topic, partitions, configs)
                assert error == 0, f"CreateTopics {topic}: error {error}"

    def _trouble(self):
        """Lets the load run while one fault follows the other."""
        began = time.monotonic()
        store = self.mischief.proxy is not None
        faults = schedule(self.plan.seed, self.plan.seconds, store)
        while (elapsed := time.monotonic() - began) < self.plan.seconds:
            self.mischief.finish_due()
            if faults and faults[0].at <= elapsed:
                self.mischief.do(faults.pop(0))
            for worker in self.workers:
                worker.check()
            time.sleep(0.02)
        self.mischief.finish_due(everything=True)

    # After the faults

    def _settle_down(self):
        """Ends the load, lets the groups catch up and the lake take everything in."""
        self._phase("producers finish")
        self._stop("producer")
        self._phase("groups catch up")
        ends = self._ends()
        for group in sorted({w.settings["group"] for w in self.workers if w.role == "member"}):
            self._await_group(group, ends)
        self._phase("readers finish")
        self._stop("member", "reader", "analyst")
        self._phase("everything settles")
        for topic, partition in PLACES:
            self._await_tiers(topic, partition)

    def _stop(self, *roles):
        chosen = [worker for worker in self.workers if worker.role in roles]
        for worker in chosen:
            worker.ask_to_stop()
        for worker in chosen:
            if trouble := worker.wait(90):
                self.recorder.write("stuck", error=trouble)

    def _ends(self):
        with RawClient(self.broker.port) as raw:
            return {place: raw.list_offset(*place, -1)[1] for place in PLACES}

    def _await_group(self, group, ends):
        """Waits until the group has committed the end of every partition."""
        fetcher = fetchers.ConfluentFetcher(self.broker.address, group=group)
        last = None

        def caught_up():
            nonlocal last
            self.recorder.invoke("committed", group=group)
            last = fetcher.committed(list(ends))
            if last is None:
                self.recorder.unknown("committed", group=group)
                return False
            offsets = [[place, offset] for place, offset in last.items()]
            self.recorder.ok("committed", group=group, offsets=offsets)
            return all(last.get(place, 0) >= end for place, end in ends.items())

        try:
            wait_until(caught_up, f"group {group} to catch up", 60, interval=0.2)
        except AssertionError:
            self.recorder.write("stuck", error=f"group {group} stays at {last}; ends {ends}")
        fetcher.close()

    def _await_tiers(self, topic, partition):
        """Waits until a partition has settled, and writes down where its tiers lie."""
        tiers = Tiers(self.broker, topic, partition)
        stays = (topic, partition) not in IN_LAKE

        def at_rest():
            nonlocal tiers
            tiers = Tiers(self.broker, topic, partition)
            return stays or tiers.is_settled

        try:
            wait_until(at_rest, f"{topic}-{partition} to settle", 60, interval=0.05)
        except AssertionError as error:
            self.recorder.write("stuck", error=f"{error}; {tiers}")
        self.recorder.write(
            "tiers", place=(topic, partition), log_start=tiers.log_start,
            local_start=tiers.local_start, log_end=tiers.log_end,
            settled=None if stays else tiers.settled,
        )  # fmt: skip

    def _read_everything(self):
        """Reads all of it with two clients, a crash between them, and all rows of the tables."""
        self._phase("everything is read")
        ends = self._ends()
        self._read_to(ends, fetchers.ConfluentFetcher(
            self.broker.address, **{"enable.partition.eof": True}
        ), 1, truth=True)  # fmt: skip
        self.broker.kill()
        self.broker.start()
        self._read_to(ends, fetchers.KafkaPythonFetcher(self.broker.address), 2)
        self._phase("all rows are read")
        tables = Tables(self.lake)
        for topic in sorted({topic for topic, _ in IN_LAKE}):
            rows = tables.everything(topic)
            for place in [place for place in IN_LAKE if place[0] == topic]:
                records = rows.get(place[1], [])
                self.recorder.write("rows", place=place, first=0, end=None, records=records)

    def _read_to(self, ends, fetcher, session, truth=False):
        """Reads every partition from its first offset to its end."""
        for place in PLACES:
            self.recorder.write(
                "seek", session=session, place=place, offset=0, isolation="read_committed",
                final=True,
            )  # fmt: skip
        fetcher.seek({place: 0 for place in PLACES})
        deadline = time.monotonic() + 90
        while not all(fetcher.is_at_end(place, end) for place, end in ends.items()):
            if time.monotonic() > deadline:
                self.recorder.write("stuck", error=f"the last reading by {fetcher.name}")
                break
            parts = {}
            for one in fetcher.poll(0.2, limit=2000):
                parts.setdefault(one.place, []).append(one.entry())
            for place, records in parts.items():
                self.recorder.write(
                    "poll", session=session, place=place, records=records, truth=truth
                )
        fetcher.close()
