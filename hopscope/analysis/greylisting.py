"""Greylisting that the receiving server recorded, and the delay that it explains.

A greylist measures from the first attempt of a combination of client address, sender and recipient to the acceptance.
Attempts from another outbound address of the sender start anew, so the delay of the hop may be longer than that.

If it measured more than the delay, an earlier message of the same combination was deferred, and maybe this one too.

Source: postgrey, SQLgrey, milter-greylist: X-Greylist; Rspamd: module greylist, symbol GREYLIST in X-Spamd-Result.
"""

import re
from datetime import timedelta

import msgspec

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import AttributedDelay, Holder
from hopscope.classifier import servers
from hopscope.model import HeaderField, Hop, ReferenceTime

__all__ = ["Deferral", "deferral"]


class Deferral(msgspec.Struct, frozen=True):
    """A delay by greylisting."""

    field: HeaderField
    """The header field that records it."""
    server: str | None
    time: timedelta | None
    """From the first attempt that was counted to the acceptance; ``None`` if the field does not record it."""
    is_earlier: bool = False
    """The first attempt was that of an earlier message: this one may have been deferred, too."""


_CLOCKS = timedelta(minutes=1)
"""How much less than a greylist measured the delay of the hop may be: the clocks of two servers differ."""
_NEAR = timedelta(seconds=30)
"""What a greylist measured, from try to try, differs from the delay of the hop by the time of a session."""


def deferral(context: MessageContext, wait: AttributedDelay) -> Deferral | None:
    """The greylisting that explains a delay, at least in part; ``None`` if no field records one."""
    if wait.holder not in _SENDERS:
        return None
    for reference in context.times_of("X-Greylist"):
        measured = reference.duration
        if measured is None:
            continue
        if _accepting_hop(context.route.hops, reference) == wait.hop:
            is_earlier = wait.waited < measured - max(_CLOCKS, wait.clock_skew + wait.possible_skew)
            return Deferral(reference.field, reference.server, measured, is_earlier)
        if abs(wait.waited - measured) <= _NEAR and not wait.clock_skew:  # some senders add their field for each try
            return Deferral(reference.field, reference.server, measured)
    return _by_rspamd(context, wait)


_SENDERS = frozenset({Holder.QUEUE, Holder.SENDER, Holder.SYSTEM, Holder.UNKNOWN})


def _accepting_hop(hops: tuple[Hop, ...], reference: ReferenceTime) -> int | None:
    """Number of the hop of the server that greylisted: the server it names, or else the first hop below the field."""
    line = reference.field.line
    named = [hop for hop in hops if servers.same(reference.server, hop.written_server)]
    below = named or [hop for hop in hops if hop.stamp.field.line > line]
    return min(below, key=lambda hop: abs(hop.stamp.field.line - line)).number if below else None


_RSPAMD = "x-spamd-result"
_PASSED = r"\bGREYLIST\([-+0-9.]{1,8}\)\[pass,\s?body\]"
"""Rspamd knows the text of the message from an earlier attempt, which it deferred."""
_SHORTEST = timedelta(minutes=4)
"""Rspamd defers for 5 minutes by default; clocks differ."""


def _by_rspamd(context: MessageContext, wait: AttributedDelay) -> Deferral | None:
    """The greylisting of Rspamd, which records no time: only if no other delay of the path is as long."""
    if _RSPAMD not in context.route.names or wait.waited < _SHORTEST:
        return None
    fields = [field for field in context.route.named(_RSPAMD) if re.search(_PASSED, field.body)]
    others = [other for other in context.attributed_delays if other.waited >= _SHORTEST and other is not wait]
    return Deferral(fields[0], None, None) if fields and not others else None
