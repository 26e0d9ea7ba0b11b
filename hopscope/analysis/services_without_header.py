"""Services that handled a message without adding a Received field, derived from other fields and neighbouring hops.

Each rule is a function; RULES lists them. None of these services counts as a hop, and if the evidence has another
possible explanation, the record says so.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.classifier import builds, pipeline, servers
from hopscope.data import table
from hopscope.model import ExchangeToken, Hop, Service, ServiceWithoutHeader, Stage

__all__ = ["RULES", "as_claimed", "pool_hosts", "primary_copy", "services_without_header"]


def services_without_header(index: IndexedRoute) -> tuple[ServiceWithoutHeader, ...]:
    """The services without a Received field, in path order."""
    services = (service for rule in RULES for service in rule(index))
    return tuple(sorted(services, key=lambda service: service.after))


def as_claimed(service: ServiceWithoutHeader, last_unlinked: int) -> ServiceWithoutHeader:
    """The service; uncertain, and a claim of the headers, if the hop that it follows is unlinked, as all up to it.

    A service before the first hop is shown by that hop.
    """
    if max(service.after, 1) > last_unlinked:
        return service
    return replace(service, certain=False, evidence=f"as the headers claim, {service.evidence}")


def client_front_end(index: IndexedRoute) -> Iterator[ServiceWithoutHeader]:
    """Front End Transport adds no Received field for an authenticated client; X-ClientProxiedBy names it."""
    for proxy in index.client_proxies:
        hop = next((hop for hop in index.route.hops if hop.server == proxy.transport.lower()), None)
        if hop is not None and proxy.front_end.lower() not in index.front_ends:
            evidence = "accepted the session of an authenticated client and added no Received field (X-ClientProxiedBy)"
            yield _front_end(hop.number - 1, proxy.front_end, evidence)


def measured_front_end(index: IndexedRoute) -> Iterator[ServiceWithoutHeader]:
    """Front End Transport recorded how long it held the message, but added no Received field."""
    for service in index.measured:
        front_ends = index.front_ends | {proxy.front_end.lower() for proxy in index.client_proxies}
        if service.front_end and service.server.lower() not in front_ends:
            evidence = (
                "recorded how long it held the message (TOTAL-FE in a latency header) and added no Received field"
            )
            yield _front_end(_before(index, service.server), service.server, evidence)


def outbound_proxy(index: IndexedRoute) -> Iterator[ServiceWithoutHeader]:
    """Front End Transport adds no Received field as an outbound proxy; the next system names it as its peer.

    This is certain if the message shows Front End Transport on this server. If the peer is another server of the same
    domain, it is likely: every other relay would have added a Received field. A name such as ``mail.contoso.example``
    is not evidence, because Send connectors use such names. What returns to the same server was sent to a filter.
    """
    for hop, next_hop in pairwise(index.route.hops):
        if not _sent_outside(hop, next_hop) or next_hop.from_previous or servers.is_loopback(next_hop):
            continue
        peer = next_hop.peer
        if not _known_front_ends(index).isdisjoint(_peer(next_hop)):
            origin = f"hop {next_hop.number} came from there"
            evidence = f"sent the message as an outbound proxy, which adds no Received field: {origin}"
            yield _front_end(hop.number, next_hop.written_peer or peer, evidence)
        elif _is_sibling(peer, hop.server) and not servers.same(hop.server, next_hop.server):
            evidence = (
                "probably sent the message as an outbound proxy, which adds no Received field: "
                f"hop {next_hop.number} came from there, unless that is another name of {hop.written_server}"
            )
            yield _front_end(hop.number, next_hop.written_peer or peer, evidence, certain=False)


def outbound_pool(index: IndexedRoute) -> Iterator[ServiceWithoutHeader]:
    """The outbound servers of Exchange Online never add a Received field; the next system names them as its peer."""
    for hop, next_hop in pairwise(index.route.hops):
        for pool, host in pool_hosts(hop, next_hop):
            evidence = f"the {pool} of {hop.label.product} sent the message and adds no Received field"
            evidence = f"{evidence}: hop {next_hop.number} came from {host}"
            yield ServiceWithoutHeader(after=hop.number, name=pool, server=host, evidence=evidence)


class PoolHost(NamedTuple):
    """A host that sent a message and added no Received field."""

    pool: str
    """What it belongs to."""
    host: str
    """In lower case."""


def pool_hosts(hop: Hop, next_hop: Hop) -> Iterator[PoolHost]:
    """The hosts of pools that sent a message after a hop, as the next hop names its peer."""
    of_product = _pools().get(hop.label.product or "", ())
    names = tuple(servers.names_of_peer(next_hop)) if of_product else ()
    for domain, pool in of_product:
        host = next((name for name in names if name.endswith(domain)), None)
        if host:
            yield PoolHost(pool, host)


@cache
def _pools() -> dict[str, list[tuple[str, str]]]:
    """The hosts that send and add no Received field, by product: the suffix of their names, and what they are."""
    pools: dict[str, list[tuple[str, str]]] = {}
    for row in table("hosts_without_header"):
        pools.setdefault(row["product"], []).append((f".{row['domain']}", row["name"]))
    return pools


def hub_of_store_driver(index: IndexedRoute) -> Iterator[ServiceWithoutHeader]:
    """On one server the store driver submits to Hub Transport without SMTP, so only the mapi hop is recorded."""
    for hop, next_hop in zip(index.route.hops, [*index.route.hops[1:], None], strict=False):
        if hop.label.service is not Service.MAPI_SUBMISSION:
            continue
        reason = _no_header_of_hub(hop.label.generation)
        if reason and not _is_hub(next_hop):
            server = hop.written_server
            yield ServiceWithoutHeader(
                after=hop.number,
                name=str(Service.HUB_TRANSPORT),
                service=Service.HUB_TRANSPORT,
                server=server,
                evidence=f"{_on(Service.HUB_TRANSPORT, server)} added no Received field: {reason}",
            )


def store_driver(index: IndexedRoute) -> Iterator[ServiceWithoutHeader]:
    """Exchange 2007 and 2010 deliver by RPC and add no Received field.

    An undelivered message, as a non-delivery report returns it, has the same hops; only the report or fields of the
    delivery show the difference.
    """
    last = index.route.hops[-1] if index.route.hops else None
    if last is None or last.label.service not in _BEFORE_STORE_DRIVER or index.route.is_undelivered:
        return
    delivered = not _OF_DELIVERY.isdisjoint(index.route.names)
    nodes = pipeline.services(last.label.generation)
    for node in (node for node in nodes if node.stage is Stage.DELIVERY and node.service is None):
        condition = "" if delivered else "if the message was delivered here, "
        yield ServiceWithoutHeader(
            after=last.number,
            name=node.name,
            server=last.written_server,
            certain=delivered,
            evidence=f"{node.no_header_reason}; {condition}the delivery time is unknown",
        )


_OF_DELIVERY = frozenset({"return-path", "x-ms-exchange-transport-endtoendlatency"})
"""Return-Path is added at delivery (RFC 5321 section 4.4), EndToEndLatency by the store driver."""
_BEFORE_STORE_DRIVER = frozenset({Service.HUB_TRANSPORT, Service.MAPI_SUBMISSION})


def primary_copy(index: IndexedRoute) -> Iterator[ServiceWithoutHeader]:
    """A server took over its shadow copy, so the server with the primary copy is not recorded."""
    for hop, next_hop in pairwise(index.route.hops):
        if next_hop.stamp.with_ != _SHADOW or not next_hop.from_previous:
            continue
        primary, server = hop.written_peer, hop.written_server
        if primary and not servers.same(primary, server):
            service = next_hop.label.service
            evidence = (
                f"{_on(service, primary)} held the message and gave {server} a shadow copy, which took over "
                f"(`with ShadowRedundancy` in hop {next_hop.number})"
            )
            yield ServiceWithoutHeader(
                after=hop.number - 1, name=str(service), service=service, server=primary, evidence=evidence
            )


_SHADOW = str(ExchangeToken.SHADOW)


def reporting_server(index: IndexedRoute) -> Iterator[ServiceWithoutHeader]:
    """The server that generated a non-delivery report was the last to hold the message, and may have added no field."""
    last = index.route.hops[-1] if index.route.hops else None
    names = (status.reporting_mta for status in index.route.delivery_status if status.is_undelivered)
    name = next(filter(None, names), None)
    if last is None or name is None or servers.same(name, last.server):
        return
    certain = not servers.share_domain(name, last.server)
    doubt = "" if certain else f", unless that is another name of {last.written_server}"
    evidence = f"{name} generated the report, so it was the last server to hold the message{doubt}"
    yield ServiceWithoutHeader(
        after=last.number, name="reporting server", server=name, certain=certain, evidence=evidence
    )


RULES: tuple[Callable[[IndexedRoute], Iterator[ServiceWithoutHeader]], ...] = (
    client_front_end,
    measured_front_end,
    hub_of_store_driver,
    primary_copy,
    outbound_proxy,
    outbound_pool,
    store_driver,
    reporting_server,
)


def _front_end(number: int, server: str, evidence: str, *, certain: bool = True) -> ServiceWithoutHeader:
    return ServiceWithoutHeader(
        after=number,
        name=str(Service.FRONT_END),
        service=Service.FRONT_END,
        server=server,
        certain=certain,
        evidence=f"{_on(Service.FRONT_END, server)} {evidence}",
    )


def _on(service: Service, server: str | None) -> str:
    return f"{service} on {server}" if server else str(service)


def _known_front_ends(index: IndexedRoute) -> frozenset[str]:
    """The servers on which the message shows Front End Transport: names from other fields, addresses from Received."""
    proxies = {proxy.front_end.lower() for proxy in index.client_proxies}
    measured = {service.server.lower() for service in index.measured if service.front_end}
    domains = (hop.stamp.by_domain for hop in index.route.hops if hop.label.service is Service.FRONT_END)
    addresses = {domain.tcp_info.address for domain in domains if domain and domain.tcp_info.address}
    return frozenset(proxies | measured | addresses)


def _peer(hop: Hop) -> set[str]:
    """Name and address of the system that sent to a hop."""
    address = hop.stamp.from_domain.tcp_info.address if hop.stamp.from_domain else None
    return {name for name in (hop.peer, address) if name}


def _is_sibling(host: str, sibling: str) -> bool:
    """Whether two names belong to different servers of one domain."""
    name, _, domain = host.partition(".")
    return "." in domain and domain == sibling.partition(".")[2] and not servers.is_service_name(name)


def _before(index: IndexedRoute, server: str) -> int:
    """Number of the hop before the one that received the message from a server."""
    exchange_hops = [hop for hop in index.route.hops if hop.label.product]
    taker = next(
        (hop for hop in exchange_hops if servers.same(hop.peer, server)), exchange_hops[0] if exchange_hops else None
    )
    return taker.number - 1 if taker else 0


def _sent_outside(hop: Hop, next_hop: Hop) -> bool:
    """Whether Transport of a server of 2013 or later sent the message to another organisation or system."""
    sends = hop.label.service is Service.TRANSPORT and next_hop.label.service in _OUTSIDE
    return sends and _has_outbound_proxy(hop.label.product or "")


_OUTSIDE = frozenset({Service.OTHER_MTA, Service.FRONT_END})


@cache
def _has_outbound_proxy(product: str) -> bool:
    """Whether Transport of the product can send through Front End Transport without a Received field."""
    edges = pipeline.edges(builds.generation(product) or "")
    to_front_end = (edge for edge in edges if (edge.sender, edge.receiver) == (Service.TRANSPORT, Service.FRONT_END))
    return any(edge.adds_received_field is False for edge in to_front_end)


@cache
def _no_header_of_hub(generation: str) -> str | None:
    """Why Hub Transport adds no Received field to mail from the store driver; ``None`` if it does."""
    to_hub = (edge for edge in pipeline.edges(generation) if edge.receiver == Service.HUB_TRANSPORT)
    return next((edge.no_header_reason for edge in to_hub if edge.sender == Service.MAPI_SUBMISSION), None)


def _is_hub(hop: Hop | None) -> bool:
    return hop is not None and hop.label.service is Service.HUB_TRANSPORT
