"""The rules of the history checker catch what they are for, and nothing else."""

import json
import random
import subprocess
import sys

import pytest

from history import checking, recording
from history.checking import broken_rules as rules
from history.faults import STORE, schedule
from history.identity import Tag, digest, message, tag_text
from history.story import THREE, Story, sent
from history.workers import INTEROP

def test_a_good_history_breaks_no_rule():
    story = sent()
    story.invoke("p.1", 2, 3)  # without an answer: one of them arrived
    story.ends("r.1", 0, 3)
    story.read("r.1", THREE)
    story.read("r.1", {1: ("p.1", 1), 2: ("q.1", 0)}, start=1)
    story.assign("m.1", 1)
    story.poll("m.1", {0: ("p.1", 0)}, session=1)
    story.commit("m.1", 1)
    story.commit("m.1", 2, phase="unknown")
    story.committed("r.1", 1)
    story.assign("m.2", 1)
    story.poll("m.2", {1: ("p.1", 1), 2: ("q.1", 0)}, session=1)
    story.commit("m.2", 3)
    everything = {**THREE, 3: ("p.1", 3)}
    story.ends("r.1", 0, 4)
    story.truth(everything)
    story.table(THREE, end=3)
    story.table(everything)
    story.tiers(0, 2, 3, 4)
    assert rules(story) == set()


