"""The evidence in each Exchange Received field for the service that added it.

A field with a mark (``with mapi``, ``via Frontend Transport`` ... in ``data/received_marks.tsv``) names its service.
The others have signs (TLS or none, a missing ``via``, the peer ... in ``data/received_evidence.tsv``) that make some
services more likely than others. The module is over 300 lines because each sign is kept together with its reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

import msgspec

from hopscope.classifier import builds, latency, pipeline, servers
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import ExchangeMark, ExchangeToken, Hop, Route, Service

__all__ = ["VIA_SERVICES", "Evidence", "runs"]

_LATER = "2019"
"""Represents all generations since 2013 if only a via clause is known: they have the same services."""
VIA_SERVICES = frozenset({Service.FRONT_END, Service.TRANSPORT, Service.MAILBOX_TRANSPORT})
"""The services of 2013 and later that ``via``, or its absence, distinguishes on builds that write it."""
_BY_SMTP = VIA_SERVICES | {Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT}
"""The services that receive by SMTP. Every other service has its own with token."""


_Weighed = tuple[Mapping[Service, float], Mapping[Service, tuple[str, ...]]]
"""Likelihood of the observed field under each possible service, with reasons."""
_MarkKey = tuple[ExchangeToken, str | None, str | None, tuple[str, ...]]
"""Token, via and generation of a mark, and the additional signs of a mapi field."""


# Access to an enum member is slow in Python 3.11, and these are compared for every hop.
_MAPI, _SMTP, _SHADOW = ExchangeToken.MAPI, ExchangeToken.SMTP, ExchangeToken.SHADOW


class Evidence(msgspec.Struct, frozen=True):
    """The evidence in an Exchange Received field and its neighbours. Equal evidence gives the same service."""

    generation: str | None
    """Generation of the transport pipeline; ``None`` if unknown."""
    mark: _MarkKey | None
    """The mark that names the service; ``None`` if there is none and signs must be weighed."""
    signs: tuple[str, ...]
    """For a field without a mark: names of the rows in ``data/received_evidence.tsv``."""
    linked: bool | None
    """Whether the from clause names the server of the previous hop; ``None`` if there is no such hop."""
    prints_via: bool | None
    """For a field without a mark: whether its build names Front End Transport and Mailbox Transport in a via clause;
    ``None``: unknown."""

    @property
    def likelihood(self) -> Mapping[Service, float]:
        """Likelihood of the field under each possible service; empty if nothing is known."""
        return self._weighed[0]

    @property
    def reasons(self) -> Mapping[Service, tuple[str, ...]]:
        """The reasons, by service."""
        return self._weighed[1]

    @property
    def _weighed(self) -> _Weighed:
        return (_marked(*self.mark) if self.mark else None) or _weigh(self.generation, self.signs)


class _Message(msgspec.Struct, frozen=True):
    """What the other header fields record about servers; server names are in lower case."""

    proxied: frozenset[str]
    """Servers to which Front End Transport proxied a client session (X-ClientProxiedBy)."""
    measured: Mapping[str, frozenset[str]]
    """Servers that recorded how long they held the message, by service: ``front end`` or ``hub``."""
    authenticated: Mapping[str, str]
    """Servers that classified the sender's session, with the result: ``internal`` or ``anonymous``."""
    bare: bool
    """The input has no fields other than Received."""


class _Context(msgspec.Struct, frozen=True):
    """Facts outside the Received field that affect the service of a hop."""

    is_first: bool
    """It is the first hop of its run."""
    is_copied: bool
    """The next hop is on a server that took over its shadow copy."""
    nearby: str | None
    """The generation of the neighbouring hops."""
    via: bool
    """Received fields in its run have a via clause."""
    internal_servers: frozenset[str]
    """Servers in its run with a service that no Edge Transport server has, by name and by address."""
    message: _Message


@cache
def _marks() -> dict[str, list[tuple[str, Service, float, str]]]:
    marks: dict[str, list[tuple[str, Service, float, str]]] = {}
    for row in table("received_marks"):
        fact = row["generations"], Service(row["service"]), float(row["probability"]), row["reason"]
        marks.setdefault(row["mark"], []).append(fact)
    return marks


@cache
def _signs() -> dict[str, dict[Service, tuple[float, str]]]:
    signs: dict[str, dict[Service, tuple[float, str]]] = {}
    for row in table("received_evidence"):
        signs.setdefault(row["sign"], {})[Service(row["service"])] = float(row["likelihood"]), row["reason"]
    return signs


