"""HOP401 to HOP403: breaks in the chain of servers, loops, too many hops.

The module is over 300 lines because each rule explains what it treats as ordinary, and why.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from hopscope.analysis.chain_breaks import is_host
from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import NEAR_MAX_HOPS, REPEATS, Fact, hop_limit
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import about, listed, numbers, unique
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import pipeline, servers
from hopscope.classifier.dialects import hosts
from hopscope.model import ExchangeToken, Finding, Hop, Severity, Stage

__all__ = ["RULES", "broken_chain", "loop", "many_hops"]


def broken_chain(context: MessageContext) -> Iterator[Finding]:
    """HOP401: A hop did not come from the server of the previous hop, and no usual cause explains it.

    Compares the name after `from` of a hop with the name after `by` of the previous one. They often differ for good
    reasons: servers use connector names in EHLO, send from pools and through NAT, and pass mail to filters on their own
    host. Only three cases are reported: hops inside an organisation after Transport and mapi submission, and between
    servers of Exchange Online; mail that leaves Exchange Online, which sends only through its outbound pool; and hops
    after Front End Transport, or after mapi submission of Exchange 2013 and later, which on-premises send only to
    Transport.

    Why it matters: a Received field may have been removed, inserted, changed or forged, so the fields below it prove
    nothing. The confidence in the labels of the hops before it is limited to 50 %.

    Example, above a field by b.corp.example: `from c.corp.example (10.0.0.3) by d.corp.example (10.0.0.4) with
    Microsoft SMTP Server (TLS) id 15.1.2507.39`.
    """
    if context.breaks:
        *others, last = context.breaks
        more = [f" Also: hop {other.hop.number} {other.text}." for other in reversed(others)]
        finding = Finding(
            code="HOP401",
            severity=Severity.WARNING,
            message=f"Hop {last.hop.number} {last.text}.",
            cause=f"Consistent with a Received field that was removed, inserted, changed or forged.{''.join(more)}",
            checks=unique(
                next_steps.tracking(context, last.previous),
                (f"Do not rely on Received fields below hop {last.hop.number} until the servers' logs confirm them.",),
            ),
        )
        yield about(context, last.hop, finding)


def loop(context: MessageContext) -> Iterator[Finding]:
    """HOP402: A server received the same message three times or more.

    For Exchange, counts the hops of one server at the same stage of mail flow, from one submission or delivery to the
    next. Twice is by design where a smart host, a scanner or the other part of a hybrid organisation returns the
    message. For other mail systems, counts visits: one ends when a server of another organisation receives the message,
    and the same server must appear between two pairs of visits, since shared relays and mailing list servers
    are met again without any loop. Servers of services that many organisations use, such as Mimecast, are not counted:
    all their customers share the names.

    Why it matters: this is what a mail loop looks like. A Receive connector rejects a message with more than 30
    Received fields, or more than 8 of its own servers (MaxHopCount and MaxLocalHopCount, by default), with 5.4.6
    on-premises and 5.4.14 in Exchange Online. Usual causes are an accepted domain that is internal relay but should be
    authoritative, connectors of two systems that point at each other, and mailboxes or lists that forward to each
    other.

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
    """HOP403: The number of Received fields is close to MaxHopCount, or above it.

    Counts all Received fields of a message that passed Exchange. A Receive connector rejects a message with more than
    30 of them (MaxHopCount, by default) as a suspected loop. If there is a loop, HOP402 is reported instead.

    Why it matters: one more forward or gateway, and the message is returned with 5.4.6 or 5.4.14 although nothing
    loops.
    """
    count, limit = len(context.route.hops), hop_limit("MaxHopCount")
    if not context.passages or count < limit - NEAR_MAX_HOPS or any(True for _ in loop(context)):
        return
    finding = Finding(
        code="HOP403",
        severity=Severity.WARNING,
        message=f"{count} Received fields; a Receive connector accepts {limit} by default (MaxHopCount).",
        cause="Consistent with many forwards or gateways, not with a loop: no server received the message three times.",
        checks=("Look for forwarding rules and gateways that the message need not pass.",),
    )
    yield about(context, context.route.hops[-1], finding)


def _same_again(context: MessageContext) -> bool:
    """Whether a server has hops enough for a loop."""
    names = [hop.server for hop in context.route.hops]
    return len(names) - len(set(names)) >= REPEATS - 1 and max(Counter(names).values()) >= REPEATS


def _stretches(context: MessageContext) -> Iterator[list[Hop]]:
    """The hops of Exchange from one submission or delivery to the next."""
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
    """The hops received by SMTP, grouped by server and stage: services of one stage cannot always be distinguished."""
    visits: dict[tuple[str, Stage], list[Hop]] = {}
    for hop in stretch:
        mark = hop.mark
        if hop.server and mark and mark.token is ExchangeToken.SMTP:
            visits.setdefault((hop.server, pipeline.stage(hop.label.service)), []).append(hop)
    return list(visits.values())


