"""What tracking logs say about a message with a header, in rows and lines that the formats lay out."""

from collections import Counter
from collections.abc import Iterator
from datetime import tzinfo

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.tracking.ordering import with_delays
from hopscope.renderers.message.wording import NO_HOP, Names
from hopscope.renderers.text.rounded import counted
from hopscope.renderers.tracking import wording
from hopscope.renderers.tracking.wording import Row

__all__ = ["heading", "lines", "meanings", "rows"]

_MOST_ROWS = 20
_MINOR = frozenset({"AGENTINFO", "PROCESS"})
"""Events that say nothing of the path."""


def heading(analysis: Analysis) -> str:
    """``Tracking log: 8 events on 2 servers (not shown: 1 AGENTINFO)``; empty without an event."""
    if analysis.tracking is None:
        return ""
    events = analysis.tracking.ordered.events
    servers = {event.server for event in events if event.server}
    where = f" on {counted(len(servers), 'server')}" if servers else ""
    hidden = Counter(event.event.event for event in events if event.event.event in _MINOR)
    not_shown = f" (not shown: {', '.join(f'{number} {name}' for name, number in hidden.items())})" if hidden else ""
    return f"Tracking log: {counted(len(events), 'event')}{where}{not_shown}"


def rows(analysis: Analysis, names: Names, tz: tzinfo | None) -> list[Row]:
    """The events with the numbers of their hops, without those that say nothing of the path."""
    if analysis.tracking is None:
        return []
    placed = [place for place in analysis.tracking.events if place.event.event.event not in _MINOR]
    hops = [str(place.hop) if place.hop else NO_HOP for place in placed]
    events = with_delays([place.event for place in placed])  # not since an event that is not shown
    advice = "hopscope track -f csv lists all"
    return wording.rows(events, names, tz, hops=hops, most=_MOST_ROWS, advice=advice)


def lines(analysis: Analysis, names: Names, tz: tzinfo | None) -> Iterator[str]:
    """The outcome by recipient, and what the transfers show of the clocks."""
    if analysis.tracking is None:
        return
    yield from wording.outcomes(analysis.tracking.outcomes, analysis.tracking.ordered, names, tz)
    yield from wording.clocks(analysis.tracking.ordered, names)


def meanings(analysis: Analysis, tz: tzinfo | None) -> Iterator[str]:
    """A line per event, the first of its kind with what it means: the paragraph of ``hopscope explain``."""
    described: set[str] = set()
    for row in rows(analysis, str, tz):
        if row.is_summary:
            yield row.event
            continue
        where = f"hop {row.hop}" if row.hop != NO_HOP else "no hop"
        known = f" ({row.meaning})" if row.meaning and row.meaning not in described else ""
        described.add(row.meaning)
        details = f": {row.details}" if row.details else ""
        yield f"{row.time} {row.server}, {where}, {row.event}{known}{details}"
