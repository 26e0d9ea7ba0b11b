"""The topology as a Mermaid flowchart."""

from hopscope.renderers.diagram.mermaid import diagram
from hopscope.renderers.graph import drawn
from hopscope.statistics.topology import Topology

__all__ = ["render"]


def render(topology: Topology) -> str:
    """The graph, drawn from left to right."""
    return diagram(drawn.diagram(topology))
