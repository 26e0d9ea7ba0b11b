"""Facts of a message that decide which rules run: quick to compute, and seldom true of ordinary mail.

Most rules concern rare conditions. A rule declares the facts of which at least one must hold before it can report, so
few rules run on an ordinary message. A fact may hold without a finding, but every finding requires its fact.
"""

from datetime import timedelta
from enum import StrEnum
from functools import cache

from hopscope.analysis.clock_differences import SLIGHT
from hopscope.analysis.context import MessageContext
from hopscope.analysis.filter_gateways import maker
from hopscope.analysis.lifecycle import ONLINE, earliest_use, end_of_support, is_newer
from hopscope.analysis.tls_advice import against_cipher, against_version
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import ExchangeMark, ExchangeToken, Hop, Service

__all__ = ["DATE_TOLERANCE", "LONG_DELAY", "MINUTE_DELAY", "NEAR_MAX_HOPS", "REPEATS", "Fact", "facts", "hop_limit"]


class Fact(StrEnum):
    """A condition that a message can meet."""

    NEGATIVE_DELAY = "a negative delay"
    MINUTE_DELAY = "a delay of a minute"
    LONG_DELAY = "a delay of minutes"
    UNDATED_HOP = "a hop without a date"
    CONTRADICTING_TIMES = "times that contradict each other"
    UNMATCHED_ENTRY = "a time of entry into Exchange that matches no Received field"
    DATE_DIFFERS = "a Date more than a minute from the first hop"
    END_TO_END_LATENCY = "a measured end-to-end latency"
    UNKNOWN_SERVICE = "a hop of unknown service"
    NEWER_BUILD = "a build newer than the known ones"
    AFTER_SUPPORT = "a hop dated after the end of support of its product"
    BEFORE_RELEASE = "a hop dated long before the release of its build"
    REPAIRED = "repaired input"
    DEFECT = "a defect"
    UNLINKED = "an Exchange hop that did not come from the previous Exchange server"
    SKIPS_TRANSPORT = "a hop that leaves out Transport"
    LEAVES_ONLINE = "a hop outside Exchange Online after its Transport"
    REPEATED_SERVER = "a server with several hops"
    MANY_HOPS = "a number of hops close to MaxHopCount"
    DETOUR = "another mail system between hops of Exchange"
    FILTER_GATEWAY = "a hop of a filter gateway"
    BOTH_PREMISES = "hops of Exchange Online and of Exchange on-premises"
    RULES_LOOP = "a field that counts redirections by rules"
    PICKUP = "a message from the Pickup directory"
    TAKE_OVER = "a copy sent by another server"
    WITHOUT_TLS = "an SMTP hop of Exchange without TLS"
    OLD_TLS = "a TLS version that is advised against"
    WEAK_CIPHER = "a cipher that is advised against"
    AUTHENTICATION_RESULTS = "results of SPF, DKIM or DMARC"
    ARC = "fields of an ARC set"
    UNDELIVERED = "a report that the message was not delivered"
    TRACKED = "an event of a tracking log"
    WITHOUT_PATH = "no Received field"


MINUTE_DELAY = timedelta(minutes=1)
"""Shorter delays are not reported, however unusual."""
LONG_DELAY = timedelta(minutes=5)
"""A delay from this value on is a warning: the first longer retry interval is five minutes."""
DATE_TOLERANCE = timedelta(minutes=1)
"""Unsynchronised clocks often differ by up to this much."""
REPEATS = 3
"""Number of visits to one server from which no documented mail flow explains them."""
NEAR_MAX_HOPS = 5
"""Distance from the limit, in hops, at which it is reported: chosen, not measured."""
_FIELDS = {
    "x-ms-exchange-transport-endtoendlatency": Fact.END_TO_END_LATENCY,
    "x-ms-exchange-inbox-rules-loop": Fact.RULES_LOOP,
    "x-ms-exchange-transport-rules-loop": Fact.RULES_LOOP,
    "authentication-results": Fact.AUTHENTICATION_RESULTS,
    "received-spf": Fact.AUTHENTICATION_RESULTS,
    "arc-seal": Fact.ARC,
}


def facts(context: MessageContext) -> frozenset[Fact]:
    """The facts that hold for a message."""
    route, marks = context.route, context.marks
    holding = {_FIELDS[name] for name in _FIELDS.keys() & route.names}
    if context.tracking_events:
        holding.add(Fact.TRACKED)
    if route.repairs:
        holding.add(Fact.REPAIRED)
    if not route.hops and not route.delivery_status:
        holding.add(Fact.WITHOUT_PATH)
    if route.delivery_status and route.is_undelivered:
        holding.add(Fact.UNDELIVERED)
    if route.defects or any(hop.stamp.defects for hop in route.hops):
        holding.add(Fact.DEFECT)
    _add_reference_times(holding, context)
    _add_path(holding, route.hops, marks)
    for hop, mark in zip(route.hops, marks, strict=True):
        _add_times(holding, hop)
        _add_clauses(holding, hop, mark)
    return frozenset(holding)


