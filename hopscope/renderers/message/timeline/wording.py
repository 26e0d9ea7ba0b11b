"""The wording of a timeline, shared by the terminal and the image."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.timeline import Gap, Kind, Lane, Mark, Tick, Timeline, timeline
from hopscope.model import Hop
from hopscope.renderers.message import wording
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible

__all__ = [
    "CROWDED",
    "KINDS",
    "NO_TIME",
    "Label",
    "borders",
    "date_and_time",
    "drawn",
    "first_label",
    "gap",
    "lane",
    "lanes",
    "legend",
    "length",
    "mark",
    "offset",
    "short_servers",
    "tick_labels",
    "ticks_zone",
]

KINDS = {
    Kind.WAIT: "held or in transit",
    Kind.LEGS: "delay across hops without a time",
    Kind.NEGATIVE: "negative delay (clock skew)",
}
"""The meaning of each kind of gap."""

CROWDED = "too many hops on this lane: see the table"
NO_TIME = "No hop has a time: the timeline shows only their order."


def lane(value: Lane, names: wording.Names = str) -> tuple[str, str]:
    """Names of the service and its server: ``12 servers`` if several share the lane, empty if unknown."""
    server, *shared_by = value.servers or ("",)
    if shared_by:
        return visible(value.name), f"{len(value.servers)} servers"
    return visible(value.name), visible(names(server))


def short_servers(values: Iterable[Lane], columns: int) -> dict[str, str]:
    """The texts for the servers of lanes that are at most ``columns`` wide, and different for different servers."""
    return layout.shortened_apart({visible(server) for value in values for server in value.servers}, columns)


def first_label(server: str) -> str:
    """``mb1`` of ``mb1.contoso.example``; an address is not shortened."""
    return server if ":" in server or server.replace(".", "").isdigit() else server.partition(".")[0]


def lanes(values: Iterable[Lane], names: wording.Names = str) -> list[str]:
    """``Transport, mb1.contoso.example`` per lane."""
    return [", ".join(filter(None, lane(value, names))) for value in values]


def length(value: Gap | None) -> str:
    """``5 min 6 s``, ``2 hops: 20 s``, ``-5 s``; corrected for clock skew ``4 s (1 h 4 s*)``; empty without time."""
    if value is None or not value.delay or value.end.hop is None:
        return ""
    recorded = wording.delay(value.end.hop).replace("+", "")
    return recorded if value.corrected is None else f"{wording.duration(value.corrected)} ({recorded}*)"


def borders(analysis: Analysis, drawn: Timeline) -> tuple[dict[int, str], list[str]]:
    """The lines on trust: by the lane that they precede, and those of a border inside a lane, with the hop."""
    above, notes = {}, []
    for number, text in wording.borders(analysis).items():
        hops = [(mark.hop.number, mark.lane) for mark in drawn.marks if mark.hop]
        lane = min(lane for hop, lane in hops if hop >= number)
        if all(earlier_lane < lane for hop, earlier_lane in hops if hop < number):
            above[lane] = visible(text)
        else:
            notes.append(visible(f"Hop {number}: {text}"))
    return above, notes


def mark(value: Mark, where: Lane, tz: tzinfo | None) -> str:
    """``Hop 2: Transport, mb1.contoso.example, 2012-07-31 21:52:42 +1000``."""
    if not isinstance(value.event, Hop):
        return f"{wording.service_without_header(value.event)}: {visible(value.event.evidence)}; time unknown"
    when = wording.time(value.event, tz) if value.dated else "no readable time"
    name, server = lane(where)
    service = visible(wording.service(value.event.label))
    software = "" if service.startswith(name) else name
    parts = (service, software, server, when, "unlinked" if value.unlinked else "")
    return f"Hop {value.event.number}: {', '.join(filter(None, parts))}"


def gap(value: Gap, holders: Mapping[int, str]) -> str:
    """``Hop 3 to hop 4: 5 min 6 s, held by MB1 Transport``; ``holders`` as of :func:`.wording.holders`."""
    hop, next_hop = value.start.hop, value.end.hop
    assert hop  # noqa: S101 - gaps are between hops
    assert next_hop  # noqa: S101
    delay = wording.duration(value.delay)
    if value.corrected is not None:
        delay = f"{wording.duration(value.corrected)} ({delay} as recorded, with clock skew)"
    holder = holders.get(next_hop.number) if value.kind is Kind.WAIT else None
    meaning = wording.held(holder) if holder else KINDS[value.kind]
    return f"Hop {hop.number} to hop {next_hop.number}: {delay}, {meaning}"


def drawn(analysis: Analysis) -> Timeline:
    """The timeline of a message."""
    corrected = {wait.hop: wait.waited for wait in analysis.attributed_delays if wait.clock_skew}
    return timeline(wording.hops_and_services_without_header(analysis), analysis.last_unlinked, corrected)


def _kinds(drawn: Timeline) -> list[Kind]:
    """The kinds of visible gaps."""
    shown = {gap.kind for gap in drawn.gaps if gap.delay}
    return [kind for kind in Kind if kind in shown]


def _special_marks(drawn: Timeline) -> Iterator[tuple[str, str]]:
    """Legend entries of the marks ``unlinked``, ``undated`` and ``no-header``, if there are any."""
    if any(mark.unlinked and mark.dated for mark in drawn.marks):
        yield "unlinked", "unlinked hop: its time is a claim"
    if any(mark.hop and not mark.dated for mark in drawn.marks):
        yield "undated", "no time: position shows only the order"
    if any(mark.hop is None for mark in drawn.marks):
        yield "no-header", "no Received field: time unknown"


def legend(drawn: Timeline, widened: timedelta, *, breaks: bool = True) -> Iterator[tuple[str, str]]:
    """The symbols in use with their meaning: a kind of gap, a mark, ``break``, or none; then what is not to scale.

    Args:
        drawn: The timeline.
        widened: The longest delay that is drawn longer than to scale.
        breaks: Whether axis breaks are drawn.
    """
    yield from ((str(kind), KINDS[kind]) for kind in _kinds(drawn))
    yield from _special_marks(drawn)
    lengths = [wording.duration(break_.length) for break_ in drawn.axis.breaks if breaks]
    if lengths:
        yield "break", f"Axis break: {' and '.join(lengths)} of clock skew shortened."
    if any(gap.corrected is not None for gap in drawn.gaps):
        yield "", "* as recorded, with clock skew"
    if widened:
        yield "", f"delays up to {wording.duration(widened)} are not to scale"
    if drawn.marks and not drawn.axis.points:
        yield "", NO_TIME


def ticks_zone(drawn: Timeline, tz: tzinfo | None) -> tzinfo | None:
    """The zone of the axis: ``tz``, or the offset of most hops (of the later ones, if two are equal in number).

    ``None`` if no hop has a time.
    """
    times = [mark.hop.time for mark in reversed(drawn.marks) if mark.hop and mark.hop.time]
    if not times:
        return None
    return tz or timezone(Counter(time.utcoffset() or timedelta(0) for time in times).most_common(1)[0][0])


def offset(time: datetime) -> str:
    """``-04:00``."""
    text = f"{time:%z}"
    return f"{text[:3]}:{text[3:5]}"


def date_and_time(value: Mark, zone: tzinfo | None) -> tuple[str, str]:
    """``2012-07-31 +1000`` and ``21:52:42`` of a hop in a zone; empty if its time is unknown."""
    if value.hop is None or value.hop.time is None:
        return "", ""
    shown = value.hop.time.astimezone(zone)
    return f"{shown.date()} {offset(shown)}", shown.time().isoformat("milliseconds" if shown.microsecond else "seconds")


class Label(NamedTuple):
    """A tick with its labels, each with its start; the time is empty if all ticks are at midnight."""

    column: float
    time: str
    time_start: float
    date: str
    date_start: float


def tick_labels(
    step: timedelta, ticks: Sequence[Tick], at: Callable[[float], float], width: float, letter: float = 1
) -> Iterator[Label]:
    """The ticks whose labels do not overlap. Ticks at the start and after a break take precedence.

    A tick has a date if it differs from that of the previous tick.

    Args:
        step: Time between ticks.
        ticks: All ticks of the axis.
        at: Converts a position on the axis to a coordinate.
        width: Total width, in the unit of the coordinates.
        letter: Width of a letter, in the same unit.
    """
    daily = bool(step.days) and not any(tick.time.hour or tick.time.minute or tick.time.second for tick in ticks)
    label_widths = [letter * (_DATE if daily else len(_time(tick))) for tick in ticks]
    centred = [(at(tick.position), wide, tick.first) for tick, wide in zip(ticks, label_widths, strict=True)]
    starts = layout.spread(centred, width, layout.GAP * letter)
    shown = [(tick, start) for tick, start in zip(ticks, starts, strict=True) if start is not None]
    dates = _changes([tick for tick, _ in shown])
    new = [(at(tick.position), letter * _DATE, True) for (tick, _), date in zip(shown, dates, strict=True) if date]
    date_starts = iter(layout.spread(new, width, layout.GAP * letter))
    for (tick, start), date in zip(shown, dates, strict=True):
        date_start = next(date_starts) if date else 0
        if date_start is not None:
            yield Label(at(tick.position), "" if daily else _time(tick), start, date, date_start)


def _changes(ticks: Sequence[Tick]) -> list[str]:
    """The date of each tick if it differs from that of the previous one, otherwise empty."""
    dates = [f"{tick.time:%Y-%m-%d}" for tick in ticks]
    return [date if date != last else "" for date, last in zip(dates, ["", *dates], strict=False)]


_DATE = len("2017-03-08")


def _time(tick: Tick) -> str:
    time = tick.time.time()
    precision = "microseconds" if time.microsecond % 1000 else "milliseconds" if time.microsecond else "seconds"
    return time.isoformat(precision if time.microsecond or time.second else "minutes")
