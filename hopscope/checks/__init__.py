"""Checks: whether mail flow is as the settings require. One family of codes per file.

Each check is a function with a stable code, like the rules in ``analysis/rules``, but takes the settings as well.
Without its setting a check finds nothing.
"""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from hopscope.analysis.context import MessageContext
from hopscope.analysis.diagnosis import diagnose
from hopscope.checks import builds, hosts, limits, policy, tls
from hopscope.checks.own import attested, peers_in_networks
from hopscope.config.settings import Settings
from hopscope.model import WORST_FIRST, Finding

__all__ = ["CHECKS", "WORST_FIRST", "Check", "check"]

Check = Callable[[MessageContext, Settings], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    policy.path_policy,
    limits.total_over_limit,
    limits.hop_over_limit,
    limits.service_over_limit,
    limits.leg_over_limit,
    tls.weak_tls,
    builds.old_build,
    hosts.forbidden_host,
    hosts.other_generation,
)
"""Every check, in the order of the codes."""


def check(case: MessageContext, settings: Settings) -> tuple[Finding, ...]:
    """The findings of all rules and checks that the settings select, with the severities that they set, worst first.

    Args:
        case: A message; if it does not have the hops that the settings attest, these are computed.
        settings: Those of its file: see :meth:`~hopscope.config.settings.Settings.for_file`.
    """
    if settings.organisation and not case.attested:
        hops, organisation = case.route.hops, settings.organisation
        case = replace(case, attested=attested(hops, organisation), in_networks=peers_in_networks(hops, organisation))
    checked = (finding for rule in CHECKS for finding in rule(case, settings))
    selected = (
        replace(finding, severity=settings.severity_of(finding.code, finding.severity))
        for finding in (*diagnose(case), *checked)
        if settings.selects(finding.code)
    )
    return tuple(sorted(selected, key=lambda finding: (WORST_FIRST.index(finding.severity), finding.code)))
