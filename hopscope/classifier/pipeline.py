"""The transport services of each generation of Exchange, and the connections between them.

Names and edges are those of Microsoft's "Mail flow and the transport pipeline" (2013 and later) and "Understanding
Transport Pipeline" (2010). The facts are in ``data/pipeline_*.tsv``, each with its source. The module is over 300 lines
because its records document every column of these tables.
"""

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from hopscope.data import table
from hopscope.errors import OptionError
from hopscope.model import Service, Stage

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "Edge",
    "Node",
    "Port",
    "Step",
    "absence_reason",
    "adds_received_field",
    "crossings",
    "edges",
    "edges_between",
    "generations",
    "graph",
    "model_path",
    "node_of",
    "queues",
    "services",
    "services_with_header",
    "stage",
]

_SERVICES = frozenset(map(str, Service))


class Port(msgspec.Struct, frozen=True):
    """A TCP port and its use."""

    number: int
    note: str | None
    """For a service, the name of its default Receive connector; for a connection, when this port is used."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A service of one generation, or an end point of the path: ``mailbox``, ``client`` or ``internet``."""

    name: str
    service: Service | None
    """``None`` for nodes that never add a Received field: the end points and the ``store driver`` of 2007 and 2010."""
    stage: Stage | None
    """``None`` for an end point."""
    role: str | None
    """The server role that runs it."""
    windows_service: str | None
    """Its Windows service, with the process if its name differs."""
    queues: bool | None
    """Whether messages wait there; ``None`` if unknown."""
    ports: tuple[Port, ...]
    """Of its default Receive connectors."""
    received_field: str | None
    """The form of its Received field; ``None`` if it adds none."""
    no_header_reason: str | None
    """Why it adds no Received field."""
    note: str | None
    """Anything else worth knowing."""
    source: str


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A connection from one service to another."""

    sender: str
    receiver: str
    protocol: str | None
    ports: tuple[Port, ...]
    """Of the receiver."""
    condition: str | None
    """When messages take this edge; ``None`` for the default."""
    other_server: str | None
    """Why the receiver may be on another server than the sender; ``None`` where not published."""
    first_year: int | None
    """When messages began to take this edge; ``None`` if unknown, or with the first release."""
    last_year: int | None
    """When they ceased to take it; ``None`` if unknown, or if they still do."""
    adds_received_field: bool | None
    """Whether the receiver adds its Received field on this edge; ``None``: sometimes."""
    no_header_reason: str | None
    """Why it does not, or not always."""
    source: str
    sender_generations: tuple[str, ...] = ()
    """Of an edge across generations: those of the sender."""
    receiver_generations: tuple[str, ...] = ()
    """Of an edge across generations: those of the receiver."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A service that a message passes on a model path."""

    service: Service | None
    """``None`` for nodes that never add a Received field."""
    name: str
    stage: Stage
    adds_received_field: bool
    """Whether a Received field is expected."""
    reason: str | None
    """Why there is none; if one is expected, why it may be absent."""


@cache
def generations() -> tuple[str, ...]:
    """``2007`` ... ``2019``, ``SE`` and ``Online``, in the order of the table."""
    return tuple(
        dict.fromkeys(generation for row in table("pipeline_services") for generation in row["generation"].split())
    )


@cache
def services(generation: str) -> tuple[Node, ...]:
    """The services and end points of a generation; none for an unknown one."""
    return tuple(_node(row) for row in table("pipeline_services") if generation in row["generation"].split())


@cache
def edges(generation: str) -> tuple[Edge, ...]:
    """The connections within a generation; none for an unknown one."""
    return tuple(_edge(row) for row in table("pipeline_edges") if generation in row["generation"].split())


