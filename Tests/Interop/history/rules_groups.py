"""What must hold of groups: committed offsets go forward, and nothing below them is unread."""

import bisect

from .model import Violation
from .rules_log import place_text


class Floors:
    """For each place of a group: the highest commit that had been answered by some moment."""

    def __init__(self, commits):
        self.times, self.highest, self.first_invoked = {}, {}, {}
        answered = [commit for commit in commits if commit.answered]
        for commit in sorted(answered, key=lambda commit: commit.answered):
            highest = self.highest.setdefault(commit.place, [])
            known = highest[-1] if highest else commit
            highest.append(commit if commit.offset > known.offset else known)
            self.times.setdefault(commit.place, []).append(commit.answered)
        for commit in commits:
            self.first_invoked.setdefault((commit.place, commit.offset), commit.invoked)

    def before(self, place, moment):
        """Returns the highest commit of the place answered before the moment, None for none."""
        count = bisect.bisect_left(self.times.get(place, ()), moment)
        return self.highest[place][count - 1] if count else None


def commits_go_forward(model):
    """No commit that is taken lies below one that was answered before it was invoked."""
    for group, commits in model.commits.items():
        floors = Floors(commits)
        for commit in commits:
            floor = floors.before(commit.place, commit.invoked)
            if commit.answered and floor and commit.offset < floor.offset:
                yield Violation(
                    "commits go forward",
                    f"{group}: {commit.who} committed {place_text(commit.place)}@{commit.offset} "
                    f"after {floor.who} had committed @{floor.offset}",
                    groups=frozenset({(group, commit.place)}),
                    between=(floor.invoked, commit.answered),
                )


def committed_offsets_are_found(model):
    """Who asks for committed offsets gets the last one taken, or one that is under way."""
    for group, asked in model.committed_reads.items():
        floors = Floors(model.commits.get(group, []))
        for answer in asked:
            for place in floors.times.keys() | answer.offsets.keys():
                if answer.places is not None and place not in answer.places:
                    continue
                found = answer.offsets.get(place)
                floor = floors.before(place, answer.invoked)
                if floor and (found is None or found < floor.offset):
                    text = f"where @{floor.offset} was committed before by {floor.who}"
                elif (
                    found is not None
                    and floors.first_invoked.get((place, found), answer.answered) >= answer.answered
                ):
                    text, floor = "which nobody committed", floor or answer
                else:
                    continue
                yield Violation(
                    "committed offsets are found",
                    f"{group}: {answer.who} was told {place_text(place)}@{found}, {text}",
                    groups=frozenset({(group, place)}), between=(floor.invoked, answer.answered),
                )  # fmt: skip


def members_go_on_where_it_was_committed(model):
    """A new share starts at or behind what was committed before it was assigned."""
    for group in model.groups:
        floors = Floors(model.commits.get(group, []))
        for session in model.sessions_of(group):
            floor = floors.before(session.place, session.began)
            if floor and session.offsets and session.offsets[0] < floor.offset:
                yield Violation(
                    "members go on where it was committed",
                    f"{group}: {session.who} started at {place_text(session.place)}"
                    f"@{session.offsets[0]}, where @{floor.offset} was committed by {floor.who}",
                    offsets=frozenset({(session.place, session.offsets[0])}),
                    groups=frozenset({(group, session.place)}),
                    between=(floor.invoked, session.polled),
                )


def nothing_below_a_commit_is_unread(model):
    """Some member got every record below the highest commit."""
    for group, commits in model.commits.items():
        got = {}
        for session in model.sessions_of(group):
            got.setdefault(session.place, set()).update(session.offsets)
        highest = {}
        for commit in commits:
            if commit.answered:
                highest[commit.place] = max(commit.offset, highest.get(commit.place, 0))
        for place, top in highest.items():
            truth, seen = model.truth.get(place, {}), got.get(place, set())
            unread = [offset for offset in truth if offset < top and offset not in seen]
            if unread:
                yield Violation(
                    "nothing below a commit is unread",
                    f"{group} committed {place_text(place)}@{top}, and no member got "
                    f"{len(unread)} records below, such as @{min(unread)}",
                    offsets=frozenset({(place, min(unread))}), groups=frozenset({(group, place)}),
                )  # fmt: skip


ALL = [
    commits_go_forward, committed_offsets_are_found, members_go_on_where_it_was_committed,
    nothing_below_a_commit_is_unread,
]  # fmt: skip
