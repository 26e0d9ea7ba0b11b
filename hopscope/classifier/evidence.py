"""What each Exchange stamp itself tells of the service behind it.

A stamp with a mark (``with mapi``, ``via Frontend Transport`` ... in ``data/stamp_marks.tsv``) names its service.
The others show signs (TLS or none, a missing ``via``, who the peer is ... in ``data/stamp_evidence.tsv``) that
make some services more likely than others. The module is over 300 lines because each sign stands beside its reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

import msgspec

from hopscope.classifier import builds, pipeline, servers
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import ExchangeMark, ExchangeToken, Hop, Route, Service

__all__ = ["VIA_SERVICES", "Evidence", "runs"]

_LATER = "2019"
"""Stands for all generations since 2013 where a via tells no more: they have the same services."""
VIA_SERVICES = frozenset({Service.FRONT_END, Service.TRANSPORT, Service.MAILBOX_TRANSPORT})
"""The services of 2013 and later that ``via``, or its absence, tells apart on builds that print it."""
_BY_SMTP = VIA_SERVICES | {Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT}
"""The services that receive by SMTP. All others have a with token of their own."""


_Weighed = tuple[Mapping[Service, float], Mapping[Service, tuple[str, ...]]]
"""Likelihood of what a stamp shows under each service that is possible at all, and why."""
_MarkKey = tuple[ExchangeToken, str | None, str | None, tuple[str, ...]]
"""Token, via and generation of a mark, and what a mapi stamp shows besides."""


# Looking up a member of an enum is slow in Python 3.11, and these are compared for every stamp.
_MAPI, _SMTP, _SHADOW = ExchangeToken.MAPI, ExchangeToken.SMTP, ExchangeToken.SHADOW


class Evidence(msgspec.Struct, frozen=True):
    """The evidence of an Exchange stamp and its neighbours. Equal evidence means the same service."""

    generation: str | None
    """Generation of the transport pipeline; ``None`` where the stamp does not show it."""
    mark: _MarkKey | None
    """What names its service; ``None`` where nothing does, and signs have to be weighed."""
    signs: tuple[str, ...]
    """Of a stamp without a mark: names of the rows in ``data/stamp_evidence.tsv``."""
    linked: bool | None
    """Whether its from clause names the server of the hop before; ``None`` where there is none."""
    prints_via: bool | None
    """Whether such a build names Front End Transport and Mailbox Transport in a via clause; ``None``: unknown."""
    build: str | None
    """Its build, where that does not print a via, as a reason names it then."""

    @property
    def likelihood(self) -> Mapping[Service, float]:
        """How well each service that it may be explains the stamp; empty where nothing is known."""
        return self._weighed[0]

    @property
    def reasons(self) -> Mapping[Service, tuple[str, ...]]:
        """Why, for each service."""
        return self._weighed[1]

    @property
    def _weighed(self) -> _Weighed:
        return (_marked(*self.mark) if self.mark else None) or _weigh(self.generation, self.signs)


class _Message(msgspec.Struct, frozen=True):
    """What the message as a whole says about its servers, whose names are in lower case."""

    proxied: frozenset[str]
    """Those that took over a client's session from Front End Transport (X-ClientProxiedBy)."""
    measured: Mapping[str, frozenset[str]]
    """Those that wrote how long they held the message, by service: ``front end`` or ``hub``."""
    authenticated: Mapping[str, str]
    """Those that judged the session of the sender, and how: ``internal`` or ``anonymous``."""
    bare: bool
    """It was given without any field but Received."""


class _Context(msgspec.Struct, frozen=True):
    """The facts of the rest of the message that bear on the service of a hop."""

    previous: Hop | None
    """The hop before it in the run."""
    is_copied: bool
    """The next stamp is that of a server which took over its shadow copy."""
    nearby: str | None
    """The generation of the stamps beside it."""
    via: bool
    """Stamps of its run print a via."""
    internal_servers: frozenset[str]
    """Servers that stamped in its run as a service which no Edge Transport server has, by name and by address."""
    message: _Message


