"""The records that four producers send with five codecs, and reading them all back."""

from . import clients, records
from .raw import RawClient
from .records import Record


class Workload:
    """Topics that hold what each producer sent with each codec, each topic in many segments."""

    def __init__(self, broker, pairs, prefix="w"):
        self.broker = broker
        self.sent = {}  # topic: its records, as a consumer must see them
        self.ends = {}
        for number, (producer, codec) in enumerate(pairs):
            topic = f"{prefix}-{producer.name}-{codec}"
            self._create(topic)
            # Plain and idempotent producers take turns over clients and codecs.
            self.sent[topic] = self._send(producer, topic, codec, number, number % 2 == 0)
        self._fill_timestamps()

    def _create(self, topic):
        with RawClient(self.broker.port) as client:
            error = client.create_topic(topic, 1, {
                "segment.bytes": 16384, "local.retention.ms": 86_400_000, "retention.ms": -1,
            })  # fmt: skip
        assert error == 0, f"CreateTopics {topic}: error {error}"

    def _send(self, producer, topic, codec, seed, idempotent):
        if producer.sends_anything:
            sent = records.varied(120, seed) + records.shifted(records.large(seed=seed), 120)
        else:
            sent = [
                Record(0, n, -1, b"key %d" % n, b"value %d " % n * 100, (("from", b"kcat"),))
                for n in range(120)
            ]
        offsets = producer(self.broker).produce(topic, sent, codec, idempotent)
        assert offsets == list(range(len(sent))), f"{topic}: offsets {offsets[:5]}…"
        return sent

    def _fill_timestamps(self):
        """Takes the timestamps that a producer did not choose from the first reading."""
        unknown = {
            (topic, 0): len(sent) for topic, sent in self.sent.items() if sent[0].timestamp < 0
        }
        if not unknown:
            return
        for (topic, _), got in clients.Confluent(self.broker).read(unknown).items():
            self.sent[topic] = [
                wanted._replace(timestamp=seen.timestamp)
                for wanted, seen in zip(self.sent[topic], got)
            ]

    @property
    def topics(self):
        return list(self.sent)

    def check(self, consumer, when):
        """Reads all topics with one client and compares every record."""
        wanted = {(topic, 0): len(sent) for topic, sent in self.sent.items()}
        got = consumer(self.broker).read(wanted, timeout=90)
        for topic, sent in self.sent.items():
            if consumer is clients.Kcat:
                sent = [clients.Kcat.expected(record) for record in sent]
            records.assert_equal(got[topic, 0], sent, f"{topic} by {consumer.name} {when}")

    def check_timestamps(self, consumer, when):
        """Looks timestamps up in the first topic: before, amid, between and after its records."""
        topic, sent = next(iter(self.sent.items()))
        times = [record.timestamp for record in sent]
        for wanted in (times[0] - 1, times[0], times[40], times[77] + 1, max(times)):
            expected = next((r.offset for r in sent if r.timestamp >= wanted), None)
            found = consumer(self.broker).offsets_for_time(topic, 0, wanted)
            assert found == expected, f"{consumer.name} {when}: {wanted} at {found}, not {expected}"
        beyond = consumer(self.broker).offsets_for_time(topic, 0, max(times) + 1)
        # librdkafka answers the end of the log where Java and Python answer nothing.
        assert beyond in (None, len(sent)), f"{consumer.name} {when}: beyond the end at {beyond}"

    def check_middle(self, consumer, when):
        """Starts in the middle of a batch, and reads on to the end."""
        topic, sent = next(iter(self.sent.items()))
        start = 37
        got = consumer(self.broker).read({(topic, 0): len(sent) - start}, start=start)
        expected = sent[start:]
        if consumer is clients.Kcat:
            expected = [clients.Kcat.expected(record) for record in expected]
        records.assert_equal(got[topic, 0], expected, f"from {start} by {consumer.name} {when}")
