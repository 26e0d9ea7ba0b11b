"""Documented timers that match a wait: retries of queues, take-over of shadow copies, tarpits."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import msgspec

from hopscope.analysis.delays import AttributedDelay, Holder
from hopscope.classifier import pipeline
from hopscope.data import table
from hopscope.model import Hop, Service, Stage

__all__ = ["Match", "limits", "matches"]


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A timer that a wait is consistent with."""

    name: str
    expected: timedelta
    """Time after the first attempt, as documented."""
    tries: int
    """Number of the retry; 1 is the first."""
    late: timedelta
    """How much later the next hop is than expected; negative if it is earlier."""
    parameter: str
    set_with: str
    """The cmdlet or the file that sets the parameter."""
    check: str
    """What to check."""


_EARLY = timedelta(seconds=2)
"""Tolerance: Received times have whole seconds and come from two clocks."""
_LATE = timedelta(seconds=20)
"""Tolerance: the session of a retry takes time."""


def matches(wait: AttributedDelay, previous: Hop, hop: Hop) -> tuple[Match, ...]:
    """The timers that a wait is consistent with, best match first; only the best match of each timer."""
    best: dict[tuple[str, str], Match] = {}
    for row in _timers_of(wait, previous, hop):
        for number, seconds in enumerate(_times(row["times"]), 1):
            match = _match(row, number, wait.waited - timedelta(seconds=seconds))
            key = row["name"], row["parameter"]
            if match and (key not in best or abs(match.late) < abs(best[key].late)):
                best[key] = match
    return tuple(sorted(best.values(), key=lambda match: (abs(match.late), match.tries)))


def _timers_of(wait: AttributedDelay, previous: Hop, hop: Hop) -> tuple[dict[str, str], ...]:
    """The timers of the service that waited, for its destination."""
    took = hop.label.generation
    held = took if wait.holder is Holder.SHADOW else previous.label.generation
    return _timers((_owner(wait), held), (_taker(wait, hop), took), _towards(hop))


@cache
def _timers(holder: tuple[str | None, str], taker: tuple[str | None, str], towards: str) -> tuple[dict[str, str], ...]:
    """The timers of owners with their generations, in the order of the table."""
    return tuple(
        row
        for row in table("retry_timers")
        for owner, generation in [taker if row["owner"] == "sender" else holder]
        if row["owner"] == owner and generation in row["generations"].split() and row["towards"] in {"any", towards}
    )


def _owner(wait: AttributedDelay) -> str | None:
    if wait.holder is Holder.SHADOW:
        return "shadow"
    if wait.holder is not Holder.QUEUE:
        return None
    return str(Service.EDGE_TRANSPORT if wait.service is Service.EDGE_TRANSPORT else Service.TRANSPORT)


_ACCEPTS_FROM_OUTSIDE = frozenset({Service.FRONT_END, Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT})


def _taker(wait: AttributedDelay, hop: Hop) -> str | None:
    """``sender`` if another system sent to Exchange, whose reply may have delayed it."""
    return "sender" if wait.holder is Holder.SYSTEM and hop.label.service in _ACCEPTS_FROM_OUTSIDE else None


def _towards(hop: Hop) -> str:
    if pipeline.stage(hop.label.service) is Stage.DELIVERY:
        return "mailbox"
    return "outside" if hop.label.service is Service.OTHER_MTA else "server"


@cache
def _times(text: str) -> tuple[int, ...]:
    """Seconds after the first attempt: of ``300``, ``60+60x4``."""
    match = re.fullmatch(r"(?P<first>[0-9]+)(?:\+(?P<step>[0-9]+)x(?P<count>[0-9]+))?", text)
    if match is None:
        raise ValueError(f"no times: {text!r}")
    return tuple(int(match["first"]) + number * int(match["step"] or 0) for number in range(int(match["count"] or 1)))


def _match(row: dict[str, str], number: int, late: timedelta) -> Match | None:
    if not -_EARLY <= late <= _LATE:
        return None
    return Match(
        name=row["name"],
        expected=timedelta(seconds=_times(row["times"])[number - 1]),
        tries=number,
        late=late,
        parameter=row["parameter"],
        set_with=row["set_with"],
        check=row["check"],
    )


def limits(wait: AttributedDelay, previous: Hop) -> Iterator[tuple[str, timedelta]]:
    """Name and time of each limit exceeded by a wait after which a queue notifies the sender."""
    if wait.holder is not Holder.QUEUE:
        return
    generation = previous.label.generation
    for row in table("delay_limits"):
        limit = timedelta(seconds=int(row["seconds"]))
        if wait.waited >= limit and generation in row["generations"].split():
            yield row["name"], limit
