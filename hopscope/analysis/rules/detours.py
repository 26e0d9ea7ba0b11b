"""HOP404 to HOP407: ways that are longer than they need be, or lose on the way what the servers knew of a message."""

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import pairwise

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.filter_gateways import maker
from hopscope.analysis.rules.finding import about
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import pipeline, servers
from hopscope.model import Finding, Hop, Passage, Route, Service, Severity, Stage

__all__ = ["RULES", "double_filtering", "hybrid_as_internet", "redirected", "smart_host_detour"]


def smart_host_detour(context: MessageContext) -> Iterator[Finding]:
    """HOP404: between two Exchange servers of one domain the message passed another mail system.

    Looks at two passages through Exchange whose servers share a domain, and at the systems that stamped in between.
    Silent where the message was delivered or sent anew in between, and where it carries fields of a mailing list, which
    sends back what it got.

    Why it matters: a smart host or a scanner in the middle takes time, may strip what Exchange servers tell each other,
    and is easily forgotten in a migration.

    Example: fields by ex1.corp.example, by gw.example.net (Postfix) and by ex2.corp.example, in this order of the way.
    """
    pairs = list(_neighbours(context))
    if not pairs or _from_list(context):
        return
    restarts = _restarts(context)
    for passage, next_passage in pairs:
        last, first = _ends(context, passage, next_passage)
        between = context.route.hops[passage.last : next_passage.first - 1]
        both = not any(map(_is_online, (last, first))) and servers.share_domain(last.server, first.server)
        anew = bisect(restarts, first.stamp.field.line) < bisect(restarts, last.stamp.field.line)
        if between and both and not anew:
            message = (
                f"Between hops {last.number} and {first.number}, which are by {last.written_server} and "
                f"{first.written_server}, the message passed {_named(between)}: consistent with a smart host or "
                "a scanner, or with mail that left and came back."
            )
            yield about(context, between[0], Finding(code="HOP404", severity=Severity.INFO, message=message))


def double_filtering(context: MessageContext) -> Iterator[Finding]:
    """HOP405: two mail filters looked at the message, and the second one judged the first one, not the sender.

    Speaks where Exchange Online took the message from the gateway of a filter and noted that SPF failed or soft-failed
    for the address of that gateway, and where gateways of two makers have names of one domain. Silent where
    X-MS-Exchange-SkipListedInternetSender or X-MS-Exchange-ExternalOriginalInternetSender show that enhanced filtering
    looked past the gateway. Other messages with two filters are not told: one is the sender's, as a rule.

    Why it matters: SPF and the reputation of the sender are worth nothing where the second filter sees the first one
    as the sender; good mail ends up as junk.

    Example: `by relay.mimecast.com with ESMTP id ...` and above it `by AM7EUR06FT008.mail.protection.outlook.com
    ... via Frontend Transport`, with `Received-SPF: Fail (protection.outlook.com: ...)`.
    """
    yield from _behind_a_gateway(context)
    filters = [(hop, made) for hop in context.route.hops if (made := maker(hop.label))]
    for (hop, made), (later, next_maker) in pairwise(filters):
        if made != next_maker and servers.share_domain(hop.server, later.server):
            message = (
                f"Hops {hop.number} and {later.number} are by {hop.written_server} ({hop.label.software}) and "
                f"{later.written_server} ({later.label.software}): consistent with two filters in a row in one "
                "organisation."
            )
            yield about(context, later, Finding(code="HOP405", severity=Severity.INFO, message=message))
            return


