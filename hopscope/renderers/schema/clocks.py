"""The JSON records of other times and clocks in a message."""

# Annotations are not evaluated, as only the JSON Schema needs the descriptions of the keys.
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
    "ClockDocument",
    "LatencyDocument",
    "ReferenceTimeDocument",
    "clock_document",
    "latency_documents",
    "reference_time_document",
]

Time = Annotated[
    str | None,
    Meta(description="With the offset, up to microseconds.", extra_json_schema={"format": "date-time"}),
]


class ReferenceTimeDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A time that a field other than Received records."""

    name: Annotated[str, Meta(description="Such as Network-Message-Id. More may be added.")]
    field: Annotated[str, Meta(description="Name of the field.")]
    line: Annotated[int, Meta(ge=1, description="Line of the field in the header block, from 1.")]
    time: Time
    duration_seconds: Annotated[float | None, Meta(description="Of a field that records a duration, to microseconds.")]
    event: Annotated[str, Meta(description="What happened at that time.")]
    server: Annotated[str | None, Meta(description="The owner of the clock: the server, or the signing domain.")]


class ComponentDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that a server did with the message, by the name that Exchange uses."""

    name: str
    seconds: float
    meaning: Annotated[str | None, Meta(description="As observed: Microsoft publishes no list of these names.")]
    components: tuple[ComponentDocument, ...]


class MainComponentDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The component that makes up most of a delay."""

    after_hop: Annotated[int, Meta(ge=1, description="Number of the hop that the server recorded.")]
    next_hop: Annotated[
        int | None,
        Meta(description="Number of the hop whose delay it explains; null if the server still held the message."),
    ]
    delay_seconds: float
    component: str
    seconds: float
    occurrences: Annotated[
        int, Meta(ge=1, description="How often the component occurs, for example once for each retry.")
    ]


class LatencyDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How long one server held the message, by its own measurement."""

    server: str
    part: Annotated[
        str | None,
        Meta(description="FE: Front End Transport; HUB: Transport or Hub Transport; SUB, DEL: Mailbox Transport."),
    ]
    seconds: float
    in_progress: Annotated[bool, Meta(description="The server still held the message when the field was written.")]
    recorded_at: Time
    line: Annotated[
        int | None, Meta(description="Line of the field in the header block, from 1; null for a row of a tracking log.")
    ]
    position: Annotated[str | None, Meta(description="File and line of a row of a tracking log.")]
    components: tuple[ComponentDocument, ...]
    main_component: MainComponentDocument | None


class CorrectedTimeDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The time of a hop, corrected for clock skew."""

    hop: Annotated[int, Meta(ge=1)]
    recorded: Time
    corrected: Time


class ClockDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A skewed clock, or two clocks that differ if the message does not show which is wrong."""

    server: Annotated[str | None, Meta(description="Null if the message does not show which clock is skewed.")]
    hops: Annotated[
        tuple[int, ...],
        Meta(description="The hops that it recorded; both hops if it is unknown which clock is skewed."),
    ]
    skew_seconds: Annotated[float | None, Meta(description="The estimate; positive: ahead, negative: behind.")]
    min_skew_seconds: Annotated[float | None, Meta(description="The lowest possible skew.")]
    max_skew_seconds: Annotated[float | None, Meta(description="The highest possible skew.")]
    wrong_time_zone: Annotated[
        bool,
        Meta(description="The skew is the difference of two time zones: a wrong time zone or daylight saving time."),
    ]
    likelihood: Annotated[str, Meta(description="very likely, likely, or unknown.")]
    evidence: tuple[str, ...]
    corrected_times: Annotated[
        tuple[CorrectedTimeDocument, ...],
        Meta(description="Where there is an estimate; all other hops keep their times."),
    ]


def reference_time_document(reference: ReferenceTime, tz: tzinfo | None) -> ReferenceTimeDocument:
    """The record of a reference time."""
    return ReferenceTimeDocument(
        name=reference.name,
        field=reference.field.name,
        line=reference.field.line,
        time=iso(reference.time, tz),
        duration_seconds=seconds(reference.duration),
        event=reference.event,
        server=reference.server,
    )


def latency_documents(message: IndexedRoute, tz: tzinfo | None) -> tuple[LatencyDocument, ...]:
    """The records of latencies measured by servers, in the order of the fields."""
    measured = message.latencies
    if not measured:
        return ()
    from hopscope.analysis.latency import accounts  # imported here, as few messages have such fields

    held = {account.measured: account for account in accounts(message.route, measured)}
    return tuple(_latency(latency, held.get(latency), tz) for latency in measured)


def _latency(measured: Latency, account: Account | None, tz: tzinfo | None) -> LatencyDocument:
    return LatencyDocument(
        server=measured.server,
        part=measured.part,
        seconds=measured.seconds,
        in_progress=measured.in_progress,
        recorded_at=iso(measured.recorded_at, tz),
        line=None if measured.position else measured.field.line,
        position=measured.position,
        components=tuple(map(_component, measured.components)),
        main_component=_account(account) if account else None,
    )


def _component(component: Component) -> ComponentDocument:
    from hopscope.analysis.latency import meaning

    return ComponentDocument(
        name=component.name,
        seconds=component.seconds,
        meaning=meaning(component.name),
        components=tuple(map(_component, component.parts)),
    )


def _account(account: Account) -> MainComponentDocument:
    return MainComponentDocument(
        after_hop=account.hop,
        next_hop=account.next_hop,
        delay_seconds=account.delay.total_seconds(),
        component=account.component,
        seconds=account.seconds,
        occurrences=account.occurrences,
    )


def clock_document(clock: Clock, tz: tzinfo | None) -> ClockDocument:
    """The record of a clock."""
    return ClockDocument(
        server=clock.server,
        hops=clock.hops,
        skew_seconds=seconds(clock.skew),
        min_skew_seconds=seconds(clock.min_skew),
        max_skew_seconds=seconds(clock.max_skew),
        wrong_time_zone=clock.wrong_time_zone,
        likelihood=clock.likelihood,
        evidence=clock.evidence,
        corrected_times=tuple(
            CorrectedTimeDocument(
                hop=correction.hop, recorded=iso(correction.recorded, tz), corrected=iso(correction.corrected, tz)
            )
            for correction in clock.corrected_times
        ),
    )
