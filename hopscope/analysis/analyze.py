"""A labelled route -> all that is to be said of it, worked out once."""

import msgspec

from hopscope.analysis.diagnosis import diagnose
from hopscope.analysis.message import Case, open_case
from hopscope.analysis.remarks import remarks
from hopscope.model import Finding, Route

__all__ = ["Analysis", "analyze"]


class Analysis(Case, frozen=True, kw_only=True):
    """A route and what an administrator wants to know of it."""

    findings: tuple[Finding, ...]
    """What is wrong, or worth a look, worst first."""
    remarks: tuple[str, ...]
    """What explains the way without anything being wrong with it, in sentences."""


def analyze(route: Route) -> Analysis:
    """All that is to be said of a labelled route."""
    case = open_case(route)
    return Analysis(**msgspec.structs.asdict(case), findings=diagnose(case), remarks=remarks(route))
