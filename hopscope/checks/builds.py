"""HOP63x: servers with builds older than minimum_build."""

from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import about
from hopscope.checks.own import is_own
from hopscope.classifier import builds
from hopscope.config.settings import Settings
from hopscope.model import Finding, Hop, Severity

__all__ = ["old_build"]

_RELEASE = 3
"""How many numbers of a build identify its release; the fourth one is of single files."""


def old_build(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP631: A server of yours has a build older than minimum_build of its generation.

    Uses the highest build that the server recorded. The fourth number differs between hops of one server, since an
    update replaces single files: if only that number is lower, the finding is info.

    Example: `minimum_build = { 2019 = "15.2.1544.4" }`.
    """
    if not settings.minimum_build:
        return
    for hop in _highest(case, settings):
        generation = builds.generation(hop.label.product or "") or ""
        minimum = settings.minimum_build.get(generation)
        if minimum is None or _key(hop.label.build) >= _key(minimum):
            continue
        older = _key(hop.label.build)[:_RELEASE] < _key(minimum)[:_RELEASE]
        finding = Finding(
            code="HOP631",
            severity=Severity.ERROR if older else Severity.INFO,
            message=f"Hop {hop.number}: {hop.written_server} has build {hop.label.build}, minimum {minimum}.",
            cause=(
                "Consistent with a missing update."
                if older
                else "Only the last number is lower, which need not mean that an update is missing."
            ),
            checks=(*next_steps.exchange_server(case, hop), "Run the Exchange Health Checker script."),
        )
        yield about(case, hop, finding)


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
