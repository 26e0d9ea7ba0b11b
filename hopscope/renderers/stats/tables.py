"""The numbers of a summary as tables: rows of values, which each format prints in its own way.

The module is over 300 lines because all tables stand in it, one below the other.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import OTHER_DAYS, OTHERS, Leg, LegKey, Period, Summary, name_order

__all__ = ["ENOUGH", "TABLES", "Column", "Kind", "Table", "Value", "end", "negative_legs", "slowest"]

ENOUGH = 5
"""Fewer delays of a leg say little about how long it takes: such legs come last."""

Value = str | int | float | None | list[str]
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SEVERITIES = ("error", "warning", "info")


class Kind(NamedTuple):
    """How the values of a column are printed."""

    name: str


TEXT, COUNT, SECONDS, SHARE, DATE, TEXTS = map(Kind, ("text", "count", "seconds", "share", "date", "texts"))


class Column(NamedTuple):
    """A column of a table."""

    title: str
    key: str
    """Its name in machine formats, with the unit."""
    kind: Kind = TEXT


class Table(NamedTuple):
    """Rows of values."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]


_TIMES = (
    Column("p50", "p50_seconds", SECONDS),
    Column("p90", "p90_seconds", SECONDS),
    Column("p99", "p99_seconds", SECONDS),
    Column("Max", "max_seconds", SECONDS),
)


def _times(sketch: Sketch) -> tuple[Value, ...]:
    return (*map(sketch.quantile, (0.5, 0.9, 0.99)), sketch.most)


def end(service: str | None, host: str | None) -> str:
    """``Transport@ex1.example``; where a message begins, ``(start)``."""
    if service is None:
        return "(start)"
    return f"{service}@{host}" if host else service


