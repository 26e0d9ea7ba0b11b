"""The scenario of a passage through Exchange, its documented mail flow, and the deviations from it."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby

import msgspec

from hopscope.analysis import path_pattern
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.path_pattern import Pair, Step
from hopscope.classifier import infer, pipeline, servers
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import Hop, Passage, Route, Scenario, Service, ServiceWithoutHeader, Stage

__all__ = ["Surroundings", "passage"]


class Surroundings(msgspec.Struct, frozen=True):
    """The context of a passage apart from its own hops."""

    message: IndexedRoute
    """The route that it is a part of."""
    services_without_header: Callable[[], tuple[ServiceWithoutHeader, ...]]
    """Returns the services on the whole route that added no Received field."""
    previous: Hop | None
    """The last hop of the passage immediately before it, if any."""
    following: Hop | None
    """The first hop of the passage immediately after it, if any."""
    restart_reason: str | None
    """Why it is a separate passage."""


def passage(hops: Sequence[Hop], surroundings: Surroundings) -> Passage:
    """The record of a passage from its hops, which are all of Exchange."""
    first, last = hops[0], hops[-1]
    scenario = _hybrid(first, surroundings) or _scenario(hops, surroundings)
    documented = _documented(scenario, first.label.generation, last.label.generation, first.label.service)
    return Passage(
        first=first.number,
        last=last.number,
        scenario=scenario,
        confidence=_confidence(scenario, hops, surroundings),
        restart_reason=surroundings.restart_reason,
        documented_path=documented.shown,
        deviations=tuple(_deviations(documented.path, hops)) if documented.path else (),
    )


def _scenario(hops: Sequence[Hop], surroundings: Surroundings) -> Scenario:
    index, first, last = surroundings.message, hops[0], hops[-1]
    submitted = pipeline.stage(first.label.service) is Stage.SUBMISSION or _from_pickup(index, first)
    online = first.label.is_online
    if _from_client(index, hops):
        return Scenario.CLIENT_SUBMISSION
    if _is_delivered(index.route, last):
        if submitted:
            return Scenario.ONLINE_INTERNAL if online else _internal(hops)
        return Scenario.ONLINE_INBOUND if online else _INBOUND.get(first.label.service, Scenario.UNKNOWN)
    if last is index.route.hops[-1] or first.label.service is Service.UNKNOWN:
        return Scenario.UNKNOWN
    if submitted:
        return Scenario.ONLINE_OUTBOUND if online else _outbound(last, surroundings)
    return Scenario.RELAY


_INBOUND = {
    Service.FRONT_END: Scenario.INBOUND_FRONT_END,
    Service.EDGE_TRANSPORT: Scenario.INBOUND_EDGE,
    Service.HUB_TRANSPORT: Scenario.INBOUND_HUB,
    Service.TRANSPORT: Scenario.INBOUND_TRANSPORT,
}


def _from_pickup(index: IndexedRoute, hop: Hop) -> bool:
    mark = index.marks[hop.number - 1]
    return mark is not None and mark.pickup


def _from_client(index: IndexedRoute, hops: Sequence[Hop]) -> bool:
    """Whether an authenticated client sent it by SMTP. Exchange Online saves such mail to the mailbox first."""
    if len(hops) > 1 and pipeline.stage(hops[1].label.service) is Stage.SUBMISSION:
        return True
    return any(proxy.transport.lower() == hops[0].server for proxy in index.client_proxies)


def _is_delivered(route: Route, last: Hop) -> bool:
    """Whether the passage ends in a mailbox. 2007 and 2010 add no Received field on delivery, so the path just ends."""
    if pipeline.stage(last.label.service) is Stage.DELIVERY:
        return True
    by_rpc = pipeline.absence_reason(last.label.generation, Stage.DELIVERY) is not None
    return by_rpc and last is route.hops[-1] and last.label.service is not Service.EDGE_TRANSPORT


def _internal(hops: Sequence[Hop]) -> Scenario:
    same = all(servers.same(hops[0].server, hop.server) for hop in hops)
    return Scenario.INTERNAL_SAME if same else Scenario.INTERNAL_OTHER


def _outbound(last: Hop, surroundings: Surroundings) -> Scenario:
    """How the message left the organisation, by the peer that the next system names."""
    if last.label.service is Service.EDGE_TRANSPORT:
        return Scenario.OUTBOUND_EDGE
    if _proxy(last, surroundings):
        return Scenario.OUTBOUND_PROXY
    following = next(hop for hop in surroundings.message.route.hops if hop.number > last.number)
    return Scenario.OUTBOUND_DIRECT if following.from_previous else Scenario.OUTBOUND


def _proxy(last: Hop, surroundings: Surroundings) -> ServiceWithoutHeader | None:
    """Front End Transport that sent the message as an outbound proxy after ``last``."""
    services = (service for service in surroundings.services_without_header() if service.after == last.number)
    return next((service for service in services if service.service is Service.FRONT_END), None)


_LIKELY = 0.8
"""Confidence in an outbound proxy that only the peer's name shows: chosen, not measured."""


