"""The statistics as tables of values, which each format prints.

The module is over 300 lines because it contains all tables, one function each.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from hopscope.renderers.schema.stats import (
    ClockRow,
    CorrectedLegRow,
    CorrectedSeconds,
    Count,
    Date,
    DayRow,
    FindingRow,
    HourRow,
    LegRow,
    NegativeLegRow,
    ProductRow,
    RawSeconds,
    ScenarioRow,
    Seconds,
    ServerCount,
    ServerRow,
    ServiceRow,
    Share,
    SlowMessageRow,
    StatusRow,
    Texts,
    TlsRow,
    TotalSeconds,
)
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import OTHER_DAYS, OTHERS, Leg, LegKey, Period, Summary, name_order

if TYPE_CHECKING:
    from hopscope.statistics.clock_offsets import Corrected, Skew

__all__ = [
    "CLOCK_TABLES",
    "ENOUGH",
    "NAME",
    "RAW_NOTE",
    "TABLES",
    "Column",
    "Kind",
    "Table",
    "Value",
    "columns",
    "end",
    "negative_legs",
    "slowest",
]

ENOUGH = 5
"""Minimum number of delays for a meaningful quantile; legs with fewer come last."""

Value = str | int | float | None | list[str]
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Kind(NamedTuple):
    """The kind of values in a column, which determines how they are printed."""

    name: str


TEXT, COUNT, SECONDS, SHARE, DATE, TEXTS, RAW, TOTAL = map(
    Kind, ("text", "count", "seconds", "share", "date", "texts", "raw seconds", "total seconds")
)
NAME = Kind("name")
"""A text that a narrow terminal does not truncate."""


class Column(NamedTuple):
    """A column of a table."""

    title: str
    key: str
    """The name of the column in machine-readable formats, with the unit."""
    kind: Kind = TEXT


class Table(NamedTuple):
    """A table of values."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    printed: "Table | None" = None
    """The table for readers if it differs from the one for programs; the rows are in the same order."""
    notes: tuple[str, ...] = ()
    """Sentences on how to read the table."""


_KINDS = (
    (Count, COUNT),
    (ServerCount, COUNT),
    (Seconds, SECONDS),
    (CorrectedSeconds, SECONDS),
    (RawSeconds, RAW),
    (TotalSeconds, TOTAL),
    (Share, SHARE),
    (Date, DATE),
    (Texts, TEXTS),
)
_TIMES = ("p50", "p90", "p99", "Max")


def columns(record: type[msgspec.Struct], *titles: str) -> tuple[Column, ...]:
    """The columns of a table whose rows are records: keys and kinds are those of the record's fields."""
    fields = zip(titles, msgspec.structs.fields(record), strict=True)
    return tuple(Column(title, field.encode_name, _kind(field.type)) for title, field in fields)


def _kind(type_: object) -> Kind:
    return next((kind for annotation, kind in _KINDS if annotation == type_), TEXT)


def _times(sketch: Sketch) -> tuple[Value, ...]:
    return (*map(sketch.quantile, (0.5, 0.9, 0.99)), sketch.most)


def end(service: str | None, host: str | None) -> str:
    """``Transport@ex1.example``, or ``(start)`` for the origin of a message."""
    if service is None:
        return "(start)"
    return f"{service}@{host}" if host else service


