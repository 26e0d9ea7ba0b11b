"""HOP401 to HOP403: what is wrong with the chain of servers that a message names: breaks, loops, too many hops.

The module is over 300 lines because each rule says at length what it takes for ordinary, and why.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise

import msgspec

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import NEAR_MAX_HOPS, REPEATS, Fact, hop_limit
from hopscope.analysis.rules.finding import about, numbers
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import pipeline, servers
from hopscope.model import ExchangeMark, ExchangeToken, Finding, Hop, Service, Severity, Stage

__all__ = ["RULES", "broken_chain", "loop", "many_hops"]


def broken_chain(context: MessageContext) -> Iterator[Finding]:
    """HOP401: a hop did not come from the server that stamped the hop before it, where nothing ordinary explains that.

    Looks at the name after `from` of a hop, and the name after `by` of the hop before. Mostly they may differ:
    servers greet by names of connectors, send from pools and through address translation, and pass mail to filters on
    their own host. So three places alone count: the legs inside an organisation that Transport and mapi submission
    begin, and those between the servers of Exchange Online; where a message leaves Exchange Online,
    which sends from hosts of its outbound pool only; and behind a stamp of Front End Transport, or of mapi submission
    of Exchange 2013 and later, which on-premises hand to Transport only.

    Why it matters: a field may have been removed, inserted, changed or forged there, so what the fields below it say
    is not proven.

    Example, above a field by b.corp.example: `from c.corp.example (10.0.0.3) by d.corp.example (10.0.0.4) with
    Microsoft SMTP Server (TLS) id 15.1.2507.39`.
    """
    breaks = [(leg.hop, text) for leg in _legs(context) if (text := _break(leg))]
    if breaks:
        text = " ".join(f"Hop {hop.number} {reason}." for hop, reason in breaks)
        message = f"{text} That is consistent with a field that was removed, inserted, changed or forged."
        first = breaks[0][0]
        advice = (
            f"Rely on no field below that of hop {first.number} until the message tracking log of the servers it names "
            "bears it out."
        )
        yield about(
            context, first, Finding(code="HOP401", severity=Severity.WARNING, message=message, checks=(advice,))
        )


def loop(context: MessageContext) -> Iterator[Finding]:
    """HOP402: a server took the same message three times or more: one of Exchange, or one of another system.

    Counts the stamps of one server of Exchange at the same stage of the way, from one submission or delivery to the
    next. Twice is by design where a smart host, a scanner or the other part of a hybrid organisation hands the message
    back. Of other systems it counts the visits: one ends where a server of another organisation stamps. There the same
    server of another organisation must stand between two pairs of visits, too, since relays that many organisations
    share are met again without any loop, and so are the servers of mailing lists.

    Why it matters: that is how a loop looks. A Receive connector refuses a message with more than 30 Received fields,
    or more than 8 of its own servers (MaxHopCount and MaxLocalHopCount, by default), with 5.4.6 on-premises and 5.4.14
    in Exchange Online. Usual reasons are an accepted domain that is internal relay where it should be authoritative,
    and connectors of two systems that point at each other; of other systems, mailboxes and
    lists that forward to each other.

    Example: three fields `by a.corp.example (10.0.0.1) with Microsoft SMTP Server (TLS) id 15.1.2507.39 via Frontend
    Transport` in one message.
    """
    if not _same_again(context):
        return
    loops = [
        _loop(context, visits)
        for stretch in _stretches(context)
        if (visits := [hops for hops in _visits(stretch) if len(hops) >= REPEATS])
    ]
    yield from loops or _loop_of_others(context)


def many_hops(context: MessageContext) -> Iterator[Finding]:
    """HOP403: the message has nearly as many Received fields as Exchange takes, or more.

    Counts all Received fields of a message that passed Exchange. A Receive connector refuses a message with more than
    30 of them (MaxHopCount, by default), since it seems to loop. A message with a loop has HOP402 instead.

    Why it matters: one more forwarding, or one more gateway, and the message comes back to its sender with 5.4.6 or
    5.4.14, though nothing loops.
    """
    count, limit = len(context.route.hops), hop_limit("MaxHopCount")
    if not context.passages or count < limit - NEAR_MAX_HOPS or any(True for _ in loop(context)):
        return
    message = f"The message has {count} Received fields; a Receive connector takes {limit} by default (MaxHopCount)."
    advice = "Look for forwarding and gateways that the message need not pass."
    finding = Finding(code="HOP403", severity=Severity.WARNING, message=message, checks=(advice,))
    yield about(context, context.route.hops[-1], finding)


_SENDS_BY_OWN_NAME = {Service.MAPI_SUBMISSION, Service.TRANSPORT}
"""Inside an organisation these name the server itself: so on all of 240 such legs in the corpus of labelled messages.
Front End, Edge and Hub Transport were also seen to greet by names of connectors."""
_TAKES_FROM_INSIDE = {Service.TRANSPORT, Service.MAILBOX_TRANSPORT, Service.HUB_TRANSPORT}
_OF_EXCHANGE_ONLINE = frozenset(
    {Service.FRONT_END, Service.TRANSPORT, Service.MAPI_SUBMISSION, Service.ONLINE_DELIVERY}
)
_MAJOR = "15."
"""Series of Exchange Online that send from the pool; those before had other ones."""


class _Leg(msgspec.Struct, frozen=True):
    """A stamp of Exchange and the one behind it."""

    previous: Hop
    sent: ExchangeMark
    """What the first one says of itself."""
    hop: Hop
    took: ExchangeMark | None
    """What the second one says of itself, where it is of Exchange, too."""
    in_passage: bool
    """Both are of one passage through Exchange."""


def _legs(context: MessageContext) -> Iterator[_Leg]:
    within_passage = {number for passage in context.passages for number in range(passage.first, passage.last)}
    for (previous, sent), (hop, took) in pairwise(zip(context.route.hops, context.marks, strict=True)):
        if sent is not None:
            yield _Leg(previous, sent, hop, took, previous.number in within_passage)


def _break(leg: _Leg) -> str | None:
    """What is wrong between two hops, as the end of a sentence about the second one."""
    previous, hop = leg.previous, leg.hop
    if leg.in_passage and _expects_name(leg) and _another(previous, hop):
        return (
            f"came from {hop.written_peer}, but hop {previous.number} was stamped by "
            f"{previous.written_server}, which names itself where it hands mail on inside the organisation"
        )
    if _left_past_the_pool(previous, hop):
        return (
            f"came from {hop.written_peer}, but Exchange Online, which stamped hop {previous.number}, sends "
            "from its outbound pool only"
        )
    if (receiver := _no_transport(leg)) and _hands_to_transport(leg):
        only = "servers of Exchange Online" if _is_online(previous) else "Transport"
        return (
            f"is of {receiver}, but {previous.label.service}, which stamped hop {previous.number}, hands to {only} only"
        )
    return None


def _expects_name(leg: _Leg) -> bool:
    """Whether the peer of the second hop must be the server that stamped the first one."""
    mark, sender = leg.took, leg.previous.label
    if mark is None or mark.token in _OWN_PEER or mark.pickup:
        return False
    if _is_online(leg.previous) and _is_online(leg.hop):
        return sender.service in _OF_EXCHANGE_ONLINE and mark.token is not ExchangeToken.MAPI
    return sender.service in _SENDS_BY_OWN_NAME and leg.hop.label.service in _TAKES_FROM_INSIDE


def _is_online(hop: Hop) -> bool:
    return hop.label.is_online


_OWN_PEER = {ExchangeToken.SHADOW, ExchangeToken.REPLICATION, ExchangeToken.RESUBMISSION}
"""A server that takes its copy over names itself as the peer."""


def _another(previous: Hop, hop: Hop) -> bool:
    """Whether the peer of ``hop`` is named, and is for certain another server than that of ``before``."""
    if hop.from_previous:
        return False
    peer, server = hop.peer, previous.server
    return _is_host(peer) and _is_host(server) and _label(peer) != _label(server)


@lru_cache(maxsize=4096)
def _is_host(name: str) -> bool:
    """Whether it is the name of a host with its domain: no address, no localhost, nothing that was masked."""
    labels = name.split(".")
    return len(labels) > 1 and not name.startswith("[") and all(labels) and any(map(str.isalpha, labels[-1]))


def _label(name: str) -> str:
    """The first label: frontends of Exchange Online have one domain outside and another one inside."""
    return name.partition(".")[0]


def _left_past_the_pool(previous: Hop, hop: Hop) -> bool:
    """Whether a message left Exchange Online, and did not come from the pool by which it sends."""
    sends = previous.label.service is Service.TRANSPORT and _is_online(previous)
    if not sends or _is_online(hop) or not (previous.label.build or "").startswith(_MAJOR):
        return False
    hidden = not any(map(_is_host, servers.names_of_peer(hop))) or servers.has_private_peer(hop)
    return not hidden and not any(_OF_POOL in name for name in servers.names_of_peer(hop))


_OF_POOL = ".outbound."
"""In the names of outbound pools of every cloud, also of one that no table has."""


def _hands_to_transport(leg: _Leg) -> bool:
    """Whether the first one is Front End Transport, or a mapi submission that hands to Transport by SMTP."""
    sender = leg.previous.label
    submits = sender.service is Service.MAPI_SUBMISSION and _has_front_end(sender.generation)
    return (sender.service is Service.FRONT_END or submits) and leg.sent.inside


def _no_transport(leg: _Leg) -> str | None:
    """What stamped the second hop, where that cannot take what is for Transport.

    Exchange Online has left out Transport, too.
    """
    if leg.took is None:
        return "another system"
    service = leg.hop.label.service
    delivers = leg.in_passage and service is Service.MAILBOX_TRANSPORT and leg.took.prints_via
    return str(service) if delivers and not _is_online(leg.hop) else None


@cache
def _has_front_end(generation: str) -> bool:
    return Service.FRONT_END in pipeline.stamping_services(generation)


def _same_again(context: MessageContext) -> bool:
    """Whether a server has stamps enough for a loop."""
    names = [hop.server for hop in context.route.hops]
    return len(names) - len(set(names)) >= REPEATS - 1 and max(Counter(names).values()) >= REPEATS


def _stretches(context: MessageContext) -> Iterator[list[Hop]]:
    """The stamps of Exchange from one submission or delivery to the next."""
    stretch: list[Hop] = []
    for hop, mark in zip(context.route.hops, context.marks, strict=True):
        if mark is None:
            continue
        if pipeline.stage(hop.label.service) is Stage.SUBMISSION:
            yield stretch
            stretch = []
        stretch.append(hop)
        if pipeline.stage(hop.label.service) is Stage.DELIVERY:
            yield stretch
            stretch = []
    yield stretch


def _visits(stretch: list[Hop]) -> list[list[Hop]]:
    """The hops that came by SMTP, put together by server and stage: services of one stage are not always told apart."""
    visits: dict[tuple[str, Stage], list[Hop]] = {}
    for hop in stretch:
        mark = hop.mark
        if hop.server and mark and mark.token is ExchangeToken.SMTP:
            visits.setdefault((hop.server, pipeline.stage(hop.label.service)), []).append(hop)
    return list(visits.values())


def _loop(context: MessageContext, visits: list[list[Hop]]) -> Finding:
    """The finding about a loop through Exchange."""
    longest = max(visits, key=len)
    check = (
        "look at the connectors between these servers, and whether each accepted domain is of the right type, "
        "authoritative or internal relay."
    )
    return _around(context, longest, check=check, limit=_reached(context, visits))


def _loop_of_others(context: MessageContext) -> Iterator[Finding]:
    """The finding about a loop through servers that are not of Exchange, if there is one."""
    visits = max(_returns(context.route.hops), key=len, default=[])
    if len(visits) >= REPEATS and _goes_around(context, visits):
        check = "look at what these servers forward, and at the routes that they have for the domain of the recipient."
        yield _around(context, visits, check=check, limit=_too_many(context))


def _returns(hops: Sequence[Hop]) -> Iterable[list[Hop]]:
    """Per server that is not of Exchange, the first stamps of its visits."""
    visits: dict[str, list[Hop]] = {}
    latest: dict[str, int] = {}
    current, since = None, 0
    for hop in hops:
        name = hop.server
        organisation = servers.organisation(name) if _is_host(name) else None
        if organisation is None:
            continue
        if organisation != current:
            current, since = organisation, hop.number
        if hop.mark is None:
            if latest.get(name, 0) < since:
                visits.setdefault(name, []).append(hop)
            latest[name] = hop.number
    return visits.values()


def _goes_around(context: MessageContext, visits: list[Hop]) -> bool:
    """Whether a server of another organisation stands between visits again, so that it is the same round."""
    server = servers.organisation(visits[0].server)
    rounds = (context.route.hops[visit.number : next_visit.number - 1] for visit, next_visit in pairwise(visits))
    met = Counter(name for hops in rounds for name in {hop.server for hop in hops})
    return any(
        count >= REPEATS - 1 and _is_host(name) and servers.organisation(name) not in {server, None}
        for name, count in met.items()
    )


def _around(context: MessageContext, visits: list[Hop], *, check: str, limit: str) -> Finding:
    """The finding that the same server has all these stamps."""
    server = visits[0].written_server
    passed = _others(context, visits)
    back = f"; in between it passed {', '.join(passed)}" if passed else ""
    finding = Finding(
        code="HOP402",
        severity=Severity.ERROR if limit else Severity.WARNING,
        message=(
            f"{numbers(visits)} are all by {server}{back}: consistent with a loop, or with mail that something sent "
            f"there anew each time.{limit}"
        ),
        checks=(f"Find out why the message comes back to {server}: {check}",),
    )
    return about(context, visits[REPEATS - 1], finding)


_NAMED = 3
"""More servers in between would not be read."""


def _others(context: MessageContext, visits: list[Hop]) -> list[str]:
    """The other servers between the first visit and the last."""
    between = context.route.hops[visits[0].number : visits[-1].number]
    server = visits[0].server
    names = dict.fromkeys(hop.written_server or "" for hop in between if hop.server != server)
    return [name for name in names if name][:_NAMED]


def _reached(context: MessageContext, visits: list[list[Hop]]) -> str:
    """That a limit is reached, as a sentence with a blank before it; empty where none is."""
    most = max(Counter(hop.server for hops in visits for hop in hops).values())
    if max(map(len, visits)) >= hop_limit("iterations"):
        return f" Exchange breaks a loop after {hop_limit('iterations')} iterations by default."
    if not (many := _too_many(context)) and most >= hop_limit("MaxLocalHopCount"):
        return f" A Receive connector takes {hop_limit('MaxLocalHopCount')} fields of its own servers by default."
    return many


def _too_many(context: MessageContext) -> str:
    """That Exchange takes no more fields, as a sentence with a blank before it; empty where it does."""
    count, limit = len(context.route.hops), hop_limit("MaxHopCount")
    if not context.passages or count < limit:
        return ""
    return f" It has {count} Received fields, and a Receive connector takes {limit} by default."


RULES = (
    Rule(
        "HOP401",
        (Severity.WARNING,),
        "broken chain",
        {Fact.UNLINKED, Fact.SKIPS_TRANSPORT, Fact.LEAVES_ONLINE},
        broken_chain,
    ),
    Rule("HOP402", (Severity.ERROR, Severity.WARNING), "loop", {Fact.REPEATED_SERVER}, loop),
    Rule("HOP403", (Severity.WARNING,), "many hops", {Fact.MANY_HOPS}, many_hops),
)
"""The family, in the order of the codes."""
