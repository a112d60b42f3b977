"""Transactions that write everything down: the one producer that a process has at a time."""

import asyncio
import contextlib
import faulthandler
import os
import threading

from . import transactors
from .transactors import Abortable, Broken, Fenced
from .workers import HANDED_OVER

PATIENCE = 15  # seconds for one call of a client, broker's absence and pauses included


@contextlib.contextmanager
def patience(work, step):
    """Ends the process when a client does not come back: a successor goes on in its place.

    Clients do that. librdkafka 2.16 commits offsets by way of a connection that it has given up,
    and kafka-python 3.0 loses requests when connections break in a row: with HISTORY_DEBUG set,
    their logs tell.
    """

    def give_up():
        work.recorder.write("gave-up", step=step, client=work.client)
        faulthandler.dump_traceback(all_threads=True)  # into the log: where the client hangs
        os._exit(HANDED_OVER)

    timer = threading.Timer(PATIENCE, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Transactions:
    """The transactions of a process under one id; numbers go on from producer to producer."""

    def __init__(self, work):
        self.work, self.recorder = work, work.recorder
        self.identity = work.settings["id"]
        self.timeout_ms = work.settings["timeout_ms"]
        self.client = None
        self.count = self.number = 0
        self.name = None  # of the open transaction
        self.acknowledged, self.failed = [], []

    def start(self):
        """Takes the id over with a new producer; raises `Fenced` or `Broken`."""
        self.recorder.invoke("init", id=self.identity)
        with patience(self.work, "init"):
            self.client = transactors.ALL[self.work.client](
                self.work.address, "none", self._done, self.identity, self.timeout_ms
            )
            self.client.initialize()
        self.recorder.ok("init", id=self.identity)

    def _done(self, number, offset, error):
        if error is None:
            self.acknowledged.append([number, offset])
        else:
            self.failed.append([number, error])

    def answered(self):
        """Writes the answers down. What fails in a transaction is told by its end."""
        if self.acknowledged:
            self.recorder.ok("send", acks=self.acknowledged.copy())
            self.acknowledged.clear()
        if self.failed:
            self.recorder.unknown("send", errors=self.failed.copy(), expected=True)
            self.failed.clear()

    def begin(self):
        self.count += 1
        self.name = f"{self.work.who}/{self.count}"
        self.recorder.write("begin", txn=self.name, id=self.identity)
        self.client.begin()

    def send(self, messages):
        """Hands the messages over; their answers come later."""
        self.recorder.invoke("send", txn=self.name, records=[one.entry() for one in messages])
        with patience(self.work, "send"):
            for one in messages:
                while not self.client.send(one):
                    self.pump(0.05)

    def next_number(self):
        self.number += 1
        return self.number - 1

    def pump(self, seconds):
        self.client.pump(seconds)
        self.answered()

    def flush(self):
        with patience(self.work, "flush"):
            self.client.flush(PATIENCE)
        self.answered()

    def send_offsets(self, offsets, name, metadata):
        """Commits {place: offset} of a group with the transaction."""
        listed = [[place, offset] for place, offset in offsets.items()]
        self.recorder.invoke("send-offsets", txn=self.name, group=name, offsets=listed)
        with patience(self.work, "send-offsets"):
            self.client.send_offsets(offsets, metadata)
        self.recorder.ok("send-offsets", txn=self.name, group=name)

    def end(self, commits):
        """Commits, or aborts."""
        what = "commit" if commits else "abort"
        self.recorder.invoke(what, txn=self.name)
        try:
            with patience(self.work, what):
                self.client.commit() if commits else self.client.abort()
        except (Fenced, Abortable, Broken) as error:
            self.recorder.unknown(what, txn=self.name, error=str(error))
            raise
        finally:
            # A commit is answered behind its records.
            with contextlib.suppress(Fenced, Abortable, Broken):
                self.client.pump(0)
            self.answered()
        self.recorder.ok(what, txn=self.name)
        self.name = None

    def close(self):
        client, self.client, self.name = self.client, None, None
        if client is None:
            return
        with patience(self.work, "close"):
            close(client)
            client = None  # librdkafka ends with its last reference
        self.answered()


def close(client):
    """Closes a client; what a broken one says at its end is of no interest."""
    try:
        client.close()
    except (Exception, asyncio.CancelledError) as error:
        print(f"close: {error!r}", flush=True)


def supervised(work, transactions, life):
    """Runs `life` with one producer after the other until stopped.

    A fenced producer lets its successor work for a while before it takes the id back.
    """
    while not work.stopping:
        try:
            transactions.start()
            life()
        except Fenced as error:
            work.recorder.write(
                "fenced", id=transactions.identity, error=str(error),
                timeout_ms=transactions.timeout_ms,
            )  # fmt: skip
            transactions.close()
            work.pause(work.random.uniform(0.2, 4))
        except (Abortable, Broken) as error:
            work.recorder.write(
                "broken", client=work.client, txn=transactions.name, error=str(error)
            )
            transactions.close()
            work.pause(0.1)
    transactions.close()
