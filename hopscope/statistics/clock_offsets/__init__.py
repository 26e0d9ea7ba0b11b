"""Clock offsets of servers, estimated from the delays of many messages.

Method: A message cannot arrive before it was sent. The smallest delay from one server to another, plus RESOLUTION as
times are truncated to whole seconds, is therefore an upper bound of the offset between their clocks. Messages in the
opposite direction give the lower bound, and paths over other servers may give tighter bounds; ``constraints.py`` finds
the tightest ones. The estimate is the midpoint between the bounds, its uncertainty half the distance. One message is
enough for a bound, but few messages give a wide one.

Reference: Offsets are relative to one server of each group that can be compared. The clock time that most servers are
consistent with is assumed to be right, with one vote per server (K. Marzullo and S. Owicki, "Maintaining the time in a
distributed system", 1983). The reference is the server with the narrowest bounds that is consistent with that time.
Messages do not vote, as a hub takes part in all of them and would always win.

Clocks that change: If the delays of a group contradict each other by at most WANDER per leg, the clocks drifted. Every
bound is then widened by the smallest sufficient number of whole seconds, and each uncertainty by that number plus
RESOLUTION (``wander``). If that is not enough, a clock was set or a time zone was wrong for a while, and the servers
with contradicting delays are excluded. Those that contradict the most other servers are excluded first, as one server
that contradicts several is the one that changed. If two servers contradict only each other, both are excluded, and so
are all servers of a longer contradicting cycle.

Limits: The reference itself may be wrong. One-way traffic gives a bound on one side and no estimate. A path that is
never fast in one direction shifts the midpoint, within the uncertainty. A change that no pair of delays reveals is not
detected. A name that several machines share has no single clock.

The module is over 300 lines because it documents the method.
"""

from collections import defaultdict
from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

import msgspec

from hopscope.statistics.clock_offsets.constraints import mutual
from hopscope.statistics.clock_offsets.groups import Group
from hopscope.statistics.clock_offsets.observations import (
    MICROSECONDS,
    RESOLUTION,
    WANDER,
    DirectPaths,
    changed,
    direct_paths,
    machines,
    messages,
)
from hopscope.statistics.sketch import ERROR, Sketch
from hopscope.statistics.summary import OTHERS, Leg, LegKey, Summary

__all__ = [
    "FEW",
    "LIMITS",
    "METHOD",
    "RESOLUTION",
    "WANDER",
    "Corrected",
    "Offset",
    "Skew",
    "Unknown",
    "by_message",
    "certainly_corrected",
    "corrected",
    "skew",
]

METHOD = (
    "Method: the smallest delays between two servers in both directions, over all paths, bound their clock skew. "
    "Constant skew is assumed; timestamps have a resolution of 1 s."
)
LIMITS = (
    "Limits: the reference clock may itself be wrong. A path that is always slow in one direction shifts the "
    "estimate, but not beyond ±. Drift of a few seconds widens ±; larger changes are reported. Host names shared by "
    "several machines are excluded."
)
FEW = 3
"""Messages in one direction; with fewer, the smallest delay may be far above the shortest possible one."""


class Offset(msgspec.Struct, frozen=True, kw_only=True):
    """The clock offset of a server."""

    host: str
    seconds: float
    """Positive if the clock is ahead of that of ``reference``, negative if it is behind."""
    uncertainty: float
    """Maximum error of ``seconds``, in seconds."""
    reference: str
    messages: int
    """Number of delays that the estimate is based on."""
    fewest: int
    """Number of delays in the direction that has fewer."""
    wander: float = 0.0
    """Apparent drift of the clocks of its group over the dump, in seconds; included in ``uncertainty``."""

    @property
    def is_skewed(self) -> bool:
        """Whether the clock certainly differs from the reference."""
        return abs(self.seconds) > self.uncertainty


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """A server whose clock cannot be compared."""

    host: str
    reason: str
    """The reason, as the predicate of a sentence with the host as its subject."""
    messages: int
    against: tuple[str, ...] = ()
    """The servers that the bounds are relative to, or that contradict this one."""
    at_least: float | None = None
    """Lower bound of the offset from the clock of ``against``, in seconds; positive is ahead."""
    at_most: float | None = None
    """Upper bound of the offset from the clock of ``against``, in seconds; positive is ahead."""
    changed: bool = False
    """Whether its delays contradict those of other servers."""


