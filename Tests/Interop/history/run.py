"""One run: a broker, its clients, faults, and what is left when everything has come to rest."""

import pathlib
import random
import time
from dataclasses import dataclass

from harness.raw import RawClient
from harness.tiers import Tiers
from harness.waiting import wait_until

from . import checking, fetchers
from .faults import Mischief, schedule
from .identity import Tag, message
from .recording import Recorder, read
from .senders import ConfluentSender
from .tables import Tables
from .workers import Worker

BROKER = {
    "log.segment.bytes": 65536, "offsets.topic.num.partitions": 4,
    "group.initial.rebalance.delay.ms": 100, "group.consumer.session.timeout.ms": 6000,
    "group.consumer.min.session.timeout.ms": 6000, "group.consumer.heartbeat.interval.ms": 400,
    "group.consumer.min.heartbeat.interval.ms": 400, "transaction.state.log.segment.bytes": 1 << 20,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 200,
}  # fmt: skip
SETTLING = {"segment.bytes": 32768, "retention.ms": -1, "local.retention.ms": 1}
TOPICS = {
    "wide": (3, SETTLING),
    "by-hour": (2, {**SETTLING, "lake.layout": "by-hour"}),
    # Deleted locally long after it has settled: fetches cross from the lake to the log.
    "slow": (1, {**SETTLING, "local.retention.ms": 5000}),
    "local": (1, {"remote.storage.enable": "false", "segment.bytes": 32768, "retention.ms": -1}),
    # Of this one the records are deleted from the start on.
    "brief": (1, SETTLING),
    # What transactions write, among others, and what copiers copy.
    "orders": (2, SETTLING),
    "invoices": (1, {**SETTLING, "local.retention.ms": 3000}),
    "copies-by-members": (3, SETTLING),
    "copies-by-one": (3, SETTLING),
}
COPIES = "copies-by-members", "copies-by-one"
INPUTS = "orders", "invoices"


def places_of(*topics):
    return [(topic, number) for topic in topics for number in range(TOPICS[topic][0])]


