"""The summary of a message: the lines above its table in every format."""

from datetime import date, tzinfo

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.model import AuthenticationResult, Route
from hopscope.parser import dates
from hopscope.parser.mailboxes import mailboxes
from hopscope.renderers.message.delivery import date as written

__all__ = ["Summary", "summary"]

_LONGEST = 100_000
"""Maximum characters of an address field that is parsed: a list of thousands of recipients."""
_METHODS = ("spf", "dkim", "dmarc", "arc", "compauth")
"""The methods of authentication that readers expect first, in this order."""
_MOST_RESULTS = 6


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
    """``spf=pass dkim=pass dmarc=pass (by mx.example.org)``: as recorded, not verified.

    ``(not attested)`` if an earlier server or the sender may have written it.
    """

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
    )


def _addresses(route: Route, name: str) -> str:
    """The first address of all fields with a name, and how many more there are."""
    addresses = [address for body in route.bodies(name) for address in mailboxes(body[:_LONGEST])]
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return f"{addresses[0]}{more}" if addresses else ""


def _rank(result: AuthenticationResult) -> int:
    return _METHODS.index(result.method) if result.method in _METHODS else len(_METHODS)


def _authentication(analysis: Analysis) -> str:
    results = analysis.authentication
    texts = list(dict.fromkeys(f"{result.method}={result.result}" for result in sorted(results, key=_rank)))
    if not texts:
        return ""
    more = f" and {len(texts) - _MOST_RESULTS} more" if len(texts) > _MOST_RESULTS else ""
    return f"{' '.join(texts[:_MOST_RESULTS])}{more}{_source(results[0].authserv_id, analysis)}"


def _source(authserv_id: str | None, analysis: Analysis) -> str:
    """`` (by mx.example.org)``; of results that the sender may have written, that they are not attested."""
    if analysis.is_authentication_attested is not False:
        return f" (by {authserv_id})" if authserv_id else ""
    return f" (not attested; claims to be by {authserv_id})" if authserv_id else " (not attested)"
