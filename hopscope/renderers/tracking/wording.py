"""The events of tracking logs in words and rows, which the formats lay out.

The module is over 300 lines because the formats of show, explain and track share all of its words.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

import msgspec

from hopscope.analysis.phrases import duration, rounded
from hopscope.analysis.tracking.events import CHANGES_RECIPIENTS, SENDS, is_deferral, meaning, reason
from hopscope.analysis.tracking.events import outcome as outcome_of
from hopscope.analysis.tracking.offsets import ClockOffset
from hopscope.analysis.tracking.ordering import OrderedEvent, OrderedEvents
from hopscope.analysis.tracking.stays import Stay
from hopscope.analysis.tracking.trail import Outcome, Trail
from hopscope.model import TrackingEvent
from hopscope.renderers.text.rounded import count, counted

__all__ = [
    "MessageList",
    "Names",
    "Outline",
    "Row",
    "answer",
    "clocks",
    "delay",
    "details",
    "headings",
    "name",
    "outcome",
    "outcomes",
    "rows",
    "short_names",
    "stay",
    "time",
]

UNKNOWN = "–"
_MOST_EQUAL = 3
"""Events that differ in their times only are shown up to this number; then the first and the last."""
_MOST_ROWS = 200
_MOST_OUTCOMES = 10
_MOST_SERVERS = 5

Names = Callable[[str], str]
"""Name of a server -> the name that is shown."""


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A message among several."""

    message_id: str | None
    network_message_id: str | None
    subject: str | None
    first_time: datetime | None
    last_time: datetime | None
    events: int
    last_event: str

    @property
    def total(self) -> timedelta | None:
        """From the first to the last event, as logged; ``None`` without two times."""
        return self.last_time - self.first_time if self.first_time and self.last_time else None


class MessageList(msgspec.Struct, frozen=True, kw_only=True):
    """The slowest messages, and how many there are."""

    messages: tuple[Outline, ...]
    total: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the table of events."""

    hop: str = ""
    """The number of the hop, where the header is known; a dot for a server without a hop."""
    time: str = ""
    delay: str = ""
    server: str = ""
    service: str = ""
    event: str
    details: str = ""
    meaning: str = ""
    """The documented meaning of the event."""
    is_deferral: bool = False
    is_slow: bool = False
    """The longest delay, if it is worth attention."""
    is_summary: bool = False
    """Not an event, but how many are left out."""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of ``headings``."""
        return self.time, self.delay, self.server, self.service, self.event, self.details


def headings(tz: tzinfo | None) -> tuple[str, ...]:
    """The headings of the columns; the zone is named if it is that of logs."""
    return "Time UTC" if tz is None else "Time", "Delay", "Server", "Service", "Event", "Details"


def short_names(servers: Sequence[str]) -> Names:
    """The first label of each server, where no other server has it."""
    counts: dict[str, set[str]] = {}
    for server in servers:
        counts.setdefault(server.partition(".")[0].lower(), set()).add(server)
    short = {server: host for server in servers if len(counts[(host := server.partition(".")[0]).lower()]) == 1}
    return lambda server: short.get(server, server)


def time(value: datetime | None, tz: tzinfo | None, *, with_day: bool = True) -> str:
    """``2024-06-03 18:02:35.172``; a dash if unknown."""
    if value is None:
        return UNKNOWN
    shown = value if tz is None else value.astimezone(tz)
    precision = "milliseconds" if shown.microsecond else "seconds"
    text = shown.replace(tzinfo=None).isoformat(" ", precision)
    return text if with_day else text.partition(" ")[2]


def delay(value: timedelta | None) -> str:
    """``5 min 6 s``, ``0.229 s``; a dash if unknown."""
    return UNKNOWN if value is None else duration(rounded(value))


def name(event: TrackingEvent) -> str:
    """``SMTP RECEIVE``; only the event if the log has no source."""
    return f"{event.source} {event.event}" if event.source else event.event


_LONGEST = 300
"""Maximum characters of a reply in a row; JSON and CSV have all of it."""


def details(event: OrderedEvent, names: Names, tz: tzinfo | None) -> str:
    """What the event adds: the other server, the reply or the reason, the recipients if there are several."""
    logged = event.event
    parts = [*_partner(logged, names), *_reason(logged)]
    if (attempt := event.next_attempt) is not None:
        is_next_day = event.time is None or _day(attempt, tz) != _day(event.time, tz)
        parts.append(f"next attempt {time(attempt, tz, with_day=is_next_day)} (inferred)")
    if len(logged.recipients) > 1:
        parts.append(counted(len(logged.recipients), "recipient"))
    return ", ".join(parts)


