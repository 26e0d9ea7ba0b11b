"""A labelled route -> its complete analysis for an administrator."""

from hopscope.analysis.context import MessageContext
from hopscope.analysis.diagnosis import diagnose
from hopscope.analysis.notes import notes
from hopscope.model import Finding, Route
from hopscope.on_first_use import on_first_use

__all__ = ["Analysis", "analyze"]


class Analysis(MessageContext, frozen=True, kw_only=True, dict=True):
    """A labelled route and its analysis, each part computed on first use."""

    @on_first_use
    def findings(self) -> tuple[Finding, ...]:
        """Problems and observations, worst first."""
        return diagnose(self)

    @on_first_use
    def notes(self) -> tuple[str, ...]:
        """Explanations of the path that are not problems, in sentences."""
        return *notes(self), *(note for passage in self.passages for note in passage.notes)


def analyze(route: Route) -> Analysis:
    """The analysis of a labelled route."""
    return Analysis(route=route)
