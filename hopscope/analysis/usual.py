"""The usual duration of a leg, from counts of real mail.

Legs between Exchange services are counted in ``data/leg_delays.tsv``, legs with another mail system at one end or both
in ``data/other_leg_delays.tsv``: lists and gateways keep mail for hours, so neither is a reference for the other.
"""

from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from hopscope.data import table
from hopscope.model import Hop, Service

__all__ = ["Usual", "usual"]

_NEARLY_ALL = 0.99
_ENOUGH = 100
"""Minimum number of legs of a kind for a 99th percentile."""


class Usual(NamedTuple):
    """The usual duration of legs of a kind."""

    seconds: int | None
    """The 99th percentile; ``None`` if it is beyond the counted range."""
    legs: int
    """Number of legs counted."""
    kind: str
    """What the legs have in common, in words."""


def usual(previous: Hop, hop: Hop) -> Usual | None:
    """The usual time of the leg between two hops, from legs of the same services and generations if there are enough.

    ``None``: too few such legs were counted; no other kind of leg takes their place. Edge Transport was not counted on
    its own: its Received fields are those of Transport or Hub Transport, but its hops cross a perimeter network.
    """
    ends = previous.label.service, hop.label.service
    if Service.UNKNOWN in ends:
        return None
    if Service.OTHER_MTA in ends:
        return _usual_of_others(*("other" if service is Service.OTHER_MTA else "Exchange" for service in ends))
    if Service.EDGE_TRANSPORT in ends:
        return None
    first, second = previous.label, hop.label
    return _usual_between(first.generation, first.service, second.generation, second.service)


@cache
def _usual_of_others(sender: str, taker: str) -> Usual | None:
    for row in table("other_leg_delays"):
        if (row["from"], row["to"]) == (sender, taker):
            return Usual(int(row["p99"]), int(row["legs"]), row["kind"])
    return None


@cache
def _usual_between(from_generation: str, from_service: str, to_generation: str, to_service: str) -> Usual | None:
    exact = _counted(from_generation, from_service, to_generation, to_service)
    if exact is not None:
        kind = f"hops from {from_service} to {to_service}"
        same = from_generation == to_generation
        generations = f"Exchange {from_generation}" if same else f"Exchange {from_generation} to {to_generation}"
        return _usual(exact, f"{kind}, {generations}")
    any_generation = _counted("", from_service, "", to_service)
    if any_generation is not None:
        return _usual(any_generation, f"hops from {from_service} to {to_service}")
    return None


@cache
def _counted(from_generation: str, from_service: str, to_generation: str, to_service: str) -> tuple[int, ...] | None:
    """Counts of the matching legs, an empty word matching all; ``None`` if there are too few."""
    required = {
        "from_generation": from_generation,
        "from_service": from_service,
        "to_generation": to_generation,
        "to_service": to_service,
    }
    fitting = (
        tuple(map(int, row["counts"].split()))
        for row in table("leg_delays")
        if all(not value or row[column] == value for column, value in required.items())
    )
    counts = tuple(map(sum, zip(*fitting, strict=True)))
    return counts if sum(counts) >= _ENOUGH else None


def _usual(counts: Iterable[int], kind: str) -> Usual:
    reached = list(accumulate(counts))
    legs = reached[-1]
    index = next(position for position, count in enumerate(reached) if count >= _NEARLY_ALL * legs)
    bounds = table("leg_delay_bounds")
    return Usual(int(bounds[index]["seconds"]) if index < len(bounds) else None, legs, kind)
