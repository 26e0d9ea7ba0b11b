"""The lines of a finding, the same in every text format."""

from hopscope.model import Finding, Severity

__all__ = ["aligned_label", "cause_and_checks", "label"]

_SEVERITY_WIDTH = max(map(len, Severity))


def label(finding: Finding) -> str:
    """``warning HOP110``."""
    return f"{finding.severity} {finding.code}"


def aligned_label(finding: Finding) -> str:
    """``info    HOP502``: the label, padded so that all codes are in one column."""
    return f"{finding.severity:<{_SEVERITY_WIDTH}} {finding.code}"


def cause_and_checks(finding: Finding) -> tuple[str, ...]:
    """The lines below the message: the likely cause, then a list item per check. The text is not yet escaped."""
    return (*([finding.cause] if finding.cause else ()), *(f"- {check}" for check in finding.checks))
