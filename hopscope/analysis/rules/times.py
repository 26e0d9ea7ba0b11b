"""HOP10x: times of Received fields that contradict each other; Date is checked in dates.py.

The module is over 300 lines because each rule explains what is ordinary, and which clock its times come from.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hopscope.analysis.clock_differences import LARGEST_SKEW, SLIGHT, is_same_machine, near_zones
from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.phrases import duration
from hopscope.analysis.reference_times import fitting
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import about, unique
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import servers
from hopscope.model import Finding, Hop, ReferenceTime, Service, Severity

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
"""Clocks of servers of different organisations often differ by up to this much."""
_RESOLUTION = timedelta(seconds=2)
"""Up to this difference, two times in whole seconds are the same."""
_NO_ADVICE = timedelta(seconds=30)
"""Clocks that differ by less need no check."""
_LONGEST_DATE = 60
"""Characters of an invalid date that are shown."""
_LOOSE = 10
_LONG = timedelta(minutes=10)
"""A second bound so long, and so many times the first, says little: the message waited in a queue or a mailbox."""


def negative_delay(context: MessageContext) -> Iterator[Finding]:
    """HOP101: A hop is dated earlier than the previous dated hop.

    Mail cannot arrive before it was sent, so the clocks of the two servers differ by at least the negative delay.
    Differences of up to 5 seconds are ignored; up to a minute is info, without checks; more is a warning, except
    between hops that nothing bears out, whose fields may be forged. If a third
    server's clock identifies the skewed one, HOP103 or HOP104 is reported instead. A difference close to that of two
    time zones is also consistent with a wrong time zone or daylight saving time setting on one server. Beyond 2 days
    it is the date that is wrong, or the field is of another message: clocks do not differ by so much.

    Why it matters: the delays before and after such a hop are wrong by the same amount, one too short, the other too
    long.

    Example: hop 2 at 11:15:00 +0100, hop 3 at 11:12:40 +0100.
    """
    skewed = {number: clock for clock in context.clocks if clock.is_identified for number in clock.hops}
    for hop in context.route.hops:
        if hop.delay is not None and hop.delay < -SLIGHT:
            previous = context.route.hops[hop.number - hop.hops_covered - 1]
            if _is_explained(skewed, previous, hop):
                continue
            gap, is_claim = -hop.delay, hop.number <= context.last_unlinked
            finding = Finding(
                code="HOP101",
                severity=Severity.WARNING if gap > _ORDINARY else Severity.INFO,
                message=(
                    f"The date of hop {hop.number} is {duration(gap)} before that of hop {previous.number}."
                    if gap > LARGEST_SKEW
                    else f"Hop {hop.number} is dated {duration(gap)} before hop {previous.number}."
                ),
                cause=_cause_of_claim(previous, hop, gap) if is_claim else _cause(previous, hop, gap),
                checks=tuple(_checks(context, previous, hop, gap)),
            )
            yield about(context, hop, finding, previous.number)


def _cause_of_claim(previous: Hop, hop: Hop, gap: timedelta) -> str:
    """What a negative delay is consistent with between hops that nothing bears out."""
    cause = _cause(previous, hop, gap)
    if cause == _TWO_CLOCKS and gap > _ORDINARY:
        return "Nothing bears these hops out: consistent with forged fields, or with clock skew."
    return f"{cause} Nothing bears these hops out: consistent with forged fields, too."


_TWO_CLOCKS = "Consistent with clock skew between the two servers."


def _checks(context: MessageContext, previous: Hop, hop: Hop, gap: timedelta) -> Iterator[str]:
    if gap > LARGEST_SKEW:
        yield f"Compare lines {hop.stamp.field.line} and {previous.stamp.field.line} with the original message."
    elif gap > _ORDINARY:
        yield from unique(next_steps.clock(context, previous), next_steps.clock(context, hop))


def _is_explained(skewed: "dict[int, Clock]", previous: Hop, hop: Hop) -> bool:
    """Whether the first clock is known to be ahead, or the second one behind."""
    first, second = skewed.get(previous.number), skewed.get(hop.number)
    return bool((first and first.ahead) or (second and second.behind))


def _cause(previous: Hop, hop: Hop, gap: timedelta) -> str:
    """What a negative delay is consistent with."""
    if gap > LARGEST_SKEW:
        return (
            "Too large for clock skew: consistent with Received fields of two messages, fields out of order, or a "
            "forged date."
        )
    zones = previous.time and hop.time and near_zones(gap, _ORDINARY, previous.time, hop.time)
    if hop.server and hop.server == previous.server:
        if zones and _offset(previous) != _offset(hop):
            return "Consistent with two programs on that server, one of them with a wrong time zone."
        return "Consistent with a clock set back between the two hops, or with several machines that share one name."
    if is_same_machine(previous, hop):
        return "Consistent with a clock set back between the two hops, both on one machine."
    if zones:
        return "Consistent with clock skew, or with a wrong time zone on one of the two servers."
    return _TWO_CLOCKS


def _offset(hop: Hop) -> timedelta | None:
    return hop.time.utcoffset() if hop.time else None


def _named(clock: "Clock") -> str:
    """The server by its name, or by its first hop if the name is that of every host, as localhost."""
    is_named = clock.server and not servers.is_local_name(clock.server)
    return f"{clock.server}" if is_named else f"the server of hop {clock.hops[0]}"


def undated_hop(context: MessageContext) -> Iterator[Finding]:
    """HOP102: A hop has no valid date, so its delay is unknown.

    The next delay covers more than one hop.

    Example: a Received field that ends without `; Wed, 8 Mar 2017 11:15:03 +0100`.
    """
    for hop in context.route.hops:
        if hop.time is None:
            text = hop.stamp.date_time.text if hop.stamp.date_time else ""
            cut = f"{text[:_LONGEST_DATE]}..." if len(text) > _LONGEST_DATE else text
            problem = f'has an invalid date ("{cut}")' if text else "has no date"
            finding = Finding(
                code="HOP102",
                severity=Severity.INFO,
                message=f"Hop {hop.number} {problem}; its delay is unknown.",
                cause="Consistent with a damaged Received field, or with a mail system that writes no valid date.",
                checks=(
                    f"Compare line {hop.stamp.field.line} with the source of the original message.",
                    *(next_steps.tracking(context, hop) if next_steps.is_on_premises(hop) else ()),
                ),
            )
            yield about(context, hop, finding, len(context.route.hops))  # about the text of the field itself


def wrong_zone(context: MessageContext) -> Iterator[Finding]:
    """HOP103: A server's times are wrong by the difference of two time zones.

    That is a multiple of 30 minutes, or of 15 if the server writes an offset such as +0545. Reported if a third
    server's clock identifies this server as wrong by such an amount, or if its hop differs by such an amount from
    Network-Message-Id or OriginalArrivalTime, which the same server writes in UTC.

    Why it matters: the delays before and after its hops are wrong by this amount; nothing was delayed that long.

    Example: hops at 10:00:00, 11:00:01 and 10:00:02, all +0000, in three organisations.
    """
    for clock in context.clocks:
        if clock.wrong_time_zone and clock.skew is not None:
            hop = context.route.hops[clock.hops[0] - 1]
            finding = Finding(
                code="HOP103",
                severity=Severity.WARNING,
                message=f"Times of {_named(clock)} are {_ahead_or_behind(clock.skew)}.",
                cause=(
                    f"Consistent with a wrong time zone or daylight saving time setting there ({clock.likelihood}: "
                    f"{'; '.join(clock.evidence)})."
                ),
                checks=next_steps.time_zone(context, hop),
            )
            yield about(context, hop, finding, hop.number - 1)


def wrong_clock(context: MessageContext) -> Iterator[Finding]:
    """HOP104: Other servers' clocks show that this server's clock is skewed.

    A negative and a positive delay around a server identify its clock as the skewed one if the servers before and
    after it agree: the message took less time from one to the other than the skew, so that a delay that long elsewhere
    is less likely. The two delays are the bounds of the skew, and their difference is the time really spent. This
    assumes that only one clock is skewed, so it is likely, not certain. Up to a minute is info, up to 30 seconds
    without checks; more is a warning, except for a server of Exchange Online, whose clock only Microsoft can set. A
    Received field of another organisation may also be forged. Beyond 2 days it is the date that is wrong. If there is
    no third clock to compare with, HOP101 is reported instead. In tracking logs, transfers that both servers logged
    compare their clocks; a third server that agrees with one of them identifies the skewed one.

    Why it matters: the delays before and after its hops are wrong by this amount. Kerberos and TLS fail when clocks
    are skewed.

    Example: hop 2 at 10:00:00, hop 3 at 09:58:00, hop 4 at 10:00:01, in three organisations: hop 3 is 2 min behind.
    """
    for clock in context.clocks:
        size = _size(clock)
        if not clock.wrong_time_zone and size is not None:
            hop = context.route.hops[clock.hops[0] - 1]
            finding = _wrong_date(clock, hop) if size > LARGEST_SKEW else _skewed(context, clock, hop)
            yield about(context, hop, finding, hop.number - 1)


def _skewed(context: MessageContext, clock: "Clock", hop: Hop) -> Finding:
    size = _size(clock) or _ZERO
    zone = " or a wrong time zone" if hop.time and near_zones(size, _ORDINARY, hop.time) else ""
    return Finding(
        code="HOP104",
        severity=Severity.WARNING if size > _ORDINARY and not hop.label.is_online else Severity.INFO,
        message=f"The clock of {_named(clock)} is {_bounds(clock)}.",
        cause=f"Consistent with clock skew{zone}, if the Received field is genuine ({'; '.join(clock.evidence)}).",
        checks=next_steps.clock(context, hop) if size > _NO_ADVICE else (),
    )


def _wrong_date(clock: "Clock", hop: Hop) -> Finding:
    bounds = _bounds(clock).replace("ahead", "too late").replace("behind", "too early")
    return Finding(
        code="HOP104",
        severity=Severity.WARNING if not hop.label.is_online else Severity.INFO,
        message=f"Dates of {_named(clock)} are {bounds}.",
        cause=(
            "Too large for clock skew: consistent with a wrong date on that server, a Received field of another "
            f"message, or a forged date ({'; '.join(clock.evidence)})."
        ),
        checks=(f"Compare line {hop.stamp.field.line} with the original message.",),
    )


def _size(clock: "Clock") -> timedelta | None:
    """The smallest possible skew of the clock, ahead or behind."""
    bounds = [abs(bound) for bound in (clock.min_skew, clock.max_skew) if bound is not None]
    return min(bounds, default=None)


def _bounds(clock: "Clock") -> str:
    """``95 s to 100 s behind``, ``at least 32 s ahead``."""
    low, high = clock.min_skew, clock.max_skew
    if low is None or high is None:
        bound = low if low is not None else high or _ZERO
        return f"at least {_ahead_or_behind(bound)}"
    near, far = sorted((low, high), key=abs)
    if abs(far) > max(_LOOSE * abs(near), _LONG):
        return f"at least {_ahead_or_behind(near)}"
    return _ahead_or_behind(near) if near == far else f"{duration(abs(near))} to {_ahead_or_behind(far)}"


def _ahead_or_behind(offset: timedelta) -> str:
    return f"{duration(abs(offset))} {'ahead' if offset > _ZERO else 'behind'}"


def foreign_entry(context: MessageContext) -> Iterator[Finding]:
    """HOP105: The time at which Exchange accepted the message matches none of its hops.

    Network-Message-Id encodes the time of the first entry into transport, OriginalArrivalTime states it; both use the
    clock of the server that added the Received field. In 98 % of messages they match a hop within a second. If no
    Exchange hop is within 2 s, Received fields may have been removed or rewritten, the message may have been
    resubmitted (by a rule, a journal, a replay) with its old header fields, or its GUID reused. A time before the first
    Exchange hop that equals Date is not reported: the message waited in the outbox (observed at Outlook.com). Nor is a
    time between Date and a submission from a mailbox, up to a minute before it: the submission took so long (observed
    in Exchange Online, 3 to 20 s).

    Why it matters: the Received fields then describe another delivery than these fields do.

    Example: OriginalArrivalTime 09:00:00.1234 (UTC), and the first Exchange hop at 10:12:30 +0000.
    """
    hops = context.entries
    zones = any(clock.wrong_time_zone and clock.hops[0] == hops[0].number for clock in context.clocks) if hops else True
    entry = next((time for time in context.entry_times if not fitting(time, hops)), None)
    if zones or entry is None or entry.time is None:
        return
    nearest = min(hops, key=lambda hop: _between(entry, hop))
    if _between(entry, nearest) <= _RESOLUTION or _is_submission(context, entry.time, hops[0]):
        return
    finding = Finding(
        code="HOP105",
        severity=Severity.INFO,
        message=(
            f"{entry.name} (line {entry.field.line}) records {_utc(entry.time)}, {duration(_between(entry, nearest))} "
            f"from hop {nearest.number}, the nearest Exchange hop."
        ),
        cause=(
            "Consistent with Received fields that were removed or rewritten, or with a message resubmitted with its "
            "old header fields."
        ),
        checks=next_steps.tracking(context, nearest),
    )
    yield about(context, nearest, finding)


def _is_submission(context: MessageContext, entry: datetime, first: Hop) -> bool:
    """Whether a time of entry is that of Date, before the first Exchange hop, or shortly before a submission."""
    if first.time is None or entry >= first.time:
        return False
    is_submission = first.label.service in _SUBMISSIONS and first.time - entry <= _ORDINARY
    dates = (date.time - entry for date in context.times_of("Date") if date.time is not None)
    return any(gap <= _RESOLUTION and (is_submission or gap >= -_RESOLUTION) for gap in dates)


_SUBMISSIONS = frozenset({Service.MAPI_SUBMISSION, Service.HTTP_SUBMISSION})


def _between(reference: ReferenceTime, hop: Hop) -> timedelta:
    """In whole seconds, the resolution of Received fields."""
    return timedelta(seconds=round(abs(_apart(reference, hop)).total_seconds()))


def _apart(reference: ReferenceTime, hop: Hop) -> timedelta:
    return reference.time - hop.time if reference.time is not None and hop.time is not None else timedelta.max


def _utc(time: datetime) -> str:
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'milliseconds')} UTC"


def shorter_latency(context: MessageContext) -> Iterator[Finding]:
    """HOP108: The end-to-end latency that Exchange measured is much shorter than the time its hops span.

    X-MS-Exchange-Transport-EndToEndLatency is written at delivery: the time since OriginalArrivalTime. In 98 % of
    messages the last Exchange hop is as far from OriginalArrivalTime, within a second. If later hops go on for much
    longer, Received fields of another message may be above those of this one, as in a message that was redirected, or
    imported from a mailing list or mailbox.

    Example: EndToEndLatency 00:00:02.5, OriginalArrivalTime 09:00:00 (UTC), and the last Exchange hop at 11:30:00
    +0000.
    """
    measured = next(iter(context.times_of("EndToEndLatency")), None)
    arrival = next(iter(context.times_of("OriginalArrivalTime")), None)
    hops = context.entries
    if measured is None or measured.duration is None or arrival is None or not hops:
        return
    spanned = -_apart(arrival, hops[-1])
    if spanned - measured.duration > _ORDINARY + abs(measured.duration) / 10:
        finding = Finding(
            code="HOP108",
            severity=Severity.INFO,
            message=(
                f"Exchange measured {_rough(measured.duration)} from arrival to delivery, but its hops span "
                f"{_rough(spanned)}, to hop {hops[-1].number}."
            ),
            cause="Consistent with Received fields of another message, or with a message resent after delivery.",
            checks=(f"Compare the Received fields above the delivery with line {measured.field.line} of the header.",),
        )
        yield about(context, hops[-1], finding)


def _rough(span: timedelta) -> str:
    return duration(timedelta(seconds=round(span.total_seconds())))


RULES = (
    Rule("HOP101", (Severity.WARNING, Severity.INFO), "Negative delay", {Fact.NEGATIVE_DELAY}, negative_delay),
    Rule("HOP102", (Severity.INFO,), "Hop without a valid date", {Fact.UNDATED_HOP}, undated_hop),
    Rule(
        "HOP103",
        (Severity.WARNING, Severity.INFO),
        "Wrong time zone",
        {Fact.CONTRADICTING_TIMES, Fact.UNMATCHED_ENTRY},
        wrong_zone,
    ),
    Rule(
        "HOP104", (Severity.WARNING, Severity.INFO), "Clock skew", {Fact.CONTRADICTING_TIMES, Fact.TRACKED}, wrong_clock
    ),
    Rule("HOP105", (Severity.INFO,), "Entry time without a matching hop", {Fact.UNMATCHED_ENTRY}, foreign_entry),
    Rule(
        "HOP108",
        (Severity.INFO,),
        "End-to-end latency shorter than the path",
        {Fact.END_TO_END_LATENCY},
        shorter_latency,
    ),
)
"""The family, in the order of the codes."""
