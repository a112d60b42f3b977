"""A member of a consumer group that commits behind what it has processed.

Groups differ in their protocol: members that give everything back when they rebalance, members that
keep what stays theirs (cooperative), some under a name that outlives them (static), and members of
the new protocol (KIP-848).
"""

from .. import fetchers
from .reader import record


class Member:
    """The member's share: what it may commit, and each place's session since it was assigned."""

    def __init__(self, work):
        self.work = work
        self.isolation = work.settings.get("isolation", "read_committed")
        self.session = 0  # the last that began
        self.sessions = {}  # place: its last session
        self.places = set()
        self.positions = {}  # of this share: place: the offset after the last record

    def rebalanced(self, what, places):
        """Begins a session of what is assigned: its positions are the committed ones again."""
        if what == "assigned":
            self.session += 1
            self.sessions.update(dict.fromkeys(places, self.session))
            self.places |= set(places)
        else:
            self.places -= set(places)
            for place in places:
                self.positions.pop(place, None)
        self.work.recorder.write(
            what, group=self.work.settings["group"], places=places, session=self.session,
            isolation=self.isolation,
        )  # fmt: skip

    def rewound(self):
        """Begins a session because the member went back to what is committed."""
        self.rebalanced("assigned", sorted(self.places))

    def processed(self, found):
        for place in dict.fromkeys(one.place for one in found):
            own = [one for one in found if one.place == place]
            record(self.work, self.sessions.get(place, 0), own)
            # What arrives behind its revocation is somebody else's to commit.
            if place in self.places:
                self.positions[place] = own[-1].offset + 1

    def commit(self, fetcher):
        if not self.positions:
            return
        offsets = dict(self.positions)
        group = self.work.settings["group"]
        listed = [[place, offset] for place, offset in offsets.items()]
        self.work.recorder.invoke("commit-offsets", group=group, offsets=listed)
        error = fetcher.commit(offsets)
        if error is None:
            self.work.recorder.ok("commit-offsets", group=group, offsets=listed)
        else:
            self.work.recorder.unknown("commit-offsets", group=group, error=error)


def run(work):
    """Polls and commits until stopped; some members leave, some vanish."""
    group = work.settings["group"]
    work.recorder.write("start", role="member", client=work.client, group=group)
    member = Member(work)
    fetcher = fetchers.ALL[work.client](
        work.address, member.isolation, group=group, rebalanced=member.rebalanced,
        **work.settings.get("configs", {}),
    )  # fmt: skip
    fetcher.subscribe(work.topics)
    polls = 0
    while not work.stopping:
        try:
            found = fetcher.poll(0.1)
        except fetchers.LostPlace as error:
            work.recorder.write("lost-place", session=member.session, error=str(error))
            continue
        member.processed(found)
        polls += 1
        if polls % 8 == 0:
            member.commit(fetcher)
        if work.random.random() < 0.02:
            ask_committed(work, fetcher, group, work.places)
    member.commit(fetcher)
    work.recorder.write("end")
    fetcher.close()


def ask_committed(work, fetcher, group, places):
    """Asks for the group's committed offsets and records the answer; returns {place: offset}, None
    when there is none."""
    listed = sorted(places)
    work.recorder.invoke("committed", group=group, places=listed)
    found = fetcher.committed(listed)
    if found is None:
        work.recorder.unknown("committed", group=group)
    else:
        offsets = [[place, offset] for place, offset in found.items()]
        work.recorder.ok("committed", group=group, offsets=offsets)
    return found
