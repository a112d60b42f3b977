"""Classic consumer groups: joining, rebalancing, committing, going on after a restart."""

import asyncio
import time

import aiokafka
import confluent_kafka
import pytest
from aiokafka.coordinator.assignors.range import RangePartitionAssignor as AiokafkaRange
from kafka.coordinator.assignors.range import RangePartitionAssignor as KafkaPythonRange

from harness import clients, wire
from harness.raw import RawClient
from harness.records import FIRST_TIMESTAMP, Record
from harness.tiers import wait_local_deleted, wait_settled
from harness.waiting import wait_until

PARTITIONS = 4
# Long enough for a machine under load: a member that is taken for dead in the middle of a test
# reads again what it had not committed, and that is no mistake of the broker's.
SESSION_MS = 45_000


def kafka_python_consumer(broker, topic, group, **options):
    """Returns a consumer of kafka-python that knows the topic's partitions before it joins.

    kafka-python (3.0.12) else joins without, gets nothing, and joins once more when they are
    there. If poll() runs out of time during that second join, nobody takes up its answer: the
    share stays empty, and heartbeats are off.
    """
    consumer = clients.KafkaPython(broker).consumer(
        topic, group_id=group, auto_offset_reset="earliest", **options
    )
    wait_until(lambda: consumer.partitions_for_topic(topic), f"partitions of {topic}")
    return consumer


class ConfluentMember:
    name = "confluent"

    def __init__(self, broker, group, topic, strategy="range"):
        self.topic = topic
        self.consumer = clients.Confluent(broker).consumer(**{
            "group.id": group, "auto.offset.reset": "earliest", "session.timeout.ms": SESSION_MS,
            "heartbeat.interval.ms": 500, "partition.assignment.strategy": strategy,
        })  # fmt: skip
        self.consumer.subscribe([topic])

    def poll(self):
        """Returns the (partition, offset, value) of what has arrived."""
        messages = self.consumer.consume(200, 0.1)
        for message in messages:
            assert not message.error(), message.error()
        return [(m.partition(), m.offset(), m.value()) for m in messages]

    def assignment(self):
        return {place.partition for place in self.consumer.assignment()}

    def commit(self):
        try:
            self.consumer.commit(asynchronous=False)
        except confluent_kafka.KafkaException as error:
            if error.args[0].code() != confluent_kafka.KafkaError._NO_OFFSET:
                raise

    def close(self):
        self.consumer.close()


class KafkaPythonMember:
    name = "kafka-python"

    def __init__(self, broker, group, topic):
        self.consumer = kafka_python_consumer(
            broker, topic, group, session_timeout_ms=SESSION_MS, heartbeat_interval_ms=500,
            partition_assignment_strategy=[KafkaPythonRange],
        )  # fmt: skip

    def poll(self):
        got = self.consumer.poll(100)
        return [(m.partition, m.offset, m.value) for messages in got.values() for m in messages]

    def assignment(self):
        return {place.partition for place in self.consumer.assignment()}

    def commit(self):
        self.consumer.commit()

    def close(self):
        self.consumer.close(autocommit=False)


class AiokafkaMember:
    name = "aiokafka"

    def __init__(self, broker, group, topic):
        self.loop = asyncio.new_event_loop()

        async def start():
            self.consumer = aiokafka.AIOKafkaConsumer(
                topic, bootstrap_servers=broker.address, group_id=group, enable_auto_commit=False,
                auto_offset_reset="earliest", session_timeout_ms=SESSION_MS,
                heartbeat_interval_ms=500,
                fetch_max_wait_ms=100,
                partition_assignment_strategy=[AiokafkaRange],
            )  # fmt: skip
            # start() waits for the first join, which may wait for another member's poll().
            self.starting = asyncio.ensure_future(self.consumer.start())

        self.loop.run_until_complete(start())

    def poll(self):
        async def step():
            if not self.starting.done():
                await asyncio.wait([self.starting], timeout=0.1)
                return []
            self.starting.result()
            got = await self.consumer.getmany(timeout_ms=100)
            return [
                (m.partition, m.offset, m.value) for messages in got.values() for m in messages
            ]

        return self.loop.run_until_complete(step())

    def assignment(self):
        return {place.partition for place in self.consumer.assignment()}

    def commit(self):
        if self.assignment():
            self.loop.run_until_complete(self.consumer.commit())

    def close(self):
        self.loop.run_until_complete(self.consumer.stop())
        self.loop.close()


