"""A transactional producer that commits, aborts, dawdles, and may share its id with a rival."""

import time

from .. import transacting
from ..identity import Tag, message
from ..transactors import Abortable


def run(work):
    """Runs one transaction after the other until stopped."""
    transactions = transacting.Transactions(work)
    work.recorder.write("start", role="transactor", client=work.client, id=transactions.identity)

    def life():
        while not work.stopping:
            try:
                transact(work, transactions)
            except Abortable as error:
                work.recorder.write("abortable", txn=transactions.name, error=str(error))
                transactions.end(commits=False)
            rest(work, transactions, work.random.uniform(0, 0.3))

    transacting.supervised(work, transactions, life)
    work.recorder.write("end")


def transact(work, transactions):
    """One transaction over some partitions, and its end."""
    source = work.random
    places = source.sample(work.places, source.randint(1, len(work.places)))
    transactions.begin()
    for _ in range(source.choice([1, 1, 2, 4])):
        burst = []
        for _ in range(source.choice([1, 3, 10, 25])):
            tag = Tag(work.who, transactions.next_number(), transactions.name)
            burst.append(message(tag, *source.choice(places), source))
        transactions.send(burst)
        rest(work, transactions, source.uniform(0, 2 * len(burst) / work.rate))
    if source.random() < 0.04:
        # Longer than the coordinator waits for it.
        rest(work, transactions, transactions.timeout_ms / 1000 + 1)
    # Some end while answers are still under way: the client must wait, or abort what is unsent.
    if source.random() < 0.5:
        transactions.flush()
    transactions.end(commits=source.random() < 0.7)


def rest(work, transactions, seconds):
    """Lets time pass while the client works."""
    end = time.monotonic() + seconds
    while not work.stopping and (left := end - time.monotonic()) > 0:
        transactions.pump(min(left, 0.05))
