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
        }
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
        counts = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        return f"{counts}; {', '.join(self.phases)}"
