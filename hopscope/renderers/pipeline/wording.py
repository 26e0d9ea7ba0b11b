"""Text on the transport pipeline of a generation, shared by text formats and diagrams."""

from collections.abc import Iterable

import msgspec

from hopscope.classifier import pipeline
from hopscope.classifier.pipeline import Edge, Node, Port

__all__ = [
    "Page",
    "adds_received_field",
    "condition",
    "listens",
    "over",
    "page",
    "queues",
    "received_field",
    "receiver",
    "sender",
]

_UNKNOWN = "–"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The pipeline of a generation, as it is shown."""

    generation: str
    title: str
    services: tuple[Node, ...]
    ends: tuple[Node, ...]
    """The end points of the path."""
    edges: tuple[Edge, ...]
    crossings: tuple[Edge, ...]
    """Connections to and from other generations; empty if they are not shown."""
    sources: tuple[str, ...]
    """Sources of the facts, in order of first use."""

    def references(self, record: Node | Edge) -> str:
        """The numbers of a record's sources: ``[1,4]``."""
        return f"[{','.join(str(self.sources.index(source) + 1) for source in record.source.split('; '))}]"


def page(generation: str, *, coexistence: bool) -> Page:
    """The pipeline of a generation, with or without connections to and from other generations."""
    nodes = pipeline.services(generation)
    edges = pipeline.edges(generation)
    crossings = pipeline.crossings(generation) if coexistence else ()
    return Page(
        generation=generation,
        title=f"Exchange {generation}: the transport pipeline",
        services=tuple(node for node in nodes if node.stage),
        ends=tuple(node for node in nodes if not node.stage),
        edges=edges,
        crossings=crossings,
        sources=_sources((*nodes, *edges, *crossings)),
    )


def _sources(records: Iterable[Node | Edge]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for record in records for source in record.source.split("; ")))


def queues(node: Node) -> str:
    """``yes``, ``no``, or a dash if not published."""
    return _UNKNOWN if node.queues is None else "yes" if node.queues else "no"


def listens(node: Node) -> tuple[str, ...]:
    """``25 Default Frontend`` ...: a line per Receive connector."""
    return tuple(f"{port.number} {port.note}" if port.note else str(port.number) for port in node.ports) or (_UNKNOWN,)


def received_field(node: Node) -> str:
    """The Received field of a service, or the reason why it adds none."""
    return node.received_field or f"none: {node.no_header_reason}"


def over(edge: Edge) -> str:
    """``SMTP 465, 2525``: protocol and ports; a dash if neither is published."""
    numbers = ", ".join(str(port.number) for port in edge.ports)
    return " ".join(part for part in (edge.protocol, numbers) if part) or _UNKNOWN


def condition(edge: Edge) -> str:
    """The condition of a connection, its time and its ports: ``by default; 465 for authenticated clients``."""
    years = {"from": edge.first_year, "until": edge.last_year}
    time = " ".join(f"{word} {year}" for word, year in years.items() if year)
    parts = (edge.condition or "by default", edge.other_server, time, *_port_notes(edge.ports))
    return "; ".join(filter(None, parts))


def _port_notes(ports: Iterable[Port]) -> list[str]:
    return [f"{port.number} {port.note}" for port in ports if port.note]


def adds_received_field(edge: Edge, generation: str) -> str:
    """Whether the receiver adds a Received field, and why not: ``no: the mailbox database adds no Received field``."""
    adds_field, reason = pipeline.adds_received_field(edge, generation)
    answer = "sometimes" if adds_field is None else "yes" if adds_field else "no"
    return f"{answer}: {reason}" if reason else answer


def sender(edge: Edge) -> str:
    """The sender, with its generations if they are given: ``Hub Transport (2007, 2010)``."""
    return _end(edge.sender, edge.sender_generations)


def receiver(edge: Edge) -> str:
    """The receiver, with its generations if they are given."""
    return _end(edge.receiver, edge.receiver_generations)


def _end(name: str, generations: tuple[str, ...]) -> str:
    return f"{name} ({', '.join(generations)})" if generations else name