# The functions add to the set that they are given: generators would take more time than all the conditions.


def _add_reference_times(holding: set[Fact], context: MessageContext) -> None:
    ahead = context.date_ahead
    if ahead is not None and abs(ahead) > DATE_TOLERANCE:
        holding.add(Fact.DATE_DIFFERS)
    if context.contradictions.negative:
        holding.add(Fact.CONTRADICTING_TIMES)
    if context.has_unmatched_entry:
        holding.add(Fact.UNMATCHED_ENTRY)


def _add_path(holding: set[Fact], hops: tuple[Hop, ...], marks: tuple[ExchangeMark | None, ...]) -> None:
    """Facts about neighbouring hops."""
    if len(hops) - len({hop.server for hop in hops}) >= REPEATS - 1:
        holding.add(Fact.REPEATED_SERVER)
    if len(hops) >= hop_limit("MaxHopCount") - NEAR_MAX_HOPS:
        holding.add(Fact.MANY_HOPS)
    previous, parts, has_left = None, set(), False
    for hop, mark in zip(hops, marks, strict=True):
        if mark is not None:
            parts.add(hop.label.product == ONLINE)
            if has_left:
                holding.add(Fact.DETOUR)
        elif parts:
            has_left = True
        if previous is not None:
            _add_leg(holding, previous, hop, is_exchange=mark is not None)
        previous = hop if mark is not None else None
    if len(parts) > 1:
        holding.add(Fact.BOTH_PREMISES)


def _add_leg(holding: set[Fact], previous: Hop, hop: Hop, *, is_exchange: bool) -> None:
    """Facts about a hop after an Exchange hop."""
    sender, receiver = previous.label, hop.label
    if sender.service in _BEFORE_TRANSPORT and (not is_exchange or receiver.service is Service.MAILBOX_TRANSPORT):
        holding.add(Fact.SKIPS_TRANSPORT)
    if sender.service is Service.TRANSPORT and sender.product == ONLINE and receiver.product != ONLINE:
        holding.add(Fact.LEAVES_ONLINE)
    if is_exchange and not hop.from_previous:
        holding.add(Fact.UNLINKED)


_BEFORE_TRANSPORT = frozenset({Service.FRONT_END, Service.MAPI_SUBMISSION})


def _add_times(holding: set[Fact], hop: Hop) -> None:
    delay, time, label = hop.delay, hop.time, hop.label
    if delay is not None:
        if delay < -SLIGHT:
            holding.add(Fact.NEGATIVE_DELAY)
        if delay >= MINUTE_DELAY:
            holding.add(Fact.MINUTE_DELAY)
        if delay >= LONG_DELAY:
            holding.add(Fact.LONG_DELAY)
    if time is None:
        holding.add(Fact.UNDATED_HOP)
    elif label.product is not None:
        day, end = time.date(), end_of_support(label.product)
        if end is not None and day > end:
            holding.add(Fact.AFTER_SUPPORT)
        if label.released is not None and day < earliest_use(label.released):
            holding.add(Fact.BEFORE_RELEASE)


def _add_clauses(holding: set[Fact], hop: Hop, mark: ExchangeMark | None) -> None:
    label, tls = hop.label, hop.stamp.tls
    if label.build is not None and is_newer(label.build, label.product):
        holding.add(Fact.NEWER_BUILD)
    if label.software is not None and maker(label):
        holding.add(Fact.FILTER_GATEWAY)
    if tls is not None and tls.version and against_version(tls.version):
        holding.add(Fact.OLD_TLS)
    if tls is not None and tls.cipher and against_cipher(tls.cipher):
        holding.add(Fact.WEAK_CIPHER)
    if mark is not None:
        if label.service is Service.UNKNOWN:
            holding.add(Fact.UNKNOWN_SERVICE)
        if mark.pickup:
            holding.add(Fact.PICKUP)
        elif tls is None and mark.token is ExchangeToken.SMTP:
            holding.add(Fact.WITHOUT_TLS)
        if mark.token in _COPIES:
            holding.add(Fact.TAKE_OVER)


_COPIES = exchange.TAKE_OVERS | {ExchangeToken.RESUBMISSION}


@cache
def hop_limit(name: str) -> int:
    """How many hops Exchange accepts by default, by a parameter such as ``MaxHopCount``."""
    return next(int(row["limit"]) for row in table("hop_limits") if row["name"] == name)