def runs(hops: Sequence[Hop], route: Route) -> Iterator[tuple[list[Hop], list[Evidence], Hop | None]]:
    """Each unbroken run of Exchange hops, their evidence, and the next hop of another system, if any.

    Args:
        hops: The hops of the route; they carry their marks, and whether they came from the previous hop.
        route: The route, for its other header fields.
    """
    message: _Message | None = None
    run: list[Hop] = []
    for hop in (*hops, None):
        if hop is not None and hop.mark is not None:
            run.append(hop)
        elif run:
            message = message or _message(route)
            yield run, _evidence(run, message), hop
            run = []


_FIELDS = exchange.FIELDS | latency.FIELDS
"""The header fields with any information about the servers of a message."""


def _message(route: Route) -> _Message:
    bare = not route.headers
    if bare or _FIELDS.isdisjoint(route.names):
        return _Message(_NONE, {}, {}, bare)
    measured: dict[str, frozenset[str]] = {}
    for service in exchange.measured(route):
        server, part = service.server.lower(), "front end" if service.front_end else "hub"
        measured[server] = measured.get(server, frozenset()) | {part}
    return _Message(
        proxied=frozenset(proxy.transport.lower() for proxy in exchange.client_proxies(route)),
        measured=measured,
        authenticated=exchange.authenticated(route),
        bare=bare,
    )


_NONE: frozenset[str] = frozenset()


def _evidence(run: list[Hop], message: _Message) -> list[Evidence]:
    """The evidence in the hops of a run. A hop with an unreadable build gets the generation of its neighbour."""
    marks = [hop.mark for hop in run if hop.mark]
    via = True in [mark.prints_via for mark in marks]
    internal_servers: frozenset[str] | None = None
    observations = []
    for index, (hop, mark) in enumerate(zip(run, marks, strict=True)):
        linked = hop.from_previous if index else None
        via_of_smtp = mark.via if mark.token is _SMTP else None  # of an HTTP hop it is a host
        if marked := _marked_evidence(mark.token, via_of_smtp, mark.generation, _kinds(hop, mark), linked):
            observations.append(marked)
            continue
        if internal_servers is None:
            internal_servers = frozenset([name for hop in run if hop.mark and hop.mark.inside for name in _names(hop)])
        context = _Context(
            is_first=index == 0,
            is_copied=index + 1 < len(run) and marks[index + 1].token is _SHADOW,
            nearby=mark.generation or _generation_nearby(marks, index, via=via),
            via=via,
            internal_servers=internal_servers,
            message=message,
        )
        observations.append(_unmarked_evidence(hop, mark, context, linked=linked))
    return observations


def _generation_nearby(marks: list[ExchangeMark], index: int, *, via: bool) -> str | None:
    """The generation of the nearest hop with a known one: before this hop, or else after it."""
    neighbours = (mark.generation for mark in (*reversed(marks[:index]), *marks[index + 1 :]))
    return next(filter(None, neighbours), _LATER if via else None)


@lru_cache(maxsize=4096)
def _marked_evidence(
    token: ExchangeToken,
    via: str | None,
    generation: str | None,
    kinds: tuple[str, ...],
    linked: bool | None,  # noqa: FBT001 - lru_cache is faster with positional arguments
) -> Evidence | None:
    """The evidence in a field whose mark names its service; ``None`` if it has no such mark."""
    fact = token, via, generation, kinds
    return Evidence(generation, fact, (), linked, None) if _marked(*fact) else None


def _unmarked_evidence(hop: Hop, mark: ExchangeMark, context: _Context, *, linked: bool | None) -> Evidence:
    generation = context.nearby if mark.product is None else mark.generation
    prints_via = builds.prints_via(mark.build.number, mark.build.product) if mark.build and not mark.via else None
    signs = _signs_of(hop, mark, generation, context, linked=linked, prints_via=prints_via)
    return Evidence(generation, None, tuple(signs), linked, prints_via)


@lru_cache(maxsize=4096)
def _marked(token: ExchangeToken, via: str | None, generation: str | None, kinds: tuple[str, ...]) -> _Weighed | None:
    """Likelihoods and reasons of the mark in a field; ``None`` if it has none."""
    fact = _fact(token, via, generation, kinds)
    if fact is None:
        return None
    service, probability, reason = fact
    return {service: probability} if probability else {}, {service: (reason,)}


