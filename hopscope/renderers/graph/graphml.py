"""The topology as GraphML, for Gephi, yEd, Cytoscape and others."""

import io

import msgspec

from hopscope.renderers.schema.graph import graph_document
from hopscope.renderers.text.escape import visible
from hopscope.statistics.topology import Topology

__all__ = ["render"]


def render(topology: Topology) -> str:
    """Nodes and edges with all known attributes; characters that XML forbids are escaped."""
    import networkx as nx

    document = graph_document(topology)
    ids = {node.id: f"n{number}" for number, node in enumerate(document.nodes, 1)}  # escaped names may be equal
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(messages=topology.messages)
    for node in document.nodes:
        graph.add_node(ids[node.id], name=visible(node.id), **_attributes(node, but={"id"}))
    for edge in document.edges:
        graph.add_edge(ids[edge.source], ids[edge.target], **_attributes(edge, but={"source", "target", "key"}))
    text = io.BytesIO()
    nx.write_graphml_xml(graph, text)
    return text.getvalue().decode()


def _attributes(record: msgspec.Struct, but: set[str]) -> dict[str, str | int | float]:
    """The known attributes of a node or an edge, by the keys of the JSON output."""
    values = msgspec.to_builtins(record)
    return {key: visible(value) if isinstance(value, str) else value for key, value in values.items() if key not in but}
