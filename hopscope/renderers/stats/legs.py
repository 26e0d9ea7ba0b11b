"""The tables of legs: delays, negative delays, and delays corrected for clock skew."""

from collections.abc import Iterable, Iterator

from hopscope.renderers.schema.stats import CorrectedLegRow, LegKindRow, LegRow, NegativeLegRow
from hopscope.renderers.stats import clock_labels
from hopscope.renderers.stats.figures import Figures
from hopscope.renderers.stats.names import Names, aligned
from hopscope.renderers.stats.table import COUNT, HOST, RAW, SECONDS, TEXTS, Column, Table, Value, columns
from hopscope.renderers.text import rounded
from hopscope.statistics.clock_offsets import RESOLUTION, Skew
from hopscope.statistics.digest import NOT_SMTP
from hopscope.statistics.legs import ENOUGH, TimedLeg
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import OTHERS, LegKey, version_and_cipher

__all__ = ["RAW_P90", "corrected", "end", "leg_kinds", "legs", "negative_legs", "raw_note", "times", "tls_kinds"]

RAW_P90 = Column("Raw p90", "p90_seconds", RAW)
"""The recorded p90 next to corrected delays."""
_TIMES = ("p50", "p90", "p99", "Max")
_CORRECTED = tuple(f"{name} corrected" for name in (*_TIMES, "Total"))
_TITLES = {
    "lost": "time lost",
    "max": "maximum delay",
    "total": "total delay",
    "count": "number of hops",
    **{name: f"{name} delay" for name in ("p50", "p90", "p99")},
}
_HIDDEN_FIRST = ("total_seconds", "negative_delays", "tls", "p90_seconds", "p99_seconds", "p50_seconds")
_CLOCKS = 3
"""Number of skewed clocks that a note names."""


def legs(figures: Figures) -> Table:
    """The legs. Readers get the corrected delays with the raw p90 next to them, programs get both."""
    titles = ("From", "To", "Hops", "Delays", *_TIMES, "Total", "Negative", "TLS not recorded", "TLS")
    rows = [
        (
            *_delays(leg, *_full_ends(leg.key)),
            *_tls(leg),
            *_corrected_delays(leg),
            _lost(leg),
            leg.leg.tls.get(NOT_SMTP, 0),
        )
        for leg in figures.legs
    ]
    heading = columns(LegRow, *titles, *_CORRECTED, "Lost", "Not SMTP")
    table = Table("leg", f"Legs by {_TITLES[figures.sort]}", heading, rows)
    ends = _short_ends([leg.key for leg in figures.legs], figures.names)
    return table._replace(printed=_printed(table, figures, figures.legs, ends))


def leg_kinds(figures: Figures) -> Table:
    """The legs between the same two services, all servers together."""
    titles = ("From", "To", "Legs", "Hops", "Delays", *_TIMES, "Total", "Negative", *_CORRECTED, "Lost")
    kinds = figures.leg_kinds
    rows: list[tuple[Value, ...]] = []
    for kind in kinds:
        tail, head, *values = _delays(kind, *_full_ends(kind.key))
        rows.append((tail, head, kind.pairs, *values, *_corrected_delays(kind), _lost(kind)))
    title = f"Legs between services by {_TITLES[figures.sort]} (all servers together)"
    table = Table("leg-kind", title, columns(LegKindRow, *titles), rows)
    ends = [_full_ends(kind.key) for kind in kinds]
    return table._replace(printed=_printed(table, figures, kinds, ends))


def _delays(leg: TimedLeg, tail: str, head: str) -> tuple[Value, ...]:
    """From, To, Hops, Delays, the recorded delays, and the number of negative ones."""
    delay = leg.leg.delay
    total = delay.total if delay.count else None
    return tail, head, leg.leg.count, delay.count, *times(delay), total, delay.negative


def _lost(leg: TimedLeg) -> float | None:
    """Time lost; ``None`` without delays."""
    return leg.lost if leg.delay.count else None