def _confidence(scenario: Scenario, hops: Sequence[Hop], surroundings: Surroundings) -> float:
    """Probability that the labels of both ends, on which the scenario depends, are right."""
    if scenario is Scenario.UNKNOWN:
        return 0.0
    proxy = _proxy(hops[-1], surroundings) if scenario is Scenario.OUTBOUND_PROXY else None
    proxy_confidence = 1.0 if proxy is None or proxy.certain else _LIKELY
    return min(hops[0].label.confidence, hops[-1].label.confidence, proxy_confidence)


def _hybrid(first: Hop, surroundings: Surroundings) -> Scenario | None:
    """The scenario of a passage next to one in the other part of a hybrid organisation."""
    if surroundings.previous is None and surroundings.following is None:
        return None
    online = first.label.is_online
    crosses = {
        side: hop.label.is_online != online
        for side, hop in (("to", surroundings.following), ("from", surroundings.previous))
        if hop
    }
    if not any(crosses.values()) or not surroundings.message.is_hybrid:
        return None
    to_online = not online if crosses.get("to") else online
    return Scenario.HYBRID_OUT if to_online else Scenario.HYBRID_IN


class _Documented(msgspec.Struct, frozen=True):
    """A documented mail flow."""

    path: str = ""
    """As in the table; empty if none is documented."""
    shown: tuple[str, ...] = ()
    """The steps in words."""


@cache
def _documented(scenario: Scenario, entered: str, exited: str, first: Service) -> _Documented:
    """The documented mail flow of a scenario that can start with the service ``first``."""
    for row in table("scenario_paths"):
        if row["scenario"] == scenario and _in(entered, row["entered"]) and _in(exited, row["left"]):
            steps = path_pattern.parse(row["path"]).steps
            start = steps[0]
            if first in start.services or start.optional or not start.recorded:
                return _Documented(row["path"], tuple(map(_shown, steps)))
    return _Documented()


def _in(generation: str, generations: str) -> bool:
    return generations == "any" or generation in generations.split()


def _shown(step: Step) -> str:
    return f"{step.text} (optional)" if step.optional else step.text if step.recorded else f"[{step.text}]"


def _deviations(path: str, hops: Sequence[Hop]) -> Iterator[str]:
    """The deviations of the hops from the documented mail flow."""
    pairs = _aligned(path, tuple([hop.label.service for hop in hops]))
    for pair in pairs:
        if pair.step is not None and pair.hop is None:
            yield f"Documented mail flow also passes {pair.step.text}, which has no Received field here."
    extra = [hops[pair.hop] for pair in pairs if pair.step is None and pair.hop is not None]
    for service, group in groupby(extra, key=lambda hop: hop.label.service):
        yield _more(service, list(group), hops)


def _more(service: Service, extra: Sequence[Hop], hops: Sequence[Hop]) -> str:
    """The sentences about hops that the documented mail flow does not contain."""
    previous = next((hop for hop in hops if hop.number == extra[0].number - 1), None)
    why = f": {reason}" if previous and (reason := _reason(previous, extra[0])) else ""
    if len(extra) > 1:
        return f"Hops {extra[0].number} to {extra[-1].number} ({service}) are not in the documented mail flow{why}."
    server = extra[0].written_server
    host = f" on {server}" if server else ""
    return f"Hop {extra[0].number} ({service}{host}) is not in the documented mail flow{why}."


def _reason(previous: Hop, hop: Hop) -> str | None:
    """Why a hop may follow another, and the documented condition for it."""
    generation, sender, service = previous.label.generation, previous.label.service, hop.label.service
    if servers.same(previous.written_server, hop.written_server) and sender is service:
        mark = previous.mark
        return _TOOK_OVER if mark and mark.token in exchange.TAKE_OVERS else None
    reason = infer.succession(generation, sender, service)
    edges = (edge for edge in pipeline.edges(generation) if (edge.sender, edge.receiver) == (sender, service))
    condition = next((edge.condition for edge in edges), None)
    return f"{reason} ({condition})" if reason and condition else reason


_TOOK_OVER = "it resubmitted its shadow copy, which adds a second Received field"


@lru_cache(maxsize=1024)
def _aligned(path: str, services: tuple[Service, ...]) -> tuple[Pair, ...]:
    """Documented mail flows name no hosts, so only the services of the hops are compared."""
    return path_pattern.parse(path).align([(service, "") for service in services])
