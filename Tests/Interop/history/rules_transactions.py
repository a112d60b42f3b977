"""What must hold of transactions: all or nothing, nothing aborted, no zombies, each copy once."""

from .model import Violation
from .rules_log import place_text


def _there(model, transaction):
    """Returns the records of a transaction that the last reading shows, and those that it lacks."""
    there, missing = [], []
    for key in transaction.records:
        sent = model.sent[key]
        present = key in model.keys_in_truth.get(sent.place, ())
        (there if present else missing).append(key)
    return there, missing


def transactions_are_whole(model):
    """A committed transaction is there with all its records; any other with all or none."""
    for transaction in model.transactions.values():
        there, missing = _there(model, transaction)
        if not missing or not (there or transaction.committed):
            continue
        end = "was committed" if transaction.committed else "ended in silence"
        yield Violation(
            "transactions are whole",
            f"{transaction.name} {end}: {len(there)} of its records are there, {len(missing)} are "
            f"not, such as {missing[0]}",
            frozenset({missing[0], *there[:1]}), transactions=frozenset({transaction.name}),
        )  # fmt: skip


def answers_of_committed_records_hold(model):
    """A record of a committed transaction lies at the offset of its answer."""
    for transaction in model.transactions.values():
        if not transaction.committed:
            continue
        for key in transaction.records:
            sent = model.sent[key]
            if sent.offset is None:
                continue
            found = model.truth.get(sent.place, {}).get(sent.offset)
            if found is None or found.key != key:
                yield Violation(
                    "answers of committed records hold",
                    f"{sent.tag} was acknowledged at {place_text(sent.place)}@{sent.offset}: "
                    f"{found.tag if found else 'nothing'} lies there",
                    frozenset({key}), frozenset({(sent.place, sent.offset)}),
                    transactions=frozenset({transaction.name}),
                )  # fmt: skip


def nothing_uncommitted_is_seen(model):
    """read_committed and tables show no record of a transaction before its commit is asked for."""
    for key, (at, who, place, offset) in model.first_seen.items():
        sent = model.sent.get(key)
        transaction = model.transactions.get(sent.transaction) if sent else None
        if transaction is None:
            continue
        asked = transaction.commit_invoked
        if transaction.aborted:
            text = "which was aborted"
        elif asked is None:
            text = "whose commit was never asked for"
        elif at < asked:
            text = "before its commit was asked for"
        else:
            continue
        yield Violation(
            "nothing uncommitted is seen",
            f"{who} saw {place_text(place)}@{offset} of {transaction.name}, {text}",
            frozenset({key}), frozenset({(place, offset)}),
            transactions=frozenset({transaction.name}),
        )  # fmt: skip


def zombies_are_fenced(model):
    """Who has a successor commits nothing more."""
    for transaction in model.transactions.values():
        if not transaction.committed:
            continue
        for identity, writer, invoked, answered in model.inits:
            if (
                identity == transaction.identity and writer != transaction.writer and answered
                and transaction.began < invoked and answered < transaction.commit_invoked
            ):  # fmt: skip
                yield Violation(
                    "zombies are fenced",
                    f"{transaction.name} was committed after {writer} had taken its id over",
                    transactions=frozenset({transaction.name}),
                )


def fencing_has_a_reason(model):
    """A producer is fenced only by a successor, or by a transaction that took too long."""
    for event in model.fenced:
        writer, identity = event["who"], event["id"]
        own = [answered for _, who, _, answered in model.inits if who == writer]
        began = own[0] if own and own[0] else 0
        followed = any(
            other == identity and who != writer and invoked < event["at"]
            and (answered is None or answered > began)
            for other, who, invoked, answered in model.inits
        )  # fmt: skip
        last = [t for t in model.transactions.values() if t.writer == writer][-1:]
        late = last and event["at"] - last[0].began > event["timeout_ms"] * 1e6
        if not followed and not late:
            yield Violation(
                "fencing has a reason", f"{writer} was fenced: {event['error']}",
                transactions=frozenset(t.name for t in last),
            )  # fmt: skip


def copies_are_the_input(model):
    """Each record that the copiers' group is past has one copy, of what it is, in its order."""
    copies = {}  # input place: [(output offset, input offset, digest, key)]
    for place, truth in model.truth.items():
        for offset in sorted(truth):
            source = (truth[offset].tag or "").rpartition("|")[2]
            if source:
                topic, partition, where, digest = source.split("/")
                copies.setdefault((topic, int(partition)), []).append(
                    (place, offset, int(where), int(digest), truth[offset].key)
                )
    for place, committed in model.copied.items():
        input_, last = model.truth.get(place, {}), -1
        found = set()
        for output, offset, where, digest, key in copies.get(place, ()):
            if where in found:
                problem = f"has a second copy at {place_text(output)}@{offset}"
            elif where < last:
                problem = f"is copied behind @{last}"
            elif where not in input_ or input_[where].digest != digest:
                problem = f"is not what {place_text(output)}@{offset} is a copy of"
            elif where >= committed:
                problem = f"is copied, and the copiers stand at @{committed}"
            else:
                problem = None
            if problem:
                yield Violation(
                    "copies are the input", f"{place_text(place)}@{where} {problem}",
                    frozenset({key}), frozenset({(place, where), (output, offset)}),
                )  # fmt: skip
            found.add(where)
            last = max(last, where)
        missing = [where for where in input_ if where < committed and where not in found]
        if missing:
            yield Violation(
                "copies are the input",
                f"{place_text(place)}@{min(missing)} and {len(missing) - 1} more have no copy, "
                f"though the copiers stand at @{committed}",
                offsets=frozenset({(place, min(missing))}),
            )


ALL = [
    transactions_are_whole, answers_of_committed_records_hold, nothing_uncommitted_is_seen,
    zombies_are_fenced, fencing_has_a_reason, copies_are_the_input,
]  # fmt: skip