@cache
def _marks() -> dict[str, list[tuple[str, Service, float, str]]]:
    marks: dict[str, list[tuple[str, Service, float, str]]] = {}
    for row in table("stamp_marks"):
        fact = row["generations"], Service(row["service"]), float(row["probability"]), row["reason"]
        marks.setdefault(row["mark"], []).append(fact)
    return marks


@cache
def _signs() -> dict[str, dict[Service, tuple[float, str]]]:
    signs: dict[str, dict[Service, tuple[float, str]]] = {}
    for row in table("stamp_evidence"):
        signs.setdefault(row["sign"], {})[Service(row["service"])] = float(row["likelihood"]), row["reason"]
    return signs


def runs(hops: Sequence[Hop], route: Route) -> Iterator[tuple[list[Hop], list[Evidence], Hop | None]]:
    """Each unbroken run of Exchange stamps, what they show, and the hop of another system behind it, if there is one.

    Args:
        hops: The hops of the route; they carry their marks, and whether they came from the hop before.
        route: The route, for its other header fields.
    """
    message = _message(route)
    run: list[Hop] = []
    for hop in hops:
        if hop.mark is not None:
            run.append(hop)
        elif run:
            yield run, _evidence(run, message), hop
            run = []
    if run:
        yield run, _evidence(run, message), None


def _message(route: Route) -> _Message:
    measured: dict[str, frozenset[str]] = {}
    for service in exchange.measured(route):
        server, part = service.server.lower(), "front end" if service.front_end else "hub"
        measured[server] = measured.get(server, frozenset()) | {part}
    return _Message(
        proxied=frozenset(proxy.transport.lower() for proxy in exchange.client_proxies(route)),
        measured=measured,
        authenticated=exchange.authenticated(route),
        bare=not route.headers,
    )


_NONE: frozenset[str] = frozenset()


def _evidence(run: list[Hop], message: _Message) -> list[Evidence]:
    """What the stamps of a run show. One whose build cannot be read counts as of the generation beside it."""
    marks = [hop.mark for hop in run if hop.mark]
    generations = [mark.generation for mark in marks]
    via = any(mark.prints_via for mark in marks)
    internal_hops = [hop for hop, mark in zip(run, marks, strict=True) if mark.inside]
    internal_names = (
        frozenset(name for hop in internal_hops for name in _names(hop)) if len(internal_hops) < len(run) else _NONE
    )
    observations = []
    for index, (hop, mark) in enumerate(zip(run, marks, strict=True)):
        nearby = generations[index]
        if nearby is None:
            beside = [*reversed(generations[:index]), *generations[index + 1 :]]
            nearby = next(filter(None, beside), _LATER if via else None)
        context = _Context(
            previous=run[index - 1] if index else None,
            is_copied=index + 1 < len(run) and marks[index + 1].token is _SHADOW,
            nearby=nearby,
            via=via,
            internal_servers=internal_names,
            message=message,
        )
        observations.append(_observation(hop, mark, context))
    return observations


def _observation(hop: Hop, mark: ExchangeMark, context: _Context) -> Evidence:
    linked = hop.from_previous if context.previous else None
    generation = mark.generation
    prints_via = builds.prints_via(mark.build.number, mark.build.product) if mark.build else None
    kinds: tuple[str, ...] = ()
    if mark.token is _MAPI:
        unnumbered = mark.build is None and hop.stamp.id is None
        kinds = _kinds_of_mapi(hop.written_server, hop.written_peer, unnumbered=unnumbered)
    fact = mark.token, mark.via, generation, kinds
    if _marked(*fact):
        return Evidence(generation, fact, (), linked, prints_via, None)
    if mark.product is None:
        generation = context.nearby
    signs = tuple(_signs_of(hop, mark, generation, context, linked=linked))
    build = mark.build.number if mark.build and not prints_via else None
    return Evidence(generation, None, signs, linked, prints_via, build)