def hybrid_as_internet(context: MessageContext) -> Iterator[Finding]:
    """HOP406: mail between the two parts of a hybrid organisation seems to have been taken for mail from the Internet.

    Speaks where a message went from Exchange on-premises to Exchange Online or back, where sender and all recipients
    are of one domain and it was submitted from a mailbox, but the receiving part noted `AuthAs: Anonymous` and no
    X-MS-Exchange-CrossPremises field is there.

    Why it matters: such mail is filtered as spam, gets no internal rights (restricted groups, out-of-office replies,
    pictures of the sender), and a system between the two parts, which is not supported, is the usual reason.

    Example: `X-MS-Exchange-CrossTenant-AuthAs: Anonymous` in a message from a@contoso.com to b@contoso.com that
    went from ex1.contoso.com to a frontend of Exchange Online.
    """
    crossings = [
        (passage, next_passage)
        for passage, next_passage in _neighbours(context)
        if _crosses(context, passage, next_passage)
    ]
    if not crossings or not _within_a_domain(context.route):
        return
    anonymous = {online for online in (True, False) if _is_anonymous(context.route, online=online)}
    for passage, next_passage in crossings:
        last, first = _ends(context, passage, next_passage)
        if _is_online(first) in anonymous:
            between = context.route.hops[passage.last : next_passage.first - 1]
            passed = f" In between it passed {_named(between)}." if between else ""
            message = (
                f"From hop {last.number} to hop {first.number} the message went from {_part(last)} to {_part(first)}, "
                "within one mail domain, but was taken as anonymous and has no X-MS-Exchange-CrossPremises fields: "
                f"consistent with a hybrid connector that does not apply.{passed}"
            )
            advice = (
                "Check the connectors of the Hybrid Configuration wizard: the certificate, TlsCertificateName, "
                "CloudServicesMailEnabled, and that nothing stands between the two parts."
            )
            finding = Finding(code="HOP406", severity=Severity.WARNING, message=message, checks=(advice,))
            yield about(context, first, finding)


def redirected(context: MessageContext) -> Iterator[Finding]:
    """HOP407: rules have redirected the message already, and Exchange Online allows that once only.

    Looks at X-MS-Exchange-Inbox-Rules-Loop, which names the mailboxes whose rules redirected it, and at
    X-MS-Exchange-Transport-Rules-Loop, which counts redirections by transport rules. Both fields stay when a message
    leaves its organisation.

    Why it matters: where another inbox rule redirects the message it is dropped without a report, and where another
    transport rule does, the sender gets one with 5.7.128 (Microsoft Docs: Exchange Online limits).

    Example: `X-MS-Exchange-Inbox-Rules-Loop: anna@contoso.com`.
    """
    mailboxes = context.route.bodies(_INBOX_RULES)
    count = context.route.header(_TRANSPORT_RULES) or ""
    redirections = []
    if mailboxes:
        redirections.append(f"An inbox rule of {', '.join(mailboxes[:_NAMED])} has redirected or answered the message")
    if re.fullmatch("[1-9][0-9]{0,3}", count):
        redirections.append(f"Transport rules have redirected or made the message ({count} by their count)")
    if redirections:
        message = f"{'. '.join(redirections)}; one more redirection is not carried out by Exchange Online."
        yield Finding(code="HOP407", severity=Severity.INFO, message=message, source=context.route.source)


_NAMED = 3
"""More names would not be read."""
_INBOX_RULES = "x-ms-exchange-inbox-rules-loop"
_TRANSPORT_RULES = "x-ms-exchange-transport-rules-loop"
_RESTARTS = ("delivered-to", "resent-")
_SKIP_LISTED = {"x-ms-exchange-skiplistedinternetsender", "x-ms-exchange-externaloriginalinternetsender"}


def _neighbours(context: MessageContext) -> Iterator[tuple[Passage, Passage]]:
    """Passages that follow each other, with no delivery at the end of the first one and no submission in the second."""
    for passage, next_passage in pairwise(context.passages):
        last, first = _ends(context, passage, next_passage)
        delivered = pipeline.stage(last.label.service) is Stage.DELIVERY
        if not delivered and pipeline.stage(first.label.service) is not Stage.SUBMISSION:
            yield passage, next_passage


def _ends(context: MessageContext, passage: Passage, next_passage: Passage) -> tuple[Hop, Hop]:
    return context.route.hops[passage.last - 1], context.route.hops[next_passage.first - 1]


def _crosses(context: MessageContext, passage: Passage, next_passage: Passage) -> bool:
    """Whether a message from a mailbox went from one part of a hybrid organisation to the other."""
    last, first = _ends(context, passage, next_passage)
    from_mailbox = context.route.hops[passage.first - 1].label.service is Service.MAPI_SUBMISSION
    return from_mailbox and _is_online(last) != _is_online(first)


def _is_online(hop: Hop) -> bool:
    return hop.label.is_online


def _part(hop: Hop) -> str:
    server = hop.written_server
    where = "Exchange Online" if _is_online(hop) else "Exchange on-premises"
    return f"{where} ({server})" if server else where


