"""Stamps -> hops in order, with their delays."""

from collections.abc import Iterable
from datetime import datetime

from hopscope.model import Hop, Stamp

__all__ = ["hops"]


def hops(stamps: Iterable[Stamp]) -> tuple[Hop, ...]:
    """The hops, oldest first, of Received fields in header order, newest first.

    Each server adds its Received field at the top (RFC 5321 section 4.4). The delay of a hop is the
    time since the previous dated hop. If there are hops without a readable date in between,
    ``hops_covered`` is the number of hops that the delay covers, so that no delay is lost.
    """
    result: list[Hop] = []
    previous_time: datetime | None = None
    hops_covered = 1
    for number, stamp in enumerate(reversed(tuple(stamps)), 1):
        time = stamp.date_time.value if stamp.date_time else None
        delay = time - previous_time if time is not None and previous_time is not None else None
        result.append(
            Hop(number=number, stamp=stamp, delay=delay, hops_covered=hops_covered if delay is not None else 1)
        )
        previous_time, hops_covered = (previous_time, hops_covered + 1) if time is None else (time, 1)
    return tuple(result)
