"""The records that the JSON output is made of, and the JSON Schema that follows from them.

Keys carry their unit (``delay_seconds``), unknown is null, dates are ISO 8601 with the offset.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any, Literal

import msgspec

from hopscope.analysis.compare import Comparison, Side, Step
from hopscope.analysis.diagnosis import findings
from hopscope.model import Defect, ExtendedDomain, Hop, Route, Service, Severity
from hopscope.renderers.printable import json as text

__all__ = ["SCHEMA", "ComparisonDocument", "RouteDocument", "comparison_document", "route_document", "schema"]

SCHEMA = "hopscope/1"
"""Version of the JSON: raised when a key changes its meaning or goes away."""

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class RepairDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A repair made to damaged input before it was read."""

    code: str
    message: str


class DefectDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the input that is against its grammar; ``start`` and ``end`` are offsets in the field's body."""

    code: str
    message: str
    line: int | None
    start: int | None
    end: int | None


class FromDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The from clause."""

    domain: str | None
    """As written after ``from``."""
    helo: str | None
    """The EHLO or HELO argument, where the stamp names it as such."""
    rdns: str | None
    """The name that the server verified."""
    address: str | None
    """IP address without brackets."""


class ByDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The by clause."""

    domain: str | None
    address: str | None


class TlsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """TLS of the session; all null where the stamp says just that TLS was used."""

    version: str | None
    cipher: str | None
    bits: int | None


class HopDocument(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from", "with_": "with", "for_": "for"}):
    """One hop; number 1 is the origin."""

    number: int
    service: Service
    confidence: Probability
    evidence: tuple[str, ...]
    product: str | None
    release: str | None
    build: str | None
    software: str | None
    from_: FromDocument
    by: ByDocument
    via: str | None
    with_: str | None
    id: str | None
    for_: str | None
    tls: TlsDocument | None
    date: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})] | None
    delay_seconds: float | None
    """Since the last dated hop before; negative where clocks differ."""
    spans_hops: int
    """Legs that the delay covers: more than 1 where hops before have no date."""
    line: int
    """Line of the field in the header block, from 1."""


class FindingDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Something that should be said about the route."""

    code: str
    severity: Severity
    message: str
    hop: int | None
    line: int | None


class RouteDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One message."""

    schema: Literal["hopscope/1"]
    source: str
    message_id: str | None
    total_delay_seconds: float | None
    repairs: tuple[RepairDocument, ...]
    defects: tuple[DefectDocument, ...]
    """Those of the header block, then those of the hops."""
    hops: tuple[HopDocument, ...]
    subject: str | None
    findings: tuple[FindingDocument, ...]


class RoutesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Several messages."""

    schema: Literal["hopscope/1"]
    routes: tuple[RouteDocument, ...]


class StepDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A service that handled the message on one side of a comparison; hop is null on the side of a model."""

    service: str
    hop: int | None
    delay_seconds: float | None
    product: str | None
    build: str | None


class RowDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of the same stage; a side that is null has a reason."""

    stage: str
    left: StepDocument | None
    right: StepDocument | None
    left_reason: str | None
    right_reason: str | None


class SideDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two paths."""

    title: str
    message_id: str | None
    products: tuple[str, ...]
    total_delay_seconds: float | None


class ComparisonDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Two paths side by side."""

    schema: Literal["hopscope/1"]
    same: bool
    left: SideDocument
    right: SideDocument
    rows: tuple[RowDocument, ...]


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of everything that ``--format json`` and ``jsonl`` print."""
    any_document = RouteDocument | RoutesDocument | ComparisonDocument
    schemas, definitions = msgspec.json.schema_components([any_document], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hopscope JSON, version 1",
        **schemas[0],
        "$defs": definitions,
    }


def route_document(route: Route, tz: tzinfo | None = None) -> RouteDocument:
    """The record of a labelled route; times in ``tz``, or in the zone of each stamp."""
    stamps = (defect for hop in route.hops for defect in hop.stamp.defects)
    return RouteDocument(
        schema=SCHEMA,
        source=text(route.source),
        message_id=_text(route.message_id),
        total_delay_seconds=_seconds(route.total_delay),
        repairs=tuple(RepairDocument(code=repair.code, message=text(repair.message)) for repair in route.repairs),
        defects=_defects((*route.defects, *stamps)),
        hops=tuple(_hop(hop, tz) for hop in route.hops),
        subject=_text(route.subject),
        findings=tuple(
            FindingDocument(
                code=finding.code,
                severity=finding.severity,
                message=text(finding.message),
                hop=finding.hop,
                line=finding.line,
            )
            for finding in findings(route)
        ),
    )


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
                left_reason=_text(row.left_reason),
                right_reason=_text(row.right_reason),
            )
            for row in comparison.rows
        ),
    )


def _hop(hop: Hop, tz: tzinfo | None) -> HopDocument:
    stamp, label = hop.stamp, hop.label
    sender, server = stamp.from_domain or ExtendedDomain(), stamp.by_domain or ExtendedDomain()
    return HopDocument(
        number=hop.number,
        service=label.service,
        confidence=label.confidence,
        evidence=tuple(text(reason) for reason in label.evidence),
        product=label.product,
        release=label.release,
        build=label.build,
        software=_text(label.software),
        from_=FromDocument(
            domain=_text(sender.domain),
            helo=_text(sender.helo),
            rdns=_text(sender.tcp_info.domain),
            address=_text(sender.tcp_info.address),
        ),
        by=ByDocument(domain=_text(server.domain), address=_text(server.tcp_info.address)),
        via=_text(stamp.via),
        with_=_text(stamp.with_),
        id=_text(stamp.id),
        for_=_text(stamp.for_),
        tls=TlsDocument(version=_text(stamp.tls.version), cipher=_text(stamp.tls.cipher), bits=stamp.tls.bits)
        if stamp.tls
        else None,
        date=_date(hop.time, tz),
        delay_seconds=_seconds(hop.delay),
        spans_hops=hop.spans,
        line=stamp.field.line,
    )


def _defects(defects: Iterable[Defect]) -> tuple[DefectDocument, ...]:
    return tuple(
        DefectDocument(
            code=defect.code, message=text(defect.message), line=defect.line, start=defect.start, end=defect.end
        )
        for defect in defects
    )


def _side(side: Side) -> SideDocument:
    return SideDocument(
        title=text(side.title),
        message_id=_text(side.message_id),
        products=side.products,
        total_delay_seconds=_seconds(side.total_delay),
    )


def _step(step: Step | None) -> StepDocument | None:
    if step is None:
        return None
    hop = step.hop
    return StepDocument(
        service=step.service,
        hop=hop.number if hop else None,
        delay_seconds=_seconds(hop.delay) if hop else None,
        product=hop.label.product if hop else None,
        build=hop.label.build if hop else None,
    )


def _text(value: str | None) -> str | None:
    return None if value is None else text(value)


def _seconds(value: timedelta | None) -> float | None:
    return None if value is None else value.total_seconds()


def _date(value: datetime | None, tz: tzinfo | None) -> str | None:
    if value is None:
        return None
    return (value if tz is None else value.astimezone(tz)).isoformat()
