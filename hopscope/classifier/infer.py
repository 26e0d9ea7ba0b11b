"""Transitions between services + the evidence of each hop -> the most likely services, with confidence and reasons.

The hops of each unbroken run of Exchange hops are decided together by a hidden Markov model: the evidence in each
Received field (evidence.py) times the weights of the transitions (``data/service_transitions.tsv``). The label is the
most probable service of the hop over all paths, and its confidence is that probability (forward-backward algorithm,
Baum 1970): a hop that the path does not decide has a low confidence. The module is over 300 lines because the model,
the algorithm and the text of its reasons belong together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain

import msgspec

from hopscope.classifier import builds
from hopscope.classifier.evidence import VIA_SERVICES, Evidence, runs
from hopscope.data import table
from hopscope.model import Alternative, Build, Hop, Label, Route, Service

__all__ = ["labels", "succession"]

_CERTAIN = 0.99
"""Maximum confidence of a label that the Received field does not name."""
_RARE = 1e-4
"""Weight of a transition that is not in the table: never impossible."""
_DOUBTFUL = 0.95
"""Below this confidence a label counts as inferred, regardless of its evidence."""
_REASON = 0.8
"""Minimum probability at which a neighbour counts as a reason."""
_BEST = "best match for the neighbouring hops among the services of this generation"
_WORTH_NAMING = 0.005
"""Alternatives less probable than this are not listed."""
_REMEMBERED = 1 << 11
"""Number of hop sequences whose labels are cached."""
_START, _FOREIGN, _DELIVERED = "start", "foreign", "delivered"
_STATES = {Service.EDGE_TRANSPORT: ("Edge Transport inbound", "Edge Transport outbound")}
"""The model states of services that have more than one."""


class _Step(msgspec.Struct, frozen=True):
    """A row of the transition table."""

    weight: float
    linked: float
    reason: str


@cache
def _step(generation: str | None, previous: str, following: str) -> _Step | None:
    """The row for ``following`` after ``previous`` on a server of ``generation``."""
    return next(
        (
            _Step(float(row["weight"]), float(row["linked"]), row["reason"])
            for row in table("service_transitions")
            if row["from"] == previous
            and row["to"] == following
            and (row["generations"] == "any" or (generation or "") in row["generations"].split())
        ),
        None,
    )


def _weight(generation: str | None, previous: str, following: str, *, linked: bool | None = None) -> float:
    """Weight of ``following`` after ``previous`` on a server of ``generation``."""
    step = _step(generation, previous, following)
    if step is None:
        return _RARE
    if linked is None:
        return step.weight
    return step.weight * (step.linked if linked else 1 - step.linked)


def succession(generation: str, previous: Service, following: Service) -> str | None:
    """Why ``following`` can come after ``previous`` on a server of ``generation``; ``None`` if it is undocumented."""
    previous_states = _STATES.get(previous, (str(previous),))
    following_states = _STATES.get(following, (str(following),))
    steps = (
        _step(generation, previous_state, following_state)
        for previous_state in previous_states
        for following_state in reversed(following_states)
    )
    return next((step.reason for step in steps if step), None)


def labels(hops: Sequence[Hop], route: Route) -> dict[int, Label]:
    """Labels of the Exchange hops, by hop number.

    Args:
        hops: The hops of the route; they carry their marks, and whether they came from the previous hop.
        route: The route, for its other header fields.
    """
    by_number: dict[int, Label] = {}
    for run, evidence, next_hop in runs(hops, route):
        newest = _newest(run)
        decided = _decide(evidence, _end(next_hop))
        for hop, observation, label in zip(run, evidence, decided, strict=True):
            release = newest.get(_server_build(hop)) if newest else None
            by_number[hop.number] = _with_build(label, hop, observation, release)
    return by_number


_Weights = dict[str, float]
"""Likelihoods or probabilities by state of the model: a service, or one of the positions of Edge Transport."""
_Start = tuple[str | None, str | None]
"""Generation and state of the hop before a sequence of hops; the state is ``None`` if it is in doubt."""
_End = tuple[str, bool | None]
"""State of the hop after a sequence, and whether its Received field names the last server of the sequence as its
peer; ``None`` if unknown."""


def _end(next_hop: Hop | None) -> _End:
    if next_hop is None:
        return _DELIVERED, None
    return _FOREIGN, next_hop.from_previous if next_hop.stamp.from_domain else None


_ServerBuild = tuple[str, str]
"""A server and the first three components of a build that it wrote."""


def _server_build(hop: Hop) -> _ServerBuild:
    number = (hop.mark.build.number if hop.mark and hop.mark.build else None) or ""
    return hop.server, number.rpartition(".")[0]


def _newest(hops: list[Hop]) -> dict[_ServerBuild, Build]:
    """The build with the highest revision of each server: an update may leave some files at the old one."""
    newest: dict[_ServerBuild, Build] = {}
    numbers = {hop.mark.build.number for hop in hops if hop.mark and hop.mark.build and hop.mark.build.number}
    if len(numbers) == len({number.rpartition(".")[0] for number in numbers}):
        return newest  # no two of them differ in the revision alone
    for hop in hops:
        build = hop.mark.build if hop.mark else None
        if build and build.number:
            server = _server_build(hop)
            if server not in newest or _revision(newest[server]) < _revision(build):
                newest[server] = build
    return newest


def _revision(build: Build) -> int:
    return int((build.number or "0").rpartition(".")[2])


def _with_build(label: Label, hop: Hop, observation: Evidence, newest: Build | None) -> Label:
    """The label with what the build shows, and the release of the newest build of the same server."""
    build = hop.mark.build if hop.mark else None
    release = newest or build
    product = build.product if build else None
    evidence = label.evidence
    if label.inferred:
        evidence = (_why_inferred(observation, label.service, build), *evidence)
    return Label(
        service=label.service,
        confidence=label.confidence,
        inferred=label.inferred,
        evidence=evidence or (_why_undecided(product),),
        alternatives=label.alternatives,
        generation=_generation(product, label.service),
        product=product,
        release=release.release if release else None,
        released=release.date if release else None,
        build=build.number if build else None,
    )


@cache
def _generation(product: str | None, service: Service) -> str:
    """A mapi hop without a build counts as 2007, which writes none; 2010 writes one since SP1."""
    if product is None:
        return "2007" if service is Service.MAPI_SUBMISSION else ""
    return builds.generation(product) or ""


def _decide(evidence: Sequence[Evidence], end: _End) -> list[Label]:
    """Labels of the hops of one run, without the details from their builds.

    Marked hops split the run: each has one state only, so that the hops before it are independent of those after it.
    Each unmarked sequence is decided separately. Hops without any sign of their service are skipped.
    """
    labels: dict[int, Label] = {}
    start: _Start = (None, _START)
    stretch: dict[int, Evidence] = {}
    for index, observation in enumerate(evidence):
        alone = _decided_alone(observation)
        if alone is None:
            stretch[index] = observation
            continue
        state, labels[index] = alone
        if state is not None:
            if stretch:
                decided = _decide_stretch(tuple(stretch.values()), start, (state, observation.linked))
                labels.update(zip(stretch, decided, strict=True))
                stretch = {}
            start = observation.generation, state
    if stretch:
        labels.update(zip(stretch, _decide_stretch(tuple(stretch.values()), start, end), strict=True))
    return [labels[index] for index in range(len(evidence))]


@lru_cache(maxsize=_REMEMBERED)
def _decided_alone(observation: Evidence) -> tuple[str | None, Label] | None:
    """State and label of a hop that its neighbours do not affect; ``None`` if they do.

    These are hops with a mark that leaves one state, and hops without any sign of their service, which have no state.
    """
    if not observation.likelihood:
        return None, Label(evidence=tuple(chain.from_iterable(observation.reasons.values())))
    states = list(_by_state(observation)) if observation.mark else []
    if len(states) != 1:
        return None
    service = _service(states[0])
    return states[0], _marked_label(service, observation.likelihood[service], observation.reasons[service])


@lru_cache(maxsize=_REMEMBERED)
def _decide_stretch(evidence: tuple[Evidence, ...], start: _Start, end: _End) -> tuple[Label, ...]:
    """Labels of neighbouring hops, decided together; cached by their evidence."""
    likelihoods = [_by_state(observation) for observation in evidence]
    forward, backward = _forward(evidence, likelihoods, start), _backward(evidence, likelihoods, end)
    marginals = [
        _normalized({state: weight * later[state] for state, weight in earlier.items()})
        for earlier, later in zip(forward, backward, strict=True)
    ]
    states = [_most_probable(marginal) for marginal in marginals]
    # A neighbour that is itself in doubt does not count as a reason.
    sure = [state if marginal[state] >= _REASON else None for state, marginal in zip(states, marginals, strict=True)]
    previous = [start, *((observation.generation, state) for observation, state in zip(evidence, sure, strict=True))]
    return tuple(
        _label(
            observation,
            _service(state),
            _by_service(marginal),
            _neighbour_reasons(previous_state, (observation.generation, state), next_state),
        )
        for observation, state, marginal, previous_state, next_state in zip(
            evidence, states, marginals, previous[:-1], [*sure[1:], end[0]], strict=True
        )
    )


def _by_state(observation: Evidence) -> dict[str, float]:
    """Likelihood of the Received field under each state."""
    return {
        state: likelihood
        for service, likelihood in observation.likelihood.items()
        for state in _STATES.get(service, (str(service),))
    }


@cache
def _service(state: str) -> Service:
    return next((service for service, states in _STATES.items() if state in states), None) or Service(state)


def _most_probable(probabilities: Mapping[str, float]) -> str:
    """The most probable state of the most probable service."""
    services = _by_service(probabilities)
    best = max(services, key=services.__getitem__)
    return max((state for state in probabilities if _service(state) is best), key=probabilities.__getitem__)


def _by_service(probabilities: Mapping[str, float]) -> dict[Service, float]:
    """Probability of each service: the sum over its states."""
    result: dict[Service, float] = {}
    for state, probability in probabilities.items():
        result[_service(state)] = result.get(_service(state), 0.0) + probability
    return result


def _normalized(weights: dict[str, float]) -> dict[str, float]:
    """The same values normalised to sum to 1, so that long paths do not underflow."""
    total = sum(weights.values())
    return {state: weight / total for state, weight in weights.items()}


def _forward(evidence: Sequence[Evidence], likelihoods: list[_Weights], start: _Start) -> list[_Weights]:
    """For each hop, the probability of each state given the evidence up to and including the hop."""
    result: list[_Weights] = []
    generation, start_state = start
    weights = {start_state or _START: 1.0}
    for observation, likelihood in zip(evidence, likelihoods, strict=True):
        weights = _normalized(
            {
                state: factor
                * sum(
                    weight * _weight(generation, previous_state, state, linked=observation.linked)
                    for previous_state, weight in weights.items()
                )
                for state, factor in likelihood.items()
            }
        )
        result.append(weights)
        generation = observation.generation
    return result


def _backward(evidence: Sequence[Evidence], likelihoods: list[_Weights], end: _End) -> list[_Weights]:
    """For each hop, the likelihood of the evidence after it under each state."""
    result: list[_Weights] = []
    weights, linked = {end[0]: 1.0}, end[1]
    for observation, likelihood in zip(reversed(evidence), reversed(likelihoods), strict=True):
        explained = _normalized(
            {
                state: sum(
                    weight * _weight(observation.generation, state, next_state, linked=linked)
                    for next_state, weight in weights.items()
                )
                for state in likelihood
            }
        )
        result.append(explained)
        weights = {state: factor * explained[state] for state, factor in likelihood.items()}
        linked = observation.linked
    return result[::-1]


def _marked_label(service: Service, likelihood: float, reasons: tuple[str, ...]) -> Label:
    """Label of a hop whose mark leaves one state."""
    confidence = 1.0 if likelihood >= 1 else _rounded_down(min(likelihood, _CERTAIN))
    return Label(service=service, confidence=confidence, evidence=reasons)


def _label(
    observation: Evidence, service: Service, marginals: Mapping[Service, float], neighbour_reasons: Iterable[str]
) -> Label:
    """Label of a hop; if it is inferred, the reason for that is added later because it names the build.

    Args:
        observation: The evidence in its Received field.
        service: Its most probable service.
        marginals: Probability of each possible service.
        neighbour_reasons: Reasons from the hops before and after it.
    """
    alternatives = sorted(
        ((p, alternative) for alternative, p in marginals.items() if alternative is not service), reverse=True
    )
    confidence = min(marginals[service], _CERTAIN)
    inferred = confidence < _DOUBTFUL or _is_usually_marked(observation, service)
    reasons = tuple(_against_last((*observation.reasons[service], *neighbour_reasons)))
    return Label(
        service=service,
        confidence=_rounded_down(confidence),
        inferred=inferred,
        evidence=reasons or (() if inferred else (_BEST,)),
        alternatives=tuple(
            Alternative(service=alternative, probability=_rounded_down(p))
            for p, alternative in alternatives
            if p > _WORTH_NAMING
        ),
    )


def _against_last(reasons: tuple[str, ...]) -> Iterator[str]:
    """The reasons, with those against the label last."""
    yield from (reason for reason in reasons if "unusual: " not in reason)
    yield from (reason for reason in reasons if "unusual: " in reason)


def _rounded_down(probability: float) -> float:
    """Rounded down to four digits, so that the sum over the services of a hop stays within 1."""
    return int(probability * 10_000) / 10_000


def _is_usually_marked(observation: Evidence, service: Service) -> bool:
    """Whether later builds of this generation name the service by ``via``, and this build does not."""
    return service in VIA_SERVICES and not observation.prints_via


def _why_inferred(observation: Evidence, service: Service, build: Build | None) -> str:
    if build is None or build.number is None or not _is_usually_marked(observation, service):
        return "inferred from the path: the Received field does not name the service"
    if observation.prints_via is False:
        return f"inferred from the path: build {build.number} writes no `via`"
    return f"inferred from the path: build {build.number} is not known to write `via`"


def _neighbour_reasons(
    previous: tuple[str | None, str | None], current: tuple[str | None, str], following: str | None
) -> Iterator[str]:
    """Reasons from the hops before and after a hop; ``previous`` and ``current`` are generation and state."""
    generation, state = previous
    if state is not None:
        reason = _reason(_step(generation, state, current[1]))
        yield reason if state == _START else f"after {_service(state)}: {reason}"
    if following is not None:
        ends = {_FOREIGN: "before another mail system", _DELIVERED: "last Received field"}
        yield f"{ends.get(following) or f'before {_service(following)}'}: {_reason(_step(*current, following))}"


def _reason(step: _Step | None) -> str:
    return step.reason if step else "unusual: not in the documented mail flow"


def _why_undecided(product: str | None) -> str:
    """Why an Exchange Received field without any usable sign has no service."""
    if product:
        return f"the transport services of {product} are not documented"
    return "an Exchange Received field, but with no build number to show its generation"
