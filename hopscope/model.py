"""Every record and enum of hopscope: over 300 lines, as all of them are in one place.

Names follow RFC 5321 section 4.4 (trace information), RFC 5322 section 3.6.7 and
Microsoft's documentation of the Exchange transport services.

Everywhere: ``None`` means unknown or absent, never zero; text is kept as it was written,
with bytes that are no UTF-8 as surrogate escapes (PEP 383), so that nothing is lost.

Records refer to records made before them only, so that no cycle of references can arise: the garbage collector need
not track them (``gc=False``), which would take a tenth of the time of a run over a dump.
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
    "Auth",
    "Build",
    "DateTime",
    "Defect",
    "ExchangeMark",
    "ExchangeToken",
    "ExtendedDomain",
    "Finding",
    "HeaderField",
    "HeaderFields",
    "Hop",
    "Label",
    "Passage",
    "ReferenceTime",
    "Repair",
    "Route",
    "Scenario",
    "Service",
    "ServiceWithoutHeader",
    "Severity",
    "Stage",
    "Stamp",
    "TcpInfo",
    "Tls",
]


class Service(StrEnum):
    """What stamped a hop.

    The Exchange names are those of Microsoft's "Mail flow and the transport pipeline".
    """

    MAPI_SUBMISSION = "mapi submission"
    """The store handed over the message: 2013+ Mailbox Transport Submission, 2007/2010 store driver."""
    HTTP_SUBMISSION = "HTTP submission"
    """Exchange Online: a service of the substrate handed the message over by HTTP."""
    FRONT_END = "Front End Transport"
    """2013+: the stateless proxy; it has no queue."""
    TRANSPORT = "Transport"
    """2013+: routes and categorizes; the only service with queues."""
    MAILBOX_TRANSPORT = "Mailbox Transport"
    """2013+: Mailbox Transport Delivery; it has no queue."""
    ONLINE_DELIVERY = "Online mailbox delivery"
    """Exchange Online: delivery into the mailbox by HTTPS."""
    HUB_TRANSPORT = "Hub Transport"
    """2007/2010: the one role that routes and queues inside the organisation."""
    EDGE_TRANSPORT = "Edge Transport"
    """The perimeter role of 2007 and later; it queues."""
    OTHER_MTA = "other MTA"
    """A mail system that is not Exchange 2007 or later."""
    UNKNOWN = "unknown"
    """The stamp does not tell."""


class Stage(StrEnum):
    """The part of a message's way that a service belongs to, in the order of the way."""

    SUBMISSION = "submission"
    FRONT_END = "front end"
    TRANSPORT = "transport"
    DELIVERY = "delivery"
    OUTSIDE = "outside Exchange"


class Scenario(StrEnum):
    """Where a message came into an Exchange organisation, and where it left it.

    The ways are those of Microsoft's "Mail flow and the transport pipeline"; for 2007 and 2010, of "Understanding
    Transport Pipeline".
    """

    INTERNAL_SAME = "internal, same server"
    """From mailbox to mailbox, and all stamps are of one server."""
    INTERNAL_OTHER = "internal, other server"
    """From mailbox to mailbox, and another server took part, with the other mailbox or just with its Transport."""
    INBOUND_FRONT_END = "inbound via Front End"
    INBOUND_EDGE = "inbound via Edge"
    INBOUND_HUB = "inbound via Hub"
    """2007 and 2010: Hub Transport took it from outside itself."""
    INBOUND_TRANSPORT = "inbound via Transport"
    """2013 and later: a Receive connector of Transport took it from outside."""
    OUTBOUND = "outbound"
    """The next system names a peer that is neither the last server nor known as another one of the organisation."""
    OUTBOUND_DIRECT = "outbound direct"
    OUTBOUND_PROXY = "outbound via proxy"
    """Sent through Front End Transport, which stamps nothing."""
    OUTBOUND_EDGE = "outbound via Edge"
    CLIENT_SUBMISSION = "client submission"
    """An authenticated client sent it by SMTP."""
    RELAY = "relay"
    """It came from outside and went on to the outside."""
    HYBRID_OUT = "hybrid, to Exchange Online"
    """Between the two parts of one organisation, from on-premises."""
    HYBRID_IN = "hybrid, to on-premises"
    """Between the two parts of one organisation, from Exchange Online."""
    ONLINE_INTERNAL = "Online internal"
    ONLINE_INBOUND = "Online inbound"
    ONLINE_OUTBOUND = "Online outbound"
    NOT_EXCHANGE = "not Exchange"
    """No Exchange server of 2007 or later stamped it."""
    UNKNOWN = "unknown"
    """The stamps do not tell, or they end where the message was still under way."""


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)
"""The one order of severities, in which findings are sorted and counted."""


