"""HOP404 to HOP407: detours through other mail systems, and hops at which Exchange loses trust in a message.

The module is over 300 lines because its rules share the pairing of passages and the test for Exchange Online.
"""

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import pairwise

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.filter_gateways import maker
from hopscope.analysis.organisations import CONSUMERS
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import about, listed
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import pipeline, servers
from hopscope.model import Finding, Hop, Passage, Route, Service, Severity, Stage

__all__ = ["RULES", "double_filtering", "hybrid_as_internet", "redirected", "smart_host_detour"]


def smart_host_detour(context: MessageContext) -> Iterator[Finding]:
    """HOP404: The message passed through another mail system between two Exchange servers of one domain.

    Checks two passages through Exchange whose servers share a domain, and the systems between them. Not reported if the
    message was delivered or resent in between, or if it has the fields of a mailing list, which returns what it
    received.

    Why it matters: a smart host or scanner in between adds delay, may strip the headers that Exchange servers use
    between themselves, and is easily forgotten in a migration.

    Example: fields by ex1.corp.example, gw.example.net (Postfix) and ex2.corp.example, from origin to destination.
    """
    pairs = list(_neighbours(context))
    if not pairs or _from_list(context):
        return
    restarts = _restarts(context)
    for passage, next_passage in pairs:
        last, first = _ends(context, passage, next_passage)
        between = context.route.hops[passage.last : next_passage.first - 1]
        both = not any(map(next_steps.is_microsofts, (last, first))) and servers.share_domain(last.server, first.server)
        anew = bisect(restarts, first.stamp.field.line) < bisect(restarts, last.stamp.field.line)
        if between and both and not anew:
            finding = Finding(
                code="HOP404",
                severity=Severity.INFO,
                message=f"Between Exchange hops {last.number} and {first.number} the message passed {_named(between)}.",
                cause="Consistent with a smart host or scanner, or with mail that left the organisation and came back.",
                checks=next_steps.send_connectors(context, last),
            )
            yield about(context, between[0], finding, last.number)


def double_filtering(context: MessageContext) -> Iterator[Finding]:
    """HOP405: The message passed two mail filters, and the second one evaluated the first instead of the sender.

    Reported if Exchange Online received the message from the gateway of a filter and recorded an SPF fail or softfail
    for the address of that gateway, or if gateways of two vendors have names in one domain. Not reported if
    X-MS-Exchange-SkipListedInternetSender or X-MS-Exchange-ExternalOriginalInternetSender show that enhanced filtering
    for connectors was used. Other messages with two filters are not reported: usually one is the sender's. A gateway
    that got the message from private addresses only is the sender's, too.

    Why it matters: SPF and sender reputation are meaningless if the second filter sees the first one as the sender;
    good mail ends up as junk.

    Example: `by relay.mimecast.com with ESMTP id ...` and above it `by AM7EUR06FT008.mail.protection.outlook.com
    ... via Frontend Transport`, with `Received-SPF: Fail (protection.outlook.com: ...)`.
    """
    yield from _behind_a_gateway(context)
    filters = [(hop, vendor) for hop in context.route.hops if (vendor := maker(hop.label))]
    for (hop, vendor), (next_hop, next_vendor) in pairwise(filters):
        if vendor != next_vendor and servers.share_domain(hop.server, next_hop.server):
            finding = Finding(
                code="HOP405",
                severity=Severity.INFO,
                message=(
                    f"Hops {hop.number} and {next_hop.number} are mail filters of one domain: {hop.label.software} and "
                    f"{next_hop.label.software}."
                ),
                cause="Consistent with two filters in a row in one organisation.",
                checks=(
                    "Check whether both filters are needed.",
                    "Check that the second filter evaluates the sender and not the first filter.",
                ),
            )
            yield about(context, next_hop, finding, hop.number)
            return


