"""The topology in the language of Mermaid."""

from hopscope.analysis.topology import Topology
from hopscope.renderers.graph import drawn
from hopscope.renderers.mermaid import diagram

__all__ = ["render"]


def render(topology: Topology) -> str:
    """The graph, drawn from left to right."""
    return diagram(drawn.diagram(topology))
