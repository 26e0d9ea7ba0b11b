"""HOP2xx: what is unknown of the services and their builds."""

from collections.abc import Iterator
from itertools import groupby

from hopscope.analysis.case import Case
from hopscope.analysis.rules.finding import about, numbers
from hopscope.classifier import builds, servers
from hopscope.classifier.dialects import exchange
from hopscope.model import Finding, Hop, Service, Severity

__all__ = ["newer_build", "unknown_label"]


def unknown_label(case: Case) -> Iterator[Finding]:
    """HOP202: an Exchange server stamped a hop, but which of its services is unknown."""
    for hop in case.route.hops:
        if hop.label.service is Service.UNKNOWN and exchange.read(hop.stamp):
            message = f"Hop {hop.number}: which service of Exchange stamped it is unknown ({hop.label.evidence[0]})."
            yield about(case, hop, Finding(code="HOP202", severity=Severity.INFO, message=message))


def newer_build(case: Case) -> Iterator[Finding]:
    """HOP203: a build is newer than all that are known here, so the table of builds may be out of date."""
    newer = [hop for hop in case.route.hops if _is_newer(hop)]
    for (build, product), group in groupby(newer, key=lambda hop: (hop.label.build, hop.label.product)):
        hops = list(group)
        known = f"every build of {product} known here, as of {builds.as_of()}"
        message = f"{numbers(hops)}: build {build} is newer than {known}; its release may have another name."
        yield about(case, hops[0], Finding(code="HOP203", severity=Severity.INFO, message=message))


def _is_newer(hop: Hop) -> bool:
    found = builds.lookup(hop.label.build or "", servers.written_name(hop))
    return found is not None and found.newer