def _fact(
    token: ExchangeToken, via: str | None, generation: str | None, kinds: tuple[str, ...]
) -> tuple[Service, float, str] | None:
    """Service, probability and reason of the mark in a field; ``None`` if it has none."""
    names = [*kinds, f"with {token}"]
    if via and token is _SMTP:
        names.append(f"via {via}")
    for name in names:
        for generations, service, probability, reason in _marks().get(name, ()):
            fits = generations == "any" or (generation or "") in generations.split()
            if fits and (not 0 < probability < 1 or _exists(service, generation)):
                return service, probability, reason
    return None


def _kinds(hop: Hop, mark: ExchangeMark) -> tuple[str, ...]:
    """Additional signs of a mapi field: no build, or two servers."""
    if mark.token is not _MAPI:
        return ()
    kinds = ("with mapi, no id",) if mark.build is None and hop.stamp.id is None else ()
    return kinds if servers.same(hop.written_server, hop.written_peer) else (*kinds, "with mapi, two servers")


def _exists(service: Service, generation: str | None) -> bool:
    """Whether the generation has the service; true for an unknown generation."""
    return generation is None or service in pipeline.services_with_header(generation)


def _candidates(generation: str | None) -> tuple[Service, ...]:
    """The services of a generation that can add a field without a mark."""
    services = pipeline.services_with_header(generation) if generation else ()
    return tuple(service for service in services if service in _BY_SMTP)


def _signs_of(  # noqa: PLR0913 - the parts of the hop that are already known
    hop: Hop,
    mark: ExchangeMark,
    generation: str | None,
    context: _Context,
    *,
    linked: bool | None,
    prints_via: bool | None,
) -> list[str]:
    """Names of the signs in ``data/received_evidence.tsv`` that apply to a hop."""
    signs = ["no build"] if mark.product is None else []
    if mark.via is None and (context.via if mark.product is None else prints_via):
        signs.append("no via")
    elif generation == "2013":
        signs.append("before SP1")
    if mark.pickup:
        signs.append("pickup")
    else:
        signs += _signs_of_peer(hop, context, linked=linked)
        secured = "TLS" if hop.stamp.tls else "no TLS"
        signs.append(f"{secured} from outside" if context.is_first else secured)
    if context.is_copied:
        signs.append("shadow copy")
    if context.internal_servers and not context.internal_servers.isdisjoint(_names(hop)):
        signs.append("server inside")
    if servers.is_edge_name(hop.server):
        signs.append("named edge")
    if measured := context.message.measured.get(hop.server):
        signs += [f"measured {part}" for part in sorted(measured)]
    return signs


def _signs_of_peer(hop: Hop, context: _Context, *, linked: bool | None) -> list[str]:
    """Signs from the peer that sent the message."""
    message = context.message
    if message.proxied and not linked and hop.server in message.proxied:
        return ["client proxied"]
    if not context.is_first:
        return ["other domain than its peer"] if linked and servers.in_other_domain(hop.peer, hop.server) else []
    signs = [
        "foreign client, Received only" if message.bare else "foreign client",
        "after other systems" if hop.number > 1 else "first of all",
    ]
    if servers.has_private_peer(hop):
        signs.append("private peer")
    if session := message.authenticated.get(hop.server):
        signs.append(f"{session} sender")
    return signs


def _names(hop: Hop) -> set[str]:
    """Name and address of the server that added the field, if known."""
    address = hop.stamp.by_domain.tcp_info.address if hop.stamp.by_domain else None
    return {name for name in (hop.server, address) if name}


@lru_cache(maxsize=4096)
def _weigh(generation: str | None, signs: tuple[str, ...]) -> _Weighed:
    """Likelihoods and reasons of the signs, for the services of a generation."""
    services = _candidates(generation)
    likelihood = dict.fromkeys(services, 1.0)
    reasons: dict[Service, tuple[str, ...]] = dict.fromkeys(services, ())
    for sign in signs:
        for service, (factor, reason) in _signs()[sign].items():
            if service in likelihood:
                likelihood[service] *= factor
                reasons[service] += (reason,) if reason else ()
    return {service: factor for service, factor in likelihood.items() if factor}, reasons