def hybrid_as_internet(context: MessageContext) -> Iterator[Finding]:
    """HOP406: Mail between the two parts of a hybrid organisation was treated as Internet mail.

    Reported if a message submitted from a mailbox went from Exchange on-premises to Exchange Online or back, sender and
    all recipients are in one domain, the receiving part recorded `AuthAs: Anonymous`, and there is no
    X-MS-Exchange-CrossPremises field. Not reported if Outlook.com received it, the tenant of consumers: a message to
    oneself with other recipients in Bcc looks the same.

    Why it matters: such mail is filtered as spam and has no internal rights (restricted groups, internal out-of-office
    replies, sender photos). The usual cause is another system between the two parts, which is not supported.

    Example: `X-MS-Exchange-CrossTenant-AuthAs: Anonymous` in a message from a@contoso.com to b@contoso.com that
    went from ex1.contoso.com to Front End Transport of Exchange Online.
    """
    crossings = [
        (passage, next_passage)
        for passage, next_passage in _neighbours(context)
        if _crosses(context, passage, next_passage)
    ]
    tenant = context.route.header("X-MS-Exchange-CrossTenant-Id") or ""
    if not crossings or not _within_a_domain(context.route) or tenant.strip().lower() == CONSUMERS:
        return
    anonymous = {online for online in (True, False) if _is_anonymous(context.route, online=online)}
    for passage, next_passage in crossings:
        last, first = _ends(context, passage, next_passage)
        if _is_online(first) in anonymous:
            between = context.route.hops[passage.last : next_passage.first - 1]
            yield about(context, first, _anonymous(last, first, between), last.number)


def _anonymous(last: Hop, first: Hop, between: Sequence[Hop]) -> Finding:
    """The finding about a message that lost its authentication between the two parts."""
    passed = f" It passed {_named(between)} between the two parts." if between else ""
    return Finding(
        code="HOP406",
        severity=Severity.WARNING,
        message=(
            f"Hop {first.number} accepted hybrid mail from {_part(last)} as anonymous, without "
            "X-MS-Exchange-CrossPremises fields."
        ),
        cause=f"Consistent with a hybrid connector that was not used.{passed}",
        checks=(
            "Get-SendConnector | Format-List Name, TlsCertificateName, CloudServicesMailEnabled",
            "Get-ReceiveConnector | Format-List Name, TlsCertificateName, TlsDomainCapabilities",
            "Get-InboundConnector | Format-List Name, TlsSenderCertificateName, CloudServicesMailEnabled",
            "Check that no other mail system relays between the two parts.",
        ),
    )


def redirected(context: MessageContext) -> Iterator[Finding]:
    """HOP407: Rules have already redirected the message, and Exchange Online allows that only once.

    Checks X-MS-Exchange-Inbox-Rules-Loop, which names the mailboxes whose rules redirected it, and
    X-MS-Exchange-Transport-Rules-Loop, which counts redirections by transport rules. Both fields stay when a message
    leaves its organisation.

    Why it matters: another redirection by an inbox rule is dropped without a report, and one by a transport rule
    returns an NDR with 5.7.128 (Microsoft Docs: Exchange Online limits).

    Example: `X-MS-Exchange-Inbox-Rules-Loop: anna@contoso.com`.
    """
    mailboxes = context.route.bodies(_INBOX_RULES)
    count = context.route.header(_TRANSPORT_RULES) or ""
    redirections, checks = [], []
    if mailboxes:
        checks.append(next_steps.inbox_rules(mailboxes[0].strip()))
        redirections.append(f"Redirected or answered by an inbox rule of {listed(mailboxes, most=1)}")
    if re.fullmatch("[1-9][0-9]{0,3}", count):
        checks.append("If the rule is yours: Get-TransportRule | Format-List Name, RedirectMessageTo, BlindCopyTo")
        redirections.append(f"{'r' if mailboxes else 'R'}edirected or created by transport rules (count: {count})")
    if redirections:
        yield Finding(
            code="HOP407",
            severity=Severity.INFO,
            message=f"{'; '.join(redirections)}.",
            cause="Exchange Online does not redirect such a message again.",
            checks=tuple(checks),
            source=context.route.source,
        )


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
    return "Exchange Online" if _is_online(hop) else "Exchange on-premises"


