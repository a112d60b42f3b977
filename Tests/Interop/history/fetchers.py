"""Consumers of three client libraries behind one face, by assignment or as members of a group.

`poll` returns what has arrived as `Fetched`, in order per partition; errors that a client retries
by itself (no broker, a rebalance) give nothing. `commit` returns None, or the error's text.
`LostPlace` says that the broker refused an offset, which nothing in a history permits.
"""

import asyncio
import sys
import time
from typing import NamedTuple

import aiokafka
import confluent_kafka
import kafka
import kafka.errors
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor as AiokafkaRobin
from confluent_kafka import KafkaError, TopicPartition
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor as KafkaPythonRobin
from kafka.structs import OffsetAndMetadata

from .identity import digest, tag_text
from .senders import until_it_starts

SESSION_MS, HEARTBEAT_MS = 6000, 400


class LostPlace(Exception):
    """The broker has no such offset (any more), or not under the epoch in which it was read."""


class NoAnswer(Exception):
    """Nobody answered a question in time."""


class Fetched(NamedTuple):
    topic: str
    partition: int
    offset: int
    tag: str | None
    digest: int

    @property
    def place(self):
        return self.topic, self.partition

    def entry(self):
        return [self.offset, self.tag, self.digest]


class ConfluentFetcher:
    name = "confluent"

    def __init__(self, address, isolation="read_committed", group=None, rebalanced=None, **more):
        self.rebalanced = rebalanced
        self.places = None  # assigned by ourselves
        self.at_end = set()  # places read to their end, where the broker tells
        # The broker has these for members of the new protocol (KIP-848), who may not name them.
        classic = {
            "session.timeout.ms": SESSION_MS, "heartbeat.interval.ms": HEARTBEAT_MS,
            "partition.assignment.strategy": "roundrobin",
        }  # fmt: skip
        if more.get("group.protocol") == "consumer":
            classic = {}
        self.consumer = confluent_kafka.Consumer({
            "bootstrap.servers": address, "group.id": group or "by-assignment",
            "enable.auto.commit": False, "isolation.level": isolation, "check.crcs": True,
            "auto.offset.reset": "earliest" if group else "error", "fetch.wait.max.ms": 100,
            "fetch.error.backoff.ms": 20, "retry.backoff.ms": 20, "reconnect.backoff.ms": 10,
            "reconnect.backoff.max.ms": 200, "queued.min.messages": 1000,
            # A full queue would else be left alone for a second.
            "fetch.queue.backoff.ms": 20, **classic, **more,
        })  # fmt: skip

    def subscribe(self, topics):
        def assigned(consumer, places):
            self.rebalanced("assigned", [(p.topic, p.partition) for p in places])

        def revoked(consumer, places):
            self.rebalanced("revoked", [(p.topic, p.partition) for p in places])

        self.consumer.subscribe(topics, on_assign=assigned, on_revoke=revoked, on_lost=revoked)

    def seek(self, offsets):
        self.places = set(offsets)
        self.consumer.assign([TopicPartition(*place, at) for place, at in offsets.items()])

    def rewind(self, offsets):
        """Goes on at other offsets of places that the group has assigned."""
        for place, at in offsets.items():
            self.consumer.seek(TopicPartition(*place, at))

    def metadata(self):
        """Returns what a transaction tells the broker of this membership (KIP-447)."""
        return self.consumer.consumer_group_metadata()

    def poll(self, seconds, limit=300):
        found = []
        for message in self.consumer.consume(limit, seconds):
            if message.error():
                if message.error().code() == KafkaError._AUTO_OFFSET_RESET:
                    place = message.topic(), message.partition()
                    # The error may be that of an assignment before this one.
                    if self.places is None or place in self.places:
                        raise LostPlace(f"{place}: {message.error()}")
                if message.error().code() == KafkaError._PARTITION_EOF:
                    self.at_end.add((message.topic(), message.partition()))
                continue
            timestamp, value = message.timestamp()[1], message.value()
            sum_ = digest(timestamp, message.key(), value, message.headers() or ())
            found.append(
                Fetched(
                    message.topic(), message.partition(), message.offset(), tag_text(value), sum_
                )
            )
        return found

    def is_at_end(self, place, end):
        """Tells whether everything before the end has been read; needs enable.partition.eof."""
        return place in self.at_end

    def ends(self, place):
        """Returns (first offset, end), None when there is no answer."""
        try:
            return self.consumer.get_watermark_offsets(TopicPartition(*place), timeout=5)
        except confluent_kafka.KafkaException:
            return None

    def search(self, place, timestamp):
        """Returns the first offset with that timestamp or a later one, None when there is none."""
        try:
            query = TopicPartition(*place, timestamp)
            (answer,) = self.consumer.offsets_for_times([query], timeout=5)
        except confluent_kafka.KafkaException as error:
            raise NoAnswer(str(error)) from error
        if answer.error:
            raise NoAnswer(str(answer.error))
        # librdkafka answers -1, the end, where others answer nothing.
        return answer.offset if answer.offset >= 0 else None

    def commit(self, offsets):
        wanted = [TopicPartition(*place, at) for place, at in offsets.items()]
        try:
            for answer in self.consumer.commit(offsets=wanted, asynchronous=False):
                if answer.error:
                    return str(answer.error)
        except confluent_kafka.KafkaException as error:
            return str(error)
        return None

    def committed(self, places):
        """Returns {place: offset}, None when there is no answer."""
        try:
            answers = self.consumer.committed([TopicPartition(*p) for p in places], timeout=5)
        except confluent_kafka.KafkaException:
            return None
        if any(answer.error for answer in answers):
            return None
        return {(a.topic, a.partition): a.offset for a in answers if a.offset >= 0}

    def close(self):
        self.consumer.close()


