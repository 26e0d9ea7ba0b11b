"""The order of the services + the evidence of each stamp -> the most likely services, with confidence and reasons.

The hops of each unbroken run of Exchange stamps are decided together, by a hidden Markov model: what each stamp
shows (evidence.py) times what may follow what (``data/service_transitions.tsv``). The label is the hop's service on
the most probable path (Viterbi 1967), its confidence the marginal probability of that service (forward-backward,
Baum 1970), so that what the path cannot decide comes out as what it is: undecided.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from hopscope.classifier import builds
from hopscope.classifier.dialects import exchange
from hopscope.classifier.evidence import VIA_SERVICES, Point, runs
from hopscope.data import table
from hopscope.model import Alternative, Label, Route, Service

__all__ = ["labels"]

_CERTAIN = 0.99
"""Highest confidence of a label that the stamp does not state itself."""
_RARE = 1e-4
"""Weight of a succession that no row of the table has: never impossible."""
_DOUBTFUL = 0.95
"""Below this confidence a label counts as inferred, whatever decided it."""
_WORTH_NAMING = 0.005
"""Alternatives less probable than this are not listed."""
_START, _FOREIGN, _DELIVERED = "start", "foreign", "delivered"


class _Step(NamedTuple):
    """A row of the table of successions."""

    weight: float
    linked: float
    reason: str


@cache
def _steps() -> dict[tuple[str, str], _Step]:
    return {
        (row["from"], row["to"]): _Step(float(row["weight"]), float(row["linked"]), row["reason"])
        for row in table("service_transitions")
    }


def labels(route: Route) -> dict[int, Label]:
    """Labels of the hops that Exchange stamped, by hop number."""
    found: dict[int, Label] = {}
    for points, last in runs(route):
        known = [point for point in points if point.likelihood]
        found |= {point.hop.number: _undecided(point) for point in points if not point.likelihood}
        found |= _decide(known, _DELIVERED if last else _FOREIGN)
    return found


def _step(before: str, after: str, *, linked: bool | None = None) -> float:
    """Weight of ``after`` following ``before``."""
    step = _steps().get((before, after))
    if step is None:
        return _RARE
    if linked is None:
        return step.weight
    return step.weight * (step.linked if linked else 1 - step.linked)


def _decide(points: list[Point], end: str) -> dict[int, Label]:
    """Labels of the hops of one run, decided together."""
    if not points:
        return {}
    forward = _forward(points)
    backward = _backward(points, end)
    path = _viterbi(points, end)
    ends = (_START, *path, end)
    found = {}
    for index, (point, service) in enumerate(zip(points, path, strict=True)):
        weights = {each: forward[index][each] * backward[index][each] for each in point.likelihood}
        total = sum(weights.values())
        marginals = {each: weight / total for each, weight in weights.items()}
        found[point.hop.number] = _label(point, service, marginals, (ends[index], ends[index + 2]))
    return found


def _normalized(weights: dict[Service, float]) -> dict[Service, float]:
    """The same in proportion, so that long paths do not underflow."""
    total = sum(weights.values())
    return {service: weight / total for service, weight in weights.items()}


def _forward(points: list[Point]) -> list[dict[Service, float]]:
    result: list[dict[Service, float]] = []
    before: Mapping[str, float] = {_START: 1.0}
    for point in points:
        weights = {
            service: likelihood * sum(w * _step(b, service, linked=point.linked) for b, w in before.items())
            for service, likelihood in point.likelihood.items()
        }
        result.append(_normalized(weights))
        before = {str(service): weight for service, weight in result[-1].items()}
    return result


def _backward(points: list[Point], end: str) -> list[dict[Service, float]]:
    weights = {service: _step(service, end) for service in points[-1].likelihood}
    result = [_normalized(weights)]
    for point, after in zip(reversed(points[:-1]), reversed(points), strict=False):
        weights = {
            service: sum(
                _step(service, a, linked=after.linked) * likelihood * result[-1][a]
                for a, likelihood in after.likelihood.items()
            )
            for service in point.likelihood
        }
        result.append(_normalized(weights))
    return result[::-1]


def _viterbi(points: list[Point], end: str) -> list[Service]:
    """The most probable sequence of services."""
    best: dict[str, tuple[float, list[Service]]] = {_START: (1.0, [])}
    for point in points:
        reached: dict[str, tuple[float, list[Service]]] = {}
        for service, likelihood in point.likelihood.items():
            weight, path = max(
                ((w * _step(b, service, linked=point.linked), p) for b, (w, p) in best.items()), key=lambda one: one[0]
            )
            reached[service] = weight * likelihood, [*path, service]
        top = max(weight for weight, _ in reached.values())
        best = {service: (weight / top, path) for service, (weight, path) in reached.items()}
    return max(((w * _step(s, end), path) for s, (w, path) in best.items()), key=lambda one: one[0])[1]


def _label(point: Point, service: Service, marginals: dict[Service, float], around: tuple[str, str]) -> Label:
    stated = point.marked and point.likelihood[service] >= 1
    confidence = (
        1.0 if stated else min(marginals[service] * (point.likelihood[service] if point.marked else 1), _CERTAIN)
    )
    others = sorted(((p, each) for each, p in marginals.items() if each is not service), reverse=True)
    inferred = not stated and (confidence < _DOUBTFUL or _usually_marked(point, service))
    evidence = point.reasons[service] if point.marked else _evidence(point, service, around, inferred=inferred)
    return Label(
        service=service,
        confidence=round(confidence, 4),
        inferred=inferred,
        evidence=evidence,
        alternatives=tuple(
            Alternative(service=each, probability=round(min(p, 1 - confidence), 4))
            for p, each in others
            if p > _WORTH_NAMING
        ),
        **_build_facts(point.mark),
    )


def _usually_marked(point: Point, service: Service) -> bool:
    """Whether later builds of this generation tell the service by ``via``, and this build does not."""
    build = point.mark.build
    return service in VIA_SERVICES and not (build and builds.prints_via(build.number))


def _evidence(point: Point, service: Service, around: tuple[str, str], *, inferred: bool) -> tuple[str, ...]:
    before, after = (_steps().get(pair) for pair in ((around[0], service), (service, around[1])))
    number = point.mark.build.number if point.mark.build else None
    reasons = list(point.reasons[service])
    if inferred and _usually_marked(point, service):
        reasons.insert(0, f"inferred from the path: build {number} is not known to print `via`")
    elif inferred:
        reasons.insert(0, "inferred from the path: the stamp itself does not tell")
    if before:
        reasons.append(f"after {_place(around[0])}: {before.reason}")
    if after:
        reasons.append(f"before {_place(around[1])}: {after.reason}")
    return tuple(reasons)


def _place(name: str) -> str:
    places = {_START: "no other Exchange server", _FOREIGN: "another mail system", _DELIVERED: "nothing more"}
    return places.get(name, name)


def _undecided(point: Point) -> Label:
    reasons = tuple(reason for each in point.reasons.values() for reason in each)
    return Label(
        evidence=reasons or ("an Exchange stamp, but no build number tells its generation",), **_build_facts(point.mark)
    )


def _build_facts(mark: exchange.Mark) -> dict[str, str | None]:
    build = mark.build
    return {
        "product": mark.product,
        "release": build.release if build else None,
        "build": build.number if build else None,
    }
