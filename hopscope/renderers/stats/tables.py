"""The statistics as tables of values, which each format prints."""

from collections import Counter
from collections.abc import Callable, Iterable

from hopscope.model import Service
from hopscope.renderers.schema.stats import (
    AuthenticationRow,
    ClockRow,
    DayRow,
    FindingRow,
    HourRow,
    ProductRow,
    ScenarioRow,
    ServerRow,
    ServiceRow,
    SlowMessageRow,
    StatusRow,
    TlsRow,
)
from hopscope.renderers.stats import clock_labels, legs
from hopscope.renderers.stats.figures import Figures
from hopscope.renderers.stats.names import CODES
from hopscope.renderers.stats.table import ADDRESS, HOST, Column, Table, Value, columns
from hopscope.renderers.text import rounded
from hopscope.statistics.summary import EXAMPLES, OTHER_DAYS, OTHERS, SLOWEST, Period, Server, name_order

__all__ = ["TABLES"]


def _kinds(counts: dict[str, int], none: str) -> list[str]:
    """``TLS1.2 (12)``, the most frequent first."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{_build(name) or none} ({count})" for name, count in ranked]


def _build(label: str) -> str:
    return "others" if label == OTHERS else label.replace("\t", " ")


_TIMES = ("p50", "p90", "p99", "Max")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def servers(figures: Figures) -> Table:
    """The servers, with services and builds."""
    summary, names = figures.summary, figures.names
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
    table = Table("server", "Servers", columns(ServerRow, "Server", "Hops", "Services", "Builds"), rows)
    shown = [(names.host(host) or None, server.count, _coded(server), _builds(server)) for host, server in ranked]
    heading = (table.columns[0]._replace(kind=HOST), *table.columns[1:])
    printed = table._replace(columns=heading, rows=shown)
    return table._replace(printed=printed)


def _coded(server: Server) -> list[str]:
    """``T (12)``: the codes of services, the most frequent first."""
    return _counted({CODES[Service(service)]: count for service, count in server.services.items()})


def _builds(server: Server) -> list[str]:
    return _counted({_build(label) or "unknown": count for label, count in server.builds.items()})


def _counted(counts: dict[str, int]) -> list[str]:
    """``T (1,022)``, the most frequent first; without the number if there is only one kind."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{name} ({rounded.count(count)})" if len(ranked) > 1 else name for name, count in ranked]


def services(figures: Figures) -> Table:
    """The number of hops of each service."""
    summary = figures.summary
    rows = _ranked(summary.services, summary.hops)
    return Table("service", "Services", columns(ServiceRow, "Service", "Hops", "Share"), rows)


def _ranked(counts: dict[str, int], total: int) -> list[tuple[Value, ...]]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(str(name), count, count / total if total else None) for name, count in ranked]


def products(figures: Figures) -> Table:
    """Products and builds, with the number of servers of each; unknown if only grouped servers or builds have it."""
    summary = figures.summary
    hosts: Counter[str] = Counter()
    for host, server in summary.servers.items():
        hosts.update(server.builds.keys() if host != OTHERS else ())
    rows: list[tuple[Value, ...]] = []
    for label, count in sorted(summary.products.items(), key=lambda item: (-item[1], item[0])):
        product, _, build = label.partition("\t")
        rows.append((_build(product) or None, build or None, count, hosts[label] or None))
    titles = ("Product", "Build", "Hops", "Servers")
    return Table("product", "Products and builds", columns(ProductRow, *titles), rows)


def tls(figures: Figures) -> Table:
    """The number of hops by TLS version and cipher."""
    summary = figures.summary
    counts: Counter[str] = Counter()
    for leg in summary.legs.values():
        for kind, count in leg.tls.items():
            counts[_build(kind) or "not recorded"] += count
    rows = _ranked(counts, counts.total())
    table = Table("tls", "TLS", columns(TlsRow, "TLS", "Hops", "Share"), rows)
    shown: list[tuple[Value, ...]] = [
        ("TLS, version not recorded" if kind == "TLS" else kind, *numbers) for kind, *numbers in rows
    ]
    return table._replace(printed=table._replace(rows=shown))


def scenarios(figures: Figures) -> Table:
    """The number of messages by scenario."""
    summary = figures.summary
    rows = _ranked(summary.scenarios, summary.analyzed)
    return Table("scenario", "Scenarios", columns(ScenarioRow, "Scenario", "Messages", "Share"), rows)


def authentication(figures: Figures) -> Table:
    """The number of messages by method, result and writer, the most frequent result of each method first."""
    counts = figures.summary.authentication
    of_method = Counter[str]()
    for key, count in counts.items():
        of_method[_method(key)] += count
    ranked = sorted(
        counts.items(), key=lambda item: (-of_method[_method(item[0])], _method(item[0]), -item[1], item[0])
    )
    rows: list[tuple[Value, ...]] = [(*key.split("\t"), count) for key, count in ranked]
    titles = columns(AuthenticationRow, "Method", "Result", "Written by", "Messages")
    return Table("authentication", "Authentication results, as recorded", titles, rows)


def _method(key: str) -> str:
    return key.partition("\t")[0]


