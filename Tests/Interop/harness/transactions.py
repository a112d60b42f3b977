"""Transactional producers of three clients behind one small face, and requests of our own."""

import asyncio
import time

import aiokafka
import confluent_kafka
import kafka
from kafka.protocol.admin.transactions import (
    DescribeTransactionsRequest,
    ListTransactionsRequest,
)
from kafka.protocol.metadata import FindCoordinatorRequest
from kafka.protocol.producer import (
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
    TxnOffsetCommitRequest,
)

from .codec import Codec

CONCURRENT_TRANSACTIONS, LOADING, NOT_AVAILABLE = 51, 14, 15


class ConfluentTransactions:
    """confluent-kafka, which is librdkafka: AddPartitionsToTxn 0, EndTxn 1."""

    name = "confluent"

    def __init__(self, broker, transactional_id, timeout_ms=60_000):
        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": broker.address, "transactional.id": transactional_id,
            "transaction.timeout.ms": timeout_ms, "linger.ms": 2, "retry.backoff.ms": 20,
            "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 100,
        })  # fmt: skip
        self.producer.init_transactions(30)

    def begin(self):
        self.producer.begin_transaction()

    def send(self, topic, partition, *values):
        """Sends the values and waits for their answers."""
        errors = []
        for value in values:
            self.producer.produce(
                topic, value, partition=partition,
                on_delivery=lambda error, _: errors.append(error) if error else None,
            )  # fmt: skip
        assert self.producer.flush(30) == 0
        if errors:
            raise confluent_kafka.KafkaException(errors[0])

    def send_offsets(self, offsets, group):
        """Commits {(topic, partition): offset} with the transaction."""
        places = [confluent_kafka.TopicPartition(*place, at) for place, at in offsets.items()]
        consumer = confluent_kafka.Consumer({"bootstrap.servers": "none:1", "group.id": group})
        self.producer.send_offsets_to_transaction(
            places, consumer.consumer_group_metadata(), 30
        )
        consumer.close()

    def commit(self):
        self.producer.commit_transaction(30)

    def abort(self):
        self.producer.abort_transaction(30)

    def close(self):
        pass


class KafkaPythonTransactions:
    name = "kafka-python"

    def __init__(self, broker, transactional_id, timeout_ms=60_000):
        self.producer = kafka.KafkaProducer(
            bootstrap_servers=broker.address, transactional_id=transactional_id,
            transaction_timeout_ms=timeout_ms, linger_ms=2, retry_backoff_ms=20,
        )  # fmt: skip
        self.producer.init_transactions()

    def begin(self):
        self.producer.begin_transaction()

    def send(self, topic, partition, *values):
        futures = [self.producer.send(topic, value, partition=partition) for value in values]
        for future in futures:
            future.get(30)

    def send_offsets(self, offsets, group):
        self.producer.send_offsets_to_transaction(
            {
                kafka.TopicPartition(*place): kafka.OffsetAndMetadata(at, "", -1)
                for place, at in offsets.items()
            },
            group,
        )

    def commit(self):
        self.producer.commit_transaction()

    def abort(self):
        self.producer.abort_transaction()

    def close(self):
        self.producer.close(timeout=1)


class AiokafkaTransactions:
    """aiokafka: version 0 of everything."""

    name = "aiokafka"

    def __init__(self, broker, transactional_id, timeout_ms=60_000):
        self.loop = asyncio.new_event_loop()

        async def start():
            self.producer = aiokafka.AIOKafkaProducer(
                bootstrap_servers=broker.address, transactional_id=transactional_id,
                transaction_timeout_ms=timeout_ms, linger_ms=2, retry_backoff_ms=20,
            )  # fmt: skip
            await self.producer.start()

        self._run(start())

    def _run(self, step):
        return self.loop.run_until_complete(asyncio.wait_for(step, 30))

    def begin(self):
        self._run(self.producer.begin_transaction())

    def send(self, topic, partition, *values):
        async def run():
            futures = [
                await self.producer.send(topic, value, partition=partition) for value in values
            ]
            await asyncio.gather(*futures)

        self._run(run())

    def send_offsets(self, offsets, group):
        places = {aiokafka.TopicPartition(*place): at for place, at in offsets.items()}
        self._run(self.producer.send_offsets_to_transaction(places, group))

    def commit(self):
        self._run(self.producer.commit_transaction())

    def abort(self):
        self._run(self.producer.abort_transaction())

    def close(self):
        try:
            self._run(self.producer.stop())
        finally:
            self.loop.close()


ALL = [ConfluentTransactions, KafkaPythonTransactions, AiokafkaTransactions]


