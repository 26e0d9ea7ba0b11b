"""Rows that several files have: a log twice, overlapping exports, or a log and an export of it.

An export may have whole seconds, other columns, and texts in another form, so that what is compared is what all have.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from hopscope.analysis.tracking.events import position_key
from hopscope.model import TrackingEvent

__all__ = ["without_copies"]


def without_copies(events: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """The events without those that another file has as well; of copies, that with the exact time is kept.

    Rows of one file are never copies, and events without a time are all kept.
    """
    rows = list(events)
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.time is not None:
            groups[_content(row, row.time)].append(index)
    copies = {index for group in groups.values() if len(group) > 1 for index in _copies(rows, group)}
    return [row for index, row in enumerate(rows) if index not in copies]


def _content(event: TrackingEvent, time: datetime) -> tuple[object, ...]:
    """What a row of a log and of its exports have in common."""
    names = [name.lower() if name else None for name in (event.client, event.server, event.network_message_id)]
    second = time.replace(microsecond=0)
    return second, *names, event.source, event.event, event.internal_message_id, event.recipients


def _copies(rows: list[TrackingEvent], group: list[int]) -> Iterable[int]:
    """Those of the rows with the same content that are copies of rows of other files."""
    exact: dict[datetime | None, str] = {}
    whole: str | None = None
    for index in sorted(group, key=lambda index: (not _is_exact(rows[index]), rows[index].logged_by is None, index)):
        file = position_key(rows[index])[0]
        if _is_exact(rows[index]):
            is_copy = exact.setdefault(rows[index].time, file) != file
        else:
            whole = whole or file
            is_copy = whole != file or any(other != file for other in exact.values())
        if is_copy:
            yield index


def _is_exact(event: TrackingEvent) -> bool:
    return event.time is not None and event.time.microsecond != 0