PLACES = places_of(*TOPICS)
IN_LAKE = [place for place in PLACES if place[0] != "local"]
PLAIN = [place for place in PLACES if place[0] not in INPUTS + COPIES]
TRANSACTION_MS = 3000


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
        self.random = random.Random(f"run/{plan.seed}")
        self.written = 0  # records
        self.workers = [Worker(*line) for line in self._cast()]
        self.mischief = Mischief(
            self.recorder, broker, self.workers, sorted({topic for topic, _ in IN_LAKE}),
            ("brief", 0), proxy,
        )  # fmt: skip

    def _cast(self):
        """Yields the name, role and settings of each client."""
        common = {
            "seed": self.plan.seed, "address": self.broker.address, "places": PLACES,
            "directory": str(self.directory), "rate": self.plan.rate,
        }  # fmt: skip
        sources = [place for place in PLACES if place[0] not in COPIES]
        mixed = {"group": "mixed", "places": sources}
        alike = {"group": "alike", "places": sources, "isolation": "read_uncommitted"}
        next_ = {"group": "next", "places": sources, "configs": {"group.protocol": "consumer"}}
        lines = [
            ("producer-1", "producer", {"client": "confluent", "places": PLAIN}),
            ("producer-2", "producer", {"client": "kafka-python", "places": sources}),
            ("producer-3", "producer", {"client": "aiokafka", "places": PLAIN}),
            ("reader-1", "reader", {"client": "confluent"}),
            ("reader-2", "reader", {"client": "kafka-python", "isolation": "read_uncommitted"}),
            ("member-1", "member", {"client": "confluent", **mixed}),
            ("member-2", "member", {"client": "aiokafka", **mixed}),
            ("member-3", "member", {"client": "confluent", **next_}),
            ("analyst-1", "analyst", {"lake": self.lake, "places": IN_LAKE}),
        ]
        if self.plan.large:
            lines += [
                ("reader-3", "reader", {"client": "aiokafka"}),
                ("reader-4", "reader", {"client": "confluent", "isolation": "read_uncommitted"}),
                ("member-4", "member", {"client": "kafka-python", **mixed}),
                ("member-5", "member", {"client": "confluent", **alike}),
                ("member-6", "member", {"client": "confluent", **alike}),
                ("member-7", "member", {"client": "confluent", **next_}),
                *(self._cooperative(number, sources) for number in (8, 9)),
            ]
        for name, role, settings in [*lines, *self._transactional_cast()]:
            yield name, role, {**common, **settings}

    @staticmethod
    def _cooperative(number, places):
        """A static member that keeps what stays its own when the group rebalances."""
        configs = {
            "partition.assignment.strategy": "cooperative-sticky",
            "group.instance.id": f"instance-{number}",
        }  # fmt: skip
        return f"member-{number}", "member", {
            "client": "confluent", "group": "lasting", "places": places, "configs": configs,
        }  # fmt: skip

    def _transactional_cast(self):
        """Yields the same of clients with transactions. Who has the same id is a rival."""
        inputs = places_of(*INPUTS)

        def transactor(name, client, identity):
            return name, "transactor", {
                "client": client, "id": identity, "timeout_ms": TRANSACTION_MS, "places": inputs,
            }  # fmt: skip

        def copier(name, client, members, places=inputs):
            output = COPIES[0 if members else 1]
            return name, "copier", {
                "client": client, "id": name, "timeout_ms": TRANSACTION_MS, "places": places,
                "inputs": inputs, "group": f"to {output}", "output": output, "members": members,
            }  # fmt: skip

        yield transactor("transactor-1", "confluent", "contested")
        yield transactor("transactor-2", "kafka-python", "contested")
        yield transactor("transactor-3", "aiokafka", "alone")
        yield copier("copier-1", "confluent", True)
        yield copier("copier-2", "aiokafka", False, places_of("orders"))
        if self.plan.large:
            yield transactor("transactor-4", "aiokafka", "contested too")
            yield transactor("transactor-5", "confluent", "contested too")
            yield copier("copier-3", "kafka-python", True)
            yield copier("copier-4", "confluent", True)
            yield copier("copier-5", "confluent", False, places_of("invoices"))

    def execute(self):
        """Runs to the end and returns (events, violations)."""
        self._create_topics()
        try:
            for worker in self.workers:
                worker.spawn()
            # On a busy machine that takes longer than a short run.
            wait_until(
                lambda: all(worker.has_begun for worker in self.workers), "all clients to begin", 60
            )
            self._phase("trouble")
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
            self._check_workers()
            time.sleep(0.02)
        self.mischief.finish_due(everything=True)

    def _check_workers(self):
        """Starts successors of those who gave up on their clients; nobody else may have ended."""
        for worker in self.workers:
            if not worker.is_asked_to_stop:
                worker.check()

    # After the faults

    def _settle_down(self):
        """Ends the load, lets the groups catch up and the lake take everything in."""
        self._phase("producers finish")
        self._stop("producer", "transactor")
        sources = [place for place in PLACES if place[0] not in COPIES]
        self._phase("transactions end")
        self._finish(sources)
        self._phase("groups catch up")
        for group, places in self._groups().items():
            self._await_group(group, {place: self._ends()[place] for place in places})
        self._phase("readers finish")
        self._stop("copier", "member", "reader", "analyst")
        self._finish([place for place in PLACES if place not in sources])
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

    def _finish(self, places):
        """Waits until no transaction is open there, and writes a last record: groups commit up to
        it, where they could not commit the end of a transaction."""
        def open_places():
            with RawClient(self.broker.port) as raw:
                return [
                    place for place in places
                    if raw.list_offset(*place, -1, 1)[1] != raw.list_offset(*place, -1)[1]
                ]  # fmt: skip

        try:
            wait_until(lambda: not open_places(), "all transactions to end", 60, interval=0.1)
        except AssertionError as error:
            self.recorder.write("stuck", error=f"{error}; open: {open_places()}")
        answers = []
        sender = ConfluentSender(self.broker.address, "none", lambda *row: answers.append(row))
        for place in places:
            last = message(Tag("run", self.written), *place, self.random)
            self.written += 1
            self.recorder.invoke("send", records=[last.entry()])
            sender.send(last)
        sender.flush(60)
        self.recorder.ok("send", acks=[row[:2] for row in answers if row[2] is None])
        if failed := [row for row in answers if row[2]]:
            self.recorder.write("stuck", error=f"last records: {failed}")

    def _groups(self):
        """Returns {group: the places it reads}."""
        found = {}
        for worker in self.workers:
            if worker.role in ("member", "copier"):
                places = found.setdefault(worker.settings["group"], [])
                places += [place for place in worker.settings["places"] if place not in places]
        return found

    def _copied(self, group, committed):
        """Notes where the copiers stand, each of which has committed its input's last record."""
        for worker in self.workers:
            if worker.role == "copier" and worker.settings["group"] == group:
                output = worker.settings["output"]
                for place in worker.settings["places"]:
                    self.recorder.write(
                        "copied", output=output, place=place, offset=committed.get(place, 0)
                    )

    def _await_group(self, group, ends):
        """Waits until the group has committed the end of every partition."""
        fetcher = fetchers.ConfluentFetcher(self.broker.address, group=group)
        last = None

        def caught_up():
            nonlocal last
            self._check_workers()
            self.recorder.invoke("committed", group=group, places=list(ends))
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
        self._copied(group, last or {})
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
        with RawClient(self.broker.port) as raw:
            starts = {place: raw.list_offset(*place, -2)[1] for place in PLACES}
        for place, start in starts.items():
            self.recorder.write(
                "seek", session=session, place=place, offset=start, isolation="read_committed",
                final=True,
            )  # fmt: skip
        fetcher.seek(starts)
        try:
            self._read_on(ends, fetcher, session, truth)
        except fetchers.LostPlace as error:
            self.recorder.write("lost-place", session=session, error=str(error))
        fetcher.close()

    def _read_on(self, ends, fetcher, session, truth):
        deadline = time.monotonic() + 90 + self.plan.seconds / 4
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
