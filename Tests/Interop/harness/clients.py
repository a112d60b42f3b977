"""Four unmodified Kafka clients behind one small face.

Each class can `produce` records to one partition, `read` partitions by assignment from their
first offset, and find `offsets_for_time`. Groups differ too much: see test_groups.py.
"""

import asyncio
import subprocess
import time

import aiokafka
import confluent_kafka
import kafka

from .records import Record

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


class Missing(AssertionError):
    """A consumer did not get all records in time."""

    def __init__(self, client, got, wanted):
        super().__init__(f"{client}: {got} of {wanted} records in time")


class Confluent:
    """confluent-kafka, which is librdkafka."""

    name = "confluent"
    sends_timestamps = sends_anything = True

    def __init__(self, broker):
        self.address = broker.address

    def produce(self, topic, records, codec="none", idempotent=True, partition=0):
        """Sends in order and returns the offsets that the broker answered."""
        producer = confluent_kafka.Producer({
            "bootstrap.servers": self.address, "compression.type": codec, "acks": "all",
            "enable.idempotence": idempotent, "linger.ms": 5, "message.max.bytes": 2_000_000,
        })  # fmt: skip
        offsets, errors = [], []

        def delivered(error, message):
            errors.append(error) if error else offsets.append(message.offset())

        for record in records:
            producer.produce(
                topic, record.value, record.key, partition, timestamp=record.timestamp,
                headers=list(record.headers), on_delivery=delivered,
            )  # fmt: skip
            producer.poll(0)
        assert producer.flush(60) == 0, "librdkafka still has records after a minute"
        assert not errors, errors[0]
        return offsets

    def consumer(self, **more):
        return confluent_kafka.Consumer({
            "bootstrap.servers": self.address, "group.id": "by-assignment",
            "enable.auto.commit": False, "auto.offset.reset": "error",
            "enable.partition.eof": False, "check.crcs": True, "fetch.wait.max.ms": 100, **more,
        })  # fmt: skip

    def read(self, wanted, timeout=60, start=0):
        """Returns {(topic, partition): records} for `wanted` {(topic, partition): count}."""
        consumer = self.consumer()
        consumer.assign([confluent_kafka.TopicPartition(*place, start) for place in wanted])
        result = {place: [] for place in wanted}
        missing, deadline = sum(wanted.values()), time.monotonic() + timeout
        try:
            while missing > 0:
                if time.monotonic() > deadline:
                    raise Missing(self.name, sum(wanted.values()) - missing, sum(wanted.values()))
                for message in consumer.consume(500, 0.2):
                    assert not message.error(), message.error()
                    place = message.topic(), message.partition()
                    result[place].append(self.record(message))
                    missing -= 1
        finally:
            consumer.close()
        return result

    @staticmethod
    def record(message):
        return Record(
            message.partition(), message.offset(), message.timestamp()[1], message.key(),
            message.value(), tuple(message.headers() or ()),
        )  # fmt: skip

    def offsets_for_time(self, topic, partition, timestamp):
        """Returns the first offset at or after the timestamp, None when there is none."""
        consumer = self.consumer()
        try:
            query = confluent_kafka.TopicPartition(topic, partition, timestamp)
            (answer,) = consumer.offsets_for_times([query], timeout=30)
            assert not answer.error, answer.error
            return answer.offset if answer.offset >= 0 else None
        finally:
            consumer.close()


class KafkaPython:
    """kafka-python, pure Python."""

    name = "kafka-python"
    sends_timestamps = sends_anything = True

    def __init__(self, broker):
        self.address = broker.address

    def produce(self, topic, records, codec="none", idempotent=True, partition=0):
        producer = kafka.KafkaProducer(
            bootstrap_servers=self.address, acks="all", enable_idempotence=idempotent, linger_ms=5,
            compression_type=None if codec == "none" else codec, max_request_size=2_000_000,
        )  # fmt: skip
        try:
            futures = [
                producer.send(
                    topic, record.value, record.key, list(record.headers), partition,
                    record.timestamp,
                )
                for record in records
            ]  # fmt: skip
            producer.flush(60)
            return [future.get(60).offset for future in futures]
        finally:
            producer.close()

    def consumer(self, *topics, **more):
        return kafka.KafkaConsumer(*topics, **{
            "bootstrap_servers": self.address, "enable_auto_commit": False,
            "auto_offset_reset": "none", "fetch_max_wait_ms": 100, **more,
        })  # fmt: skip

    def read(self, wanted, timeout=60, start=0):
        consumer = self.consumer()
        places = [kafka.TopicPartition(*place) for place in wanted]
        result = {tuple(place): [] for place in places}
        missing, deadline = sum(wanted.values()), time.monotonic() + timeout
        try:
            consumer.assign(places)
            for place in places:
                consumer.seek(place, start)
            while missing > 0:
                if time.monotonic() > deadline:
                    raise Missing(self.name, sum(wanted.values()) - missing, sum(wanted.values()))
                for place, messages in consumer.poll(200).items():
                    result[tuple(place)] += map(self.record, messages)
                    missing -= len(messages)
        finally:
            consumer.close()
        return result

    @staticmethod
    def record(message):
        return Record(
            message.partition, message.offset, message.timestamp, message.key, message.value,
            tuple(tuple(header) for header in message.headers or ()),
        )  # fmt: skip

    def offsets_for_time(self, topic, partition, timestamp):
        consumer = self.consumer()
        try:
            place = kafka.TopicPartition(topic, partition)
            answer = consumer.offsets_for_times({place: timestamp})[place]
            return answer.offset if answer else None
        finally:
            consumer.close()


