"""Findings in plain words: what should be said about a route, and what it rests on.

Each rule is a function with a stable code; RULES lists them in the order in which their findings are shown.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby

from hopscope.classifier import builds
from hopscope.classifier.dialects.exchange import client_proxies
from hopscope.model import Finding, Hop, Route, Service, Severity

__all__ = ["RULES", "findings"]


def findings(route: Route) -> tuple[Finding, ...]:
    """What should be said about the route; empty where there is nothing to say."""
    return tuple(finding for rule in RULES for finding in rule(route))


def negative_delay(route: Route) -> Iterator[Finding]:
    """HOP101: a hop has an earlier time than the hop before it, so two clocks differ."""
    for before, hop in zip(route.hops, route.hops[1:], strict=False):
        if hop.delay is not None and hop.delay < timedelta(0):
            earlier = "the hop before it" if hop.spans > 1 else f"hop {before.number}"
            yield _about(
                route,
                hop,
                "HOP101",
                Severity.WARNING,
                f"Hop {hop.number} has an earlier time than {earlier}: the clocks of the two servers differ, "
                "or one of them has the wrong time zone.",
            )


def undated_hop(route: Route) -> Iterator[Finding]:
    """HOP102: a hop has no time that can be read, so the next delay covers more than one leg."""
    for hop in route.hops:
        if hop.time is None:
            written = f'"{hop.stamp.date_time.text}"' if hop.stamp.date_time and hop.stamp.date_time.text else "nothing"
            message = f"Hop {hop.number} has no time that can be read ({written}): its delay is unknown."
            yield _about(route, hop, "HOP102", Severity.INFO, message)


def inferred_label(route: Route) -> Iterator[Finding]:
    """HOP201: the path decided which service stamped a hop, and not the stamp itself."""
    inferred = [hop for hop in route.hops if hop.label.inferred]
    for build, group in groupby(inferred, key=lambda hop: hop.label.build):
        hops = list(group)
        numbers = _numbers(hops)
        if build is not None and builds.prints_via(build) is not True:
            verb = "is" if len(hops) == 1 else "are"
            message = (
                f"{numbers}: build {build} is not known to print `via`, so the service {verb} inferred from the path."
            )
        else:
            message = f"{numbers}: the stamp does not tell the service for certain; it is inferred from the path."
        yield _about(route, hops[0], "HOP201", Severity.INFO, message + _other_possibilities(hops))


def client_proxied(route: Route) -> Iterator[Finding]:
    """HOP202: an authenticated client came through Front End Transport, which stamps nothing in that case."""
    for proxy in client_proxies(route):
        hop = next((hop for hop in route.hops if _by(hop) == proxy.transport.lower()), None)
        if hop is not None and hop.label.service is not Service.FRONT_END:
            message = (
                f"Before hop {hop.number}, Front End Transport on {proxy.front_end} took the session of an "
                "authenticated client and stamped nothing (X-ClientProxiedBy)."
            )
            yield _about(route, hop, "HOP202", Severity.INFO, message)


def unstamped_delivery(route: Route) -> Iterator[Finding]:
    """HOP203: Hub Transport delivers by RPC and stamps nothing, so the delivery is not in the table."""
    last = route.hops[-1] if route.hops else None
    if last is not None and builds.generation(last.label.product or "") in {"2007", "2010"}:
        message = (
            f"After hop {last.number}, Exchange {builds.generation(last.label.product or '')} delivers to the mailbox "
            "by RPC and stamps nothing: that time is not in the table."
        )
        yield _about(route, last, "HOP203", Severity.INFO, message)


def no_exchange(route: Route) -> Iterator[Finding]:
    """HOP204: no Exchange server of 2007 or later stamped the message."""
    if route.hops and not any(hop.label.product or hop.label.service not in _NO_EXCHANGE for hop in route.hops):
        message = "No Exchange server (2007 or later) stamped this message."
        yield Finding(code="HOP204", severity=Severity.INFO, message=message, source=route.source)


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
        noun = "1 defect" if count == 1 else f"{count} defects"
        message = f"{noun} in the header fields; --defects lists them."
        yield Finding(code="HOP302", severity=Severity.INFO, message=message, source=route.source)


RULES: tuple[Callable[[Route], Iterator[Finding]], ...] = (
    negative_delay,
    undated_hop,
    inferred_label,
    client_proxied,
    unstamped_delivery,
    no_exchange,
    repaired,
    defective,
)
"""Every rule, in the order in which its findings are shown."""

_NO_EXCHANGE = frozenset({Service.OTHER_MTA, Service.UNKNOWN})


def _about(route: Route, hop: Hop, code: str, severity: Severity, message: str) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=message,
        source=route.source,
        line=hop.stamp.field.line,
        hop=hop.number,
    )


def _by(hop: Hop) -> str:
    domain = hop.stamp.by_domain.domain if hop.stamp.by_domain else None
    return (domain or "").lower()


def _numbers(hops: list[Hop]) -> str:
    numbers = [str(hop.number) for hop in hops]
    return f"Hop {numbers[0]}" if len(numbers) == 1 else f"Hops {', '.join(numbers[:-1])} and {numbers[-1]}"


def _other_possibilities(hops: list[Hop]) -> str:
    """Names the services that a hop may also be, where they are worth a line."""
    worth = [
        f" Hop {hop.number} may also be {' or '.join(each.service for each in hop.label.alternatives)}."
        for hop in hops
        if hop.label.confidence < 0.9 and hop.label.alternatives  # noqa: PLR2004 - one in ten wrong
    ]
    return "".join(worth)