@cache
def crossings(generation: str) -> tuple[Edge, ...]:
    """The connections to other generations in one organisation, then those from them.

    Each edge lists the generations at its other end, limited to those that can coexist with this one. Each of these
    edges has a condition.
    """
    coexisting = _coexisting(generation)
    rows = [(row, row["from_generation"].split(), row["to_generation"].split()) for row in table("pipeline_crossings")]
    outgoing = [(row, (generation,), _in_common(to, coexisting)) for row, from_, to in rows if generation in from_]
    incoming = [(row, _in_common(from_, coexisting), (generation,)) for row, from_, to in rows if generation in to]
    return tuple(
        msgspec.structs.replace(_edge(row), sender_generations=senders, receiver_generations=receivers)
        for row, senders, receivers in (*outgoing, *incoming)
        if senders and receivers
    )


@cache
def edges_between(
    sender_generation: str, sender: Service, receiver_generation: str, receiver: Service
) -> tuple[Edge, ...]:
    """The connections between two services, of one generation or of two in one organisation.

    An unknown generation is that of the other service. mapi submission of 2007 and 2010 is a part of Hub Transport,
    which then sends the message.
    """
    generations = sender_generation or receiver_generation, receiver_generation or sender_generation
    stored = sender is Service.MAPI_SUBMISSION and queues(generations[0], Service.HUB_TRANSPORT)
    ends = {(sender, receiver), (Service.HUB_TRANSPORT, receiver)} if stored else {(sender, receiver)}
    if generations[0] == generations[1]:
        candidates = edges(generations[0])
    else:
        candidates = tuple(edge for edge in crossings(generations[0]) if generations[1] in edge.receiver_generations)
    return tuple(edge for edge in candidates if (edge.sender, edge.receiver) in ends)


@cache
def services_with_header(generation: str) -> tuple[Service, ...]:
    """The services of a generation that add a Received field."""
    return tuple(node.service for node in services(generation) if node.service and node.received_field)


@cache
def stage(service: Service) -> Stage:
    """The part of the path that a service belongs to; systems that are not Exchange are outside."""
    return _stages().get(service, Stage.OUTSIDE)


@cache
def queues(generation: str, service: Service) -> bool | None:
    """Whether messages wait at this service; ``None`` if the generation lacks it, or if unknown."""
    return next((node.queues for node in services(generation) if node.service is service), None)


@cache
def absence_reason(generation: str, stage: Stage) -> str | None:
    """Why no Received field of this stage is expected; ``None`` if one is, or the generation is unknown."""
    rows = (row for row in table("pipeline_absences") if generation in row["generation"].split())
    return next((row["reason"] for row in rows if row["stage"] == stage), None)


def adds_received_field(edge: Edge, generation: str) -> tuple[bool | None, str | None]:
    """Whether the receiver of an edge adds a Received field (``None``: sometimes), and why not, or not always.

    Args:
        edge: The edge.
        generation: Its generation, if both ends are of the same one.
    """
    node = node_of(edge.receiver, (edge.receiver_generations or (generation,))[0])
    if node.received_field is None:
        return False, node.no_header_reason
    return edge.adds_received_field, edge.no_header_reason


def node_of(name: str, generation: str) -> Node:
    """The service or end point with this name, of a generation that has it."""
    return next(node for node in services(generation) if node.name == name)


@cache
def graph(generation: str) -> "nx.DiGraph[str]":
    """The pipeline of a generation, frozen. Unknown facts are absent from the attributes.

    Raises:
        OptionError: The generation is unknown.
    """
    import networkx as nx

    _check(generation)
    result: nx.DiGraph[str] = nx.DiGraph(generation=generation)
    for node in services(generation):
        result.add_node(node.name, **_attributes(node, "name"))
    for edge in edges(generation):
        result.add_edge(edge.sender, edge.receiver, **_attributes(edge, "sender", "receiver"))
    nx.freeze(result)
    return result


