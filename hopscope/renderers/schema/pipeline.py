"""The JSON records of ``hopscope pipeline``."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hopscope.classifier import pipeline
from hopscope.classifier.pipeline import Edge, Node, Port
from hopscope.renderers.schema.message import SCHEMA, Version

__all__ = ["NodeDocument", "PipelineDocument", "node_document", "pipeline_document"]

Sources = Annotated[tuple[str, ...], Meta(description="Where the facts were published.")]


class PortDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A TCP port."""

    number: int
    note: Annotated[
        str | None, Meta(description="Of a service: its Receive connector. Of a connection: when this port is used.")
    ]


class NodeDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A service of the pipeline, or an end point of the path, which has no stage."""

    name: str
    stage: str | None
    role: Annotated[str | None, Meta(description="The server role that runs it.")]
    windows_service: Annotated[str | None, Meta(description="Name of the Windows service.")]
    queues: Annotated[bool | None, Meta(description="Whether it has queues; null if not published.")]
    ports: tuple[PortDocument, ...]
    received_field: Annotated[str | None, Meta(description="Form of its Received field; null: it adds none.")]
    no_header_reason: Annotated[str | None, Meta(description="Why it adds no Received field.")]
    note: str | None
    sources: Sources


class ConnectionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A connection from one service to another."""

    from_: str = msgspec.field(name="from")
    from_generations: tuple[str, ...]
    to: str
    to_generations: tuple[str, ...]
    protocol: str | None
    ports: Annotated[tuple[PortDocument, ...], Meta(description="Of the receiver; empty if not published.")]
    condition: Annotated[str | None, Meta(description="When this connection is used; null for the default.")]
    other_server: Annotated[
        str | None, Meta(description="Why the receiver may be on another server; null where not published.")
    ]
    first_year: Annotated[int | None, Meta(description="When this connection began; null if not known to have begun.")]
    last_year: Annotated[int | None, Meta(description="When this connection ended; null if not known to have ended.")]
    adds_received_field: Annotated[
        Literal["yes", "no", "sometimes"], Meta(description="Whether the receiver adds a Received field.")
    ]
    no_header_reason: Annotated[str | None, Meta(description="Why it does not, or not always.")]
    sources: Sources


class PipelineDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The transport pipeline of a generation of Exchange."""

    schema: Version
    generation: str
    services: Annotated[tuple[NodeDocument, ...], Meta(description="Services and end points.")]
    connections: Annotated[tuple[ConnectionDocument, ...], Meta(description="Connections within the generation.")]
    coexistence: Annotated[tuple[ConnectionDocument, ...], Meta(description="To and from other generations.")]


def pipeline_document(generation: str) -> PipelineDocument:
    """The record of a generation."""
    return PipelineDocument(
        schema=SCHEMA,
        generation=generation,
        services=tuple(map(node_document, pipeline.services(generation))),
        connections=tuple(_connection(edge, generation) for edge in pipeline.edges(generation)),
        coexistence=tuple(_connection(edge, generation) for edge in pipeline.crossings(generation)),
    )


def node_document(node: Node) -> NodeDocument:
    """The record of a service or end point."""
    return NodeDocument(
        name=node.name,
        stage=node.stage,
        role=node.role,
        windows_service=node.windows_service,
        queues=node.queues,
        ports=_ports(node.ports),
        received_field=node.received_field,
        no_header_reason=node.no_header_reason,
        note=node.note,
        sources=tuple(node.source.split("; ")),
    )


def _connection(edge: Edge, generation: str) -> ConnectionDocument:
    adds_field, reason = pipeline.adds_received_field(edge, generation)
    return ConnectionDocument(
        from_=edge.sender,
        from_generations=edge.sender_generations or (generation,),
        to=edge.receiver,
        to_generations=edge.receiver_generations or (generation,),
        protocol=edge.protocol,
        ports=_ports(edge.ports),
        condition=edge.condition,
        other_server=edge.other_server,
        first_year=edge.first_year,
        last_year=edge.last_year,
        adds_received_field="sometimes" if adds_field is None else "yes" if adds_field else "no",
        no_header_reason=reason,
        sources=tuple(edge.source.split("; ")),
    )


def _ports(ports: tuple[Port, ...]) -> tuple[PortDocument, ...]:
    return tuple(PortDocument(number=port.number, note=port.note) for port in ports)
