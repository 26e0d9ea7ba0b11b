"""Every record and enum of hopscope: over 300 lines because they are all defined here.

Names follow RFC 5321 section 4.4 (trace information), RFC 5322 section 3.6.7 and
Microsoft's documentation of the Exchange transport services.

Everywhere: ``None`` means unknown or absent, never zero; text is kept as written,
and bytes that are not UTF-8 become surrogate escapes (PEP 383), so that nothing is lost.

Records refer only to records created earlier, so reference cycles cannot arise and the garbage collector need not
track them (``gc=False``). Tracking them would take a tenth of the time of a run over a dump.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import overload

import msgspec

from hopscope.on_first_use import on_first_use

__all__ = [
    "WORST_FIRST",
    "Alternative",
    "AntispamValue",
    "Auth",
    "AuthenticationResult",
    "Build",
    "DateTime",
    "Defect",
    "DeliveryAction",
    "DeliveryStatus",
    "ExchangeMark",
    "ExchangeToken",
    "Explanation",
    "ExtendedDomain",
    "Finding",
    "HeaderField",
    "HeaderFields",
    "Hop",
    "Label",
    "Location",
    "Passage",
    "ReferenceTime",
    "Repair",
    "Route",
    "Scenario",
    "Service",
    "ServiceWithoutHeader",
    "Severity",
    "Signature",
    "Stage",
    "Stamp",
    "TcpInfo",
    "Tls",
    "TrackingEvent",
]


class Service(StrEnum):
    """The service that added a Received field.

    The Exchange names are those of Microsoft's "Mail flow and the transport pipeline".
    """

    MAPI_SUBMISSION = "mapi submission"
    """The message was submitted from the store: 2013+ Mailbox Transport Submission, 2007/2010 store driver."""
    HTTP_SUBMISSION = "HTTP submission"
    """Exchange Online: a service of the substrate submitted the message over HTTP."""
    FRONT_END = "Front End Transport"
    """2013+: the stateless proxy; it has no queue."""
    TRANSPORT = "Transport"
    """2013+: routes and categorizes; the only service with queues."""
    MAILBOX_TRANSPORT = "Mailbox Transport"
    """2013+: Mailbox Transport Delivery; it has no queue."""
    ONLINE_DELIVERY = "Online mailbox delivery"
    """Exchange Online: delivery into the mailbox over HTTPS."""
    HUB_TRANSPORT = "Hub Transport"
    """2007/2010: the only role that routes and queues inside the organisation."""
    EDGE_TRANSPORT = "Edge Transport"
    """The perimeter role of 2007 and later; it queues."""
    OTHER_MTA = "other MTA"
    """A mail system that is not Exchange 2007 or later."""
    UNKNOWN = "unknown"
    """The Received field does not identify the service."""


class Stage(StrEnum):
    """The part of the mail flow that a service belongs to, in path order."""

    SUBMISSION = "submission"
    FRONT_END = "front end"
    TRANSPORT = "transport"
    DELIVERY = "delivery"
    OUTSIDE = "outside Exchange"


class Scenario(StrEnum):
    """Where a message entered an Exchange organisation, and where it left it.

    The paths are those of Microsoft's "Mail flow and the transport pipeline"; for Exchange 2007 and 2010, those of
    "Understanding Transport Pipeline".
    """

    INTERNAL_SAME = "internal, same server"
    """From mailbox to mailbox; one server added all Received fields."""
    INTERNAL_OTHER = "internal, other server"
    """From mailbox to mailbox through a second server, which holds the other mailbox or only ran Transport."""
    INBOUND_FRONT_END = "inbound via Front End"
    INBOUND_EDGE = "inbound via Edge"
    INBOUND_HUB = "inbound via Hub"
    """2007 and 2010: Hub Transport received it directly from outside."""
    INBOUND_TRANSPORT = "inbound via Transport"
    """2013 and later: a Receive connector of Transport received it from outside."""
    OUTBOUND = "outbound"
    """The next system names a peer that is neither the last server nor another known server of the organisation."""
    OUTBOUND_DIRECT = "outbound direct"
    OUTBOUND_PROXY = "outbound via proxy"
    """Sent through Front End Transport, which adds no Received field."""
    OUTBOUND_EDGE = "outbound via Edge"
    CLIENT_SUBMISSION = "client submission"
    """An authenticated client sent it by SMTP."""
    RELAY = "relay"
    """It came from outside the organisation and left it again."""
    HYBRID_OUT = "hybrid, to Exchange Online"
    """Between the two parts of one organisation, from on-premises."""
    HYBRID_IN = "hybrid, to on-premises"
    """Between the two parts of one organisation, from Exchange Online."""
    ONLINE_INTERNAL = "Online internal"
    ONLINE_INBOUND = "Online inbound"
    ONLINE_OUTBOUND = "Online outbound"
    NOT_EXCHANGE = "not Exchange"
    """No Exchange server of 2007 or later added a Received field."""
    UNKNOWN = "unknown"
    """The Received fields do not show it, or they end before the message was delivered."""


class Severity(StrEnum):
    """How much a finding matters: ``info`` least, ``error`` most."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    # Those of str would sort the names. The other severity may be a text, as it is in JSON.
    def __lt__(self, other: str) -> bool:
        return WORST_FIRST.index(self) > WORST_FIRST.index(Severity(other))

    def __le__(self, other: str) -> bool:
        return WORST_FIRST.index(self) >= WORST_FIRST.index(Severity(other))

    def __gt__(self, other: str) -> bool:
        return not self <= other

    def __ge__(self, other: str) -> bool:
        return not self < other


WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)
"""The order in which findings are sorted and counted by severity."""


class HeaderField(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One header field, unfolded (RFC 5322 section 2.2.3)."""

    name: str
    """Field name as written, without the colon."""
    body: str
    """Field body with the line breaks of folding removed; surrounding white space stripped."""
    line: int
    """Line of the field's name in the header block, from 1."""


class HeaderFields(Sequence[HeaderField]):
    """All header fields except Received, top to bottom. Records are created on access: a dump needs few of them."""

    def __init__(self, fields: Sequence[tuple[str, str]], line: int) -> None:
        """Store the fields of a header block.

        Args:
            fields: Name and folded body of each field of the block, including Received; lines end in LF.
            line: Line number of the first field.
        """
        self._fields = fields
        self._line = line
        self.names = [name.lower() for name, _ in fields]
        """The names of all fields of the block, in lower case."""

    def first(self, name: str) -> str | None:
        """Body of the topmost field with this lower-case name, or ``None``."""
        return self._body(self.names.index(name)) if name in self.names else None

    def _body(self, position: int) -> str:
        return self._fields[position][1].replace("\n", "").strip(" \t")

    @overload
    def __getitem__(self, index: int) -> HeaderField: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[HeaderField, ...]: ...
    def __getitem__(self, index: int | slice) -> HeaderField | tuple[HeaderField, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        return self._field(self._positions[index])

    @on_first_use
    def _positions(self) -> list[int]:
        return [position for position, name in enumerate(self.names) if name != "received"]

    def named(self, name: str) -> list[HeaderField]:
        """The fields with this lower-case name, top to bottom."""
        return list(map(self._field, self._at(name)))

    def bodies(self, name: str) -> list[str]:
        """The bodies of the fields with this lower-case name, top to bottom; no line numbers, which need counting."""
        return list(map(self._body, self._at(name)))

    def _at(self, name: str) -> list[int]:
        return self._positions_of.get(name, [])

    @on_first_use
    def _positions_of(self) -> dict[str, list[int]]:
        positions: dict[str, list[int]] = {}
        for position, name in enumerate(self.names):
            positions.setdefault(name, []).append(position)
        return positions

    def _field(self, position: int) -> HeaderField:
        return HeaderField(name=self._fields[position][0], body=self._body(position), line=self._lines[position])

    @on_first_use
    def _lines(self) -> list[int]:
        """The line of each field, counted once: counting again for each field would take quadratic time."""
        return list(accumulate([body.count("\n") + 1 for _, body in self._fields], initial=self._line))

    def __len__(self) -> int:
        return len(self.names) - self.names.count("received")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (HeaderFields, tuple)) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class Defect(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A violation of the grammar or of a documented limit in the input."""

    code: str
    """Stable name, such as ``date-unreadable``."""
    message: str
    """What is wrong, in one line."""
    line: int | None = None
    """Line in the header block, from 1."""
    start: int | None = None
    """Offset in the field's body where it starts."""
    end: int | None = None
    """Offset in the field's body where it ends."""


class Repair(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One repair made to damaged input before it was read."""

    code: str
    """Stable name, such as ``blank-lines``."""
    message: str
    """What was done, in one line."""


class TcpInfo(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """TCP-info of RFC 5321 section 4.4: the peer's name and address as the receiving server recorded them."""

    domain: str | None = None
    """The name the server resolved for the address; ``None`` if there is none or it is ``unknown``."""
    address: str | None = None
    """The IP address without brackets, ``IPv6:`` tag or port; a zone index (``%12``) is kept."""
    port: int | None = None
    """The peer's port of the TCP connection (RFC 9293 section 3.1), if recorded."""


class ExtendedDomain(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Extended-Domain of RFC 5321 section 4.4: the name in a from or by clause, with its comments."""

    domain: str | None = None
    """As written after the keyword; ``None`` if empty."""
    helo: str | None = None
    """The EHLO/HELO argument, if the field marks it as such."""
    ident: str | None = None
    """The user of the connection, as the peer's identification service named it (RFC 1413).

    qmail also writes an authenticated user here; only a user with a domain can be distinguished from an ident.
    """
    tcp_info: TcpInfo = TcpInfo()
    """The peer's name and address; of a by clause, those of the server itself."""
    comments: tuple[str, ...] = ()
    """The comments of the clause, without their outer parentheses."""


class Auth(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Authentication of the client: SMTP AUTH (RFC 4954), or a webmail login.

    Present with all fields ``None`` if only the fact is recorded, as with ``ESMTPA`` (RFC 3848).
    """

    user: str | None = None
    """The authenticated user: ``smtp.auth`` of RFC 8601 section 2.7.4."""
    mechanism: str | None = None
    """The SASL mechanism (RFC 4422 section 3.1) in upper case, such as ``LOGIN``."""


class AuthenticationResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The result of one method, as a header field claims it; hopscope verifies nothing.

    It is in Authentication-Results (RFC 8601 section 2.2), in ARC-Authentication-Results (RFC 8617 section 4.1.1) or in
    Received-SPF (RFC 7208 section 9.1).
    """

    method: str
    """In lower case, such as ``spf``, ``dkim``, ``dmarc``, ``compauth``."""
    result: str
    """In lower case, such as ``pass``, ``softfail``, ``temperror``."""
    reason: str | None = None
    """The text after ``reason=``; for compauth, Microsoft's code, such as ``100``."""
    properties: tuple[tuple[str, str], ...] = ()
    """What was checked, as names in lower case and values: ``("smtp.mailfrom", "news.example.org")``."""
    authserv_id: str | None = None
    """The service that checked, as it names itself; ``None`` in the fields of Exchange Online, which have none."""
    instance: int | None = None
    """The number of the ARC set; ``None`` in other fields, or if it is damaged."""
    client_address: str | None = None
    """The address of the client that was checked, from a property or the comment; ``None`` if it is not recorded."""
    field: HeaderField
    """The field that records it."""

    @property
    def is_of_arc(self) -> bool:
        """Whether an ARC-Authentication-Results field records it."""
        return self.field.name.lower() == "arc-authentication-results"


class Signature(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A DKIM-Signature (RFC 6376), ARC-Seal or ARC-Message-Signature (RFC 8617), not verified.

    A damaged tag, or one that occurs twice, is ``None``, as a missing one is.
    """

    field: HeaderField
    domain: str | None = None
    """The tag ``d``: the domain of the signer, as written."""
    selector: str | None = None
    """The tag ``s``."""
    algorithm: str | None = None
    """The tag ``a``, such as ``rsa-sha256``."""
    signed_at: datetime | None = None
    """The tag ``t``; aware, in UTC."""
    expires_at: datetime | None = None
    """The tag ``x``; aware, in UTC."""
    instance: int | None = None
    """The tag ``i`` of an ARC field: the number of its ARC set; ``None`` for DKIM, whose ``i`` is an identity."""
    chain_validation: str | None = None
    """The tag ``cv`` of an ARC-Seal: ``none``, ``fail`` or ``pass``."""


class AntispamValue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One value in an antispam or organization header of Exchange or Exchange Online. It is what the header claims."""

    field: HeaderField
    """The header field that has it."""
    key: str
    """Such as ``SCL``, ``SFV`` or ``AuthAs``: as ``antispam_values.tsv`` writes it, or as written if it is not listed
    there."""
    value: str
    """As written; empty if the key alone is the information."""
    label: str | None = None
    """What the value means, in a few words; ``None`` if it is not documented, or needs no label, as addresses do."""
    meaning: str | None = None
    """What the value means, in a sentence or two; ``None`` if it is not documented."""
    sources: tuple[str, ...] = ()
    """Keys of ``data/SOURCES.md``."""


class Tls(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """TLS of the session. Present with all fields ``None`` if just "TLS" is recorded."""

    version: str | None = None
    """Such as ``TLS1.2``, regardless of the spelling in the field."""
    cipher: str | None = None
    """The cipher suite, as written."""
    bits: int | None = None
    """Effective key length."""


class DateTime(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A date-time (RFC 5322 section 3.3) as written and as parsed."""

    text: str
    """As written, comments included."""
    value: datetime | None = None
    """An aware datetime; ``None`` if the text or its zone cannot be parsed."""
    zone_known: bool = False
    """False for ``-0000`` (UTC is known, the sender's zone is not) and if there is no zone."""
    defects: tuple[Defect, ...] = ()
    """Violations of the grammar in the date-time."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One Received field, split into the clauses of RFC 5321 section 4.4."""

    field: HeaderField
    """The header field."""
    from_domain: ExtendedDomain | None = None
    """The from clause: the sending server."""
    by_domain: ExtendedDomain | None = None
    """The by clause: the server that added the field."""
    via: str | None = None
    """The via clause: the link, or the Exchange service."""
    with_: str | None = None
    """The with clause: the protocol, such as ``ESMTPS``."""
    id: str | None = None
    """The id clause: the server's own name of the message; of Exchange, its build."""
    for_: str | None = None
    """The for clause: a recipient."""
    tls: Tls | None = None
    """``None`` if no TLS is recorded."""
    auth: Auth | None = None
    """``None`` if no authentication is recorded."""
    additional: tuple[str, ...] = ()
    """Text outside comments that belongs to no clause; each piece has a defect with its position."""
    comments: tuple[str, ...] = ()
    """All comments of the field outside the from and by clauses, without their outer parentheses."""
    date_time: DateTime | None = None
    """When the server had received the message; ``None`` without a date-time."""
    defects: tuple[Defect, ...] = ()
    """Violations of the grammar in the field, with their positions."""


class Build(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The product and release that a build number identifies."""

    number: str | None
    """In the short form; ``None`` if the field has none and only the host name identifies the product."""
    product: str
    """Such as ``Exchange Server 2013``."""
    release: str | None = None
    """Such as ``CU23 Mar23SU``; starts with ``at or after`` if the number is in no table."""
    date: str | None = None
    """Release date, ``YYYY-MM-DD`` or ``YYYY-MM``; with ``at or after``, the earliest possible one."""
    exact: bool = False
    """The table contains exactly this number."""
    newer: bool = False
    """Newer than every build of its product in the table, so the table may be out of date."""


class ExchangeToken(StrEnum):
    """The text of the with clause in Received fields of Exchange 2007 and later."""

    MAPI = "mapi"
    SMTP = "Microsoft SMTP Server"
    SHADOW = "ShadowRedundancy"
    REPLICATION = "TransportReplication"
    RESUBMISSION = "MailboxResubmission"
    HTTPS = "HTTPS"
    HTTP = "HTTP"


class ExchangeMark(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the Received field of an Exchange server shows about the service that added it."""

    token: ExchangeToken
    """The text of the with clause."""
    via: str | None
    """``Frontend Transport`` or ``Mailbox Transport``; in a Received field of an HTTP hop, a host."""
    build: Build | None
    """The build from the id clause or else from the server name; ``None`` if neither shows one."""
    pickup: bool
    """The message was dropped in the Pickup directory: ``from Pickup``."""

    generation: str | None
    """Generation of the transport pipeline that the product belongs to; ``None`` if unknown."""
    prints_via: bool
    """The service is named in a via clause."""
    inside: bool
    """The field names a service that no Edge Transport server has."""

    @property
    def product(self) -> str | None:
        """Such as ``Exchange Server 2013``; ``None`` if unknown."""
        return self.build.product if self.build else None


class Alternative(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Another service that could have added the field."""

    service: Service
    """The other service."""
    probability: float
    """From 0 to 1; label and alternatives of a hop add up to at most 1."""


class Label(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The service that added the Received field of a hop, with the evidence for it."""

    service: Service = Service.UNKNOWN
    """The most probable service."""
    confidence: float = 0.0
    """Probability that ``service`` is right; 1.0 only if the field names the service."""
    inferred: bool = False
    """The label is based on the path and not the field: later builds name the service, or the confidence is low."""
    evidence: tuple[str, ...] = ()
    """The reasons, each with the header text or rule that decided."""
    alternatives: tuple[Alternative, ...] = ()
    """The other possible services, most probable first."""
    generation: str = ""
    """Generation of the transport pipeline: ``2007`` to ``2019``, ``SE``, ``Online``; empty: unknown.

    A mapi hop without a build counts as 2007: 2010 writes a build since SP1, and both have the same services.
    """
    product: str | None = None
    """Such as ``Exchange Server 2013``."""
    release: str | None = None
    """Such as ``Preview`` or ``SP1``; starts with ``at or after`` if the build is in no table."""
    released: str | None = None
    """Date of the release, ``YYYY-MM-DD`` or ``YYYY-MM``; with ``at or after``, the earliest possible one."""
    build: str | None = None
    """Build number in its short form, such as ``15.0.466.10``."""
    software: str | None = None
    """Name and version of a non-Exchange mail system, as written."""

    @property
    def is_online(self) -> bool:
        """Whether Exchange Online added the field, according to the label."""
        return self.generation == "Online"


class Hop(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reception of the message: a Received field and its position on the path."""

    number: int
    """1 is the origin."""
    stamp: Stamp
    """The Received field, split into its clauses."""
    delay: timedelta | None = None
    """Time since the previous dated hop; may be negative; ``None`` if unknown."""
    hops_covered: int = 1
    """Number of legs that ``delay`` covers: more than 1 if the preceding hops have no date."""
    label: Label = Label()
    """The service that added the field, with the evidence."""
    mark: ExchangeMark | None = None
    """What an Exchange server wrote about itself; ``None`` for other systems, and before the hop is labelled."""
    from_previous: bool | None = None
    """Whether the message came, by name or address, from the server of the previous hop; ``None`` for the
    first hop, and before the hop is labelled."""
    held_by: str | None = None
    """What held the message during ``delay``, in words: ``EX16-02 Transport (mailbox delivery queue)``, ``mx.example
    (Postfix) or clock skew``, ``mostly clock skew``.

    It needs an analysis: only the hops of an analysis (``hopscope.analyze(route).hops``) have it. ``None`` if unknown,
    and always in the hops of a route (``route.hops``).
    """

    @property
    def service(self) -> Service:
        """The service that added the field: that of ``label``."""
        return self.label.service

    @property
    def server(self) -> str:
        """The server that added the field, in lower case for comparison; empty if unknown."""
        return (self.written_server or "").lower()

    @property
    def peer(self) -> str:
        """The sending server by the name it gave, in lower case; empty if unknown."""
        return (self.written_peer or "").lower()

    @property
    def written_server(self) -> str | None:
        """The server that added the field: the name after ``by``."""
        return self.stamp.by_domain.domain if self.stamp.by_domain else None

    @property
    def written_peer(self) -> str | None:
        """The sending server by the name it gave: the name after ``from``."""
        return self.stamp.from_domain.domain if self.stamp.from_domain else None

    @property
    def time(self) -> datetime | None:
        """When the service that added the field had received the message; ``None`` if unknown."""
        return self.stamp.date_time.value if self.stamp.date_time else None


class DeliveryAction(StrEnum):
    """What a mail system did with a message for a recipient (RFC 3464 section 2.3.3)."""

    FAILED = "failed"
    """The message was not delivered and will not be."""
    DELAYED = "delayed"
    """The message was not delivered yet; the mail system tries again."""
    DELIVERED = "delivered"
    RELAYED = "relayed"
    """The message was passed on to a system that does not report its delivery."""
    EXPANDED = "expanded"
    """The message was delivered to a list, and passed on to its members."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an error means, from ``error_strings.tsv``."""

    text: str
    """The words of the error that were recognised; an example with the code if the text is only a status code."""
    at_fault: str | None
    """The component or mail system at fault, in words; ``None`` if unknown."""
    meaning: str
    """What the error means, in words."""
    checks: tuple[str, ...]
    """What to check next, most useful first: a sentence or a cmdlet each. May be empty."""
    confidence: str
    """``documented`` (by the vendor or in an RFC), ``practitioners`` (they reported it), ``registered`` (only the
    registered meaning of the code is known) or ``unknown`` (no public source explains it)."""
    sources: tuple[str, ...]
    """Keys of ``data/SOURCES.md``."""
    codes: tuple[str, ...] = ()
    """Enhanced status codes (RFC 3463) that come with the error; ranges as ``5.7.606-649``. May be empty."""
    wrapper: bool = False
    """Whether the error only quotes another one, which is the cause."""


class DeliveryStatus(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a report says about the delivery of a message to one recipient (RFC 3464 section 2)."""

    recipient: str | None = None
    """The address, without its type."""
    action: DeliveryAction | None = None
    """What the mail system did; ``None`` if the report does not say it."""
    status: str | None = None
    """The enhanced status code (RFC 3463), such as ``5.1.1``."""
    diagnostic: str | None = None
    """The error as the mail system reported it, without its type."""
    reporting_mta: str | None = None
    """The server that generated the report: it was the last to hold the message."""
    remote_mta: str | None = None
    """The server that refused the message, or could not be reached."""
    arrival_date: DateTime | None = None
    """When the reporting server had received the message."""
    will_retry_until: DateTime | None = None
    """Until when the mail system tries again."""
    last_attempt: DateTime | None = None
    """When the mail system last tried."""
    report_date: DateTime | None = None
    """When the report was generated, from its ``Date`` field."""
    explanation: Explanation | None = None
    """``None`` if the error is in no table, and before the message is labelled."""

    @property
    def is_undelivered(self) -> bool:
        """Whether the message had not been delivered to the recipient when the report was generated."""
        return self.action is DeliveryAction.FAILED or self.action is DeliveryAction.DELAYED

    @property
    def held(self) -> timedelta | None:
        """How long the reporting server had the message, by its own clock.

        It ends at the report or the last attempt, whichever is later. ``None`` if a time or its zone is unknown, or if
        the message was not held. This time is not part of the delays of the hops, which end where the server received
        the message.
        """
        arrival = self.arrival_date.value if self.arrival_date else None
        ends = [date.value for date in (self.last_attempt, self.report_date) if date and date.value]
        if not self.is_undelivered or arrival is None or not ends:
            return None
        held = max(ends) - arrival
        return held if held > timedelta(0) else None


class Route(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The path of one message."""

    source: str = "-"
    """Where it was read from: a file name, ``-``, or ``dump.mbox:17`` for the 17th message of a file."""
    hops: tuple[Hop, ...] = ()
    """From the origin to the destination."""
    message_id: str | None = None
    """The Message-ID field as written, with its angle brackets."""
    subject: str | None = None
    """As written: its encoded words (RFC 2047) are decoded where it is shown or compared."""
    headers: Sequence[HeaderField] = ()
    """The other header fields, top to bottom; immutable."""
    repairs: tuple[Repair, ...] = ()
    """The repairs of damaged input, in their order."""
    defects: tuple[Defect, ...] = ()
    """Defects of the header block; those of a Received field are in its ``Stamp``."""
    delivery_status: tuple[DeliveryStatus, ...] = ()
    """What a report says about this message, by recipient; the hops are then those of the message that it returns, or
    its own if it returns none."""

    @property
    def is_undelivered(self) -> bool:
        """Whether a report says that the message was not delivered: its path ends at the reporting server."""
        return any(status.is_undelivered for status in self.delivery_status)

    @property
    def total_delay(self) -> timedelta | None:
        """Last dated hop minus first dated hop; ``None`` with fewer than two dated hops."""
        times = [hop.time for hop in self.hops if hop.time is not None]
        return times[-1] - times[0] if len(times) > 1 else None

    def header(self, name: str) -> str | None:
        """Body of the topmost header field called ``name`` (any case), or ``None``."""
        if isinstance(self.headers, HeaderFields):
            return self.headers.first(name.lower())
        return next(iter(self.bodies(name)), None)

    def named(self, name: str) -> list[HeaderField]:
        """The header fields called ``name`` (any case), top to bottom."""
        name = name.lower()
        if name not in self.names:
            return []
        if isinstance(self.headers, HeaderFields):
            return self.headers.named(name)
        return [field for field in self.headers if field.name.lower() == name]

    def bodies(self, name: str) -> list[str]:
        """The bodies of the header fields called ``name`` (any case), top to bottom."""
        if isinstance(self.headers, HeaderFields):
            return self.headers.bodies(name.lower())
        return [field.body for field in self.named(name)]

    @on_first_use
    def names(self) -> frozenset[str]:
        """The names of the other header fields, in lower case."""
        if isinstance(self.headers, HeaderFields):
            return frozenset(self.headers.names) - _TRACE
        return frozenset([field.name.lower() for field in self.headers])


_TRACE = frozenset({"received"})


class ReferenceTime(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A time or duration recorded in a header field of the message."""

    name: str
    """Such as ``Network-Message-Id``."""
    field: HeaderField
    """The header field that records it."""
    time: datetime | None = None
    """Aware; in UTC if the field has no zone of its own."""
    duration: timedelta | None = None
    """For EndToEndLatency, and for the wait measured by a greylist."""
    event: str
    """The event at that time, such as ``first entry into transport``."""
    clock: str
    """Owner of the clock according to the table: ``exchange``, ``signer``, ``host``, ``both`` or ``unknown``."""
    server: str | None = None
    """The server, or for a signature the domain, that owns the clock; ``None`` if the message does not show it."""
    source: str
    """The publication that documents the form, as keys of SOURCES.md."""


class ServiceWithoutHeader(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service that handled the message but added no Received field, so it is not a hop."""

    after: int
    """Number of the hop it follows; 0 before the first."""
    name: str
    """Name of the service, such as ``Front End Transport`` or ``store driver``."""
    service: Service | None = None
    """``None`` for components that never add a field and so have no label, such as the store driver."""
    server: str | None = None
    """The server that ran the service; ``None`` if unknown."""
    certain: bool = True
    """``False`` if the evidence has another possible explanation."""
    evidence: str
    """The evidence for the service, and why it added no Received field, as a self-contained sentence."""


class Passage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One passage of the message through Exchange: from its entry into an organisation to its exit."""

    first: int
    """Number of its first hop."""
    last: int
    """Number of its last hop."""
    scenario: Scenario
    """Where the message entered the organisation, and where it left it."""
    confidence: float
    """Probability that the labels behind the scenario are right."""
    restart_reason: str | None = None
    """Why a new passage starts here; ``None`` for the first passage and if other systems lie in between."""
    documented_path: tuple[str, ...] = ()
    """The documented mail flow of this scenario; services in brackets add no Received field."""
    deviations: tuple[str, ...] = ()
    """Deviations from the documented mail flow, one sentence each."""
    notes: tuple[str, ...] = ()
    """What of it is documented although it may seem to deviate, in sentences."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A problem or observation that deserves an administrator's attention."""

    code: str
    """Stable name, such as ``HOP101``."""
    severity: Severity
    """How much it matters; settings of checks may change it."""
    message: str
    """What the headers show: one sentence, at most about 120 characters long if names are short."""
    cause: str | None = None
    """The likely cause, in a sentence that starts with "Consistent with" or states a fact; ``None`` where unknown."""
    checks: tuple[str, ...] = ()
    """What to check next, one step each: a cmdlet with its arguments, or an imperative sentence."""
    detail: tuple[str, ...] = ()
    """Lines to display in a fixed-width font, such as two aligned paths."""
    source: str = "-"
    """The source of the message."""
    line: int | None = None
    """Line of the Received field: in the header block, or in the file if ``hopscope.check`` returned the finding."""
    hop: int | None = None
    """Number of the hop that the finding concerns."""


class Location(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the user's own databases say about the location of an IP address."""

    country: str | None = None
    """ISO 3166-1 code of the country, such as ``DE``."""
    as_number: int | None = None
    """Number of the autonomous system that announces the address (RFC 6793)."""
    as_organisation: str | None = None
    """The organisation that the autonomous system is registered for."""


class TrackingEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of a message tracking log of Exchange Server, or of a message trace of Exchange Online.

    Names are those of the columns in Microsoft's documentation, "Message tracking".
    """

    position: str
    """The file and line of the row: ``MSGTRK2024060314-1.LOG:17``."""
    time: datetime | None
    """``date-time``: when the event was logged, in UTC by the clock of ``logged_by``; ``None`` if it cannot be read."""
    local_time: datetime | None = None
    """The same without a zone, where ``time`` is ``None`` because the zone is unknown."""
    event: str
    """``event-id`` in upper case, such as ``RECEIVE``; of a message trace, the status, such as ``Delivered``."""
    source: str | None = None
    """The component of Exchange that the event is of, in upper case, such as ``STOREDRIVER`` or ``SMTP``."""
    logged_by: str | None = None
    """The server that wrote the row: ``client`` or ``server``, depending on the event; ``None`` if unknown."""
    client: str | None = None
    """``client-hostname``."""
    client_ip: str | None = None
    server: str | None = None
    """``server-hostname``: of a SEND, the server that the message was sent to."""
    server_ip: str | None = None
    connector: str | None = None
    """``connector-id``."""
    source_context: str | None = None
    """Additional information of the source, such as the reply of the next server."""
    internal_message_id: str | None = None
    """Identifies the message on one server."""
    message_id: str | None = None
    """The Message-ID field of the message, angle brackets included."""
    network_message_id: str | None = None
    """A GUID that stays the same for all copies of a message, across servers."""
    recipients: tuple[str, ...] = ()
    recipient_status: tuple[str, ...] = ()
    """By recipient: the SMTP reply or error; one text if it cannot be divided between the recipients."""
    total_bytes: int | None = None
    related_recipient: str | None = None
    """``related-recipient-address``: with EXPAND, REDIRECT and RESOLVE, the other address."""
    reference: str | None = None
    """More information of the event: with DSN, the Message-ID of the original; with SEND, that of a DSN."""
    subject: str | None = None
    sender: str | None = None
    return_path: str | None = None
    message_info: str | None = None
    """As written; of DELIVER and SEND the latencies by component, which ``classifier.latency`` reads."""
    arrived_at: datetime | None = None
    """When the message entered the organisation, in UTC, by ``message_info``."""
    next_retry: datetime | None = None
    """Of DEFER: a later time in ``message_info``, in UTC; inferred to be that of the next attempt."""
    reply: str | None = None
    """The SMTP reply or error that the event records, such as ``432 4.3.2 STOREDRV; mailbox server is offline``."""
    directionality: str | None = None
    """``Incoming``, ``Originating`` or ``Undefined``."""
    original_client_ip: str | None = None
    custom_data: tuple[tuple[str, str], ...] = ()
    """Names and values of ``custom-data``."""
