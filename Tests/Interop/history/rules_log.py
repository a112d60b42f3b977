"""What must hold of the log: nothing lost, doubled, reordered, altered, skipped or taken back."""

import bisect
import itertools
import math

from .model import Violation


def place_text(place):
    return f"{place[0]}-{place[1]}"


def acknowledged_records_are_there(model):
    """An acknowledged record lies at the offset of its answer, in the end and as it was sent."""
    for sent in model.sent.values():
        if sent.offset is None or sent.transaction or sent.offset < model.log_start(sent.place):
            continue
        found = model.truth.get(sent.place, {}).get(sent.offset)
        if found is None or found.key != sent.key:
            what = f"{found.tag} lies there" if found else "nothing lies there"
            yield Violation(
                "acknowledged records are there",
                f"{sent.tag} was acknowledged at {place_text(sent.place)}@{sent.offset}: {what}",
                frozenset({sent.key}), frozenset({(sent.place, sent.offset)}),
            )  # fmt: skip


def no_record_twice(model):
    """No record lies at two offsets, whoever saw them."""
    for place, sightings in model.sightings.items():
        seen = {}
        for offset in sorted(sightings):
            key = sightings[offset].key
            if key is None:
                continue
            first = seen.setdefault(key, offset)
            if first != offset:
                yield Violation(
                    "no record twice",
                    f"{sightings[offset].tag} lies at {place_text(place)}@{first} and @{offset}",
                    frozenset({key}), frozenset({(place, first), (place, offset)}),
                )  # fmt: skip


def order_of_each_writer(model):
    """The records of one writer lie in each partition in the order in which it sent them."""
    for place, truth in model.truth.items():
        last = {}  # writer: (number, offset)
        for offset in sorted(truth):
            key = truth[offset].key
            if key is None:
                continue
            writer, number = key
            before, where = last.get(writer, (-1, -1))
            if number < before:
                yield Violation(
                    "order of each writer",
                    f"{writer}'s {number} lies at {place_text(place)}@{offset}, behind its "
                    f"{before} @{where}",
                    frozenset({key, (writer, before)}),
                    frozenset({(place, offset), (place, where)}),
                )  # fmt: skip
            last[writer] = number, offset


def order_of_time(model):
    """A record sent after another's acknowledgement lies behind it."""
    by_place = {}
    for sent in model.sent.values():
        if sent.offset is not None:
            by_place.setdefault(sent.place, []).append(sent)
    for place, records in by_place.items():
        records.sort(key=lambda sent: sent.offset, reverse=True)
        earliest = None  # of those behind: the first that was acknowledged
        for sent in records:
            if earliest and earliest.acknowledged < sent.invoked:
                yield Violation(
                    "order of time",
                    f"{sent.tag} was sent after {earliest.tag} had been acknowledged, and lies "
                    f"before it: {place_text(place)}@{sent.offset} and @{earliest.offset}",
                    frozenset({sent.key, earliest.key}),
                )
            if earliest is None or sent.acknowledged < earliest.acknowledged:
                earliest = sent


def only_what_was_sent(model):
    """Every record that anybody sees was sent, to that partition, with those contents."""
    for place, sightings in model.sightings.items():
        for offset, sighting in sightings.items():
            sent = model.sent.get(sighting.key)
            if sent and (sent.place, sent.digest, sent.tag) == (
                place, sighting.digest, sighting.tag,
            ):  # fmt: skip
                continue
            what = f"it was sent as {sent}" if sent else "nobody sent it"
            yield Violation(
                "only what was sent",
                f"{place_text(place)}@{offset} shows {sighting.tag} ({sighting.digest}): {what}",
                frozenset({sighting.key} if sighting.key else ()), frozenset({(place, offset)}),
            )  # fmt: skip


def reads_repeat(model):
    """The same offset shows the same bytes to everybody, always, from both tiers."""
    for place, offset, first, other, who in model.conflicts:
        yield Violation(
            "reads repeat",
            f"{place_text(place)}@{offset} was {first.tag} ({first.digest}), and then "
            f"{other.tag} ({other.digest}) to {who}",
            offsets=frozenset({(place, offset)}),
        )


def polls_go_forward(model):
    """A consumer's offsets rise from where it started, without a step back or in place."""
    for session in model.sessions:
        last = (session.start or 0) - 1
        for offset in session.offsets:
            if offset <= last:
                yield Violation(
                    "polls go forward",
                    f"{session.who} got {place_text(session.place)}@{offset} at or behind @{last}",
                    offsets=frozenset({(session.place, offset), (session.place, last)}),
                )
                break
            last = offset


def nothing_is_skipped(model):
    """Between where a consumer started and where it came to, it saw every committed record."""
    for session in model.sessions:
        if not session.offsets and not session.final:
            continue
        truth = model.truth.get(session.place, {})
        first = session.offsets[0] if session.start is None else session.start
        last = max(truth, default=-1) if session.final else session.offsets[-1]
        got = set(session.offsets)
        missed = [offset for offset in truth if first <= offset <= last and offset not in got]
        if missed:
            offset = min(missed)
            yield Violation(
                "nothing is skipped",
                f"{session.who} read {place_text(session.place)} from @{first} to @{last} without "
                f"{len(missed)} records, such as @{offset}: {truth[offset].tag}",
                frozenset({truth[offset].key} - {None}), frozenset({(session.place, offset)}),
            )  # fmt: skip


