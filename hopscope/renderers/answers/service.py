"""A service name -> what it is, and what it does in each Exchange generation."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from hopscope.classifier import pipeline, service_names
from hopscope.classifier.pipeline import Edge, Node
from hopscope.renderers.answers import Answer, Fact, Part, facts
from hopscope.renderers.answers.cited import cited
from hopscope.renderers.pipeline import wording

__all__ = ["answer", "names"]


def answer(what: str) -> Answer | None:
    """The description of a service; ``None`` if there is no service of that name."""
    row = service_names.row_of(what)
    if row is None:
        return None
    name = row["service"]
    first = Part(heading=name, facts=facts([("What it is", row["what"]), ("Source", cited(row["source"]))]))
    return Answer(kind="service", parts=(first, *_generations(name)))


def names() -> Iterable[str]:
    """The names of all services."""
    return service_names.names()


def _generations(name: str) -> Iterator[Part]:
    """A part for each group of consecutive generations with the same facts."""
    sources_text = [
        (generation, _facts(node, generation))
        for generation in pipeline.generations()
        for node in pipeline.services(generation)
        if node.name == name
    ]
    for listed, group in groupby(sources_text, key=lambda pair: pair[1]):
        yield Part(heading=f"Exchange {_listed([generation for generation, _ in group])}", facts=listed)


def _listed(items: list[str]) -> str:
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


def _facts(node: Node, generation: str) -> tuple[Fact, ...]:
    edges = pipeline.edges(generation)
    return facts(
        [
            ("Role", node.role),
            ("Windows", node.windows_service),
            ("Queues", wording.queues(node) if node.queues is not None else "not published"),
            ("Listens on", wording.listens(node) if node.ports else None),
            ("Received", wording.received_field(node)),
            ("Note", node.note),
            (
                "Receives from",
                [_connection(edge.sender, edge, generation) for edge in edges if edge.receiver == node.name],
            ),
            ("Sends to", [_connection(edge.receiver, edge, generation) for edge in edges if edge.sender == node.name]),
        ]
    )


def _connection(peer: str, edge: Edge, generation: str) -> str:
    adds_field, _ = pipeline.adds_received_field(edge, generation)
    field = "" if adds_field else "; Received field not always added" if adds_field is None else "; no Received field"
    connection = f"{peer}, {wording.over(edge)}" if edge.protocol else peer
    return f"{connection}: {wording.condition(edge)}{field}"
