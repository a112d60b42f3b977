"""The events of a run as what they tell of: sends, sessions of readers, commits, rows, ends."""

from dataclasses import dataclass, field
from typing import NamedTuple

from .identity import Tag


class Violation(NamedTuple):
    """A broken rule, and what the report must show of the history."""

    rule: str
    text: str
    records: frozenset = frozenset()  # of (writer, number)
    offsets: frozenset = frozenset()  # of (place, offset)
    groups: frozenset = frozenset()  # of (group, place)
    transactions: frozenset = frozenset()  # of their names
    between: tuple | None = None  # the times between which the piece lies, where it is clear


class Sighting(NamedTuple):
    """What somebody saw at an offset."""

    tag: str | None
    digest: int

    @property
    def key(self):
        """(writer, number), None where the value has no tag."""
        if self.tag is None:
            return None
        writer, number, _ = self.tag.split("|", 2)
        return writer, int(number)

    @property
    def in_transaction(self):
        return self.tag is not None and self.tag.split("|", 3)[2] != ""


@dataclass(slots=True)
class Sent:
    """A record that a producer was given, and when it was answered."""

    writer: str
    number: int
    place: tuple
    digest: int
    timestamp: int
    transaction: str
    source: str
    invoked: int
    acknowledged: int | None = None
    offset: int | None = None

    @property
    def key(self):
        return self.writer, self.number

    @property
    def tag(self):
        return Tag(self.writer, self.number, self.transaction, self.source).text()


@dataclass(slots=True)
class Session:
    """What one consumer got of one partition between two seeks or rebalances."""

    who: str
    place: tuple
    began: int
    start: int | None = None  # None: where the group had committed
    isolation: str = "read_committed"
    group: str | None = None
    final: bool = False  # read to the end after everything had come to rest
    offsets: list = field(default_factory=list)
    polled: int | None = None  # when the first records came


@dataclass(slots=True)
class Commit:
    """An offset that a group member committed; `answered` is None when that is unknown."""

    who: str
    place: tuple
    offset: int
    invoked: int
    answered: int | None = None


class Asked(NamedTuple):
    """An answer to a question for offsets, and the time between which it was true."""

    who: str
    invoked: int
    answered: int
    offsets: dict  # place: offset
    places: frozenset | None = None  # what was asked for, None for everything


class Ends(NamedTuple):
    """An answer about where a partition starts and ends."""

    who: str
    place: tuple
    kind: tuple  # isolation and client: clients differ in which end they ask for
    invoked: int
    answered: int
    low: int
    high: int


class Search(NamedTuple):
    """An answer to where the first record of a time or later lies, None for nowhere."""

    who: str
    place: tuple
    timestamp: int
    invoked: int
    found: int | None
    isolation: str = "read_uncommitted"


class Window(NamedTuple):
    """The rows of a table with first <= offset < end, as (offset, Sighting), in order."""

    who: str
    place: tuple
    first: int
    end: int | None
    rows: list


class Trouble(NamedTuple):
    """What a transactional client was told when something went wrong."""

    at: int
    who: str
    transaction: str | None
    error: str


@dataclass(slots=True)
class Transaction:
    """One transaction of a producer, by what its client was told."""

    name: str
    writer: str
    identity: str  # its transactional id
    began: int
    records: list = field(default_factory=list)  # keys of what was sent in it
    offsets: list = field(default_factory=list)  # of (group, place, offset): sent with it
    group_commits: list = field(default_factory=list)  # the Commits that they became
    commit_invoked: int | None = None
    committed: int | None = None
    aborted: int | None = None


