"""HOP51x: what the recorded results of SPF, DKIM, DMARC and ARC are worth."""

from collections.abc import Iterator
from functools import lru_cache

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.filter_gateways import maker
from hopscope.analysis.organisations import ONLINE, organisation_of
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import about, listed, shortened
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import servers
from hopscope.model import AuthenticationResult, Finding, Hop, Service, Severity
from hopscope.parser.authentication import arc_instances

__all__ = ["RULES", "arc_contradicts", "spf_of_another_address", "unattested_results"]


def unattested_results(context: MessageContext) -> Iterator[Finding]:
    """HOP511: All results of SPF, DKIM and DMARC may have been written by the sender.

    Checks who wrote each Authentication-Results and Received-SPF field, by its place between the Received fields and
    the name in it. Reported if none is attested: an earlier server or the sender may have written each of them.

    Why it matters: `dmarc=pass` in such a field proves nothing. A server that checks mail removes the fields that
    others wrote in its name; Exchange Server checks nothing and removes none.

    Example: `Authentication-Results: mx.corp.example; dmarc=pass` below the Received field of ex1.corp.example, an
    Exchange server that received the message from the Internet.
    """
    results = [result for result in context.authentication if not result.is_of_arc]
    if {context.writers[result.field.line].is_attested for result in results} != {False}:
        return
    first = results[0]
    by = f" (by {_short(first.authserv_id)})" if first.authserv_id else ""
    organisation = _short(context.border.organisation if context.border else "")
    server = f"a server of {organisation}" if organisation else "an attested server"
    yield Finding(
        code="HOP511",
        severity=Severity.INFO,
        message=f"{first.field.name}{by} is a claim: nothing shows that {server} recorded it.",
        cause="An earlier server or the sender may have written it, so a pass in it proves nothing.",
        checks=("Check the log of the first server that received the message from the Internet for its own results.",),
        source=context.route.source,
    )


def spf_of_another_address(context: MessageContext) -> Iterator[Finding]:
    """HOP512: SPF was checked for another address than that of the system that sent the message to the organisation.

    Checks attested results of SPF that record the address of the client: against the peer of the hop that checked, and,
    if that peer is a filter gateway whose hop is attested, too, against the peer of the gateway. Addresses that are
    private or not recorded are not compared.

    Why it matters: SPF says whether an address may send for a domain. The result of a server behind a gateway is about
    the gateway, and DMARC fails with it unless DKIM passes. A server that skips its gateways, as Exchange Online does
    with enhanced filtering for connectors, checks the system in front of them, which is right if the gateway is yours.

    Example: `spf=fail (sender IP is 198.51.100.7)`, where 198.51.100.7 is the gateway that received the message from
    203.0.113.5.
    """
    for result in context.authentication:
        writer = context.writers[result.field.line]
        if result.method != "spf" or result.is_of_arc or not writer.is_attested or not writer.hop:
            continue
        checked, hop = _public(result.client_address), context.route.hops[writer.hop - 1]
        peer = _public(_peer_address(hop))
        if checked is None or peer is None:
            continue
        finding = _of_skipped_hop(context, hop, result) if checked != peer else _of_gateway(context, hop, result)
        if finding:
            yield about(context, hop, finding)
            return


def _of_skipped_hop(context: MessageContext, hop: Hop, result: AuthenticationResult) -> Finding:
    """SPF was checked for an address that is not that of the peer."""
    checked = _public(result.client_address)
    below = context.route.hops[: hop.number - 1]
    skipped_to = next((other for other in reversed(below) if _public(_peer_address(other)) == checked), None)
    return Finding(
        code="HOP512",
        severity=Severity.INFO,
        message=(
            f"SPF checked {result.client_address} ({_short(result.result)}) and not {_peer_address(hop)}, the peer of "
            f"hop {hop.number}."
        ),
        cause=(
            f"It is the peer of hop {skipped_to.number}: consistent with a gateway that the check skips, such as with "
            "enhanced filtering for connectors."
            if skipped_to
            else "Consistent with a proxy in front of the server, or with a gateway that the check skips."
        ),
        checks=(*_filtering(context, hop), f"Check that {_peer_address(hop)} is one of your gateways."),
    )


