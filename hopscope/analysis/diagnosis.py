"""Findings in plain words: what should be said about a route, and what it rests on.

Each rule is a function with a stable code; RULES lists them in the order in which their findings are shown.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby

from hopscope.classifier import builds, servers
from hopscope.classifier.dialects import exchange
from hopscope.classifier.evidence import VIA_SERVICES
from hopscope.model import Finding, HeaderField, Hop, Route, Service, Severity
from hopscope.parser import stamp

__all__ = ["RULES", "findings"]


def findings(route: Route) -> tuple[Finding, ...]:
    """What should be said about the route; empty where there is nothing to say."""
    return tuple(finding for rule in RULES for finding in rule(route))


def negative_delay(route: Route) -> Iterator[Finding]:
    """HOP101: a hop has an earlier time than the dated hop before it, so two clocks differ."""
    for hop in route.hops:
        if hop.delay is not None and hop.delay < timedelta(0):
            message = f"Hop {hop.number} has an earlier time than hop {hop.number - hop.spans}: {_clocks(hop.delay)}."
            yield _about(route, hop, "HOP101", Severity.WARNING, message)


_QUARTER = timedelta(minutes=15)
"""All offsets from UTC in use are multiples of it."""
_NEAR = timedelta(minutes=1)


def _clocks(delay: timedelta) -> str:
    """What a negative delay tells: a wrong zone is off by quarters of an hour."""
    off = -delay % _QUARTER
    if -delay >= _QUARTER - _NEAR and min(off, _QUARTER - off) <= _NEAR:
        return "their clocks differ, or one of them has the wrong time zone"
    return "their clocks differ"


def undated_hop(route: Route) -> Iterator[Finding]:
    """HOP102: a hop has no time that can be read, so the next delay covers more than one leg."""
    for hop in route.hops:
        if hop.time is None:
            text = hop.stamp.date_time.text if hop.stamp.date_time else ""
            what = (
                f'The date of hop {hop.number} cannot be read ("{text}")' if text else f"Hop {hop.number} has no date"
            )
            message = f"{what}, so its delay is unknown."
            yield _about(route, hop, "HOP102", Severity.INFO, message)


def inferred_label(route: Route) -> Iterator[Finding]:
    """HOP201: the path decided which service stamped a hop, and not the stamp itself."""
    inferred = [hop for hop in route.hops if hop.label.inferred]
    for build, group in groupby(inferred, key=_build_without_via):
        hops = list(group)
        if build is None:
            why = "the stamp does not tell its service for certain; it is inferred."
        else:
            prints = "prints no `via`" if builds.prints_via(build) is False else "is not known to print `via`"
            services = "its service is" if len(hops) == 1 else "their services are"
            why = f"build {build} {prints}, so {services} inferred from the path."
        yield _about(route, hops[0], "HOP201", Severity.INFO, f"{_numbers(hops)}: {why}{_other_possibilities(hops)}")


def unknown_label(route: Route) -> Iterator[Finding]:
    """HOP202: an Exchange server stamped a hop, but which of its services is unknown."""
    for hop in route.hops:
        if hop.label.service is Service.UNKNOWN and exchange.read(hop.stamp):
            message = f"Hop {hop.number}: which service of Exchange stamped it is unknown ({hop.label.evidence[0]})."
            yield _about(route, hop, "HOP202", Severity.INFO, message)


def newer_build(route: Route) -> Iterator[Finding]:
    """HOP203: a build is newer than all that are known here, so the table of builds may be out of date."""
    newer = [hop for hop in route.hops if _is_newer(hop)]
    for (build, product), group in groupby(newer, key=lambda hop: (hop.label.build, hop.label.product)):
        hops = list(group)
        known = f"every build of {product} known here, as of {builds.as_of()}"
        message = f"{_numbers(hops)}: build {build} is newer than {known}; its release may have another name."
        yield _about(route, hops[0], "HOP203", Severity.INFO, message)


def restarted(route: Route) -> Iterator[Finding]:
    """HOP205: fields of a delivery or a resending stand between two hops, so the way starts anew there."""
    for number, fields in groupby(_between(route, _RESTARTS), key=lambda pair: pair[0]):
        names = " and ".join(dict.fromkeys(field.name for _, field in fields))
        place = f"Between hops {number} and {number + 1}"
        message = f"{place} stands {names}: there the way starts anew, as the message was delivered or resent."
        yield _about(route, route.hops[number], "HOP205", Severity.INFO, message)


def internal_copy(route: Route) -> Iterator[Finding]:
    """HOP206: Google keeps the times of its internal hops in X-Received, which is no trace field, and no hop here."""
    for number, field in _between(route, frozenset({"x-received"})):
        by, date = stamp.parse(field).by_domain, stamp.parse(field).date_time
        server = by.domain if by and by.domain else "a server without a name"
        when = date.text if date and date.text else "an unknown time"
        place = f"Between hops {number} and {number + 1}"
        message = f"{place}, X-Received tells of {server} at {when}; it is not counted as a hop."
        yield _about(route, route.hops[number], "HOP206", Severity.INFO, message)


def repaired(route: Route) -> Iterator[Finding]:
    """HOP301: the input was damaged and was repaired before it was read."""
    if route.repairs:
        done = "; ".join(repair.message for repair in route.repairs)
        message = f"The input was repaired before it was read: {done}."
        yield Finding(code="HOP301", severity=Severity.INFO, message=message, source=route.source)


def defective(route: Route) -> Iterator[Finding]:
    """HOP302: something in the input is against its grammar."""
    count = len(route.defects) + sum(len(hop.stamp.defects) for hop in route.hops)
    if count:
        defects, them = ("1 defect", "it") if count == 1 else (f"{count} defects", "them")
        message = f"{defects} in the header fields; --defects lists {them}."
        yield Finding(code="HOP302", severity=Severity.INFO, message=message, source=route.source)


RULES: tuple[Callable[[Route], Iterator[Finding]], ...] = (
    negative_delay,
    undated_hop,
    inferred_label,
    unknown_label,
    newer_build,
    restarted,
    internal_copy,
    repaired,
    defective,
)
"""Every rule, in the order in which its findings are shown."""

_WORTH_DOUBTING = 0.95
"""Below this confidence the other possibilities are named."""
_WORTH_A_NAME = 0.05
"""Possibilities below this are not named."""


_RESTARTS = frozenset({"delivered-to", "resent-from", "resent-sender", "resent-to", "resent-date", "resent-message-id"})
"""Fields that a delivery (Delivered-To, as qmail and Postfix write it) or a resending (RFC 5322, 3.6.6) puts on top."""


def _between(route: Route, names: frozenset[str]) -> Iterator[tuple[int, HeaderField]]:
    """The fields so called that stand between two hops, oldest first, each with the number of the hop below it."""
    for field in reversed(route.headers):
        if field.name.lower() in names:
            below = sum(1 for hop in route.hops if hop.stamp.field.line > field.line)
            if 0 < below < len(route.hops):
                yield below, field


def _about(route: Route, hop: Hop, code: str, severity: Severity, message: str) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=message,
        source=route.source,
        line=hop.stamp.field.line,
        hop=hop.number,
    )


def _is_newer(hop: Hop) -> bool:
    found = builds.lookup(hop.label.build or "", servers.written_name(hop))
    return found is not None and found.newer


def _build_without_via(hop: Hop) -> str | None:
    """The build of a hop whose service later builds tell by ``via``, and this one does not."""
    label = hop.label
    usually_marked = label.service in VIA_SERVICES and not builds.prints_via(label.build, label.product)
    return label.build if usually_marked else None


def _numbers(hops: list[Hop]) -> str:
    numbers = [str(hop.number) for hop in hops]
    return f"Hop {numbers[0]}" if len(numbers) == 1 else f"Hops {', '.join(numbers[:-1])} and {numbers[-1]}"


def _other_possibilities(hops: list[Hop]) -> str:
    """Names the services that hops may also be, where they are worth a line."""
    doubtful = [hop for hop in hops if hop.label.confidence < _WORTH_DOUBTING and _others(hop)]
    return "".join(
        f" {_numbers(list(group))} may also be {' or '.join(others)}."
        for others, group in groupby(doubtful, key=_others)
    )


def _others(hop: Hop) -> tuple[str, ...]:
    return tuple(each.service for each in hop.label.alternatives if each.probability >= _WORTH_A_NAME)
