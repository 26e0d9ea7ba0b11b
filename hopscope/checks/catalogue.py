"""Every rule and check with its code, severities and explanation: what is declared of it, and its docstring."""

from collections.abc import Callable, Iterator
from functools import cache
from inspect import cleandoc
from typing import Any, NamedTuple

import msgspec

from hopscope.analysis.diagnosis import RULES
from hopscope.checks import builds, hosts, limits, policy, tls
from hopscope.checks.latency import slower_leg
from hopscope.model import Finding, Severity

__all__ = ["Entry", "codes", "entries", "entry"]


class _Check(NamedTuple):
    """What a check finds."""

    code: str
    severities: tuple[Severity, ...]
    """Those that its findings may have, worst first; of a table of the settings, unless that says otherwise."""
    title: str
    check: Callable[..., Iterator[Finding]]


_ERROR = (Severity.ERROR,)
_CHECKS = (
    _Check("HOP601", _ERROR, "Unexpected path", policy.unexpected_path),
    _Check("HOP602", _ERROR, "Forbidden server, service, product or software", policy.forbidden),
    _Check("HOP603", _ERROR, "Total delay above max_total of the path", policy.total_delay),
    _Check("HOP611", _ERROR, "Total delay above max_total", limits.total_over_limit),
    _Check("HOP612", _ERROR, "Hop delay above max_hop", limits.hop_over_limit),
    _Check("HOP613", _ERROR, "Service delay above max_service", limits.service_over_limit),
    _Check("HOP614", _ERROR, "Delay between services above max_leg", limits.leg_over_limit),
    _Check("HOP621", _ERROR, "TLS below the minimum", tls.weak_tls),
    _Check("HOP631", (Severity.ERROR, Severity.INFO), "Build below minimum_build", builds.old_build),
    _Check("HOP641", _ERROR, "Forbidden host", hosts.forbidden_host),
    _Check("HOP642", (Severity.WARNING,), "Undeclared generation", hosts.other_generation),
    _Check("HOP651", (Severity.WARNING,), "Leg slower than in an earlier run", slower_leg),
)
"""Every check, in the order of the codes."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A rule or check."""

    code: str
    name: str
    """The title, such as ``Negative delay``."""
    severities: tuple[Severity, ...]
    """Those that its findings may have, worst first."""
    summary: str
    """What it finds, in one sentence."""
    explanation: tuple[str, ...]
    """More of it, in paragraphs."""
    setting: bool
    """Whether it needs a setting to say anything."""


@cache
def entries() -> tuple[Entry, ...]:
    """All of them, in the order of their codes."""
    rules = [_entry(rule.code, rule.severities, rule.title, rule.check, setting=False) for rule in RULES]
    checks = [_entry(*check, setting=True) for check in _CHECKS]
    return tuple(sorted((*rules, *checks), key=lambda entry: entry.code))


def codes() -> tuple[str, ...]:
    """All codes, in their order."""
    return tuple(entry.code for entry in entries())


def entry(code: str) -> Entry | None:
    """The rule or check with this code."""
    return next((entry for entry in entries() if entry.code == code), None)


def _entry(
    code: str,
    severities: tuple[Severity, ...],
    title: str,
    check: Callable[..., Iterator[Any]],
    *,
    setting: bool,
) -> Entry:
    """What is declared, and the docstring of the function: ``HOPnnn: summary``, then paragraphs."""
    text = cleandoc(check.__doc__ or "").replace("``", "`").removeprefix(f"{code}: ")
    summary, *explanation = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    return Entry(
        code=code,
        name=title,
        severities=severities,
        summary=summary,
        explanation=tuple(explanation),
        setting=setting,
    )
