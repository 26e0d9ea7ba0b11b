"""The content of printed statistics, and the parts that all formats share."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import compress

import msgspec

from hopscope.analysis.phrases import duration
from hopscope.renderers.stats.figures import Figures
from hopscope.renderers.stats.names import codes_used
from hopscope.renderers.stats.table import Column, Table, Value
from hopscope.renderers.stats.tables import TABLES
from hopscope.renderers.text import rounded
from hopscope.statistics.clock_offsets import LIMITS, METHOD
from hopscope.statistics.legs import SORT_KEYS
from hopscope.statistics.sketch import ERROR
from hopscope.statistics.summary import MOST, MOST_DAYS, MOST_KINDS, Summary

__all__ = ["NOT_QUICK", "OVERVIEW", "TOP", "Content", "cell", "facts", "iso", "notes", "nothing", "shown"]

OVERVIEW = ("finding", "leg", "slowest", "clock", "status", "scenario", "authentication", "service", "tls", "server")
"""The tables of the overview: what needs attention, then inventories."""
_INVENTORIES = frozenset({"clock", "status", "scenario", "authentication", "service", "tls", "server", "slowest"})
NOT_QUICK = frozenset({"scenario", "finding", "authentication"})
"""The tables that need an analysis."""
_FEW = 5
"""Maximum rows of such a table in the overview, which is to fit two screens."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The summary and the tables to print."""

    summary: Summary
    dump: Summary | None = None
    """The summary before legs and servers were selected, to estimate clock skew from; by default ``summary``."""
    by: tuple[str, ...] = ()
    """The tables; empty for the overview."""
    sort: str = SORT_KEYS[0]
    """The order of legs."""
    top: int | None = None
    """Maximum rows of a table; 0 for all, ``None`` for ``TOP``, and fewer for inventories in the overview."""
    filters: tuple[str, ...] = ()
    """The filters, as sentences."""


TOP = 10
"""Maximum rows of a table, by default."""


def shown(content: Content) -> Iterator[tuple[Table, int]]:
    """The tables to print, and the number of rows left out of each. The overview has no empty tables."""
    figures = Figures(content.summary, content.dump, content.sort)
    domain = figures.names.domain
    for name in content.by or OVERVIEW:
        table = TABLES[name](figures)
        if not content.by and name in _NOTABLE:
            table = _filtered(table, list(map(_NOTABLE[name], table.rows)))
        top = (_FEW if not content.by and name in _INVENTORIES else TOP) if content.top is None else content.top
        hidden = max(len(table.rows) - top, 0) if top else 0
        table = _cut(table, top or None)
        if domain and table.printed and _names_domain(table, domain):
            where = f"in {domain}" if name == "server" else f"servers in {domain}"
            title = table.title
            title = f"{title[:-1]}; {where})" if title.endswith(")") else f"{title} ({where})"
            titled = table.printed._replace(title=title)
            table, domain = table._replace(printed=titled), ""
        if table.rows or content.by:
            yield table, hidden


_NOTABLE: dict[str, Callable[[tuple[Value, ...]], bool]] = {
    "leg": lambda row: row[-2] is not None,
    "clock": lambda row: isinstance(row[2], float) and isinstance(row[3], float) and abs(row[2]) > row[3],
}
"""The rows in the overview: legs with delays, and skewed clocks."""


def _names_domain(table: Table, domain: str) -> bool:
    """Whether a server of a domain is in a table."""
    indexes = [index for index, column in enumerate(table.columns) if column.key in _SERVER_KEYS]
    return any(f".{domain}" in str(row[index]).lower() for row in table.rows for index in indexes)


_SERVER_KEYS = frozenset({"from", "to", "host", "reference", "held_by"})
"""Keys of the columns with servers that have short names."""


def _filtered(table: Table, selected: list[bool]) -> Table:
    """The table with the selected rows only."""
    printed = _filtered(table.printed, selected) if table.printed else None
    return table._replace(rows=list(compress(table.rows, selected)), printed=printed)


def _cut(table: Table, top: int | None) -> Table:
    printed = _cut(table.printed, top) if table.printed else None
    return table._replace(rows=table.rows[:top], printed=printed)


def nothing(content: Content, table: Table) -> str:
    """The text for a table without rows, which differs if it was not computed."""
    missing = table.name in NOT_QUICK and content.summary.messages and not content.summary.analyzed
    return "not analysed (--quick)" if missing else "none"


