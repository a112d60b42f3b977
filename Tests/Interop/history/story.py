"""Histories written by hand, one call an event, for the tests of the rules."""

from .identity import Tag

PLACE = ("t", 0)
GROUP = "g"
THREE = {0: ("p.1", 0), 1: ("p.1", 1), 2: ("q.1", 0)}


class Story:
    """Builds events whose times rise by one with each call."""

    def __init__(self):
        self.events = []
        self.session = 0
        self.now = 0

    def event(self, who, what, phase="info", **fields):
        self.now += 1
        self.events.append({"at": self.now, "who": who, "what": what, "is": phase, **fields})

    # Producers: the digest of a record is its number unless a test falsifies it, its timestamp
    # 100 more.

    def invoke(self, who, *numbers, place=PLACE, txn="", source=""):
        fields = {"txn": txn} if txn else {}
        records = [[number, *place, number, 100 + number, source] for number in numbers]
        self.event(who, "send", "invoke", records=records, **fields)

    def acknowledge(self, who, offsets):
        self.event(who, "send", "ok", acks=[list(item) for item in offsets.items()])

    def send(self, who, offsets, place=PLACE, txn="", source=""):
        """Sends {number: offset}, all acknowledged."""
        self.invoke(who, *offsets, place=place, txn=txn, source=source)
        self.acknowledge(who, offsets)

    # Transactions

    def init(self, who, identity="x", answered=True):
        self.event(who, "init", "invoke", id=identity)
        if answered:
            self.event(who, "init", "ok", id=identity)

    def begin(self, who, name, identity="x"):
        self.event(who, "begin", txn=name, id=identity)

    def end(self, who, name, how="commit", phase="ok"):
        """Commits or aborts; the answer is "ok", "unknown", or None: it never came."""
        self.event(who, how, "invoke", txn=name)
        if phase:
            self.event(who, how, phase, txn=name)

    def send_offsets(self, who, name, offset, place=PLACE):
        """Sends an offset of the group with a transaction."""
        self.event(
            who, "send-offsets", "invoke", txn=name, group=GROUP, offsets=[[place, offset]]
        )
        self.event(who, "send-offsets", "ok", txn=name, group=GROUP)

    def fenced(self, who, identity="x", timeout=10):
        """The timeout counts in events, as all times here."""
        self.event(who, "fenced", id=identity, error="fenced", timeout_ms=timeout / 1e6)

    # Readers

    @staticmethod
    def rows(records, txn="", source=""):
        """Returns entries for {offset: (writer, number)} or {offset: (writer, number, txn)}."""
        rows = []
        for offset, (writer, number, *rest) in records.items():
            tag = Tag(writer, number, *rest) if rest else Tag(writer, number, txn, source)
            rows.append([offset, tag.text(), number])
        return rows

    def read(self, who, records, place=PLACE, start=0, final=False, truth=False,
             isolation="read_committed"):  # fmt: skip
        """Reads {offset: (writer, number)} in one session."""
        self.session += 1
        self.event(
            who, "seek", session=self.session, place=place, offset=start, isolation=isolation,
            final=final,
        )  # fmt: skip
        self.poll(who, records, place, truth=truth)

    def poll(self, who, records, place=PLACE, session=None, truth=False):
        self.event(
            who, "poll", session=session or self.session, place=place, records=self.rows(records),
            truth=truth,
        )  # fmt: skip

    def truth(self, records, place=PLACE):
        """The reading after everything has come to rest."""
        self.read("run", records, place, final=True, truth=True)

    def table(self, records, place=PLACE, first=0, end=None):
        self.event(
            "analyst.1", "rows", place=place, first=first, end=end, records=self.rows(records)
        )

    def ends(self, who, low, high, place=PLACE, isolation="read_uncommitted"):
        self.event(who, "ends", "invoke", place=place)
        self.event(who, "ends", "ok", place=place, kind=[isolation, "c"], low=low, high=high)

    def search(self, who, timestamp, found, place=PLACE, isolation="read_uncommitted"):
        self.event(who, "search", "invoke", place=place, timestamp=timestamp)
        self.event(
            who, "search", "ok", place=place, timestamp=timestamp, found=found, isolation=isolation
        )

    # Groups

    def assign(self, who, session, places=(PLACE,)):
        self.event(who, "assigned", group=GROUP, session=session, places=list(places))

    def commit(self, who, offset, place=PLACE, phase="ok"):
        self.event(who, "commit-offsets", "invoke", group=GROUP, offsets=[[place, offset]])
        self.event(who, "commit-offsets", phase, group=GROUP, error="an error")

    def committed(self, who, offset, place=PLACE):
        offsets = [] if offset is None else [[place, offset]]
        self.event(who, "committed", "invoke", group=GROUP)
        self.event(who, "committed", "ok", group=GROUP, offsets=offsets)

    def tiers(self, log_start, local_start, settled, log_end, place=PLACE):
        self.event(
            "run", "tiers", place=place, log_start=log_start, local_start=local_start,
            settled=settled, log_end=log_end,
        )  # fmt: skip


def sent():
    """Returns a story of the three acknowledged records of THREE, of two writers."""
    story = Story()
    story.send("p.1", {0: 0, 1: 1})
    story.send("q.1", {0: 2})
    return story
