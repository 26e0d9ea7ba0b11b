"""The topology in the language of Graphviz."""

from hopscope.analysis.topology import Topology
from hopscope.renderers.dot import diagram
from hopscope.renderers.graph import drawn

__all__ = ["render"]


def render(topology: Topology) -> str:
    """The graph, drawn from left to right."""
    return diagram(drawn.diagram(topology))
