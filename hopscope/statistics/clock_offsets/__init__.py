"""How far the clocks of servers are apart, over many messages.

The method. A message cannot arrive before it was sent, so of all messages from one server to another the smallest delay
is at least the difference of their clocks; cut to whole seconds, a delay may be up to RESOLUTION too short. Messages in
both directions bound that difference from both sides, and so do ways around over other servers: ``constraints.py``
finds the tightest bounds. The estimate is the middle between them, half their distance its uncertainty. One message is
enough for a bound; few messages only make it a wide one.

Offsets are relative to one server of those that can be compared: the clock time that most servers may agree on, each
with one vote (K. Marzullo and S. Owicki, "Maintaining the time in a distributed system", 1983), is taken for right, and
of the servers that may agree with it the one whose bounds are the narrowest is the reference. Messages do not vote: a
hub has a part in all of them, and would be right whatever its clock says.

Clocks that change. Where the delays of a group contradict each other by no more than WANDER a leg, clocks wandered:
every bound is widened by as many whole seconds as it takes, and each uncertainty by as much again and RESOLUTION
(``wander``). Where that is not enough, a clock was set, or a zone was wrong for a while. Servers whose two directions
contradict each other are left out, those first that contradict the most others: one that is at odds with several is the
one that changed. Of two that are only at odds with each other both are left out, and so are all of a longer circle.

Limits: the reference may be wrong itself; where messages go one way only, there is a bound on one side and no estimate;
a delay that is never short in one direction moves the middle, within the uncertainty; a change that no pair of delays
shows goes unseen; several machines behind one name have no one clock.
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
from hopscope.statistics.sketch import ERROR
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
    "corrected",
    "skew",
]

METHOD = (
    "Offsets are estimated from the smallest delays in both directions, over all paths between two servers; relative "
    "to the server named, for constant skew, to the second."
)
LIMITS = (
    "The reference clock may itself be wrong; a path that is never fast shifts the estimate, within ±; "
    "changes of a few seconds widen ±, larger ones are reported; host names shared by many machines are left out."
)
FEW = 3
"""With fewer messages in one direction, the smallest delay is likely to be far from the shortest possible."""


class Offset(msgspec.Struct, frozen=True, kw_only=True):
    """How far the clock of a server is ahead."""

    host: str
    seconds: float
    """Against the clock of ``reference``; negative: behind."""
    uncertainty: float
    """Seconds: it is off by at most so much."""
    reference: str
    messages: int
    """How many delays it rests on."""
    fewest: int
    """How many of them there are in the direction that has fewer."""
    wander: float = 0.0
    """Seconds: by how much the clocks of its group seem to have changed over the dump; part of ``uncertainty``."""

    @property
    def off(self) -> bool:
        """Whether it certainly differs from the reference."""
        return abs(self.seconds) > self.uncertainty


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """A server whose clock cannot be compared."""

    host: str
    reason: str
    """Why, as the end of a sentence that starts with its name."""
    messages: int
    against: tuple[str, ...] = ()
    """The servers that the bounds are relative to, or that contradict it."""
    at_least: float | None = None
    """Seconds: its clock is ahead of that in ``against`` by at least so much; negative: behind by at most so much."""
    at_most: float | None = None
    """Seconds: its clock is ahead of that in ``against`` by at most so much; negative: behind by at least so much."""
    changed: bool = False
    """Whether its delays contradict those of others."""


class Skew(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of the servers of a dump."""

    offsets: tuple[Offset, ...] = ()
    """By host; those of a reference are zero."""
    unknown: tuple[Unknown, ...] = ()
    """By host."""
    nameless: tuple[str, ...] = ()
    """Names that stand for many machines, such as domains of other systems: they have no clock. In order."""

    def ahead(self, host: str | None) -> Offset | None:
        """The offset of a server, where it is known."""
        return next((offset for offset in self.offsets if offset.host == host), None)


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """The delays of a leg without the difference of its clocks, in seconds."""

    shift: float
    """What is added to every delay of the leg."""
    uncertainty: float
    """Of what was added, and of the raw quantiles as far as they were off by the difference of the clocks."""
    p50: float | None
    p90: float | None
    p99: float | None
    most: float | None


def skew(summary: Summary) -> Skew:
    """The clocks of the servers that messages of a dump went between.

    Only servers with names of their own count: a domain, or a pool, has many clocks.
    """
    hosts = machines(summary.legs)
    paths = direct_paths(summary.legs, hosts)
    odd = changed(paths)
    sound = {pair: path for pair, path in paths.items() if odd.keys().isdisjoint(pair)}
    groups = [Group(sound, group) for group in mutual(sound) if len(group) > 1]
    group_of = {host: group for group in groups for host in group.hosts}
    offsets = [offset for group in groups for offset in _offsets(group)]
    counts, sides = messages(paths), _one_way_bounds(sound, group_of)
    unknown = [_contradicted(host, against, counts[host]) for host, against in odd.items()]
    unknown += [_one_sided(host, sides[host], counts[host]) for host in hosts - odd.keys() - group_of.keys()]
    named = {host for key in summary.legs for host in (key.from_host, key.to_host) if host is not None}
    return Skew(
        offsets=tuple(sorted(offsets, key=lambda offset: offset.host)),
        unknown=tuple(sorted(unknown, key=lambda server: server.host)),
        nameless=tuple(sorted(named - hosts - {OTHERS})),
    )


