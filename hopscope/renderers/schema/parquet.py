"""The columns of the Parquet exports. Columns that the JSON output of a message also has use the names of its keys."""

from collections.abc import Callable
from typing import Any, NamedTuple

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delivery import actions_and_codes
from hopscope.model import ExtendedDomain, Hop, TcpInfo
from hopscope.renderers.text.escape import json as text
from hopscope.renderers.text.json_values import maybe_text, seconds

__all__ = ["COLUMNS", "HEADER_COLUMNS", "Column"]


class Column(NamedTuple):
    """A column; its type is an Arrow type name."""

    name: str
    type: str
    description: str
    value: Callable[[Analysis, Hop], Any]


_NO_DOMAIN = ExtendedDomain(tcp_info=TcpInfo())


def _from(hop: Hop) -> ExtendedDomain:
    return hop.stamp.from_domain or _NO_DOMAIN


def _by(hop: Hop) -> ExtendedDomain:
    return hop.stamp.by_domain or _NO_DOMAIN


def _offset(hop: Hop) -> int | None:
    date = hop.stamp.date_time
    offset = date.value.utcoffset() if date and date.value and date.zone_known else None
    return None if offset is None else int(offset.total_seconds() // 60)


def _codes(analysis: Analysis, hop: int | None = None) -> list[str]:
    """The codes of the findings of the message, or of one hop."""
    return [finding.code for finding in analysis.findings if hop is None or finding.hop == hop]


COLUMNS: tuple[Column, ...] = (
    Column("source", "string", "Where the message was read.", lambda a, _: text(a.route.source)),
    Column("message_id", "string", "The Message-ID field.", lambda a, _: maybe_text(a.route.message_id)),
    Column("hop", "int32", "Number of the hop; 1 is the origin.", lambda _, h: h.number),
    Column("hops", "int32", "How many hops the message has.", lambda a, _: len(a.route.hops)),
    Column("service", "string", "Service that added the Received field.", lambda _, h: str(h.label.service)),
    Column("confidence", "float64", "Probability that service is right, from 0 to 1.", lambda _, h: h.label.confidence),
    Column("inferred", "bool", "Whether the label was inferred from the path.", lambda _, h: h.label.inferred),
    Column("product", "string", "Such as Exchange Server 2016.", lambda _, h: h.label.product),
    Column("release", "string", "Such as CU23.", lambda _, h: h.label.release),
    Column("build", "string", "Build number in its short form.", lambda _, h: h.label.build),
    Column(
        "software",
        "string",
        "Name and version that another mail system records.",
        lambda _, h: maybe_text(h.label.software),
    ),
    Column("server", "string", "Name after by, as written.", lambda _, h: maybe_text(_by(h).domain)),
    Column(
        "server_address", "string", "The server's own IP address.", lambda _, h: maybe_text(_by(h).tcp_info.address)
    ),
    Column("from_domain", "string", "Name after from, as written.", lambda _, h: maybe_text(_from(h).domain)),
    Column("from_helo", "string", "Argument of EHLO or HELO, if recorded.", lambda _, h: maybe_text(_from(h).helo)),
    Column(
        "from_rdns", "string", "Name found for the peer's address.", lambda _, h: maybe_text(_from(h).tcp_info.domain)
    ),
    Column("from_address", "string", "IP address of the peer.", lambda _, h: maybe_text(_from(h).tcp_info.address)),
    Column("via", "string", "The via clause.", lambda _, h: maybe_text(h.stamp.via)),
    Column("with", "string", "The with clause.", lambda _, h: maybe_text(h.stamp.with_)),
    Column("id", "string", "The id clause.", lambda _, h: maybe_text(h.stamp.id)),
    Column("tls", "bool", "Whether the Received field records TLS.", lambda _, h: h.stamp.tls is not None),
    Column(
        "tls_version",
        "string",
        "Such as TLS1.2.",
        lambda _, h: maybe_text(h.stamp.tls.version) if h.stamp.tls else None,
    ),
    Column("tls_cipher", "string", "As written.", lambda _, h: maybe_text(h.stamp.tls.cipher) if h.stamp.tls else None),
    Column("tls_bits", "int32", "Effective key length.", lambda _, h: h.stamp.tls.bits if h.stamp.tls else None),
    Column("authenticated", "bool", "Whether the client had authenticated.", lambda _, h: h.stamp.auth is not None),
    Column("time", "timestamp[us, tz=UTC]", "When the server had received it (UTC).", lambda _, h: h.time),
    Column("utc_offset_minutes", "int32", "Time zone offset of the Received field.", lambda _, h: _offset(h)),
    Column(
        "delay_seconds",
        "float64",
        "Time since the last dated hop before; may be negative.",
        lambda _, h: seconds(h.delay),
    ),
    Column("hops_covered", "int32", "Hops that delay_seconds covers.", lambda _, h: h.hops_covered),
    Column(
        "total_delay_seconds",
        "float64",
        "First dated hop to last, of the message.",
        lambda a, _: seconds(a.route.total_delay),
    ),
    Column("scenario", "string", "Scenario of the message.", lambda a, _: str(a.scenario)),
    Column("findings", "list<string>", "Codes of the findings of the message.", lambda a, _: _codes(a)),
    Column("hop_findings", "list<string>", "Codes of those about this hop.", lambda a, h: _codes(a, h.number)),
    Column(
        "defects",
        "list<string>",
        "Syntax violations in the Received field.",
        lambda _, h: [defect.code for defect in h.stamp.defects],
    ),
    Column("line", "int32", "Line of the field in the header block, from 1.", lambda _, h: h.stamp.field.line),
    Column("trust", "string", "attested, linked or unlinked.", lambda a, h: str(a.trust[h.number - 1])),
    Column(
        "delivery_status",
        "list<string>",
        "Actions and status codes of a report, such as failed 4.4.7.",
        lambda a, _: actions_and_codes(a.route.delivery_status),
    ),
)
"""The columns in order; new columns are added at the end."""

HEADER_COLUMNS = (
    ("source", "string", "Address of the message, such as dump.mbox:17."),
    ("content", "binary", "The header block of the message, as it was written; of a report also its text."),
)
"""Name, type and description of the columns of `export --headers`."""