def _kinds(counts: dict[str, int], none: str) -> list[str]:
    """``TLS1.2 (12)``, the most frequent first."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{_build(name) or none} ({count})" for name, count in ranked]


def _build(label: str) -> str:
    return "others" if label == OTHERS else label.replace("\t", " ")


_LEG = (
    Column("From", "from"),
    Column("To", "to"),
    Column("Hops", "count", COUNT),
    Column("Delays", "delays", COUNT),
    *_TIMES,
    Column("Total", "total_seconds", SECONDS),
    Column("Negative", "negative", COUNT),
    Column("No TLS told", "no_tls_told", COUNT),
    Column("TLS", "tls", TEXTS),
)


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
    """From where to where, the slowest first."""
    rows = [_leg(*item) for item in sorted(summary.legs.items(), key=_slow_first)]
    return Table("leg", "Legs, by what 9 of 10 delays stay below", _LEG, rows)


def negative_legs(summary: Summary) -> Table:
    """Legs whose later stamp has the earlier time: clocks differ."""
    negative = [(key, leg) for key, leg in summary.legs.items() if leg.delay.negative]
    ranked = sorted(negative, key=lambda item: (item[1].delay.least or 0, item[0].order))
    columns = (*_LEG[:3], Column("Negative", "negative", COUNT), Column("Least", "min_seconds", SECONDS))
    rows = [(*_leg(key, leg)[:3], leg.delay.negative, leg.delay.least) for key, leg in ranked]
    return Table("negative", "Negative delays: clocks that differ", columns, rows)


def servers(summary: Summary) -> Table:
    """What stamped, with services and builds."""
    columns = (
        Column("Server", "host"),
        Column("Hops", "count", COUNT),
        Column("Services", "services", TEXTS),
        Column("Builds", "builds", TEXTS),
    )
    ranked = sorted(summary.servers.items(), key=lambda item: (-item[1].count, name_order(item[0])))
    rows: list[tuple[Value, ...]] = [
        (
            "others" if host == OTHERS else host,
            server.count,
            _kinds(server.services, ""),
            _kinds(server.builds, "not told"),
        )
        for host, server in ranked
    ]
    return Table("server", "Servers", columns, rows)


def services(summary: Summary) -> Table:
    """How many hops each service stamped."""
    columns = (Column("Service", "service"), Column("Hops", "hops", COUNT), Column("Share", "share", SHARE))
    return Table("service", "Services", columns, _ranked(summary.services, summary.hops))


def _ranked(counts: dict[str, int], total: int) -> list[tuple[Value, ...]]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(str(name), count, count / total if total else None) for name, count in ranked]


def products(summary: Summary) -> Table:
    """Products and builds, and how many servers had them."""
    hops: Counter[str] = Counter()
    hosts: Counter[str] = Counter()
    for server in summary.servers.values():
        hops.update(server.builds)
        hosts.update(server.builds.keys())
    columns = (
        Column("Product", "product"),
        Column("Build", "build"),
        Column("Hops", "hops", COUNT),
        Column("Servers", "servers", COUNT),
    )
    rows: list[tuple[Value, ...]] = []
    for label, count in sorted(hops.items(), key=lambda item: (-item[1], item[0])):
        product, _, build = label.partition("\t")
        rows.append((_build(product) or None, build or None, count, hosts[label]))
    return Table("product", "Products and builds", columns, rows)


def tls(summary: Summary) -> Table:
    """How the hops were secured."""
    counts: Counter[str] = Counter()
    for leg in summary.legs.values():
        counts.update(leg.tls)
    columns = (Column("TLS", "tls"), Column("Hops", "hops", COUNT), Column("Share", "share", SHARE))
    named: Counter[str] = Counter()
    for kind, count in counts.items():
        named[_build(kind) or "none told"] += count
    return Table("tls", "TLS", columns, _ranked(named, counts.total()))


def scenarios(summary: Summary) -> Table:
    """Where messages came into an organisation, and where they left it."""
    columns = (Column("Scenario", "scenario"), Column("Messages", "messages", COUNT), Column("Share", "share", SHARE))
    return Table("scenario", "Scenarios", columns, _ranked(summary.scenarios, summary.judged))


def findings(summary: Summary) -> Table:
    """Findings by code, the worst first."""
    columns = (
        Column("Code", "code"),
        Column("Severity", "severity"),
        Column("Findings", "findings", COUNT),
        Column("Messages", "messages", COUNT),
        Column("Examples", "examples", TEXTS),
    )
    items = summary.findings.items()
    ranked = sorted(items, key=lambda item: (_SEVERITIES.index(item[1].severity), -item[1].messages, item[0]))
    rows: list[tuple[Value, ...]] = [
        (code, str(finding.severity), finding.count, finding.messages, list(finding.examples))
        for code, finding in ranked
    ]
    return Table("finding", "Findings", columns, rows)


def _periods(named: Iterable[tuple[Value, Period]]) -> list[tuple[Value, ...]]:
    return [(name, period.messages, *_times(period.total)) for name, period in named]


def days(summary: Summary) -> Table:
    """Day by day (UTC)."""
    columns = (Column("Day (UTC)", "day", DATE), Column("Messages", "messages", COUNT), *_TIMES)
    ordered = [(None if number == OTHER_DAYS else number, day) for number, day in sorted(summary.days.items())]
    return Table("day", "Days", columns, _periods(ordered))


def hours(summary: Summary) -> Table:
    """Hour by hour of the week (UTC), the busiest first."""
    columns = (Column("Hour (UTC)", "hour"), Column("Messages", "messages", COUNT), *_TIMES)
    busiest = sorted(summary.hours.items(), key=lambda item: (-item[1].messages, item[0]))
    named = ((f"{_DAYS[number // 24]} {number % 24:02}:00", hour) for number, hour in busiest)
    return Table("hour", "Hours of the week, the busiest first", columns, _periods(named))


def slowest(summary: Summary) -> Table:
    """The messages that took longest."""
    columns = (Column("Took", "total_seconds", SECONDS), Column("Source", "source"), Column("Message-ID", "message_id"))
    rows = [(slow.seconds, slow.source, slow.message_id) for slow in summary.slowest]
    return Table("slowest", "Slowest messages", columns, rows)


def clocks(summary: Summary) -> Table:
    """How far the clocks of servers are apart, those that are off first; what cannot be told last."""
    from hopscope.renderers.stats import clock_labels
    from hopscope.statistics.clock_offsets import skew

    columns = (
        Column("Server", "host"),
        Column("Clock", "clock"),
        Column("Ahead", "ahead_seconds", SECONDS),
        Column("±", "uncertainty_seconds", SECONDS),
        Column("Against", "reference"),
        Column("Delays", "delays", COUNT),
        Column("Note", "note"),
    )
    estimate = skew(summary)
    rows: list[tuple[Value, ...]] = []
    for offset in sorted(estimate.offsets, key=clock_labels.urgency):
        clock, note = clock_labels.offset(offset), "; ".join(clock_labels.notes(offset)) or None
        rows.append((offset.host, clock, offset.seconds, offset.uncertainty, offset.reference, offset.messages, note))
    for server in estimate.unknown:
        against = next(iter(server.against), None)
        rows.append((server.host, "unknown", None, None, against, server.messages, server.reason))
    return Table("clock", "Clocks", columns, rows)


def corrected(summary: Summary) -> Table:
    """The delays of legs whose two clocks can be compared, as measured and without their difference."""
    from hopscope.statistics import clock_offsets

    columns = (
        *_LEG[:2],
        Column("Delays", "delays", COUNT),
        *(_TIMES[index] for index in (0, 1, 3)),
        Column("p50 corrected", "corrected_p50_seconds", SECONDS),
        Column("p90 corrected", "corrected_p90_seconds", SECONDS),
        Column("Max corrected", "corrected_max_seconds", SECONDS),
        Column("±", "uncertainty_seconds", SECONDS),
    )
    moved = clock_offsets.corrected(summary, clock_offsets.skew(summary))
    rows: list[tuple[Value, ...]] = []
    for key, leg in sorted(summary.legs.items(), key=_slow_first):
        if correction := moved.get(key):
            p50, p90, _, most = _times(leg.delay)
            right = (correction.p50, correction.p90, correction.most, correction.uncertainty)
            rows.append((*_leg(key, leg)[:2], leg.delay.count, p50, p90, most, *right))
    return Table("corrected", "Delays without the difference of clocks", columns, rows)


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
"""The tables, by what they are grouped by."""