MEMBERS = [ConfluentMember, KafkaPythonMember, AiokafkaMember]


def produce(broker, topic, first, count):
    """Sends `count` records round-robin over the partitions; returns the set of their values."""
    values = [b"value %d" % n for n in range(first, first + count)]
    for partition in range(PARTITIONS):
        clients.Confluent(broker).produce(
            topic,
            [
                Record(partition, 0, FIRST_TIMESTAMP, None, value)
                for value in values[partition::PARTITIONS]
            ],
            partition=partition,
        )
    return set(values)


def poll_until(members, condition, what, timeout=45):
    """Polls all members in turn until the condition holds; returns what they got."""
    got, deadline = [], time.monotonic() + timeout
    while not condition(got):
        for member in members:
            got += member.poll()
        if time.monotonic() > deadline:
            shares = [sorted(member.assignment()) for member in members]
            raise AssertionError(f"no {what} in {timeout} s: {len(got)} records, {shares}")
    return got


def shares_are(*sizes):
    def condition(members):
        owned = [member.assignment() for member in members]
        return sorted(map(len, owned)) == sorted(sizes) and len(set().union(*owned)) == sum(sizes)

    return condition


def values_of(got):
    return {value for _, _, value in got}


def run_group(broker, topic, first_kind, second_kind):
    """One member, two, one again, none, one: nobody misses a record or gets a committed one."""
    group = f"group-of-{topic}"
    sent = produce(broker, topic, 0, 100)
    first = first_kind(broker, group, topic)
    members = [first]
    try:
        got = poll_until(members, lambda g: len(g) >= 100, "first records")
        assert values_of(got) == sent and len(got) == 100
        first.commit()

        second = second_kind(broker, group, topic)
        members.append(second)
        two = shares_are(2, 2)
        got = poll_until(members, lambda g: two(members), "two shares")
        assert got == [], "committed records came again after the rebalance"
        more = produce(broker, topic, 100, 100)
        got += poll_until(members, lambda g: len(values_of(g)) >= 100, "records for two")
        assert values_of(got) == more and len(got) == 100
        for member in members:
            member.commit()

        members.remove(second)
        second.close()
        one = shares_are(4)
        got = poll_until(members, lambda g: one(members), "one share")
        last = produce(broker, topic, 200, 40)
        got += poll_until(members, lambda g: len(values_of(g)) >= 40, "records for one")
        assert values_of(got) == last and len(got) == 40
        first.commit()
    finally:
        for member in members:
            member.close()
    return group


@pytest.mark.parametrize("kind", MEMBERS, ids=lambda kind: kind.name)
def test_rebalance(broker, topic, kind):
    run_group(broker, topic(PARTITIONS), kind, kind)


def test_two_clients_in_one_group(broker, topic):
    run_group(broker, topic(PARTITIONS), ConfluentMember, KafkaPythonMember)


def test_cooperative_rebalance(broker, topic):
    """Cooperative members keep their partitions while others join."""

    def kind(*arguments):
        return ConfluentMember(*arguments, strategy="cooperative-sticky")

    run_group(broker, topic(PARTITIONS), kind, kind)


def test_offsets_survive_a_restart(make_broker):
    broker = make_broker().start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t", PARTITIONS) == 0
    group = run_group(broker, "t", ConfluentMember, ConfluentMember)
    for end in (broker.stop, broker.kill):
        end()
        broker.start()
        consumer = clients.Confluent(broker).consumer(**{"group.id": group})
        places = [confluent_kafka.TopicPartition("t", p) for p in range(PARTITIONS)]
        committed = [place.offset for place in consumer.committed(places, timeout=20)]
        consumer.close()
        assert committed == [60] * PARTITIONS
    broker.stop()


