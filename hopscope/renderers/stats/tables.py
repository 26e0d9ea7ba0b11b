"""The statistics as tables of values, which each format prints."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from hopscope.renderers.schema.stats import (
    ClockRow,
    CorrectedLegRow,
    Count,
    Date,
    DayRow,
    FindingRow,
    HourRow,
    LegRow,
    NegativeLegRow,
    ProductRow,
    ScenarioRow,
    Seconds,
    ServerCount,
    ServerRow,
    ServiceRow,
    Share,
    SlowMessageRow,
    Texts,
    TlsRow,
)
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import OTHER_DAYS, OTHERS, Leg, LegKey, Period, Summary, name_order

__all__ = ["ENOUGH", "NAME", "TABLES", "Column", "Kind", "Table", "Value", "columns", "end", "negative_legs", "slowest"]

ENOUGH = 5
"""Minimum number of delays for a meaningful quantile; legs with fewer come last."""

Value = str | int | float | None | list[str]
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Kind(NamedTuple):
    """The kind of values in a column, which determines how they are printed."""

    name: str


TEXT, COUNT, SECONDS, SHARE, DATE, TEXTS = map(Kind, ("text", "count", "seconds", "share", "date", "texts"))
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


_KINDS = ((Count, COUNT), (ServerCount, COUNT), (Seconds, SECONDS), (Share, SHARE), (Date, DATE), (Texts, TEXTS))
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


def _slow_first(item: tuple[LegKey, Leg]) -> tuple[bool, float, int, tuple[tuple[bool, str], ...]]:
    key, leg = item
    few = leg.delay.count < ENOUGH
    return few, 0.0 if few else -(leg.delay.quantile(0.9) or 0), -leg.count, key.order


def legs(summary: Summary) -> Table:
    """The legs, slowest first."""
    rows = [_leg(*item) for item in sorted(summary.legs.items(), key=_slow_first)]
    titles = ("From", "To", "Hops", "Delays", *_TIMES, "Total", "Negative", "TLS not recorded", "TLS")
    return Table("leg", "Legs by p90 delay", columns(LegRow, *titles), rows)


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


def clocks(summary: Summary) -> Table:
    """The clock offsets of servers, largest skew first; unknown ones last."""
    from hopscope.renderers.stats import clock_labels
    from hopscope.statistics.clock_offsets import skew

    estimate = skew(summary)
    rows: list[tuple[Value, ...]] = []
    for offset in sorted(estimate.offsets, key=clock_labels.urgency):
        clock, note = clock_labels.offset(offset), "; ".join(clock_labels.notes(offset)) or None
        rows.append((offset.host, clock, offset.seconds, offset.uncertainty, offset.reference, offset.messages, note))
    for server in estimate.unknown:
        against = next(iter(server.against), None)
        rows.append((server.host, "unknown", None, None, against, server.messages, server.reason))
    titles = ("Server", "Clock", "Skew", "±", "Against", "Delays", "Note")
    return Table("clock", "Clocks", columns(ClockRow, *titles), rows)


def corrected(summary: Summary) -> Table:
    """The delays of legs whose two clocks can be compared, as recorded and corrected for clock skew."""
    from hopscope.statistics import clock_offsets

    moved = clock_offsets.corrected(summary, clock_offsets.skew(summary))
    rows: list[tuple[Value, ...]] = []
    for key, leg in sorted(summary.legs.items(), key=_slow_first):
        if correction := moved.get(key):
            p50, p90, _, most = _times(leg.delay)
            right = (correction.p50, correction.p90, correction.most, correction.uncertainty)
            rows.append((*_leg(key, leg)[:2], leg.delay.count, p50, p90, most, *right))
    titles = ("From", "To", "Delays", "p50", "p90", "Max", "p50 corrected", "p90 corrected", "Max corrected", "±")
    return Table("corrected", "Delays corrected for clock skew", columns(CorrectedLegRow, *titles), rows)


TABLES: dict[str, Callable[[Summary], Table]] = {
    "leg": legs,
    "server": servers,
    "service": services,
    "product": products,
    "tls": tls,
    "scenario": scenarios,
    "finding": findings,
    "day": days,
    "hour": hours,
    "slowest": slowest,
    "negative": negative_legs,
    "clock": clocks,
    "corrected": corrected,
}
"""The tables, by the argument of ``--by``."""
