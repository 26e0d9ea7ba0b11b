"""What transfers in tracking logs add to the clocks that Received fields show as skewed.

Both ends of a transfer bound the difference of two clocks to the time of a reply. Which of the two is wrong, they do
not show; but if a third server agrees with one of them, the other one is the skewed one.
"""

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from hopscope.analysis.clocks import Clock, CorrectedTime
from hopscope.analysis.phrases import duration, rounded
from hopscope.analysis.tracking.offsets import ClockOffset
from hopscope.analysis.tracking.ordering import OrderedEvents
from hopscope.classifier import servers
from hopscope.model import Hop

__all__ = ["with_log"]

_ZERO = timedelta(0)


def with_log(clocks: Sequence[Clock], hops: Sequence[Hop], events: OrderedEvents) -> tuple[Clock, ...]:
    """The clocks, with the evidence of the logs: identified by it if the headers did not, and those only logs show."""
    found = list(clocks)
    is_majority = any(not offset.is_skew for offset in events.offsets)
    for offset in events.offsets:
        own = tuple(hop.number for hop in hops if servers.same(hop.written_server, offset.server))
        if not offset.is_skew or not own:
            continue
        at = next((index for index, clock in enumerate(found) if not set(own).isdisjoint(clock.hops)), None)
        if at is None:
            reference = [hop.number for hop in hops if servers.same(hop.written_server, offset.reference)]
            if is_majority or reference:
                found.append(_identified(offset, own, hops) if is_majority else _either(offset, own, reference))
        elif is_majority and not found[at].is_identified:
            clock = _identified(offset, own, hops)
            found[at] = replace(clock, evidence=(*found[at].evidence, *clock.evidence))
        else:
            found[at] = replace(found[at], evidence=(*found[at].evidence, _evidence(offset)))
    return tuple(sorted(found, key=lambda clock: clock.hops or (0,)))


def _evidence(offset: ClockOffset) -> str:
    direction = "ahead of" if offset.offset > _ZERO else "behind"
    difference = duration(rounded(abs(offset.offset)))
    return (
        f"tracking logs: {offset.server} is {difference} {direction} {offset.reference} "
        f"({offset.pairs} transfer{'s' * (offset.pairs > 1)} that both logged)"
    )


def _either(offset: ClockOffset, own: Sequence[int], reference: Sequence[int]) -> Clock:
    """Two clocks that differ: the logs have no third one."""
    hops = tuple(sorted((own[0], reference[0])))
    return Clock(server=None, hops=hops, likelihood="unknown", evidence=(_evidence(offset),))


def _identified(offset: ClockOffset, own: tuple[int, ...], hops: Sequence[Hop]) -> Clock:
    skew, uncertainty = rounded(offset.offset), offset.uncertainty or _ZERO
    return Clock(
        server=hops[own[0] - 1].written_server,
        hops=own,
        min_skew=rounded(offset.offset - uncertainty),
        max_skew=rounded(offset.offset + uncertainty),
        skew=skew,
        likelihood="very likely",
        evidence=(_evidence(offset), f"another server agrees with {offset.reference}"),
        corrected_times=tuple(_corrected(hops[number - 1], skew) for number in own if hops[number - 1].time),
    )


def _corrected(hop: Hop, skew: timedelta) -> CorrectedTime:
    assert hop.time is not None  # noqa: S101 - checked by the caller
    try:
        corrected = hop.time - skew
    except OverflowError:
        corrected = hop.time
    return CorrectedTime(hop=hop.number, recorded=hop.time, corrected=corrected)
