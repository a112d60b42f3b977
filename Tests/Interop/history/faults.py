"""The faults of a run: drawn from its seed beforehand, carried out as its time comes."""

import random
import signal
import time
from typing import NamedTuple

from harness.raw import RawClient


class Fault(NamedTuple):
    """What happens `at` seconds after the start; `pick` in [0, 1) chooses the victim."""

    at: float
    kind: str
    pick: float
    lasts: float


BROKER = {"broker-kill": 5, "broker-kill-twice": 2, "broker-stop": 2}
TOPICS = {"topic-alter": 2, "records-delete": 2}
CLIENTS = {"client-kill": 5, "client-pause": 3}
STORE = {"store-slow": 2, "store-gone": 2, "answers-lost": 3}


def schedule(seed, seconds, store=False):
    """Returns the faults of a run in order; the last seconds have none."""
    source = random.Random(f"faults/{seed}")
    weights = {**BROKER, **TOPICS, **CLIENTS, **(STORE if store else {})}
    faults, at = [], source.uniform(1, 3)
    while at < seconds - 2:
        kind = source.choices(list(weights), weights.values())[0]
        # A pause may outlast a session timeout; the broker is away for a moment at most.
        lasts = source.choice([0, 0.3, 1.5]) if kind in BROKER else source.choice([0.5, 3, 8])
        faults.append(Fault(at, kind, source.random(), lasts))
        at += source.choice([0.3, 1.0, 2.0, 4.0])
    return faults


class Mischief:
    """Carries faults out on a run's broker, workers and proxy."""

    def __init__(self, recorder, broker, workers, topics, deletable, proxy=None):
        """`deletable` is the place whose records may be deleted."""
        self.recorder, self.broker, self.workers = recorder, broker, workers
        self.topics, self.deletable, self.proxy = topics, deletable, proxy
        self.later = []  # (moment, what to do): the ends of faults that last

    def do(self, fault):
        on_client = fault.kind in CLIENTS
        victim = self.workers[int(fault.pick * len(self.workers))]
        self.recorder.write(
            "fault", kind=fault.kind, lasts=fault.lasts, **({"of": victim.who} if on_client else {})
        )
        if on_client:
            getattr(self, "_" + fault.kind.replace("-", "_"))(fault, victim)
        elif fault.kind in BROKER:
            self._on_broker(fault)
        elif fault.kind == "topic-alter":
            self._alter_topic(fault)
        elif fault.kind == "records-delete":
            self._delete_records(fault)
        else:
            self._on_store(fault)

    def _on_broker(self, fault):
        if not self.broker.is_running:
            return
        if fault.kind == "broker-stop":
            self.broker.stop()
        else:
            self.broker.kill()
        if fault.kind == "broker-kill-twice":
            # The second kill comes amid recovery, or soon after it.
            self.broker.spawn()
            time.sleep(fault.pick * 0.4)
            self.broker.kill()
        self._after(fault.lasts, self._start_broker)

    def _start_broker(self):
        self.broker.start()
        self.recorder.write("fault", kind="broker-is-back")

    def _alter_topic(self, fault):
        """Changes when segments close, and for how long they stay."""
        if not self.broker.is_running:
            return
        source = random.Random(fault.pick)
        topic = source.choice(self.topics)
        configs = {
            "segment.bytes": source.choice([8192, 32768, 300_000]),
            "local.retention.ms": source.choice([1, 1, 3000]),
        }
        try:
            with RawClient(self.broker.port) as raw:
                error = raw.alter_topic(topic, configs)
        except OSError as problem:  # it is about to listen
            error = str(problem)
        self.recorder.write("altered", topic=topic, configs=configs, error=error)

    def _delete_records(self, fault):
        """Moves the log start by some of what lies behind it, in both tiers."""
        if not self.broker.is_running:
            return
        try:
            with RawClient(self.broker.port) as raw:
                start = raw.list_offset(*self.deletable, -2)[1]
                end = raw.list_offset(*self.deletable, -1)[1]
                offset = start + int((end - start) * fault.pick)
                self.recorder.invoke("delete", place=self.deletable, offset=offset)
                error = raw.delete_records(*self.deletable, offset)
        except OSError as problem:  # it is about to listen
            error = str(problem)
        if error == 0:
            self.recorder.ok("delete", place=self.deletable, offset=offset)
        else:
            self.recorder.unknown("delete", place=self.deletable, error=error)

    def _client_kill(self, fault, victim):
        if victim.kill():
            self._after(fault.lasts, victim.spawn)

    def _client_pause(self, fault, victim):
        if victim.signal(signal.SIGSTOP):
            self._after(fault.lasts, lambda: victim.signal(signal.SIGCONT))

    def _on_store(self, fault):
        if fault.kind == "store-slow":
            self.proxy.delay = 0.05 + fault.pick
        elif fault.kind == "store-gone":
            self.proxy.refusing = True
        else:
            self.proxy.losing = 0.3
        self._after(fault.lasts, self.proxy.heal)

    def _after(self, seconds, what):
        self.later.append((time.monotonic() + seconds, what))
        self.later.sort(key=lambda item: item[0])

    def finish_due(self, everything=False):
        """Ends the faults whose time has come, or all of them."""
        while self.later and (everything or self.later[0][0] <= time.monotonic()):
            self.later.pop(0)[1]()
