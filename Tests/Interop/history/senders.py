"""Idempotent producers of three client libraries behind one face.

`send` hands a message over and returns at once, or False when the client's queue is full; `pump`
lets the client work for a moment; answers arrive in `done(number, offset, error)`, offset None when
the outcome is unknown. `flush` waits for all answers.
"""

import asyncio
import time

import aiokafka
import confluent_kafka
import kafka

QUEUE = 400  # records without an answer, per producer


class ConfluentSender:
    name = "confluent"

    def __init__(self, address, codec, done, **more):
        self.done = done
        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": address, "acks": "all", "enable.idempotence": True,
            "compression.type": codec, "linger.ms": 3, "message.timeout.ms": 120_000,
            "retry.backoff.ms": 20, "retry.backoff.max.ms": 200, "reconnect.backoff.ms": 10,
            "reconnect.backoff.max.ms": 200, "socket.timeout.ms": 10_000,
            "queue.buffering.max.messages": QUEUE, **more,
        })  # fmt: skip

    def send(self, message):
        number = message.tag.number

        def delivered(error, answer):
            if error:
                self.done(number, None, str(error))
            else:
                self.done(number, answer.offset(), None)

        try:
            self.producer.produce(
                message.topic, message.value, message.key, message.partition,
                timestamp=message.timestamp, headers=list(message.headers), on_delivery=delivered,
            )  # fmt: skip
        except BufferError:
            return False
        return True

    def pump(self, seconds):
        self.producer.poll(seconds)

    def flush(self, seconds):
        return self.producer.flush(seconds) == 0

    def close(self):
        pass


class KafkaPythonSender:
    name = "kafka-python"

    def __init__(self, address, codec, done, **more):
        self.done = done
        self.waiting = []  # futures in the order of sending, with their numbers
        self.producer = kafka.KafkaProducer(
            bootstrap_servers=address, acks="all", enable_idempotence=True, linger_ms=3,
            compression_type=None if codec == "none" else codec, retry_backoff_ms=50,
            reconnect_backoff_ms=10, reconnect_backoff_max_ms=200, request_timeout_ms=10_000,
            delivery_timeout_ms=120_000, max_block_ms=120_000, **more,
        )  # fmt: skip

    def send(self, message):
        if len(self.waiting) >= QUEUE:
            return False
        future = self.producer.send(
            message.topic, message.value, message.key, list(message.headers), message.partition,
            message.timestamp,
        )  # fmt: skip
        self.waiting.append((message.tag.number, future))
        return True

    def pump(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            undone = []
            for number, future in self.waiting:
                if not future.is_done:
                    undone.append((number, future))
                elif future.succeeded():
                    self.done(number, future.value.offset, None)
                else:
                    self.done(number, None, repr(future.exception))
            self.waiting = undone
            if not undone or time.monotonic() >= deadline:
                return
            time.sleep(0.005)

    def flush(self, seconds):
        self.pump(seconds)
        return not self.waiting

    def close(self):
        self.producer.close(5)


class AiokafkaSender:
    name = "aiokafka"

    def __init__(self, address, codec, done, **more):
        self.done = done
        self.waiting = {}  # future: number
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)

        async def start():
            self.producer = aiokafka.AIOKafkaProducer(
                bootstrap_servers=address, acks="all", enable_idempotence=True, linger_ms=3,
                compression_type=None if codec == "none" else codec, retry_backoff_ms=50,
                request_timeout_ms=120_000, **more,
            )  # fmt: skip
            await self.producer.start()

        self.loop.run_until_complete(until_it_starts(start))

    def send(self, message):
        if len(self.waiting) >= QUEUE:
            return False
        future = self.loop.run_until_complete(
            self.producer.send(
                message.topic, message.value, message.key, message.partition, message.timestamp,
                list(message.headers),
            )
        )  # fmt: skip
        self.waiting[future] = message.tag.number
        return True

    def pump(self, seconds):
        async def step():
            if not self.waiting:
                await asyncio.sleep(seconds)
                return
            finished, _ = await asyncio.wait(
                self.waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            for future in sorted(finished, key=self.waiting.get):
                number = self.waiting.pop(future)
                if future.exception() is None:
                    self.done(number, future.result().offset, None)
                else:
                    self.done(number, None, repr(future.exception()))

        self.loop.run_until_complete(step())

    def flush(self, seconds):
        deadline = time.monotonic() + seconds
        while self.waiting and time.monotonic() < deadline:
            self.pump(0.1)
        return not self.waiting

    def close(self):
        self.loop.run_until_complete(self.producer.stop())
        self.loop.close()


async def until_it_starts(start, seconds=60):
    """Starts an aiokafka client, which gives up at once when no broker listens."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await start()
        except aiokafka.errors.KafkaError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


ALL = {one.name: one for one in (ConfluentSender, KafkaPythonSender, AiokafkaSender)}
