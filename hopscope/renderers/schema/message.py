"""The records that the JSON output of a message is made of.

Keys carry their unit (``delay_seconds``), unknown is null, dates are ISO 8601 with the offset, and every key is always
there. The module is over 300 lines because it says of every key what it means: the JSON Schema is made of it.
"""

# The descriptions of the keys are for the JSON Schema: as text, they cost the output of one message nothing.
from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delays import AttributedDelay, Holder, Spent, spent
from hopscope.model import (
    Defect,
    ExtendedDomain,
    Finding,
    Hop,
    Passage,
    Scenario,
    Service,
    Severity,
    Tls,
    Unstamped,
)
from hopscope.renderers.schema.clocks import (
    AnchorDocument,
    ClockDocument,
    LatencyDocument,
    anchor_document,
    clock_document,
    latency_documents,
)
from hopscope.renderers.text.json_values import iso, seconds

__all__ = [
    "SCHEMA",
    "Delay",
    "HopDocument",
    "MessageId",
    "RouteDocument",
    "RoutesDocument",
    "TotalDelay",
    "Version",
    "analysis_document",
]

SCHEMA: Final = "hopscope/1"
"""Version of the JSON: raised when a key changes its meaning or goes away, not when a key or a service is added."""

Version = Annotated[Literal["hopscope/1"], Meta(description="Version of this schema.")]
Source = Annotated[
    str, Meta(description="Where it was read: a path, -, or dump.mbox:17 for the 17th message of a file.")
]
MessageId = Annotated[str | None, Meta(description="The Message-ID field, angle brackets included.")]
TotalDelay = Annotated[float | None, Meta(description="Last dated hop minus first dated hop.")]
Delay = Annotated[
    float | None,
    Meta(description="Seconds since the last dated hop before; negative where the clocks of two servers differ."),
]


class RepairDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A repair made to damaged input before it was read."""

    code: str
    message: str


class DefectDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something in the input that is against its grammar."""

    code: str
    message: str
    line: Annotated[int | None, Meta(description="Line in the header block, from 1.")]
    start: Annotated[int | None, Meta(description="Offset in the field's body where it starts.")]
    end: Annotated[int | None, Meta(description="Offset in the field's body where it ends.")]


class FromDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The from clause: the sender of the leg, as the server saw it."""

    domain: Annotated[str | None, Meta(description="As written after the word from.")]
    helo: Annotated[str | None, Meta(description="Argument of EHLO or HELO, where the stamp names it as such.")]
    rdns: Annotated[str | None, Meta(description="The name that the server found for the address.")]
    address: Annotated[str | None, Meta(description="IP address without brackets.")]
    port: Annotated[int | None, Meta(description="Port of the sender's TCP connection, where the stamp has it.")]
    ident: Annotated[str | None, Meta(description="User that the sender's identification service named (RFC 1413).")]


class ByDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The by clause: the server that stamped."""

    domain: Annotated[str | None, Meta(description="As written after the word by.")]
    address: Annotated[str | None, Meta(description="IP address without brackets.")]


class TlsDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """TLS of the session; all null where the stamp says just that TLS was used."""

    version: Annotated[str | None, Meta(description="As TLS1.2, whatever the spelling of the stamp.")]
    cipher: str | None
    bits: Annotated[int | None, Meta(description="Effective key length.")]


class AuthDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The sender had authenticated; all null where the stamp says just that, as ESMTPA does."""

    user: Annotated[str | None, Meta(description="Name it authenticated as.")]
    mechanism: Annotated[str | None, Meta(description="SASL mechanism, such as LOGIN.")]


class HeldByDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who held the message during the delay of a hop."""

    holder: Annotated[Holder, Meta(description="What kind of thing held it.")]
    service: Annotated[Service | None, Meta(description="The service, where one did.")]
    server: str | None
    place: Annotated[str | None, Meta(description="Which queue, or what it did.")]
    clock_seconds: Annotated[float, Meta(description="How much of the delay is but a clock that is known to be off.")]


class SpentDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How long one service of one server had the message."""

    service: Service
    server: str | None
    organisation: Annotated[str | None, Meta(description="Registered domain of the server, as far as its name tells.")]
    seconds: float


class AlternativeDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Another service that a stamp could come from."""

    service: Service
    probability: Annotated[float, Meta(ge=0, le=1)]


