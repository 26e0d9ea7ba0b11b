"""HOP50x: hops without TLS, with an outdated TLS version, or with a weak cipher."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import msgspec

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import about, listed, numbers, unique
from hopscope.analysis.rules.rule import Rule
from hopscope.analysis.tls_advice import Advice, against_cipher, against_version
from hopscope.analysis.trust import peer_of
from hopscope.classifier import builds, pipeline, servers
from hopscope.model import ExchangeToken, Finding, Hop, Service, Severity

__all__ = ["RULES", "old_tls", "weak_cipher", "without_tls_from_outside", "without_tls_inside"]


def without_tls_inside(context: MessageContext) -> Iterator[Finding]:
    """HOP501: Two Exchange servers of one organisation sent the message without TLS.

    Checks hops inside an organisation between servers of Exchange 2013 and later. An Exchange Received field without
    parentheses after `Microsoft SMTP Server` means no TLS; other systems may just not record it. Messages from the
    Pickup directory have no session, and Edge Transport is outside the organisation.

    Why it matters: these servers use TLS with each other by default. Without it, TLS was disabled, a custom Receive
    connector accepts the mail of the servers, or a device that inspects SMTP strips STARTTLS and X-ANONYMOUSTLS.

    Example: `from ex1.corp.example (10.0.0.1) by ex2.corp.example (10.0.0.2) with Microsoft SMTP Server id
    15.1.2507.39`.
    """
    within_passage = {number for passage in context.passages for number in range(passage.first, passage.last)}
    hops = [
        hop
        for previous, hop in pairwise(context.route.hops)
        if previous.number in within_passage and _is_without_tls(context, hop) and _of_transport(previous, hop)
    ]
    if hops:
        finding = Finding(
            code="HOP501",
            severity=Severity.WARNING,
            message=f"{numbers(hops)} received without TLS by {hops[0].written_server} from {_peer(hops[0])}.",
            cause=(
                "Exchange 2013 and later use TLS between servers by default: consistent with TLS disabled, a custom "
                "Receive connector for the servers, or a device that strips STARTTLS."
            ),
            checks=(
                *next_steps.connectors(context, hops[0], "AuthMechanism", "RemoteIPRanges"),
                *next_steps.on_server(context, hops[0], "Check firewalls between the two servers for SMTP inspection."),
            ),
        )
        yield about(context, hops[0], finding, hops[-1].number)


def without_tls_from_outside(context: MessageContext) -> Iterator[Finding]:
    """HOP502: Front End Transport received the message from outside without TLS.

    Checks hops of Front End Transport without TLS whose peer has a public address and, on-premises, a name in another
    domain. Mail from clients, devices and applications of the organisation itself is not reported.

    Why it matters: anybody on the network path could read the message. TLS between organisations is not mandatory, so
    this alone is not a fault.

    Example: `from mail.example.net (192.0.2.9) by ex1.corp.example (10.0.0.1) with Microsoft SMTP Server id
    15.1.2507.39 via Frontend Transport`.
    """
    entries = [context.route.hops[passage.first - 1] for passage in context.passages]
    hops = [hop for hop in entries if _is_without_tls(context, hop) and _from_outside(hop)]
    if hops:
        peers = listed(list(dict.fromkeys(map(_peer, hops))), most=1)
        is_offered = hops[0].label.is_online
        other = "which Exchange Online offers" if is_offered else "or a Receive connector that does not offer it"
        finding = Finding(
            code="HOP502",
            severity=Severity.INFO,
            message=f"{numbers(hops)} received without TLS from {peers}.",
            cause=f"Consistent with a sender that does not use STARTTLS, {other}.",
            checks=next_steps.connectors(context, hops[0], "AuthMechanism", "TlsCertificateName")
            or next_steps.ask_host(hops[0].written_peer, "to use STARTTLS for outbound mail"),
        )
        yield about(context, hops[0], finding, hops[-1].number)


def old_tls(context: MessageContext) -> Iterator[Finding]:
    """HOP503: A hop used a TLS version that was prohibited or discouraged at that time.

    Compares the versions and dates of hops with the documents: RFC 7525 discouraged TLS1.0 and TLS1.1 in May 2015, RFC
    8996 prohibited them in March 2021; SSL2.0 was prohibited in 2011, SSL3.0 in 2015. A warning if an on-premises
    Exchange server is at one end and the version was prohibited. Sessions between two
    servers of Microsoft's mail services are not reported: nobody else can change them.

    Why it matters: the peer, or Windows on the server, offers nothing better, and the connection fails as soon as the
    other side disables the old version.

    Example: `with Microsoft SMTP Server (version=TLS1_0, cipher=TLS_RSA_WITH_AES_128_CBC_SHA) id 15.1.2507.39`.
    """
    yield from _outdated("HOP503", context, _version, "offers no newer version", next_steps.tls_versions)


def weak_cipher(context: MessageContext) -> Iterator[Finding]:
    """HOP504: A hop used a cipher that was prohibited or discouraged at that time.

    Compares the cipher suites and dates of hops with the documents: RC4 (RFC 7465), no encryption, export ciphers and
    3DES (RFC 7525). A warning if an on-premises Exchange server is at one end and the cipher was prohibited. Sessions
    between two servers of Microsoft's mail services are not reported.

    Why it matters: such a connection can be decrypted with little effort, and up-to-date peers refuse it.

    Example: `(using TLSv1 with cipher RC4-SHA (128/128 bits))`.
    """
    yield from _outdated("HOP504", context, _cipher, "offers no stronger cipher", next_steps.cipher_suites)


class _Old(msgspec.Struct, frozen=True):
    """A hop with an outdated version or cipher."""

    ends: tuple[Hop, ...]
    """The hops of the two servers, as far as they are recorded."""
    hop: Hop
    row: dict[str, str]
    severity: Severity


def _outdated(
    code: str,
    context: MessageContext,
    rows: Callable[[Hop], Advice],
    limit: str,
    settings: Callable[[MessageContext, Hop], tuple[str, ...]],
) -> Iterator[Finding]:
    """The finding about versions or ciphers, all hops in one."""
    hops = context.route.hops
    old = [
        use
        for previous, hop in zip([None, *hops], hops, strict=False)
        if hop.stamp.tls is not None and (against := rows(hop)) and (use := _latest_verdict(previous, hop, against))
    ]
    if old:
        first, *more = _sentences(old)
        worst = Severity.WARNING if any(use.severity is Severity.WARNING for use in old) else Severity.INFO
        ends = [end for use in old if use.severity is worst for end in use.ends]
        finding = Finding(
            code=code,
            severity=worst,
            message=first,
            cause=" ".join((f"Consistent with a mail system at one end that {limit}.", *more)),
            checks=unique(
                *(settings(context, end) for end in ends),
                *(next_steps.ask(context, end, "which TLS versions and ciphers are enabled") for end in ends),
            ),
        )
        yield about(context, old[0].hop, finding, max(use.hop.number for use in old if use.severity is worst))


def _sentences(old: list[_Old]) -> Iterator[str]:
    """A sentence per version or cipher, in the order of their first hops."""
    for row in dict.fromkeys(tuple(use.row.items()) for use in old):
        against = dict(row)
        hops = [use.hop for use in old if use.row == against]
        sender = f" from {_peer(hops[0])}" if len(hops) == 1 else ""
        used = f"{numbers(hops)}{sender} used {against['name']}"
        yield f"{used}, {against['verdict']} since {against['since']} ({against['source']})."


def _latest_verdict(previous: Hop | None, hop: Hop, against: Advice) -> _Old | None:
    """The last verdict on a version or cipher before the date of the hop; ``None`` where there is none."""
    month = f"{hop.time:%Y-%m}" if hop.time else ""
    rows = [row for row in against if row["since"] < month]
    if not rows or _is_within_microsoft(previous, hop):
        return None
    ends = (previous, hop) if previous is not None and hop.from_previous else (hop,)
    is_warning = any(map(_on_premises, ends)) and rows[-1]["verdict"] == "prohibited"
    return _Old(ends, hop, rows[-1], Severity.WARNING if is_warning else Severity.INFO)


def _is_within_microsoft(previous: Hop | None, hop: Hop) -> bool:
    """Whether both ends of the session are servers of Microsoft's mail services."""
    if not next_steps.is_microsofts(hop):
        return False
    is_previous = previous is not None and hop.from_previous and next_steps.is_microsofts(previous)
    return bool(is_previous) or any(map(builds.is_online_host, servers.names_of_peer(hop)))


