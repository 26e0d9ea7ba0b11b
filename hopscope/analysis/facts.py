"""Facts of a message that decide which rules can find anything: cheap, necessary, seldom true of ordinary mail.

Most rules are about something rare. A rule declares the facts of which one must hold before it can speak, so that of
an ordinary message hardly a rule is run. A fact may hold without any finding; it must hold wherever there is one.
"""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise

from hopscope.analysis.clocks.verdicts import SLIGHT
from hopscope.analysis.context import MessageContext
from hopscope.analysis.filter_gateways import maker
from hopscope.analysis.lifecycle import ONLINE, earliest_use, end_of_support, is_newer
from hopscope.analysis.reference_times import fitting
from hopscope.analysis.tls_advice import against_cipher, against_version
from hopscope.classifier import servers
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import Hop, Label, Service, Tls

__all__ = ["DATE_TOLERANCE", "LONG_DELAY", "NEAR_MAX_HOPS", "REPEATS", "RETRY_DELAY", "Fact", "facts", "hop_limit"]


class Fact(StrEnum):
    """Something that holds for a message."""

    NEGATIVE_DELAY = "a negative delay"
    RETRY_DELAY = "a delay as long as the shortest retry timer"
    LONG_DELAY = "a delay of minutes"
    UNDATED_HOP = "a hop without a date"
    CONTRADICTING_TIMES = "times that contradict each other"
    UNMATCHED_ENTRY = "a time of entry into Exchange that no Received field has"
    DATE_DIFFERS = "a Date more than a minute from the first hop"
    END_TO_END_LATENCY = "a measured end-to-end latency"
    UNKNOWN_SERVICE = "a hop of unknown service"
    NEWER_BUILD = "a build newer than the known ones"
    AFTER_SUPPORT = "a hop dated after the end of support of its product"
    BEFORE_RELEASE = "a hop dated long before the release of its build"
    REPAIRED = "repaired input"
    DEFECT = "a defect"
    UNLINKED = "an Exchange hop that did not come from the Exchange server before it"
    SKIPS_TRANSPORT = "a hop that leaves out Transport"
    LEAVES_ONLINE = "a hop outside of Exchange Online behind its Transport"
    REPEATED_SERVER = "a server with several hops"
    MANY_HOPS = "nearly as many hops as Exchange accepts"
    DETOUR = "another mail system between hops of Exchange"
    FILTER_GATEWAY = "a hop of a filter gateway"
    BOTH_PREMISES = "hops of Exchange Online and of Exchange on-premises"
    RULES_LOOP = "a field that counts redirections by rules"
    PICKUP = "a message from the Pickup directory"
    TAKE_OVER = "a copy sent by another server"
    WITHOUT_TLS = "an SMTP hop of Exchange without TLS"
    OLD_TLS = "a TLS version that is advised against"
    WEAK_CIPHER = "a cipher that is advised against"


RETRY_DELAY = timedelta(seconds=28)
"""What is shorter needs no look: the shortest timer is the 30 s of delayed acknowledgement."""
LONG_DELAY = timedelta(minutes=5)
"""From here on a delay is a warning: the first retry that is not for a moment comes after five minutes."""
DATE_TOLERANCE = timedelta(minutes=1)
"""Clocks that do not know each other often differ by up to so much."""
REPEATS = 3
"""Visits of one server from which on no documented path explains them."""
NEAR_MAX_HOPS = 5
"""So many hops below the limit are worth a line: a judgement."""
_FIELDS = {
    "x-ms-exchange-transport-endtoendlatency": Fact.END_TO_END_LATENCY,
    "x-ms-exchange-inbox-rules-loop": Fact.RULES_LOOP,
    "x-ms-exchange-transport-rules-loop": Fact.RULES_LOOP,
}


def facts(context: MessageContext) -> frozenset[Fact]:
    """The facts that hold for a message."""
    holding = {_FIELDS[name] for name in _FIELDS.keys() & context.fields.keys()}
    holding.update(_of_input(context))
    holding.update(_of_reference_times(context))
    holding.update(_of_path(context))
    for hop, mark in zip(context.route.hops, context.marks, strict=True):
        holding.update(_of_dates(hop))
        holding.update(_of_label(hop.label, is_exchange=mark is not None))
        if hop.stamp.tls is not None:
            holding.update(_of_tls(hop.stamp.tls))
        if mark is not None:
            holding.update(_of_mark(mark.token, pickup=mark.pickup, tls=hop.stamp.tls is not None))
    return frozenset(holding)


