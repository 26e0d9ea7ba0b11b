"""Where the time went: each hop's delay as a share of the whole."""

from datetime import timedelta
from typing import NamedTuple

from hopscope.model import Route

__all__ = ["Share", "shares"]


class Share(NamedTuple):
    """The place of a delay between the earliest and the latest time on the route."""

    start: float
    """Where it begins, from 0 to 1."""
    length: float
    """How long it is, from 0 to 1."""
    negative: bool
    """The later hop has the earlier time: clocks differ, and the length is no time spent."""


def shares(route: Route) -> tuple[Share | None, ...]:
    """A share per hop; ``None`` where the delay is unknown, or where all times are the same."""
    times = [hop.time for hop in route.hops if hop.time is not None]
    first, window = (min(times), max(times) - min(times)) if times else (None, timedelta(0))
    result: list[Share | None] = []
    for hop in route.hops:
        if hop.delay is None or hop.time is None or first is None or not window:
            result.append(None)
            continue
        begin = min(hop.time, hop.time - hop.delay)
        result.append(Share((begin - first) / window, abs(hop.delay) / window, hop.delay < timedelta(0)))
    return tuple(result)