class HopDocument(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, rename={"from_": "from", "with_": "with", "for_": "for"}
):
    """One hop: a Received field in its place on the way."""

    number: Annotated[int, Meta(ge=1, description="1 is the origin.")]
    service: Annotated[Service, Meta(description="What stamped the hop. More services may be added.")]
    confidence: Annotated[float, Meta(ge=0, le=1, description="Probability that service is right.")]
    evidence: Annotated[tuple[str, ...], Meta(description="Why: each names the header text or the rule that decided.")]
    product: Annotated[str | None, Meta(description="Such as Exchange Server 2013.")]
    release: Annotated[str | None, Meta(description="Such as CU23; starts with 'at or after' for a build of no table.")]
    build: Annotated[str | None, Meta(description="Build number in its short form, such as 15.0.466.10.")]
    software: Annotated[str | None, Meta(description="What another mail system printed of itself.")]
    from_: FromDocument
    by: ByDocument
    via: str | None
    with_: str | None
    id: str | None
    for_: str | None
    tls: Annotated[TlsDocument | None, Meta(description="Null where the stamp does not tell of TLS.")]
    date: Annotated[
        str | None,
        Meta(
            description="When the server had received it, with the offset.", extra_json_schema={"format": "date-time"}
        ),
    ]
    delay_seconds: Delay
    spans_hops: Annotated[
        int, Meta(ge=1, description="Legs that the delay covers: more than 1 where hops before have no date.")
    ]
    line: Annotated[int, Meta(ge=1, description="Line of the field in the header block, from 1.")]
    release_date: Annotated[
        str | None, Meta(description="YYYY-MM-DD or YYYY-MM; the earliest possible one for a build of no table.")
    ]
    auth: Annotated[AuthDocument | None, Meta(description="Null where the stamp does not tell of an authentication.")]
    held_by: Annotated[HeldByDocument | None, Meta(description="Null where the delay is.")]
    alternatives: Annotated[
        tuple[AlternativeDocument, ...], Meta(description="Other services it may be, the most probable first.")
    ]


class FindingDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that should be said about the route."""

    code: Annotated[str, Meta(description="Stable name, such as HOP101.")]
    severity: Severity
    message: str
    hop: Annotated[int | None, Meta(description="Number of the hop it is about.")]
    line: Annotated[int | None, Meta(description="Line in the header block, from 1.")]
    cause: Annotated[str | None, Meta(description="Likely cause; null where unknown.")]
    checks: Annotated[tuple[str, ...], Meta(description="What to check next, one step each.")]


class PassageDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A passage through Exchange: from where the message came into an organisation to where it left it."""

    first_hop: Annotated[int, Meta(ge=1)]
    last_hop: Annotated[int, Meta(ge=1)]
    scenario: Annotated[Scenario, Meta(description="More scenarios may be added.")]
    confidence: Annotated[float, Meta(ge=0, le=1, description="Probability that what the scenario rests on is right.")]
    starts: Annotated[str | None, Meta(description="Why it starts right behind the passage before.")]
    path: Annotated[
        tuple[str, ...], Meta(description="The documented way of the scenario; in brackets what stamps nothing.")
    ]
    departures: Annotated[tuple[str, ...], Meta(description="Where this message's way is another.")]


class UnstampedDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service that handled the message and left no Received field; it is no hop."""

    after_hop: Annotated[int, Meta(ge=0, description="Number of the hop it stands behind; 0: before the first.")]
    service: Annotated[str, Meta(description="Such as Front End Transport, store driver, outbound pool.")]
    server: str | None
    certain: Annotated[bool, Meta(description="False where the evidence has another explanation, too.")]
    evidence: str


class RouteDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message."""

    schema: Version
    source: Source
    message_id: MessageId
    total_delay_seconds: TotalDelay
    repairs: tuple[RepairDocument, ...]
    defects: Annotated[
        tuple[DefectDocument, ...], Meta(description="Those of the header block, then those of the hops.")
    ]
    hops: Annotated[tuple[HopDocument, ...], Meta(description="From the origin to the destination.")]
    subject: Annotated[str | None, Meta(description="As written; RFC 2047 words are not decoded.")]
    findings: tuple[FindingDocument, ...]
    scenario: Annotated[Scenario, Meta(description="That of the last passage.")]
    passages: Annotated[tuple[PassageDocument, ...], Meta(description="In the order of the way.")]
    unstamped: Annotated[tuple[UnstampedDocument, ...], Meta(description="In the order of the way.")]
    time_spent: Annotated[tuple[SpentDocument, ...], Meta(description="Per service and server, the longest first.")]
    remarks: Annotated[tuple[str, ...], Meta(description="What explains the way; nothing is wrong with that.")]
    anchors: Annotated[tuple[AnchorDocument, ...], Meta(description="Times that other fields tell, top to bottom.")]
    latency: Annotated[tuple[LatencyDocument, ...], Meta(description="What the servers measured, top to bottom.")]
    clocks: Annotated[tuple[ClockDocument, ...], Meta(description="Clocks that are off or differ, along the way.")]


class RoutesDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Several messages."""

    schema: Version
    routes: tuple[RouteDocument, ...]


def analysis_document(analysis: Analysis, tz: tzinfo | None = None) -> RouteDocument:
    """The record of a message; times in ``tz``, or in the zone of each Received field."""
    route = analysis.route
    stamps = (defect for hop in route.hops for defect in hop.stamp.defects)
    held = {wait.hop: wait for wait in analysis.attributed_delays}
    return RouteDocument(
        schema=SCHEMA,
        source=route.source,
        message_id=route.message_id,
        total_delay_seconds=seconds(route.total_delay),
        repairs=tuple(RepairDocument(code=repair.code, message=repair.message) for repair in route.repairs),
        defects=_defects((*route.defects, *stamps)),
        hops=tuple(_hop(hop, held.get(hop.number), tz) for hop in route.hops),
        subject=route.subject,
        findings=tuple(map(_finding, analysis.findings)),
        scenario=analysis.scenario,
        passages=tuple(map(_passage, analysis.passages)),
        unstamped=tuple(map(_unstamped, analysis.unstamped)),
        time_spent=tuple(map(_spent, spent(analysis.attributed_delays))),
        remarks=analysis.remarks,
        anchors=tuple(anchor_document(anchor, tz) for anchor in analysis.reference_times),
        latency=latency_documents(analysis, tz),
        clocks=tuple(clock_document(clock, tz) for clock in analysis.clocks),
    )


def _finding(finding: Finding) -> FindingDocument:
    return FindingDocument(
        code=finding.code,
        severity=finding.severity,
        message=finding.message,
        hop=finding.hop,
        line=finding.line,
        cause=finding.cause,
        checks=finding.checks,
    )


def _passage(passage: Passage) -> PassageDocument:
    return PassageDocument(
        first_hop=passage.first,
        last_hop=passage.last,
        scenario=passage.scenario,
        confidence=passage.confidence,
        starts=passage.starts,
        path=passage.path,
        departures=passage.departures,
    )


def _unstamped(service: Unstamped) -> UnstampedDocument:
    return UnstampedDocument(
        after_hop=service.after,
        service=service.name,
        server=service.server,
        certain=service.certain,
        evidence=service.evidence,
    )


_NO_DOMAIN = ExtendedDomain()


def _hop(hop: Hop, wait: AttributedDelay | None, tz: tzinfo | None) -> HopDocument:
    stamp, label = hop.stamp, hop.label
    sender, server = stamp.from_domain or _NO_DOMAIN, stamp.by_domain or _NO_DOMAIN
    return HopDocument(
        number=hop.number,
        service=label.service,
        confidence=label.confidence,
        evidence=label.evidence,
        product=label.product,
        release=label.release,
        build=label.build,
        software=label.software,
        from_=FromDocument(
            domain=sender.domain,
            helo=sender.helo,
            rdns=sender.tcp_info.domain,
            address=sender.tcp_info.address,
            port=sender.tcp_info.port,
            ident=sender.ident,
        ),
        by=ByDocument(domain=server.domain, address=server.tcp_info.address),
        via=stamp.via,
        with_=stamp.with_,
        id=stamp.id,
        for_=stamp.for_,
        tls=_tls(stamp.tls) if stamp.tls else None,
        date=iso(hop.time, tz),
        delay_seconds=seconds(hop.delay),
        spans_hops=hop.spans,
        line=stamp.field.line,
        release_date=label.released,
        auth=AuthDocument(user=stamp.auth.user, mechanism=stamp.auth.mechanism) if stamp.auth else None,
        held_by=_held_by(wait) if wait else None,
        alternatives=tuple(
            AlternativeDocument(service=alternative.service, probability=alternative.probability)
            for alternative in label.alternatives
        ),
    )


def _tls(tls: Tls) -> TlsDocument:
    return TlsDocument(version=tls.version, cipher=tls.cipher, bits=tls.bits)


def _held_by(wait: AttributedDelay) -> HeldByDocument:
    return HeldByDocument(
        holder=wait.holder,
        service=wait.service,
        server=wait.server,
        place=wait.place,
        clock_seconds=wait.error.total_seconds(),
    )


def _spent(spent_time: Spent) -> SpentDocument:
    return SpentDocument(
        service=spent_time.service,
        server=spent_time.server,
        organisation=spent_time.organisation,
        seconds=spent_time.time.total_seconds(),
    )


def _defects(defects: Iterable[Defect]) -> tuple[DefectDocument, ...]:
    return tuple(
        DefectDocument(code=defect.code, message=defect.message, line=defect.line, start=defect.start, end=defect.end)
        for defect in defects
    )
