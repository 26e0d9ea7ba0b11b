"""HOP2xx: what is unknown of the services and their builds."""

from collections.abc import Iterator
from itertools import groupby

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.lifecycle import ONLINE, earliest_use
from hopscope.analysis.rules.finding import about, numbers
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import builds
from hopscope.data import table
from hopscope.model import Finding, Hop, Service, Severity

__all__ = ["RULES", "newer_build", "out_of_support", "unknown_label", "unreleased_build"]


def unknown_label(context: MessageContext) -> Iterator[Finding]:
    """HOP202: an Exchange server stamped a hop, but which of its services is unknown."""
    for hop, mark in zip(context.route.hops, context.marks, strict=True):
        if mark is not None and hop.label.service is Service.UNKNOWN:
            message = f"Hop {hop.number}: which service of Exchange stamped it is unknown ({hop.label.evidence[0]})."
            yield about(context, hop, Finding(code="HOP202", severity=Severity.INFO, message=message))


def newer_build(context: MessageContext) -> Iterator[Finding]:
    """HOP203: a build is newer than all that are known here, so the table of builds may be out of date."""
    newer = [hop for hop in context.route.hops if hop.label.build and _is_newer(hop.label.build, hop)]
    for (build, product), group in groupby(newer, key=lambda hop: (hop.label.build, hop.label.product)):
        hops = list(group)
        all_builds = f"every build of {product} known here, as of {builds.as_of()}"
        message = f"{numbers(hops)}: build {build} is newer than {all_builds}; its release may have another name."
        yield about(context, hops[0], Finding(code="HOP203", severity=Severity.INFO, message=message))


def out_of_support(context: MessageContext) -> Iterator[Finding]:
    """HOP204: a server stamped the message with a product whose support had ended by then.

    Looks at the product that the build tells, and at the date of the stamp: mail from before the end of support is
    fine. Dates are those of Microsoft's lifecycle pages, of the extended support.

    Why it matters: no security updates come any more, but for those of a paid programme where there is one.

    Example: `with Microsoft SMTP Server (TLS) id 14.3.513.0; Mon, 1 Mar 2021 10:00:00 +0100`.
    """
    products = {hop.label.product for hop in context.route.hops}
    for row in table("exchange_support"):
        if row["product"] not in products:
            continue
        hops = [hop for hop in context.route.hops if hop.label.product == row["product"] and _is_after(hop, row["end"])]
        if hops:
            later = f"; after that there were {row['later']}" if row["later"] else ""
            message = f"{numbers(hops)}: stamped by {row['product']}, whose support had ended on {row['end']}{later}."
            advice = "Where the server is yours, plan its replacement, and check that it has the last update."
            yield about(
                context, hops[0], Finding(code="HOP204", severity=Severity.INFO, message=message, checks=(advice,))
            )


def unreleased_build(context: MessageContext) -> Iterator[Finding]:
    """HOP205: a stamp is older than the release of the build that it names.

    Looks at Exchange on-premises only, whose builds are published with their dates. A build that is in no table counts
    as the update before it of the same release. Builds run before they are released: in trials and at Microsoft, and
    the first build of a product was finished up to two months before it could be had, so three months are allowed.

    Why it matters: the clock of that server was wrong, and so are the delays at it; or somebody wrote the stamp, or
    its date, by hand.

    Example: `with Microsoft SMTP Server (TLS) id 15.0.1497.2; Wed, 8 Mar 2017 11:15:03 +0100`, a build of June 2019.
    """
    early = [hop for hop in context.route.hops if _is_before_release(hop) and _is_certain(hop)]
    for (build, release, released), group in groupby(early, key=_build_of):
        hops = list(group)
        message = (
            f"{numbers(hops)}: stamped on {hops[0].time:%Y-%m-%d} by build {build} ({release}), which was not released "
            f"before {released}: consistent with a clock that is wrong, or with a stamp that is not genuine."
        )
        yield about(context, hops[0], Finding(code="HOP205", severity=Severity.INFO, message=message))


def _is_before_release(hop: Hop) -> bool:
    """Whether a hop was stamped long before its build, or the one before that, was released."""
    released, time = hop.label.released, hop.time
    return released is not None and time is not None and time.date() < earliest_use(released)


def _is_certain(hop: Hop) -> bool:
    """Whether the build cannot have run before that release: of most builds that are in no table no date is known."""
    release = builds.lookup(hop.label.build, hop.written_server) if hop.label.build else None
    if release is None or release.product == ONLINE:
        return False
    return release.exact or _follows_in_branch(release.number or "")


def _follows_in_branch(number: str) -> bool:
    """Whether a build that is in no table is a later one of a release that is in it.

    Of others no date is known: updates of older releases have lower numbers and may have come later, and a number
    below that of the release itself is of its trial.
    """
    lower = builds.neighbours(number).previous
    return lower is not None and lower.number.split(".")[:3] == number.split(".")[:3]


def _build_of(hop: Hop) -> tuple[str | None, str | None, str | None]:
    return hop.label.build, hop.label.release, hop.label.released


def _is_after(hop: Hop, day: str) -> bool:
    """Whether a hop was stamped after a day."""
    return hop.time is not None and hop.time.date().isoformat() > day


def _is_newer(build: str, hop: Hop) -> bool:
    release = builds.lookup(build, hop.written_server)
    return release is not None and release.newer


RULES = (
    Rule("HOP202", (Severity.INFO,), "unknown label", {Fact.UNKNOWN_SERVICE}, unknown_label),
    Rule("HOP203", (Severity.INFO,), "newer build", {Fact.NEWER_BUILD}, newer_build),
    Rule("HOP204", (Severity.INFO,), "out of support", {Fact.AFTER_SUPPORT}, out_of_support),
    Rule("HOP205", (Severity.INFO,), "unreleased build", {Fact.BEFORE_RELEASE}, unreleased_build),
)
"""The family, in the order of the codes."""
