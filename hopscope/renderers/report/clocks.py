"""The clock skew of the servers, and the corrected delays."""

from collections.abc import Mapping

from hopscope.renderers.report.legs import name
from hopscope.renderers.text import rounded
from hopscope.renderers.text.page import Facts
from hopscope.statistics.clock_offsets import METHOD, Corrected, Offset, Skew
from hopscope.statistics.summary import LegKey, Summary

__all__ = ["facts"]

_OFFSETS = 100
_UNKNOWN = 60
_LEGS = 30


def facts(summary: Summary, estimate: Skew, corrections: Mapping[LegKey, Corrected]) -> Facts:
    """The template variables of the clocks.

    Args:
        summary: The statistics of the dump.
        estimate: The clock skew of its servers.
        corrections: The corrected delays of the legs between clocks that certainly differ.
    """
    offsets = sorted(estimate.offsets, key=lambda offset: (-abs(offset.seconds), offset.host))
    unknown = sorted(estimate.unknown, key=lambda server: (-server.messages, server.host))
    moved = sorted(corrections.items(), key=lambda item: (-summary.legs[item[0]].count, item[0].order))
    return {
        "method": METHOD,
        "offsets": list(map(_offset, offsets[:_OFFSETS])),
        "more": rounded.more(len(offsets) - _OFFSETS, "servers"),
        "unknown": [
            {"host": server.host, "reason": server.reason, "delays": rounded.counted(server.messages, "delay")}
            for server in unknown[:_UNKNOWN]
        ],
        "unknown_count": rounded.counted(len(unknown), "server"),
        "more_unknown": rounded.more(len(unknown) - _UNKNOWN, "servers"),
        "legs": [_leg(key, correction, summary) for key, correction in moved[:_LEGS]],
        "more_legs": rounded.more(len(moved) - _LEGS, "legs"),
    }


def _offset(offset: Offset) -> Facts:
    reference = offset.host == offset.reference
    return {
        "host": offset.host,
        "reference": reference,
        "against": offset.reference,
        "seconds": f"{'+' if offset.seconds > 0 else ''}{rounded.duration(offset.seconds)}",
        "uncertainty": rounded.duration(offset.uncertainty),
        "skewed": not reference and abs(offset.seconds) > offset.uncertainty,
        "delays": rounded.count(offset.messages),
    }


def _leg(key: LegKey, correction: Corrected, summary: Summary) -> Facts:
    delay = summary.legs[key].delay
    return {
        "origin": name(key.from_service, key.from_host),
        "target": name(key.to_service, key.to_host),
        "count": rounded.count(delay.count),
        "p50": rounded.duration(delay.quantile(0.5)),
        "p90": rounded.duration(delay.quantile(0.9)),
        "corrected50": _whole_seconds(correction.p50),
        "corrected90": _whole_seconds(correction.p90),
        "uncertainty": rounded.duration(correction.uncertainty),
    }


def _whole_seconds(seconds: float | None) -> str:
    """The duration in whole seconds, the resolution of the offsets."""
    return rounded.duration(None if seconds is None else float(round(seconds)))
