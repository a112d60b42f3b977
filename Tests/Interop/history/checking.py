"""Checks a history against all rules, and shows the smallest piece of it that tells the story."""

import collections
import json

from . import rules_groups, rules_log, rules_tables, rules_transactions
from .model import Model

RULES = [*rules_log.ALL, *rules_groups.ALL, *rules_tables.ALL, *rules_transactions.ALL]
PER_RULE, LINES = 3, 40


def check(events):
    """Returns all violations of all rules."""
    model = Model(events)
    return [violation for rule in RULES for violation in rule(model)]


def broken_rules(story):
    """Returns the names of the rules that a story breaks."""
    return {violation.rule for violation in check(story.events)}


def report(events, violations):
    """Returns the violations as text: some of each rule, each with its piece of the history."""
    counts = collections.Counter(violation.rule for violation in violations)
    lines, shown = [], collections.Counter()
    for violation in violations:
        shown[violation.rule] += 1
        if shown[violation.rule] > PER_RULE:
            continue
        lines.append(f"VIOLATED: {violation.rule} ({counts[violation.rule]} times)")
        lines.append(f"  {violation.text}")
        found = piece(events, violation)
        if len(found) > LINES:
            half = LINES // 2
            found[half:-half] = [f"… and {len(found) - LINES} more …"]
        lines += [f"    {line}" for line in found]
    return "\n".join(lines)


def piece(events, violation):
    """Returns the events about a violation, cut to what concerns it, with the faults between."""
    began = events[0]["at"] if events else 0
    first, last = violation.between or (began, events[-1]["at"])
    near = [event for event in events if first <= event["at"] <= last]
    kept = [(event, _cut(event, violation)) for event in near]
    times = [event["at"] for event, cut in kept if cut is not None]
    if not times:
        return []
    lines = []
    for event, cut in kept:
        if cut is None and event["what"] == "fault" and times[0] <= event["at"] <= times[-1]:
            cut = {key: event[key] for key in event.keys() - {"at", "who", "what", "is"}}
        if cut is not None:
            seconds = (event["at"] - began) / 1e9
            rest = json.dumps(cut, separators=(",", ":"))
            lines.append(
                f"{seconds:9.4f} {event['who']:<16} {event['what']} {event['is']} {rest}"
            )
    return lines


def _cut(event, violation):
    """Returns the fields of an event that concern the violation, None if it does not."""
    what, who = event["what"], event["who"]
    if what == "send":
        numbers = {number for writer, number in violation.records if writer == who}
        for field in ("records", "acks", "errors"):
            rows = [row for row in event.get(field, ()) if row[0] in numbers]
            if rows:
                return {field: rows}
    elif what in ("poll", "rows", "seek", "tiers", "ends"):
        return _cut_reading(event, violation)
    elif what in ("assigned", "revoked"):
        places = [p for p in event["places"] if (event["group"], tuple(p)) in violation.groups]
        return {"places": places, "session": event["session"]} if places else None
    elif what in ("commit-offsets", "committed"):
        places = {place for group, place in violation.groups if group == event["group"]}
        offsets = [row for row in event.get("offsets", ()) if tuple(row[0]) in places]
        told = what == "committed" and event["is"] == "ok" and places
        return {"offsets": offsets} if offsets or told else None
    elif event.get("txn") in violation.transactions:
        return {key: event[key] for key in ("txn", "error") if key in event}
    return None


def _cut_reading(event, violation):
    place = tuple(event["place"])
    offsets = {offset for where, offset in violation.offsets if where == place}
    if event["what"] not in ("poll", "rows"):
        concerned = offsets and event["what"] != "seek"
        return {k: v for k, v in event.items() if k not in _HEAD} if concerned else None
    keys = {f"{writer}|{number}|" for writer, number in violation.records}
    rows = [
        row for row in event["records"]
        if row[0] in offsets or keys and row[1] and row[1].startswith(tuple(keys))
    ]  # fmt: skip
    return {"place": event["place"], "records": rows} if rows else None


_HEAD = ("at", "who", "what", "is")
