"""The summary of a message: the lines above its table in every format."""

from datetime import date, tzinfo

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.organisations import organisation_of
from hopscope.model import AuthenticationResult, Route, Signature
from hopscope.parser import dates
from hopscope.parser.mailboxes import mailboxes
from hopscope.renderers.message import antispam
from hopscope.renderers.message.delivery import date as written

__all__ = ["Summary", "summary"]

_LONGEST = 100_000
"""Maximum characters of an address field that is parsed: a list of thousands of recipients."""
_RANKS = {method: rank for rank, method in enumerate(("spf", "dkim", "dmarc", "arc", "compauth"))}
"""The methods of authentication that readers expect first, in this order."""
_MOST_RESULTS = 6
_MOST_DOMAINS = 3


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a message that are not about its hops. An empty text: the message does not record it."""

    sender: str
    """The address in From; with several, the first and their number."""
    recipients: str
    sent: str
    """The Date field, as ``2024-06-03 18:02:33 +0000``; as written if it cannot be read."""
    day: date | None
    """The day of Date, or else that of all hops, as far as they share it."""
    authentication: str
    """``spf=pass dkim=pass dmarc=pass (by mx.example.org, attested)``: as recorded, not verified.

    ``(not attested)`` if an earlier server or the sender may have written it.
    """

    antispam: str
    """``SCL 5 (spam), CAT SPOOF (spoofing)``: what Exchange found; ``(not attested)`` as above."""

    @property
    def people(self) -> str:
        """``billing@shop.example.org to ann@corp.example.com and 2 more``."""
        if self.sender and self.recipients:
            return f"{self.sender} to {self.recipients}"
        return f"from {self.sender}" if self.sender else f"to {self.recipients}" if self.recipients else ""


def summary(analysis: Analysis, tz: tzinfo | None) -> Summary:
    """The summary of a message, with its times in ``tz``, or as written."""
    route = analysis.route
    body = route.header("date")
    sent = dates.parse(body[:_LONGEST]) if body else None
    days = {(hop.time.astimezone(tz) if tz else hop.time).date() for hop in route.hops if hop.time is not None}
    day = None
    if sent and sent.value:
        day = (sent.value.astimezone(tz) if tz else sent.value).date()
    elif len(days) == 1:
        day = days.pop()
    return Summary(
        sender=_addresses(route, "from"),
        recipients=_addresses(route, "to"),
        sent=written(sent, tz) if sent else "",
        day=day,
        authentication=_authentication(analysis),
        antispam=antispam.line(analysis),
    )


def _addresses(route: Route, name: str) -> str:
    """The first address of all fields with a name, and how many more there are."""
    addresses = [address for body in route.bodies(name) for address in mailboxes(body[:_LONGEST])]
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return f"{addresses[0]}{more}" if addresses else ""


def _authentication(analysis: Analysis) -> str:
    """The results of one server: of the delivering organisation, or else those that were added last."""
    by_kind: dict[str, list[AuthenticationResult]] = {}
    for result in analysis.authentication:
        by_kind.setdefault(result.field.name.lower(), []).append(result)
    kinds = [
        by_kind[kind]
        for kind in ("authentication-results", "received-spf", "arc-authentication-results")
        if kind in by_kind
    ]
    attested = (result for results in kinds for result in results if analysis.writers[result.field.line].is_attested)
    first = next(attested, kinds[0][0] if kinds else None)
    if first is None:
        return _signed(analysis.signatures)
    same = [result for result in by_kind[first.field.name.lower()] if _is_of_one_server(result, first, analysis)]
    set_name = f"{_arc_set(first)}: " if first.is_of_arc else ""
    return f"{set_name}{_results(same)}{_source(first, analysis)}"


def _arc_set(result: AuthenticationResult) -> str:
    return "ARC" if result.instance is None else f"ARC i={result.instance}"


def _is_of_one_server(result: AuthenticationResult, first: AuthenticationResult, analysis: Analysis) -> bool:
    """Whether two results are of one field, or by one name of one trust: some filters write a field for each method."""
    if result.field.line == first.field.line:
        return True
    if first.authserv_id is None or first.is_of_arc:
        return False
    trust = [analysis.writers[item.field.line].trust for item in (result, first)]
    return result.authserv_id == first.authserv_id and trust[0] == trust[1]


def _results(results: list[AuthenticationResult]) -> str:
    ranked = sorted(results, key=lambda result: _RANKS.get(result.method, len(_RANKS)))
    texts = list(dict.fromkeys(f"{result.method}={result.result}" for result in ranked))
    more = f" and {len(texts) - _MOST_RESULTS} more" if len(texts) > _MOST_RESULTS else ""
    return f"{' '.join(texts[:_MOST_RESULTS])}{more}"


def _source(first: AuthenticationResult, analysis: Analysis) -> str:
    """`` (by mx.example.org, attested)``; of results that the sender may have written, that they are not attested."""
    writer = analysis.writers[first.field.line]
    name = first.authserv_id or (_server(first, writer.hop, analysis) if writer.hop else None)
    if writer.is_attested is None:
        return f" (claims to be by {name})" if name else ""
    if writer.is_attested:
        return f" (by {name}, attested)" if name else " (attested)"
    return f" (not attested; claims to be by {name})" if name else " (not attested)"


def _server(first: AuthenticationResult, hop: int, analysis: Analysis) -> str | None:
    """Who wrote a field that names nobody, as those of Exchange Online: the name in its Received-SPF, or its own."""
    others = (result for result in analysis.authentication if result.field.line != first.field.line)
    names = (result.authserv_id for result in others if analysis.writers[result.field.line].hop == hop)
    return next(filter(None, names), None) or organisation_of(analysis.route.hops[hop - 1].server)


def _signed(signatures: tuple[Signature, ...]) -> str:
    """``DKIM-Signature d=shop.example (not verified)``, of a message with signatures only."""
    names = [signature.field.name for signature in signatures]
    name = next((name for name in names if name.lower() == "dkim-signature"), names[0] if names else "")
    same = [signature.domain for signature in signatures if signature.field.name == name]
    domains = list(dict.fromkeys(f"d={domain}" for domain in same if domain))
    more = f" and {len(domains) - _MOST_DOMAINS} more" if len(domains) > _MOST_DOMAINS else ""
    return f"{' '.join((name, *domains[:_MOST_DOMAINS]))}{more} (not verified)" if name else ""