def nothing_vanishes(model):
    """What read_committed or a table has shown stays, and so does what is in no transaction."""
    for place, sightings in model.sightings.items():
        truth = model.truth.get(place, {})
        committed, start = model.committed_places.get(place, ()), model.log_start(place)
        for offset, sighting in sightings.items():
            if offset in truth or offset < start:
                continue
            plain = sighting.tag is not None and not sighting.in_transaction
            if plain or offset in committed:
                yield Violation(
                    "nothing vanishes",
                    f"{sighting.tag} was seen at {place_text(place)}@{offset}, and is gone",
                    frozenset({sighting.key} - {None}), frozenset({(place, offset)}),
                )  # fmt: skip


def ends_go_forward(model):
    """The end of a partition never falls, nor below what is acknowledged."""
    by_place = {}
    for sent in model.sent.values():
        if sent.offset is not None:
            by_place.setdefault(sent.place, []).append((sent.acknowledged, sent.offset + 1))
    kinds = {}
    for ends in model.ends:
        kinds.setdefault((ends.place, ends.kind), []).append(ends)
    for (place, (isolation, _)), asked in kinds.items():
        floors = [(ends.answered, ends.high) for ends in asked]
        if isolation == "read_uncommitted":
            floors += by_place.get(place, [])
        floors.sort()
        floor = position = 0
        for ends in sorted(asked, key=lambda one: one.invoked):
            while position < len(floors) and floors[position][0] < ends.invoked:
                floor = max(floor, floors[position][1])
                position += 1
            if ends.high < floor:
                yield Violation(
                    "ends go forward",
                    f"{ends.who} was told {ends.low} to {ends.high} of {place_text(place)} "
                    f"({isolation}), where {floor} was the end before",
                    offsets=frozenset({(place, floor - 1)}),
                )


def the_start_moves_by_deletions(model):
    """Nobody is told of a start behind what was asked to be deleted, nor before what is."""
    for ends in model.ends:
        deletions = model.deletions.get(ends.place, ())
        lowest = max((at for at, _, done in deletions if done and done < ends.invoked), default=0)
        highest = max((at for at, begun, _ in deletions if begun < ends.answered), default=0)
        if not lowest <= ends.low <= highest:
            yield Violation(
                "the start moves by deletions",
                f"{ends.who} was told that {place_text(ends.place)} begins @{ends.low}, where "
                f"@{lowest} to @{highest} is right",
                offsets=frozenset({(ends.place, ends.low)}),
            )


class Times:
    """The timestamps of a partition's records, to search as a broker should."""

    def __init__(self, model, place):
        # Records of aborted transactions may be found, and are not in the truth.
        self.known = {
            offset: model.sent[sighting.key]
            for offset, sighting in sorted(model.truth.get(place, {}).items())
            if sighting.key in model.sent
        }
        self.offsets = list(self.known)
        self.highest = list(
            itertools.accumulate((sent.timestamp for sent in self.known.values()), max)
        )
        self.by_time = sorted((sent.timestamp, offset) for offset, sent in self.known.items())
        self.stable_ends = sorted(
            (ends.answered, ends.high) for ends in model.ends
            if ends.place == place and ends.kind[0] == "read_committed"
        )  # fmt: skip
        self.highest_ends = list(itertools.accumulate((end for _, end in self.stable_ends), max))

    def reach(self, search):
        """Returns the offset below which a search must have looked."""
        if search.isolation == "read_uncommitted":
            return math.inf
        # Not behind what was undecided; somebody knew this much to be decided.
        count = bisect.bisect_left(self.stable_ends, (search.invoked, -1))
        return self.highest_ends[count - 1] if count else 0

    def passed(self, search):
        """Returns an offset that the answer passes over, None when it is right."""
        if search.found is not None:
            count = bisect.bisect_left(self.highest, search.timestamp)
            if count < len(self.offsets) and self.offsets[count] < search.found:
                return self.offsets[count]
            return None
        reach = self.reach(search)
        start = bisect.bisect_left(self.by_time, (search.timestamp, -1))
        for _, offset in self.by_time[start:]:
            sent = self.known[offset]
            plain = sent.acknowledged and not sent.transaction
            if plain and sent.acknowledged < search.invoked and offset < reach:
                return offset
        return None


def times_are_found(model):
    """A search by time passes no record of that time or later, and finds one if it finds any."""
    times = {}
    for search in model.searches:
        if search.place not in times:
            times[search.place] = Times(model, search.place)
        here = times[search.place]
        passed = here.passed(search)
        found = here.known.get(search.found)
        if passed is not None or found and found.timestamp < search.timestamp:
            why = "which is earlier" if passed is None else f"behind @{passed}"
            yield Violation(
                "times are found",
                f"{search.who} searched {place_text(search.place)} for {search.timestamp} and was "
                f"told @{search.found}, {why}",
                offsets=frozenset({(search.place, search.found if passed is None else passed)}),
            )


def no_errors(model):
    """No client gets an error that nothing in the run excuses."""
    for event in model.errors:
        error = event.get("error") or event.get("errors") or event
        yield Violation("no errors", f"{event['who']}: {event['what']}: {error}")


ALL = [
    acknowledged_records_are_there, no_record_twice, order_of_each_writer, order_of_time,
    only_what_was_sent, reads_repeat, polls_go_forward, nothing_is_skipped, nothing_vanishes,
    ends_go_forward, the_start_moves_by_deletions, times_are_found, no_errors,
]  # fmt: skip