@lru_cache(maxsize=4096)
def _marked(token: ExchangeToken, via: str | None, generation: str | None, kinds: tuple[str, ...]) -> _Weighed | None:
    """Likelihoods and reasons of the mark in a stamp, or ``None`` where it has none."""
    fact = _fact(token, via, generation, kinds)
    if fact is None:
        return None
    service, probability, reason = fact
    return {service: probability} if probability else {}, {service: (reason,)}


def _fact(
    token: ExchangeToken, via: str | None, generation: str | None, kinds: tuple[str, ...]
) -> tuple[Service, float, str] | None:
    """Service, probability and reason of the mark in a stamp."""
    names = [*kinds, f"with {token}"]
    if via and token is _SMTP:
        names.append(f"via {via}")
    for name in names:
        for generations, service, probability, reason in _marks().get(name, ()):
            fits = generations == "any" or (generation or "") in generations.split()
            if fits and (not 0 < probability < 1 or _exists(service, generation)):
                return service, probability, reason
    return None


def _kinds_of_mapi(server: str | None, peer: str | None, *, unnumbered: bool) -> tuple[str, ...]:
    """What a mapi stamp shows besides: no build, or two servers."""
    kinds = ("with mapi, no id",) if unnumbered else ()
    return kinds if servers.same(server, peer) else (*kinds, "with mapi, two servers")


def _exists(service: Service, generation: str | None) -> bool:
    """Whether the generation, where it is known, has the service."""
    return generation is None or service in pipeline.stamping_services(generation)


def _candidates(generation: str | None) -> tuple[Service, ...]:
    """The services of a generation that may leave a stamp without a mark."""
    stamping = pipeline.stamping_services(generation) if generation else ()
    return tuple(service for service in stamping if service in _BY_SMTP)


def _signs_of(
    hop: Hop, mark: ExchangeMark, generation: str | None, context: _Context, *, linked: bool | None
) -> Iterator[str]:
    """Names of the signs in ``data/stamp_evidence.tsv`` that the stamp shows."""
    yield from _signs_of_build(mark, generation, via_beside=context.via)
    foreign = context.previous is None
    if mark.pickup:
        yield "pickup"
    else:
        yield from _signs_of_peer(hop, context, linked=linked)
        secured = "TLS" if hop.stamp.tls else "clear text"
        yield f"{secured} from outside" if foreign else secured
    if context.is_copied:
        yield "shadow copy"
    if context.internal_servers and not context.internal_servers.isdisjoint(_names(hop)):
        yield "server inside"
    yield from _signs_of_server(hop, context.message)


def _signs_of_build(mark: ExchangeMark, generation: str | None, *, via_beside: bool) -> Iterator[str]:
    """Signs of the build: whether it would have printed a via, and whether Edge Transport existed."""
    if mark.product is None:
        yield "no build"
        prints_via = via_beside
    else:
        prints_via = mark.build is not None and bool(builds.prints_via(mark.build.number, mark.product))
    if prints_via:
        yield "no via"
    elif generation == "2013":
        yield "before SP1"


def _signs_of_peer(hop: Hop, context: _Context, *, linked: bool | None) -> Iterator[str]:
    """Signs of the peer that the message came from."""
    if hop.server in context.message.proxied and not linked:
        yield "client proxied"
    elif context.previous is None:
        yield "foreign client, Received only" if context.message.bare else "foreign client"
        yield "after other systems" if hop.number > 1 else "first of all"
        if servers.has_private_peer(hop):
            yield "private peer"
        if judgement := context.message.authenticated.get(hop.server):
            yield f"{judgement} sender"
    elif linked and servers.in_other_domain(hop.peer, hop.server):
        yield "other domain than its peer"


def _signs_of_server(hop: Hop, message: _Message) -> Iterator[str]:
    """Signs of the server that stamped: its name, and latency header fields."""
    name = hop.server
    if servers.is_edge_name(name):
        yield "named edge"
    for part in sorted(message.measured.get(name, ())):
        yield f"measured {part}"


def _names(hop: Hop) -> set[str]:
    """Name and address of the server that stamped, as far as they are known."""
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