def _partner(event: TrackingEvent, names: Names) -> Iterator[str]:
    if event.event == "RECEIVE" and (event.client or event.client_ip):
        address = f"[{event.client_ip}]" if event.client_ip else ""
        yield f"from {' '.join(filter(None, (names(event.client) if event.client else '', address)))}"
    elif event.event in SENDS | {"SUBMIT"} and event.server:
        yield f"to {names(event.server)}"
    elif event.event in CHANGES_RECIPIENTS and event.related_recipient:
        yield f"{event.related_recipient} to {', '.join(event.recipients[:1])}".removesuffix(" to ")


_WITH_REASON = frozenset(
    {"SEND", "SENDEXTERNAL", "FAIL", "DROP", "BADMAIL", "DSN", "HAREDIRECTFAIL", "DELIVERFAIL", "SUBMITFAIL"}
)


def _reason(event: TrackingEvent) -> Iterator[str]:
    is_agent = event.source == "AGENT" and event.event in {"DEFER", "FAIL"}
    if event.event in _WITH_REASON or is_deferral(event) or is_agent:
        text = reason(event)
        if text and not text.startswith("MDB:"):
            yield text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def stay(value: Stay, names: Names) -> str:
    """``EX19-02 Transport, DEFER 432 4.3.2 mailbox server is offline``."""
    holder = f"{names(value.server)} {value.service}" if value.service else names(value.server)
    if value.deferrals is None:
        return holder
    times = f" {value.deferrals.count} times" if value.deferrals.count > 1 else ""
    why = f" {value.deferrals.reason}" if value.deferrals.reason else ""
    return f"{holder}, DEFER{times}{why}"


_WORTH_NAMING = timedelta(seconds=1)


def _days(events: Sequence[OrderedEvent], tz: tzinfo | None) -> set[date]:
    return {_day(event.time, tz) for event in events if event.time}


def _day(value: datetime, tz: tzinfo | None) -> date:
    return (value if tz is None else value.astimezone(tz)).date()


def answer(trail: Trail, tz: tzinfo | None, names: Names = str) -> str:
    """``8 events in 5 min 6 s on 2 servers, 2024-06-03: 5 min 6 s held by EX19-02 Transport, DEFER 432 4.3.2 ...``."""
    ordered, longest = trail.ordered, trail.longest
    servers = f" on {counted(len(trail.servers), 'server')}" if trail.servers else ""
    took = f" in {delay(ordered.total)}" if ordered.total is not None else ""
    days = _days(ordered.events, tz)
    day = f", {next(iter(days))}" if len(days) == 1 else ""
    start = f"{counted(len(ordered.events), 'event')}{took}{servers}{day}"
    if longest is None or longest.held < _WORTH_NAMING:
        return start
    return f"{start}: {delay(longest.held)} held by {stay(longest, names)}"


def clocks(ordered: OrderedEvents, names: Names = str) -> Iterator[str]:
    """Why a row may have an earlier time than the one above, and what the transfers show of the clocks."""
    times = [event.time for event in ordered.events if event.time is not None]
    if any(later < earlier for earlier, later in pairwise(times)):
        yield (
            "Events are in the order of mail flow: a sender logs SEND after the reply, so the event of the next server "
            "may have an earlier time."
        )
    for offset in ordered.offsets:
        if offset.is_skew:
            yield _clock(offset, names)
    if ordered.unconnected:
        shown = [*map(names, ordered.unconnected[:_MOST_SERVERS])]
        if (more := len(ordered.unconnected) - _MOST_SERVERS) > 0:
            shown.append(f"{more} more servers" if more > 1 else "1 more server")
        if ordered.reference:
            shown.append(names(ordered.reference))
        *others, last = shown
        yield (
            f"The clock difference between {', '.join(others)} and {last} is unknown, as no transfer in the logs shows "
            "it: times are as logged."
        )


def _clock(offset: ClockOffset, names: Names) -> str:
    direction = "ahead of" if offset.offset > timedelta(0) else "behind"
    text = (
        f"{names(offset.server)}'s clock is {delay(abs(offset.offset))} {direction} that of {names(offset.reference)}"
    )
    if offset.uncertainty is None:
        basis = f"{counted(offset.pairs, 'transfer')} in one direction: within the transfer time"
    else:
        basis = f"{counted(offset.pairs, 'transfer')} in both directions: ± {delay(offset.uncertainty)}"
    return f"{text} ({basis}); times of {names(offset.server)} are corrected."