class Skew(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of the servers of a dump."""

    offsets: tuple[Offset, ...] = ()
    """Sorted by host; the offset of a reference is zero."""
    unknown: tuple[Unknown, ...] = ()
    """Sorted by host."""
    nameless: tuple[str, ...] = ()
    """Names that many machines share, such as domains of other systems, and that have no single clock. Sorted."""

    def ahead(self, host: str | None) -> Offset | None:
        """The offset of a server; ``None`` if it is unknown."""
        return next((offset for offset in self.offsets if offset.host == host), None)


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """The delays of a leg, corrected for clock skew, in seconds."""

    shift: float | None
    """The correction, which is added to every delay of the leg; ``None`` if each message shows its own clock skew."""
    uncertainty: float
    """Maximum error of the correction, plus the error of the quantiles that is due to the clock skew."""
    p50: float | None
    p90: float | None
    p99: float | None
    most: float | None
    total: float
    """Sum of the delays."""

    @property
    def is_certain(self) -> bool:
        """Whether the two clocks certainly differ."""
        return self.shift is None or abs(self.shift) > self.uncertainty

    def delay(self, leg: Leg) -> Sketch:
        """The corrected delays of the leg."""
        if self.shift is not None:
            return leg.delay.moved(self.shift)
        return leg.delay if leg.corrected is msgspec.UNSET else leg.corrected


def skew(summary: Summary) -> Skew:
    """The clock offsets of the servers of a dump.

    Only names of single servers count, as a domain or a pool has many clocks.
    """
    hosts = machines(summary.legs)
    paths = direct_paths(summary.legs, hosts)
    contradicted = changed(paths)
    sound = {pair: path for pair, path in paths.items() if contradicted.keys().isdisjoint(pair)}
    groups = [Group(sound, group) for group in mutual(sound) if len(group) > 1]
    group_of = {host: group for group in groups for host in group.hosts}
    offsets = [offset for group in groups for offset in _offsets(group)]
    counts, bounds = messages(paths), _one_way_bounds(sound, group_of)
    unknown = [_contradicted(host, against, counts[host]) for host, against in contradicted.items()]
    unknown += [_one_sided(host, bounds[host], counts[host]) for host in hosts - contradicted.keys() - group_of.keys()]
    named = {host for key in summary.legs for host in (key.from_host, key.to_host) if host is not None}
    return Skew(
        offsets=tuple(sorted(offsets, key=lambda offset: offset.host)),
        unknown=tuple(sorted(unknown, key=lambda server: server.host)),
        nameless=tuple(sorted(named - hosts - {OTHERS})),
    )


def corrected(summary: Summary, estimate: Skew) -> dict[LegKey, Corrected]:
    """The corrected delays of each leg whose two clocks can be compared.

    A corrected delay below zero is within the uncertainty and counts as zero.
    """
    offsets = {offset.host: offset for offset in estimate.offsets}
    paths = direct_paths(summary.legs, frozenset(offsets))
    result = {}
    for key, leg in summary.legs.items():
        tail, head = offsets.get(key.from_host or ""), offsets.get(key.to_host or "")
        if leg.delay.count and tail and head and tail.reference == head.reference:
            result[key] = _corrected(leg, tail, head, paths)
    return result


def certainly_corrected(summary: Summary, estimate: Skew) -> dict[LegKey, Corrected]:
    """The corrected delays of each leg between clocks that certainly differ, or with messages that show clock skew."""
    shown_by_messages = {
        key: by_message(leg.corrected) for key, leg in summary.legs.items() if leg.corrected is not msgspec.UNSET
    }
    return shown_by_messages | {
        key: delays for key, delays in corrected(summary, estimate).items() if delays.is_certain
    }


def by_message(delay: Sketch) -> Corrected:
    """The figures of delays that are each corrected by a different clock skew."""
    return Corrected(
        shift=None,
        uncertainty=0.0,
        p50=delay.quantile(0.5),
        p90=delay.quantile(0.9),
        p99=delay.quantile(0.99),
        most=delay.most,
        total=delay.total,
    )


def _corrected(leg: Leg, tail: Offset, head: Offset, paths: DirectPaths) -> Corrected:
    same = tail.host == head.host
    shift = 0.0 if same else tail.seconds - head.seconds

    def shifted(seconds: float | None) -> float | None:
        return None if seconds is None else max(seconds + shift, 0.0)

    return Corrected(
        shift=shift,
        uncertainty=0.0 if same else round(_uncertainty(tail, head, paths) + ERROR * abs(shift), 3),
        p50=shifted(leg.delay.quantile(0.5)),
        p90=shifted(leg.delay.quantile(0.9)),
        p99=shifted(leg.delay.quantile(0.99)),
        most=shifted(leg.delay.most),
        total=max(leg.delay.total + shift * leg.delay.count, 0.0),
    )


def _uncertainty(tail: Offset, head: Offset, paths: DirectPaths) -> float:
    """Maximum error of the difference of two offsets. Direct messages may give a tighter bound than other paths."""
    apart, bounds = head.seconds - tail.seconds, [tail.uncertainty + head.uncertainty]
    forward, backward = paths.get((tail.host, head.host)), paths.get((head.host, tail.host))
    if forward and backward:
        high, low = forward.least / MICROSECONDS, -backward.least / MICROSECONDS
        bounds.append(max(high - apart, apart - low) + 2 * tail.wander)
    return max(min(bounds), 0.0)


def _offsets(group: Group) -> list[Offset]:
    fewest = group.fewest()
    return [
        Offset(
            host=host,
            reference=group.reference,
            messages=group.messages[host],
            fewest=fewest[host],
            wander=group.wander,
            **_middle(group.above[host], group.below[host], 0.0 if host == group.reference else group.wander),
        )
        for host in group.hosts
    ]


def _middle(above: int, below: int, wander: float) -> dict[str, float]:
    """The estimate, rounded to milliseconds, and its uncertainty, which includes the rounding."""
    middle = round((above - below) / 2 / MICROSECONDS, 3)
    farther = max(above / MICROSECONDS - middle, middle + below / MICROSECONDS)
    return {"seconds": middle, "uncertainty": ceil(round(farther * 1000, 3)) / 1000 + wander}


def _contradicted(host: str, against: frozenset[str], count: int) -> Unknown:
    first, *remaining = sorted(against)
    contradicting = f"{first} and {len(remaining)} more" if len(remaining) > 1 else " and ".join((first, *remaining))
    reason = f"delays contradict those of {contradicting}: a clock was changed, or a time zone was wrong"
    return Unknown(host=host, reason=reason, messages=count, against=tuple(sorted(against)), changed=True)


class _OneWayBound(NamedTuple):
    """A bound of a clock offset from traffic in one direction; the smallest tuple is the most informative bound."""

    unreferenced: bool
    """Whether it is relative to a server without an estimate, and not to a reference."""
    bound: int
    """Upper bound in microseconds: of how far the clock is ahead of ``peer`` if ``received``, else behind it."""
    peer: str
    received: bool
    """Whether the server received the messages, and did not send them."""


def _one_way_bounds(sound: DirectPaths, group_of: Mapping[str, Group]) -> dict[str, list[_OneWayBound]]:
    """The bounds of clocks that belong to no group, by server."""
    bounds: dict[str, list[_OneWayBound]] = defaultdict(list)
    for (tail, head), path in sound.items():
        for host, peer, received in ((head, tail, True), (tail, head, False)):
            group = group_of.get(peer)
            if group is None:
                bound = _OneWayBound(unreferenced=True, bound=path.least, peer=peer, received=received)
                bounds[host].append(bound)
            elif host not in group_of:
                limit = path.least + (group.above if received else group.below)[peer]
                bound = _OneWayBound(unreferenced=False, bound=limit, peer=group.reference, received=received)
                bounds[host].append(bound)
    return bounds


def _one_sided(host: str, bounds: list[_OneWayBound], count: int) -> Unknown:
    """A server with one-way traffic, and its most informative bound."""
    if not bounds:
        isolated = "no dated messages from or to another named server"
        reason = "messages exchanged only with servers whose clocks were changed" if count else isolated
        return Unknown(host=host, reason=reason, messages=count)
    best = min(bounds)
    seconds = best.bound / MICROSECONDS
    return Unknown(
        host=host,
        reason=_one_way_reason(seconds, best.peer, received=best.received),
        messages=count,
        against=(best.peer,),
        at_least=None if best.received else -seconds,
        at_most=seconds if best.received else None,
    )


def _one_way_reason(bound: float, reference: str, *, received: bool) -> str:
    """The bound in words: which clock is certainly ahead, or by how much it is ahead at most."""
    if bound < 0:
        which = "behind" if received else "ahead of"
        return f"clock is at least {-bound:g} s {which} {reference}'s; one-way traffic, so no estimate"
    which = "ahead of" if received else "behind"
    return f"clock is at most {bound:g} s {which} {reference}'s; one-way traffic, so no estimate"
