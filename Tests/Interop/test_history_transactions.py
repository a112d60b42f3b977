"""The rules about transactions and copies catch what they are for, and nothing else."""

import pytest

from history.checking import broken_rules as rules
from history.story import THREE, Story, sent


class TestTransactions:
    """Writer x.1 sends records 0 and 1 to two partitions in the transaction x.1/1."""

    PAIR = {0: ("x.1", 0, "x.1/1"), 1: ("q.1", 0)}
    OTHER = {0: ("x.1", 1, "x.1/1")}

    def begun(self):
        story = Story()
        story.init("x.1")
        story.begin("x.1", "x.1/1")
        story.send("x.1", {0: 0}, txn="x.1/1")
        story.send("x.1", {1: 0}, place=("t", 1), txn="x.1/1")
        story.send("q.1", {0: 1})
        return story

    def truths(self, story, first=True, second=True):
        story.truth(self.PAIR if first else {1: ("q.1", 0)})
        story.truth(self.OTHER if second else {}, place=("t", 1))

    @pytest.mark.parametrize("phase", ["ok", "unknown", None])
    def test_a_good_commit(self, phase):
        story = self.begun()
        story.read("r.1", self.PAIR, isolation="read_uncommitted")
        story.end("x.1", "x.1/1", phase=phase)
        story.read("r.1", self.PAIR)
        self.truths(story)
        assert rules(story) == set()

    @pytest.mark.parametrize("phase", ["ok", "unknown", None])
    def test_a_good_abort(self, phase):
        story = self.begun()
        story.read("r.1", self.PAIR, isolation="read_uncommitted")
        story.end("x.1", "x.1/1", "abort", phase)
        self.truths(story, False, False)
        assert rules(story) == set()

    @pytest.mark.parametrize("phase", ["unknown", None])
    def test_a_commit_without_an_answer_may_have_failed(self, phase):
        story = self.begun()
        story.end("x.1", "x.1/1", phase=phase)
        self.truths(story, False, False)
        assert rules(story) == set()

    @pytest.mark.parametrize("phase", ["ok", "unknown", None])
    def test_half_of_a_transaction_is_there(self, phase):
        story = self.begun()
        story.end("x.1", "x.1/1", phase=phase)
        self.truths(story, True, False)
        expected = {"transactions are whole"}
        if phase == "ok":
            expected.add("answers of committed records hold")
        assert rules(story) == expected

    def test_a_committed_transaction_is_not_there(self):
        story = self.begun()
        story.end("x.1", "x.1/1")
        self.truths(story, False, False)
        assert rules(story) == {"transactions are whole", "answers of committed records hold"}

    def test_an_unacknowledged_record_of_a_committed_transaction_is_not_there(self):
        story = self.begun()
        story.invoke("x.1", 2, txn="x.1/1")
        story.end("x.1", "x.1/1")
        self.truths(story)
        assert rules(story) == {"transactions are whole"}

    def test_an_aborted_record_is_seen(self):
        story = self.begun()
        story.end("x.1", "x.1/1", "abort")
        story.read("r.1", self.PAIR)
        self.truths(story, False, False)
        assert rules(story) == {"nothing uncommitted is seen", "nothing vanishes"}

    def test_an_aborted_row_is_in_the_table(self):
        story = self.begun()
        story.end("x.1", "x.1/1", "abort")
        self.truths(story, False, False)
        story.table(self.PAIR, end=10)
        assert rules(story) == {
            "nothing uncommitted is seen", "nothing vanishes", "tables are the log",
        }  # fmt: skip

    def test_an_abandoned_transaction_is_there_in_the_end(self):
        story = self.begun()
        self.truths(story)
        assert rules(story) == {"nothing uncommitted is seen"}

    def test_a_record_is_seen_too_early(self):
        story = self.begun()
        story.read("r.1", self.PAIR)
        story.end("x.1", "x.1/1")
        self.truths(story)
        assert rules(story) == {"nothing uncommitted is seen"}

    def test_a_reader_misses_half_of_a_transaction(self):
        story = self.begun()
        story.end("x.1", "x.1/1")
        story.read("r.1", {1: ("q.1", 0)})
        self.truths(story)
        assert rules(story) == {"nothing is skipped"}

    def test_a_zombie_commits(self):
        story = self.begun()
        story.init("x.2")
        story.end("x.1", "x.1/1")
        self.truths(story)
        assert rules(story) == {"zombies are fenced"}

    def test_a_commit_beside_an_init_is_no_zombies(self):
        story = self.begun()
        story.event("x.2", "init", "invoke", id="x")
        story.event("x.1", "commit", "invoke", txn="x.1/1")
        story.event("x.2", "init", "ok", id="x")
        story.event("x.1", "commit", "ok", txn="x.1/1")
        self.truths(story)
        assert rules(story) == set()

    def test_a_producer_is_fenced_for_nothing(self):
        story = self.begun()
        story.init("y.1", "y")
        story.fenced("x.1")
        self.truths(story, False, False)
        assert rules(story) == {"fencing has a reason"}

    @pytest.mark.parametrize("answered", [True, False])
    def test_a_producer_is_fenced_by_its_successor(self, answered):
        story = self.begun()
        story.init("x.2", answered=answered)
        story.fenced("x.1")
        self.truths(story, False, False)
        assert rules(story) == set()

    def test_a_producer_is_fenced_for_nothing_after_it_took_the_id_back(self):
        story = self.begun()
        story.init("x.2")
        story.init("x.1")
        story.fenced("x.1", timeout=100)
        self.truths(story, False, False)
        assert rules(story) == {"fencing has a reason"}

    def test_the_stable_end_passes_an_open_transaction(self):
        story = self.begun()
        story.ends("r.1", 0, 1, isolation="read_committed")
        story.end("x.1", "x.1/1")
        self.truths(story)
        assert rules(story) == {"the stable end waits"}

    def test_the_stable_end_waits_for_an_open_transaction(self):
        story = self.begun()
        story.ends("r.1", 0, 0, isolation="read_committed")
        story.ends("r.2", 0, 2)
        story.event("x.1", "commit", "invoke", txn="x.1/1")
        story.ends("r.1", 0, 2, isolation="read_committed")
        story.event("x.1", "commit", "ok", txn="x.1/1")
        self.truths(story)
        assert rules(story) == set()

    def test_the_stable_end_goes_back(self):
        story = self.begun()
        story.end("x.1", "x.1/1")
        story.ends("r.1", 0, 2, isolation="read_committed")
        story.ends("r.1", 0, 1, isolation="read_committed")
        self.truths(story)
        assert rules(story) == {"ends go forward"}

    @pytest.mark.parametrize("fault, expected", [
        (None, {"errors have a reason"}),
        ({"kind": "client-kill", "of": "y.1"}, {"errors have a reason"}),
        ({"kind": "client-pause", "of": "x.1"}, set()), ({"kind": "broker-kill"}, set()),
    ])  # fmt: skip
    def test_an_abort_is_refused(self, fault, expected):
        story = self.begun()
        if fault:
            story.event("run", "fault", **fault)
        story.event("x.1", "abort", "invoke", txn="x.1/1")
        story.event("x.1", "abort", "unknown", txn="x.1/1", error="INVALID_TXN_STATE")
        self.truths(story, False, False)
        assert rules(story) == expected

    @pytest.mark.parametrize("error, is_disturbed, expected", [
        ("OUT_OF_ORDER_SEQUENCE_NUMBER", False, {"errors have a reason"}),
        ("OUT_OF_ORDER_SEQUENCE_NUMBER", True, set()),
        ("InvalidProducerIdMappingError()", True, {"errors have a reason"}),
    ])  # fmt: skip
    def test_a_record_is_refused(self, error, is_disturbed, expected):
        story = self.begun()
        if is_disturbed:
            story.event("run", "fault", kind="broker-kill")
        story.event("x.1", "send", "unknown", errors=[[0, error]], expected=True)
        story.end("x.1", "x.1/1", "abort")
        self.truths(story, False, False)
        assert rules(story) == expected

    @pytest.mark.parametrize("what", ["broken", "abortable"])
    def test_a_producer_breaks(self, what):
        story = self.begun()
        story.event("x.1", what, txn="x.1/1", error="InvalidTxnStateError()")
        self.truths(story, False, False)
        assert rules(story) == {"errors have a reason"}

    def test_a_producer_is_fenced_because_it_was_slow(self):
        story = self.begun()
        story.now += 100
        story.fenced("x.1")
        self.truths(story, False, False)
        assert rules(story) == set()


