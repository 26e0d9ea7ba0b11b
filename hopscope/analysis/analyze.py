"""A labelled route -> all that is to be said of it, worked out once."""

import msgspec

from hopscope.analysis.diagnosis import findings
from hopscope.analysis.passages import passages
from hopscope.analysis.unstamped import unstamped
from hopscope.model import Finding, Passage, Route, Scenario, Unstamped

__all__ = ["Analysis", "analyze"]


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """A route and what an administrator wants to know of it."""

    route: Route
    passages: tuple[Passage, ...]
    """Its passages through Exchange, in the order of the way."""
    unstamped: tuple[Unstamped, ...]
    """The services that handled the message and left no stamp, in the order of the way."""
    findings: tuple[Finding, ...]

    @property
    def scenario(self) -> Scenario:
        """That of the last passage, the one nearest to where the message was read."""
        return self.passages[-1].scenario if self.passages else Scenario.NOT_EXCHANGE


def analyze(route: Route) -> Analysis:
    """All that is to be said of a labelled route."""
    return Analysis(route=route, passages=passages(route), unstamped=unstamped(route), findings=findings(route))
