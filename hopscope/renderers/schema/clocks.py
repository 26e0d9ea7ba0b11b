"""The records that the JSON output says of other clocks in a message."""

# The descriptions of the keys are for the JSON Schema: as text, they cost the output of one message nothing.
from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.model import ReferenceTime
from hopscope.renderers.text.json_values import iso, seconds

if TYPE_CHECKING:
    from hopscope.analysis.clocks import Clock
    from hopscope.analysis.latency import Account
    from hopscope.classifier.latency import Component, Latency

__all__ = [
    "AnchorDocument",
    "ClockDocument",
    "LatencyDocument",
    "anchor_document",
    "clock_document",
    "latency_documents",
]

Time = Annotated[
    str | None,
    Meta(description="With the offset, up to microseconds.", extra_json_schema={"format": "date-time"}),
]


class AnchorDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A time that another field than Received tells."""

    name: Annotated[str, Meta(description="Such as Network-Message-Id. More may be added.")]
    field: Annotated[str, Meta(description="Name of the field.")]
    line: Annotated[int, Meta(ge=1, description="Line of the field in the header block, from 1.")]
    time: Time
    duration_seconds: Annotated[float | None, Meta(description="Of a field that measures, to microseconds.")]
    marks: Annotated[str, Meta(description="What happened then.")]
    server: Annotated[str | None, Meta(description="Whose clock it is, or the domain that signed.")]


class ComponentDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that a server did with the message, by the name that Exchange prints."""

    name: str
    seconds: float
    meaning: Annotated[str | None, Meta(description="As observed: there is no published table of these names.")]
    components: tuple[ComponentDocument, ...]


class AccountDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The component that makes up most of a delay."""

    after_hop: Annotated[int, Meta(ge=1, description="Number of the hop that the server stamped.")]
    next_hop: Annotated[int | None, Meta(description="Number of the hop whose delay it is; null: still held.")]
    delay_seconds: float
    component: str
    seconds: float
    times: Annotated[int, Meta(ge=1, description="How often the component occurs, such as once per retry.")]


class LatencyDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How long one server held the message, as it measured itself."""

    server: str
    part: Annotated[str | None, Meta(description="FE: Front End Transport; HUB: Transport or Hub Transport.")]
    seconds: float
    in_progress: Annotated[bool, Meta(description="The server still held the message when the field was written.")]
    written: Time
    line: Annotated[int, Meta(ge=1, description="Line of the field in the header block, from 1.")]
    components: tuple[ComponentDocument, ...]
    accounts_for: AccountDocument | None


class CorrectedDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The time of a hop by a clock that is right."""

    hop: Annotated[int, Meta(ge=1)]
    raw: Time
    time: Time


class ClockDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A clock that is off, or two that differ where the message does not tell which is wrong."""

    server: Annotated[str | None, Meta(description="Null where the message does not tell whose clock is off.")]
    hops: Annotated[tuple[int, ...], Meta(description="Those it stamped, or both where it is not known whose it is.")]
    offset_seconds: Annotated[float | None, Meta(description="The estimate; positive: ahead, negative: behind.")]
    at_least_seconds: Annotated[float | None, Meta(description="The lowest offset possible.")]
    at_most_seconds: Annotated[float | None, Meta(description="The highest offset possible.")]
    wrong_zone: Annotated[bool, Meta(description="The offset is whole quarters of an hour.")]
    confidence: Annotated[str, Meta(description="In words.")]
    evidence: tuple[str, ...]
    corrected: Annotated[tuple[CorrectedDocument, ...], Meta(description="All other hops keep their times.")]


def anchor_document(anchor: ReferenceTime, tz: tzinfo | None) -> AnchorDocument:
    """The record of an anchor."""
    return AnchorDocument(
        name=anchor.name,
        field=anchor.field.name,
        line=anchor.field.line,
        time=iso(anchor.time, tz),
        duration_seconds=seconds(anchor.duration),
        marks=anchor.marks,
        server=anchor.server,
    )


def latency_documents(message: IndexedRoute, tz: tzinfo | None) -> tuple[LatencyDocument, ...]:
    """The records of what the servers measured, in the order of the fields."""
    measured = message.latencies
    if not measured:
        return ()
    from hopscope.analysis.latency import accounts  # few messages have such fields

    held = {account.measured: account for account in accounts(message.route, measured)}
    return tuple(_latency(latency, held.get(latency), tz) for latency in measured)


def _latency(measured: Latency, account: Account | None, tz: tzinfo | None) -> LatencyDocument:
    return LatencyDocument(
        server=measured.server,
        part=measured.part,
        seconds=measured.seconds,
        in_progress=measured.in_progress,
        written=iso(measured.written, tz),
        line=measured.field.line,
        components=tuple(map(_component, measured.components)),
        accounts_for=_account(account) if account else None,
    )


def _component(component: Component) -> ComponentDocument:
    from hopscope.analysis.latency import meaning

    return ComponentDocument(
        name=component.name,
        seconds=component.seconds,
        meaning=meaning(component.name),
        components=tuple(map(_component, component.parts)),
    )


def _account(account: Account) -> AccountDocument:
    return AccountDocument(
        after_hop=account.hop,
        next_hop=account.next_hop,
        delay_seconds=account.delay.total_seconds(),
        component=account.component,
        seconds=account.seconds,
        times=account.times,
    )


def clock_document(clock: Clock, tz: tzinfo | None) -> ClockDocument:
    """The record of a clock."""
    return ClockDocument(
        server=clock.server,
        hops=clock.hops,
        offset_seconds=seconds(clock.offset),
        at_least_seconds=seconds(clock.at_least),
        at_most_seconds=seconds(clock.at_most),
        wrong_zone=clock.zone,
        confidence=clock.confidence,
        evidence=clock.evidence,
        corrected=tuple(
            CorrectedDocument(hop=correction.hop, raw=iso(correction.raw, tz), time=iso(correction.time, tz))
            for correction in clock.corrected
        ),
    )
