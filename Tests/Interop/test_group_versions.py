"""Every version of the group APIs, spoken by kafka-python's codec."""

import uuid

import pytest
from kafka.protocol.admin import (
    DeleteGroupsRequest,
    DescribeGroupsRequest,
    ListGroupsRequest,
)
from kafka.protocol.consumer import group as api

from harness.codec import Codec
from harness.raw import RawClient
from harness.waiting import wait_until

NO_ERROR, UNKNOWN_TOPIC, MEMBER_ID_REQUIRED, UNKNOWN_TOPIC_ID = 0, 3, 79, 100
GROUP_ID_NOT_FOUND = 69
GROUP_OPERATIONS = {3, 6, 8, 10, 11}


class GroupCodec(Codec):
    """What groups are asked, in any version."""

    def commit(self, version, group, topics, member="", generation=-1):
        """Commits {topic name or id: {partition: offset}}; returns the error codes in order."""
        Topic = api.OffsetCommitRequest.OffsetCommitRequestTopic
        Partition = Topic.OffsetCommitRequestPartition
        answer = self.call(
            api.OffsetCommitRequest, version, group_id=group, member_id=member,
            generation_id_or_member_epoch=generation, group_instance_id=None,
            retention_time_ms=-1,
            topics=[
                Topic(version=version, **name_of(topic, version), partitions=[
                    Partition(
                        version=version, partition_index=partition, committed_offset=offset,
                        committed_leader_epoch=-1, committed_metadata=f"at {offset}")
                    for partition, offset in places.items()])
                for topic, places in topics.items()],
        )  # fmt: skip
        return [p.error_code for t in answer.topics for p in t.partitions]

    def fetch(self, version, group, topics):
        """Returns the (offset, metadata, error) of {topic name or id: [partition]}, in order."""
        if version < 8:
            Topic = api.OffsetFetchRequest.OffsetFetchRequestTopic
            answer = self.call(
                api.OffsetFetchRequest, version, group_id=group, require_stable=True,
                topics=topics if topics is None else [
                    Topic(version=version, name=topic, partition_indexes=places)
                    for topic, places in topics.items()],
            )  # fmt: skip
            assert getattr(answer, "error_code", 0) == NO_ERROR
        else:
            Group = api.OffsetFetchRequest.OffsetFetchRequestGroup
            Topic = Group.OffsetFetchRequestTopics
            answer = self.call(
                api.OffsetFetchRequest, version, require_stable=True,
                groups=[Group(
                    version=version, group_id=group, member_id=None, member_epoch=-1,
                    topics=topics if topics is None else [
                        Topic(version=version, **name_of(topic, version), partition_indexes=places)
                        for topic, places in topics.items()])],
            )  # fmt: skip
            answer = answer.groups[0]
            assert answer.group_id == group and answer.error_code == NO_ERROR
        return [
            (p.committed_offset, p.metadata, p.error_code)
            for t in answer.topics for p in t.partitions
        ]  # fmt: skip


def name_of(topic, version):
    return {"topic_id": topic} if isinstance(topic, uuid.UUID) else {"name": topic}


@pytest.fixture
def codec(broker):
    one = GroupCodec(broker)
    yield one
    one.close()


@pytest.mark.parametrize("version", range(10))
def test_a_member_s_life(codec, topic, version):
    """Join, sync, heartbeat, leave: each in this version, or the highest below it."""
    group = f"life-{version}-{topic()}"
    Protocol = api.JoinGroupRequest.JoinGroupRequestProtocol
    fields = dict(
        group_id=group, session_timeout_ms=10_000, rebalance_timeout_ms=10_000, member_id="",
        group_instance_id=None, protocol_type="consumer", reason=None,
        protocols=[Protocol(version=version, name="range", metadata=b"words")],
    )  # fmt: skip
    joined = codec.call(api.JoinGroupRequest, version, **fields)
    if version >= 4:
        assert joined.error_code == MEMBER_ID_REQUIRED and joined.member_id
        fields["member_id"] = joined.member_id
        joined = codec.call(api.JoinGroupRequest, version, **fields)
    assert (joined.error_code, joined.generation_id) == (NO_ERROR, 1)
    assert joined.leader == joined.member_id and joined.member_id.startswith("codec-")
    assert [(m.member_id, m.metadata) for m in joined.members] == [(joined.member_id, b"words")]
    assert joined.protocol_name == "range"

    member = dict(group_id=group, generation_id=1, member_id=joined.member_id)
    Assignment = api.SyncGroupRequest.SyncGroupRequestAssignment
    sync = min(version, 5)
    synced = codec.call(
        api.SyncGroupRequest, sync, **member, group_instance_id=None, protocol_type="consumer",
        protocol_name="range", assignments=[
            Assignment(version=sync, member_id=joined.member_id, assignment=b"all")],
    )  # fmt: skip
    assert (synced.error_code, synced.assignment) == (NO_ERROR, b"all")
    beat = codec.call(api.HeartbeatRequest, min(version, 4), **member, group_instance_id=None)
    assert beat.error_code == NO_ERROR
    leave = min(version, 5)
    leaving = {"member_id": joined.member_id}
    if leave >= 3:
        Member = api.LeaveGroupRequest.MemberIdentity
        leaving = {"members": [Member(
            version=leave, member_id=joined.member_id, group_instance_id=None, reason="done")]}
    left = codec.call(api.LeaveGroupRequest, leave, group_id=group, **leaving)
    assert left.error_code == NO_ERROR
    assert leave < 3 or [m.error_code for m in left.members] == [NO_ERROR]