class TestTheLog:
    def test_an_acknowledged_record_is_lost(self):
        story = sent()
        story.truth({0: ("p.1", 0), 1: ("p.1", 1)})
        assert rules(story) == {"acknowledged records are there"}

    def test_an_acknowledged_record_lies_elsewhere(self):
        story = sent()
        story.truth({0: ("p.1", 0), 1: ("p.1", 1), 3: ("q.1", 0)})
        assert rules(story) == {"acknowledged records are there"}

    def test_a_record_is_there_twice(self):
        story = sent()
        story.truth({**THREE, 3: ("p.1", 1)})
        assert rules(story) == {"no record twice"}

    def test_a_record_was_there_twice_for_somebody(self):
        story = sent()
        story.read("r.1", {**THREE, 3: ("q.1", 0)})
        story.truth(THREE)
        assert rules(story) == {"no record twice", "nothing vanishes"}

    def test_a_writers_records_change_places(self):
        story = Story()
        story.invoke("p.1", 0, 1)
        story.acknowledge("p.1", {1: 0, 0: 1})
        story.truth({0: ("p.1", 1), 1: ("p.1", 0)})
        assert rules(story) == {"order of each writer"}

    def test_a_later_record_of_another_lies_before(self):
        story = Story()
        story.send("p.1", {0: 1})
        story.send("q.1", {0: 0})
        story.truth({0: ("q.1", 0), 1: ("p.1", 0)})
        assert rules(story) == {"order of time"}

    def test_concurrent_records_lie_in_any_order(self):
        story = Story()
        story.invoke("p.1", 0)
        story.invoke("q.1", 0)
        story.acknowledge("p.1", {0: 1})
        story.acknowledge("q.1", {0: 0})
        story.truth({0: ("q.1", 0), 1: ("p.1", 0)})
        assert rules(story) == set()

    def test_a_record_comes_from_nowhere(self):
        story = sent()
        story.truth({**THREE, 3: ("x.1", 0)})
        assert rules(story) == {"only what was sent"}

    def test_a_record_has_other_contents(self):
        story = sent()
        story.truth(THREE)
        story.events[-1]["records"][1][2] = 77
        assert rules(story) == {"only what was sent"}

    def test_a_record_lies_in_another_partition(self):
        story = sent()
        story.invoke("p.1", 2)
        story.truth(THREE)
        story.truth({0: ("p.1", 2)}, place=("t", 1))
        assert rules(story) == {"only what was sent"}

    def test_an_offset_changes_its_record(self):
        story = sent()
        story.invoke("p.1", 2)
        story.read("r.1", {**THREE, 3: ("p.1", 2)})
        story.invoke("p.1", 3)
        story.truth({**THREE, 3: ("p.1", 3)})
        assert "reads repeat" in rules(story)

    def test_an_unacknowledged_record_that_was_seen_is_gone(self):
        story = sent()
        story.invoke("p.1", 2)
        story.read("r.1", {**THREE, 3: ("p.1", 2)})
        story.truth(THREE)
        assert rules(story) == {"nothing vanishes"}

    @pytest.mark.parametrize("second", [0, 1])
    def test_a_poll_goes_back(self, second):
        story = sent()
        story.read("r.1", {0: ("p.1", 0), 1: ("p.1", 1)})
        story.poll("r.1", {second: ("p.1", second), 2: ("q.1", 0)})
        story.truth(THREE)
        assert rules(story) == {"polls go forward"}

    def test_a_poll_starts_before_its_place(self):
        story = sent()
        story.read("r.1", {1: ("p.1", 1), 2: ("q.1", 0)}, start=2)
        story.truth(THREE)
        assert rules(story) == {"polls go forward"}

    @pytest.mark.parametrize("missing", [0, 1])
    def test_a_consumer_skips_a_record(self, missing):
        story = sent()
        story.read("r.1", {offset: THREE[offset] for offset in THREE if offset != missing})
        story.truth(THREE)
        assert rules(story) == {"nothing is skipped"}

    def test_the_last_reading_ends_too_early(self):
        story = sent()
        story.truth(THREE)
        story.read("run", {0: ("p.1", 0), 1: ("p.1", 1)}, final=True)
        assert rules(story) == {"nothing is skipped"}

    def test_the_last_reading_gets_nothing(self):
        story = sent()
        story.truth(THREE)
        story.read("run", {}, final=True)
        assert rules(story) == {"nothing is skipped"}

    def test_an_end_lies_below_what_was_acknowledged(self):
        story = sent()
        story.ends("r.1", 0, 2)
        story.truth(THREE)
        assert rules(story) == {"ends go forward"}

    def test_an_end_goes_back(self):
        story = sent()
        story.ends("r.1", 0, 5)
        story.ends("r.2", 0, 4)
        story.truth(THREE)
        assert rules(story) == {"ends go forward"}

    def deleted(self, *deletions):
        """Somebody deletes below these offsets: (offset, is it answered)."""
        story = sent()
        for offset, is_answered in deletions:
            story.event("run", "delete", "invoke", place=("t", 0), offset=offset)
            if is_answered:
                story.event("run", "delete", "ok", place=("t", 0), offset=offset)
        return story

    @pytest.mark.parametrize("deletions, start", [
        ([], 0), ([(1, True)], 1), ([(2, False)], 0), ([(2, False)], 2),
        ([(1, True), (2, True)], 2),
    ])  # fmt: skip
    def test_records_are_deleted(self, deletions, start):
        story = sent()
        story.read("r.1", THREE)
        story.table(THREE)
        story.events += self.deleted(*deletions).events[len(sent().events):]
        story.now = 1000
        story.ends("r.1", start, 3)
        story.event("r.2", "seek", session=9, place=("t", 0), offset=0, isolation="read_committed")
        if deletions:
            story.event("r.2", "lost-place", session=9, error="OFFSET_OUT_OF_RANGE")
        story.read("run", {n: THREE[n] for n in THREE if n >= start}, start=start, final=True,
                   truth=True)  # fmt: skip
        story.tiers(start, 2, 2, 3)
        assert rules(story) == set()

    @pytest.mark.parametrize("deletions, start", [
        ([], 1), ([(1, True)], 0), ([(1, True)], 2), ([(2, False)], 3), ([(2, True), (1, True)], 1),
    ])  # fmt: skip
    def test_the_start_moves_otherwise(self, deletions, start):
        story = self.deleted(*deletions)
        story.ends("r.1", start, 3)
        story.truth(THREE)
        assert rules(story) == {"the start moves by deletions"}
        story = self.deleted(*deletions)
        story.read("run", {n: THREE[n] for n in THREE if n >= start}, start=start, truth=True)
        story.tiers(start, 3, 2, 3)
        assert rules(story) == {"both tiers cover everything"}

    @pytest.mark.parametrize("timestamp, found", [(99, 0), (101, 1), (100, 2), (101, None)])
    def test_a_search_by_time(self, timestamp, found):
        """p.1's second record is of 101, the others are of 100."""
        story = sent()
        story.search("r.1", timestamp, found)
        story.truth(THREE)
        expected = set() if found in (0, 1) else {"times are found"}
        assert rules(story) == expected

    def test_a_search_by_time_beyond_the_end(self):
        story = sent()
        story.search("r.1", 102, None)
        story.invoke("p.1", 2)
        story.truth({**THREE, 3: ("p.1", 2)})
        assert rules(story) == set()

    @pytest.mark.parametrize("stable, expected", [
        (None, set()), (1, set()), (2, {"times are found"}),
    ])  # fmt: skip
    def test_a_committed_search_by_time_looks_as_far_as_all_is_decided(self, stable, expected):
        story = sent()
        if stable:
            story.ends("r.2", 0, stable, isolation="read_committed")
        story.search("r.1", 101, None, isolation="read_committed")
        story.truth(THREE)
        assert rules(story) == expected

    def test_a_search_by_time_finds_something_earlier(self):
        story = sent()
        story.search("r.1", 101, 0)
        story.truth(THREE)
        assert rules(story) == {"times are found"}

    def test_an_offset_is_out_of_range(self):
        story = sent()
        story.event("r.1", "lost-place", session=1, error="OFFSET_OUT_OF_RANGE")
        story.truth(THREE)
        assert rules(story) == {"no errors"}

    def test_a_send_is_refused(self):
        story = sent()
        story.invoke("p.1", 2)
        story.event("p.1", "send", "unknown", errors=[[2, "out of order sequence"]])
        story.truth(THREE)
        assert rules(story) == {"no errors"}