def test_requests_of_a_connection_take_effect_in_their_order(broker, topic):
    """A question sent right behind a commit sees it: Kafka handles one request at a time."""
    name, group = topic(), wire.string("pipelined")
    place = wire.int32(1) + wire.string(name) + wire.int32(1) + wire.int32(0)
    with RawClient(broker.port) as raw:
        raw.call(10, 0, group)
        for offset in range(1, 201):
            member = group + wire.int32(-1) + wire.string("") + wire.int64(-1)
            commit = member + place + wire.int64(offset) + wire.nullable_string(None)
            frames = wire.header(8, 2, offset) + commit, wire.header(9, 1, -offset) + group + place
            raw.socket.sendall(b"".join(wire.int32(len(one)) + one for one in frames))
            committed, fetched = wire.Reader(raw.receive_frame()), wire.Reader(raw.receive_frame())
            assert committed.int32() == offset and fetched.int32() == -offset
            for answer in committed, fetched:
                assert (answer.int32(), answer.string()) == (1, name)
                assert (answer.int32(), answer.int32()) == (1, 0)
            assert committed.int16() == 0
            assert fetched.int64() == offset


def test_commit_metadata_comes_back(broker, topic):
    name = topic()
    consumer = clients.Confluent(broker).consumer(**{"group.id": "with-metadata"})
    try:
        place = confluent_kafka.TopicPartition(name, 0, 7, metadata="größe: 7")
        consumer.commit(offsets=[place], asynchronous=False)
        (found,) = consumer.committed([confluent_kafka.TopicPartition(name, 0)], timeout=20)
        assert (found.offset, found.metadata) == (7, "größe: 7")
    finally:
        consumer.close()


def test_a_killed_member_is_replaced(broker, topic):
    """A member that vanishes without leaving loses its share after its session timeout."""
    name = topic(PARTITIONS)
    sent = produce(broker, name, 0, 40)
    silent = kafka_python_consumer(
        broker, name, "killed", session_timeout_ms=6000, heartbeat_interval_ms=1000,
        max_poll_interval_ms=6000,
    )  # fmt: skip
    member = None
    try:
        wait_until(lambda: silent.poll(100) and silent.assignment(), "the first member's share")
        # From here on the first member never polls: its thread leaves or times out.
        member = ConfluentMember(broker, "killed", name)
        got = poll_until([member], lambda g: values_of(g) == sent, "taking over", timeout=60)
        assert member.assignment() == set(range(PARTITIONS)) and len(got) == 40
    finally:
        silent.close(autocommit=False)
        if member:
            member.close()


@pytest.mark.parametrize("kind", MEMBERS, ids=lambda kind: kind.name)
def test_a_group_reads_the_cold_tier(broker, topic, kind):
    """A new group starts at the first offset, which only the lake holds."""
    name = topic(PARTITIONS, segment_bytes=4096, local_retention_ms=1)
    values = set()
    for part in range(6):
        values |= produce(broker, name, part * 400, 400)
    wait_settled(broker, [name], PARTITIONS)
    wait_local_deleted(broker, [name], PARTITIONS)
    member = kind(broker, f"cold-{name}", name)
    try:
        got = poll_until([member], lambda g: len(g) >= len(values), "cold records", timeout=60)
        assert values_of(got) == values and len(got) == len(values)
        for partition in range(PARTITIONS):
            offsets = [offset for where, offset, _ in got if where == partition]
            assert offsets == sorted(offsets), f"partition {partition} out of order"
    finally:
        member.close()


def test_kcat_in_a_group(broker, topic):
    name = topic(PARTITIONS)
    sent = produce(broker, name, 0, 40)
    output = clients.Kcat(broker).run(
        "-q", "-c", 40, "-X", "auto.offset.reset=earliest", "-G", f"kcat-{name}", name,
    )  # fmt: skip
    assert set(output.splitlines()) == sent
