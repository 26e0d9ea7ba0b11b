"""The topology as node-link JSON, for ``networkx.node_link_graph(data, edges="edges")``."""

from hopscope.renderers.schema.graph import graph_document
from hopscope.renderers.text.json_values import indented
from hopscope.statistics.topology import Topology

__all__ = ["render"]


def render(topology: Topology) -> str:
    """Nodes, edges and observations."""
    return indented(graph_document(topology))
