"""Text on the other times of a message: timestamps of other fields, latency recorded by servers, and clock skew."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.clocks import Clock
from hopscope.analysis.latency import Account, accounts, meaning
from hopscope.analysis.phrases import duration
from hopscope.classifier.latency import Component, Latency
from hopscope.model import ReferenceTime

__all__ = ["paragraphs"]


def paragraphs(analysis: Analysis) -> Iterator[list[str]]:
    """A heading and a line per fact, for each kind of fact in the message."""
    measured = analysis.latencies
    accounted = (_account(account) for account in accounts(analysis.route, measured))
    for heading, facts in (
        ("Timestamps in other header fields:", [*map(_anchor, analysis.reference_times)]),
        ("Latency recorded by the servers (component names as in the header):", [*map(_latency, measured)]),
        ("Delays that recorded latency explains:", [*accounted]),
        ("Clock skew:", [*map(_clock, analysis.clocks)]),
    ):
        if facts:
            yield [heading, *(f"  - {fact}" for fact in facts)]


def _anchor(anchor: ReferenceTime) -> str:
    values = [_time(anchor.time)] if anchor.time else []
    values += [duration(anchor.duration)] if anchor.duration is not None else []
    return f"{anchor.name} (line {anchor.field.line}): {', '.join(values)}; {anchor.event}, {_whose(anchor)}"


def _whose(anchor: ReferenceTime) -> str:
    if anchor.clock == "both":
        return "clocks of two servers"
    if anchor.server is None:
        return "clock of the client"
    return f"clock of {'the signer for ' if anchor.clock == 'signer' else ''}{anchor.server}"


def _time(value: datetime) -> str:
    precision = "microseconds" if value.microsecond else "seconds"
    return f"{value.replace(tzinfo=None).isoformat(' ', precision)} {value:%z}"


_PARTS = {
    "FE": "Front End Transport",
    "HUB": "Transport or Hub Transport",
    "SUB": "Mailbox Transport Submission",
    "DEL": "Mailbox Transport Delivery",
}


def _latency(measured: Latency) -> str:
    part = f" ({_PARTS.get(measured.part, measured.part)})" if measured.part else ""
    held = f"held the message for {measured.seconds:g} s{' so far' if measured.in_progress else ''}"
    components = f": {', '.join(map(_component, measured.components))}" if measured.components else ""
    row = f" ({measured.position})" if measured.position else ""
    return f"{measured.server}{part} {held}{row}{components}"


def _component(component: Component) -> str:
    explained = meaning(component.name)
    return f"{component.name} {component.seconds:.12g} s{f' ({explained})' if explained else ''}"


def _account(account: Account) -> str:
    explained = f" ({meaning(account.component)})" if meaning(account.component) else ""
    parts = f" in {account.occurrences} parts" if account.occurrences > 1 else ""
    share = f"{account.component}{explained} took {account.seconds:.12g} s{parts} of {duration(account.delay)}"
    if account.next_hop is None:
        return f"at the server of hop {account.hop}: {share}"
    return f"from hop {account.hop} to hop {account.next_hop}: {share}"


def _clock(clock: Clock) -> str:
    hops = " and ".join(map(str, clock.hops))
    what = f"hop{'s' * (len(clock.hops) > 1)} {hops}"
    evidence = "; ".join(clock.evidence)
    if not clock.is_identified:
        return f"{what}: unknown which clock is wrong: {evidence}"
    name = f"{clock.server}, {what}" if clock.server else what
    corrected = "".join(
        f"; hop {correction.hop} corrected: {_time(correction.corrected)}" for correction in clock.corrected_times
    )
    return f"{name}: {_offset(clock)}, {clock.likelihood}: {evidence}{corrected}"


def _offset(clock: Clock) -> str:
    """``about 1 min 30 s ahead``, ``1 h to 1 h 5 min behind``, or ``at least`` the only bound."""
    what = "wrong time zone, " if clock.wrong_time_zone else ""
    if clock.skew is not None:
        return f"{what}about {_ahead_or_behind(clock.skew)}"
    near, *far = sorted((bound for bound in (clock.min_skew, clock.max_skew) if bound is not None), key=abs)
    if far and clock.ahead is not clock.behind:
        return f"{what}{duration(abs(near))} to {_ahead_or_behind(far[0])}"
    return f"{what}at least {_ahead_or_behind(near)}"


def _ahead_or_behind(offset: timedelta) -> str:
    return f"{duration(abs(offset))} {'ahead' if offset > timedelta(0) else 'behind'}"
