"""The JSON records of a message.

Keys include their unit (``delay_seconds``), unknown values are null, dates are ISO 8601 with the offset, and every key
is always present. The module is over 300 lines because it describes every key for the JSON Schema.
"""

# Annotations are not evaluated, as only the JSON Schema needs the descriptions of the keys.
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Annotated, Final, Literal, cast

import msgspec
from msgspec import Meta

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.antispam import Antispam
from hopscope.analysis.delays import AttributedDelay, Holder, Spent, spent
from hopscope.analysis.trust import Border, Trust
from hopscope.model import (
    AuthenticationResult,
    DateTime,
    Defect,
    DeliveryAction,
    DeliveryStatus,
    Explanation,
    ExtendedDomain,
    Finding,
    Hop,
    Location,
    Passage,
    Scenario,
    Service,
    ServiceWithoutHeader,
    Severity,
    Signature,
    Tls,
)
from hopscope.parser.encoded_words import decoded
from hopscope.renderers.schema.clocks import (
    ClockDocument,
    LatencyDocument,
    ReferenceTimeDocument,
    clock_document,
    latency_documents,
    reference_time_document,
)
from hopscope.renderers.schema.tracking import (
    HopTrackingDocument,
    MessageTrackingDocument,
    hop_tracking_document,
    message_tracking_document,
)
from hopscope.renderers.text.json_values import iso, seconds

if TYPE_CHECKING:
    from hopscope.analysis.tracking.verdicts import TrackedHop

__all__ = [
    "SCHEMA",
    "Delay",
    "HopDocument",
    "MessageDocument",
    "MessageId",
    "MessagesDocument",
    "SpentDocument",
    "TotalDelay",
    "Version",
    "analysis_document",
    "explanation_document",
    "spent_document",
]

SCHEMA: Final = "hopscope/2"
"""Version of the JSON: raised when a key is removed or changes its meaning, not when a key or service is added."""

Version = Annotated[Literal["hopscope/2"], Meta(description="Version of this schema.")]
Source = Annotated[
    str, Meta(description="Where the message was read: a path, -, or dump.mbox:17 for the 17th message of a file.")
]
MessageId = Annotated[str | None, Meta(description="The Message-ID field, angle brackets included.")]
TotalDelay = Annotated[float | None, Meta(description="Last dated hop minus first dated hop.")]
Delay = Annotated[
    float | None,
    Meta(description="Seconds since the previous dated hop; negative if the clocks of two servers differ."),
]


class RepairDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A repair made to damaged input before it was read."""

    code: str
    message: str


class DefectDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A violation of the syntax of RFC 5322 or RFC 5321."""

    code: str
    message: str
    line: Annotated[int | None, Meta(description="Line in the header block, from 1.")]
    start: Annotated[int | None, Meta(description="Offset in the field's body where it starts.")]
    end: Annotated[int | None, Meta(description="Offset in the field's body where it ends.")]


class LocationDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The location of an IP address, from the user's databases; a value is null if they do not have it."""

    country: Annotated[str | None, Meta(description="ISO 3166-1 code, such as DE.")]
    as_number: Annotated[int | None, Meta(description="Number of the autonomous system that announces the address.")]
    as_organisation: Annotated[str | None, Meta(description="The organisation of the autonomous system.")]


LocatedAt = Annotated[
    LocationDocument | None,
    Meta(description="Location of the address; null without --geo, or if the databases do not have it."),
]


class FromDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The from clause: the sending server, as the receiving server saw it."""

    domain: Annotated[str | None, Meta(description="As written after the word from.")]
    helo: Annotated[str | None, Meta(description="Argument of EHLO or HELO, if the field marks it as such.")]
    rdns: Annotated[str | None, Meta(description="The name that the server found for the address (reverse DNS).")]
    address: Annotated[str | None, Meta(description="IP address without brackets.")]
    port: Annotated[int | None, Meta(description="TCP port of the sending server, if recorded.")]
    ident: Annotated[
        str | None, Meta(description="User reported by the ident service of the sending server (RFC 1413).")
    ]
    location: LocatedAt


class ByDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The by clause: the server that added the field."""

    domain: Annotated[str | None, Meta(description="As written after the word by.")]
    address: Annotated[str | None, Meta(description="IP address without brackets.")]


class TlsDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """TLS of the session; all null if the field records only that TLS was used."""

    version: Annotated[str | None, Meta(description="Normalized, such as TLS1.2.")]
    cipher: str | None
    bits: Annotated[int | None, Meta(description="Effective key length.")]


class AuthDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """SMTP AUTH; all null if the field records only that the sender had authenticated, as ESMTPA does."""

    user: Annotated[str | None, Meta(description="User name.")]
    mechanism: Annotated[str | None, Meta(description="SASL mechanism, such as LOGIN.")]


class HeldByDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The component that held the message during the delay of a hop."""

    holder: Annotated[Holder, Meta(description="The component that held the message.")]
    service: Annotated[Service | None, Meta(description="The service, if known.")]
    server: str | None
    detail: Annotated[str | None, Meta(description="The queue, or what the service was doing.")]
    clock_skew_seconds: Annotated[
        float, Meta(description="Part of the delay that is known clock skew and not waiting time.")
    ]
    possible_clock_skew_seconds: Annotated[
        float, Meta(description="Part of the rest of the delay that may be clock skew.")
    ]


class SpentDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How long one service on one server held the message."""

    service: Service
    server: str | None
    organisation: Annotated[
        str | None,
        Meta(description="Registered domain of the server, taken from its name; Exchange Online is one organisation."),
    ]
    seconds: float
    holder: Annotated[
        Holder, Meta(description="The component that held it; time in a mailbox is not a transport delay.")
    ]


class AlternativeDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Another service that could have added the field."""

    service: Service
    probability: Annotated[float, Meta(ge=0, le=1)]


class HopDocument(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, rename={"from_": "from", "with_": "with", "for_": "for"}
):
    """One hop: a Received field, in the order of the path."""

    number: Annotated[int, Meta(ge=1, description="1 is the origin.")]
    service: Annotated[Service, Meta(description="The service that added the field. More services may be added.")]
    confidence: Annotated[float, Meta(ge=0, le=1, description="Probability that service is right.")]
    evidence: Annotated[tuple[str, ...], Meta(description="Header text and rules that the label is based on.")]
    product: Annotated[str | None, Meta(description="Such as Exchange Server 2013.")]
    release: Annotated[
        str | None, Meta(description="Such as CU23; starts with 'at or after' if the build is not in the table.")
    ]
    build: Annotated[str | None, Meta(description="Build number in its short form, such as 15.0.466.10.")]
    software: Annotated[str | None, Meta(description="Name and version that another mail system recorded.")]
    from_: FromDocument
    by: ByDocument
    via: str | None
    with_: str | None
    id: str | None
    for_: str | None
    tls: Annotated[TlsDocument | None, Meta(description="Null if no TLS is recorded.")]
    date: Annotated[
        str | None,
        Meta(
            description="When the server had received the message, with the UTC offset.",
            extra_json_schema={"format": "date-time"},
        ),
    ]
    delay_seconds: Delay
    hops_covered: Annotated[
        int, Meta(ge=1, description="Hops that the delay covers: more than 1 if previous hops have no date.")
    ]
    line: Annotated[int, Meta(ge=1, description="Line of the field in the header block, from 1.")]
    release_date: Annotated[
        str | None,
        Meta(description="YYYY-MM-DD or YYYY-MM; the earliest possible date if the build is not in the table."),
    ]
    auth: Annotated[AuthDocument | None, Meta(description="Null if no authentication is recorded.")]
    held_by: Annotated[
        HeldByDocument | None,
        Meta(description="The component that held the message before this hop; null if the delay is unknown."),
    ]
    alternatives: Annotated[
        tuple[AlternativeDocument, ...], Meta(description="Other possible services, the most probable first.")
    ]
    trust: Annotated[
        Trust,
        Meta(
            description="attested: added by the organisation that delivered the message; linked: recorded as the peer "
            "of the trusted hop above; unlinked: nothing above bears the hop out, so all its values are claims."
        ),
    ]

    tracking: Annotated[
        HopTrackingDocument | None, Meta(description="What tracking logs say at the hop; null for nothing.")
    ]


class BorderDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the attested part of the path starts, and the peer that its first hop recorded."""

    hop: Annotated[int, Meta(ge=1, description="Number of the first attested hop.")]
    organisation: Annotated[
        str, Meta(description="Domain or provider of its server; the server if it has no domain; empty if unknown.")
    ]
    peer_name: Annotated[str | None, Meta(description="Name that the server found for the address (reverse DNS).")]
    peer_helo: Annotated[str | None, Meta(description="Name that the peer gave: a claim.")]
    peer_address: Annotated[str | None, Meta(description="IP address without brackets.")]


class FindingDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A problem, or something worth checking."""

    code: Annotated[str, Meta(description="Stable name, such as HOP101.")]
    severity: Severity
    message: str
    hop: Annotated[int | None, Meta(description="Number of the hop.")]
    line: Annotated[int | None, Meta(description="Line in the header block, from 1.")]
    cause: Annotated[str | None, Meta(description="Likely cause; null if unknown.")]
    checks: Annotated[tuple[str, ...], Meta(description="What to check next, one step each.")]


class PassageDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A passage through Exchange: from where the message enters an organisation to where it leaves it."""

    first_hop: Annotated[int, Meta(ge=1)]
    last_hop: Annotated[int, Meta(ge=1)]
    scenario: Annotated[Scenario, Meta(description="More scenarios may be added.")]
    confidence: Annotated[
        float, Meta(ge=0, le=1, description="Probability that the labels on which the scenario is based are right.")
    ]
    restart_reason: Annotated[
        str | None,
        Meta(description="Why a new passage starts directly after the previous one, such as a redirection; else null."),
    ]
    documented_path: Annotated[
        tuple[str, ...],
        Meta(description="The documented mail flow of the scenario; services in brackets add no Received field."),
    ]
    deviations: Annotated[
        tuple[str, ...], Meta(description="Differences between the path of this message and the documented mail flow.")
    ]


class ServiceWithoutHeaderDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service that handled the message and added no Received field, so it is not a hop."""

    after_hop: Annotated[int, Meta(ge=0, description="Number of the previous hop; 0: before the first hop.")]
    service: Annotated[str, Meta(description="Such as Front End Transport, store driver, outbound pool.")]
    server: str | None
    certain: Annotated[bool, Meta(description="False if the evidence also has another explanation.")]
    evidence: str


Confidence = Literal["documented", "practitioners", "registered", "unknown"]


class ExplanationDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an error means."""

    text: Annotated[str, Meta(description="The words of the error that were recognised.")]
    at_fault: Annotated[str | None, Meta(description="The component or mail system at fault, if known.")]
    meaning: str
    checks: Annotated[tuple[str, ...], Meta(description="What to check next, one step each.")]
    confidence: Annotated[
        Confidence,
        Meta(
            description="documented by the vendor or in an RFC, reported by practitioners, registered (only the "
            "meaning of the code is known), or unknown: no public source explains it."
        ),
    ]
    sources: Annotated[tuple[str, ...], Meta(description="The publications.")]


Written = Annotated[
    str | None, Meta(description="ISO 8601 with UTC offset; null if the instant is unknown, see the key with _text.")
]
WrittenText = Annotated[
    str | None, Meta(description="The time as the report writes it, if the instant is unknown; otherwise null.")
]


class DeliveryStatusDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a report says about the delivery of the message to one recipient (RFC 3464)."""

    recipient: str | None
    action: Annotated[DeliveryAction | None, Meta(description="What the reporting server did with the message.")]
    status: Annotated[str | None, Meta(description="Enhanced status code (RFC 3463), such as 5.1.1.")]
    diagnostic: Annotated[str | None, Meta(description="The error, as reported.")]
    reporting_mta: Annotated[
        str | None,
        Meta(description="The server that generated the report; of an undelivered message, its last holder."),
    ]
    remote_mta: Annotated[str | None, Meta(description="The server that refused the message or was not reached.")]
    arrival_date: Written
    arrival_date_text: WrittenText
    will_retry_until: Written
    will_retry_until_text: WrittenText
    last_attempt: Written
    last_attempt_text: WrittenText
    report_date: Annotated[Written, Meta(description="When the report was generated, from its Date field.")]
    held_seconds: Annotated[
        float | None,
        Meta(
            description="From arrival_date to the later of report_date and last_attempt, of an undelivered message: "
            "reported, after the last hop, and not part of total_delay_seconds or time_spent. Null if unknown."
        ),
    ]
    explanation: Annotated[ExplanationDocument | None, Meta(description="Null if the error is in no table.")]


FieldHop = Annotated[int | None, Meta(description="Number of the hop whose server wrote the field; null if unknown.")]
FieldTrust = Annotated[
    Trust | None,
    Meta(
        description="How far the field can be trusted: attested if the delivering organisation wrote it, otherwise the "
        "trust of the hop below it, which an earlier server or the sender may have forged; null if unknown."
    ),
]


class AuthenticationDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The result of one authentication method, as the header records it; hopscope does not verify it."""

    method: Annotated[str, Meta(description="In lower case, such as spf, dkim, dmarc, compauth.")]
    result: Annotated[str, Meta(description="In lower case, such as pass, fail, none, temperror.")]
    authserv_id: Annotated[
        str | None, Meta(description="The service that checked, as it names itself; null if the field has no name.")
    ]
    attested: Annotated[
        bool | None,
        Meta(
            description="Whether the delivering organisation recorded it; false if an earlier server or the sender may "
            "have written it; null if unknown."
        ),
    ]
    reason: Annotated[
        str | None, Meta(description="The text after reason=; for compauth, Microsoft's code, such as 100.")
    ]
    properties: Annotated[
        dict[str, str], Meta(description="What was checked, such as smtp.mailfrom; the first of several values.")
    ]
    client_address: Annotated[
        str | None, Meta(description="The address of the client that was checked; null if it is not recorded.")
    ]
    client_location: LocatedAt
    instance: Annotated[int | None, Meta(description="The number of the ARC set; null in other fields.")]
    field: Annotated[str, Meta(description="Name of the field, such as Received-SPF, as written.")]
    line: Annotated[int, Meta(description="Line of the field in the header block, from 1.")]
    hop: FieldHop
    trust: FieldTrust


class SignatureDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A signature of DKIM or ARC, as the header records it; hopscope does not verify it. Damaged tags are null."""

    field: Annotated[str, Meta(description="DKIM-Signature, ARC-Seal or ARC-Message-Signature, as written.")]
    line: Annotated[int, Meta(description="Line of the field in the header block, from 1.")]
    domain: Annotated[str | None, Meta(description="The tag d: the domain of the signer.")]
    selector: Annotated[str | None, Meta(description="The tag s.")]
    algorithm: Annotated[str | None, Meta(description="The tag a, such as rsa-sha256.")]
    signed_at: Annotated[str | None, Meta(description="The tag t.")]
    expires_at: Annotated[str | None, Meta(description="The tag x.")]
    instance: Annotated[int | None, Meta(description="The number of the ARC set; null for DKIM.")]
    chain_validation: Annotated[
        str | None, Meta(description="The tag cv of an ARC-Seal, none, fail or pass; null in other fields.")
    ]
    hop: FieldHop
    trust: FieldTrust


class AntispamValueDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One value of an antispam or organization header."""

    field: Annotated[str, Meta(description="Name of the header field, as written.")]
    line: Annotated[int, Meta(ge=1, description="Line of the field in the header block, from 1.")]
    key: Annotated[str, Meta(description="Such as SCL, SFV, AuthAs.")]
    value: Annotated[str, Meta(description="As written; empty if the key alone is the information.")]
    label: Annotated[str | None, Meta(description="Its meaning in a few words; null if unknown or not needed.")]
    meaning: Annotated[str | None, Meta(description="Its documented meaning; null if it is not documented.")]
    hop: FieldHop
    trust: FieldTrust


class AntispamDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What Exchange and Exchange Online found, as the header records it; null: not recorded.

    Where fields disagree, the one of the most trusted writer counts; values has all.
    """

    scl: Annotated[int | None, Meta(description="Spam confidence level, -1 to 9.")]
    bcl: Annotated[int | None, Meta(description="Bulk complaint level, 0 to 9.")]
    pcl: Annotated[int | None, Meta(description="Phishing confidence level of Exchange Server, 1 to 8.")]
    sfv: Annotated[str | None, Meta(description="Spam filtering verdict, such as SPM, SKN.")]
    cat: Annotated[str | None, Meta(description="Category of the threat policy, such as SPOOF, HPHISH.")]
    ipv: Annotated[str | None, Meta(description="IP verdict: CAL, NLI.")]
    sfty: Annotated[str | None, Meta(description="Safety tip, such as 9.19.")]
    dir: Annotated[str | None, Meta(description="Direction: INB, OUT, INT.")]
    ctry: Annotated[str | None, Meta(description="Country of the connecting address.")]
    lang: Annotated[str | None, Meta(description="Language of the message.")]
    cip: Annotated[str | None, Meta(description="Connecting address.")]
    cip_location: LocatedAt
    helo: Annotated[str | None, Meta(description="HELO or EHLO name of the connecting server (H).")]
    ptr: Annotated[str | None, Meta(description="PTR record of the connecting address.")]
    auth_as: Annotated[str | None, Meta(description="Anonymous, Internal, External or Partner.")]
    auth_source: Annotated[str | None, Meta(description="The server that evaluated the authentication.")]
    auth_mechanism: Annotated[str | None, Meta(description="Two hexadecimal digits.")]
    directionality: Annotated[str | None, Meta(description="Incoming or Originating.")]
    network_message_id: Annotated[str | None, Meta(description="The same for all copies in the organisation.")]
    compauth: Annotated[str | None, Meta(description="Composite authentication: pass, softpass, fail, none.")]
    compauth_reason: Annotated[str | None, Meta(description="Microsoft's code, such as 601.")]
    values: Annotated[tuple[AntispamValueDocument, ...], Meta(description="All values, top to bottom.")]


class MessageDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message."""

    schema: Version
    source: Source
    message_id: MessageId
    total_delay_seconds: TotalDelay
    repairs: tuple[RepairDocument, ...]
    defects: Annotated[
        tuple[DefectDocument, ...],
        Meta(description="Syntax violations and unread text of the header block, then those of the hops."),
    ]
    hops: Annotated[tuple[HopDocument, ...], Meta(description="From the origin to the destination.")]
    subject: Annotated[
        str | None, Meta(description="Encoded words (RFC 2047) are decoded; invalid ones are as written.")
    ]
    findings: tuple[FindingDocument, ...]
    scenario: Annotated[Scenario, Meta(description="That of the last passage.")]
    passages: Annotated[tuple[PassageDocument, ...], Meta(description="In the order of the path.")]
    services_without_header: Annotated[
        tuple[ServiceWithoutHeaderDocument, ...], Meta(description="In the order of the path.")
    ]
    time_spent: Annotated[tuple[SpentDocument, ...], Meta(description="By service and server, the longest first.")]
    notes: Annotated[tuple[str, ...], Meta(description="Explanations of the path, not problems.")]
    reference_times: Annotated[
        tuple[ReferenceTimeDocument, ...], Meta(description="Times recorded by other header fields, top to bottom.")
    ]
    latency: Annotated[
        tuple[LatencyDocument, ...], Meta(description="Latencies recorded by Exchange servers, top to bottom.")
    ]
    clocks: Annotated[
        tuple[ClockDocument, ...], Meta(description="Skewed or differing clocks, in the order of the path.")
    ]
    border: Annotated[
        BorderDocument | None, Meta(description="Where the attested part of the path starts; null without a hop.")
    ]
    delivery_status: Annotated[
        tuple[DeliveryStatusDocument, ...],
        Meta(description="By recipient, if the input is a report; the hops are then those of the returned message."),
    ]
    authentication: Annotated[
        tuple[AuthenticationDocument, ...],
        Meta(
            description="Results of all Authentication-Results, ARC-Authentication-Results and Received-SPF fields, "
            "top to bottom, as written."
        ),
    ]
    signatures: Annotated[
        tuple[SignatureDocument, ...], Meta(description="Signatures of DKIM and ARC, top to bottom; not verified.")
    ]
    antispam: Annotated[
        AntispamDocument | None,
        Meta(description="Antispam and organization headers of Exchange; null if there are none."),
    ]
    tracking: Annotated[
        MessageTrackingDocument | None,
        Meta(description="Events of tracking logs and message traces; null without any."),
    ]


class MessagesDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Several messages."""

    schema: Version
    messages: tuple[MessageDocument, ...]


def analysis_document(analysis: Analysis, tz: tzinfo | None = None) -> MessageDocument:
    """The record of a message; times in ``tz``, or in the zone of each Received field."""
    route = analysis.route
    stamps = (defect for hop in route.hops for defect in hop.stamp.defects)
    held = {wait.hop: wait for wait in analysis.attributed_delays}
    tracked = {hop.hop: hop for hop in analysis.tracking.hops} if analysis.tracking else {}
    return MessageDocument(
        schema=SCHEMA,
        source=route.source,
        message_id=route.message_id,
        total_delay_seconds=seconds(route.total_delay),
        repairs=tuple(RepairDocument(code=repair.code, message=repair.message) for repair in route.repairs),
        defects=_defects((*route.defects, *stamps)),
        hops=tuple(
            _hop(hop, held.get(hop.number), tracked.get(hop.number), trust, analysis.locations, tz)
            for hop, trust in zip(analysis.hops, analysis.trust, strict=True)
        ),
        subject=decoded(route.subject) if route.subject else route.subject,
        findings=tuple(map(_finding, analysis.findings)),
        scenario=analysis.scenario,
        passages=tuple(map(_passage, analysis.passages)),
        services_without_header=tuple(map(_service_without_header, analysis.services_without_header)),
        time_spent=tuple(map(spent_document, spent(analysis.attributed_delays))),
        notes=analysis.notes,
        reference_times=tuple(reference_time_document(reference, tz) for reference in analysis.reference_times),
        latency=latency_documents(analysis, tz),
        clocks=tuple(clock_document(clock, tz) for clock in analysis.clocks),
        border=_border(analysis.border) if analysis.border else None,
        delivery_status=tuple(_delivery_status(status, tz) for status in route.delivery_status),
        authentication=tuple(_result(item, analysis) for item in analysis.authentication),
        signatures=tuple(_signature(item, analysis, tz) for item in analysis.signatures),
        antispam=_antispam(analysis.antispam, analysis.locations) if analysis.antispam else None,
        tracking=message_tracking_document(analysis.tracking, tz) if analysis.tracking else None,
    )


def _antispam(antispam: Antispam, locations: Mapping[str, Location]) -> AntispamDocument:
    return AntispamDocument(
        scl=antispam.number("SCL"),
        bcl=antispam.number("BCL"),
        pcl=antispam.number("PCL"),
        sfv=antispam.text("SFV"),
        cat=antispam.text("CAT"),
        ipv=antispam.text("IPV"),
        sfty=antispam.text("SFTY"),
        dir=antispam.text("DIR"),
        ctry=antispam.text("CTRY"),
        lang=antispam.text("LANG"),
        cip=antispam.text("CIP"),
        cip_location=_location(locations.get(antispam.text("CIP") or "")),
        helo=antispam.text("H"),
        ptr=antispam.text("PTR"),
        auth_as=antispam.text("AuthAs"),
        auth_source=antispam.text("AuthSource"),
        auth_mechanism=antispam.text("AuthMechanism"),
        directionality=antispam.text("MessageDirectionality"),
        network_message_id=antispam.text("Network-Message-Id"),
        compauth=antispam.text("compauth"),
        compauth_reason=antispam.text("reason"),
        values=tuple(
            AntispamValueDocument(
                field=verdict.value.field.name,
                line=verdict.value.field.line,
                key=verdict.value.key,
                value=verdict.value.value,
                label=verdict.value.label,
                meaning=verdict.value.meaning,
                hop=verdict.hop,
                trust=verdict.trust,
            )
            for verdict in antispam.verdicts
        ),
    )


def _result(item: AuthenticationResult, analysis: Analysis) -> AuthenticationDocument:
    writer = analysis.writers[item.field.line]
    return AuthenticationDocument(
        method=item.method,
        result=item.result,
        authserv_id=item.authserv_id,
        attested=writer.is_attested,
        reason=item.reason,
        properties=dict(item.properties),
        client_address=item.client_address,
        client_location=_location(analysis.locations.get(item.client_address or "")),
        instance=item.instance,
        field=item.field.name,
        line=item.field.line,
        hop=writer.hop,
        trust=writer.trust,
    )


def _signature(item: Signature, analysis: Analysis, tz: tzinfo | None) -> SignatureDocument:
    writer = analysis.signers[item.field.line]
    return SignatureDocument(
        field=item.field.name,
        line=item.field.line,
        domain=item.domain,
        selector=item.selector,
        algorithm=item.algorithm,
        signed_at=iso(item.signed_at, tz),
        expires_at=iso(item.expires_at, tz),
        instance=item.instance,
        chain_validation=item.chain_validation,
        hop=writer.hop,
        trust=writer.trust,
    )


def _delivery_status(status: DeliveryStatus, tz: tzinfo | None) -> DeliveryStatusDocument:
    return DeliveryStatusDocument(
        recipient=status.recipient,
        action=status.action,
        status=status.status,
        diagnostic=status.diagnostic,
        reporting_mta=status.reporting_mta,
        remote_mta=status.remote_mta,
        arrival_date=_instant(status.arrival_date, tz),
        arrival_date_text=_unread(status.arrival_date),
        will_retry_until=_instant(status.will_retry_until, tz),
        will_retry_until_text=_unread(status.will_retry_until),
        last_attempt=_instant(status.last_attempt, tz),
        last_attempt_text=_unread(status.last_attempt),
        report_date=_instant(status.report_date, tz),
        held_seconds=seconds(status.held),
        explanation=explanation_document(status.explanation) if status.explanation else None,
    )


def explanation_document(explanation: Explanation) -> ExplanationDocument:
    """The record of the explanation of an error."""
    return ExplanationDocument(
        text=explanation.text,
        at_fault=explanation.at_fault,
        meaning=explanation.meaning,
        checks=explanation.checks,
        confidence=cast("Confidence", explanation.confidence),
        sources=explanation.sources,
    )


def _instant(date: DateTime | None, tz: tzinfo | None) -> str | None:
    return iso(date.value, tz) if date else None


def _unread(date: DateTime | None) -> str | None:
    return date.text if date and date.value is None else None


def _border(border: Border) -> BorderDocument:
    return BorderDocument(
        hop=border.hop,
        organisation=border.organisation,
        peer_name=border.peer.name,
        peer_helo=border.peer.helo,
        peer_address=border.peer.address,
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
        restart_reason=passage.restart_reason,
        documented_path=passage.documented_path,
        deviations=passage.deviations,
    )


def _service_without_header(service: ServiceWithoutHeader) -> ServiceWithoutHeaderDocument:
    return ServiceWithoutHeaderDocument(
        after_hop=service.after,
        service=service.name,
        server=service.server,
        certain=service.certain,
        evidence=service.evidence,
    )


_NO_DOMAIN = ExtendedDomain()


def _hop(  # noqa: PLR0913, PLR0917 - what is known of a hop
    hop: Hop,
    wait: AttributedDelay | None,
    tracked: TrackedHop | None,
    trust: Trust,
    locations: Mapping[str, Location],
    tz: tzinfo | None,
) -> HopDocument:
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
            location=_location(locations.get(sender.tcp_info.address or "")),
        ),
        by=ByDocument(domain=server.domain, address=server.tcp_info.address),
        via=stamp.via,
        with_=stamp.with_,
        id=stamp.id,
        for_=stamp.for_,
        tls=_tls(stamp.tls) if stamp.tls else None,
        date=iso(hop.time, tz),
        delay_seconds=seconds(hop.delay),
        hops_covered=hop.hops_covered,
        line=stamp.field.line,
        release_date=label.released,
        auth=AuthDocument(user=stamp.auth.user, mechanism=stamp.auth.mechanism) if stamp.auth else None,
        held_by=_held_by(wait) if wait else None,
        alternatives=tuple(
            AlternativeDocument(service=alternative.service, probability=alternative.probability)
            for alternative in label.alternatives
        ),
        trust=trust,
        tracking=hop_tracking_document(tracked) if tracked else None,
    )


def _location(location: Location | None) -> LocationDocument | None:
    if location is None:
        return None
    return LocationDocument(
        country=location.country, as_number=location.as_number, as_organisation=location.as_organisation
    )


def _tls(tls: Tls) -> TlsDocument:
    return TlsDocument(version=tls.version, cipher=tls.cipher, bits=tls.bits)


def _held_by(wait: AttributedDelay) -> HeldByDocument:
    return HeldByDocument(
        holder=wait.holder,
        service=wait.service,
        server=wait.server,
        detail=wait.detail,
        clock_skew_seconds=wait.clock_skew.total_seconds(),
        possible_clock_skew_seconds=wait.possible_skew.total_seconds(),
    )


def spent_document(spent_time: Spent) -> SpentDocument:
    """The record of the time that a service spent."""
    return SpentDocument(
        service=spent_time.service,
        server=spent_time.server,
        organisation=spent_time.organisation,
        seconds=spent_time.time.total_seconds(),
        holder=spent_time.holder,
    )


def _defects(defects: Iterable[Defect]) -> tuple[DefectDocument, ...]:
    return tuple(
        DefectDocument(code=defect.code, message=defect.message, line=defect.line, start=defect.start, end=defect.end)
        for defect in defects
    )