def _kinds(counts: dict[str, int], none: str) -> list[str]:
    """``TLS1.2 (12)``, the most frequent first."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{_build(name) or none} ({count})" for name, count in ranked]


def _build(label: str) -> str:
    return "others" if label == OTHERS else label.replace("\t", " ")


def _leg(key: LegKey, leg: Leg) -> tuple[Value, ...]:
    return (
        end(key.from_service, key.from_host),
        end(key.to_service, key.to_host),
        leg.count,
        leg.delay.count,
        *_times(leg.delay),
        leg.delay.total if leg.delay.count else None,
        leg.delay.negative,
        leg.tls.get("", 0),
        _kinds({kind: count for kind, count in leg.tls.items() if kind}, ""),
    )


def _slowest_first(summary: Summary, corrections: "Mapping[LegKey, Corrected]") -> list[tuple[LegKey, Leg]]:
    """The legs by p90 delay, corrected for clock skew where the two clocks certainly differ."""

    def order(item: tuple[LegKey, Leg]) -> tuple[bool, float, int, tuple[tuple[bool, str], ...]]:
        key, leg = item
        few = leg.delay.count < ENOUGH
        correction = corrections.get(key)
        p90 = correction.p90 if correction else leg.delay.quantile(0.9)
        return few, 0.0 if few else -(p90 or 0), -leg.count, key.order

    return sorted(summary.legs.items(), key=order)


_LEG_TITLES = ("From", "To", "Hops", "Delays", *_TIMES, "Total", "Negative", "TLS not recorded", "TLS")
_CORRECTED_TITLES = tuple(f"{name} corrected" for name in (*_TIMES, "Total"))
RAW_P90 = Column("Raw p90", "p90_seconds", RAW)
"""The recorded p90 next to corrected delays."""
RAW_NOTE = "* Raw, as recorded; the other delays of these legs are corrected for clock skew"


def legs(summary: Summary, estimate: "Skew | None" = None) -> Table:
    """The legs, slowest first. Readers get the corrected delays with the raw p90 next to them, programs get both.

    Args:
        summary: The selected legs.
        estimate: The clock skew of the whole dump; by default, that of the summary.
    """
    from hopscope.statistics.clock_offsets import certainly_corrected, skew

    estimate = estimate or skew(summary)
    corrections = certainly_corrected(summary, estimate)
    ranked = _slowest_first(summary, corrections)
    raw = [_leg(*item) for item in ranked]
    delays = [_corrected_delays(corrections.get(key)) for key, _ in ranked]
    table = Table(
        "leg",
        "Legs by p90 delay",
        columns(LegRow, *_LEG_TITLES, *_CORRECTED_TITLES),
        [(*row, *corrected) for row, corrected in zip(raw, delays, strict=True)],
    )
    head = table.columns[: len(_LEG_TITLES)]
    if not corrections:
        return table._replace(printed=Table(table.name, table.title, head, raw))
    mixed = [
        (*row[:6], "", *row[6:])
        if corrected[0] is None
        else (*row[:4], *corrected[:2], row[5], *corrected[2:], *row[9:])
        for row, corrected in zip(raw, delays, strict=True)
    ]
    printed = Table(table.name, table.title, (*head[:6], RAW_P90, *head[6:]), mixed)
    return table._replace(printed=printed, notes=(_raw_note(estimate),))


def _corrected_delays(correction: "Corrected | None") -> tuple[Value, ...]:
    """p50, p90, p99, maximum and total."""
    if correction is None:
        return (None,) * len(_CORRECTED_TITLES)
    return correction.p50, correction.p90, correction.p99, correction.most, correction.total


def _raw_note(estimate: "Skew") -> str:
    """The meaning of the mark in column Raw p90, with the most skewed clocks."""
    from hopscope.renderers.stats import clock_labels

    skewed = sorted((offset for offset in estimate.offsets if offset.is_skewed), key=clock_labels.urgency)
    named = "; ".join(f"{offset.host}'s clock is {clock_labels.offset(offset)}" for offset in skewed[:_CLOCKS])
    more = f"; {len(skewed) - _CLOCKS} more: --by clock" if len(skewed) > _CLOCKS else ""
    clocks = f": {named}{more}" if named else ""
    return f"{RAW_NOTE}{clocks}."


_CLOCKS = 3
"""Number of skewed clocks that the note on raw delays names."""


def negative_legs(summary: Summary) -> Table:
    """The legs with negative delays, caused by clock skew."""
    negative = [(key, leg) for key, leg in summary.legs.items() if leg.delay.negative]
    ranked = sorted(negative, key=lambda item: (item[1].delay.least or 0, item[0].order))
    rows = [(*_leg(key, leg)[:3], leg.delay.negative, leg.delay.least) for key, leg in ranked]
    titles = ("From", "To", "Hops", "Negative", "Min")
    return Table("negative", "Negative delays (clock skew)", columns(NegativeLegRow, *titles), rows)


def servers(summary: Summary) -> Table:
    """The servers, with services and builds."""
    ranked = sorted(summary.servers.items(), key=lambda item: (-item[1].count, name_order(item[0])))
    rows: list[tuple[Value, ...]] = [
        (
            "others" if host == OTHERS else host,
            server.count,
            _kinds(server.services, ""),
            _kinds(server.builds, "unknown"),
        )
        for host, server in ranked
    ]
    return Table("server", "Servers", columns(ServerRow, "Server", "Hops", "Services", "Builds"), rows)


def services(summary: Summary) -> Table:
    """The number of hops of each service."""
    rows = _ranked(summary.services, summary.hops)
    return Table("service", "Services", columns(ServiceRow, "Service", "Hops", "Share"), rows)


def _ranked(counts: dict[str, int], total: int) -> list[tuple[Value, ...]]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(str(name), count, count / total if total else None) for name, count in ranked]


def products(summary: Summary) -> Table:
    """Products and builds, with the number of servers of each; unknown if only grouped servers or builds have it."""
    hosts: Counter[str] = Counter()
    for host, server in summary.servers.items():
        hosts.update(server.builds.keys() if host != OTHERS else ())
    rows: list[tuple[Value, ...]] = []
    for label, count in sorted(summary.products.items(), key=lambda item: (-item[1], item[0])):
        product, _, build = label.partition("\t")
        rows.append((_build(product) or None, build or None, count, hosts[label] or None))
    titles = ("Product", "Build", "Hops", "Servers")
    return Table("product", "Products and builds", columns(ProductRow, *titles), rows)


def tls(summary: Summary) -> Table:
    """The number of hops by TLS version and cipher."""
    counts: Counter[str] = Counter()
    for leg in summary.legs.values():
        counts.update(leg.tls)
    named: Counter[str] = Counter()
    for kind, count in counts.items():
        named[_build(kind) or "not recorded"] += count
    return Table("tls", "TLS", columns(TlsRow, "TLS", "Hops", "Share"), _ranked(named, counts.total()))


def scenarios(summary: Summary) -> Table:
    """The number of messages by scenario."""
    rows = _ranked(summary.scenarios, summary.analyzed)
    return Table("scenario", "Scenarios", columns(ScenarioRow, "Scenario", "Messages", "Share"), rows)


def findings(summary: Summary) -> Table:
    """Findings by code and severity, the worst first."""
    rows: list[tuple[Value, ...]] = [
        (code, str(severity), finding.count, finding.messages, list(finding.examples))
        for (code, severity), finding in summary.findings_worst_first()
    ]
    titles = ("Code", "Severity", "Findings", "Messages", "Examples")
    return Table("finding", "Findings", columns(FindingRow, *titles), rows)


def statuses(summary: Summary) -> Table:
    """The number of recipients in non-delivery reports and other reports by status code, most frequent first."""
    ranked = sorted(summary.statuses.items(), key=lambda item: (-item[1], item[0]))
    rows = [(*_status(key), count) for key, count in ranked]
    titles = columns(StatusRow, "Status code", "Action", "Recipients")
    table = Table("status", "Delivery status in reports", titles, rows)
    return table._replace(printed=table._replace(rows=[(code or "none", *others) for code, *others in rows]))


def _status(key: str) -> tuple[str | None, str | None]:
    action, _, status = key.partition("\t")
    return (key, None) if key == OTHERS else (status or None, action or None)


def _periods(named: Iterable[tuple[Value, Period]]) -> list[tuple[Value, ...]]:
    return [(name, period.messages, *_times(period.total)) for name, period in named]


def days(summary: Summary) -> Table:
    """Day by day (UTC)."""
    ordered = [(None if number == OTHER_DAYS else number, day) for number, day in sorted(summary.days.items())]
    return Table("day", "Days", columns(DayRow, "Day (UTC)", "Messages", *_TIMES), _periods(ordered))


def hours(summary: Summary) -> Table:
    """Hour by hour of the week (UTC), the busiest first."""
    busiest = sorted(summary.hours.items(), key=lambda item: (-item[1].messages, item[0]))
    named = ((f"{_DAYS[number // 24]} {number % 24:02}:00", hour) for number, hour in busiest)
    titles = ("Hour (UTC)", "Messages", *_TIMES)
    return Table("hour", "Hours of the week, busiest first", columns(HourRow, *titles), _periods(named))


def slowest(summary: Summary) -> Table:
    """The messages with the longest total delay."""
    rows = [(slow.seconds, slow.source, slow.message_id) for slow in summary.slowest]
    return Table("slowest", "Slowest messages", columns(SlowMessageRow, "Total", "Source", "Message-ID"), rows)


def clocks(summary: Summary, estimate: "Skew | None" = None) -> Table:
    """The clock offsets of the servers of a summary, largest skew first; unknown ones last."""
    from hopscope.renderers.stats import clock_labels
    from hopscope.statistics.clock_offsets import skew

    estimate = estimate or skew(summary)
    hosts = {host for key in summary.legs for host in (key.from_host, key.to_host)}
    rows: list[tuple[Value, ...]] = []
    for offset in sorted((offset for offset in estimate.offsets if offset.host in hosts), key=clock_labels.urgency):
        clock, note = clock_labels.offset(offset), "; ".join(clock_labels.notes(offset)) or None
        rows.append((offset.host, clock, offset.seconds, offset.uncertainty, offset.reference, offset.messages, note))
    for server in (server for server in estimate.unknown if server.host in hosts):
        against = next(iter(server.against), None)
        rows.append((server.host, "unknown", None, None, against, server.messages, server.reason))
    titles = ("Server", "Clock", "Skew", "±", "Against", "Delays", "Note")
    return Table("clock", "Clocks", columns(ClockRow, *titles), rows)


def corrected(summary: Summary, estimate: "Skew | None" = None) -> Table:
    """The delays of legs whose two clocks can be compared, as recorded and corrected for clock skew."""
    from hopscope.statistics import clock_offsets

    moved = clock_offsets.corrected(summary, estimate or clock_offsets.skew(summary))
    certain = {key: correction for key, correction in moved.items() if correction.is_certain}
    rows: list[tuple[Value, ...]] = []
    for key, leg in _slowest_first(summary, certain):
        if correction := moved.get(key):
            p50, p90, _, most = _times(leg.delay)
            right = (correction.p50, correction.p90, correction.most, correction.uncertainty)
            rows.append((*_leg(key, leg)[:2], leg.delay.count, p50, p90, most, *right))
    titles = ("From", "To", "Delays", "p50", "p90", "Max", "p50 corrected", "p90 corrected", "Max corrected", "±")
    return Table("corrected", "Delays corrected for clock skew", columns(CorrectedLegRow, *titles), rows)


CLOCK_TABLES: "dict[str, Callable[[Summary, Skew | None], Table]]" = {
    "leg": legs,
    "clock": clocks,
    "corrected": corrected,
}
"""The tables that depend on the clock skew of the whole dump."""
TABLES: dict[str, Callable[[Summary], Table]] = {
    "leg": legs,
    "server": servers,
    "service": services,
    "product": products,
    "tls": tls,
    "scenario": scenarios,
    "finding": findings,
    "status": statuses,
    "day": days,
    "hour": hours,
    "slowest": slowest,
    "negative": negative_legs,
    "clock": clocks,
    "corrected": corrected,
}
"""The tables, by the argument of ``--by``."""
