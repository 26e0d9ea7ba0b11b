"""HOP3xx: what is wrong with the input."""

from collections.abc import Iterator

from hopscope.analysis.case import Case
from hopscope.model import Finding, Severity

__all__ = ["defective", "repaired"]


def repaired(case: Case) -> Iterator[Finding]:
    """HOP301: the input was damaged and was repaired before it was read."""
    if case.route.repairs:
        done = "; ".join(repair.message for repair in case.route.repairs)
        message = f"The input was repaired before it was read: {done}."
        yield Finding(code="HOP301", severity=Severity.INFO, message=message, source=case.route.source)


def defective(case: Case) -> Iterator[Finding]:
    """HOP302: something in the input is against its grammar."""
    count = len(case.route.defects) + sum(len(hop.stamp.defects) for hop in case.route.hops)
    if count:
        defects, them = ("1 defect", "it") if count == 1 else (f"{count} defects", "them")
        message = f"{defects} in the header fields; --defects lists {them}."
        yield Finding(code="HOP302", severity=Severity.INFO, message=message, source=case.route.source)
