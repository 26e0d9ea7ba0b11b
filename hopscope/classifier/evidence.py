"""What each Exchange stamp itself tells of the service behind it.

A stamp with a mark (``with mapi``, ``via Frontend Transport`` ... in ``data/stamp_marks.tsv``) names its service.
The others show signs (TLS or none, a missing ``via``, who the peer is ... in ``data/stamp_evidence.tsv``) that
make some services more likely than others.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from hopscope.classifier import builds, pipeline
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import Hop, Route, Service

__all__ = ["VIA_SERVICES", "Point", "runs"]

VIA_SERVICES = frozenset({Service.FRONT_END, Service.TRANSPORT, Service.MAILBOX_TRANSPORT})
"""The services of 2013 and later that ``via``, or its absence, tells apart on builds that print it."""


class Point(NamedTuple):
    """A hop in a run of Exchange stamps."""

    hop: Hop
    mark: exchange.Mark
    likelihood: Mapping[Service, float]
    """How well each service that it may be explains the stamp; empty where nothing is known."""
    reasons: Mapping[Service, tuple[str, ...]]
    marked: bool
    """The stamp has a mark of its service."""
    linked: bool | None
    """Whether it came, by its own words, from the server of the hop before; None where there is none."""


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
    run: list[Point] = []
    for hop, mark in zip(route.hops, marks, strict=True):
        if mark is not None:
            run.append(_point(route, hop, mark, run[-1].hop if run else None))
        elif run:
            yield run, False
            run = []
    if run:
        yield run, True


def _point(route: Route, hop: Hop, mark: exchange.Mark, before: Hop | None) -> Point:
    linked = _linked(hop, before) if before else None
    generation = builds.generation(mark.product) if mark.product else None
    if fact := _marked(mark, generation):
        service, probability, reason = fact
        likelihood = {service: probability} if probability else {}
        return Point(hop, mark, likelihood, {service: (reason,)}, marked=True, linked=linked)
    cands = _candidates(generation)
    if mark.build and not builds.prints_via(mark.build.number): cands = tuple(c for c in cands if c is not Service.EDGE_TRANSPORT or generation in {"2007","2010"})
    likelihood, reasons = _weigh(cands, _seen(route, hop, mark, first=before is None))
    return Point(hop, mark, likelihood, reasons, marked=False, linked=linked)


def _marked(mark: exchange.Mark, generation: str | None) -> tuple[Service, float, str] | None:
    """Service, probability and reason of the mark in the stamp, or ``None`` where it has none."""
    names = [f"with {mark.token}"]
    if mark.via and mark.token is exchange.Token.SMTP:
        names.append(f"via {mark.via}")
    for name in names:
        for generations, service, probability, reason in _marks().get(name, ()):
            if generations == "any" or (generation or "") in generations.split():
                return service, probability, reason
    return None


@cache
def _candidates(generation: str | None) -> tuple[Service, ...]:
    """The services of a generation that may leave a stamp without a mark."""
    if generation is None:
        return ()
    decisive = {service for rows in _marks().values() for _, service, probability, _ in rows if probability}
    stamping = pipeline.stamping_services(generation)
    unmarked = VIA_SERVICES | {Service.HUB_TRANSPORT}
    return tuple(service for service in stamping if service not in decisive or service in unmarked)


def _seen(route: Route, hop: Hop, mark: exchange.Mark, *, first: bool) -> Iterator[str]:
    """Names of the signs in ``data/stamp_evidence.tsv`` that the stamp shows."""
    host = (hop.stamp.by_domain.domain or "").lower() if hop.stamp.by_domain else ""
    if mark.build and builds.prints_via(mark.build.number):
        yield "no via"
    if host in {proxy.transport.lower() for proxy in exchange.client_proxies(route)} and first:
        yield "client proxied"
    elif mark.pickup:
        yield "pickup"
    elif first:
        yield "foreign client"
        yield "after other systems" if hop.number > 1 else "first of all"
    if not mark.pickup:
        yield "TLS" if hop.stamp.tls else "clear text"
    if "edge" in host.partition(".")[0]:
        yield "named edge"


def _weigh(
    services: tuple[Service, ...], signs: Iterator[str]
) -> tuple[dict[Service, float], dict[Service, tuple[str, ...]]]:
    """Likelihood of the signs under each service, and why."""
    likelihood = dict.fromkeys(services, 1.0)
    reasons: dict[Service, tuple[str, ...]] = dict.fromkeys(services, ())
    for sign in signs:
        for service, (factor, reason) in _signs()[sign].items():
            if service in likelihood:
                likelihood[service] *= factor
                reasons[service] += (reason,)
    return likelihood, reasons


def _linked(hop: Hop, before: Hop) -> bool:
    """Whether ``hop`` came, by name or address, from the server that stamped ``before``.

    A receive connector may call itself by another name than the server does; the address then still tells.
    """
    sender, server = hop.stamp.from_domain, before.stamp.by_domain
    if sender is None or server is None:
        return False
    return _same_name(sender.domain, server.domain) or (
        sender.tcp_info.address is not None and sender.tcp_info.address == server.tcp_info.address
    )


def _same_name(one: str | None, other: str | None) -> bool:
    """Whether two names are of one host: letter case does not count, and one may be the short form."""
    if not one or not other:
        return False
    short, long = sorted((one.lower(), other.lower()), key=len)
    return short == long or ("." not in short and long.startswith(f"{short}."))
