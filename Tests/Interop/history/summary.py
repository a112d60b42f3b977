"""What a run has shown, so that one in which nothing happened does not pass."""

from .model import Model


class Summary:
    """Counts of a history."""

    def __init__(self, events):
        model = Model(events)
        self.counts = {
            "records sent": len(model.sent),
            "acknowledged": sum(sent.offset is not None for sent in model.sent.values()),
            "records polled": sum(len(session.offsets) for session in model.sessions),
            "sessions": len(model.sessions),
            "rows read": sum(len(window.rows) for window in model.windows),
            "offsets committed": sum(
                commit.answered is not None for group in model.commits.values() for commit in group
            ),
            "partitions deleted locally": sum(
                tiers["local_start"] > 0 for tiers in model.tiers.values()
            ),
            "kills of the broker": sum(
                event["what"] == "fault" and event["kind"].startswith("broker-kill")
                for event in events
            ),
            "faults": sum(event["what"] == "fault" for event in events),
            "transactions committed": sum(bool(t.committed) for t in model.transactions.values()),
            "aborted": sum(bool(t.aborted) for t in model.transactions.values()),
            "producers fenced": len(model.fenced),
            "ids taken over": len(model.inits),
            "records copied": sum(
                bool(model.sent[key].source)
                for truth in model.keys_in_truth.values() for key in truth if key in model.sent
            ),
        }
        # What need not happen.
        self.more = {
            "transactions without an answer": sum(
                not (t.committed or t.aborted) for t in model.transactions.values()
            ),
            "to be aborted, said the client": sum(e["what"] == "abortable" for e in events),
            "clients given up": len(model.gave_up),
            "deletions": sum(
                done is not None for rows in model.deletions.values() for _, _, done in rows
            ),
        }  # fmt: skip
        began = events[0]["at"]
        self.phases = [
            f"{event['name']} {(event['at'] - began) / 1e9:.1f} s" for event in events
            if event["what"] == "phase"
        ]  # fmt: skip

    @property
    def missing(self):
        """What never happened."""
        return [name for name, count in self.counts.items() if count == 0]

    def __str__(self):
        counts = ", ".join(f"{count} {name}" for name, count in (self.counts | self.more).items())
        return f"{counts}; {', '.join(self.phases)}"
