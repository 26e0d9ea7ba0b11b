"""HOP2xx: what is unknown of the services and their builds."""

from collections.abc import Iterator
from itertools import groupby

from hopscope.analysis.case import Case
from hopscope.analysis.rules.finding import about, numbers
from hopscope.classifier import builds, servers
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import Finding, Hop, Service, Severity

__all__ = ["newer_build", "out_of_support", "unknown_label"]


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


def out_of_support(case: Case) -> Iterator[Finding]:
    """HOP204: a server stamped the message with a product whose support had ended by then.

    Looks at the product that the build tells, and at the date of the stamp: mail from before the end of support is
    fine. Dates are those of Microsoft's lifecycle pages, of the extended support.

    Why it matters: no security updates come any more, but for those of a paid programme where there is one.

    Example: `with Microsoft SMTP Server (TLS) id 14.3.513.0; Mon, 1 Mar 2021 10:00:00 +0100`.
    """
    for row in table("exchange_support"):
        hops = [hop for hop in case.route.hops if hop.label.product == row["product"] and _is_after(hop, row["end"])]
        if hops:
            later = f"; after that there were {row['later']}" if row["later"] else ""
            message = f"{numbers(hops)}: stamped by {row['product']}, whose support had ended on {row['end']}{later}."
            advice = "Where the server is yours, plan its replacement, and check that it has the last update."
            yield about(case, hops[0], Finding(code="HOP204", severity=Severity.INFO, message=message, advice=advice))


def _is_after(hop: Hop, day: str) -> bool:
    """Whether a hop was stamped after a day."""
    return hop.time is not None and f"{hop.time:%Y-%m-%d}" > day


def _is_newer(hop: Hop) -> bool:
    found = builds.lookup(hop.label.build or "", servers.written_name(hop))
    return found is not None and found.newer
