"""Differences between clocks, and contradictions between the times along a path.

Few messages have such times; :mod:`hopscope.analysis.clocks` determines which clock is skewed.
"""

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.reference_times import reference_times
from hopscope.classifier import servers
from hopscope.model import Hop, ReferenceTime, Route

__all__ = [
    "LARGEST_SKEW",
    "SLIGHT",
    "Contradictions",
    "Point",
    "contradictions",
    "is_same_machine",
    "near_zones",
]

SLIGHT = timedelta(seconds=5)
"""Differences up to this are ignored: Received times have whole seconds, and server clocks differ slightly."""
LARGEST_SKEW = timedelta(days=2)
"""Larger differences are wrong dates, or dates of two messages: server clocks do not differ by so much."""
_LEAST = -SLIGHT
_ZERO = timedelta(0)
_HALF_HOUR = timedelta(minutes=30)
"""UTC offsets in use are multiples of this, except for a few that end in :45."""
_QUARTER = timedelta(minutes=15)
_WIDEST = timedelta(hours=26)
"""From -1200 to +1400, the widest difference of two zones in use."""
_DAY = timedelta(days=1)
"""Two zones differ by this, too, but nobody sets one for the other: the date is wrong, or the delay is a day."""


def near_zones(difference: timedelta, tolerance: timedelta, *times: datetime) -> timedelta | None:
    """The difference of two time zones that a difference is within ``tolerance`` of; ``None`` if there is none.

    It is a multiple of 30 minutes, or of 15 minutes if one of the times has a UTC offset such as +0545 (Nepal).
    """
    step = _QUARTER if any((time.utcoffset() or _ZERO) % _HALF_HOUR for time in times) else _HALF_HOUR
    zones = round(difference / step) * step
    is_possible = _HALF_HOUR <= abs(zones) <= _WIDEST and abs(zones) != _DAY
    return zones if is_possible and abs(difference - zones) <= tolerance else None


class Point(msgspec.Struct, frozen=True):
    """A time on the path."""

    time: datetime
    clock: str
    """Which clock: the server name, or the position of the field if the name does not identify a machine."""
    label: str
    server: str | None
    hop: int | None
    """``None`` if it is not a hop."""


def contradicts(time: datetime, later: datetime) -> bool:
    """Whether the later point on the path has an earlier time, by more than the ignored difference."""
    return later - time < _LEAST


class Contradictions(msgspec.Struct, frozen=True):
    """The times along the path, and the places where they run backwards."""

    points: list[Point]
    """From Received and X-Received fields; empty if no two of them can contradict each other."""
    negative: list[int]
    """The points whose next point is earlier by more than clocks normally differ."""


def contradictions(index: IndexedRoute) -> Contradictions:
    """The contradictions between the times of a labelled route."""
    points = _points(index)
    return Contradictions(
        points,
        [at for at, (point, next_point) in enumerate(pairwise(points)) if contradicts(point.time, next_point.time)],
    )


_COPY = frozenset({"X-Received"})


def _points(index: IndexedRoute) -> list[Point]:
    """The times along the path; empty if no two of them can contradict each other."""
    copies = [_Dated(copy.time, copy) for copy in reference_times(index, _COPY) if copy.time is not None]
    if not copies and not any(hop.delay is not None and hop.delay < -SLIGHT for hop in index.route.hops):
        return []
    machines = _machines(index.route.hops)
    return [_point(dated, machines) for dated in _dated(index.route, copies)]


class _Dated(msgspec.Struct, frozen=True):
    """A dated Received or X-Received field."""

    time: datetime
    what: Hop | ReferenceTime


def _dated(route: Route, copies: list[_Dated]) -> list[_Dated]:
    """The dated Received fields in path order, with X-Received fields at their position between them."""
    dated = [_Dated(time, hop) for hop in route.hops if (time := hop.time) is not None]
    if not copies:
        return dated
    lines = sorted(hop.stamp.field.line for hop in route.hops)
    return sorted((*dated, *copies), key=lambda dated: _place(dated.what, lines))


def _place(what: Hop | ReferenceTime, lines: list[int]) -> tuple[int, int, int]:
    """Position among the hops with these lines; between two hops, path order is from bottom to top."""
    if isinstance(what, Hop):
        return what.number, 0, 0
    return len(lines) - bisect_right(lines, what.field.line), 1, -what.field.line


def _point(dated: _Dated, machines: dict[int, str]) -> Point:
    what = dated.what
    if isinstance(what, Hop):
        return Point(dated.time, machines[what.number], _label(what), what.written_server, what.number)
    label = f"X-Received (line {what.field.line})"
    return Point(dated.time, _machine(what.server, label), label, what.server, None)


def _label(hop: Hop) -> str:
    return f"hop {hop.number}"


def _machine(name: str | None, label: str) -> str:
    """A name without a domain, such as ``localhost``, identifies no machine."""
    is_machine = name is not None and "." in name and not name.lower().startswith("localhost.")
    return name.lower() if name and is_machine else label


def _machines(hops: tuple[Hop, ...]) -> dict[int, str]:
    """The machine of each hop, by hop number: two names share one if a session within it connects them."""
    machines = {hop.number: _machine(hop.written_server, _label(hop)) for hop in hops}
    same: dict[str, str] = {}

    def machine(number: int) -> str:
        name = machines[number]
        while name in same:
            name = same[name]
        return name

    for previous, hop in pairwise(hops):
        first, second = machine(previous.number), machine(hop.number)
        if first != second and is_same_machine(previous, hop):
            named, other = (second, first) if first == _label(previous) else (first, second)
            same[other] = named
    return {number: machine(number) for number in machines} if same else machines


_FETCHED = ("IMAP", "POP")


def is_same_machine(previous: Hop, hop: Hop) -> bool:
    """Whether a hop was received on the machine of the previous hop, and not from a mailbox.

    The session came from a loopback address, or from the address that both servers record as their own. If both servers
    have names in different domains, HELO must be the name of the previous one: a list manager may have replaced the
    Received fields of its own machine.
    """
    peer = hop.stamp.from_domain
    if peer is None or not _is_internal(peer.tcp_info.address or "", previous, hop):
        return False
    if (hop.stamp.with_ or "").upper().startswith(_FETCHED):
        return False
    names = (_machine(name, "") for name in (previous.written_server, hop.written_server))
    domains = {servers.organisation(name) for name in names if name}
    return len(domains) <= 1 or servers.same(peer.domain, previous.written_server)


def _is_internal(ip: str, previous: Hop, hop: Hop) -> bool:
    """Whether a session from this address stays on the machine."""
    servers_of_hops = previous.stamp.by_domain, hop.stamp.by_domain
    return _is_loopback(ip) or bool(ip and all(server and server.tcp_info.address == ip for server in servers_of_hops))


def _is_loopback(ip: str) -> bool:
    """RFC 1122 section 3.2.1.3, and RFC 4291 section 2.5.3."""
    return ip == "::1" or ip.lower().removeprefix("::ffff:").startswith("127.")
