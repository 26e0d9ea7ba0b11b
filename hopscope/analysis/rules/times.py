"""HOP10x: what is wrong with the times of the stamps; those of Date are in dates.py."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hopscope.analysis.clock_differences import SLIGHT, near_quarters
from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.phrases import duration
from hopscope.analysis.reference_times import fitting
from hopscope.analysis.rules.finding import about
from hopscope.analysis.rules.rule import Rule
from hopscope.model import Finding, Hop, ReferenceTime, Severity

if TYPE_CHECKING:
    from hopscope.analysis.clocks import Clock

__all__ = [
    "RULES",
    "foreign_entry",
    "negative_delay",
    "shorter_latency",
    "undated_hop",
    "wrong_clock",
    "wrong_zone",
]

_ZERO = timedelta(0)
_ORDINARY = timedelta(minutes=1)
"""Clocks of servers that do not know each other often differ by up to so much."""
_MOST = timedelta(days=2)
"""More than any two time zones differ by."""


def negative_delay(context: MessageContext) -> Iterator[Finding]:
    """HOP101: a hop has an earlier time than the dated hop before it, so two clocks differ.

    A message takes time from server to server, never less than none: the clocks differ by at least that much, and by
    the time that the leg took on top. Up to 5 seconds is nothing; up to a minute between servers that do not know each
    other is ordinary, and an information; more is a warning. Where a third clock tells which server is at fault, HOP103
    or HOP104 says so instead. A difference near whole quarters of an hour is also consistent with a wrong time zone, or
    daylight saving time on one side only.

    Delays around such a hop are wrong by the same amount: the one before it too short, the one behind it too long.

    Example: hop 2 at 11:15:00 +0100, hop 3 at 11:12:40 +0100.
    """
    accused = {number: clock for clock in context.clocks if clock.told for number in clock.hops}
    for hop in context.route.hops:
        if hop.delay is not None and hop.delay < -SLIGHT:
            previous = context.route.hops[hop.number - hop.hops_covered - 1]
            if _is_told(accused, previous, hop):
                continue
            message = (
                f"Hop {hop.number} has an earlier time than hop {previous.number}, by {duration(-hop.delay)}: "
                f"{_clocks(previous, hop, -hop.delay)}."
            )
            severity = Severity.WARNING if -hop.delay > _ORDINARY else Severity.INFO
            advice = "Check the clocks of both servers against a time source." if -hop.delay > _ORDINARY else None
            yield about(
                context,
                hop,
                Finding(code="HOP101", severity=severity, message=message, checks=(advice,) if advice else ()),
            )


def _is_told(accused: "dict[int, Clock]", previous: Hop, hop: Hop) -> bool:
    """Whether it is known that the first clock is ahead, or the second one behind."""
    first, second = accused.get(previous.number), accused.get(hop.number)
    return bool((first and first.ahead) or (second and second.behind))


def _clocks(previous: Hop, hop: Hop, gap: timedelta) -> str:
    """What a negative delay tells: that a wrong zone is off by quarters of an hour, or two clocks differ."""
    if hop.server and hop.server == previous.server:
        return "one server name, so its clock was set back in between, or several machines share the name"
    if gap > _MOST:
        return "too much for clocks, so the fields are of two messages, out of order, or one date is not genuine"
    if near_quarters(gap, _ORDINARY):
        return "their clocks differ, or one of them has the wrong time zone"
    return "their clocks differ"


def _named(clock: "Clock") -> str:
    return clock.server or f"the server of hop {clock.hops[0]}"


def undated_hop(context: MessageContext) -> Iterator[Finding]:
    """HOP102: a hop has no time that can be read, so the next delay covers more than one leg."""
    for hop in context.route.hops:
        if hop.time is None:
            text = hop.stamp.date_time.text if hop.stamp.date_time else ""
            what = (
                f'The date of hop {hop.number} cannot be read ("{text}")' if text else f"Hop {hop.number} has no date"
            )
            message = f"{what}, so its delay is unknown."
            yield about(context, hop, Finding(code="HOP102", severity=Severity.INFO, message=message))


def wrong_zone(context: MessageContext) -> Iterator[Finding]:
    """HOP103: the time of a server is off by whole quarters of an hour, as a wrong time zone makes it.

    Offsets of time zones are multiples of 15 minutes, and daylight saving time is mostly one hour. Either a third
    clock tells that this server is off by such an amount, or its stamp differs by it from Network-Message-Id or
    OriginalArrivalTime, which the same server writes in UTC.

    Delays before and behind its hops are wrong by that amount; nothing was held for so long.

    Example: hops at 10:00:00, 11:00:01 and 10:00:02, all +0000, of three organisations.
    """
    for clock in context.clocks:
        if clock.wrong_time_zone and clock.skew is not None:
            message = (
                f"The stamps of {_named(clock)} are {_off(clock.skew)}; that is consistent with a wrong time zone or "
                f"daylight saving time there ({clock.likelihood}: {'; '.join(clock.evidence)})."
            )
            advice = f"Check time zone and daylight saving time of {_named(clock)}."
            finding = Finding(code="HOP103", severity=Severity.WARNING, message=message, checks=(advice,))
            yield about(context, context.route.hops[clock.hops[0] - 1], finding)


def wrong_clock(context: MessageContext) -> Iterator[Finding]:
    """HOP104: the clock of a server is off, by what the clocks of other servers say.

    A negative delay and a positive one of about the same size around a server tell that its clock is off: the servers
    before and after agree with each other. That only one clock is off is assumed, so this is likely, not certain. A
    minute or less is an information, more a warning. A stamp of another organisation may also be forged. Nothing is
    said where two clocks stand alone against each other.

    The delays before and behind its hops are wrong by that amount. Kerberos and certificates mind clocks that are
    off.

    Example: hop 2 at 10:00:00, hop 3 at 09:58:00, hop 4 at 10:00:01, of three organisations: hop 3 is 2 min behind.
    """
    for clock in context.clocks:
        size = _size(clock)
        if not clock.wrong_time_zone and size is not None:
            or_zone = ", or its time zone wrong" if near_quarters(size, _ORDINARY) else ""
            message = (
                f"The clock of {_named(clock)} seems to be {_bounds(clock)}{or_zone}, if its stamp is genuine "
                f"({'; '.join(clock.evidence)})."
            )
            severity = Severity.WARNING if size > _ORDINARY else Severity.INFO
            advice = f"Check how {_named(clock)} keeps its time; read the delays around its hops with that in mind."
            finding = Finding(code="HOP104", severity=severity, message=message, checks=(advice,))
            yield about(context, context.route.hops[clock.hops[0] - 1], finding)


def _size(clock: "Clock") -> timedelta | None:
    """By how much the clock is off at least, whichever way."""
    bounds = [abs(bound) for bound in (clock.min_skew, clock.max_skew) if bound is not None]
    return min(bounds, default=None)


def _bounds(clock: "Clock") -> str:
    """``95 s to 100 s behind``, ``at least 32 s ahead``."""
    low, high = clock.min_skew, clock.max_skew
    if low is None or high is None:
        bound = low if low is not None else high or _ZERO
        return f"at least {_off(bound)}"
    near, far = sorted((low, high), key=abs)
    return _off(near) if near == far else f"{duration(abs(near))} to {_off(far)}"


def _off(offset: timedelta) -> str:
    return f"{duration(abs(offset))} {'ahead' if offset > _ZERO else 'behind'}"


def foreign_entry(context: MessageContext) -> Iterator[Finding]:
    """HOP105: the time at which Exchange took the message in fits none of its stamps.

    Network-Message-Id carries the time of the first entry into transport, OriginalArrivalTime states it; both are of
    the clock that also stamped. In 98 of 100 messages the stamp is within a second. Where no stamp of Exchange is
    within 2 s, that is consistent with stamps that were removed or rewritten, a message that was injected again (a
    rule, a journal, a replay) and kept its fields, or a GUID that was used again.

    The stamps then tell of another passage than these fields do.

    Example: OriginalArrivalTime 09:00:00.1234 (UTC), and the first stamp of Exchange at 10:12:30 +0000.
    """
    stamps = context.entries
    zones = (
        any(clock.wrong_time_zone and clock.hops[0] == stamps[0].number for clock in context.clocks) if stamps else True
    )
    anchor = next((time for time in context.entry_times if not fitting(time, stamps)), None)
    if zones or anchor is None or anchor.time is None:
        return
    nearest = min(stamps, key=lambda hop: _between(anchor, hop))
    message = (
        f"{anchor.name} (line {anchor.field.line}) has {_utc(anchor.time)}, and no stamp of Exchange fits that; the "
        f"nearest one, of hop {nearest.number}, is {duration(_between(anchor, nearest))} away. That is consistent with "
        "stamps that were removed or rewritten, and with a message that was injected again with its old fields."
    )
    advice = "Look the message up by its Message-ID in the message tracking log around both times."
    yield about(context, nearest, Finding(code="HOP105", severity=Severity.INFO, message=message, checks=(advice,)))


def _between(anchor: ReferenceTime, hop: Hop) -> timedelta:
    """In whole seconds, as stamps have them."""
    return timedelta(seconds=round(abs(_apart(anchor, hop)).total_seconds()))


def _apart(anchor: ReferenceTime, hop: Hop) -> timedelta:
    return anchor.time - hop.time if anchor.time is not None and hop.time is not None else timedelta.max


def _utc(time: datetime) -> str:
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'milliseconds')} UTC"


def shorter_latency(context: MessageContext) -> Iterator[Finding]:
    """HOP108: Exchange measured a much shorter way than its stamps tell.

    X-MS-Exchange-Transport-EndToEndLatency is written at delivery: the time since OriginalArrivalTime. In 98 of 100
    messages the last stamp of Exchange is as far from OriginalArrivalTime, within a second. Where the stamps go on
    for much longer, that is consistent with Received fields of another message above those of this one, as in a
    message that was forwarded as it is or taken over from a mailing list or mailbox.

    Example: EndToEndLatency 00:00:02.5, OriginalArrivalTime 09:00:00 (UTC), and the last stamp at 11:30:00 +0000.
    """
    measured = next(iter(context.times_of("EndToEndLatency")), None)
    arrival = next(iter(context.times_of("OriginalArrivalTime")), None)
    stamps = context.entries
    if measured is None or measured.duration is None or arrival is None or not stamps:
        return
    spanned = -_apart(arrival, stamps[-1])
    if spanned - measured.duration > _ORDINARY + abs(measured.duration) / 10:
        message = (
            f"Exchange measured {_rough(measured.duration)} from arrival to delivery, and its stamps go on for "
            f"{_rough(spanned)}, to hop {stamps[-1].number}: consistent with Received fields that belong to another "
            "message, or a message that was delivered and sent on."
        )
        advice = f"Compare the stamps above the delivery with line {measured.field.line} of the header."
        yield about(
            context, stamps[-1], Finding(code="HOP108", severity=Severity.INFO, message=message, checks=(advice,))
        )


def _rough(span: timedelta) -> str:
    return duration(timedelta(seconds=round(span.total_seconds())))


RULES = (
    Rule("HOP101", (Severity.WARNING, Severity.INFO), "negative delay", {Fact.NEGATIVE_DELAY}, negative_delay),
    Rule("HOP102", (Severity.INFO,), "undated hop", {Fact.UNDATED_HOP}, undated_hop),
    Rule(
        "HOP103",
        (Severity.WARNING,),
        "wrong zone",
        {Fact.CONTRADICTING_TIMES, Fact.UNMATCHED_ENTRY},
        wrong_zone,
    ),
    Rule("HOP104", (Severity.WARNING, Severity.INFO), "wrong clock", {Fact.CONTRADICTING_TIMES}, wrong_clock),
    Rule("HOP105", (Severity.INFO,), "foreign entry", {Fact.UNMATCHED_ENTRY}, foreign_entry),
    Rule("HOP108", (Severity.INFO,), "shorter latency", {Fact.END_TO_END_LATENCY}, shorter_latency),
)
"""The family, in the order of the codes."""
