"""The records that the JSON output of a comparison is made of."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hopscope.comparison import Comparison, Side, Step
from hopscope.renderers.schema.message import SCHEMA, Delay, MessageId, TotalDelay, Version
from hopscope.renderers.text.json_values import seconds

__all__ = ["ComparisonDocument", "comparison_document"]


class StepDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service that handled the message on one side of a comparison."""

    service: str
    hop: Annotated[int | None, Meta(description="Number of the hop; null on the side of a model, which is no message.")]
    delay_seconds: Delay
    product: str | None
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
    total_delay_seconds: TotalDelay
    messages: Annotated[
        int, Meta(ge=1, description="Messages it was taken from; if more than one, delays are medians.")
    ]
    alike: Annotated[int, Meta(ge=1, description="How many of them took this way.")]


class ComparisonDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Two paths side by side."""

    schema: Version
    same: Annotated[
        bool,
        Meta(
            description="Both pass the same services in the same order; beside a model, Edge Transport may be there, "
            "and what does not always leave a stamp may be missing."
        ),
    ]
    left: SideDocument
    right: SideDocument
    rows: tuple[RowDocument, ...]
    changes: Annotated[
        tuple[str, ...],
        Meta(description="What the generation of the right side adds to this way, and what it removes."),
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
        total_delay_seconds=seconds(side.total_delay),
        messages=side.messages,
        alike=side.alike,
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
        build=hop.label.build if hop else None,
    )