class KafkaPythonFetcher:
    name = "kafka-python"

    def __init__(self, address, isolation="read_committed", group=None, rebalanced=None):
        self.rebalanced = rebalanced
        self.consumer = kafka.KafkaConsumer(
            bootstrap_servers=address, group_id=group, enable_auto_commit=False,
            isolation_level=isolation, auto_offset_reset="earliest" if group else "none",
            fetch_max_wait_ms=100, retry_backoff_ms=20, reconnect_backoff_ms=10,
            reconnect_backoff_max_ms=200, session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS, max_partition_fetch_bytes=200_000,
            request_timeout_ms=15_000, partition_assignment_strategy=[KafkaPythonRobin],
        )  # fmt: skip

    def subscribe(self, topics):
        rebalanced = self.rebalanced

        class Listener(kafka.ConsumerRebalanceListener):
            def on_partitions_assigned(self, assigned):
                rebalanced("assigned", [tuple(place) for place in assigned])

            def on_partitions_revoked(self, revoked):
                rebalanced("revoked", [tuple(place) for place in revoked])

        self.consumer.subscribe(topics, listener=Listener())

    def seek(self, offsets):
        places = {kafka.TopicPartition(*place): at for place, at in offsets.items()}
        self.consumer.assign(list(places))
        for place, at in places.items():
            self.consumer.seek(place, at)

    def rewind(self, offsets):
        for place, at in offsets.items():
            self.consumer.seek(kafka.TopicPartition(*place), at)

    def metadata(self):
        return self.consumer.group_metadata()

    def poll(self, seconds, limit=300):
        try:
            got = self.consumer.poll(round(seconds * 1000), max_records=limit)
        except (kafka.errors.OffsetOutOfRangeError, kafka.errors.LogTruncationError) as error:
            raise LostPlace(repr(error)) from error
        except kafka.errors.KafkaError as error:
            return _no_records(error)
        return list(map(_fetched, (message for part in got.values() for message in part)))

    def is_at_end(self, place, end):
        try:
            return self.consumer.position(kafka.TopicPartition(*place)) >= end
        except kafka.errors.LogTruncationError as error:
            raise LostPlace(repr(error)) from error

    def ends(self, place):
        place = kafka.TopicPartition(*place)
        try:
            return (
                self.consumer.beginning_offsets([place])[place],
                self.consumer.end_offsets([place])[place],
            )
        except kafka.errors.KafkaError:
            return None

    def search(self, place, timestamp):
        place = kafka.TopicPartition(*place)
        try:
            answer = self.consumer.offsets_for_times({place: timestamp}).get(place)
        except kafka.errors.KafkaError as error:
            raise NoAnswer(repr(error)) from error
        return answer.offset if answer else None

    def commit(self, offsets):
        wanted = {
            kafka.TopicPartition(*place): OffsetAndMetadata(at, "", -1)
            for place, at in offsets.items()
        }
        try:
            self.consumer.commit(wanted)
        except kafka.errors.KafkaError as error:
            return repr(error)
        return None

    def committed(self, places):
        found = {}
        try:
            for place in places:
                at = self.consumer.committed(kafka.TopicPartition(*place), timeout_ms=5000)
                if at is not None:
                    found[place] = at
        except kafka.errors.KafkaError:
            # It would give the answer that came too late to whoever asks for the place next.
            self.consumer._coordinator._offset_fetch_futures.clear()
            return None
        return found

    def close(self):
        self.consumer.close(autocommit=False)


