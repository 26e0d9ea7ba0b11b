"""HOP50x: legs without TLS, with an old version of it, or with a weak cipher."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import msgspec

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.rules.finding import about, numbers
from hopscope.analysis.rules.rule import Rule
from hopscope.analysis.tls_advice import Advice, against_cipher, against_version
from hopscope.classifier import pipeline, servers
from hopscope.model import ExchangeToken, Finding, Hop, Service, Severity

__all__ = ["RULES", "clear_text_from_outside", "clear_text_inside", "old_tls", "weak_cipher"]


def clear_text_inside(context: MessageContext) -> Iterator[Finding]:
    """HOP501: two Exchange servers of one organisation handed the message over in clear text.

    Looks at legs inside an organisation between servers of Exchange 2013 and later. A stamp of Exchange without
    parentheses behind `Microsoft SMTP Server` says that there was no TLS; other systems may just not print it.
    Messages from the Pickup directory have no session, and Edge Transport stands outside.

    Why it matters: these servers use TLS with each other by default. Without it TLS was turned off, a custom connector
    takes the mail of the servers, or a device that inspects SMTP strips STARTTLS and X-ANONYMOUSTLS.

    Example: `from ex1.corp.example (10.0.0.1) by ex2.corp.example (10.0.0.2) with Microsoft SMTP Server id
    15.1.2507.39`.
    """
    within_passage = {number for passage in context.passages for number in range(passage.first, passage.last)}
    hops = [
        hop
        for previous, hop in pairwise(context.route.hops)
        if previous.number in within_passage and _in_clear_text(context, hop) and _of_transport(previous, hop)
    ]
    if hops:
        message = (
            f"{numbers(hops)}: {hops[0].written_server} took the message from {_peer(hops[0])} in clear text, "
            "and servers of Exchange 2013 and later use TLS with each other by default: consistent with TLS turned "
            "off, with a custom connector that takes the mail of the servers, or with a device that strips it."
        )
        advice = (
            f"Check the Receive connectors of {hops[0].written_server} that cover the address of the other "
            "server, and any firewall between the two that inspects SMTP."
        )
        yield about(
            context, hops[0], Finding(code="HOP501", severity=Severity.WARNING, message=message, checks=(advice,))
        )


def clear_text_from_outside(context: MessageContext) -> Iterator[Finding]:
    """HOP502: Front End Transport took the message from outside in clear text.

    Looks at stamps of Front End Transport without TLS, where the peer has a public address and, on-premises, a name
    in another domain. Mail of clients, devices and applications of the organisation itself is not told.

    Why it matters: anybody on the way could read the message. TLS between organisations is not mandatory, so this is
    no fault by itself.

    Example: `from mail.example.net (192.0.2.9) by ex1.corp.example (10.0.0.1) with Microsoft SMTP Server id
    15.1.2507.39 via Frontend Transport`.
    """
    entries = [context.route.hops[passage.first - 1] for passage in context.passages]
    hops = [hop for hop in entries if _in_clear_text(context, hop) and _from_outside(hop)]
    if hops:
        peers = " and ".join(dict.fromkeys(map(_peer, hops)))
        message = f"{numbers(hops)}: Front End Transport took the message from {peers} in clear text."
        yield about(context, hops[0], Finding(code="HOP502", severity=Severity.INFO, message=message))


def old_tls(context: MessageContext) -> Iterator[Finding]:
    """HOP503: a leg used a version of TLS that was prohibited or advised against at that time.

    Looks at the versions that stamps print, and at their dates: RFC 7525 advised against TLS 1.0 and 1.1 in May 2015,
    RFC 8996 prohibited them in March 2021; SSL 2.0 fell in 2011, SSL 3.0 in 2015. A warning where an Exchange server
    on-premises is at one end and it was prohibited.

    Why it matters: the peer, or the Windows of the server, knows nothing better, and the leg fails as soon as the other
    side turns the old version off.

    Example: `with Microsoft SMTP Server (version=TLS1_0, cipher=TLS_RSA_WITH_AES_128_CBC_SHA) id 15.1.2507.39`.
    """
    yield from _advised("HOP503", context, _version)


def weak_cipher(context: MessageContext) -> Iterator[Finding]:
    """HOP504: a leg used a cipher that was prohibited or advised against at that time.

    Looks at the cipher suites that stamps print, and at their dates: RC4 (RFC 7465), no encryption, export ciphers and
    3DES (RFC 7525). A warning where an Exchange server on-premises is at one end and it was prohibited.

    Why it matters: such a leg can be read with little effort, and peers that are kept up to date refuse it.

    Example: `(using TLSv1 with cipher RC4-SHA (128/128 bits))`.
    """
    yield from _advised("HOP504", context, _cipher)


class _Old(msgspec.Struct, frozen=True):
    """A hop whose leg used what is advised against."""

    hop: Hop
    row: dict[str, str]
    severity: Severity


def _advised(code: str, context: MessageContext, rows: Callable[[Hop], Advice]) -> Iterator[Finding]:
    """The finding about versions or ciphers, all legs in one."""
    legs = zip([None, *context.route.hops], context.route.hops, strict=False)
    old = [
        use
        for previous, hop in legs
        if hop.stamp.tls is not None and (against := rows(hop)) and (use := _judged(previous, hop, against))
    ]
    if old:
        uses = "; ".join(
            f"hop {use.hop.number}, from {_peer(use.hop)}, used {use.row['name']}, {use.row['verdict']} since "
            f"{use.row['since']} ({use.row['source']})"
            for use in old
        )
        worst = Severity.WARNING if any(use.severity is Severity.WARNING for use in old) else Severity.INFO
        advice = "Check which protocols and ciphers both sides have turned on." if worst is Severity.WARNING else None
        finding = Finding(
            code=code, severity=worst, message=f"{uses[0].upper()}{uses[1:]}.", checks=(advice,) if advice else ()
        )
        yield about(context, old[0].hop, finding)


def _judged(previous: Hop | None, hop: Hop, against: Advice) -> _Old | None:
    """What was last said against a version or cipher before the message came; ``None`` where nothing was."""
    month = f"{hop.time:%Y-%m}" if hop.time else ""
    rows = [row for row in against if row["since"] < month]
    if not rows:
        return None
    ours = _on_premises(hop) or (previous is not None and bool(hop.from_previous) and _on_premises(previous))
    prohibited = rows[-1]["verdict"] == "prohibited"
    return _Old(hop, rows[-1], Severity.WARNING if ours and prohibited else Severity.INFO)


def _version(hop: Hop) -> Advice:
    version = hop.stamp.tls.version if hop.stamp.tls else None
    return against_version(version) if version else ()


def _cipher(hop: Hop) -> Advice:
    cipher = hop.stamp.tls.cipher if hop.stamp.tls else None
    return against_cipher(cipher) if cipher else ()


def _on_premises(hop: Hop) -> bool:
    return hop.mark is not None and not hop.label.is_online


def _of_2013_or_later(hop: Hop) -> bool:
    return _on_premises(hop) and Service.FRONT_END in pipeline.stamping_services(hop.label.generation)


def _in_clear_text(context: MessageContext, hop: Hop) -> bool:
    """Whether the stamp is one of an SMTP session of Exchange, and says that there was no TLS."""
    mark = context.marks[hop.number - 1]
    return hop.stamp.tls is None and mark is not None and mark.token is ExchangeToken.SMTP and not mark.pickup


def _of_transport(previous: Hop, hop: Hop) -> bool:
    """Whether both ends are servers of Exchange 2013 or later, none of them Edge Transport, and it came from there."""
    ends = all(_of_2013_or_later(end) and end.label.service is not Service.EDGE_TRANSPORT for end in (previous, hop))
    return ends and bool(hop.from_previous)


def _from_outside(hop: Hop) -> bool:
    """Whether Front End Transport took it from a public address of somebody else."""
    address = hop.stamp.from_domain.tcp_info.address if hop.stamp.from_domain else None
    public = address is not None and not servers.has_private_peer(hop) and address != _FROM_MAILBOX
    is_foreign = hop.label.is_online or servers.in_other_domain(hop.peer, hop.server)
    return hop.label.service is Service.FRONT_END and public and is_foreign


_FROM_MAILBOX = "255.255.255.255"
"""Exchange Online prints this address where there was no session."""


def _peer(hop: Hop) -> str:
    """The system that it came from, by name or else by address."""
    sender = hop.stamp.from_domain
    address = sender.tcp_info.address if sender else None
    return hop.written_peer or address or "an unnamed system"


RULES = (
    Rule("HOP501", (Severity.WARNING,), "clear text inside", {Fact.WITHOUT_TLS}, clear_text_inside),
    Rule("HOP502", (Severity.INFO,), "clear text from outside", {Fact.WITHOUT_TLS}, clear_text_from_outside),
    Rule("HOP503", (Severity.WARNING, Severity.INFO), "old tls", {Fact.OLD_TLS}, old_tls),
    Rule("HOP504", (Severity.WARNING, Severity.INFO), "weak cipher", {Fact.WEAK_CIPHER}, weak_cipher),
)
"""The family, in the order of the codes."""