def _version(hop: Hop) -> Advice:
    version = hop.stamp.tls.version if hop.stamp.tls else None
    return against_version(version) if version else ()


def _cipher(hop: Hop) -> Advice:
    cipher = hop.stamp.tls.cipher if hop.stamp.tls else None
    return against_cipher(cipher) if cipher else ()


def _on_premises(hop: Hop) -> bool:
    return hop.mark is not None and not hop.label.is_online


def _of_2013_or_later(hop: Hop) -> bool:
    return _on_premises(hop) and Service.FRONT_END in pipeline.services_with_header(hop.label.generation)


def _is_without_tls(context: MessageContext, hop: Hop) -> bool:
    """Whether the hop is an SMTP session of Exchange without TLS."""
    mark = context.marks[hop.number - 1]
    return hop.stamp.tls is None and mark is not None and mark.token is ExchangeToken.SMTP and not mark.pickup


def _of_transport(previous: Hop, hop: Hop) -> bool:
    """Whether both ends are servers of Exchange 2013 or later but Edge Transport, and the first sent to the second."""
    ends = all(_of_2013_or_later(end) and end.label.service is not Service.EDGE_TRANSPORT for end in (previous, hop))
    return ends and bool(hop.from_previous)


def _from_outside(hop: Hop) -> bool:
    """Whether Front End Transport received it from a public address of another organisation."""
    address = hop.stamp.from_domain.tcp_info.address if hop.stamp.from_domain else None
    public = address is not None and not servers.has_private_peer(hop) and address != _FROM_MAILBOX
    is_foreign = hop.label.is_online or servers.in_other_domain(hop.peer, hop.server)
    return hop.label.service is Service.FRONT_END and public and is_foreign


_FROM_MAILBOX = "255.255.255.255"
"""Exchange Online writes this address where there was no session."""


def _peer(hop: Hop) -> str:
    """The system that sent the message: ``mail.example [192.0.2.1]``, or ``[192.0.2.1] (HELO mail.example)``."""
    return str(peer_of(hop))


RULES = (
    Rule(
        "HOP501",
        (Severity.WARNING, Severity.INFO),
        "Hop without TLS inside the organisation",
        {Fact.WITHOUT_TLS},
        without_tls_inside,
    ),
    Rule("HOP502", (Severity.INFO,), "Hop without TLS from outside", {Fact.WITHOUT_TLS}, without_tls_from_outside),
    Rule("HOP503", (Severity.WARNING, Severity.INFO), "Outdated TLS version", {Fact.OLD_TLS}, old_tls),
    Rule("HOP504", (Severity.WARNING, Severity.INFO), "Weak cipher", {Fact.WEAK_CIPHER}, weak_cipher),
)
"""The family, in the order of the codes."""
