"""The load of `tools/bench groups`: many group members, commits and idle connections at once.

One process and plain sockets, since a thousand real clients would measure themselves. Members speak
the classic protocol as librdkafka does: join, sync, heartbeat, commit, leave.
"""

import asyncio
import collections
import resource
import statistics
import struct
import time

from harness import wire

FIND_COORDINATOR, JOIN, HEARTBEAT, LEAVE, SYNC, COMMIT, API_VERSIONS = 10, 11, 12, 13, 14, 8, 18
LOADING, NOT_AVAILABLE, NOT_COORDINATOR, REBALANCING, MEMBER_ID_REQUIRED = 14, 15, 16, 27, 79
SESSION_MS = 45_000
TOPIC = "groups"


class Connection(asyncio.Protocol):
    """One client connection; answers come in the order of the requests."""

    def __init__(self):
        self.received, self.waiting = bytearray(), collections.deque()

    @classmethod
    async def open(cls, port):
        _, made = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return made

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        while len(self.received) >= 4:
            end = 4 + int.from_bytes(self.received[:4], "big")
            if len(self.received) < end:
                return
            # Past the length and the correlation id.
            self.waiting.popleft()(bytes(self.received[8:end]))
            del self.received[:end]

    def connection_lost(self, error):
        while self.waiting:
            raise SystemExit(f"the broker closed a connection: {error}")

    def send(self, frame, answered):
        self.waiting.append(answered)
        self.transport.write(frame)

    async def call(self, key, version, body):
        """Returns a reader of the answer."""
        future = asyncio.get_running_loop().create_future()
        self.send(frame(key, version, body), future.set_result)
        return wire.Reader(await future)


def frame(key, version, body):
    payload = wire.header(key, version, 0, client="bench") + body
    return struct.pack(">i", len(payload)) + payload


class Member:
    """One member of a classic group."""

    def __init__(self, connection, group, number):
        self.connection, self.group, self.number = connection, group, number
        self.id, self.generation = "", -1

    def names(self):
        return (
            wire.string(self.group) + wire.int32(self.generation) + wire.string(self.id)
            + wire.nullable_string(None)
        )  # fmt: skip

    async def find_coordinator(self):
        while True:
            answer = await self.connection.call(
                FIND_COORDINATOR, 1, wire.string(self.group) + wire.int8(0)
            )
            answer.int32()
            if (error := answer.int16()) == 0:
                return
            check(error in (LOADING, NOT_AVAILABLE), "FindCoordinator", error)
            await asyncio.sleep(0.05)

    async def join(self):
        """Joins and syncs until the group is stable."""
        while True:
            if await self.try_join():
                return

    async def try_join(self):
        body = (
            wire.string(self.group) + wire.int32(SESSION_MS) + wire.int32(SESSION_MS)
            + wire.string(self.id) + wire.nullable_string(None) + wire.string("consumer")
            + wire.int32(1) + wire.string("range") + wire.int32(4) + b"meta"
        )  # fmt: skip
        answer = await self.connection.call(JOIN, 5, body)
        answer.int32()
        error, self.generation = answer.int16(), answer.int32()
        answer.string()
        leader, self.id = answer.string(), answer.string()
        if error == MEMBER_ID_REQUIRED:
            return False
        if error in (LOADING, NOT_AVAILABLE, NOT_COORDINATOR):
            await asyncio.sleep(0.05)
            return False
        check(error in (0, REBALANCING), "JoinGroup", error)
        members = []
        for _ in range(answer.int32()):
            members.append(answer.string())
            answer.string()
            answer.take(answer.int32())
        assigned = members if leader == self.id else []
        body = self.names() + wire.int32(len(assigned))
        for member in assigned:
            body += wire.string(member) + wire.int32(8) + b"assigned"
        answer = await self.connection.call(SYNC, 3, body)
        answer.int32()
        error = answer.int16()
        check(error in (0, REBALANCING), "SyncGroup", error)
        return error == 0

    async def rejoin(self):
        """Heartbeats as often as a client polls, until the group rebalances; then joins again."""
        while True:
            answer = await self.connection.call(HEARTBEAT, 3, self.names())
            answer.int32()
            if (error := answer.int16()) == REBALANCING:
                return await self.join()
            check(error == 0, "Heartbeat", error)
            await asyncio.sleep(0.1)

    async def leave(self):
        body = wire.string(self.group) + wire.string(self.id)
        answer = await self.connection.call(LEAVE, 2, body)
        answer.int32()
        check(answer.int16() == 0, "LeaveGroup", "not 0")

    def commit_frame(self):
        body = self.names() + wire.int32(1) + wire.string(TOPIC) + wire.int32(1)
        body += wire.int32(self.number) + wire.int64(7) + wire.int32(-1)
        return frame(COMMIT, 7, body + wire.nullable_string(None))


