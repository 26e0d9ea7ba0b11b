"""Latencies measured by Exchange, compared with the delays between hops.

A server records in the latency fields how long each component took; the delay of the next hop includes that time. The
durations come from one clock and so contain no clock skew, and no other header field splits a delay.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import msgspec

from hopscope.classifier import servers
from hopscope.classifier.latency import Component, Latency
from hopscope.data import table
from hopscope.model import Hop, Route

__all__ = ["Account", "accounts", "meaning"]

_WORTH = timedelta(seconds=5)
"""Shorter delays are not explained."""
_SHARE = 0.5
"""Minimum share of a delay at which a component accounts for it."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The component with most of the time that a server held the message."""

    measured: Latency
    hop: int
    """Number of the server's hop."""
    next_hop: int | None
    """Number of the hop whose delay it is; ``None`` if the server still held the message."""
    delay: timedelta
    """That delay; if the server still held the message, the total that it measured."""
    component: str
    seconds: float
    """Total of all components with that name."""
    occurrences: int
    """How often the component occurs, such as once per retry."""


def accounts(route: Route, measured: tuple[Latency, ...]) -> tuple[Account, ...]:
    """The main component of each delay after a server that measured its own latency, in path order."""
    unsorted = (account for latency in measured for account in _account(route, latency))
    return tuple(sorted(unsorted, key=lambda account: account.hop))


def meaning(component: str) -> str | None:
    """The observed meaning of a component; ``None`` for most, as no table of them is published."""
    return _meanings().get(component)


@cache
def _meanings() -> dict[str, str]:
    return {row["name"]: row["meaning"] for row in table("latency_components")}


def _account(route: Route, measured: Latency) -> Iterator[Account]:
    recorded_hops = [hop for hop in route.hops if servers.same(hop.written_server, measured.server)]
    if not recorded_hops:
        return
    following = next((hop for hop in route.hops[recorded_hops[-1].number :] if hop.delay is not None), None)
    delay = _delay(measured, following)
    sums = _sums(measured.components)
    name = max(sums, key=lambda name: sums[name][0], default=None)
    if delay is None or delay < _WORTH or name is None:
        return
    seconds, times = sums[name]
    if _SHARE * delay.total_seconds() <= seconds <= (delay + _WORTH).total_seconds():
        yield Account(
            measured=measured,
            hop=recorded_hops[-1].number,
            next_hop=following.number if following else None,
            delay=delay,
            component=name,
            seconds=round(seconds, 3),
            occurrences=times,
        )


def _delay(measured: Latency, following: Hop | None) -> timedelta | None:
    if following is not None:
        return following.delay
    return timedelta(seconds=min(measured.seconds, _LONGEST)) if measured.in_progress else None


_LONGEST = 1e9
"""Seconds, about thirty years: the field may be forged, and a larger number would overflow."""


def _sums(components: tuple[Component, ...]) -> dict[str, tuple[float, int]]:
    """Seconds of each component, and how often it occurs."""
    sums: dict[str, tuple[float, int]] = {}
    for component in components:
        seconds, times = sums.get(component.name, (0.0, 0))
        sums[component.name] = seconds + component.seconds, times + 1
    return sums
