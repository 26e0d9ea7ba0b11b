"""A message for a terminal: the answer, a line per hop, findings and notes, in colours and fitted to the width.

Where a line per hop does not fit, each hop is folded to a few lines. Host names are shortened in the middle and never
broken over two lines: other formats and ``hopscope explain`` have them in full.

The module is over 300 lines because the two forms of a hop, one line or several, share widths and cells.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.message import wording
from hopscope.renderers.message.delivery import outcomes
from hopscope.renderers.message.hop_table import HEADINGS, Emphasis, HopTable, Row, short_hop_table, short_names
from hopscope.renderers.message.summary import Summary, summary
from hopscope.renderers.text import layout, terminal
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

__all__ = ["document", "message"]

_WITH_SHORTENED_HOSTS = 100
"""Minimum width of the terminal at which hosts are shortened to keep a hop on one line."""
_WITH_LONG_BAR = 120
_WITH_DETAILS = 160
"""Minimum width of the terminal for the columns with details."""
_BAR, _LONG_BAR, _SHORT_BAR = 12, 20, 8
_LEAST_HOST = 12
"""Minimum columns of a shortened host."""
_GLYPHS = layout.Glyphs(parts="▏▎▍▌▋▊▉█", negative="◂")
_HOSTS = ("server", "sender")
_COLUMNS = ("number", "time", "delay", "timeline", "service", *_HOSTS, "tls")
_DETAILS = ("cipher", "build", "protocol", "id")
"""The columns with details, the most important first."""
_CARD = ("number", "time", "delay", "timeline", "service")
"""The columns of the first line of a folded hop, as far as they fit."""
_RIGHT = frozenset({0, 2})
"""Columns that are aligned to the right: number and delay."""
_WORTH_A_LINE = 0.1
"""Minimum share of the total delay for a line on the holder, unless the delay is highlighted."""
_SLOW = {Emphasis.UNUSUAL: "bold red", Emphasis.LONGEST: "bold yellow"}
_DELAY_STYLES = _SLOW | {Emphasis.NEGATIVE: "red", Emphasis.ZERO: "dim", Emphasis.ORDINARY: ""}


def message(analysis: Analysis, style: Style, _number: int) -> str:
    """Summary, table, findings and notes."""
    return terminal.printed(_parts(analysis, style), style)


def document(messages: Iterable[str]) -> Iterator[str]:
    """The messages, with an empty line between two."""
    return layout.separated(messages)


def _parts(analysis: Analysis, style: Style) -> Iterator["RenderableType"]:
    columns = max(style.width, terminal.LEAST_WIDTH)
    facts = summary(analysis, style.tz)
    table = short_hop_table(analysis, style.tz, facts.day)
    yield from _outcomes(analysis, style.tz)
    yield from _summary(analysis, facts, table, columns)
    if analysis.route.hops and style.timeline:
        from hopscope.renderers.message.timeline import text as timeline_text

        yield terminal.text("")
        names = short_names(analysis).name
        drawn = timeline_text.lines(analysis, timeline_text.UNICODE, width=style.width, tz=style.tz, names=names)
        yield from (terminal.text("").append_tokens(line) for line in drawn)
    if analysis.route.hops:
        yield terminal.text("")
        yield from _hops(table, columns)
    yield from _tracking(analysis, style, columns)
    findings, hidden = wording.worst_findings(analysis, with_defects=style.defects)
    if findings:
        yield terminal.text("")
    for finding in findings:
        yield from terminal.finding(finding, columns)
    if hidden:
        yield terminal.text(hidden, "dim")
    if notes := wording.notes(analysis, with_defects=style.defects):
        yield terminal.text("")
    yield from (terminal.note(note) for note in notes)


def _tracking(analysis: Analysis, style: Style, columns: int) -> Iterator["RenderableType"]:
    """The events of the tracking logs, with the numbers of their hops."""
    if analysis.tracking is None:
        return
    from hopscope.renderers.message import tracking
    from hopscope.renderers.tracking import table as events

    names = short_names(analysis).name
    yield terminal.text("")
    yield terminal.text(tracking.heading(analysis), "bold")
    yield from events.events(tracking.rows(analysis, names, style.tz), columns, style.tz)
    for line in tracking.lines(analysis, names, style.tz):
        yield from terminal.paragraph(terminal.text("  "), line, columns)


def _outcomes(analysis: Analysis, tz: tzinfo | None) -> Iterator["RenderableType"]:
    """What a report says of the delivery, which is the answer, so it comes first."""
    is_report = False
    for headline, facts in outcomes(analysis, tz):
        yield terminal.text(headline, "bold red")
        yield from (terminal.fact(name, value) for name, value in facts)
        is_report = True
    if is_report:
        yield terminal.text("")


def _summary(analysis: Analysis, facts: Summary, table: HopTable, columns: int) -> Iterator["Text"]:
    """Subject and generations, people and day, the answer, the scenario, source and Message-ID."""
    route = analysis.route
    subject = wording.subject(route)
    if subject or not route.delivery_status:
        yield from _sides(
            subject or "(no subject)", wording.generations(analysis), columns, "bold" if subject else "dim"
        )
    day = facts.day.isoformat() if facts.day else ""
    people = ", ".join(filter(None, (facts.people, day)))
    yield from _sides(people, facts.authentication, columns)
    if facts.antispam:
        yield terminal.text(facts.antispam, "dim")
    yield terminal.text(table.answer, "bold")
    domain = f"servers in {table.domains}" if table.domains else ""
    scenarios = wording.scenarios(analysis)
    yield from _sides(f"scenario {scenarios}" if scenarios.startswith("unknown") else scenarios, domain, columns)
    source = route.source if route.source != "-" else ""
    yield from _sides(source, route.message_id or "", columns, "dim")


def _sides(left: str, right: str, columns: int, style: str = "") -> Iterator["Text"]:
    """A text and another one at the right end of its line, or else on a line of its own."""
    first, second = terminal.text(left, style), terminal.text(right, "dim")
    blanks = min(columns, _WITH_LONG_BAR) - first.cell_len - second.cell_len
    if left and right and blanks >= layout.GAP:
        yield terminal.unbroken(terminal.text("").append_text(first).append(" " * blanks).append_text(second))
        return
    yield from (line for line in (first, second) if line.plain)


class _Layout(msgspec.Struct, frozen=True):
    """The columns of a table and their widths."""

    names: tuple[str, ...]
    widths: tuple[int, ...]

    @property
    def total(self) -> int:
        """The width of a line."""
        return sum(self.widths) + layout.GAP * (len(self.widths) - 1)

    def start(self, name: str) -> int:
        """Where a column starts."""
        index = self.names.index(name)
        return sum(self.widths[:index]) + layout.GAP * index


def _hops(table: HopTable, columns: int) -> Iterator["Text"]:
    """A line per hop if that fits, otherwise a few, each with the lines on trust before it and its holder below."""
    headings = HEADINGS | {"time": f"Time {table.zone}".rstrip()}
    cells = [_cells(row, compact=False) for row in table.rows]
    arranged = _one_line(cells, headings, columns)
    if arranged is None and columns >= _WITH_SHORTENED_HOSTS:
        cells = [_cells(row, compact=True) for row in table.rows]
        arranged = _one_line(cells, headings, columns) or _with_shortened_hosts(cells, headings, columns)
    is_folded = arranged is None
    shown = arranged or _card(cells, headings, columns)
    bar = shown.widths[shown.names.index("timeline")] if "timeline" in shown.names else 0
    yield _line([terminal.text(headings[name], "bold") for name in shown.names], shown)
    for row, values in zip(table.rows, cells, strict=True):
        if row.border:
            yield from _border(row.border, shown, columns)
        values["timeline"] = _bar(row, bar)
        yield _line([values[name] for name in shown.names], shown)
        if is_folded:
            yield from _below(row, values, shown, columns)
        if row.held_by and (row.emphasis in _SLOW or (row.share and row.share.length >= _WORTH_A_LINE)):
            yield from _holder(row, shown, columns)


_Cells = dict[str, "Text"]


def _cells(row: Row, *, compact: bool) -> _Cells:
    """The values of a row in their styles; a compact one has only the percentage of an inferred service."""
    default = "" if row.hop else "dim"
    styles = {"delay": _DELAY_STYLES[row.emphasis], "service": _color(row), "tls": _TLS_STYLES.get(row.tls, default)}
    texts = {name: getattr(row, name) for name in (*_COLUMNS, *_DETAILS) if name != "timeline"}
    cells = {name: terminal.text(value, styles.get(name, default)) for name, value in texts.items()}
    if compact:
        service = row.service if row.hop else row.service.partition(" (no header")[0]
        cells["service"] = terminal.text(layout.cut(visible(service), _LONGEST_SERVICE), styles["service"])
        cells["sender"] = cells["sender"] if row.hop else terminal.text("(no header)", "dim")
    if row.inferred:
        cells["service"].append(f" {row.inferred.removeprefix('inferred ' if compact else '')}", "dim")
    return cells


_TLS_STYLES = {wording.NOT_APPLICABLE: "dim", wording.UNKNOWN: "dim"}
_LONGEST_SERVICE = len("Online mailbox delivery")


def _color(row: Row) -> str:
    """The colour of a service of Exchange."""
    return layout.COLORS.get(row.hop.label.service, "") if row.hop else "dim"


def _bar(row: Row, columns: int) -> "Text":
    """The bar, in the colour of the service that held the message."""
    color = layout.COLORS.get(row.holder, "") if row.holder else "dim"
    is_negative = row.share is not None and row.share.negative
    return terminal.text(layout.bar(row.share, columns, _GLYPHS), "red" if is_negative else color)


def _widths(cells: Sequence[_Cells], headings: dict[str, str], names: Iterable[str]) -> dict[str, int]:
    """The width of each column: that of its widest value."""
    return {
        name: max(len(headings[name]), *(values[name].cell_len for values in cells)) if name != "timeline" else _BAR
        for name in names
    }


def _one_line(cells: Sequence[_Cells], headings: dict[str, str], columns: int) -> _Layout | None:
    """The columns with no value shortened, with as many details as fit; ``None`` if even the first do not fit."""
    widths = _widths(cells, headings, _COLUMNS)
    total = sum(widths.values()) + layout.GAP * (len(widths) - 1)
    if total > columns:
        widths["timeline"] -= min(_BAR - _SHORT_BAR, total - columns)
        total -= min(_BAR - _SHORT_BAR, total - columns)
    if total > columns:
        return None
    for name, width in _widths(cells, headings, _DETAILS).items() if columns >= _WITH_DETAILS else ():
        if total + layout.GAP + width <= columns:
            widths[name] = width
            total += layout.GAP + width
    if columns >= _WITH_LONG_BAR:
        widths["timeline"] += max(0, min(_LONG_BAR - _BAR, columns - total))
    names = tuple(name for name in HEADINGS if name in widths)
    return _Layout(names, tuple(widths[name] for name in names))


def _with_shortened_hosts(cells: Sequence[_Cells], headings: dict[str, str], columns: int) -> _Layout | None:
    """The columns with hosts shortened as far as necessary; ``None`` if that is too far, or two would look the same."""
    from rich.cells import cell_len

    widths = _widths(cells, headings, _COLUMNS) | {"timeline": _SHORT_BAR}
    server, sender = (widths[name] for name in _HOSTS)
    available = columns - (sum(widths.values()) - server - sender) - layout.GAP * (len(widths) - 1)
    if available < min(server, _LEAST_HOST) + min(sender, _LEAST_HOST):
        return None
    half = available // 2
    server = min(server, max(half, available - sender))
    widths |= {"server": server, "sender": min(sender, available - server)}
    hosts = {values[name].plain for values in cells for name in _HOSTS}
    short = {name: layout.shortened_apart(hosts, widths[name], cell_len) for name in _HOSTS}
    if any(len(set(names.values())) < len(hosts) for names in short.values()):
        return None
    for values in cells:
        for name in _HOSTS:
            values[name] = terminal.text(short[name][values[name].plain], str(values[name].style))
    return _Layout(tuple(widths), tuple(widths.values()))


def _card(cells: Sequence[_Cells], headings: dict[str, str], columns: int) -> _Layout:
    """The columns of the first line of a folded hop: those that fit side by side, number and time at least."""
    widths = _widths(cells, headings, _CARD) | {"timeline": _BAR if columns >= _NARROW else _SHORT_BAR}
    names = list(_CARD)
    while len(names) > len(("number", "time")):
        if sum(widths[name] + layout.GAP for name in names) - layout.GAP <= columns:
            break
        names.pop()
    return _Layout(tuple(names), tuple(widths[name] for name in names))


_NARROW = 80


def _line(cells: Sequence["Text"], shown: _Layout) -> "Text":
    return terminal.line(cells, shown.widths, _RIGHT)


def _border(border: str, shown: _Layout, columns: int) -> Iterator["Text"]:
    """A line on trust across the table; a longer one is wrapped."""
    from rich.cells import cell_len

    indent = " " * (shown.widths[0] + layout.GAP)
    lines = list(terminal.paragraph(terminal.text(f"{indent}── ", "dim"), border, columns, "dim", shorten=True))
    end = max(shown.total, min(columns, _WITH_SHORTENED_HOSTS)) - cell_len(lines[-1].plain) - 1
    if end > 0:
        lines[-1].append(f" {'─' * end}", "dim")
    yield from lines


def _below(row: Row, values: _Cells, shown: _Layout, columns: int) -> Iterator["Text"]:
    """The facts of a folded hop that its first line does not have, as many per line as fit."""
    server, sender = row.server, row.sender
    host = f"{sender} → {server}" if sender else f"→ {server}"
    parts = [
        *([f"{HEADINGS['delay'].lower()} {row.delay}"] if "delay" not in shown.names and row.delay else ()),
        *([values["service"].plain] if "service" not in shown.names else ()),
        *([host] if (sender, server) != ("", wording.UNKNOWN) else ()),
        *([_CARD_TLS.get(row.tls, f"TLS {row.tls}")] if row.tls else ()),
    ]
    indent = terminal.text(" " * (shown.widths[0] + layout.GAP))
    available = columns - indent.cell_len
    lines: list[str] = []
    for part in filter(None, parts):
        joined = f"{lines[-1]} · {part}" if lines else part
        if lines and (layout.width(visible(joined)) <= available or layout.width(visible(lines[-1])) > available):
            lines[-1] = joined
        else:
            lines.append(part)
    for line in lines:
        yield from terminal.paragraph(indent, line, columns, "" if row.hop else "dim", shorten=True)


_CARD_TLS = {"none": "without TLS", "yes": "TLS", wording.NOT_APPLICABLE: "", wording.UNKNOWN: ""}


def _holder(row: Row, shown: _Layout, columns: int) -> Iterator["Text"]:
    """The line on who held the message, below its bar."""
    style = _SLOW.get(row.emphasis, "dim")
    held = wording.held(row.held_by)
    start = shown.widths[0] + layout.GAP
    if "tls" in shown.names and shown.start("timeline") + layout.width(visible(held)) <= columns:
        start = shown.start("timeline")
    yield from terminal.paragraph(terminal.text(" " * start), held, columns, style, shorten=True)