def _of_input(context: MessageContext) -> Iterator[Fact]:
    if context.route.repairs:
        yield Fact.REPAIRED
    if context.route.defects or any(hop.stamp.defects for hop in context.route.hops):
        yield Fact.DEFECT


def _of_reference_times(context: MessageContext) -> Iterator[Fact]:
    """Facts of the times in other fields; of Date only where it is not about the time of the first hop."""
    ahead = context.date_ahead
    if ahead is not None and abs(ahead) > DATE_TOLERANCE:
        yield Fact.DATE_DIFFERS
    if context.contradictions.places:
        yield Fact.CONTRADICTING_TIMES
    entries = context.entries
    if entries and not all(fitting(time, entries) for time in context.entry_times):
        yield Fact.UNMATCHED_ENTRY


def _of_path(context: MessageContext) -> Iterator[Fact]:
    """Facts of hops beside others."""
    hops = context.route.hops
    if len(hops) - len({servers.name(hop) for hop in hops}) >= REPEATS - 1:
        yield Fact.REPEATED_SERVER
    if len(hops) >= hop_limit("MaxHopCount") - NEAR_MAX_HOPS:
        yield Fact.MANY_HOPS
    marked = [(hop, mark is not None) for hop, mark in zip(hops, context.marks, strict=True)]
    if len({hop.label.product == ONLINE for hop, is_exchange in marked if is_exchange}) > 1:
        yield Fact.BOTH_PREMISES
    left = False
    for (previous, after_exchange), (hop, is_exchange) in pairwise(marked):
        left = left or (after_exchange and not is_exchange)
        if left and is_exchange:
            yield Fact.DETOUR
        if after_exchange:
            yield from _of_leg(previous, hop, is_exchange=is_exchange)


def _of_leg(previous: Hop, hop: Hop, *, is_exchange: bool) -> Iterator[Fact]:
    """Facts of a hop behind one of Exchange."""
    sender, receiver = previous.label, hop.label
    if sender.service in _BEFORE_TRANSPORT and (not is_exchange or receiver.service is Service.MAILBOX_TRANSPORT):
        yield Fact.SKIPS_TRANSPORT
    if sender.service is Service.TRANSPORT and sender.product == ONLINE and receiver.product != ONLINE:
        yield Fact.LEAVES_ONLINE
    if is_exchange and not servers.came_from(hop, previous):
        yield Fact.UNLINKED


_BEFORE_TRANSPORT = frozenset({Service.FRONT_END, Service.MAPI_SUBMISSION})


def _of_dates(hop: Hop) -> Iterator[Fact]:
    if hop.delay is not None and hop.delay < -SLIGHT:
        yield Fact.NEGATIVE_DELAY
    if hop.delay is not None and hop.delay >= RETRY_DELAY:
        yield Fact.RETRY_DELAY
        if hop.delay >= LONG_DELAY:
            yield Fact.LONG_DELAY
    time, label = hop.time, hop.label
    if time is None:
        yield Fact.UNDATED_HOP
    elif label.product is not None:
        end = end_of_support(label.product)
        if end is not None and time.date() > end:
            yield Fact.AFTER_SUPPORT
        if label.released is not None and time.date() < earliest_use(label.released):
            yield Fact.BEFORE_RELEASE


def _of_label(label: Label, *, is_exchange: bool) -> Iterator[Fact]:
    if is_exchange and label.service is Service.UNKNOWN:
        yield Fact.UNKNOWN_SERVICE
    if label.build is not None and is_newer(label.build, label.product):
        yield Fact.NEWER_BUILD
    if label.software is not None and maker(label):
        yield Fact.FILTER_GATEWAY


@cache
def _of_mark(token: exchange.Token, *, pickup: bool, tls: bool) -> frozenset[Fact]:
    holding = {
        Fact.PICKUP: pickup,
        Fact.TAKE_OVER: token in _COPIES,
        Fact.WITHOUT_TLS: token is exchange.Token.SMTP and not pickup and not tls,
    }
    return frozenset(fact for fact, holds in holding.items() if holds)


_COPIES = exchange.TAKE_OVERS | {exchange.Token.RESUBMISSION}


def _of_tls(tls: Tls) -> Iterator[Fact]:
    if tls.version and against_version(tls.version):
        yield Fact.OLD_TLS
    if tls.cipher and against_cipher(tls.cipher):
        yield Fact.WEAK_CIPHER


@cache
def hop_limit(name: str) -> int:
    """How many hops Exchange accepts by default, by a parameter such as ``MaxHopCount``."""
    return next(int(row["limit"]) for row in table("hop_limits") if row["name"] == name)