class TestGroups:
    def consumed(self, *commits):
        """One member that got everything and committed these offsets."""
        story = sent()
        story.assign("m.1", 1)
        story.poll("m.1", THREE, session=1)
        for offset in commits:
            story.commit("m.1", offset)
        return story

    def test_a_commit_goes_back(self):
        story = self.consumed(3, 2)
        story.truth(THREE)
        assert rules(story) == {"commits go forward"}

    @pytest.mark.parametrize("found", [None, 1])
    def test_a_committed_offset_is_lost(self, found):
        story = self.consumed(1, 3)
        story.committed("run", found)
        story.truth(THREE)
        assert rules(story) == {"committed offsets are found"}

    def test_an_offset_was_never_committed(self):
        story = self.consumed(2)
        story.committed("run", 3)
        story.truth(THREE)
        assert rules(story) == {"committed offsets are found"}

    def test_a_member_starts_before_what_was_committed(self):
        story = self.consumed(2)
        story.assign("m.2", 1)
        story.poll("m.2", {1: ("p.1", 1)}, session=1)
        story.truth(THREE)
        assert rules(story) == {"members go on where it was committed"}

    def test_a_group_skips_a_record(self):
        story = sent()
        story.assign("m.1", 1)
        story.poll("m.1", {0: ("p.1", 0)}, session=1)
        story.assign("m.1", 2)
        story.poll("m.1", {2: ("q.1", 0)}, session=2)
        story.commit("m.1", 3)
        story.truth(THREE)
        assert rules(story) == {"nothing below a commit is unread"}

    def test_a_member_gets_a_partition_that_is_not_its_own(self):
        story = sent()
        story.assign("m.1", 1)
        story.poll("m.1", THREE, place=("t", 1), session=1)
        story.truth(THREE)
        assert "no errors" in rules(story)


