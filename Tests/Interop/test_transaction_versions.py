"""Every version of the transaction APIs, spoken by kafka-python's codec."""

import pytest
from harness.transactions import TransactionCodec
from kafka.protocol.consumer import group as group_api
from kafka.protocol.metadata import ApiVersionsRequest

from harness import wire
from harness.raw import RawClient
from harness.waiting import wait_until

NO_ERROR, UNKNOWN_TOPIC, INVALID_REQUEST = 0, 3, 42
ILLEGAL_GENERATION, TOPIC_AUTHORIZATION_FAILED = 22, 29
INVALID_EPOCH, INVALID_TXN_STATE, INVALID_MAPPING, INVALID_TIMEOUT = 47, 48, 49, 50
INVALID_REGEX = 128
NOT_ATTEMPTED, UNSTABLE, FENCED, ID_NOT_FOUND, ABORTABLE = 55, 88, 90, 105, 120


@pytest.fixture
def codec(broker):
    with TransactionCodec(broker) as one:
        yield one


@pytest.fixture
def name(request):
    """A transactional id, and group, of the test's own."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name)


def begin(codec, name, version=4):
    """Returns the (producer id, epoch) that a transactional id has now."""
    error, *producer = codec.initialize(version, name)
    assert error == NO_ERROR
    return tuple(producer)


# Version 0 knows groups only.
@pytest.mark.parametrize("version", range(1, 7))
def test_find_coordinator(codec, broker, version):
    assert codec.find_coordinator(version, "x") == (NO_ERROR, 1, broker.port)
    assert codec.find_coordinator(version, "x", 7)[0] == INVALID_REQUEST


@pytest.mark.parametrize("version", range(6))
def test_init_producer_id(codec, name, version):
    producer = begin(codec, name, version)
    assert producer[1] == 0
    assert begin(codec, name, version) == (producer[0], 1), "taken over"
    assert codec.initialize(version, "")[0] == INVALID_REQUEST
    assert codec.initialize(version, name, timeout_ms=900_001)[0] == INVALID_TIMEOUT
    if version >= 3:
        again = producer[0], 1
        assert codec.initialize(version, name, again) == (NO_ERROR, producer[0], 2)
        assert codec.initialize(version, name, again) == (NO_ERROR, producer[0], 2)
        fenced = FENCED if version >= 4 else INVALID_EPOCH
        assert codec.initialize(version, name, producer)[0] == fenced
        assert codec.initialize(version, name, (7, -1))[0] == INVALID_REQUEST


@pytest.mark.parametrize("version", range(6))
def test_add_partitions(codec, topic, name, version):
    data, other = topic(3), topic()
    producer = begin(codec, name)
    asked = {data: [0, 2], other: [0]}
    assert codec.add_partitions(version, name, producer, asked) == [NO_ERROR] * 3
    assert codec.add_partitions(version, name, producer, {data: [1, 3], "nowhere": [0]}) == [
        NOT_ATTEMPTED, UNKNOWN_TOPIC, UNKNOWN_TOPIC]  # fmt: skip
    internal = codec.add_partitions(version, name, producer, {"__transaction_state": [0]})
    assert internal == [TOPIC_AUTHORIZATION_FAILED]
    (found,) = codec.describe(name)
    assert {t.topic: t.partitions for t in found.topics} == asked
    assert (found.transaction_state, found.producer_id) == ("Ongoing", producer[0])
    older = producer[0], producer[1] - 1
    fenced = FENCED if version >= 2 else INVALID_EPOCH
    assert codec.add_partitions(version, name, older, asked) == [fenced] * 3
    assert codec.add_partitions(version, name, (99999, 0), asked) == [INVALID_MAPPING] * 3
    assert codec.add_partitions(version, "", producer, asked) == [INVALID_REQUEST] * 3
    if version >= 4:
        missing = ABORTABLE if version >= 5 else INVALID_TXN_STATE
        found = codec.add_partitions(
            version, name, producer, {data: [0, 1, 9], "nowhere": [0]}, verify_only=True
        )
        assert found == [NO_ERROR, missing, missing, missing]
    assert codec.end(min(version, 4), name, producer, False)[0] == NO_ERROR


@pytest.mark.parametrize("version", range(6))
def test_end(codec, topic, name, version):
    data = topic(2)
    producer = begin(codec, name)
    for commits, done in [(True, "CompleteCommit"), (False, "CompleteAbort")]:
        assert codec.add_partitions(3, name, producer, {data: [0, 1]}) == [NO_ERROR] * 2
        ended = codec.end(version, name, producer, commits)
        bump = 1 if version >= 5 else 0
        assert ended == (NO_ERROR, producer[0], producer[1] + bump)
        assert codec.end(version, name, producer, commits) == ended, "asked again"
        assert codec.end(version, name, producer, not commits)[0] == INVALID_TXN_STATE
        assert codec.state(name) == done
        producer = ended[1:]
    fenced = FENCED if version >= 2 else INVALID_EPOCH
    assert codec.end(version, name, (producer[0], producer[1] + 1), True)[0] == fenced
    assert codec.end(version, name, (99999, 0), True)[0] == INVALID_MAPPING
    assert codec.end(version, "nobody", producer, True)[0] == INVALID_MAPPING
    assert codec.end(version, "", producer, True)[0] == INVALID_REQUEST


def offsets_of(codec, group, topic, stable=True):
    """Returns [(offset, error)] of partitions 0 and 1, with `require_stable`."""
    Group = group_api.OffsetFetchRequest.OffsetFetchRequestGroup
    Topic = Group.OffsetFetchRequestTopics
    answer = codec.call(
        group_api.OffsetFetchRequest, 8, require_stable=stable,
        groups=[Group(version=8, group_id=group, member_id=None, member_epoch=-1, topics=[
            Topic(version=8, name=topic, partition_indexes=[0, 1])])],
    ).groups[0]  # fmt: skip
    assert answer.error_code == NO_ERROR
    return [(p.committed_offset, p.error_code) for t in answer.topics for p in t.partitions]


@pytest.mark.parametrize("version", range(6))
def test_offsets_in_a_transaction(codec, topic, name, version):
    data = topic(2)
    producer = begin(codec, name)
    wish = {data: {0: 7, 1: 8}, "nowhere": {0: 1}}
    add, end = min(version, 4), version
    missing = ABORTABLE if version >= 4 else INVALID_TXN_STATE
    if version < 5:
        assert codec.add_offsets(add, name, producer, name) == NO_ERROR
        refused = codec.commit_offsets(version, name, (producer[0], 7), name, wish)
        fenced = FENCED if version >= 2 else INVALID_EPOCH
        assert refused == [fenced, fenced, UNKNOWN_TOPIC]
    codes = codec.commit_offsets(version, name, producer, name, wish)
    assert codes == [NO_ERROR, NO_ERROR, UNKNOWN_TOPIC]
    assert offsets_of(codec, name, data) == [(-1, UNSTABLE)] * 2
    assert offsets_of(codec, name, data, stable=False) == [(-1, NO_ERROR)] * 2
    if version >= 3:
        codes = codec.commit_offsets(
            version, name, producer, name, {data: {0: 9}}, generation=5, member="m"
        )
        assert codes == [25], "UNKNOWN_MEMBER_ID"
        codes = codec.commit_offsets(
            version, name, producer, "other-" + name, {data: {0: 9}}, generation=5, member="m"
        )
        # Another group, whose partition may not be in the transaction.
        assert codes[0] in (ILLEGAL_GENERATION, missing)
    error, *producer = codec.end(end, name, producer, True)
    assert error == NO_ERROR
    assert offsets_of(codec, name, data) == [(7, NO_ERROR), (8, NO_ERROR)]
    if version < 5:
        codes = codec.commit_offsets(version, name, producer, name, {data: {0: 70}})
        assert codes == [missing], "it is not in a transaction"
        assert codec.add_offsets(add, name, producer, name) == NO_ERROR
    codes = codec.commit_offsets(version, name, producer, name, {data: {0: 70}})
    assert codes == [NO_ERROR]
    assert codec.end(end, name, producer, False)[0] == NO_ERROR
    assert offsets_of(codec, name, data) == [(7, NO_ERROR), (8, NO_ERROR)]
    assert codec.commit_offsets(version, name, producer, "", {data: {0: 70}}) == [24]
    assert codec.add_offsets(add, name, producer, "") == 24


@pytest.mark.parametrize("version", range(3))
def test_describe_and_list(codec, topic, name, version):
    data = topic()
    open_id, done_id = name + "-open", name + "-done"
    producer, done = begin(codec, open_id), begin(codec, done_id)
    assert codec.add_partitions(3, open_id, producer, {data: [0]}) == [NO_ERROR]
    found = codec.describe(open_id, done_id, "nobody", "")
    assert [(f.transaction_state, f.error_code) for f in found] == [
        ("Ongoing", NO_ERROR), ("Empty", NO_ERROR), ("", ID_NOT_FOUND), ("", INVALID_REQUEST)
    ]  # fmt: skip
    assert found[0].transaction_timeout_ms == 60_000
    assert (found[0].producer_id, found[0].producer_epoch) == producer
    assert found[0].transaction_start_time_ms > 1_600_000_000_000

    def listed(**filters):
        answer = codec.list(version, **filters)
        assert answer.error_code == NO_ERROR
        every = {s.transactional_id: (s.producer_id, s.transaction_state)
                 for s in answer.transaction_states}  # fmt: skip
        return {i: every[i] for i in (open_id, done_id) if i in every}

    is_open, is_done = {open_id: (producer[0], "Ongoing")}, {done_id: (done[0], "Empty")}
    assert listed() == {**is_open, **is_done}
    assert listed(state_filters=["Ongoing", "Whatever"]) == is_open
    answer = codec.list(version, state_filters=["Ongoing", "Whatever"])
    assert answer.unknown_state_filters == ["Whatever"]
    assert listed(producer_id_filters=[done[0]]) == is_done
    if version >= 1:
        assert open_id not in listed(duration_filter=3_600_000)
        wait_until(lambda: open_id in listed(duration_filter=5), "5 ms to pass")
    if version >= 2:
        assert listed(transactional_id_pattern=f"{name}-o.*") == is_open
        assert listed(transactional_id_pattern="open") == {}, "the whole has to match"
        assert codec.list(version, transactional_id_pattern="(").error_code == INVALID_REGEX
    assert codec.end(4, open_id, producer, False)[0] == NO_ERROR


@pytest.mark.parametrize("version", range(3, 5))
def test_the_feature_is_advertised(codec, version):
    answer = codec.call(
        ApiVersionsRequest, version, client_software_name="codec", client_software_version="1"
    )
    supported = {f.name: (f.min_version, f.max_version) for f in answer.supported_features}
    # Level 0 is more than clients of version 3 can read.
    assert supported["transaction.version"] == (0 if version >= 4 else 1, 2)
    finalized = {f.name: f.max_version_level for f in answer.finalized_features}
    assert finalized["transaction.version"] == 2 and answer.finalized_features_epoch >= 0


def test_verification_can_be_left_out_for_older_clients(make_broker):
    broker = make_broker().start()
    with TransactionCodec(broker) as codec, RawClient(broker.port) as raw:
        assert raw.create_topic("t", 1) == 0
        producer = begin(codec, "id")

        def produce(sequence):
            """Returns the error of a batch in a transaction that nobody has begun."""
            batch = wire.good_batch(producer=(*producer, sequence), attributes=0x10)
            return raw.produce("t", batch, transactional_id="id")[0]

        name = "transaction.partition.verification.enable"
        assert produce(0) == INVALID_TXN_STATE
        assert raw.alter_configs(4, "", {name: "false"}) == 0
        assert produce(0) == NO_ERROR
