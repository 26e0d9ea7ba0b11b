"""HOP63x: servers with older builds than the settings ask for."""

from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.rules.finding import about
from hopscope.checks.own import is_own
from hopscope.classifier import builds
from hopscope.config.settings import Settings
from hopscope.model import Finding, Hop, Severity

__all__ = ["old_build"]

_RELEASE = 3
"""How many numbers of a build tell its release; the fourth one is of single files."""


def old_build(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP631: one of your servers printed an older build than minimum_build of its generation.

    Takes the highest build that the server printed. The fourth number differs between the stamps of one server, as an
    update replaces single files: where only that is lower, the finding is for information.
    """
    if not settings.minimum_build:
        return
    for hop in _highest(case, settings):
        generation = builds.generation(hop.label.product or "") or ""
        least = settings.minimum_build.get(generation)
        if least is None or _key(hop.label.build) >= _key(least):
            continue
        older = _key(hop.label.build)[:_RELEASE] < _key(least)[:_RELEASE]
        server = hop.written_server
        message = f"Hop {hop.number}: {server} printed build {hop.label.build}; asked for is {least} or later."
        if not older:
            message += " Only the last number is lower, which need not mean that an update is missing."
        severity = Severity.ERROR if older else Severity.INFO
        advice = f"Check with Get-ExchangeServer and the Health Checker script whether {server} has its updates."
        yield about(case, hop, Finding(code="HOP631", severity=severity, message=message, checks=(advice,)))


def _highest(case: MessageContext, settings: Settings) -> Iterator[Hop]:
    """Of each server of yours, the hop with the highest build."""
    highest: dict[str, Hop] = {}
    for hop in case.route.hops:
        if hop.label.build is None or not is_own(hop.stamp.by_domain, settings.organisation):
            continue
        previous = highest.get(hop.server)
        if previous is None or _key(hop.label.build) > _key(previous.label.build):
            highest[hop.server] = hop
    yield from highest.values()


def _key(number: str | None) -> tuple[int, ...]:
    return tuple(map(int, (number or "0").split(".")))
