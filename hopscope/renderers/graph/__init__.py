"""The topology of a dump, in one of several formats: one per file, each with the function ``render(topology)``."""

from importlib import import_module

from hopscope.statistics.topology import Topology

__all__ = ["FORMATS", "render"]

FORMATS = ("table", "plain", "dot", "mermaid", "graphml", "json", "svg")
"""The formats; ``table`` is ``plain`` fitted to the terminal."""


def render(format_: str, topology: Topology, *, width: int | None = None) -> str:
    """The graph and the observations on it.

    Args:
        format_: One of FORMATS.
        topology: The graph.
        width: Columns of the terminal, for ``table``.
    """
    if format_ in {"table", "plain"}:
        from hopscope.renderers.graph import plain

        return plain.render(topology, width=width if format_ == "table" else None)
    text: str = import_module(f"{__name__}.{format_}").render(topology)
    return text