def _filtering(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """Where the addresses are set that a check of SPF skips."""
    if organisation_of(hop.server) == ONLINE:
        return next_steps.tenant(context, hop, "Get-InboundConnector | Format-List Name, EFSkipLastIP, EFSkipIPs")
    return next_steps.on_server(context, hop, "Get-TransportConfig | Format-List InternalSMTPServers")


def _of_gateway(context: MessageContext, hop: Hop, result: AuthenticationResult) -> Finding | None:
    """SPF was checked for the address of a gateway of the organisation."""
    gateway = context.route.hops[hop.number - 2] if hop.number > 1 else None
    border = context.border
    if gateway is None or border is None or gateway.number < border.hop or not hop.from_previous:
        return None
    sender = _public(_peer_address(gateway))
    is_filter = maker(gateway.label) is not None or bool(context.attested.get(gateway.number))
    if not is_filter or sender is None or gateway.stamp.auth or _is_reported_elsewhere(hop, gateway):
        return None
    return Finding(
        code="HOP512",
        severity=Severity.WARNING if result.result in {"fail", "softfail"} else Severity.INFO,
        message=(
            f"SPF checked {result.client_address} ({_short(result.result)}), the gateway of hop {gateway.number}, and "
            f"not {_peer_address(gateway)}."
        ),
        cause="The result says nothing of the sender, and DMARC can pass by DKIM only.",
        checks=(*_filtering(context, hop), "Read the results of the gateway instead, or let the check skip it."),
    )


def _is_reported_elsewhere(hop: Hop, gateway: Hop) -> bool:
    """Whether HOP405 is about this pair."""
    return hop.label.service is Service.FRONT_END and hop.label.is_online and maker(gateway.label) is not None


def arc_contradicts(context: MessageContext) -> Iterator[Finding]:
    """HOP513: The ARC fields contradict each other, or the results beside them.

    Checks for a failed chain (`cv=fail` in an ARC-Seal, or an attested `arc=fail`), for sets that are incomplete (RFC
    8617 section 4.2: one field of each kind for each of the instances 1 to n), and for an attested
    ARC-Authentication-Results whose results of SPF, DKIM or DMARC differ from those that the same hop recorded in
    Authentication-Results. Incomplete sets are not reported if all fields of a kind are missing: a paste may lack them.

    Why it matters: receivers ignore the results in a failed or incomplete chain, so a forwarded message is judged by
    SPF, DKIM and DMARC alone. Differing results of one server mean that one of the fields is not its own.

    Example: `ARC-Seal: i=2; cv=fail; d=lists.example.org`.
    """
    yield from _failed_chain(context)
    yield from _incomplete_sets(context)
    yield from _differing_results(context)


def _failed_chain(context: MessageContext) -> Iterator[Finding]:
    may_have_failed = any("fail" in body for body in context.route.bodies("arc-seal"))
    seals = [seal for seal in context.signatures if seal.chain_validation == "fail"] if may_have_failed else []
    attested = [
        result
        for result in context.authentication
        if (result.method, result.result, result.is_of_arc) == ("arc", "fail", False)
        and context.writers[result.field.line].is_attested
    ]
    seal = next(iter(seals), None)
    number = f" i={seal.instance}" if seal and seal.instance else ""
    by = f" of {_short(seal.domain)}" if seal and seal.domain else ""
    shown = [f"ARC-Seal{number}{by} has cv=fail"] if seal else []
    if attested:
        shown.append(f"{_short(attested[0].authserv_id or '') or 'the attested result'} recorded arc=fail")
    if shown:
        yield Finding(
            code="HOP513",
            severity=Severity.INFO,
            message=f"The ARC chain failed: {'; '.join(shown)}.",
            cause="Consistent with a list or gateway that changed a sealed message; receivers ignore such a chain.",
            checks=("Check whether a hop below that seal changes the subject or body of messages.",),
            source=context.route.source,
        )


def _incomplete_sets(context: MessageContext) -> Iterator[Finding]:
    fields = arc_instances(context.route)
    known = {number for counts in fields.values() for number in counts if number}
    if not known or not all(fields.values()):
        return
    problems = [
        f"{'no' if count == 0 else count} {name} i={number}"
        for number in range(1, min(max(known), _MOST_SETS) + 1)
        for name, counts in fields.items()
        if (count := counts[number]) != 1
    ]
    if problems:
        yield Finding(
            code="HOP513",
            severity=Severity.INFO,
            message=f"The ARC sets are incomplete: {listed(problems)}.",
            cause="Consistent with a server that removes or repeats ARC fields; receivers ignore such a chain.",
            checks=("Check which server removes header fields, or seals a message again with the same instance.",),
            source=context.route.source,
        )


_MOST_SETS = 50
"""RFC 8617 section 4.2.1."""


def _differing_results(context: MessageContext) -> Iterator[Finding]:
    by_hop: dict[int, tuple[dict[str, set[str]], dict[str, set[str]]]] = {}
    for result in context.authentication:
        writer = context.writers[result.field.line]
        is_compared = result.method in _COMPARED and result.field.name.lower() != "received-spf"
        if writer.is_attested and writer.hop and is_compared:
            plain, sealed = by_hop.setdefault(writer.hop, ({}, {}))
            (sealed if result.is_of_arc else plain).setdefault(result.method, set()).add(result.result)
    for number, (plain, sealed) in by_hop.items():
        differing = [method for method in _COMPARED if plain.get(method) and sealed.get(method)]
        differing = [method for method in differing if plain[method] != sealed[method]]
        if differing:
            pairs = [
                (method, "/".join(sorted(sealed[method])), "/".join(sorted(plain[method]))) for method in differing
            ]
            shown = listed([_short(f"{method}={arc} (not {other})") for method, arc, other in pairs])
            finding = Finding(
                code="HOP513",
                severity=Severity.WARNING,
                message=f"ARC-Authentication-Results of hop {number} differs from Authentication-Results: {shown}.",
                cause="Consistent with a forged field, or with a server that checked the message twice.",
                checks=("Read both fields, and rely on Authentication-Results.",),
            )
            yield about(context, context.route.hops[number - 1], finding)


_COMPARED = ("spf", "dkim", "dmarc")
_LONGEST = 32


def _short(text: str) -> str:
    return shortened(text, _LONGEST)


def _peer_address(hop: Hop) -> str | None:
    return hop.stamp.from_domain.tcp_info.address if hop.stamp.from_domain else None


@lru_cache(maxsize=1024)
def _public(text: str | None) -> str | None:
    """A public address in its shortest form, for comparison; ``None`` for others."""
    from ipaddress import ip_address  # few messages have results with an address

    if text is None or servers.is_private(text):
        return None
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


RULES = (
    Rule(
        "HOP511",
        (Severity.INFO,),
        "Authentication results only from an unattested hop",
        {Fact.AUTHENTICATION_RESULTS},
        unattested_results,
    ),
    Rule(
        "HOP512",
        (Severity.WARNING, Severity.INFO),
        "SPF checked another address than the attested peer",
        {Fact.AUTHENTICATION_RESULTS},
        spf_of_another_address,
    ),
    Rule(
        "HOP513",
        (Severity.WARNING, Severity.INFO),
        "Failed or contradictory ARC chain",
        {Fact.AUTHENTICATION_RESULTS, Fact.ARC},
        arc_contradicts,
    ),
)
"""The family, in the order of the codes."""
