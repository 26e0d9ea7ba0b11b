"""A labelled route -> everything that an administrator wants to know of it."""

from hopscope.analysis.context import MessageContext
from hopscope.analysis.diagnosis import diagnose
from hopscope.analysis.notes import notes
from hopscope.model import Finding, Route
from hopscope.on_first_use import on_first_use

__all__ = ["Analysis", "analyze"]


class Analysis(MessageContext, frozen=True, kw_only=True, dict=True):
    """A labelled route and what an administrator wants to know of it, each part computed on first use."""

    @on_first_use
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, or worth a look, worst first."""
        return diagnose(self)

    @on_first_use
    def notes(self) -> tuple[str, ...]:
        """What explains the path without anything being wrong with it, in sentences."""
        return notes(self)


def analyze(route: Route) -> Analysis:
    """The analysis of a labelled route."""
    return Analysis(route=route)
