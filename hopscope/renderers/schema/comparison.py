"""The JSON records of a comparison."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hopscope.analysis.delays import spent
from hopscope.comparison import Comparison, Side, Step
from hopscope.renderers.schema.message import (
    SCHEMA,
    Delay,
    MessageId,
    SpentDocument,
    TotalDelay,
    Version,
    spent_document,
)
from hopscope.renderers.text.json_values import seconds

__all__ = ["ComparisonDocument", "comparison_document"]


class StepDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service that handled the message on one side of a comparison."""

    service: str
    hop: Annotated[int | None, Meta(description="Number of the hop; null on the side of a documented mail flow.")]
    delay_seconds: Delay
    product: str | None
    release: str | None
    build: str | None


class RowDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Steps of the same stage; a side that is null has a reason."""

    stage: str
    left: StepDocument | None
    right: StepDocument | None
    left_reason: Annotated[str | None, Meta(description="Why left is null.")]
    right_reason: Annotated[str | None, Meta(description="Why right is null.")]


class SideDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One of the two paths."""

    title: str
    message_id: MessageId
    products: tuple[str, ...]
    releases: Annotated[tuple[str, ...], Meta(description="Generations and releases, such as Exchange 2010 SP2 RU3.")]
    total_delay_seconds: TotalDelay
    time_spent: Annotated[
        tuple[SpentDocument, ...],
        Meta(description="Of one message: by service and server, the longest first."),
    ]
    messages: Annotated[
        int,
        Meta(ge=1, description="Messages of the dump; if more than one, delays are medians."),
    ]
    matching_messages: Annotated[int, Meta(ge=1, description="How many of them took this path.")]


class ComparisonDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Two paths side by side."""

    schema: Version
    same: Annotated[
        bool,
        Meta(
            description="The same services in the same order. Against a documented mail flow, Edge Transport is "
            "optional, and so is a service that does not always add a Received field."
        ),
    ]
    left: SideDocument
    right: SideDocument
    rows: tuple[RowDocument, ...]
    changes: Annotated[
        tuple[str, ...],
        Meta(description="What the generation on the right adds to this path, and what it removes."),
    ]


def comparison_document(comparison: Comparison) -> ComparisonDocument:
    """The record of a comparison."""
    return ComparisonDocument(
        schema=SCHEMA,
        same=comparison.same,
        left=_side(comparison.left),
        right=_side(comparison.right),
        rows=tuple(
            RowDocument(
                stage=str(row.stage),
                left=_step(row.left),
                right=_step(row.right),
                left_reason=row.left_reason,
                right_reason=row.right_reason,
            )
            for row in comparison.rows
        ),
        changes=comparison.changes,
    )


def _side(side: Side) -> SideDocument:
    return SideDocument(
        title=side.title,
        message_id=side.message_id,
        products=side.products,
        releases=side.releases,
        total_delay_seconds=seconds(side.total_delay),
        time_spent=tuple(map(spent_document, spent(side.analysis.attributed_delays))) if side.analysis else (),
        messages=side.messages,
        matching_messages=side.matching_messages,
    )


def _step(step: Step | None) -> StepDocument | None:
    if step is None:
        return None
    hop = step.hop
    return StepDocument(
        service=step.service,
        hop=hop.number if hop else None,
        delay_seconds=seconds(hop.delay) if hop else None,
        product=hop.label.product if hop else None,
        release=hop.label.release if hop else None,
        build=hop.label.build if hop else None,
    )