class TestCopies:
    """Writer c.1 copies p.1's records, one transaction each."""

    INPUT = {0: ("p.1", 0), 1: ("p.1", 1)}
    OUT = ("copies", 0)

    def copied(self, *copies, stands=2):
        """Makes the copies [(input offset, digest)] in this order."""
        story = Story()
        story.send("p.1", {0: 0, 1: 1})
        truth = {}
        for number, (offset, digest) in enumerate(copies):
            name, source = f"c.1/{number}", f"t/0/{offset}/{digest}"
            story.begin("c.1", name)
            story.send("c.1", {number: number}, place=self.OUT, txn=name, source=source)
            story.end("c.1", name)
            truth[number] = ("c.1", number, name, source)
        story.truth(self.INPUT)
        story.truth(truth, place=self.OUT)
        story.event("run", "copied", output="copies", place=("t", 0), offset=stands)
        return story

    def test_a_good_copy(self):
        assert rules(self.copied((0, 0), (1, 1))) == set()

    @pytest.mark.parametrize("copies", [
        [(0, 0)],  # one is missing
        [],
        [(0, 0), (1, 1), (0, 0)],  # one comes twice
        [(1, 1), (0, 0)],  # in another order
        [(0, 0), (1, 9)],  # of something else
        [(0, 0), (1, 1), (5, 5)],  # of nothing
    ])  # fmt: skip
    def test_a_bad_copy(self, copies):
        assert rules(self.copied(*copies)) == {"copies are the input"}

    def test_copies_in_another_topic_are_others(self):
        story = self.copied((0, 0), (1, 1))
        other, name = ("others", 0), "d.1/0"
        story.begin("d.1", name)
        story.send("d.1", {0: 0}, place=other, txn=name, source="t/0/0/0")
        story.end("d.1", name)
        story.truth({0: ("d.1", 0, name, "t/0/0/0")}, place=other)
        story.event("run", "copied", output="others", place=("t", 0), offset=1)
        assert rules(story) == set()
        story.event("run", "copied", output="others", place=("t", 0), offset=2)
        assert rules(story) == {"copies are the input"}

    def offsets(self, how, phase, *found):
        """c.1 sends offset 2 with a transaction that ends so; then somebody is told these."""
        story = sent()
        story.assign("c.1", 1)
        story.poll("c.1", {0: ("p.1", 0), 1: ("p.1", 1)}, session=1)
        story.begin("c.1", "c.1/1")
        story.send_offsets("c.1", "c.1/1", 2)
        if how is not None:
            story.end("c.1", "c.1/1", how, phase)
        for offset in found:
            story.committed("run", offset)
        story.truth(THREE)
        return story

    @pytest.mark.parametrize("how, phase, found", [
        ("commit", "ok", 2), ("commit", "unknown", 2), ("commit", None, None),
        ("commit", None, 2), ("abort", "ok", None), (None, None, None),
    ])  # fmt: skip
    def test_offsets_go_with_their_transaction(self, how, phase, found):
        assert rules(self.offsets(how, phase, found)) == set()

    @pytest.mark.parametrize("how, phase, found", [
        ("commit", "ok", None), ("abort", "ok", 2), (None, None, 2),
    ])  # fmt: skip
    def test_offsets_do_not_go_with_their_transaction(self, how, phase, found):
        assert rules(self.offsets(how, phase, found)) == {"committed offsets are found"}

    def test_a_commit_that_was_refused_moves_the_offsets(self):
        story = self.offsets("commit", "unknown")
        story.end("c.1", "c.1/1", "abort")
        story.committed("run", 2)
        assert rules(story) == {"committed offsets are found"}

    def test_a_copier_begins_before_what_was_committed(self):
        story = self.offsets("commit", "ok")
        story.assign("c.2", 1)
        story.poll("c.2", {1: ("p.1", 1)}, session=1)
        assert rules(story) == {"members go on where it was committed"}

    def test_an_answer_tells_of_what_was_asked_for(self):
        story = self.offsets("commit", "ok")
        places = [("t", 1)]
        story.event("run", "committed", "invoke", group="g", places=places)
        story.event("run", "committed", "ok", group="g", offsets=[])
        assert rules(story) == set()

    def test_the_offsets_were_not_committed_with_the_copies(self):
        assert rules(self.copied((0, 0), (1, 1), stands=1)) == {"copies are the input"}