def corrected(summary: Summary, estimate: Skew) -> dict[LegKey, Corrected]:
    """The delays of each leg whose two clocks can be compared, without their difference.

    A delay below zero is then within the uncertainty of it, and counts as zero.
    """
    offsets = {offset.host: offset for offset in estimate.offsets}
    paths = direct_paths(summary.legs, frozenset(offsets))
    result = {}
    for key, leg in summary.legs.items():
        tail, head = offsets.get(key.from_host or ""), offsets.get(key.to_host or "")
        if leg.delay.count and tail and head and tail.reference == head.reference:
            result[key] = _corrected(leg, tail, head, paths)
    return result


def _corrected(leg: Leg, tail: Offset, head: Offset, paths: DirectPaths) -> Corrected:
    same = tail.host == head.host
    shift = 0.0 if same else tail.seconds - head.seconds

    def moved(seconds: float | None) -> float | None:
        return None if seconds is None else max(seconds + shift, 0.0)

    return Corrected(
        shift=shift,
        uncertainty=0.0 if same else round(_between(tail, head, paths) + ERROR * abs(shift), 3),
        p50=moved(leg.delay.quantile(0.5)),
        p90=moved(leg.delay.quantile(0.9)),
        p99=moved(leg.delay.quantile(0.99)),
        most=moved(leg.delay.most),
    )


def _between(tail: Offset, head: Offset, paths: DirectPaths) -> float:
    """How far off the difference of two offsets may be: direct messages may bound it more tightly than other paths."""
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
    """The estimate, in milliseconds, and its uncertainty, with that of rounding."""
    middle = round((above - below) / 2 / MICROSECONDS, 3)
    farther = max(above / MICROSECONDS - middle, middle + below / MICROSECONDS)
    return {"seconds": middle, "uncertainty": ceil(round(farther * 1000, 3)) / 1000 + wander}


def _contradicted(host: str, against: frozenset[str], count: int) -> Unknown:
    first, *remaining = sorted(against)
    contradicting = f"{first} and {len(remaining)} more" if len(remaining) > 1 else " and ".join((first, *remaining))
    reason = f"has delays that contradict those of {contradicting}: a clock was changed, or a time zone was wrong"
    return Unknown(host=host, reason=reason, messages=count, against=tuple(sorted(against)), changed=True)


class _Side(NamedTuple):
    """A bound from one direction; in the order of what tells more."""

    lone: bool
    """Whether it is against a server that cannot be compared either, and not against a reference."""
    bound: int
    """In microseconds, how much the clock is ahead of the other at most; or behind, where not ``later``."""
    peer: str
    later: bool
    """Whether it is of messages that came, and not of such that went."""


def _one_way_bounds(sound: DirectPaths, group_of: Mapping[str, Group]) -> dict[str, list[_Side]]:
    """What bounds the clocks of servers that are in no group, by server."""
    sides: dict[str, list[_Side]] = defaultdict(list)
    for (tail, head), path in sound.items():
        for host, peer, later in ((head, tail, True), (tail, head, False)):
            group = group_of.get(peer)
            if group is None:
                sides[host].append(_Side(lone=True, bound=path.least, peer=peer, later=later))
            elif host not in group_of:
                far = (group.above if later else group.below)[peer]
                sides[host].append(_Side(lone=False, bound=path.least + far, peer=group.reference, later=later))
    return sides


def _one_sided(host: str, sides: list[_Side], count: int) -> Unknown:
    """A server that messages went to, or came from, but not both; with the bound that tells the most."""
    if not sides:
        lone = "has no dated messages from or to another named server"
        reason = "exchanges messages only with servers whose clocks were changed" if count else lone
        return Unknown(host=host, reason=reason, messages=count)
    side = min(sides)
    bound = side.bound / MICROSECONDS
    return Unknown(
        host=host,
        reason=_bound(bound, side.peer, later=side.later),
        messages=count,
        against=(side.peer,),
        at_least=None if side.later else -bound,
        at_most=bound if side.later else None,
    )


def _bound(bound: float, reference: str, *, later: bool) -> str:
    """What one direction tells: whose clock is ahead for certain, or by how much it is at most."""
    if bound < 0:
        which = "behind" if later else "ahead of"
        return f"has a clock at least {-bound:g} s {which} that of {reference}; one-way traffic, so no estimate"
    which = "ahead of" if later else "behind"
    return f"has a clock at most {bound:g} s {which} that of {reference}; one-way traffic, so no estimate"
