"""Fields that stand between two stamps, and what they say of the way there."""

from bisect import bisect_right
from collections.abc import Iterator

from hopscope.analysis.context import fields
from hopscope.model import HeaderField, Route

__all__ = ["RESTARTS", "between"]

RESTARTS = frozenset({"delivered-to", "resent-from", "resent-sender", "resent-to", "resent-date", "resent-message-id"})
"""Fields that a delivery (Delivered-To, as qmail and Postfix write it) or a resending (RFC 5322, 3.6.6) puts on top."""


def between(route: Route, names: frozenset[str]) -> Iterator[tuple[int, HeaderField]]:
    """The fields so called that stand between two hops, oldest first, each with the number of the hop below it."""
    named = fields(route)
    found = [field for name in names if name in named for field in named[name]]
    lines = sorted(hop.stamp.field.line for hop in route.hops) if found else []
    for field in sorted(found, key=lambda field: field.line, reverse=True):
        below = len(lines) - bisect_right(lines, field.line)
        if 0 < below < len(lines):
            yield below, field
