"""Stamps of Exchange 2007 and later, and of Exchange Online.

    from <EHLO name> (<address>) by <server> (<address>) with <token>[ (<tls>)] id <build>[ via <service>]; <date>

The clauses never vary in order and there is never a for clause. The token names what handed the message over;
``via`` names the service that stamped, for the two services of 2013 and later that receive by SMTP and have no
queue. The mapi stamp prints bracketed addresses and a padded build (15.00.0466.010), the others bare addresses and
a short build.
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
"""A server sent its copy of a message, as the server that had the message was gone."""


TOKENS = {str(token): token for token in ExchangeToken}
"""By what stands in the with clause."""


def read(stamp: Stamp) -> ExchangeMark | None:
    """What the stamp says, or ``None`` where it is not one of Exchange 2007 or later."""
    if stamp.with_ is None:
        return None
    token = TOKENS.get(stamp.with_) or TOKENS.get(stamp.with_.split(" by ", 1)[0])
    if token is None:
        return None
    online = builds.service_of(stamp.by_domain.domain if stamp.by_domain else None)
    if token in BY_WEB and online is None:
        return None  # webmail systems print "with HTTP" too
    pickup = stamp.from_domain is not None and stamp.from_domain.domain == "Pickup"
    via = " ".join(stamp.via.split()[:2]) if stamp.via else None  # more: two fields that were glued together
    return _mark(token, via, _number(stamp), online, pickup and token is ExchangeToken.SMTP)


BY_WEB = frozenset({ExchangeToken.HTTP, ExchangeToken.HTTPS})
"""Tokens that are one of Exchange only on hosts of Exchange Online."""


@lru_cache(maxsize=2048)
def _mark(
    token: ExchangeToken,
    via: str | None,
    number: str | None,
    online: str | None,
    pickup: bool,  # noqa: FBT001 - what is remembered is looked up faster by positions than by keywords
) -> ExchangeMark:
    """What a stamp with these clauses says, on a host of one of Microsoft's own services or of none."""
    build = builds.lookup_on(number, online) if number else Build(number=None, product=online) if online else None
    prints_via = token is ExchangeToken.SMTP and (via or "").endswith(" Transport")
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
    """The build in the id clause. TransportReplication prints it as ``id Version 15.20 (Build 7362.27)``."""
    if stamp.id is None:
        return None
    if not stamp.id[:1].isdigit():
        build = next((comment for comment in stamp.comments if comment.startswith("Build ")), None)
        return builds.short(f"{stamp.id} ({build})") if build else None
    return builds.short(stamp.id)


class ClientProxy(msgspec.Struct, frozen=True, kw_only=True):
    """X-ClientProxiedBy: Front End Transport took an authenticated client's session, and stamped nothing."""

    front_end: str
    transport: str


_PROXIED_BY, _AUTH_SOURCE, _AUTH_AS = (
    "x-clientproxiedby",
    "x-ms-exchange-organization-authsource",
    "x-ms-exchange-organization-authas",
)
FIELDS = frozenset({_PROXIED_BY, _AUTH_SOURCE, _AUTH_AS})
"""Names of the fields besides those of latency that tell of servers, in lower case."""
_CLIENT_PROXIED_BY = r"(?i)(?P<front_end>[^\s(]++)\s*+(?:\([^()]*+\))?+\s*+To\s++(?P<transport>[^\s(]++)"


def client_proxies(route: Route) -> tuple[ClientProxy, ...]:
    """The proxied client sessions that the message names; the format is ``FE (address) To BE (address)``."""
    return tuple(filter(None, (client_proxy(field.body) for field in route.named(_PROXIED_BY))))


def client_proxy(body: str) -> ClientProxy | None:
    """The session that the body of X-ClientProxiedBy describes."""
    match = re.match(_CLIENT_PROXIED_BY, body)
    return ClientProxy(front_end=match["front_end"], transport=match["transport"]) if match else None


class MeasuredService(msgspec.Struct, frozen=True, kw_only=True):
    """A service that measured how long it held the message."""

    server: str
    front_end: bool
    """It was Front End Transport, else Transport or Hub Transport."""


def measured(route: Route) -> tuple[MeasuredService, ...]:
    """The services that the latency fields name by ``TOTAL-FE`` or ``TOTAL-HUB``."""
    totals = (entry for entry in latency.read(route) if entry.part in {"FE", "HUB"})
    return tuple(dict.fromkeys(MeasuredService(server=entry.server, front_end=entry.part == "FE") for entry in totals))


def authenticated(route: Route) -> dict[str, str]:
    """The servers, in lower case, that judged the session of the sender, and how: ``internal`` or ``anonymous``.

    X-MS-Exchange-Organization-AuthSource names the server, -AuthAs its judgement (Microsoft Docs: Header firewall).
    """
    server, judgement = route.header(_AUTH_SOURCE), (route.header(_AUTH_AS) or "").lower()
    return {server.lower(): judgement} if server and judgement in {"internal", "anonymous"} else {}