def _named(hops: Sequence[Hop]) -> str:
    """The servers of hops, each once, with the name of the software that one of its hops records."""
    by_server: dict[str, list[Hop]] = {}
    for hop in hops:
        by_server.setdefault(hop.server, []).append(hop)
    return listed([_described(visits) for visits in by_server.values()])


def _described(visits: list[Hop]) -> str:
    name = visits[0].written_server or "an unnamed server"
    software = next((hop.label.software for hop in visits if hop.label.software), None)
    return f"{name} ({software})" if software else name


def _from_list(context: MessageContext) -> bool:
    """Whether it carries fields of a mailing list: those of RFC 2369 and RFC 2919."""
    return any(name.startswith("list-") for name in context.route.names)


def _restarts(context: MessageContext) -> list[int]:
    """The lines of fields that a delivery or resending adds on top, ascending."""
    names = [name for name in context.route.names if name.startswith(_RESTARTS)]
    return sorted(field.line for name in names for field in context.route.named(name))


def _behind_a_gateway(context: MessageContext) -> Iterator[Finding]:
    """Exchange Online received the message from the gateway of a filter, and SPF failed for its address."""
    taken = [
        (previous, hop)
        for previous, hop in pairwise(context.route.hops)
        if hop.label.service is Service.FRONT_END
        and _is_online(hop)
        and maker(previous.label)
        and not all(map(servers.has_private_peer, context.route.hops[: previous.number]))
    ]
    if not taken or not _SKIP_LISTED.isdisjoint(context.route.names):
        return
    failed = _spf_failed(context.route)
    for previous, hop in taken:
        sender = hop.stamp.from_domain
        address = sender.tcp_info.address if sender else None
        if result := failed.get(address or ""):
            finding = Finding(
                code="HOP405",
                severity=Severity.WARNING,
                message=(
                    f"SPF {result} for {address}, the address of {previous.written_server} "
                    f"({previous.label.software}), in Exchange Online (hop {hop.number})."
                ),
                cause="Consistent with a filter in front of Exchange Online without enhanced filtering for connectors.",
                checks=(
                    *next_steps.tenant(
                        context, hop, "Get-InboundConnector | Format-List Name, EFSkipLastIP, EFSkipIPs"
                    ),
                    "If that gateway is yours: change EFSkipLastIP or EFSkipIPs with Set-InboundConnector.",
                ),
            )
            yield about(context, hop, finding, previous.number)
            return


_SPF = (
    r"(?i)(?:(?P<first>fail|softfail)\s++\(protection\.outlook\.com:|spf=(?P<second>fail|softfail)\s++\(sender IP is )"
)


_OF_SPF = {"received-spf", "authentication-results"}
_FAILED = {"fail": "failed", "softfail": "soft-failed"}


def _spf_failed(route: Route) -> dict[str, str]:
    """How SPF failed, by the words, addresses among them, of the fields in which Exchange Online recorded it."""
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
    """Whether the part that received the message last recorded it as anonymous, without trusted fields."""
    organisation = route.header("X-MS-Exchange-Organization-AuthAs")
    tenant = route.header("X-MS-Exchange-CrossTenant-AuthAs") if online else None
    trusted = any(name.startswith("x-ms-exchange-crosspremises-") for name in route.names)
    return (organisation or tenant or "").lower() == "anonymous" and not trusted


RULES = (
    Rule("HOP404", (Severity.INFO,), "Detour through another mail system", {Fact.DETOUR}, smart_host_detour),
    Rule(
        "HOP405",
        (Severity.WARNING, Severity.INFO),
        "Two mail filters in a row",
        {Fact.FILTER_GATEWAY},
        double_filtering,
    ),
    Rule(
        "HOP406",
        (Severity.WARNING, Severity.INFO),
        "Hybrid mail treated as Internet mail",
        {Fact.BOTH_PREMISES},
        hybrid_as_internet,
    ),
    Rule("HOP407", (Severity.INFO,), "Redirection by rules", {Fact.RULES_LOOP}, redirected),
)
"""The family, in the order of the codes."""