class Aiokafka:
    """aiokafka, pure Python with asyncio and the oldest protocol versions of all."""

    name = "aiokafka"
    sends_timestamps = sends_anything = True

    def __init__(self, broker):
        self.address = broker.address

    def produce(self, topic, records, codec="none", idempotent=True, partition=0):
        async def run():
            producer = aiokafka.AIOKafkaProducer(
                bootstrap_servers=self.address, acks="all", enable_idempotence=idempotent,
                linger_ms=5, compression_type=None if codec == "none" else codec,
                max_request_size=2_000_000,
            )  # fmt: skip
            await producer.start()
            try:
                futures = [
                    await producer.send(
                        topic, record.value, record.key, partition, record.timestamp,
                        list(record.headers),
                    )
                    for record in records
                ]  # fmt: skip
                answers = await asyncio.wait_for(asyncio.gather(*futures), 60)
                return [answer.offset for answer in answers]
            finally:
                await producer.stop()

        return asyncio.run(run())

    def consumer(self, *topics, **more):
        return aiokafka.AIOKafkaConsumer(
            *topics, bootstrap_servers=self.address, enable_auto_commit=False,
            auto_offset_reset="none", fetch_max_wait_ms=100, **more,
        )  # fmt: skip

    def read(self, wanted, timeout=60, start=0):
        async def run():
            consumer = self.consumer()
            places = [aiokafka.TopicPartition(*place) for place in wanted]
            result = {tuple(place): [] for place in places}
            missing, deadline = sum(wanted.values()), time.monotonic() + timeout
            await consumer.start()
            try:
                consumer.assign(places)
                for place in places:
                    consumer.seek(place, start)
                while missing > 0:
                    if time.monotonic() > deadline:
                        total = sum(wanted.values())
                        raise Missing(self.name, total - missing, total)
                    for place, messages in (await consumer.getmany(timeout_ms=200)).items():
                        result[tuple(place)] += map(KafkaPython.record, messages)
                        missing -= len(messages)
            finally:
                await consumer.stop()
            return result

        return asyncio.run(run())

    def offsets_for_time(self, topic, partition, timestamp):
        async def run():
            consumer = self.consumer()
            await consumer.start()
            try:
                place = aiokafka.TopicPartition(topic, partition)
                answer = (await consumer.offsets_for_times({place: timestamp}))[place]
                return answer.offset if answer else None
            finally:
                await consumer.stop()

        return asyncio.run(run())


class Kcat:
    """kcat, an older librdkafka. Its lines carry no timestamps, one set of headers, no nulls."""

    name = "kcat"
    sends_timestamps = sends_anything = False

    def __init__(self, broker):
        self.address = broker.address

    def run(self, *arguments, stdin=b"", timeout=60):
        """Runs kcat and returns its standard output."""
        finished = subprocess.run(
            ["kcat", "-b", self.address, *map(str, arguments)], input=stdin,
            capture_output=True, timeout=timeout,
        )  # fmt: skip
        assert finished.returncode == 0, f"kcat {arguments}: {finished.stderr.decode()}"
        return finished.stdout

    def produce(self, topic, records, codec="none", idempotent=True, partition=0):
        lines = b"".join(record.key + b"\t" + record.value + b"\n" for record in records)
        headers = [part for name, value in records[0].headers
                   for part in ("-H", f"{name}={value.decode()}")]  # fmt: skip
        self.run(
            "-P", "-t", topic, "-p", partition, "-K", "\\t", "-z", codec, *headers,
            "-X", f"enable.idempotence={str(idempotent).lower()}", "-X", "acks=all", stdin=lines,
        )  # fmt: skip
        return [record.offset for record in records]

    def read(self, wanted, timeout=60, start=0):
        result = {}
        for (topic, partition), count in wanted.items():
            output = self.run(
                "-C", "-q", "-t", topic, "-p", partition, "-o", start, "-c", count, "-e",
                "-X", "check.crcs=true", "-f", "%p %o %T %K %S %k%s%h\\n", timeout=timeout,
            )  # fmt: skip
            result[topic, partition] = list(self.parse(output))
            if len(result[topic, partition]) != count:
                raise Missing(self.name, len(result[topic, partition]), count)
        return result

    @staticmethod
    def parse(output):
        """Yields the records of lines whose keys and values are read by their lengths."""
        position = 0

        def field(end=b" "):
            nonlocal position
            stop = output.index(end, position)
            piece = output[position:stop]
            position = stop + 1
            return piece

        def sized(length):
            nonlocal position
            piece = output[position : position + max(length, 0)]
            position += max(length, 0)
            return None if length < 0 else piece

        while position < len(output):
            partition, offset, timestamp, key_size, value_size = (int(field()) for _ in range(5))
            key, value = sized(key_size), sized(value_size)
            yield Record(partition, offset, timestamp, key, value, field(b"\n"))

    @staticmethod
    def expected(record):
        """Returns the record as kcat prints it: headers as text; null keys look empty."""
        headers = b",".join(
            name.encode() + b"=" + (b"NULL" if value is None else value.split(b"\0")[0])
            for name, value in record.headers
        )
        return record._replace(headers=headers)

    def offsets_for_time(self, topic, partition, timestamp):
        output = self.run("-Q", "-t", f"{topic}:{partition}:{timestamp}").decode()
        offset = int(output.rsplit("offset ", 1)[1])
        return offset if offset >= 0 else None


ALL = [Confluent, KafkaPython, Aiokafka, Kcat]
