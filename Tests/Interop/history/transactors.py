"""Transactional producers of three client libraries behind one face; `senders` with more to say.

Every call ends in one of four ways: it is done, or the producer is `Fenced` (another has its id),
or the transaction is to be aborted (`Abortable`), or the producer is of no use any more (`Broken`).
What a client would try again for ever is bounded by who calls; see `patience`.
"""

import contextlib
import os

import aiokafka.errors
import confluent_kafka
import kafka
import kafka.errors
from confluent_kafka import KafkaError, TopicPartition

from .senders import AiokafkaSender, ConfluentSender, KafkaPythonSender

CALL_SECONDS = 10  # after which a confluent call that may be repeated is


class Fenced(Exception):
    """Another producer has taken the transactional id over, or the transaction took too long."""


class Abortable(Exception):
    """The transaction cannot commit any more."""


class Broken(Exception):
    """The producer must be replaced, and nobody knows what became of its transaction."""


def reasons(error):
    """Returns an error with all that caused it, as text."""
    found = []
    while error is not None:
        found.append(repr(error))
        error = error.__cause__
    return " because of ".join(found)


class ConfluentTransactor(ConfluentSender):
    FENCED = {
        KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH,
    }  # fmt: skip

    def __init__(self, address, codec, done, identity, timeout_ms):
        # librdkafka wants no timeout above that of the transaction. When all brokers are down it
        # ends its connections for good and makes others, and offsets that it commits then wait for
        # one of the old (2.16): not with this strategy.
        debug = {"debug": "eos,broker,protocol"} if "HISTORY_DEBUG" in os.environ else {}
        super().__init__(address, codec, done, **debug, **{
            "transactional.id": identity, "transaction.timeout.ms": timeout_ms,
            "message.timeout.ms": timeout_ms, "socket.timeout.ms": timeout_ms,
            "metadata.recovery.strategy": "none",
        })  # fmt: skip

    @contextlib.contextmanager
    def _translated(self):
        try:
            yield
        except confluent_kafka.KafkaException as problem:
            error = self._cause(problem.args[0])
            if error.code() in self.FENCED or "fenced" in str(error).lower():
                raise Fenced(str(error)) from problem
            if error.txn_requires_abort():
                raise Abortable(str(error)) from problem
            raise Broken(str(error)) from problem

    def _cause(self, error):
        """Returns the fatal error of which a call tells only that there was one."""
        if error.code() == KafkaError._FATAL:
            try:
                self.producer.poll(0)
            except confluent_kafka.KafkaException as problem:
                return problem.args[0]
        return error

    def _again(self, call, *arguments):
        """Calls until the outcome is known."""
        with self._translated():
            while True:
                try:
                    return call(*arguments, CALL_SECONDS)
                except confluent_kafka.KafkaException as problem:
                    if not problem.args[0].retriable():
                        raise

    def initialize(self):
        self._again(self.producer.init_transactions)

    def begin(self):
        with self._translated():
            self.producer.begin_transaction()

    def send(self, message):
        with self._translated():
            return super().send(message)

    def pump(self, seconds):
        with self._translated():  # fatal errors come up here
            super().pump(seconds)

    def flush(self, seconds):
        with self._translated():
            try:
                return super().flush(seconds)
            except SystemError as problem:
                # So confluent-kafka 2.16 says that a fatal error came up meanwhile.
                raise problem.__cause__ or problem

    def send_offsets(self, offsets, group):
        """Commits {place: offset} with the transaction, for what `metadata` says of the group."""
        places = [TopicPartition(*place, at) for place, at in offsets.items()]
        self._again(self.producer.send_offsets_to_transaction, places, group)

    def commit(self):
        self._again(self.producer.commit_transaction)

    def abort(self):
        self._again(self.producer.abort_transaction)


class KafkaPythonTransactor(KafkaPythonSender):
    FENCED = kafka.errors.ProducerFencedError, kafka.errors.InvalidProducerEpochError

    def __init__(self, address, codec, done, identity, timeout_ms):
        super().__init__(
            address, codec, done, transactional_id=identity, transaction_timeout_ms=timeout_ms
        )

    @contextlib.contextmanager
    def _translated(self):
        try:
            yield
        except self.FENCED as error:
            raise Fenced(repr(error)) from error
        except kafka.errors.KafkaError as error:
            state = self.producer._transaction_manager
            if not state.has_fatal_error():
                raise Abortable(repr(error)) from error
            if isinstance(state.last_error, self.FENCED):
                raise Fenced(repr(state.last_error)) from error
            raise Broken(f"{error!r}: {state.last_error!r}") from error

    def initialize(self):
        with self._translated():
            self.producer.init_transactions()

    def begin(self):
        with self._translated():
            self.producer.begin_transaction()

    def send(self, message):
        with self._translated():
            return super().send(message)

    def send_offsets(self, offsets, group):
        wanted = {
            kafka.TopicPartition(*place): kafka.OffsetAndMetadata(at, "", -1)
            for place, at in offsets.items()
        }
        with self._translated():
            self.producer.send_offsets_to_transaction(wanted, group)

    def commit(self):
        with self._translated():
            self.producer.commit_transaction()

    def abort(self):
        with self._translated():
            self.producer.abort_transaction()


class AiokafkaTransactor(AiokafkaSender):
    """Gets its producer id while it is made."""

    FENCED = aiokafka.errors.ProducerFenced, aiokafka.errors.InvalidProducerEpoch

    def __init__(self, address, codec, done, identity, timeout_ms):
        super().__init__(
            address, codec, done, transactional_id=identity, transaction_timeout_ms=timeout_ms
        )

    @contextlib.contextmanager
    def _translated(self):
        try:
            yield
        except self.FENCED as error:
            raise Fenced(repr(error)) from error
        except (
            aiokafka.errors.KafkaError, aiokafka.errors.IllegalOperation, AssertionError
        ) as error:  # fmt: skip
            # After a fatal error all that aiokafka says is that its state is the wrong one.
            state = self.producer._txn_manager
            if not state.is_fatal_error():
                if isinstance(error, AssertionError):
                    raise
                raise Abortable(reasons(error)) from error
            cause = state.wait_for_transaction_end().exception()
            if isinstance(cause, self.FENCED):
                raise Fenced(reasons(cause)) from error
            raise Broken(reasons(cause)) from error

    def _call(self, step):
        with self._translated():
            return self.loop.run_until_complete(step)

    def initialize(self):
        pass

    def begin(self):
        self._call(self.producer.begin_transaction())

    def send(self, message):
        with self._translated():
            return super().send(message)

    def send_offsets(self, offsets, group):
        places = {aiokafka.TopicPartition(*place): at for place, at in offsets.items()}
        self._call(self.producer.send_offsets_to_transaction(places, group))

    def commit(self):
        self._call(self.producer.commit_transaction())

    def abort(self):
        self._call(self.producer.abort_transaction())


ALL = {
    one.name: one for one in (ConfluentTransactor, KafkaPythonTransactor, AiokafkaTransactor)
}  # fmt: skip
