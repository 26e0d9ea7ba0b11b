"""The clocks of the servers: which are off, by how much, and what that makes of the delays."""

from hopscope.analysis.skew import METHOD, Corrected, Offset, corrected, skew
from hopscope.analysis.summary import LegKey, Summary
from hopscope.renderers import amounts
from hopscope.renderers.html import Facts
from hopscope.renderers.report.legs import name

__all__ = ["facts"]

_OFFSETS = 100
_UNKNOWN = 60
_LEGS = 30


def facts(summary: Summary) -> Facts:
    """What the template is told of the clocks."""
    found = skew(summary)
    offsets = sorted(found.offsets, key=lambda each: (-abs(each.seconds), each.host))
    unknown = sorted(found.unknown, key=lambda each: (-each.messages, each.host))
    moved = [(key, each) for key, each in corrected(summary, found).items() if abs(each.shift) > each.uncertainty]
    moved.sort(key=lambda item: (-summary.legs[item[0]].count, [part or "" for part in item[0]]))
    return {
        "method": METHOD,
        "offsets": list(map(_offset, offsets[:_OFFSETS])),
        "more": amounts.more(len(offsets) - _OFFSETS, "servers"),
        "unknown": [
            {"host": each.host, "reason": each.reason, "messages": amounts.count(each.messages)}
            for each in unknown[:_UNKNOWN]
        ],
        "unknown_count": amounts.counted(len(unknown), "server"),
        "more_unknown": amounts.more(len(unknown) - _UNKNOWN, "servers"),
        "legs": [_leg(key, each, summary) for key, each in moved[:_LEGS]],
        "more_legs": amounts.more(len(moved) - _LEGS, "legs"),
    }


def _offset(offset: Offset) -> Facts:
    reference = offset.host == offset.reference
    return {
        "host": offset.host,
        "reference": reference,
        "against": offset.reference,
        "seconds": f"{offset.seconds:+.1f} s",
        "uncertainty": f"{offset.uncertainty:.1f} s",
        "off": not reference and abs(offset.seconds) > offset.uncertainty,
        "delays": amounts.count(offset.messages),
    }


def _leg(key: LegKey, found: Corrected, summary: Summary) -> Facts:
    delay = summary.legs[key].delay
    return {
        "origin": name(key.from_service, key.from_host),
        "target": name(key.to_service, key.to_host),
        "count": amounts.count(delay.count),
        "p50": amounts.duration(delay.quantile(0.5)),
        "p90": amounts.duration(delay.quantile(0.9)),
        "corrected50": _whole(found.p50),
        "corrected90": _whole(found.p90),
        "uncertainty": f"{found.uncertainty:.1f} s",
    }


def _whole(seconds: float | None) -> str:
    """In whole seconds: the offsets are no finer."""
    return amounts.duration(None if seconds is None else float(round(seconds)))
