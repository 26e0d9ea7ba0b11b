"""What each Exchange stamp itself tells of the service behind it.

A stamp with a mark (``with mapi``, ``via Frontend Transport`` ... in ``data/stamp_marks.tsv``) names its service.
The others show signs (TLS or none, a missing ``via``, who the peer is ... in ``data/stamp_evidence.tsv``) that
make some services more likely than others.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from hopscope.classifier import builds, pipeline, servers
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import Hop, Route, Service

__all__ = ["VIA_SERVICES", "Point", "runs"]

VIA_SERVICES = frozenset({Service.FRONT_END, Service.TRANSPORT, Service.MAILBOX_TRANSPORT})
"""The services of 2013 and later that ``via``, or its absence, tells apart on builds that print it."""
_BY_SMTP = VIA_SERVICES | {Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT}
"""The services that receive by SMTP. All others have a with token of their own."""


class Point(NamedTuple):
    """A hop in a run of Exchange stamps."""

    hop: Hop
    mark: exchange.Mark
    generation: str | None
    """Generation of the transport pipeline; None where the stamp does not tell it."""
    likelihood: Mapping[Service, float]
    """How well each service that it may be explains the stamp; empty where nothing is known."""
    reasons: Mapping[Service, tuple[str, ...]]
    marked: bool
    """The stamp has a mark of its service."""
    linked: bool | None
    """Whether it came, by its own words, from the server of the hop before; None where there is none."""


class _Context(NamedTuple):
    """What of the rest of the message says something about a hop."""

    before: Hop | None
    """The hop before it in the run."""
    after: exchange.Mark | None
    """The mark of the stamp after it, where that is one of Exchange."""
    proxied: frozenset[str]
    """Servers that took over a client's session from Front End Transport (X-ClientProxiedBy), in lower case."""
    bare: bool
    """The message was given without any field but Received."""


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


def runs(route: Route) -> Iterator[tuple[list[Point], bool]]:
    """Each unbroken run of Exchange stamps, and whether nothing stamped the message after it."""
    marks = [exchange.read(hop.stamp) for hop in route.hops]
    proxied = frozenset(proxy.transport.lower() for proxy in exchange.client_proxies(route))
    run: list[Point] = []
    for hop, mark, after in zip(route.hops, marks, [*marks[1:], None], strict=False):
        if mark is not None:
            before = run[-1].hop if run else None
            run.append(_point(hop, mark, _Context(before, after, proxied, bare=not route.headers)))
        elif run:
            yield run, False
            run = []
    if run:
        yield run, True


def _point(hop: Hop, mark: exchange.Mark, context: _Context) -> Point:
    linked = servers.came_from(hop, context.before) if context.before else None
    generation = builds.generation(mark.product) if mark.product else None
    if fact := _marked(mark, generation):
        service, probability, reason = fact
        likelihood = {service: probability} if probability else {}
        return Point(hop, mark, generation, likelihood, {service: (reason,)}, marked=True, linked=linked)
    likelihood, reasons = _weigh(_candidates(generation), _seen(hop, mark, generation, context, linked=linked))
    return Point(hop, mark, generation, likelihood, reasons, marked=False, linked=linked)


def _marked(mark: exchange.Mark, generation: str | None) -> tuple[Service, float, str] | None:
    """Service, probability and reason of the mark in the stamp, or ``None`` where it has none."""
    names = [f"with {mark.token}"]
    if mark.via and mark.token is exchange.Token.SMTP:
        names.append(f"via {mark.via}")
    for name in names:
        for generations, service, probability, reason in _marks().get(name, ()):
            fits = generations == "any" or (generation or "") in generations.split()
            if fits and (not 0 < probability < 1 or _exists(service, generation)):
                return service, probability, reason
    return None


def _exists(service: Service, generation: str | None) -> bool:
    """Whether the generation, where it is known, has the service."""
    return generation is None or service in pipeline.stamping_services(generation)


def _candidates(generation: str | None) -> tuple[Service, ...]:
    """The services of a generation that may leave a stamp without a mark."""
    stamping = pipeline.stamping_services(generation) if generation else ()
    return tuple(service for service in stamping if service in _BY_SMTP)


def _seen(
    hop: Hop, mark: exchange.Mark, generation: str | None, context: _Context, *, linked: bool | None
) -> Iterator[str]:
    """Names of the signs in ``data/stamp_evidence.tsv`` that the stamp shows."""
    host = servers.name(hop)
    if mark.build and builds.prints_via(mark.build.number):
        yield "no via"
    elif generation == "2013":
        yield "before SP1"
    foreign = context.before is None
    if mark.pickup:
        yield "pickup"
    elif host in context.proxied and not linked:
        yield "client proxied"
    elif foreign:
        yield "foreign client, Received only" if context.bare else "foreign client"
        yield "after other systems" if hop.number > 1 else "first of all"
    if not mark.pickup:
        secured = "TLS" if hop.stamp.tls else "clear text"
        yield f"{secured} from outside" if foreign else secured
    if context.after and context.after.token is exchange.Token.SHADOW:
        yield "shadow copy"
    if "edge" in host.partition(".")[0]:
        yield "named edge"


def _weigh(
    services: tuple[Service, ...], signs: Iterator[str]
) -> tuple[dict[Service, float], dict[Service, tuple[str, ...]]]:
    """Likelihood of the signs under each service that is possible at all, and why."""
    likelihood = dict.fromkeys(services, 1.0)
    reasons: dict[Service, tuple[str, ...]] = dict.fromkeys(services, ())
    for sign in signs:
        for service, (factor, reason) in _signs()[sign].items():
            if service in likelihood:
                likelihood[service] *= factor
                reasons[service] += (reason,) if reason else ()
    return {service: factor for service, factor in likelihood.items() if factor}, reasons
