"""What must hold of the tables: they are the log, offset by offset, and all of it in the end."""

from .model import Violation
from .rules_log import place_text


def tables_are_the_log(model):
    """A window of a table holds each record of the log up to its last row, once and in order."""
    for window in model.windows:
        truth, start = model.truth.get(window.place, {}), model.log_start(window.place)
        # Rows of deleted records stay until their file goes.
        offsets = [offset for offset, _ in window.rows if offset >= start]
        if window.end is None:
            last = max(truth, default=-1)
        else:
            last = max(offsets[-1] if offsets else window.first - 1, start - 1)
        wanted = sorted(offset for offset in truth if window.first <= offset <= last)
        if offsets == wanted:
            continue
        twice = {one for one, following in zip(offsets, offsets[1:]) if one == following}
        differing = twice or set(offsets) ^ set(wanted)
        some = sorted(differing)[:3]
        yield Violation(
            "tables are the log",
            f"{window.who}: the table has {len(offsets)} rows of {place_text(window.place)} "
            f"from @{window.first} to @{last}, the log {len(wanted)}; they differ at {some}",
            offsets=frozenset((window.place, offset) for offset in some),
        )


def both_tiers_cover_everything(model):
    """In the end all has settled, and local files begin before the lake ends."""
    for place, tiers in model.tiers.items():
        start, local, end = tiers["log_start"], tiers["local_start"], tiers["log_end"]
        settled = tiers["settled"]  # the last settled offset, None for a topic that stays local
        top = max(model.truth.get(place, {}), default=-1)
        deletions = model.deletions.get(place, ())
        lowest = max((at for at, _, done in deletions if done), default=0)
        fine = lowest <= start <= max((at for at, _, _ in deletions), default=0)
        if settled is None:
            fine = fine and local == start
        else:
            fine = fine and settled >= top and local <= settled + 1
        if not fine or end <= top:
            yield Violation(
                "both tiers cover everything",
                f"{place_text(place)}: log {start}..{end}, settled to {settled}, local from "
                f"{local}, last record @{top}",
                offsets=frozenset({(place, top)}),
            )


ALL = [tables_are_the_log, both_tiers_cover_everything]