@pytest.mark.parametrize("version", range(1, 11))
def test_offsets_come_back(codec, topic, version):
    name, other = topic(2), topic(2)
    group = f"offsets-{version}-{name}"
    commit = max(version, 2)
    by_id = version >= 10
    mine, missing = (codec.topic_id(name), uuid.uuid4()) if by_id else (name, "nowhere")
    unknown = UNKNOWN_TOPIC_ID if by_id else UNKNOWN_TOPIC
    codes = codec.commit(commit, group, {mine: {0: 7, 1: 8, 2: 9}, missing: {0: 1}})
    assert codes == [NO_ERROR, NO_ERROR, UNKNOWN_TOPIC, unknown]
    other = codec.topic_id(other) if by_id else other
    found = codec.fetch(version, group, {mine: [1, 0], other: [0]})
    assert found == [(8, "at 8", 0), (7, "at 7", 0), (-1, "", 0)]
    if by_id:
        assert codec.fetch(version, group, {missing: [0]}) == [(-1, "", UNKNOWN_TOPIC_ID)]
    if version >= 2:
        assert codec.fetch(version, group, None) == [(7, "at 7", 0), (8, "at 8", 0)]


@pytest.mark.parametrize("version", range(7))
def test_groups_are_described(codec, topic, version):
    group = f"described-{version}-{topic()}"
    codec.commit(2, group, {topic(): {0: 1}})
    asked = dict(groups=[group, "nowhere"], include_authorized_operations=True)
    known, missing = codec.call(DescribeGroupsRequest, version, **asked).groups
    assert (known.error_code, known.group_id, known.group_state) == (NO_ERROR, group, "Empty")
    assert version < 3 or known.authorized_operations == GROUP_OPERATIONS
    assert (missing.group_id, missing.group_state) == ("nowhere", "Dead")
    assert missing.error_code == (GROUP_ID_NOT_FOUND if version >= 6 else NO_ERROR)
    assert version < 6 or "nowhere" in missing.error_message


@pytest.mark.parametrize("version", range(6))
def test_groups_are_listed(codec, topic, version):
    group = f"listed-{version}-{topic()}"
    codec.commit(2, group, {topic(): {0: 1}})

    def listed(states=(), types=()):
        answer = codec.call(
            ListGroupsRequest, version, states_filter=list(states), types_filter=list(types))
        assert answer.error_code == NO_ERROR
        return {g.group_id: g for g in answer.groups}

    found = listed()[group]
    assert version < 4 or found.group_state == "Empty"
    assert version < 5 or found.group_type == "classic"
    if version >= 4:
        assert group in listed(["empty", "Stable"]) and group not in listed(["Stable"])
    if version >= 5:
        assert group in listed([], ["Classic"]) and group not in listed([], ["consumer"])


@pytest.mark.parametrize("version", range(3))
def test_groups_are_deleted(codec, topic, version):
    name = topic()
    group = f"deleted-{version}-{name}"
    codec.commit(2, group, {name: {0: 1}})
    results = codec.call(DeleteGroupsRequest, version, groups_names=[group, "nowhere"]).results
    assert [(r.group_id, r.error_code) for r in results] == [
        (group, NO_ERROR), ("nowhere", GROUP_ID_NOT_FOUND)]
    assert codec.fetch(8, group, None) == []


def test_offsets_are_deleted(codec, topic):
    name, other = topic(2), topic()
    group = f"offsets-deleted-{name}"
    codec.commit(2, group, {name: {0: 1, 1: 2}, other: {0: 3}})
    Topic = api.OffsetDeleteRequest.OffsetDeleteRequestTopic
    Partition = Topic.OffsetDeleteRequestPartition

    def delete(group, topics):
        return codec.call(api.OffsetDeleteRequest, 0, group_id=group, topics=[
            Topic(version=0, name=topic, partitions=[
                Partition(version=0, partition_index=place) for place in places])
            for topic, places in topics.items()])

    answer = delete(group, {name: [1, 2], "nowhere": [0], other: [0]})
    codes = [p.error_code for t in answer.topics for p in t.partitions]
    assert answer.error_code == NO_ERROR
    assert codes == [NO_ERROR, UNKNOWN_TOPIC, UNKNOWN_TOPIC, NO_ERROR]
    assert codec.fetch(8, group, None) == [(1, "at 1", 0)]
    assert delete("nowhere", {name: [0]}).error_code == GROUP_ID_NOT_FOUND


def test_a_deleted_topic_loses_its_offsets(make_broker):
    """Also when a topic of the same name is made again, and when the broker starts again."""
    broker = make_broker().start()
    with RawClient(broker.port) as raw:
        assert raw.create_topic("t") == 0 and raw.create_topic("stays") == 0
        codec = GroupCodec(broker)
        assert codec.commit(8, "g", {"t": {0: 7}, "stays": {0: 8}}) == [0, 0]
        assert raw.delete_topic("t") == 0
        assert raw.create_topic("t") == 0
        wait_until(lambda: codec.fetch(8, "g", None) == [(8, "at 8", 0)], "the offset to go")
        codec.close()
    broker.kill()
    broker.start()
    codec = GroupCodec(broker)
    wait_until(lambda: loaded(codec) == [(8, "at 8", 0)], "the groups to load")
    codec.close()
    broker.stop()


def loaded(codec):
    try:
        return codec.fetch(8, "g", None)
    except AssertionError:
        return None  # COORDINATOR_LOAD_IN_PROGRESS
