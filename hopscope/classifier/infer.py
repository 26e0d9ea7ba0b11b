"""The order of the services + the evidence of each stamp -> the most likely services, with confidence and reasons.

The hops of each unbroken run of Exchange stamps are decided together, by a hidden Markov model: what each stamp
shows (evidence.py) times what may follow what (``data/service_transitions.tsv``). The label is the most probable
service of the hop over all paths, its confidence that probability (forward-backward algorithm, Baum 1970), so that
what the path cannot decide comes out as what it is: undecided. The module is over 300 lines because the model, the
algorithm and the words for its reasons belong together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

from hopscope.classifier import builds
from hopscope.classifier.evidence import VIA_SERVICES, Evidence, runs
from hopscope.data import table
from hopscope.model import Alternative, Build, Hop, Label, Route, Service

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
_REMEMBERED = 1 << 12
"""Stretches of hops whose labels are remembered."""
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


def labels(hops: Sequence[Hop], route: Route) -> dict[int, Label]:
    """Labels of the hops that Exchange stamped, by hop number.

    Args:
        hops: The hops of the route; they carry their marks, and whether they came from the hop before.
        route: The route, for its other header fields.
    """
    by_number: dict[int, Label] = {}
    for run, evidence, next_hop in runs(hops, route):
        newest = _newest(run)
        decided = _decide([shown for shown in evidence if shown.likelihood], _end(next_hop))
        for hop, shown in zip(run, evidence, strict=True):
            label = next(decided) if shown.likelihood else _undecided(hop, shown)
            by_number[hop.number] = _with_product(label, hop, newest.get(_server_build(hop)) if newest else None)
    return by_number


_Weights = dict[str, float]
"""Likelihoods or probabilities by place in the path."""
_Start = tuple[str | None, str | None]
"""Generation and place of the hop before a stretch of hops; the place is ``None`` where that is in doubt."""
_End = tuple[str, bool | None]
"""Place of the hop after a stretch, and whether it came, by its own words, from the last server of it; ``None`` where
nothing is known."""


def _end(next_hop: Hop | None) -> _End:
    if next_hop is None:
        return _DELIVERED, None
    return _FOREIGN, next_hop.from_previous if next_hop.stamp.from_domain else None


_ServerBuild = tuple[str, str]
"""A server and the first three numbers of a build that it printed."""


def _server_build(hop: Hop) -> _ServerBuild:
    number = (hop.mark.build.number if hop.mark and hop.mark.build else None) or ""
    return hop.server, number.rpartition(".")[0]


def _newest(hops: list[Hop]) -> dict[_ServerBuild, Build]:
    """The build with the highest revision that each server printed, as an update may leave single files behind."""
    newest: dict[_ServerBuild, Build] = {}
    if len({hop.server for hop in hops}) == len(hops):
        return newest  # none of them has a second stamp
    for hop in hops:
        build = hop.mark.build if hop.mark else None
        if build and build.number:
            server = _server_build(hop)
            if server not in newest or _revision(newest[server]) < _revision(build):
                newest[server] = build
    return newest


def _revision(build: Build) -> int:
    return int((build.number or "0").rpartition(".")[2])


def _with_product(label: Label, hop: Hop, newest: Build | None) -> Label:
    """The label with what the build shows, and the release of the newest build of the same server."""
    build = hop.mark.build if hop.mark else None
    release = newest or build
    product = build.product if build else None
    return Label(
        service=label.service,
        confidence=label.confidence,
        inferred=label.inferred,
        evidence=label.evidence,
        alternatives=label.alternatives,
        generation=_generation(product, label.service),
        product=product,
        release=release.release if release else None,
        released=release.date if release else None,
        build=build.number if build else None,
    )


@cache
def _generation(product: str | None, service: Service) -> str:
    """A mapi stamp without a build counts as 2007: that prints none, 2010 does from SP1 on."""
    if product is None:
        return "2007" if service is Service.MAPI_SUBMISSION else ""
    return builds.generation(product) or ""


def _decide(evidence: list[Evidence], end: _End) -> Iterator[Label]:
    """Labels of the hops of one run, in their order.

    Marked hops split the run: each has one place in the path, so that what is before it says nothing of what is after
    it. Each unmarked stretch is decided on its own.
    """
    start: _Start = (None, _START)
    stretch: list[Evidence] = []
    for shown in evidence:
        place = _only_place(shown) if shown.mark else None
        if place is None:
            stretch.append(shown)
            continue
        if stretch:
            yield from _decide_stretch(tuple(stretch), start, (place, shown.linked))
            stretch = []
        yield _marked_label(_service(place), shown.likelihood[_service(place)], shown.reasons[_service(place)])
        start = shown.generation, place
    if stretch:
        yield from _decide_stretch(tuple(stretch), start, end)


def _only_place(shown: Evidence) -> str | None:
    """The place of a hop in the path, where it can have only one."""
    places = _by_place(shown)
    return next(iter(places)) if len(places) == 1 else None


@lru_cache(maxsize=_REMEMBERED)
def _decide_stretch(evidence: tuple[Evidence, ...], start: _Start, end: _End) -> tuple[Label, ...]:
    """Labels of neighbouring hops, decided together; remembered by what they show."""
    likelihoods = [_by_place(shown) for shown in evidence]
    forward, backward = _forward(evidence, likelihoods, start), _backward(evidence, likelihoods, end)
    marginals = [
        _normalized({place: weight * later[place] for place, weight in earlier.items()})
        for earlier, later in zip(forward, backward, strict=True)
    ]
    places = [_most_probable(marginal) for marginal in marginals]
    # A neighbour that is itself in doubt is no reason.
    sure = [place if marginal[place] >= _REASON else None for place, marginal in zip(places, marginals, strict=True)]
    previous = [start, *((shown.generation, place) for shown, place in zip(evidence, sure, strict=True))]
    return tuple(
        _label(shown, _service(place), _by_service(marginal), _neighbours(left, (shown.generation, place), right))
        for shown, place, marginal, left, right in zip(
            evidence, places, marginals, previous[:-1], [*sure[1:], end[0]], strict=True
        )
    )


def _by_place(shown: Evidence) -> dict[str, float]:
    """How well each place in the path explains the stamp."""
    return {
        place: likelihood
        for service, likelihood in shown.likelihood.items()
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


def _forward(evidence: Sequence[Evidence], likelihoods: list[_Weights], start: _Start) -> list[_Weights]:
    """For each hop, how probable each place is by what comes up to it."""
    result: list[_Weights] = []
    generation, place_before = start
    before = {place_before or _START: 1.0}
    for shown, likelihood in zip(evidence, likelihoods, strict=True):
        before = _normalized(
            {
                place: factor * sum(w * _weight(generation, b, place, linked=shown.linked) for b, w in before.items())
                for place, factor in likelihood.items()
            }
        )
        result.append(before)
        generation = shown.generation
    return result


def _backward(evidence: Sequence[Evidence], likelihoods: list[_Weights], end: _End) -> list[_Weights]:
    """For each hop, how well each place explains what comes after it."""
    result: list[_Weights] = []
    after, linked = {end[0]: 1.0}, end[1]
    for shown, likelihood in zip(reversed(evidence), reversed(likelihoods), strict=True):
        explained = _normalized(
            {
                place: sum(w * _weight(shown.generation, place, a, linked=linked) for a, w in after.items())
                for place in likelihood
            }
        )
        result.append(explained)
        after = {place: factor * explained[place] for place, factor in likelihood.items()}
        linked = shown.linked
    return result[::-1]


@lru_cache(maxsize=_REMEMBERED)
def _marked_label(service: Service, likelihood: float, reasons: tuple[str, ...]) -> Label:
    """Label of a hop whose mark leaves one place in the path."""
    confidence = 1.0 if likelihood >= 1 else _rounded_down(min(likelihood, _CERTAIN))
    return Label(service=service, confidence=confidence, evidence=reasons)


def _label(shown: Evidence, service: Service, marginals: Mapping[Service, float], around: Iterable[str]) -> Label:
    """Label of a hop.

    Args:
        shown: What the hop shows.
        service: What it most probably is.
        marginals: How probable each service is that it may be.
        around: What the hops around it show.
    """
    others = sorted(((p, other) for other, p in marginals.items() if other is not service), reverse=True)
    confidence = min(marginals[service], _CERTAIN)
    inferred = confidence < _DOUBTFUL or _is_usually_marked(shown, service)
    inference = (_why_inferred(shown, service),) if inferred else ()
    return Label(
        service=service,
        confidence=_rounded_down(confidence),
        inferred=inferred,
        evidence=(*inference, *_against_last((*shown.reasons[service], *around))) or (_BEST,),
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


def _is_usually_marked(shown: Evidence, service: Service) -> bool:
    """Whether later builds of this generation name the service by ``via``, and this build does not."""
    return service in VIA_SERVICES and not shown.prints_via


def _why_inferred(shown: Evidence, service: Service) -> str:
    if shown.build is None or not _is_usually_marked(shown, service):
        return "inferred from the path: the stamp itself does not tell"
    if shown.prints_via is False:
        return f"inferred from the path: build {shown.build} prints no `via`"
    return f"inferred from the path: build {shown.build} is not known to print `via`"


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


def _undecided(hop: Hop, shown: Evidence) -> Label:
    """Label of a stamp of Exchange that does not show its service."""
    reasons = tuple(chain.from_iterable(shown.reasons.values()))
    product = hop.mark.product if hop.mark else None
    if not reasons and product:
        reasons = (f"the transport services of {product} are not documented",)
    elif not reasons:
        reasons = ("an Exchange stamp, but without a build number that would tell its generation",)
    return Label(evidence=reasons)