class TransactionCodec(Codec):
    """What the transaction coordinator is asked, in any version."""

    def again(self, call, *retriable):
        """Calls until the answer is none of the retriable errors."""
        deadline = time.monotonic() + 30
        while True:
            answer = call()
            error = answer[0] if isinstance(answer, tuple) else answer
            again = {CONCURRENT_TRANSACTIONS, LOADING, NOT_AVAILABLE, *retriable}
            if error not in again:
                return answer
            assert time.monotonic() < deadline, f"error {error} for 30 s"

    def initialize(self, version, transactional_id, producer=(-1, -1), timeout_ms=60_000):
        """Returns (error, producer id, epoch)."""
        more = {} if version < 3 else {"producer_id": producer[0], "producer_epoch": producer[1]}

        def call():
            answer = self.call(
                InitProducerIdRequest, version, transactional_id=transactional_id,
                transaction_timeout_ms=timeout_ms, **more,
            )  # fmt: skip
            return answer.error_code, answer.producer_id, answer.producer_epoch

        return self.again(call)

    def add_partitions(self, version, transactional_id, producer, topics, verify_only=False):
        """Adds {topic: [partition]} and returns the error codes in order."""
        Transaction = AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction
        Topic = AddPartitionsToTxnRequest.AddPartitionsToTxnTopic
        if version >= 4:
            Topic = Transaction.AddPartitionsToTxnTopic
        asked = [Topic(version=version, name=t, partitions=p) for t, p in topics.items()]
        if version < 4:
            answer = self.call(
                AddPartitionsToTxnRequest, version, v3_and_below_transactional_id=transactional_id,
                v3_and_below_producer_id=producer[0], v3_and_below_producer_epoch=producer[1],
                v3_and_below_topics=asked,
            )  # fmt: skip
            results = answer.results_by_topic_v3_and_below
        else:
            answer = self.call(
                AddPartitionsToTxnRequest, version, transactions=[Transaction(
                    version=version, transactional_id=transactional_id, producer_id=producer[0],
                    producer_epoch=producer[1], verify_only=verify_only, topics=asked)],
            )  # fmt: skip
            assert answer.error_code == 0
            (transaction,) = answer.results_by_transaction
            assert transaction.transactional_id == transactional_id
            results = transaction.topic_results
        return [p.partition_error_code for t in results for p in t.results_by_partition]

    def add_offsets(self, version, transactional_id, producer, group):
        def call():
            return self.call(
                AddOffsetsToTxnRequest, version, transactional_id=transactional_id,
                producer_id=producer[0], producer_epoch=producer[1], group_id=group,
            ).error_code  # fmt: skip

        return self.again(call)

    def commit_offsets(
        self, version, transactional_id, producer, group, topics, generation=-1, member=""
    ):
        """Commits {topic: {partition: offset}} and returns the error codes in order."""
        Topic = TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic
        Partition = Topic.TxnOffsetCommitRequestPartition
        more = {}
        if version >= 3:
            more = {"generation_id": generation, "member_id": member, "group_instance_id": None}
        epoch = {} if version < 2 else {"committed_leader_epoch": -1}
        answer = self.call(
            TxnOffsetCommitRequest, version, transactional_id=transactional_id, group_id=group,
            producer_id=producer[0], producer_epoch=producer[1], **more,
            topics=[
                Topic(version=version, name=topic, partitions=[
                    Partition(
                        version=version, partition_index=partition, committed_offset=offset,
                        committed_metadata=f"at {offset}", **epoch)
                    for partition, offset in places.items()])
                for topic, places in topics.items()],
        )  # fmt: skip
        return [p.error_code for t in answer.topics for p in t.partitions]

    def end(self, version, transactional_id, producer, commits):
        """Returns (error, producer id, epoch); from version 5 on those of the next transaction."""

        def call():
            answer = self.call(
                EndTxnRequest, version, transactional_id=transactional_id,
                producer_id=producer[0], producer_epoch=producer[1], committed=commits,
            )  # fmt: skip
            if version < 5:
                return answer.error_code, *producer
            return answer.error_code, answer.producer_id, answer.producer_epoch

        return self.again(call)

    def describe(self, *transactional_ids):
        """Returns what DescribeTransactions tells, in order."""
        return self.call(
            DescribeTransactionsRequest, 0, transactional_ids=list(transactional_ids)
        ).transaction_states  # fmt: skip

    def state(self, transactional_id):
        """Returns the name of a transactional id's state."""
        (found,) = self.describe(transactional_id)
        return found.transaction_state if found.error_code == 0 else found.error_code

    def list(self, version, **filters):
        """Returns the answer of ListTransactions."""
        fields = {"state_filters": [], "producer_id_filters": []}
        if version >= 1:
            fields["duration_filter"] = -1
        if version >= 2:
            fields["transactional_id_pattern"] = None
        return self.call(ListTransactionsRequest, version, **{**fields, **filters})

    def find_coordinator(self, version, key, key_type=1):
        """Returns (error, node, port)."""
        if version < 4:
            answer = self.call(FindCoordinatorRequest, version, key=key, key_type=key_type)
        else:
            (answer,) = self.call(
                FindCoordinatorRequest, version, key_type=key_type, coordinator_keys=[key]
            ).coordinators  # fmt: skip
            assert answer.key == key
        return answer.error_code, answer.node_id, answer.port
