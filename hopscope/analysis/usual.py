"""How long a leg usually takes, from counts of real mail in ``data/leg_delays.tsv``."""

from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from hopscope.classifier import pipeline
from hopscope.data import table
from hopscope.model import Hop, Service

__all__ = ["Usual", "usual"]

_NEARLY_ALL = 0.99
_ENOUGH = 100
"""Fewer legs of a kind say nothing of one in a hundred."""


class Usual(NamedTuple):
    """What legs of a kind take."""

    seconds: int | None
    """99 of 100 take no longer; ``None`` where that is beyond what was counted."""
    legs: int
    """How many were counted."""
    kind: str | None
    """What they have in common, in words; ``None`` for all that were counted, as a mere yardstick."""


def usual(previous: Hop, hop: Hop) -> Usual:
    """The usual time of the leg between two hops: of legs alike in services and generations, if there are enough.

    Edge Transport counts as Transport or Hub Transport. Legs with other mail systems were not counted: they are set
    against all legs between Exchange servers.
    """
    return _usual_between(*_end(previous), *_end(hop))


@cache
def _usual_between(from_generation: str, from_service: str, to_generation: str, to_service: str) -> Usual:
    exact = _counted(from_generation, from_service, to_generation, to_service)
    if exact is not None:
        kind = f"hops from {from_service} to {to_service}"
        same = from_generation == to_generation
        generations = f"Exchange {from_generation}" if same else f"Exchange {from_generation} to {to_generation}"
        return _usual(exact, f"{kind}, {generations}")
    alike = _counted("", from_service, "", to_service)
    if alike is not None:
        return _usual(alike, f"hops from {from_service} to {to_service}")
    return _usual(_counted("", "", "", "") or (), None)


def _end(hop: Hop) -> tuple[str, str]:
    """Generation and service by which a hop was counted."""
    generation, service = hop.label.generation, hop.label.service
    if service is Service.EDGE_TRANSPORT:
        service = next(
            (
                service_name
                for service_name in _PRINTS_THE_SAME
                if service_name in pipeline.stamping_services(generation)
            ),
            service,
        )
    return generation, str(service)


_PRINTS_THE_SAME = (Service.TRANSPORT, Service.HUB_TRANSPORT)
"""The services whose stamps are those of Edge Transport, of which each generation has one."""


@cache
def _counted(from_generation: str, from_service: str, to_generation: str, to_service: str) -> tuple[int, ...] | None:
    """Counts of the legs that fit, an empty word fitting all; ``None`` where they are not enough."""
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


def _usual(counts: Iterable[int], kind: str | None) -> Usual:
    reached = list(accumulate(counts))
    legs = reached[-1]
    index = next(position for position, count in enumerate(reached) if count >= _NEARLY_ALL * legs)
    bounds = table("leg_delay_bounds")
    return Usual(int(bounds[index]["seconds"]) if index < len(bounds) else None, legs, kind)
