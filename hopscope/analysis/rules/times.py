"""HOP1xx: what is wrong with the times."""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.case import Case
from hopscope.analysis.rules.finding import about
from hopscope.model import Finding, Severity

__all__ = ["negative_delay", "undated_hop"]


def negative_delay(case: Case) -> Iterator[Finding]:
    """HOP101: a hop has an earlier time than the dated hop before it, so two clocks differ."""
    for hop in case.route.hops:
        if hop.delay is not None and hop.delay < timedelta(0):
            message = f"Hop {hop.number} has an earlier time than hop {hop.number - hop.spans}: {_clocks(hop.delay)}."
            yield about(case, hop, Finding(code="HOP101", severity=Severity.WARNING, message=message))


_QUARTER = timedelta(minutes=15)
"""All offsets from UTC in use are multiples of it."""
_NEAR = timedelta(minutes=1)


def _clocks(delay: timedelta) -> str:
    """What a negative delay tells: a wrong zone is off by quarters of an hour."""
    off = -delay % _QUARTER
    if -delay >= _QUARTER - _NEAR and min(off, _QUARTER - off) <= _NEAR:
        return "their clocks differ, or one of them has the wrong time zone"
    return "their clocks differ"


def undated_hop(case: Case) -> Iterator[Finding]:
    """HOP102: a hop has no time that can be read, so the next delay covers more than one leg."""
    for hop in case.route.hops:
        if hop.time is None:
            text = hop.stamp.date_time.text if hop.stamp.date_time else ""
            what = (
                f'The date of hop {hop.number} cannot be read ("{text}")' if text else f"Hop {hop.number} has no date"
            )
            message = f"{what}, so its delay is unknown."
            yield about(case, hop, Finding(code="HOP102", severity=Severity.INFO, message=message))