@cache
def model_path(generation: str, *, entry: str, exit: str) -> tuple[Step, ...]:  # noqa: A002 - the pair of entry
    """The services on the default path of a message: the shortest path over the edges without a condition.

    Args:
        generation: One of ``generations()``.
        entry: Origin of the message: ``mailbox``, ``client`` or ``internet``.
        exit: Destination: ``mailbox`` or ``internet``.

    Raises:
        OptionError: An argument has an unknown value.
    """
    import networkx as nx

    _check(generation, entry, exit)
    ends = {node.name for node in services(generation) if node.stage is None}
    default_edges: nx.DiGraph[str] = nx.DiGraph()
    for edge in edges(generation):
        if edge.condition is None:  # end points are split in two, so that a message may return to its origin
            sender = f"from {edge.sender}" if edge.sender in ends else edge.sender
            receiver = f"to {edge.receiver}" if edge.receiver in ends else edge.receiver
            default_edges.add_edge(sender, receiver, edge=edge)
    try:
        path = nx.shortest_path(default_edges, f"from {entry}", f"to {exit}")
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return ()
    legs = [default_edges.edges[pair]["edge"] for pair in nx.utils.pairwise(path)]
    return tuple(_step(generation, leg) for leg in legs[:-1])


def _coexisting(generation: str) -> frozenset[str]:
    pairs = [(row["generation"], row["other"]) for row in table("pipeline_coexistence")]
    return frozenset(b if a == generation else a for a, b in pairs if generation in {a, b})


def _in_common(generations: list[str], coexisting: frozenset[str]) -> tuple[str, ...]:
    return tuple(generation for generation in generations if generation in coexisting)


def _check(generation: str, *end_points: str) -> None:
    if generation not in generations():
        raise OptionError(f"unknown Exchange generation {generation!r}; valid: {', '.join(generations())}")
    end_point_names = [node.name for node in services(generation) if node.stage is None]
    for name in end_points:
        if name not in end_point_names:
            raise OptionError(f"unknown end point {name!r}; valid: {', '.join(end_point_names)}")


def _step(generation: str, leg: Edge) -> Step:
    """The step that ``leg`` leads to."""
    node = node_of(leg.receiver, generation)
    return Step(
        service=node.service,
        name=node.name,
        stage=node.stage or Stage.OUTSIDE,
        adds_received_field=node.received_field is not None and leg.adds_received_field is not False,
        reason=node.no_header_reason or leg.no_header_reason,
    )


def _node(row: dict[str, str]) -> Node:
    name = row["service"]
    return Node(
        name=name,
        service=Service(name) if name in _SERVICES else None,
        stage=Stage(row["stage"]) if row["stage"] else None,
        role=row["role"] or None,
        windows_service=row["windows_service"] or None,
        queues={"yes": True, "no": False}.get(row["queues"]),
        ports=_ports(row["ports"]),
        received_field=row["received_field"] or None,
        no_header_reason=row["no_header_reason"] or None,
        note=row["note"] or None,
        source=row["source"],
    )


def _edge(row: dict[str, str]) -> Edge:
    return Edge(
        sender=row["from"],
        receiver=row["to"],
        protocol=row["protocol"] or None,
        ports=_ports(row["port"]),
        condition=row["condition"] or None,
        other_server=row["other_server"] or None,
        first_year=int(row["first_year"]) if row["first_year"] else None,
        last_year=int(row["last_year"]) if row["last_year"] else None,
        adds_received_field={"": True, "no": False}.get(row["adds_received_field"]),
        no_header_reason=row["no_header_reason"] or None,
        source=row["source"],
    )


def _ports(text: str) -> tuple[Port, ...]:
    items = (item.partition(" ") for item in text.split("; ") if item)
    return tuple(Port(int(number), note or None) for number, _, note in items)


def _attributes(record: Node | Edge, *without: str) -> dict[str, str | bool]:
    """The known fields of a record, in types that every graph format supports."""
    values = {name: getattr(record, name) for name in record.__struct_fields__ if name not in without}
    values["ports"] = " ".join(str(port.number) for port in values["ports"])
    return {
        name: value if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value not in {None, "", ()}
    }


@cache
def _stages() -> dict[Service, Stage]:
    rows = (_node(row) for row in table("pipeline_services"))
    return {node.service: node.stage for node in rows if node.service and node.stage}
