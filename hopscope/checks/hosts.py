"""HOP64x: hosts that should not be on the way, or are not what the settings say."""

from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.rules.finding import about
from hopscope.checks.own import generation
from hopscope.classifier import builds
from hopscope.config.settings import Settings, matches
from hopscope.model import Finding, Hop, Severity

__all__ = ["forbidden_host", "other_generation"]


def forbidden_host(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP641: a host that forbidden_hosts names took part.

    Looks at the names and addresses on both sides of every stamp: what the server is called, and what its peer called
    itself or was found to be.
    """
    if not settings.forbidden_hosts:
        return
    reported: set[str] = set()
    for hop in case.route.hops:
        for side, host in _hosts(hop):
            if host.lower() not in reported and matches(host, settings.forbidden_hosts):
                reported.add(host.lower())
                message = f"Hop {hop.number}: {host}, which is forbidden, {side}."
                yield about(case, hop, Finding(code="HOP641", severity=Severity.ERROR, message=message))


def other_generation(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP642: a server of yours is of another generation of Exchange than organisation.servers says.

    Looks at what its stamps tell of the product, once per server.
    """
    if not settings.organisation.servers:
        return
    reported: set[str] = set()
    for hop in case.route.hops:
        recorded = builds.generation(hop.label.product or "")
        declared = generation(hop.server, settings.organisation)
        if recorded is None or declared in {None, recorded} or hop.server in reported:
            continue
        reported.add(hop.server)
        product = f"{hop.label.product} ({hop.label.build})" if hop.label.build else hop.label.product
        message = f"Hop {hop.number}: {hop.written_server} is {product}, but is said to be {declared}."
        advice = "Correct organisation.servers, or find out which server calls itself so."
        yield about(case, hop, Finding(code="HOP642", severity=Severity.WARNING, message=message, checks=(advice,)))


def _hosts(hop: Hop) -> Iterator[tuple[str, str]]:
    """What the hop's hosts are called, each with what it did."""
    for what, side in (("handed over", hop.stamp.from_domain), ("received", hop.stamp.by_domain)):
        if side is not None:
            names = (side.domain, side.helo, side.tcp_info.domain, side.tcp_info.address)
            yield from ((what, name) for name in names if name)
