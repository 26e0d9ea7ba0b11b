"""Documented timers that match a wait: retries of queues, take-over of shadow copies, tarpits.

A wait may match a timer by chance. ``benchmarks/count_timers.py`` measures how many waits of real mail match each row
of ``data/retry_timers.tsv``, and how many would by chance; rows that match no more often are not reported, unless there
were too few waits to measure.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import msgspec

from hopscope.analysis.delays import AttributedDelay, Holder
from hopscope.classifier import pipeline
from hopscope.data import table
from hopscope.model import Hop, Service, Stage

__all__ = ["Match", "candidates", "limits", "match", "matches"]


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
    for row in candidates(wait, previous, hop):
        found = match(row, wait.waited) if row["reported"] != "no" else None
        key = row["name"], row["parameter"]
        if found and (key not in best or _distance(found) < _distance(best[key])):
            best[key] = found
    return tuple(sorted(best.values(), key=_distance))


def candidates(wait: AttributedDelay, previous: Hop, hop: Hop) -> tuple[dict[str, str], ...]:
    """The timers of the service that waited, for its destination, also those that are not reported."""
    owner = _owner(wait)
    held = hop.label.generation if wait.holder is Holder.SHADOW else previous.label.generation
    return _timers(owner, held, _towards(hop)) if owner else ()


@cache
def _timers(owner: str, generation: str, towards: str) -> tuple[dict[str, str], ...]:
    """The timers of an owner with its generation, in the order of the table."""
    return tuple(
        row
        for row in table("retry_timers")
        if row["owner"] == owner and generation in row["generations"].split() and row["towards"] in {"any", towards}
    )


def _owner(wait: AttributedDelay) -> str | None:
    if wait.holder is Holder.SHADOW:
        return "shadow"
    if wait.holder is not Holder.QUEUE:
        return None
    return str(Service.EDGE_TRANSPORT if wait.service is Service.EDGE_TRANSPORT else Service.TRANSPORT)


def _towards(hop: Hop) -> str:
    if pipeline.stage(hop.label.service) is Stage.DELIVERY:
        return "mailbox"
    return "outside" if hop.label.service is Service.OTHER_MTA else "server"


@cache
def _times(text: str) -> tuple[int, ...]:
    """Seconds after the first attempt: of ``300``, ``60+60x4``."""
    parts = re.fullmatch(r"(?P<first>[0-9]+)(?:\+(?P<step>[0-9]+)x(?P<count>[0-9]+))?", text)
    if parts is None:
        raise ValueError(f"no times: {text!r}")
    return tuple(int(parts["first"]) + number * int(parts["step"] or 0) for number in range(int(parts["count"] or 1)))


def match(row: dict[str, str], waited: timedelta) -> Match | None:
    """The best match of a wait with a row of the table; ``None`` if no time of the row fits."""
    expected = [timedelta(seconds=seconds) for seconds in _times(row["times"])]
    number = min(range(len(expected)), key=lambda index: abs(waited - expected[index]))
    late = waited - expected[number]
    if not -_EARLY <= late <= _LATE:
        return None
    return Match(
        name=row["name"],
        expected=expected[number],
        tries=number + 1,
        late=late,
        parameter=row["parameter"],
        set_with=row["set_with"],
        check=row["check"],
    )


def _distance(found: Match) -> tuple[timedelta, int]:
    """Sort key: the closest match first, then the earliest retry."""
    return abs(found.late), found.tries


def limits(wait: AttributedDelay, previous: Hop) -> Iterator[tuple[str, timedelta]]:
    """Name and time of each limit exceeded by a wait after which a queue notifies the sender."""
    if wait.holder is not Holder.QUEUE:
        return
    generation = previous.label.generation
    for row in table("delay_limits"):
        limit = timedelta(seconds=int(row["seconds"]))
        if wait.surely_waited >= limit and generation in row["generations"].split():
            yield row["name"], limit
