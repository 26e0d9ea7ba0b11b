"""HOP64x: forbidden hosts, and servers of another generation than declared."""

from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.rules.finding import about
from hopscope.checks.own import generation
from hopscope.classifier import builds
from hopscope.config.settings import Settings, matches
from hopscope.model import Finding, Hop, Severity

__all__ = ["forbidden_host", "other_generation"]


def forbidden_host(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP641: The path includes a host that forbidden_hosts lists.

    Checks the names and addresses on both sides of every hop: of the server, and of its peer by EHLO, reverse lookup
    and address.

    Example: `forbidden_hosts = ["old-relay.*"]`.
    """
    if not settings.forbidden_hosts:
        return
    reported: set[str] = set()
    for hop in case.route.hops:
        for side, host in _hosts(hop):
            if host.lower() not in reported and matches(host, settings.forbidden_hosts):
                reported.add(host.lower())
                finding = Finding(
                    code="HOP641",
                    severity=Severity.ERROR,
                    message=f"Hop {hop.number} was {side} {host} (forbidden_hosts).",
                    cause="Consistent with a connector, MX record or smart host that points to that host.",
                    checks=("Check which connector, MX record or smart host routes mail to that host.",),
                )
                yield about(case, hop, finding)


def other_generation(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP642: A server of yours runs another generation of Exchange than organisation.servers declares.

    Compares the product that its Received fields record, once per server.

    Example: `servers = { "ex1.*" = "2016" }`, and hops of ex1 with a build of 2019.
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
        finding = Finding(
            code="HOP642",
            severity=Severity.WARNING,
            message=f"Hop {hop.number}: {hop.written_server} is {product}, but declared as {declared}.",
            cause="Consistent with an upgraded or replaced server, or with another server that uses its name.",
            checks=("Correct organisation.servers, or find out which server uses this name.",),
        )
        yield about(case, hop, finding)


def _hosts(hop: Hop) -> Iterator[tuple[str, str]]:
    """The names and addresses of the hop, each with the role of its host."""
    for what, side in (("sent by", hop.stamp.from_domain), ("received by", hop.stamp.by_domain)):
        if side is not None:
            names = (side.domain, side.helo, side.tcp_info.domain, side.tcp_info.address)
            yield from ((what, name) for name in names if name)