class TestTables:
    @pytest.mark.parametrize("rows", [
        {0: ("p.1", 0), 2: ("q.1", 0)},
        {0: ("p.1", 0), 1: ("p.1", 1)},
        {},
    ])  # fmt: skip
    def test_a_row_is_missing(self, rows):
        story = sent()
        story.truth(THREE)
        story.table(rows)
        assert rules(story) == {"tables are the log"}

    def test_a_row_is_there_twice(self):
        story = sent()
        story.truth(THREE)
        story.table(THREE)
        story.events[-1]["records"].insert(1, story.events[-1]["records"][0])
        assert rules(story) == {"tables are the log"}

    def test_a_window_has_a_gap(self):
        story = sent()
        story.truth(THREE)
        story.table({0: ("p.1", 0), 2: ("q.1", 0)}, end=400)
        assert rules(story) == {"tables are the log"}

    def test_a_row_differs(self):
        story = sent()
        story.truth(THREE)
        story.table(THREE)
        story.events[-1]["records"][1][2] = 77
        assert rules(story) == {"reads repeat"}

    @pytest.mark.parametrize("tiers", [
        (1, 2, 2, 3),  # the log starts too late
        (0, 2, 1, 3),  # not everything has settled
        (0, 3, 1, 3),  # deleted locally before it has settled
        (0, 2, 2, 2),  # the log ends before its last record
        (0, 1, None, 3),  # a local topic lost its first record
    ])  # fmt: skip
    def test_the_tiers_leave_a_hole(self, tiers):
        story = sent()
        story.truth(THREE)
        story.tiers(*tiers)
        assert rules(story) == {"both tiers cover everything"}


def test_the_report_shows_the_piece_that_tells_the_story():
    story = sent()
    for number in range(2, 200):
        story.send("p.1", {number: number + 1})
    story.event("run", "fault", kind="broker-kill")
    story.invoke("q.1", 1)
    kept = {offset: ("p.1", offset - 1) for offset in range(3, 201)}
    story.truth({0: ("p.1", 0), 1: ("p.1", 1), **kept})
    violations = checking.check(story.events)
    text = checking.report(story.events, violations)
    lines = text.splitlines()
    assert lines[0] == "VIOLATED: acknowledged records are there (1 times)"
    assert "q.1|0|| was acknowledged at t-0@2: nothing lies there" in lines[1]
    assert [line.split()[1:4] for line in lines[2:]] == [
        ["q.1", "send", "invoke"], ["q.1", "send", "ok"],
    ]  # fmt: skip


def test_a_killed_process_leaves_all_that_it_had_written(tmp_path):
    program = (
        "import os, sys, signal; from history.recording import Recorder\n"
        "recorder = Recorder(sys.argv[1], 'p.1')\n"
        "for n in range(1000): recorder.invoke('send', n=n)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    finished = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=INTEROP)
    assert finished.returncode == -9
    events = recording.read(tmp_path)
    assert [event["n"] for event in events] == list(range(1000))
    with open(tmp_path / "p.1.history", "ab") as torn:
        torn.write(json.dumps(events[0]).encode()[:20])
    assert recording.read(tmp_path) == events


def test_histories_of_several_processes_are_one_in_time(tmp_path):
    one, two = recording.Recorder(tmp_path, "a.1"), recording.Recorder(tmp_path, "b.1")
    for recorder in (two, one, two):
        recorder.write("x")
    assert [event["who"] for event in recording.read(tmp_path)] == ["b.1", "a.1", "b.1"]


def test_messages_tell_who_wrote_them_and_digests_notice_every_change():
    tag = Tag("p.1", 7, "t", "from/0/1")
    one = message(tag, "t", 0, random.Random(3))
    assert Tag.parse(tag_text(one.value)) == tag
    assert tag_text(b"something else") is None and tag_text(None) is None
    same = (5, b"k", b"v", (("a", b"1"),))
    changed = [
        (6, *same[1:]), (5, None, *same[2:]), (5, b"kv", b"", same[3]), (5, b"k", None, same[3]),
        (*same[:3], (("a", None),)), (*same[:3], ()), (*same[:3], (("", b"a1"),)),
    ]  # fmt: skip
    assert len({digest(*fields) for fields in [same, *changed]}) == 8


def test_a_seed_repeats_its_faults():
    faults = schedule(5, 600, store=True)
    assert faults == schedule(5, 600, store=True) != schedule(6, 600, store=True)
    assert len(faults) > 200 and len({fault.kind for fault in faults}) == 10
    assert not {fault.kind for fault in schedule(5, 600)} & STORE.keys()