class HeaderField(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One header field, unfolded (RFC 5322 section 2.2.3)."""

    name: str
    """Field name as written, without the colon."""
    body: str
    """Field body with the line breaks of folding removed; surrounding white space stripped."""
    line: int
    """Line of the field's name in the header block, from 1."""


class HeaderFields(Sequence[HeaderField]):
    """Header fields but Received, top to bottom. A record is made when it is asked for: of a dump, few are."""

    def __init__(self, fields: Sequence[tuple[str, str]], line: int) -> None:
        """Take the fields of a header block.

        Args:
            fields: Name and folded body of each field of the block, Received among them; lines end in LF.
            line: The line of the first of them.
        """
        self._fields = fields
        self._line = line
        self.names = [name.lower() for name, _ in fields]
        """The names of all fields of the block, in lower case."""

    def first(self, name: str) -> str | None:
        """Body of the topmost field with a name in lower case, or ``None``."""
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
        """The fields with a name in lower case, top to bottom."""
        return list(map(self._field, self._at(name)))

    def bodies(self, name: str) -> list[str]:
        """The bodies of the fields with a name in lower case, top to bottom: without their lines, which are counted."""
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
        """The line of each field, counted once: to count anew for each field takes quadratic time."""
        return list(accumulate([body.count("\n") + 1 for _, body in self._fields], initial=self._line))

    def __len__(self) -> int:
        return len(self.names) - self.names.count("received")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (HeaderFields, tuple)) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class Defect(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something in the input that is against its grammar or a documented limit."""

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
    """TCP-info of RFC 5321 section 4.4: what the receiving server saw of its peer."""

    domain: str | None = None
    """The name the server found for the address; ``None`` where none or ``unknown``."""
    address: str | None = None
    """The IP address without brackets, ``IPv6:`` tag or port; a zone index (``%12``) is kept."""
    port: int | None = None
    """The peer's port of the TCP connection (RFC 9293 section 3.1), where the stamp prints it."""


class ExtendedDomain(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Extended-Domain of RFC 5321 section 4.4: the name in a from or by clause, with its comments."""

    domain: str | None = None
    """As written after the keyword; ``None`` where empty."""
    helo: str | None = None
    """The EHLO/HELO argument, where the stamp names it as such."""
    ident: str | None = None
    """The user of the connection, as the peer's identification service named it (RFC 1413).

    qmail prints in this place also a user that authenticated; only one with a domain can be told from it.
    """
    tcp_info: TcpInfo = TcpInfo()
    comments: tuple[str, ...] = ()
    """The comments of the clause, without their outer parentheses."""


class Auth(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That the client had authenticated: SMTP AUTH (RFC 4954), or the login of a webmail.

    Present with all fields ``None`` where a stamp says just that, as ``ESMTPA`` does (RFC 3848).
    """

    user: str | None = None
    """The name it authenticated as: ``smtp.auth`` of RFC 8601 section 2.7.4."""
    mechanism: str | None = None
    """The SASL mechanism (RFC 4422 section 3.1) in upper case, such as ``LOGIN``."""


class Tls(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """TLS of the session. Present with all fields ``None`` where a stamp says just "TLS"."""

    version: str | None = None
    """As ``TLS1.2``, whatever the spelling of the stamp."""
    cipher: str | None = None
    bits: int | None = None
    """Effective key length."""


class DateTime(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A date-time as RFC 5322 section 3.3 has it, and what could be read of it."""

    text: str
    """As written, comments included."""
    value: datetime | None = None
    """An aware datetime; ``None`` where the text, or its zone, cannot be read."""
    zone_known: bool = False
    """False for ``-0000`` (UTC is known, the sender's zone is not) and for no zone."""
    defects: tuple[Defect, ...] = ()


class Stamp(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One Received field, taken apart into the clauses of RFC 5321 section 4.4."""

    field: HeaderField
    from_domain: ExtendedDomain | None = None
    by_domain: ExtendedDomain | None = None
    via: str | None = None
    with_: str | None = None
    id: str | None = None
    for_: str | None = None
    tls: Tls | None = None
    auth: Auth | None = None
    """``None`` where the stamp does not tell of an authentication."""
    additional: tuple[str, ...] = ()
    """Text at comment depth 0 that no clause understands; each piece has a defect that says where it is."""
    comments: tuple[str, ...] = ()
    """All comments of the field outside the from and by clauses, without their outer parentheses."""
    date_time: DateTime | None = None
    defects: tuple[Defect, ...] = ()


class Build(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a build number tells of the server that printed it."""

    number: str | None
    """In the short form; ``None`` where the stamp has none and only the host tells the product."""
    product: str
    """Such as ``Exchange Server 2013``."""
    release: str | None = None
    """Such as ``CU23 Mar23SU``; starts with ``at or after`` where the number is in no table."""
    date: str | None = None
    """Release date, ``YYYY-MM-DD`` or ``YYYY-MM``; with ``at or after``, the earliest possible one."""
    exact: bool = False
    """The table has this very number."""
    newer: bool = False
    """Newer than every build of its product in the table, so the table may be out of date."""


class ExchangeToken(StrEnum):
    """What stands in the with clause of a Received field that Exchange 2007 or later wrote."""

    MAPI = "mapi"
    SMTP = "Microsoft SMTP Server"
    SHADOW = "ShadowRedundancy"
    REPLICATION = "TransportReplication"
    RESUBMISSION = "MailboxResubmission"
    HTTPS = "HTTPS"
    HTTP = "HTTP"


class ExchangeMark(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the Received field of an Exchange server says of the service that wrote it."""

    token: ExchangeToken
    via: str | None
    """``Frontend Transport`` or ``Mailbox Transport``; of a HTTP stamp, a host."""
    build: Build | None
    """What its id, or else the name of the server, tells; ``None`` where neither does."""
    pickup: bool
    """It was dropped in the Pickup directory: ``from Pickup``."""

    generation: str | None
    """Generation of the transport pipeline that its product belongs to; ``None`` where the stamp does not show it."""
    prints_via: bool
    """It names its service in a via clause."""
    inside: bool
    """It names a service that no Edge Transport server has."""

    @property
    def product(self) -> str | None:
        """Such as ``Exchange Server 2013``; ``None`` where the stamp does not tell it."""
        return self.build.product if self.build else None


class Alternative(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service that a stamp could also come from."""

    service: Service
    probability: float
    """From 0 to 1; label and alternatives of a hop sum to at most 1."""


class Label(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which service stamped a hop, on what evidence."""

    service: Service = Service.UNKNOWN
    confidence: float = 0.0
    """Probability that ``service`` is right; 1.0 only where the stamp says so itself."""
    inferred: bool = False
    """The path decided and not the stamp: later builds would have marked it, or the confidence is low."""
    evidence: tuple[str, ...] = ()
    """The reasons, each naming the header text or rule that decided."""
    alternatives: tuple[Alternative, ...] = ()
    """The other services it may be, most probable first."""
    generation: str = ""
    """Generation of the transport pipeline: ``2007`` to ``2019``, ``SE``, ``Online``; empty: unknown.

    A mapi stamp without a build counts as 2007: 2010 prints one from SP1 on, and both have the same services.
    """
    product: str | None = None
    """Such as ``Exchange Server 2013``."""
    release: str | None = None
    """Such as ``Preview`` or ``SP1``; starts with ``at or after`` where the build is in no table."""
    released: str | None = None
    """Date of the release, ``YYYY-MM-DD`` or ``YYYY-MM``; with ``at or after``, the earliest possible one."""
    build: str | None = None
    """Build number in its short form, such as ``15.0.466.10``."""
    software: str | None = None
    """Name and version that another mail system printed of itself."""

    @property
    def is_online(self) -> bool:
        """Whether Exchange Online added the field, as far as the label tells."""
        return self.generation == "Online"


class Hop(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reception of the message: a Received field in its place on the way."""

    number: int
    """1 is the origin."""
    stamp: Stamp
    delay: timedelta | None = None
    """Time since the last dated hop before; may be negative; ``None`` where unknown."""
    hops_covered: int = 1
    """How many legs ``delay`` covers: more than 1 where the hops just before have no date."""
    label: Label = Label()
    mark: ExchangeMark | None = None
    """What an Exchange server says of itself; ``None`` for other systems, and before the hop is labelled."""
    from_previous: bool | None = None
    """Whether it came, by name or address, from the server of the hop before; ``None`` for the first
    hop, and before the hop is labelled."""

    @property
    def server(self) -> str:
        """The server that stamped, in lower case, to be compared; empty where it is unknown."""
        return (self.written_server or "").lower()

    @property
    def peer(self) -> str:
        """The server that it came from, as it called itself, in lower case; empty where it is unknown."""
        return (self.written_peer or "").lower()

    @property
    def written_server(self) -> str | None:
        """The server that stamped: the name after ``by``."""
        return self.stamp.by_domain.domain if self.stamp.by_domain else None

    @property
    def written_peer(self) -> str | None:
        """The server that it came from, as it called itself: the name after ``from``."""
        return self.stamp.from_domain.domain if self.stamp.from_domain else None

    @property
    def time(self) -> datetime | None:
        """When the stamping service had received the message; ``None`` where unknown."""
        return self.stamp.date_time.value if self.stamp.date_time else None


class Route(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The way of one message."""

    source: str = "-"
    """Where it was read: a path, ``-``, or ``dump.mbox:17`` for the 17th message of a file."""
    hops: tuple[Hop, ...] = ()
    """From the origin to the destination."""
    message_id: str | None = None
    subject: str | None = None
    """As written; RFC 2047 words are not decoded."""
    headers: Sequence[HeaderField] = ()
    """The other header fields, top to bottom; immutable."""
    repairs: tuple[Repair, ...] = ()
    defects: tuple[Defect, ...] = ()
    """Defects of the header block; those of a stamp are with the stamp."""

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
    """A time, or a duration, that a field of the message tells."""

    name: str
    """Such as ``Network-Message-Id``."""
    field: HeaderField
    time: datetime | None = None
    """Aware; in UTC where the field has no zone of its own."""
    duration: timedelta | None = None
    """Of EndToEndLatency, and of the wait that a greylist measured."""
    event: str
    """What happened then, such as ``first entry into transport``."""
    clock: str
    """Whose clock it is, as the table says: ``exchange``, ``signer``, ``host``, ``both`` or ``unknown``."""
    server: str | None = None
    """The server, or for a signature the domain, whose clock it is; ``None`` where the message does not tell."""
    source: str
    """Where the form was published, as keys of SOURCES.md."""


class ServiceWithoutHeader(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service that handled the message and added no Received field, so it is not a hop."""

    after: int
    """Number of the hop it stands behind; 0 before the first."""
    name: str
    """Name of the service, such as ``Front End Transport`` or ``store driver``."""
    service: Service | None = None
    """``None`` for what never stamps and so has no label, such as the store driver."""
    server: str | None = None
    certain: bool = True
    """``False`` where the evidence has another explanation, too."""
    evidence: str
    """What tells of it, and why it left no stamp, as a sentence that can stand alone."""


class Passage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One passage of the message through Exchange: from where it comes into an organisation to where it leaves it."""

    first: int
    """Number of its first hop."""
    last: int
    """Number of its last hop."""
    scenario: Scenario
    confidence: float
    """Probability that the labels the scenario rests on are right."""
    restart_reason: str | None = None
    """Why the path starts again here; ``None`` for the first passage and where other systems lie between."""
    documented_path: tuple[str, ...] = ()
    """The documented mail flow of this scenario; services in brackets add no Received field."""
    deviations: tuple[str, ...] = ()
    """Differences from the documented mail flow, each in a sentence."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something worth an administrator's attention."""

    code: str
    """Stable name, such as ``HOP101``."""
    severity: Severity
    message: str
    """What the headers show: one sentence, of at most about 120 characters where names are short."""
    cause: str | None = None
    """The likely cause, in a sentence that starts with "Consistent with" or states a fact; ``None`` where unknown."""
    checks: tuple[str, ...] = ()
    """What to check next, one step each: a cmdlet with its arguments, or an imperative sentence."""
    detail: tuple[str, ...] = ()
    """Lines to be shown one below the other in a fixed-width font, such as two aligned paths."""
    source: str = "-"
    line: int | None = None
    hop: int | None = None
    """Number of the hop it is about."""
