"""What Exchange measured itself, set against the delays that the stamps tell.

A server writes into the latency fields how long it did what; the delay of the next hop holds that time. Durations are
of one clock and so free of the differences between clocks, and they are the only thing in a header that splits a
delay.
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
"""Shorter delays need no account."""
_SHARE = 0.5
"""A component accounts for a delay where it makes up at least so much of it."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The component that makes up most of the time a server had the message."""

    measured: Latency
    hop: int
    """Number of the hop that the server stamped."""
    next_hop: int | None
    """Number of the hop whose delay it is; ``None`` where the server still held the message."""
    delay: timedelta
    """That delay; where the server still held the message, the total that it measured."""
    component: str
    seconds: float
    """Of all components of that name together."""
    occurrences: int
    """How often the component occurs, such as once per retry."""


def accounts(route: Route, measured: tuple[Latency, ...]) -> tuple[Account, ...]:
    """What accounts for the delays behind the servers that measured themselves, in the order of the way."""
    unsorted = (account for latency in measured for account in _account(route, latency))
    return tuple(sorted(unsorted, key=lambda account: account.hop))


def meaning(component: str) -> str | None:
    """What a component was observed to be; ``None`` for most, as there is no published table of them."""
    return _meanings().get(component)


@cache
def _meanings() -> dict[str, str]:
    return {row["name"]: row["meaning"] for row in table("latency_components")}


def _account(route: Route, measured: Latency) -> Iterator[Account]:
    stamped = [hop for hop in route.hops if servers.same(hop.written_server, measured.server)]
    if not stamped:
        return
    following = next((hop for hop in route.hops[stamped[-1].number :] if hop.delay is not None), None)
    delay = _delay(measured, following)
    sums = _sums(measured.components)
    name = max(sums, key=lambda name: sums[name][0], default=None)
    if delay is None or delay < _WORTH or name is None:
        return
    seconds, times = sums[name]
    if _SHARE * delay.total_seconds() <= seconds <= (delay + _WORTH).total_seconds():
        yield Account(
            measured=measured,
            hop=stamped[-1].number,
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
"""Seconds, about thirty years: the number stands in a field that anybody can write."""


def _sums(components: tuple[Component, ...]) -> dict[str, tuple[float, int]]:
    """Seconds of each component, and how often it occurs."""
    sums: dict[str, tuple[float, int]] = {}
    for component in components:
        seconds, times = sums.get(component.name, (0.0, 0))
        sums[component.name] = seconds + component.seconds, times + 1
    return sums
