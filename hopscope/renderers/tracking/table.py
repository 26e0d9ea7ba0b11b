"""The events of tracking logs for a terminal: a line per event, fitted to the width."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hopscope.analysis.tracking.trail import Trail
from hopscope.renderers import Style
from hopscope.renderers.text import layout, terminal
from hopscope.renderers.text.escape import visible
from hopscope.renderers.tracking import plain, wording
from hopscope.renderers.tracking.wording import MessageList, Row

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

__all__ = ["events", "messages", "trail"]

_LEAST_DETAILS = 30
"""Columns for details on the line of an event; with fewer, they are below it."""
_LEAST_SERVER = 10


def trail(trail: Trail, style: Style) -> str:
    """The answer, the outcome by recipient, the events, and the clocks."""
    return terminal.printed(_parts(trail, style), style)


def _parts(trail: Trail, style: Style) -> Iterator["RenderableType"]:
    columns = max(style.width, terminal.LEAST_WIDTH)
    names = wording.short_names(trail.servers)
    if trail.subject:
        yield terminal.text(trail.subject, "bold")
    yield from terminal.paragraph(terminal.text(""), wording.answer(trail, style.tz, names), columns, "bold")
    for line in wording.outcomes(trail.outcomes, trail.ordered, names, style.tz):
        yield from terminal.paragraph(terminal.text(""), line, columns)
    for name in filter(None, (trail.message_id, *trail.network_message_ids[:1])):
        yield terminal.text(name, "dim")
    yield terminal.text("")
    yield from events(wording.rows(trail.ordered.events, names, style.tz), columns, style.tz)
    if notes := list(wording.clocks(trail.ordered, names)):
        yield terminal.text("")
        yield from map(terminal.note, notes)


def events(rows: Sequence[Row], columns: int, tz: tzinfo | None) -> Iterator["Text"]:
    """The rows of events; without the services if that leaves room for the details, or else without the sources."""
    headings = ("#", *wording.headings(tz))
    cells = [(row.hop, *row.cells) for row in rows if not row.is_summary]
    chosen = list(range(0 if any(row.hop for row in rows) else 1, _DETAILS))
    widths = _widths(headings, cells)
    if not _has_room(widths, chosen, columns):
        chosen.remove(_SERVICE)
    if _excess(widths, chosen, columns) > 0:
        rows = [replace(row, event=row.event if row.is_summary else row.event.rpartition(" ")[2]) for row in rows]
        widths = _widths(headings, [(row.hop, *row.cells) for row in rows if not row.is_summary])
    if (excess := _excess(widths, chosen, columns)) > 0:
        widths[_SERVER] = max(widths[_SERVER] - excess, _LEAST_SERVER)
        rows = [replace(row, server=layout.shortened(visible(row.server), widths[_SERVER])) for row in rows]
    is_beside, taken = _has_room(widths, chosen, columns), [widths[index] for index in chosen]
    right = {chosen.index(index) for index in (0, 2) if index in chosen}
    titles = [terminal.text(headings[index], "bold") for index in chosen]
    yield terminal.line(titles, taken, right).append("  Details" if is_beside else "", "bold")
    below = sum(taken[: chosen.index(2)]) + layout.GAP * chosen.index(2)
    for row in rows:
        if row.is_summary:
            yield terminal.text(f"{' ' * below}{row.event}", "dim")
            continue
        line = terminal.line(_cells(row, chosen), taken, right)
        if not row.details:
            yield line
        elif is_beside:
            yield from terminal.paragraph(line.append(" " * layout.GAP), row.details, columns, "dim", shorten=True)
        else:
            yield line
            yield from terminal.paragraph(terminal.text(" " * below), row.details, columns, "dim", shorten=True)


_SERVER, _SERVICE, _EVENT, _DETAILS = 3, 4, 5, 6
"""Columns: number of the hop, time, delay, server, service, event, details."""


def _widths(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column but the details."""
    return [max(layout.width(visible(line[index])) for line in (headings, *cells)) for index in range(_DETAILS)]


def _excess(widths: Sequence[int], chosen: Sequence[int], columns: int) -> int:
    """How much wider than the terminal these columns are."""
    return sum(widths[index] for index in chosen) + layout.GAP * (len(chosen) - 1) - columns


def _has_room(widths: Sequence[int], chosen: Sequence[int], columns: int) -> bool:
    """Whether details fit beside these columns."""
    return sum(widths[index] + layout.GAP for index in chosen) + _LEAST_DETAILS <= columns


def _cells(row: Row, chosen: Sequence[int]) -> list["Text"]:
    styles = {2: "bold yellow" if row.is_slow else "", _EVENT: "yellow" if row.is_deferral else ""}
    return [terminal.text((row.hop, *row.cells)[index], styles.get(index, "")) for index in chosen]


def messages(messages: MessageList, style: Style) -> str:
    """A line per message, the slowest first; Message-ID and subject are cut to the width."""
    return terminal.printed(_list(messages, style), style)


def _list(messages: MessageList, style: Style) -> Iterator["Text"]:
    columns = max(style.width, terminal.LEAST_WIDTH)
    cells = (tuple(map(visible, plain.cells(outline, style.tz))) for outline in messages.messages)
    rows = [(first.partition(".")[0], *others) for first, *others in cells]  # whole seconds
    fixed = [max(layout.width(row[index]) for row in (plain.HEADINGS, *rows)) for index in range(4)]
    ids, subjects = (max(layout.width(row[index]) for row in (plain.HEADINGS, *rows)) for index in (4, 5))
    available = columns - sum(fixed) - layout.GAP * 5
    wide = min(ids, max(available - subjects, available // 2))
    widths = [*fixed, wide, min(subjects, available - wide)]
    if available < 2 * _LEAST_TEXT:  # without the subject
        widths = [*fixed, max(min(ids, available + layout.GAP), _LEAST_TEXT)]
    yield terminal.line([terminal.text(name, "bold") for name in plain.HEADINGS[: len(widths)]], widths, {1, 2})
    for row in rows:
        shown = [*row[:4], layout.shortened(row[4], widths[4]), *(layout.cut(row[5], width) for width in widths[5:])]
        yield terminal.line([terminal.text(cell) for cell in shown], widths, {1, 2})
    if text := plain.more(messages).strip():
        yield terminal.text(text, "dim")


_LEAST_TEXT = 12
