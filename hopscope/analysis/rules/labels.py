"""HOP2xx: unknown services, and builds that are new, unsupported or unreleased."""

from collections.abc import Iterator
from itertools import groupby

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.lifecycle import ONLINE, earliest_use, later_support
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import about, numbers, unique
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import builds
from hopscope.data import table
from hopscope.model import ExchangeToken, Finding, Hop, Service, Severity

__all__ = ["RULES", "newer_build", "out_of_support", "unknown_label", "unreleased_build"]


def unknown_label(context: MessageContext) -> Iterator[Finding]:
    """HOP202: An Exchange server added the Received field, but which of its services is unknown.

    Checks servers on-premises: nobody else can find out more about a server of Microsoft's mail services. Messages that
    were resubmitted from the mailbox are HOP454. The evidence is in the output of `hopscope explain`.
    """
    for hop, mark in zip(context.route.hops, context.marks, strict=True):
        if mark is None or mark.token is ExchangeToken.RESUBMISSION:
            continue
        if hop.label.service is Service.UNKNOWN and next_steps.is_on_premises(hop):
            finding = Finding(
                code="HOP202",
                severity=Severity.INFO,
                message=f"Hop {hop.number}: Exchange service unknown.",
                cause=f"Evidence: {hop.label.evidence[0]}.",
                checks=(
                    next_steps.hopscope(
                        context, f"explain --hop {hop.number}", "it lists all evidence and the possible services"
                    ),
                ),
            )
            yield about(context, hop, finding)


def newer_build(context: MessageContext) -> Iterator[Finding]:
    """HOP203: A build is newer than all builds in the table of hopscope, which may be out of date.

    The release is then given as "at or after" the newest one in the table.
    """
    newer = [hop for hop in context.route.hops if hop.label.build and _is_newer(hop.label.build, hop)]
    for (build, product), group in groupby(newer, key=lambda hop: (hop.label.build, hop.label.product)):
        hops = list(group)
        finding = Finding(
            code="HOP203",
            severity=Severity.INFO,
            message=f"{numbers(hops)}: build {build} is newer than any {product} build in the table.",
            cause=f"Consistent with an update released after {builds.as_of()}, the date of the table.",
            checks=("Update hopscope, or look up the build in Microsoft's list of Exchange Server build numbers.",),
        )
        yield about(context, hops[0], finding, hops[-1].number)


def out_of_support(context: MessageContext) -> Iterator[Finding]:
    """HOP204: A server ran a product that was out of support at the time of the hop.

    Compares the product of the build with the date of the hop: mail from before the end of support is not reported.
    Dates are those of Microsoft's lifecycle pages, for extended support.

    Why it matters: there are no more security updates, except those of a paid programme where there is one.

    Example: `with Microsoft SMTP Server (TLS) id 14.3.513.0; Mon, 1 Mar 2021 10:00:00 +0100`.
    """
    products = {hop.label.product for hop in context.route.hops}
    for row in table("exchange_support"):
        if row["product"] not in products or not row["end"]:
            continue
        hops = [hop for hop in context.route.hops if hop.label.product == row["product"] and _is_after(hop, row["end"])]
        if hops:
            later = later_support(row["product"], max(hop.time for hop in hops if hop.time).date())
            finding = Finding(
                code="HOP204",
                severity=Severity.INFO,
                message=f"{numbers(hops)}: {row['product']} has been out of support since {row['end']}.",
                cause=f"Since then: {later}." if later else _NOT_UPGRADED,
                checks=unique(*(_replacement(context, hop) for hop in hops)),
            )
            yield about(context, hops[0], finding, hops[-1].number)


def _replacement(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """How to check the version of a server, and what to do about it."""
    plan = next_steps.on_server(context, hop, "Install the last update and plan the replacement of the server.")
    return *next_steps.exchange_server(context, hop), *plan


def unreleased_build(context: MessageContext) -> Iterator[Finding]:
    """HOP205: A hop is dated before the release of its build.

    Checks Exchange on-premises only, whose builds are published with dates. A build that is not in the table counts as
    the previous update of the same release. Builds run before their release, in trials and at Microsoft, and the
    first build of a product was finished up to two months before it was available, so three months are allowed.

    Why it matters: the clock of that server was wrong, and so are the delays at it; or the Received field, or its
    date, is forged.

    Example: `with Microsoft SMTP Server (TLS) id 15.0.1497.2; Wed, 8 Mar 2017 11:15:03 +0100`, a build of June 2019.
    """
    early = [hop for hop in context.route.hops if _is_before_release(hop) and _is_certain(hop)]
    for (build, release, released), group in groupby(early, key=_build_of):
        hops = list(group)
        finding = Finding(
            code="HOP205",
            severity=Severity.INFO,
            message=(
                f"{numbers(hops)}: dated {hops[0].time:%Y-%m-%d}, but build {build} ({release}) was not released "
                f"before {released}."
            ),
            cause="Consistent with a wrong clock, or with a forged Received field.",
            checks=unique(*(next_steps.clock(context, hop) for hop in hops)),
        )
        yield about(context, hops[0], finding, hops[-1].number)


def _is_before_release(hop: Hop) -> bool:
    """Whether a hop is dated long before its build, or the previous one, was released."""
    released, time = hop.label.released, hop.time
    return released is not None and time is not None and time.date() < earliest_use(released)


def _is_certain(hop: Hop) -> bool:
    """Whether the build cannot have run before that release: most builds outside the table have no known date."""
    release = builds.lookup(hop.label.build, hop.written_server) if hop.label.build else None
    if release is None or release.product == ONLINE:
        return False
    return release.exact or _follows_in_branch(release.number or "")


def _follows_in_branch(number: str) -> bool:
    """Whether a build that is not in the table is a later one of a release that is in it.

    Others have no known date: updates of older releases have lower numbers and may be newer, and a number below that
    of the release itself is of its trial.
    """
    lower = builds.neighbours(number).previous
    return lower is not None and lower.number.split(".")[:3] == number.split(".")[:3]


def _build_of(hop: Hop) -> tuple[str | None, str | None, str | None]:
    return hop.label.build, hop.label.release, hop.label.released


def _is_after(hop: Hop, day: str) -> bool:
    """Whether a hop is dated after a day."""
    return hop.time is not None and hop.time.date().isoformat() > day


def _is_newer(build: str, hop: Hop) -> bool:
    release = builds.lookup(build, hop.written_server)
    return release is not None and release.newer


_NOT_UPGRADED = "Consistent with a server that was not upgraded; it gets no regular security updates."

RULES = (
    Rule("HOP202", (Severity.INFO,), "Exchange service not identified", {Fact.UNKNOWN_SERVICE}, unknown_label),
    Rule("HOP203", (Severity.INFO,), "Build newer than the build table", {Fact.NEWER_BUILD}, newer_build),
    Rule("HOP204", (Severity.INFO,), "Product out of support", {Fact.AFTER_SUPPORT}, out_of_support),
    Rule(
        "HOP205", (Severity.INFO,), "Hop dated before the release of its build", {Fact.BEFORE_RELEASE}, unreleased_build
    ),
)
"""The family, in the order of the codes."""
