"""The topology as GraphML, for Gephi, yEd, Cytoscape and others."""

import io

from hopscope.analysis.topology import Topology
from hopscope.renderers.printable import visible

__all__ = ["render"]


def render(topology: Topology) -> str:
    """Nodes and edges with all that is known of them; names without the characters that XML forbids."""
    import networkx as nx

    graph = topology.graph()
    names = {key: f"n{number}" for number, key in enumerate(graph, 1)}  # names that show alike stay apart
    named = nx.relabel_nodes(graph, names)
    for key, name in names.items():
        named.nodes[name]["name"] = key
    for attributes in (*(each for _, each in named.nodes(data=True)), *(each for _, _, each in named.edges(data=True))):
        attributes.update({key: visible(value) for key, value in attributes.items() if isinstance(value, str)})
    text = io.BytesIO()
    nx.write_graphml_xml(named, text)
    return f"{text.getvalue().decode()}\n"
