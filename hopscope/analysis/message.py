"""A message with all that is worked out from its way, before anybody says what is wrong with it."""

import msgspec

from hopscope.analysis.clocks import Clock, clocks, errors
from hopscope.analysis.clocks.other_times import Anchor, anchors
from hopscope.analysis.delays import Wait, waits
from hopscope.analysis.passages import passages
from hopscope.analysis.unstamped import unstamped
from hopscope.model import Passage, Route, Scenario, Unstamped

__all__ = ["Case", "open_case"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What rules look at."""

    route: Route
    passages: tuple[Passage, ...]
    unstamped: tuple[Unstamped, ...]
    waits: tuple[Wait, ...]
    """Who held the message before each hop whose delay is known."""
    anchors: tuple[Anchor, ...] = ()
    """The times that other fields tell."""
    clocks: tuple[Clock, ...] = ()
    """The clocks that are off, or differ."""

    @property
    def scenario(self) -> Scenario:
        """That of the last passage, the one nearest to where the message was read."""
        return self.passages[-1].scenario if self.passages else Scenario.NOT_EXCHANGE


def open_case(route: Route) -> Case:
    """The case of a labelled route."""
    times = anchors(route)
    wrong = clocks(route, times)
    return Case(
        route=route,
        passages=passages(route),
        unstamped=unstamped(route),
        waits=waits(route, errors(wrong)),
        anchors=times,
        clocks=wrong,
    )