def findings(figures: Figures) -> Table:
    """Findings by code and severity, the worst first."""
    from hopscope.checks.catalogue import entry

    ranked = figures.summary.findings_worst_first()
    rows: list[tuple[Value, ...]] = [
        (code, str(severity), finding.count, finding.messages, list(finding.examples))
        for (code, severity), finding in ranked
    ]
    titles = columns(FindingRow, "Code", "Severity", "Findings", "Messages", "Examples")
    table = Table("finding", "Findings", titles, rows)
    code, severity, count, messages, _ = titles
    catalogued = [entry(key.code) for key, _ in ranked]
    shown = [
        (row[0], row[1], rule.name if rule else "", row[3], row[2], next(iter(finding.examples), ""))
        for row, rule, (_, finding) in zip(rows, catalogued, ranked, strict=True)
    ]
    heading = (code, severity, Column("Finding", "finding"), messages, count, Column("Example", "example", ADDRESS))
    several = any(finding.messages > 1 for _, finding in ranked)
    notes = (f"-f json and -f csv have up to {EXAMPLES} examples of each.",) if several else ()
    printed = Table("finding", table.title, heading, shown, notes=notes, hidden_first=("findings",))
    return table._replace(printed=printed)


def statuses(figures: Figures) -> Table:
    """The number of recipients in non-delivery reports and other reports by status code, most frequent first."""
    summary = figures.summary
    ranked = sorted(summary.statuses.items(), key=lambda item: (-item[1], item[0]))
    rows = [(*_status(key), count) for key, count in ranked]
    titles = columns(StatusRow, "Status code", "Action", "Recipients")
    table = Table("status", "Delivery status in reports", titles, rows)
    return table._replace(printed=table._replace(rows=[(code or "none", *others) for code, *others in rows]))


def _status(key: str) -> tuple[str | None, str | None]:
    action, _, status = key.partition("\t")
    return (key, None) if key == OTHERS else (status or None, action or None)


def _periods(named: Iterable[tuple[Value, Period]]) -> list[tuple[Value, ...]]:
    return [(name, period.messages, *legs.times(period.total)) for name, period in named]


def days(figures: Figures) -> Table:
    """Day by day (UTC)."""
    summary = figures.summary
    ordered = [(None if number == OTHER_DAYS else number, day) for number, day in sorted(summary.days.items())]
    return Table("day", "Days", columns(DayRow, "Day (UTC)", "Messages", *_TIMES), _periods(ordered))


def hours(figures: Figures) -> Table:
    """Hour by hour of the week (UTC), the busiest first."""
    summary = figures.summary
    busiest = sorted(summary.hours.items(), key=lambda item: (-item[1].messages, item[0]))
    named = ((f"{_DAYS[number // 24]} {number % 24:02}:00", hour) for number, hour in busiest)
    titles = ("Hour (UTC)", "Messages", *_TIMES)
    return Table("hour", "Hours of the week, busiest first", columns(HourRow, *titles), _periods(named))


def slowest(figures: Figures) -> Table:
    """The messages with the longest total delay, and who held them."""
    summary, names = figures.summary, figures.names
    rows: list[tuple[Value, ...]] = [
        (slow.seconds, slow.source, slow.message_id, slow.held_by, slow.held) for slow in summary.slowest
    ]
    kept = f" ({len(rows):,} kept of {summary.total.count:,})" if SLOWEST <= len(rows) < summary.total.count else ""
    total, address, message_id, holder, held = columns(
        SlowMessageRow, "Total", "Address", "Message-ID", "Held by", "Held"
    )
    table = Table("slowest", f"Slowest messages{kept}", (total, address, message_id, holder, held), rows)
    heading: tuple[Column, ...] = (total, held, holder, address._replace(kind=ADDRESS), message_id)
    shown: list[tuple[Value, ...]] = [
        (slow.seconds, slow.held, names.within(slow.held_by), slow.source, slow.message_id) for slow in summary.slowest
    ]
    if not any(slow.held_by for slow in summary.slowest):
        heading, shown = (total, *heading[3:]), [(row[0], *row[3:]) for row in shown]
    printed = Table("slowest", table.title, heading, shown, hidden_first=("message_id", "held_seconds"))
    return table._replace(printed=printed)


def clocks(figures: Figures) -> Table:
    """The clock offsets of the servers of a summary, largest skew first; unknown ones last."""
    estimate = figures.estimate
    hosts = {host for key in figures.summary.legs for host in (key.from_host, key.to_host)}
    rows: list[tuple[Value, ...]] = []
    for offset in sorted((offset for offset in estimate.offsets if offset.host in hosts), key=clock_labels.urgency):
        clock, note = clock_labels.offset(offset), "; ".join(clock_labels.notes(offset)) or None
        rows.append((offset.host, clock, offset.seconds, offset.uncertainty, offset.reference, offset.messages, note))
    for server in (server for server in estimate.unknown if server.host in hosts):
        against = next(iter(server.against), None)
        rows.append((server.host, "unknown", None, None, against, server.messages, server.reason))
    heading = columns(ClockRow, "Server", "Clock", "Skew", "±", "Against", "Delays", "Note")
    names = figures.names
    shown: list[tuple[Value, ...]] = [
        (names.host(str(host)), *values, names.host(str(against or "")), count, names.within(str(note or "")))
        for host, *values, against, count, note in rows
    ]
    named = tuple(column._replace(kind=HOST) if column.key in {"host", "reference"} else column for column in heading)
    table = Table("clock", "Clocks", heading, rows)
    hidden = ("delays", "skew_seconds", "uncertainty_seconds")
    return table._replace(printed=table._replace(columns=named, rows=shown, hidden_first=hidden))


TABLES: dict[str, Callable[[Figures], Table]] = {
    "leg": legs.legs,
    "leg-kind": legs.leg_kinds,
    "server": servers,
    "service": services,
    "product": products,
    "tls": tls,
    "scenario": scenarios,
    "finding": findings,
    "status": statuses,
    "authentication": authentication,
    "day": days,
    "hour": hours,
    "slowest": slowest,
    "negative": legs.negative_legs,
    "clock": clocks,
    "corrected": legs.corrected,
}
"""The tables, by the argument of ``--by``."""
