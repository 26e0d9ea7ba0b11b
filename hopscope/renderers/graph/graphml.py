"""The topology as GraphML, for Gephi, yEd, Cytoscape and others."""

import io
from typing import Any

from hopscope.renderers.text.escape import visible
from hopscope.statistics.topology import Topology

__all__ = ["render"]


def render(topology: Topology) -> str:
    """Nodes and edges with all that is known of them; names without the characters that XML forbids."""
    import networkx as nx

    graph = topology.graph()
    names = {key: f"n{number}" for number, key in enumerate(graph, 1)}  # names that show alike stay apart
    safe: nx.MultiDiGraph[str] = nx.MultiDiGraph(messages=topology.messages)
    for key, attributes in graph.nodes(data=True):
        safe.add_node(names[key], name=visible(key), **_safe(attributes))
    for tail, head, attributes in graph.edges(data=True):
        safe.add_edge(names[tail], names[head], **_safe(attributes))
    text = io.BytesIO()
    nx.write_graphml_xml(safe, text)
    return text.getvalue().decode()


def _safe(attributes: dict[str, Any]) -> dict[str, Any]:
    return {key: visible(value) if isinstance(value, str) else value for key, value in attributes.items()}