def outcome(value: Outcome, names: Names, tz: tzinfo | None, *, with_day: bool = False) -> str:
    """``bob@example.com: delivered by EX19-01 at 18:07:41.279``."""
    event = value.event
    done = outcome_of(event.event) or f"last event {event.event.event}"
    is_sent = event.event.event in SENDS
    to = f" to {names(event.event.server)}" if is_sent and event.event.server else ""
    by = f" by {names(event.server)}" if event.server else ""
    at = f" at {time(event.time, tz, with_day=with_day)}" if event.time else ""
    why = f": {value.reason}" if value.reason else ""
    return f"{value.recipient}: {done}{to}{by}{at}{why}"


def outcomes(all_outcomes: Sequence[Outcome], ordered: OrderedEvents, names: Names, tz: tzinfo | None) -> Iterator[str]:
    """A line per recipient, those that were not delivered first, and how many more there are."""
    worst_first = sorted(all_outcomes, key=lambda value: value.event.event.event.upper().startswith("DELIVER"))
    with_day = len(_days(ordered.events, tz)) > 1
    for value in worst_first[:_MOST_OUTCOMES]:
        yield outcome(value, names, tz, with_day=with_day)
    if len(worst_first) > _MOST_OUTCOMES:
        yield f"and {count(len(worst_first) - _MOST_OUTCOMES)} more recipients: use -f json to list all"


def rows(  # noqa: PLR0913 - the defaults suit most callers
    events: Sequence[OrderedEvent],
    names: Names,
    tz: tzinfo | None,
    *,
    hops: Sequence[str] = (),
    most: int = _MOST_ROWS,
    advice: str = "use -f csv to list all",
) -> list[Row]:
    """The lines of the table: of many equal events only the first and the last, and no more than ``most``.

    Args:
        events: In their order.
        names: How servers are shown.
        tz: The zone of the times; ``None``: UTC, as in logs.
        hops: The number of the hop of each event; empty without a header.
        most: How many lines are shown.
        advice: Where the other lines are.
    """
    days = _days(events, tz)
    delays = [event.delay for event in events if event.delay is not None]
    longest = max(delays, default=timedelta(0))
    shown: list[Row] = []
    for group in _groups(events, hops or [""] * len(events)):
        is_long = len(group) > _MOST_EQUAL
        chosen = [group[0], group[-1]] if is_long else group
        lines = [_row(event, hop, names, tz, with_day=len(days) > 1, longest=longest) for event, hop in chosen]
        if is_long:
            lines.insert(1, Row(event=f"and {count(len(group) - 2)} more {group[0][0].event.event}", is_summary=True))
        shown += lines
    if len(shown) > most:
        hidden = Row(event=f"and {count(len(shown) - most)} more rows: {advice}", is_summary=True)
        shown = [*shown[: most // 2], hidden, *shown[len(shown) - (most - most // 2) :]]
    return shown


_WORTH_ATTENTION = timedelta(seconds=10)


def _row(  # noqa: PLR0913 - the values of a line
    event: OrderedEvent, hop: str, names: Names, tz: tzinfo | None, *, with_day: bool, longest: timedelta
) -> Row:
    return Row(
        hop=hop,
        time=time(event.time, tz, with_day=with_day),
        delay=delay(event.delay),
        server=names(event.server) if event.server else UNKNOWN,
        service=str(event.service) if event.service else UNKNOWN,
        event=name(event.event),
        details=details(event, names, tz),
        meaning=meaning(event.event) or "",
        is_deferral=is_deferral(event.event),
        is_slow=event.delay is not None and event.delay >= _WORTH_ATTENTION and event.delay == longest,
    )


def _groups(events: Sequence[OrderedEvent], hops: Sequence[str]) -> Iterator[list[tuple[OrderedEvent, str]]]:
    """Runs of events that differ in their times only."""
    group: list[tuple[OrderedEvent, str]] = []
    previous: tuple[object, ...] | None = None
    for event, hop in zip(events, hops, strict=True):
        logged = event.event
        partners = logged.client, logged.server, logged.related_recipient
        what = (hop, event.server, name(logged), partners, logged.recipients, reason(logged))
        if group and what != previous:
            yield group
            group = []
        group.append((event, hop))
        previous = what
    if group:
        yield group