def facts(summary: Summary) -> list[tuple[str, str]]:
    """The totals of all messages, each with its name."""
    total = summary.total
    times = [f"{name} {rounded.total(total.quantile(share))}" for name, share in _SHARES]
    unread = f"; {rounded.count(summary.unreadable)} could not be read" if summary.unreadable else ""
    undated = f", {rounded.count(summary.undated)} without a date" if summary.undated else ""
    negative = sum(leg.delay.negative for leg in summary.legs.values())
    lines = [
        ("Messages", f"{rounded.count(summary.messages)}{unread}"),
        ("Hops", f"{rounded.count(summary.hops)}{undated}"),
        ("Time", f"{rounded.minute(summary.first)} to {rounded.minute(summary.last)} UTC (last hop)"),
        ("First to last hop", ", ".join((*times, f"max {rounded.total(total.most)}"))),
        ("Negative delays", f"{rounded.count(negative)} of {rounded.count(_delays(summary))} (clock skew)"),
    ]
    return lines if summary.messages else lines[:1]


_SHARES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


def _delays(summary: Summary) -> int:
    return sum(leg.delay.count for leg in summary.legs.values())


def notes(content: Content, tables: Sequence[Table]) -> Iterator[str]:
    """Notes on how to read the numbers: the filters, and what applies to the tables that are shown."""
    summary = content.summary
    yield from content.filters
    if not summary.messages:
        return
    shown_names = {table.name for table in tables}
    keys = {column.key for table in tables for column in table.columns}
    if summary.analyzed < summary.messages and NOT_QUICK & {*(content.by or OVERVIEW)}:
        notice = "Scenarios, findings and authentication not analysed (--quick)"
        yield (
            f"{notice}."
            if not summary.analyzed
            else f"{notice} for {rounded.count(summary.messages - summary.analyzed)}."
        )
    if codes := codes_used(_texts(tables)):
        yield codes
    if summary.grouped:
        yield _grouped(summary)
    if not content.by or "p90_seconds" in keys:
        yield f"p50, p90 and p99 are accurate to {100 * ERROR:.0f} %."
    if "clock" in content.by:
        yield "Skew: how far the clock is ahead of the server in column Against; negative: behind. ±: maximum error."
    if shown_names & {"clock", "corrected"} & {*content.by}:
        yield METHOD
        yield LIMITS
    if "from" in keys or "server" in shown_names:
        yield "Exchange Online hosts share one name. Other systems are grouped by domain, private addresses by network."
    if not content.by:
        yield f"More tables: --by {', '.join(name for name in TABLES if name not in OVERVIEW)}."


def _texts(tables: Sequence[Table]) -> Iterator[str]:
    """The texts in which codes of services are printed."""
    for table in tables:
        printed = table.printed or table
        for row in printed.rows:
            for column, value in zip(printed.columns, row, strict=True):
                if column.key in {"from", "to", "services"} and value:
                    yield from value if isinstance(value, list) else (str(value),)


def _grouped(summary: Summary) -> str:
    """Which names are grouped, and how many of each kind are not."""
    per_name = {"builds": "builds of a server", "tls": "TLS versions and ciphers of a leg"}
    limits = {"days": MOST_DAYS, **dict.fromkeys(per_name, MOST_KINDS)}
    names = ", ".join(f"{limits.get(kind, MOST):,} {per_name.get(kind, kind)}" for kind in summary.grouped)
    counts = (
        "Counts of these are lower bounds, as a summary was saved by another version"
        if summary.lower_bounds
        else "Counts are exact"
    )
    return (
        f"Too many names: {names} are named, the others are counted together. {counts}. "
        "Names are not chosen by traffic: a busy one may be among the others."
    )


def cell(column: Column, value: Value) -> str:
    """A value as text for readers."""
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, str):
        return value
    if value is None:
        return _UNKNOWN_TEXT.get(column.key, "") if column.kind.name in {"text", "host"} else "–"
    return _PRINTED[column.kind.name](value)


_UNKNOWN_TEXT = {"host": "(no host name)", "product": "unknown", "held_by": "unknown"}
"""What stands for an unknown text, by the key of its column; in others the cell is empty."""
_PRINTED: dict[str, Callable[[float], str]] = {
    "count": lambda value: rounded.count(int(value)),
    "seconds": rounded.scaled,
    "exact seconds": lambda value: duration(timedelta(seconds=value)),
    "raw seconds": lambda value: f"{rounded.scaled(value)}*",
    "total seconds": lambda value: "clock skew" if value < 0 else rounded.scaled(value),
    "share": lambda value: f"{100 * value:.1f} %",
    "date": lambda value: rounded.day(int(value)),
}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(seconds: float | None) -> str | None:
    """``2024-06-04T08:00:00+00:00``; ``None`` if unknown or outside the years that ``datetime`` supports."""
    if seconds is None:
        return None
    try:
        return (_EPOCH + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return None