def _loop(context: MessageContext, visits: list[list[Hop]]) -> Finding:
    """The finding about a loop through Exchange."""
    longest = max(visits, key=len)
    domains = "Get-AcceptedDomain: is each DomainType right (Authoritative or InternalRelay)?"
    if next_steps.is_on_premises(longest[0]):
        connectors = next_steps.send_connectors(context, longest[0])
        accepted = next_steps.on_server(context, longest[0], domains)
    else:
        both = "Look in Get-InboundConnector and Get-OutboundConnector for connectors that point at each other."
        connectors = next_steps.tenant(context, longest[0], both)
        accepted = next_steps.tenant(context, longest[0], domains)
    checks = (*connectors, *accepted, *next_steps.tracking(context, longest[0]))
    return _repeated(context, longest, checks=checks, limit=_reached(context, visits))


def _loop_of_others(context: MessageContext) -> Iterator[Finding]:
    """The finding about a loop through servers that are not of Exchange, if there is one."""
    visits = max(_returns(context.route.hops), key=len, default=[])
    if len(visits) >= REPEATS and _is_loop(context, visits):
        checks = (
            *next_steps.ask(context, visits[0], "to check forwarding and its routes for the recipient's domain"),
            "Look for mailboxes or lists that forward to each other.",
        )
        yield _repeated(context, visits, checks=checks, limit=_too_many(context))


def _returns(hops: Sequence[Hop]) -> Iterable[list[Hop]]:
    """Per server that is not of Exchange, the first hops of its visits."""
    visits: dict[str, list[Hop]] = {}
    latest: dict[str, int] = {}
    current, since = None, 0
    for hop in hops:
        name = hop.server
        organisation = servers.organisation(name) if is_host(name) else None
        if organisation is None:
            continue
        if organisation != current:
            current, since = organisation, hop.number
        if hop.mark is None and not hosts.software(hop.stamp):
            if latest.get(name, 0) < since:
                visits.setdefault(name, []).append(hop)
            latest[name] = hop.number
    return visits.values()


def _is_loop(context: MessageContext, visits: list[Hop]) -> bool:
    """Whether a server of another organisation appears between visits again, so that it is the same round."""
    server = servers.organisation(visits[0].server)
    rounds = (context.route.hops[visit.number : next_visit.number - 1] for visit, next_visit in pairwise(visits))
    met = Counter(name for hops in rounds for name in {hop.server for hop in hops})
    return any(
        count >= REPEATS - 1 and is_host(name) and servers.organisation(name) not in {server, None}
        for name, count in met.items()
    )


def _repeated(context: MessageContext, visits: list[Hop], *, checks: tuple[str, ...], limit: str) -> Finding:
    """The finding that one server has all these hops."""
    server = visits[0].written_server
    passed = _between(context, visits)
    via = f", via {listed(passed)}" if passed else ""
    finding = Finding(
        code="HOP402",
        severity=Severity.ERROR if limit else Severity.WARNING,
        message=f"Received {len(visits)} times by {server}: {_numbers(visits)}.",
        cause=f"Consistent with a mail loop{via}, or with mail resent to this server each time.{limit}",
        checks=checks,
    )
    return about(context, visits[REPEATS - 1], finding, visits[-REPEATS].number)


def _numbers(visits: list[Hop]) -> str:
    shown = numbers(visits[:_NUMBERED])
    more = len(visits) - _NUMBERED
    return f"{shown[0].lower()}{shown[1:]}{f' and {more} more' if more > 0 else ''}"


_NUMBERED = 8
"""The most hops whose numbers are listed."""


def _between(context: MessageContext, visits: list[Hop]) -> list[str]:
    """The other servers between the first visit and the last."""
    between = context.route.hops[visits[0].number : visits[-1].number]
    server = visits[0].server
    names = dict.fromkeys(hop.written_server or "" for hop in between if hop.server != server)
    return [name for name in names if name]


def _reached(context: MessageContext, visits: list[list[Hop]]) -> str:
    """The limit that is reached, as a sentence after a blank; empty where none is."""
    most = max(Counter(hop.server for hops in visits for hop in hops).values())
    if max(map(len, visits)) >= hop_limit("iterations"):
        return f" Exchange breaks a loop after {hop_limit('iterations')} iterations by default."
    limit = hop_limit("MaxLocalHopCount")
    if not (many := _too_many(context)) and most >= limit:
        return f" A Receive connector accepts {limit} hops of its own servers by default (MaxLocalHopCount)."
    return many


def _too_many(context: MessageContext) -> str:
    """That MaxHopCount is reached, as a sentence after a blank; empty where it is not."""
    count, limit = len(context.route.hops), hop_limit("MaxHopCount")
    if not context.passages or count < limit:
        return ""
    return f" It has {count} Received fields, and a Receive connector accepts {limit} by default (MaxHopCount)."


RULES = (
    Rule(
        "HOP401",
        (Severity.WARNING, Severity.INFO),
        "Break in the chain of servers",
        {Fact.UNLINKED, Fact.SKIPS_TRANSPORT, Fact.LEAVES_ONLINE},
        broken_chain,
    ),
    Rule("HOP402", (Severity.ERROR, Severity.WARNING, Severity.INFO), "Mail loop", {Fact.REPEATED_SERVER}, loop),
    Rule("HOP403", (Severity.WARNING,), "Received fields close to MaxHopCount", {Fact.MANY_HOPS}, many_hops),
)
"""The family, in the order of the codes."""
