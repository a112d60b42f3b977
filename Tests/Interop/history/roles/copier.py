"""Consume, transform, produce: copies each record of its input once, with the offsets inside.

A copier with `members` shares its input with others of its group and names its membership to the
broker (KIP-447); one without has its partitions for itself, under a transactional id of its own.
"""

from .. import fetchers, transacting
from ..identity import Tag, message
from ..transactors import Abortable
from .member import Member, ask_committed


class Copier:
    """One consumer, and the producer whose transactions take its offsets along."""

    def __init__(self, work):
        self.work = work
        self.group = work.settings["group"]
        self.output = work.settings["output"]
        # The copies of a partition are in one partition, so that their order can be judged.
        self.inputs = [tuple(place) for place in work.settings["inputs"]]
        self.is_member = work.settings["members"]
        self.transactions = transacting.Transactions(work)
        self.member = Member(work)
        self.fetcher = None

    def life(self):
        """Copies with one producer and one consumer until stopped or an error ends it."""
        rebalanced = self.member.rebalanced if self.is_member else None
        self.fetcher = fetchers.ALL[self.work.client](
            self.work.address, group=self.group, rebalanced=rebalanced
        )  # fmt: skip
        try:
            if self.is_member:
                self.fetcher.subscribe(self.work.topics)
            else:
                # Only now: what a predecessor had begun under the id has been ended.
                self.rewind()
            while not self.work.stopping:
                self.copy()
        finally:
            fetcher, self.fetcher = self.fetcher, None
            with transacting.patience(self.work, "close"):
                transacting.close(fetcher)
            self.member.places.clear()
            self.member.positions.clear()

    def copy(self):
        """Copies what one poll brings in one transaction."""
        try:
            found = self.fetcher.poll(0.2, limit=60)
        except fetchers.LostPlace as error:
            self.work.recorder.write("lost-place", session=self.member.session, error=str(error))
            return
        if not found:
            return
        self.member.processed(found)
        offsets = dict(self.member.positions)
        try:
            self.transact(found, offsets)
        except Abortable as error:
            self.work.recorder.write(
                "abortable", txn=self.transactions.name, error=str(error)
            )
            self.transactions.end(commits=False)
            self.rewind()

    def transact(self, found, offsets):
        source = self.work.random
        self.transactions.begin()
        copies = []
        for one in found:
            topic, partition = one.place
            origin = f"{topic}/{partition}/{one.offset}/{one.digest}"
            tag = Tag(
                self.work.who, self.transactions.next_number(), self.transactions.name, origin
            )
            copies.append(message(tag, self.output, self.inputs.index(one.place), source))
        self.transactions.send(copies)
        self.transactions.send_offsets(offsets, self.group, self.fetcher.metadata())
        commits = source.random() < 0.9
        self.transactions.end(commits)
        if not commits:
            self.rewind()

    def rewind(self):
        """Goes back to what the group has committed."""
        places = sorted(self.member.places) if self.is_member else self.work.places
        committed = None
        while committed is None and not self.work.stopping:
            committed = ask_committed(self.work, self.fetcher, self.group, places)
        if committed is None:
            return
        self.member.places = set(places)
        self.member.positions.clear()
        self.member.rewound()
        offsets = {place: committed.get(place, 0) for place in places}
        self.fetcher.rewind(offsets) if self.is_member else self.fetcher.seek(offsets)


def run(work):
    """Copies until stopped, with one producer after the other."""
    copier = Copier(work)
    work.recorder.write("start", role="copier", client=work.client, group=copier.group)
    transacting.supervised(work, copier.transactions, copier.life)
    work.recorder.write("end")
