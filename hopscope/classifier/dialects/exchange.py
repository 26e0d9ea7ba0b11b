"""Received fields of Exchange 2007 and later, and of Exchange Online.

    from <EHLO name> (<address>) by <server> (<address>) with <token>[ (<tls>)] id <build>[ via <service>]; <date>

The order of the clauses never varies, and there is never a for clause. The token names the protocol or the component
by which the message arrived; ``via`` names the service that added the field, for the two services of 2013 and later
that receive by SMTP and have no queue. A mapi field has addresses in brackets and a padded build (15.00.0466.010),
the others have addresses without brackets and a short build.
"""

import re
from functools import lru_cache

import msgspec

from hopscope.classifier import builds, latency
from hopscope.model import Build, ExchangeMark, ExchangeToken, Route, Stamp

__all__ = [
    "BY_WEB",
    "FIELDS",
    "TAKE_OVERS",
    "TOKENS",
    "ClientProxy",
    "MeasuredService",
    "authenticated",
    "client_proxies",
    "client_proxy",
    "measured",
    "read",
]


TAKE_OVERS = frozenset({ExchangeToken.SHADOW, ExchangeToken.REPLICATION})
"""A server sent its copy of a message because the server with the message was unavailable."""


TOKENS = {str(token): token for token in ExchangeToken}
"""The tokens by the text of the with clause."""
_LOWERED_TOKENS = {text.lower(): token for text, token in TOKENS.items()}
_VIAS = {"".join(via.lower().split()): via for via in ("Frontend Transport", "Mailbox Transport")}
"""The services that a via clause names, by their name in lower case without spaces."""


def read(stamp: Stamp) -> ExchangeMark | None:
    """The mark in a Received field of Exchange 2007 or later; ``None`` for other systems."""
    if stamp.with_ is None:
        return None
    written = stamp.with_.split(" by ", 1)[0]
    token = TOKENS.get(written) or _LOWERED_TOKENS.get(written.lower())
    if token is None or (written not in TOKENS and _number(stamp) is None):
        return None  # other systems also write "with MAPI"
    online = builds.service_of(stamp.by_domain.domain if stamp.by_domain else None)
    if token in BY_WEB and online is None:
        return None  # webmail systems also write "with HTTP"
    pickup = stamp.from_domain is not None and stamp.from_domain.domain == "Pickup"
    via = _via(stamp.via or _via_in_marks(stamp.field.body))
    return _mark(token, via, _number(stamp), online, pickup and token is ExchangeToken.SMTP)


def _via_in_marks(body: str) -> str | None:
    """The words of a via clause that is inside unknown marks, such as ``->via Frontend Transport<-``."""
    match = re.search(
        r"(?<![\w.-])_*+via_*+(?![\w.-])[\W_]*+([A-Za-z]++)(?:[\W_]++([A-Za-z]++))?+", body, re.IGNORECASE
    )
    return " ".join(filter(None, match.groups())) if match else None


def _via(text: str | None) -> str | None:
    """The service that a via clause names in any letter case, or else its first two words."""
    if not text:
        return None
    words = text.split()
    named = (_VIAS.get("".join(words[:count]).lower()) for count in (2, 3))
    return next(filter(None, named), None) or " ".join(words[:2])  # more words: two fields merged into one


BY_WEB = frozenset({ExchangeToken.HTTP, ExchangeToken.HTTPS})
"""Tokens that identify Exchange only on hosts of Exchange Online."""


@lru_cache(maxsize=2048)
def _mark(
    token: ExchangeToken,
    via: str | None,
    number: str | None,
    online: str | None,
    pickup: bool,  # noqa: FBT001 - lru_cache is faster with positional arguments
) -> ExchangeMark:
    """The mark for these clauses; ``online`` is Microsoft's own service that the host belongs to, if any."""
    build = builds.lookup_on(number, online) if number else Build(number=None, product=online) if online else None
    prints_via = token is ExchangeToken.SMTP and via in _VIAS.values()
    return ExchangeMark(
        token=token,
        via=via,
        build=build,
        pickup=pickup,
        generation=builds.generation(build.product) if build else None,
        prints_via=prints_via,
        inside=token is ExchangeToken.MAPI or prints_via,
    )


def _number(stamp: Stamp) -> str | None:
    """The build in the id clause. TransportReplication writes it as ``id Version 15.20 (Build 7362.27)``."""
    if stamp.id is None:
        return None
    if not stamp.id[:1].isdigit():
        build = next((comment for comment in stamp.comments if comment.startswith("Build ")), None)
        return builds.short(f"{stamp.id} ({build})") if build else None
    return builds.short(stamp.id)


class ClientProxy(msgspec.Struct, frozen=True, kw_only=True):
    """X-ClientProxiedBy: Front End Transport proxied an authenticated client's session and added no Received field."""

    front_end: str
    transport: str


_PROXIED_BY, _AUTH_SOURCE, _AUTH_AS = (
    "x-clientproxiedby",
    "x-ms-exchange-organization-authsource",
    "x-ms-exchange-organization-authas",
)
FIELDS = frozenset({_PROXIED_BY, _AUTH_SOURCE, _AUTH_AS})
"""Names of the fields with information about servers, other than the latency fields, in lower case."""
_CLIENT_PROXIED_BY = r"(?i)(?P<front_end>[^\s(]++)\s*+(?:\([^()]*+\))?+\s*+To\s++(?P<transport>[^\s(]++)"


def client_proxies(route: Route) -> tuple[ClientProxy, ...]:
    """The proxied client sessions that the message records; the format is ``FE (address) To BE (address)``."""
    return tuple(filter(None, (client_proxy(field.body) for field in route.named(_PROXIED_BY))))


def client_proxy(body: str) -> ClientProxy | None:
    """The session that the body of X-ClientProxiedBy records; ``None`` if it has another form."""
    match = re.match(_CLIENT_PROXIED_BY, body)
    return ClientProxy(front_end=match["front_end"], transport=match["transport"]) if match else None


class MeasuredService(msgspec.Struct, frozen=True, kw_only=True):
    """A service that measured how long it held the message."""

    server: str
    front_end: bool
    """True: Front End Transport; false: Transport or Hub Transport."""


def measured(route: Route) -> tuple[MeasuredService, ...]:
    """The services that the latency fields name by ``TOTAL-FE`` or ``TOTAL-HUB``."""
    totals = (entry for entry in latency.read(route) if entry.part in {"FE", "HUB"})
    return tuple(dict.fromkeys(MeasuredService(server=entry.server, front_end=entry.part == "FE") for entry in totals))


def authenticated(route: Route) -> dict[str, str]:
    """The servers, in lower case, that classified the sender's session, as ``internal`` or ``anonymous``.

    X-MS-Exchange-Organization-AuthSource names the server, -AuthAs the result (Microsoft Docs: Header firewall).
    """
    server, result = route.header(_AUTH_SOURCE), (route.header(_AUTH_AS) or "").lower()
    return {server.lower(): result} if server and result in {"internal", "anonymous"} else {}