class Model:
    """Everything that the rules ask for. Times are those of the events."""

    def __init__(self, events):
        self.events = events
        self.sent = {}  # (writer, number): Sent
        self.sessions = []
        self.truth = {}  # place: {offset: Sighting}: the reading after all had come to rest
        self.sightings = {}  # place: {offset: Sighting}, the first of each
        self.committed_places = {}  # place: offsets that read_committed or a table showed
        self.conflicts = []  # (place, offset, first Sighting, other Sighting, who)
        self.ends = []
        self.searches = []
        self.commits = {}  # group: [Commit]
        self.committed_reads = {}  # group: [Asked]
        self.assignments = {}  # group: [(at, who, session, places)]
        self.windows = []
        self.tiers = {}  # place: the last event about it
        self.transactions = {}  # name: Transaction
        self.inits = []  # [transactional id, writer, invoked, answered or None]
        self.fenced = []  # events
        self.troubles = []
        self.faults = []  # events
        self.first_seen = {}  # of records in transactions: key: (at, who, place, offset)
        self.copied = {}  # (output topic, input place): where its copiers stand in the end
        self.gave_up = []  # events
        self.deletions = {}  # place: [[offset, invoked, answered or None]]
        self.errors = []  # events that nothing in a run excuses
        self._open = {}
        self._open_sessions = {}
        for event in events:
            handler = getattr(self, "_on_" + event["what"].replace("-", "_"), None)
            if handler:
                handler(event)
        self.keys_in_truth = {
            place: {sighting.key for sighting in truth.values()}
            for place, truth in self.truth.items()
        }

    def sessions_of(self, group):
        return [session for session in self.sessions if session.group == group]

    @property
    def groups(self):
        return sorted(self.commits.keys() | self.committed_reads.keys() | self.assignments.keys())

    # Producers

    def _on_send(self, event):
        if event["is"] == "invoke":
            for number, topic, partition, digest, timestamp, source in event["records"]:
                sent = Sent(
                    event["who"], number, (topic, partition), digest, timestamp,
                    event.get("txn", ""), source, event["at"],
                )  # fmt: skip
                self.sent[sent.key] = sent
                if sent.transaction:
                    self.transactions[sent.transaction].records.append(sent.key)
        elif event["is"] == "ok":
            for number, offset in event["acks"]:
                sent = self.sent[event["who"], number]
                sent.acknowledged, sent.offset = event["at"], offset
        elif not event.get("expected"):
            self.errors.append(event)
        else:
            for number, error in event["errors"]:
                self._note_trouble(event, self.sent[event["who"], number].transaction, error)

    def _note_trouble(self, event, transaction, error):
        self.troubles.append(Trouble(event["at"], event["who"], transaction, error))

    def _on_fault(self, event):
        self.faults.append(event)

    def _on_init(self, event):
        if event["is"] == "invoke":
            self.inits.append([event["id"], event["who"], event["at"], None])
            self._open[event["who"], "init"] = self.inits[-1]
        elif event["is"] == "ok":
            self._open[event["who"], "init"][3] = event["at"]

    def _on_fenced(self, event):
        self.fenced.append(event)

    def _on_copied(self, event):
        self.copied[event["output"], tuple(event["place"])] = event["offset"]

    def _on_gave_up(self, event):
        self.gave_up.append(event)

    def _on_send_offsets(self, event):
        if event["is"] == "invoke":
            self.transactions[event["txn"]].offsets += [
                (event["group"], tuple(place), offset) for place, offset in event["offsets"]
            ]

    def _on_begin(self, event):
        self.transactions[event["txn"]] = Transaction(
            event["txn"], event["who"], event["id"], event["at"]
        )

    def _on_commit(self, event):
        transaction = self.transactions[event["txn"]]
        if event["is"] == "invoke":
            transaction.commit_invoked = event["at"]
            for group, place, offset in transaction.offsets:
                commit = Commit(event["who"], place, offset, event["at"])
                self.commits.setdefault(group, []).append(commit)
                transaction.group_commits.append(commit)
        elif event["is"] == "ok":
            transaction.committed = event["at"]
            for commit in transaction.group_commits:
                commit.answered = event["at"]
        else:
            self._note_trouble(event, event["txn"], event.get("error", ""))

    def _on_abort(self, event):
        transaction = self.transactions[event["txn"]]
        if event["is"] == "ok":
            transaction.aborted = event["at"]
            # A commit that was refused committed nothing.
            for (group, _, _), commit in zip(transaction.offsets, transaction.group_commits):
                self.commits[group].remove(commit)
        elif event["is"] == "unknown":
            self._note_trouble(event, event["txn"], event.get("error", ""))

    # Readers

    def _on_seek(self, event):
        place = tuple(event["place"])
        session = Session(
            event["who"], place, event["at"], event["offset"], event["isolation"],
            final=event.get("final", False),
        )  # fmt: skip
        self._begin(event, session)

    def _begin(self, event, session):
        self._open_sessions[event["who"], event["session"], session.place] = session
        self.sessions.append(session)

    def _on_assigned(self, event):
        # A session begins with the first record: the rebalance says only from when on.
        self.assignments.setdefault(event["group"], []).append(
            (event["at"], event["who"], event["session"], [tuple(p) for p in event["places"]])
        )
        for place in event["places"]:
            self._begin(
                event,
                Session(
                    event["who"], tuple(place), event["at"], group=event["group"],
                    isolation=event.get("isolation", "read_committed"),
                ),
            )  # fmt: skip

    def _on_poll(self, event):
        place = tuple(event["place"])
        session = self._open_sessions.get((event["who"], event["session"], place))
        if session is None:
            self.errors.append({**event, "error": "records of a partition that was not assigned"})
            return
        truth = self.truth.setdefault(place, {}) if event.get("truth") else None
        session.polled = session.polled or event["at"]
        for offset, tag, digest in event["records"]:
            sighting = Sighting(tag, digest)
            session.offsets.append(offset)
            self._see(place, offset, sighting, event, session.isolation == "read_committed")
            if truth is not None:
                truth[offset] = sighting

    def _see(self, place, offset, sighting, event, committed):
        first = self.sightings.setdefault(place, {}).setdefault(offset, sighting)
        if first != sighting:
            self.conflicts.append((place, offset, first, sighting, event["who"]))
        if committed:
            self.committed_places.setdefault(place, set()).add(offset)
            if sighting.in_transaction:
                seen = event["at"], event["who"], place, offset
                self.first_seen.setdefault(sighting.key, seen)

    def _on_rows(self, event):
        place = tuple(event["place"])
        rows = [(offset, Sighting(tag, digest)) for offset, tag, digest in event["records"]]
        for offset, sighting in rows:
            self._see(place, offset, sighting, event, committed=True)
        self.windows.append(Window(event["who"], place, event["first"], event["end"], rows))

    def _on_ends(self, event):
        if event["is"] == "invoke":
            self._open[event["who"], "ends"] = event
        elif event["is"] == "ok":
            invoked = self._open[event["who"], "ends"]
            self.ends.append(
                Ends(
                    event["who"], tuple(event["place"]), tuple(event["kind"]), invoked["at"],
                    event["at"], event["low"], event["high"],
                )
            )  # fmt: skip

    def _on_search(self, event):
        if event["is"] == "invoke":
            self._open[event["who"], "search"] = event
        elif event["is"] == "ok":
            invoked = self._open[event["who"], "search"]["at"]
            self.searches.append(
                Search(
                    event["who"], tuple(event["place"]), event["timestamp"], invoked,
                    event["found"], event.get("isolation", "read_uncommitted"),
                )
            )  # fmt: skip

    def _on_tiers(self, event):
        self.tiers[tuple(event["place"])] = event

    def _on_lost_place(self, event):
        # An offset may be gone where records are deleted.
        asked = [
            place for who, session, place in self._open_sessions
            if (who, session) == (event["who"], event["session"])
        ]  # fmt: skip
        if not any(place in self.deletions for place in asked):
            self.errors.append(event)

    def _on_delete(self, event):
        place = tuple(event["place"])
        if event["is"] == "invoke":
            self.deletions.setdefault(place, []).append([event["offset"], event["at"], None])
        elif event["is"] == "ok":
            self.deletions[place][-1][2] = event["at"]

    def log_start(self, place):
        """Where the partition begins in the end; what lies below was deleted."""
        return self.tiers[place]["log_start"] if place in self.tiers else 0

    def _on_stuck(self, event):
        self.errors.append(event)

    def _on_broken(self, event):
        self._note_trouble(event, event.get("txn"), event["error"])

    def _on_abortable(self, event):
        self._note_trouble(event, event["txn"], event["error"])

    # Groups

    def _on_commit_offsets(self, event):
        key = event["who"], "commit-offsets"
        if event["is"] == "invoke":
            commits = [
                Commit(event["who"], tuple(place), offset, event["at"])
                for place, offset in event["offsets"]
            ]
            self.commits.setdefault(event["group"], []).extend(commits)
            self._open[key] = commits
        elif event["is"] == "ok":
            for commit in self._open[key]:
                commit.answered = event["at"]

    def _on_committed(self, event):
        key = event["who"], "committed"
        if event["is"] == "invoke":
            self._open[key] = event
        elif event["is"] == "ok":
            offsets = {tuple(place): offset for place, offset in event["offsets"]}
            invoked, places = self._open[key]["at"], self._open[key].get("places")
            places = None if places is None else frozenset(map(tuple, places))
            self.committed_reads.setdefault(event["group"], []).append(
                Asked(event["who"], invoked, event["at"], offsets, places)
            )
