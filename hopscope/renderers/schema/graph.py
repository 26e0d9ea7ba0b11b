"""The JSON records of the topology: node-link data for ``networkx.node_link_graph(data, edges="edges")``.

Unknown attributes are left out, as networkx would take null for a value. GraphML has the same attributes.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hopscope.renderers.schema.stats import Count
from hopscope.statistics.topology import Edge, Node, Topology

__all__ = ["EdgeDocument", "GraphDocument", "NodeDocument", "graph_document"]

KnownSeconds = Annotated[float | UnsetType, Meta(description="Of the whole leg; absent if no delay is known.")]

CorrectedSeconds = Annotated[
    float | UnsetType, Meta(description="Corrected for clock skew; absent unless the two clocks certainly differ.")
]


class NodeDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a server."""

    service: str
    host: Annotated[
        str | UnsetType,
        Meta(description="Absent if no name is recorded, or for a group of systems."),
    ] = UNSET
    stage: str
    hops: Annotated[int, Meta(ge=0, description="Number of Received fields.")]
    messages_originated: Annotated[int, Meta(ge=0, description="Messages whose first Received field it added.")]
    members: Annotated[
        int,
        Meta(
            ge=1,
            description="Number of systems in the node; 1 for host `*`, which is all servers and systems that are not "
            "named because there are too many.",
        ),
    ]
    id: str


class EdgeDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of a leg with the same TLS version."""

    tls: Annotated[
        str,
        Meta(description="`TLS` if the version is not recorded; empty if no TLS is recorded; or `not SMTP`."),
    ]
    count: Count
    leg_count: Annotated[int, Meta(ge=0, description="All messages of the leg.")]
    p50_seconds: KnownSeconds = UNSET
    p90_seconds: KnownSeconds = UNSET
    max_seconds: KnownSeconds = UNSET
    corrected_p50_seconds: CorrectedSeconds = UNSET
    corrected_p90_seconds: CorrectedSeconds = UNSET
    corrected_max_seconds: CorrectedSeconds = UNSET
    negative_delays: Annotated[int, Meta(ge=0, description="Number of negative delays on the leg.")]
    source: Annotated[str, Meta(description="The id of a node.")]
    target: Annotated[str, Meta(description="The id of a node.")]
    key: Annotated[str, Meta(description="Distinguishes the edges of one leg; the value of tls.")]


class ObservationDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An observation on the graph."""

    kind: Literal["loop", "single point", "asymmetric route", "shares", "uneven shares"]
    nodes: Annotated[tuple[str, ...], Meta(description="The ids of the nodes concerned.")]
    text: str


class GraphAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes of the graph as a whole."""

    messages: Count


class GraphDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Servers and services as a graph of connections."""

    schema: Literal["hopscope-graph/2"]
    directed: bool
    multigraph: bool
    graph: GraphAttributes
    nodes: tuple[NodeDocument, ...]
    edges: Annotated[tuple[EdgeDocument, ...], Meta(description="In the order of the nodes that they start at.")]
    observations: tuple[ObservationDocument, ...]


def graph_document(topology: Topology) -> GraphDocument:
    """The record of a topology."""
    order = {node.key: number for number, node in enumerate(topology.nodes)}
    edges = sorted(topology.edges, key=lambda edge: order[edge.tail])
    return GraphDocument(
        schema="hopscope-graph/2",
        directed=True,
        multigraph=True,
        graph=GraphAttributes(messages=topology.messages),
        nodes=tuple(map(_node, topology.nodes)),
        edges=tuple(map(_edge, edges)),
        observations=tuple(
            ObservationDocument(kind=observation.kind.value, nodes=observation.nodes, text=observation.text)
            for observation in topology.observations
        ),
    )


def _node(node: Node) -> NodeDocument:
    return NodeDocument(
        service=str(node.service),
        host=UNSET if node.host is None else node.host,
        stage=str(node.stage),
        hops=node.hops,
        messages_originated=node.messages_originated,
        members=node.members,
        id=node.key,
    )


def _known(seconds: float | None) -> float | UnsetType:
    return UNSET if seconds is None else seconds


def _edge(edge: Edge) -> EdgeDocument:
    return EdgeDocument(
        tls=edge.tls,
        count=edge.count,
        leg_count=edge.leg_count,
        p50_seconds=_known(edge.p50),
        p90_seconds=_known(edge.p90),
        max_seconds=_known(edge.most),
        corrected_p50_seconds=_known(edge.corrected_p50),
        corrected_p90_seconds=_known(edge.corrected_p90),
        corrected_max_seconds=_known(edge.corrected_most),
        negative_delays=edge.negative,
        source=edge.tail,
        target=edge.head,
        key=edge.tls,
    )
