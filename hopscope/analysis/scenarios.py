"""The scenario of a passage through Exchange."""

from collections.abc import Callable, Sequence

import msgspec

from hopscope.analysis import mail_flow
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.classifier import pipeline, servers
from hopscope.model import Hop, Passage, Route, Scenario, Service, ServiceWithoutHeader, Stage
from hopscope.parser.grammar import address

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
    comparison = mail_flow.compare(scenario, hops)
    return Passage(
        first=first.number,
        last=last.number,
        scenario=scenario,
        confidence=_confidence(scenario, hops, surroundings),
        restart_reason=surroundings.restart_reason,
        documented_path=comparison.path,
        deviations=comparison.deviations,
        notes=comparison.notes,
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
    if submitted or _from_inside(index, first):
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


def _from_inside(index: IndexedRoute, hop: Hop) -> bool:
    """Whether the path starts at a system of the organisation, such as an application, that sent it by SMTP.

    The system has a name in the domain of the server, or a private address and no name or address of another domain:
    load balancers replace the address of a system outside, but not its name.
    """
    if hop is not index.route.hops[0]:
        return False
    names = list(servers.names_of_peer(hop))
    if any(servers.share_domain(name, hop.server) for name in names):
        return True
    return servers.has_private_peer(hop) and not any(_is_outside_name(name) for name in names)


def _is_outside_name(name: str) -> bool:
    """Whether a name has a domain, or is a public address."""
    ip_address = address(name)
    return not servers.is_private(ip_address) if ip_address else servers.registered_domain(name) is not None


def _from_client(index: IndexedRoute, hops: Sequence[Hop]) -> bool:
    """Whether an authenticated client sent it by SMTP. Exchange Online saves such mail to the mailbox first."""
    if len(hops) > 1 and pipeline.stage(hops[1].label.service) is Stage.SUBMISSION:
        return True
    return any(proxy.transport.lower() == hops[0].server for proxy in index.client_proxies)


def _is_delivered(route: Route, last: Hop) -> bool:
    """Whether the passage ends in a mailbox. 2007 and 2010 add no Received field on delivery, so the path just ends.

    A report of a message that was not delivered returns the same hops.
    """
    if pipeline.stage(last.label.service) is Stage.DELIVERY:
        return True
    if route.is_undelivered:
        return False
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
    is_sent_back = servers.same(last.server, following.server)
    return Scenario.OUTBOUND_DIRECT if following.from_previous and not is_sent_back else Scenario.OUTBOUND


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