def _named(hops: Sequence[Hop]) -> str:
    """The servers of hops, with the name of their software."""
    names = dict.fromkeys(
        f"{hop.written_server or 'a server without a name'}{f' ({hop.label.software})' if hop.label.software else ''}"
        for hop in hops
    )
    return ", ".join(list(names)[:_NAMED])


def _from_list(context: MessageContext) -> bool:
    """Whether it carries fields of a mailing list: those of RFC 2369 and RFC 2919."""
    return any(name.startswith("list-") for name in context.route.names)


def _restarts(context: MessageContext) -> list[int]:
    """The lines of fields that a delivery or a resending puts on top, ascending."""
    names = [name for name in context.route.names if name.startswith(_RESTARTS)]
    return sorted(field.line for name in names for field in context.route.named(name))


def _behind_a_gateway(context: MessageContext) -> Iterator[Finding]:
    """Exchange Online took the message from the gateway of a filter, and SPF failed for its address."""
    taken = [
        (previous, hop)
        for previous, hop in pairwise(context.route.hops)
        if hop.label.service is Service.FRONT_END and _is_online(hop) and maker(previous.label)
    ]
    if not taken or not _SKIP_LISTED.isdisjoint(context.route.names):
        return
    failed = _spf_failed(context.route)
    for previous, hop in taken:
        sender = hop.stamp.from_domain
        address = sender.tcp_info.address if sender else None
        if result := failed.get(address or ""):
            message = (
                f"Hop {hop.number}: Exchange Online took the message from {address}, behind "
                f"{previous.written_server} ({previous.label.software}), and noted that SPF {result} for it: "
                "consistent with a filter in front of Exchange Online that enhanced filtering does not look past."
            )
            advice = (
                "If that gateway is yours, turn on enhanced filtering for its inbound connector "
                "(Set-InboundConnector -EFSkipLastIP or -EFSkipIPs)."
            )
            yield about(
                context, hop, Finding(code="HOP405", severity=Severity.WARNING, message=message, checks=(advice,))
            )
            return


_SPF = (
    r"(?i)(?:(?P<first>fail|softfail)\s++\(protection\.outlook\.com:|spf=(?P<second>fail|softfail)\s++\(sender IP is )"
)


_OF_SPF = {"received-spf", "authentication-results"}
_FAILED = {"fail": "failed", "softfail": "soft-failed"}


def _spf_failed(route: Route) -> dict[str, str]:
    """How SPF failed, by the words, addresses among them, of the fields in which Exchange Online noted that."""
    fields = sorted((field for name in _OF_SPF for field in route.named(name)), key=lambda field: field.line)
    matches = (match for field in fields if (match := re.match(_SPF, field.body)))
    return {
        term: _FAILED[(match["first"] or match["second"]).lower()]
        for match in matches
        for term in re.split(r"[\s=;()]+", match.string)
        if term
    }


_ADDRESS = r"@([a-z0-9-]++(?:\.[a-z0-9-]++)++)"


def _within_a_domain(route: Route) -> bool:
    """Whether the sender and all recipients that the message shows are of one mail domain."""
    senders = _domains(route, {"from"})
    return len(senders) == 1 and senders == _domains(route, {"to", "cc"})


def _domains(route: Route, names: set[str]) -> set[str]:
    bodies = (body for name in names for body in route.bodies(name))
    return {domain for body in bodies for domain in re.findall(_ADDRESS, body.lower())}


def _is_anonymous(route: Route, *, online: bool) -> bool:
    """Whether the part that took the message last judged it as anonymous, and no trusted fields came along."""
    organisation = route.header("X-MS-Exchange-Organization-AuthAs")
    tenant = route.header("X-MS-Exchange-CrossTenant-AuthAs") if online else None
    trusted = any(name.startswith("x-ms-exchange-crosspremises-") for name in route.names)
    return (organisation or tenant or "").lower() == "anonymous" and not trusted


RULES = (
    Rule("HOP404", (Severity.INFO,), "smart host detour", {Fact.DETOUR}, smart_host_detour),
    Rule(
        "HOP405",
        (Severity.WARNING, Severity.INFO),
        "double filtering",
        {Fact.FILTER_GATEWAY},
        double_filtering,
    ),
    Rule("HOP406", (Severity.WARNING,), "hybrid as internet", {Fact.BOTH_PREMISES}, hybrid_as_internet),
    Rule("HOP407", (Severity.INFO,), "redirected", {Fact.RULES_LOOP}, redirected),
)
"""The family, in the order of the codes."""