class AiokafkaFetcher:
    name = "aiokafka"

    def __init__(self, address, isolation="read_committed", group=None, rebalanced=None):
        self.rebalanced = rebalanced
        self.group = group
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)

        async def make():
            return aiokafka.AIOKafkaConsumer(
                bootstrap_servers=address, group_id=group, enable_auto_commit=False,
                isolation_level=isolation, auto_offset_reset="earliest" if group else "none",
                fetch_max_wait_ms=100, retry_backoff_ms=20, session_timeout_ms=SESSION_MS,
                heartbeat_interval_ms=HEARTBEAT_MS, request_timeout_ms=15_000,
                partition_assignment_strategy=[AiokafkaRobin],
            )  # fmt: skip

        self.consumer = self.loop.run_until_complete(make())
        if rebalanced is None:  # nobody will subscribe
            self._run(until_it_starts(self.consumer.start))

    def _run(self, step):
        return self.loop.run_until_complete(step)

    def subscribe(self, topics):
        rebalanced = self.rebalanced

        class Listener(aiokafka.ConsumerRebalanceListener):
            async def on_partitions_assigned(self, assigned):
                rebalanced("assigned", [tuple(place) for place in assigned])

            async def on_partitions_revoked(self, revoked):
                rebalanced("revoked", [tuple(place) for place in revoked])

        async def step():
            self.consumer.subscribe(topics, listener=Listener())
            await until_it_starts(self.consumer.start)

        self._run(step())

    def seek(self, offsets):
        async def step():
            places = {aiokafka.TopicPartition(*place): at for place, at in offsets.items()}
            self.consumer.assign(list(places))
            for place, at in places.items():
                self.consumer.seek(place, at)

        self._run(step())

    def metadata(self):
        """The name is all that aiokafka tells of a group."""
        return self.group

    def poll(self, seconds, limit=300):
        try:
            got = self._run(
                self.consumer.getmany(timeout_ms=round(seconds * 1000), max_records=limit)
            )
        except aiokafka.errors.OffsetOutOfRangeError as error:
            # The error may be that of an assignment before this one.
            if self.consumer.assignment().isdisjoint(error.args[0]):
                return []
            raise LostPlace(repr(error)) from error
        except aiokafka.errors.KafkaError as error:
            return _no_records(error)
        return list(map(_fetched, (message for part in got.values() for message in part)))

    def ends(self, place):
        place = aiokafka.TopicPartition(*place)
        try:
            return (
                self._run(self.consumer.beginning_offsets([place]))[place],
                self._run(self.consumer.end_offsets([place]))[place],
            )
        except aiokafka.errors.KafkaError:
            return None

    def search(self, place, timestamp):
        place = aiokafka.TopicPartition(*place)
        try:
            answer = self._run(self.consumer.offsets_for_times({place: timestamp}))[place]
        except aiokafka.errors.KafkaError as error:
            raise NoAnswer(repr(error)) from error
        return answer.offset if answer else None

    def commit(self, offsets):
        wanted = {aiokafka.TopicPartition(*place): at for place, at in offsets.items()}
        try:
            self._run(self.consumer.commit(wanted))
        except aiokafka.errors.KafkaError as error:
            return repr(error)
        return None

    def committed(self, places):
        found = {}
        try:
            for place in places:
                at = self._run(self.consumer.committed(aiokafka.TopicPartition(*place)))
                if at is not None:
                    found[place] = at
        except aiokafka.errors.KafkaError:
            return None
        return found

    def close(self):
        self._run(self.consumer.stop())
        self.loop.close()


def _no_records(error):
    """What a client does not retry by itself is tried again with the next poll."""
    print(f"poll: {error!r}", file=sys.stderr, flush=True)
    time.sleep(0.05)
    return []


def _fetched(message):
    sum_ = digest(message.timestamp, message.key, message.value, message.headers or ())
    return Fetched(
        message.topic, message.partition, message.offset, tag_text(message.value), sum_
    )  # fmt: skip


ALL = {one.name: one for one in (ConfluentFetcher, KafkaPythonFetcher, AiokafkaFetcher)}
