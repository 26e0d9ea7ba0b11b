"""The order of the services + the evidence of each stamp -> the most likely services, with confidence and reasons.

The hops of each unbroken run of Exchange stamps are decided together, by a hidden Markov model: what each stamp
shows (evidence.py) times what may follow what (``data/service_transitions.tsv``). The label is the most probable
service of the hop over all paths, its confidence that probability (forward-backward algorithm, Baum 1970), so that
what the path cannot decide comes out as what it is: undecided. The module is over 300 lines because the model, the
algorithm and the words for its reasons belong together.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace

from hopscope.classifier import builds, servers
from hopscope.classifier.evidence import VIA_SERVICES, Point, runs
from hopscope.data import table
from hopscope.model import Alternative, Hop, Label, Route, Service

__all__ = ["labels", "succession"]

_CERTAIN = 0.99
"""Highest confidence of a label that the stamp does not state itself."""
_RARE = 1e-4
"""Weight of a succession that no row of the table has: never impossible."""
_DOUBTFUL = 0.95
"""Below this confidence a label counts as inferred, whatever decided it."""
_REASON = 0.8
"""A neighbour counts as a reason where it is at least so probable."""
_BEST = "of the services of this generation it fits best between the stamps around it"
_WORTH_NAMING = 0.005
"""Alternatives less probable than this are not listed."""
_START, _FOREIGN, _DELIVERED = "start", "foreign", "delivered"
_PLACES = {Service.EDGE_TRANSPORT: ("Edge Transport inbound", "Edge Transport outbound")}
"""The places in the path that a service stands in, where they are more than one."""


class _Step(NamedTuple):
    """A row of the table of successions."""

    weight: float
    linked: float
    reason: str


@cache
def _step(generation: str | None, before: str, after: str) -> _Step | None:
    """The row for ``after`` following ``before`` on a server of ``generation``."""
    return next(
        (
            _Step(float(row["weight"]), float(row["linked"]), row["reason"])
            for row in table("service_transitions")
            if row["from"] == before
            and row["to"] == after
            and (row["generations"] == "any" or (generation or "") in row["generations"].split())
        ),
        None,
    )


def _weight(generation: str | None, before: str, after: str, *, linked: bool | None = None) -> float:
    """Weight of ``after`` following ``before`` on a server of ``generation``."""
    step = _step(generation, before, after)
    if step is None:
        return _RARE
    if linked is None:
        return step.weight
    return step.weight * (step.linked if linked else 1 - step.linked)


def succession(generation: str, before: Service, after: Service) -> str | None:
    """Why ``after`` may follow ``before`` on a server of ``generation``; ``None`` where no source says so."""
    places, later = _PLACES.get(before, (str(before),)), _PLACES.get(after, (str(after),))
    steps = (_step(generation, one, other) for one in places for other in reversed(later))
    return next((step.reason for step in steps if step), None)


def labels(route: Route) -> dict[int, Label]:
    """Labels of the hops that Exchange stamped, by hop number."""
    found: dict[int, Label] = {}
    for points, after in runs(route):
        decided = _decide([point for point in points if point.likelihood], _end(points, after))
        newest = _newest(points)
        for point in points:
            number = point.hop.number
            found[number] = _with_product(decided.get(number) or _undecided(point), point, newest)
    return found


class _End(NamedTuple):
    """What comes after a run of Exchange stamps."""

    place: str
    linked: bool | None
    """Whether it came, by its own words, from the last server of the run; ``None`` where nothing is known."""


def _end(points: list[Point], after: Hop | None) -> _End:
    if after is None:
        return _End(_DELIVERED, None)
    return _End(_FOREIGN, servers.came_from(after, points[-1].hop) if after.stamp.from_domain else None)


_ServerBuild = tuple[str, str]
"""A server and the first three numbers of a build that it printed."""


def _server_build(point: Point) -> _ServerBuild:
    number = (point.mark.build.number if point.mark.build else None) or ""
    return servers.name(point.hop), number.rpartition(".")[0]


def _newest(points: list[Point]) -> dict[_ServerBuild, builds.Build]:
    """The build with the highest revision that each server printed, as an update may leave single files behind."""
    newest: dict[_ServerBuild, builds.Build] = {}
    for point in points:
        build, server = point.mark.build, _server_build(point)
        if build and build.number and (server not in newest or _revision(newest[server]) < _revision(build)):
            newest[server] = build
    return newest


def _revision(build: builds.Build) -> int:
    return int((build.number or "0").rpartition(".")[2])


def _with_product(label: Label, point: Point, newest: Mapping[_ServerBuild, builds.Build]) -> Label:
    build = point.mark.build
    told = newest.get(_server_build(point), build)
    return replace(
        label,
        product=point.mark.product,
        release=told.release if told else None,
        released=told.date if told else None,
        build=build.number if build else None,
    )


def _decide(points: list[Point], end: _End) -> dict[int, Label]:
    """Labels of the hops of one run, decided together."""
    if not points:
        return {}
    seen = [_by_place(point) for point in points]
    marginals = [
        _normalized({place: forward[place] * backward[place] for place in forward})
        for forward, backward in zip(_forward(points, seen), _backward(points, seen, end), strict=True)
    ]
    places = [_most_probable(each) for each in marginals]
    # A neighbour that is itself in doubt is no reason.
    sure = [place if each[place] >= _REASON else None for place, each in zip(places, marginals, strict=True)]
    found = {}
    before: tuple[str | None, str | None] = (None, _START)
    for index, (point, place) in enumerate(zip(points, places, strict=True)):
        after = sure[index + 1] if index + 1 < len(sure) else end.place
        around = _neighbours(before, (point.generation, place), after)
        found[point.hop.number] = _label(point, _service(place), _by_service(marginals[index]), around)
        before = point.generation, sure[index]
    return found


def _by_place(point: Point) -> dict[str, float]:
    """How well each place in the path explains the stamp."""
    return {
        place: likelihood
        for service, likelihood in point.likelihood.items()
        for place in _PLACES.get(service, (str(service),))
    }


@cache
def _service(place: str) -> Service:
    return next((service for service, places in _PLACES.items() if place in places), None) or Service(place)


def _most_probable(probabilities: Mapping[str, float]) -> str:
    """The most probable place of the most probable service."""
    services = _by_service(probabilities)
    best = max(services, key=services.__getitem__)
    return max((place for place in probabilities if _service(place) is best), key=probabilities.__getitem__)


def _by_service(probabilities: Mapping[str, float]) -> dict[Service, float]:
    """Probability of each service, over all places it may stand in."""
    result: dict[Service, float] = {}
    for place, probability in probabilities.items():
        result[_service(place)] = result.get(_service(place), 0.0) + probability
    return result


def _normalized(weights: dict[str, float]) -> dict[str, float]:
    """The same in proportion, so that long paths do not underflow."""
    total = sum(weights.values())
    return {place: weight / total for place, weight in weights.items()}


def _forward(points: list[Point], seen: list[dict[str, float]]) -> list[dict[str, float]]:
    """For each point, how probable each place is by what comes up to it."""
    result: list[dict[str, float]] = []
    before, generation = {_START: 1.0}, None
    for point, likelihoods in zip(points, seen, strict=True):
        before = _normalized(
            {
                place: likelihood
                * sum(w * _weight(generation, b, place, linked=point.linked) for b, w in before.items())
                for place, likelihood in likelihoods.items()
            }
        )
        result.append(before)
        generation = point.generation
    return result


def _backward(points: list[Point], seen: list[dict[str, float]], end: _End) -> list[dict[str, float]]:
    """For each point, how well each place explains what comes after it."""
    result: list[dict[str, float]] = []
    after, linked = {end.place: 1.0}, end.linked
    for point, likelihoods in zip(reversed(points), reversed(seen), strict=True):
        explained = _normalized(
            {
                place: sum(w * _weight(point.generation, place, a, linked=linked) for a, w in after.items())
                for place in likelihoods
            }
        )
        result.append(explained)
        after = {place: likelihood * explained[place] for place, likelihood in likelihoods.items()}
        linked = point.linked
    return result[::-1]


def _label(point: Point, service: Service, marginals: Mapping[Service, float], around: Iterable[str]) -> Label:
    """Label of a hop.

    Args:
        point: The hop.
        service: What it most probably is.
        marginals: How probable each service is that it may be.
        around: What the hops around it tell.
    """
    probability = marginals[service]
    others = sorted(((p, other) for other, p in marginals.items() if other is not service), reverse=True)
    stated = point.marked and point.likelihood[service] >= 1
    confidence = 1.0 if stated else min(probability * (point.likelihood[service] if point.marked else 1), _CERTAIN)
    inferred = not point.marked and (confidence < _DOUBTFUL or _usually_marked(point, service))
    reasons = point.reasons[service]
    if not point.marked:
        inference = (_why_inferred(point, service),) if inferred else ()
        reasons = (*inference, *_against_last((*reasons, *around))) or (_BEST,)
    return Label(
        service=service,
        confidence=_rounded_down(confidence),
        inferred=inferred,
        evidence=reasons,
        alternatives=tuple(
            Alternative(service=other, probability=_rounded_down(p)) for p, other in others if p > _WORTH_NAMING
        ),
    )


def _against_last(reasons: tuple[str, ...]) -> Iterator[str]:
    """The reasons with those behind that speak against the label."""
    yield from (reason for reason in reasons if "unusual: " not in reason)
    yield from (reason for reason in reasons if "unusual: " in reason)


def _rounded_down(probability: float) -> float:
    """Four digits; never more, so that the sum over the services of a hop stays within 1."""
    return int(probability * 10_000) / 10_000


def _usually_marked(point: Point, service: Service) -> bool:
    """Whether later builds of this generation tell the service by ``via``, and this build does not."""
    build = point.mark.build
    return service in VIA_SERVICES and not (build and builds.prints_via(build.number, build.product))


def _why_inferred(point: Point, service: Service) -> str:
    number = point.mark.build.number if point.mark.build else None
    if number is None or not _usually_marked(point, service):
        return "inferred from the path: the stamp itself does not tell"
    if builds.prints_via(number, point.mark.product) is False:
        return f"inferred from the path: build {number} prints no `via`"
    return f"inferred from the path: build {number} is not known to print `via`"


def _neighbours(before: tuple[str | None, str | None], own: tuple[str | None, str], after: str | None) -> Iterator[str]:
    """What the hops around a hop tell of its service; ``before`` and ``own`` are generation and place."""
    generation, place = before
    if place is not None:
        came = _reason(_step(generation, place, own[1]))
        yield came if place == _START else f"after {_service(place)}: {came}"
    if after is not None:
        ends = {_FOREIGN: "before another mail system", _DELIVERED: "the last stamp"}
        yield f"{ends.get(after) or f'before {_service(after)}'}: {_reason(_step(*own, after))}"


def _reason(step: _Step | None) -> str:
    return step.reason if step else "unusual: not a documented way"


def _undecided(point: Point) -> Label:
    """Label of a stamp of Exchange that does not tell its service."""
    reasons = tuple(reason for each in point.reasons.values() for reason in each)
    if not reasons and point.mark.product:
        reasons = (f"the transport services of {point.mark.product} are not documented",)
    elif not reasons:
        reasons = ("an Exchange stamp, but without a build number that would tell its generation",)
    return Label(evidence=reasons)
