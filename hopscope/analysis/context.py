"""What many readers of a route ask for, found once for all of them.

Some forty rules look at a message, one after the other, and most ask for the same few things. Each function here keeps
what it found in the route that it was last asked for. Routes do not change, so the answer is that of the first time.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import TypeVar

from hopscope.classifier import latency
from hopscope.classifier.dialects import exchange
from hopscope.model import HeaderField, Route
from hopscope.parser import stamp

__all__ = ["client_proxies", "copy", "fields", "latencies", "marks", "measured", "once", "tokens"]

R = TypeVar("R")


def once(work: Callable[[Route], R]) -> Callable[[Route], R]:
    """``work``, not done again for the very route that it was done for last."""
    kept: tuple[Route, R] | None = None

    @wraps(work)
    def found(route: Route) -> R:
        nonlocal kept
        last = kept  # looked at once: another thread may put its own there
        if last is None or last[0] is not route:
            last = kept = route, work(route)
        return last[1]

    return found


@once
def marks(route: Route) -> tuple[exchange.Mark | None, ...]:
    """What the stamps of Exchange say of themselves, hop by hop; ``None`` for those of other systems."""
    return tuple(exchange.read(hop.stamp) for hop in route.hops)


@once
def tokens(route: Route) -> frozenset[exchange.Token]:
    """What handed the message to Exchange, somewhere on the way."""
    return frozenset(mark.token for mark in marks(route) if mark is not None)


@once
def fields(route: Route) -> Mapping[str, Sequence[HeaderField]]:
    """The fields by their names in lower case, each top to bottom."""
    found: dict[str, list[HeaderField]] = {}
    for field in route.headers:
        found.setdefault(field.name.lower(), []).append(field)
    return found


copy = lru_cache(maxsize=256)(stamp.parse)
"""What an X-Received says: the stamp of a hop inside Google, which more than one reader asks for."""


@once
def client_proxies(route: Route) -> tuple[exchange.ClientProxy, ...]:
    """The proxied client sessions that the message tells of."""
    return exchange.client_proxies(route) if "x-clientproxiedby" in fields(route) else ()


@once
def latencies(route: Route) -> tuple[latency.Latency, ...]:
    """What the latency fields tell, all of which have that word in their name."""
    return latency.read(route) if any("latency" in name for name in fields(route)) else ()


@once
def measured(route: Route) -> tuple[exchange.Measured, ...]:
    """The services that measured how long they held the message."""
    return exchange.measured(route) if latencies(route) else ()