def times(sketch: Sketch) -> tuple[Value, ...]:
    """p50, p90, p99 and maximum."""
    return (*map(sketch.quantile, (0.5, 0.9, 0.99)), sketch.most)


def _tls(leg: TimedLeg) -> tuple[Value, ...]:
    """TLS not recorded, and the kinds of TLS."""
    tls = leg.leg.tls
    kinds = {kind: count for kind, count in tls.items() if kind not in {"", NOT_SMTP}}
    return tls.get("", 0), tls_kinds(kinds)


def tls_kinds(counts: dict[str, int]) -> list[str]:
    """``TLS1.2 TLS_AES_256_GCM_SHA384 (12)``, the most frequent first."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{'others' if kind == OTHERS else kind} ({count})" for kind, count in ranked]


def _corrected_delays(leg: TimedLeg) -> tuple[Value, ...]:
    """p50, p90, p99, maximum and total."""
    correction = leg.correction
    if correction is None:
        return (None,) * len(_CORRECTED)
    return correction.p50, correction.p90, correction.p99, correction.most, correction.total


def end(service: str | None, host: str | None) -> str:
    """``Transport@ex1.example``, or ``(start)`` for the origin of a message."""
    if service is None:
        return "(start)"
    return f"{service}@{host}" if host else service


def _full_ends(key: LegKey) -> tuple[str, str]:
    return end(key.from_service, key.from_host), end(key.to_service, key.to_host)


def _short_ends(keys: Iterable[LegKey], names: Names) -> list[tuple[str, str]]:
    keys = list(keys)
    tails = aligned([names.end(key.from_service, key.from_host) for key in keys])
    heads = aligned([names.end(key.to_service, key.to_host) for key in keys])
    return list(zip(tails, heads, strict=True))


def _printed(table: Table, figures: Figures, parts: list[TimedLeg], ends: list[tuple[str, str]]) -> Table:
    """The table for readers: corrected delays, and the raw p90 where there are any."""
    is_corrected = any(part.correction for part in parts)
    is_short = table.name == "leg"
    rows: list[tuple[Value, ...]] = []
    for part, (tail, head) in zip(parts, ends, strict=True):
        shown = (part.quantile(0.5), part.quantile(0.9), part.quantile(0.99), part.most)
        raw = ((part.leg.delay.quantile(0.9) if part.correction else ""),) if is_corrected else ()
        tls = (_versions(part.leg.tls),) if is_short else ()
        rows.append((tail, head, part.leg.count, *shown, _lost(part), *raw, *tls, part.leg.delay.negative, part.total))
    heading = (
        Column("From", "from", HOST),
        Column("To", "to", HOST),
        Column("Hops", "hops", COUNT),
        *(Column(title, f"{title.lower()}_seconds" if title != "p90" else "p90", SECONDS) for title in _TIMES),
        Column("Lost", "lost_seconds", SECONDS),
        *((RAW_P90,) if is_corrected else ()),
        *((Column("TLS", "tls", TEXTS),) if is_short else ()),
        Column("Negative", "negative_delays", COUNT),
        Column("Total", "total_seconds", SECONDS),
    )
    notes = _notes(figures, parts, is_corrected=is_corrected)
    hidden_first = tuple(key for key in _HIDDEN_FIRST if key != f"{figures.sort}_seconds" or figures.sort == "p90")
    return Table(table.name, table.title, heading, rows, notes=tuple(notes), hidden_first=hidden_first)


def _versions(tls: dict[str, int]) -> list[str]:
    """``1.2``; with several versions, and without TLS, ``1.2 (12), 1.0 (3), not recorded (1)``."""
    counts: dict[str, int] = {}
    for kind, count in tls.items():
        version = version_and_cipher(kind)[0]
        name = "others" if version == OTHERS else version.removeprefix("TLS") or ("TLS" if version else "not recorded")
        counts[name] = counts.get(name, 0) + count
    if len(counts) == 1:
        return list(counts)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{name} ({rounded.count(count)})" for name, count in ranked]


def _notes(figures: Figures, parts: list[TimedLeg], *, is_corrected: bool) -> Iterator[str]:
    """The sentences below a table of legs."""
    if is_corrected:
        yield raw_note(_skewed_clocks(figures.estimate, figures.names))
    if any(part.delay.count for part in parts):
        yield f"Lost: the part of each delay above {rounded.duration(RESOLUTION)}, summed."
    if figures.sort in {"p50", "p90", "p99"}:
        yield f"Legs with fewer than {ENOUGH} delays come last."


def raw_note(clocks: str = "") -> str:
    """Which delays are corrected. It is true without the column Raw p90, too, which a narrow terminal may hide.

    Args:
        clocks: The skewed clocks.
    """
    named = f" ({clocks}; see --by clock)" if clocks else ""
    return f"Delays between skewed clocks are corrected{named}; * is as recorded."


def _skewed_clocks(estimate: Skew, names: Names) -> str:
    """The most skewed clocks; empty if there are none."""
    skewed = sorted((offset for offset in estimate.offsets if offset.is_skewed), key=clock_labels.urgency)
    named = [f"{names.host(offset.host)}'s clock is {clock_labels.offset(offset)}" for offset in skewed[:_CLOCKS]]
    more = f"{len(skewed) - _CLOCKS} more" if len(skewed) > _CLOCKS else ""
    return "; ".join(filter(None, (*named, more)))


def negative_legs(figures: Figures) -> Table:
    """The legs with negative delays, caused by clock skew."""
    negative = [(key, leg) for key, leg in figures.summary.legs.items() if leg.delay.negative]
    ranked = sorted(negative, key=lambda item: (item[1].delay.least or 0, item[0].order))
    rows = [(*_full_ends(key), leg.count, leg.delay.negative, leg.delay.least) for key, leg in ranked]
    heading = columns(NegativeLegRow, "From", "To", "Hops", "Negative", "Min")
    table = Table("negative", "Negative delays (clock skew)", heading, rows)
    return _with_short_ends(table, figures, [key for key, _ in ranked])


def _with_short_ends(table: Table, figures: Figures, keys: list[LegKey]) -> Table:
    """The table with short names of the ends for readers."""
    ends = _short_ends(keys, figures.names)
    rows = [(*pair, *row[2:]) for pair, row in zip(ends, table.rows, strict=True)]
    heading = tuple(column._replace(kind=HOST) for column in table.columns[:2])
    printed = table._replace(columns=(*heading, *table.columns[2:]), rows=rows)
    return table._replace(printed=printed)


def corrected(figures: Figures) -> Table:
    """The delays of legs whose two clocks can be compared, as recorded and corrected for clock skew."""
    from hopscope.statistics import clock_offsets

    moved = clock_offsets.corrected(figures.summary, figures.estimate)
    keys = [leg.key for leg in figures.legs if leg.key in moved]
    rows: list[tuple[Value, ...]] = []
    for key in keys:
        delay, correction = figures.summary.legs[key].delay, moved[key]
        p50, p90, _, most = times(delay)
        right = (correction.p50, correction.p90, correction.most, correction.uncertainty)
        rows.append((*_full_ends(key), delay.count, p50, p90, most, *right))
    titles = ("From", "To", "Delays", "p50", "p90", "Max", "p50 corrected", "p90 corrected", "Max corrected", "±")
    table = Table("corrected", "Delays corrected for clock skew", columns(CorrectedLegRow, *titles), rows)
    table = table._replace(
        notes=("±: maximum error of the corrected delays.",),
        hidden_first=("uncertainty_seconds", "p50_seconds", "corrected_p50_seconds", "max_seconds"),
    )
    return _with_short_ends(table, figures, keys)
