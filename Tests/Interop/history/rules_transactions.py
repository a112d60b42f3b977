"""What must hold of transactions: all or nothing, nothing aborted, no zombies, each copy once."""

import bisect
import itertools

from .model import Violation
from .rules_log import place_text


DISTURBANCE = 5_000_000_000  # nanoseconds for which a fault is felt


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


def the_stable_end_waits(model):
    """No end of what is committed lies behind a record whose commit is not asked for yet.

    Judged by transactions that committed: of others nobody knows when the coordinator ended them.
    """
    undecided = {}  # place: [(when its commit was asked for, offset of a record, transaction)]
    for transaction in model.transactions.values():
        for sent in map(model.sent.get, transaction.records if transaction.committed else ()):
            if sent.offset is not None:
                undecided.setdefault(sent.place, []).append(
                    (transaction.commit_invoked, sent.offset, transaction.name)
                )
    for rows in undecided.values():
        rows.sort(reverse=True)
    lowest = {
        place: list(itertools.accumulate((offset for _, offset, _ in rows), min))
        for place, rows in undecided.items()
    }
    for ends in model.ends:
        rows = undecided.get(ends.place, ())
        if ends.kind[0] != "read_committed" or not rows:
            continue
        count = bisect.bisect_left(rows, -ends.answered, key=lambda row: -row[0])
        if count and lowest[ends.place][count - 1] < ends.high:
            offset = lowest[ends.place][count - 1]
            name = next(row[2] for row in rows if row[1] == offset)
            yield Violation(
                "the stable end waits",
                f"{ends.who} was told that {place_text(ends.place)} is decided up to {ends.high}, "
                f"before the commit of {name} was asked for, which has @{offset}",
                offsets=frozenset({(ends.place, offset)}), transactions=frozenset({name}),
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
        own = [
            answered for _, who, _, answered in model.inits
            if who == writer and answered and answered < event["at"]
        ]  # fmt: skip
        began = own[-1] if own else 0
        followed = any(
            other == identity and who != writer and invoked < event["at"]
            and (answered is None or answered > began)
            for other, who, invoked, answered in model.inits
        )  # fmt: skip
        last = [
            transaction for transaction in model.transactions.values()
            if transaction.writer == writer and transaction.began < event["at"]
        ][-1:]  # fmt: skip
        late = last and event["at"] - last[0].began > event["timeout_ms"] * 1e6
        if not followed and not late:
            yield Violation(
                "fencing has a reason", f"{writer} was fenced: {event['error']}",
                transactions=frozenset(t.name for t in last),
            )  # fmt: skip


# What the broker must not say to a client that does everything right, as the libraries put it.
NEVER = (
    "UNKNOWN_PRODUCER_ID", "UnknownProducerId", "INVALID_PRODUCER_ID_MAPPING",
    "InvalidProducerIdMapping", "INVALID_MSG", "CorruptRecord", "UNKNOWN_SERVER", "UnknownError",
)  # fmt: skip
# What a client brings on itself when it has lost an answer. librdkafka 2.16 ends a transaction
# whose beginning never arrived, and uses the sequence numbers again of a batch that it gave up and
# that the log has.
WHEN_DISTURBED = (
    "INVALID_TXN_STATE", "InvalidTxnState", "TRANSACTION_ABORTABLE", "TransactionAbortable",
    "OUT_OF_ORDER_SEQUENCE", "OutOfOrderSequence", "skipped sequence",
)  # fmt: skip


def errors_have_a_reason(model):
    """No transaction fails in a way that the run does not explain."""
    faults = [
        (event["at"], event.get("of")) for event in model.faults
        if event["kind"].startswith(("broker", "client"))
    ]  # fmt: skip
    for trouble in model.troubles:
        found = [code for code in NEVER if code in trouble.error]
        if not found and any(code in trouble.error for code in WHEN_DISTURBED):
            known = model.transactions.get(trouble.transaction)
            # A broker that has just come back is still a reason.
            began = (known.began if known else trouble.at) - DISTURBANCE
            if not any(
                began <= at <= trouble.at and of in (None, trouble.who) for at, of in faults
            ):  # fmt: skip
                found = [trouble.error]
        if found:
            yield Violation(
                "errors have a reason",
                f"{trouble.who} in {trouble.transaction}: {trouble.error}",
                transactions=frozenset({trouble.transaction} - {None}),
            )


def copies_are_the_input(model):
    """Each record that the copiers' group is past has one copy, of what it is, in its order."""
    copies = {}  # (output topic, input place): [(output, its offset, input offset, digest, key)]
    for place, truth in model.truth.items():
        for offset in sorted(truth):
            source = (truth[offset].tag or "").rpartition("|")[2]
            if source:
                topic, partition, where, digest = source.split("/")
                copies.setdefault((place[0], (topic, int(partition))), []).append(
                    (place, offset, int(where), int(digest), truth[offset].key)
                )
    for (topic, place), committed in model.copied.items():
        input_, last = model.truth.get(place, {}), -1
        found = set()
        for output, offset, where, digest, key in copies.get((topic, place), ()):
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
                f"{place_text(place)}@{min(missing)} and {len(missing) - 1} more have no copy in "
                f"{topic}, though the copiers stand at @{committed}",
                offsets=frozenset({(place, min(missing))}),
            )


ALL = [
    transactions_are_whole, answers_of_committed_records_hold, nothing_uncommitted_is_seen,
    the_stable_end_waits, zombies_are_fenced, fencing_has_a_reason, errors_have_a_reason,
    copies_are_the_input,
]  # fmt: skip