def check(holds, what, error):
    if not holds:
        raise SystemExit(f"{what}: error {error}")


async def timed(*coroutines):
    """Runs all at once and returns (seconds until the last has ended, seconds of each)."""
    began = time.monotonic()

    async def one(coroutine):
        await coroutine
        return time.monotonic() - began

    each = await asyncio.gather(*map(one, coroutines))
    return max(each), each


async def commit(members, rate, seconds):
    """Commits at a steady rate, each member in its turn; returns the seconds each commit took."""
    frames, took, tick = [m.commit_frame() for m in members], [], 0.01
    began, sent = time.monotonic(), 0

    def answered(at, answer):
        took.append(time.monotonic() - at)
        check(answer[-2:] == b"\0\0", "OffsetCommit", answer[-2:])

    while sent < rate * seconds:
        now = time.monotonic()
        while sent < min((now - began) * rate, rate * seconds):
            place = sent % len(members)
            members[place].connection.send(
                frames[place], lambda answer, now=now: answered(now, answer)
            )
            sent += 1
        await asyncio.sleep(tick)
    while len(took) < sent:
        await asyncio.sleep(0.001)
    return time.monotonic() - began, took


async def run(bench, groups=100, per_group=10, idle=2000, rate=10_000, seconds=5):
    """Measures and adds rows to the bench's table."""
    port, memory = bench.broker.port, lambda: bench.broker.status_kilobytes("VmRSS") / 1000
    bench.row("groups: resident before", memory(), "MB")
    began = time.monotonic()
    quiet = [await Connection.open(port) for _ in range(idle)]
    await asyncio.gather(*(c.call(API_VERSIONS, 0, b"") for c in quiet))
    bench.row(f"groups: connect {idle:,} idle clients", time.monotonic() - began, "s")
    bench.row(f"groups: resident with {idle:,} idle", memory(), "MB")

    count = groups * per_group
    members = [
        Member(await Connection.open(port), f"group-{n % groups}", n // groups)
        for n in range(count)
    ]
    await asyncio.gather(*(m.find_coordinator() for m in members[:groups]))
    name = f"{count:,} members of {groups} groups"
    with bench.cpu(f"groups: join {name}"):
        last, _ = await timed(*(m.join() for m in members))
    bench.row(f"groups: join {name}, the last", last, "s", limit="6 (initial delay, twice)")
    leaving, staying = members[:groups], members[groups:]
    with bench.cpu(f"groups: rebalance {name}"):
        last, each = await timed(*(m.leave() for m in leaving), *(m.rejoin() for m in staying))
    middle = statistics.median(each[groups:])
    bench.row(f"groups: rebalance {name}, median", middle, "s", limit="0.1 (heartbeat)")
    bench.row(f"groups: rebalance {name}, the last", last, "s")

    with bench.cpu(f"groups: {rate:,} commits/s") as used:
        elapsed, took = await commit(staying, rate, seconds)
    took.sort()
    reached = len(took) / elapsed
    bench.row("groups: commits", reached, "1/s", "", f"{rate:,}", reached >= 0.95 * rate)
    bench.row("groups: a commit, median", took[len(took) // 2] * 1000, "ms")
    bench.row("groups: a commit, 99 %", took[len(took) * 99 // 100] * 1000, "ms")
    bench.row("groups: CPU of a commit", used.seconds / len(took) * 1e6, "us")
    bench.row("groups: resident at the end", memory(), "MB")


def measure(bench):
    """Starts a broker, measures, and ends it."""
    # A descriptor for each connection, here and in the broker, which inherits the limit.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with bench.serving("groups"):
        bench.ask("create_topic", TOPIC, 10)
        asyncio.run(run(bench))
