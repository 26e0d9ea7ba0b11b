"""The topology as node-link JSON, as ``networkx.node_link_graph(data, edges="edges")`` reads it."""

import msgspec

from hopscope.renderers.text.escape import json as text
from hopscope.renderers.text.escape import json_document
from hopscope.statistics.topology import Topology

__all__ = ["SCHEMA", "render"]

SCHEMA = "hopscope-graph/1"
"""Version of the object: raised when a key changes its meaning or goes away, not when one is added."""


def render(topology: Topology) -> str:
    """Nodes, edges and observations."""
    from networkx.readwrite import json_graph

    data = json_graph.node_link_data(topology.graph(), edges="edges")
    observations = [msgspec.to_builtins(observation) for observation in topology.observations]
    document = _readable({"schema": SCHEMA, **data, "observations": observations})
    return f"{json_document(msgspec.json.format(msgspec.json.encode(document), indent=2))}\n"


def _readable(value: object) -> object:
    """The same without bytes that are no UTF-8."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {key: _readable(item) for key, item in value.items()}
    return [_readable(item) for item in value] if isinstance(value, list | tuple) else value
