"""Hops as rows of a table of Apache Arrow: for Parquet files that DuckDB, pandas or Spark read.

The names are those of the JSON of a message, where that has the same thing.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from hopscope.analysis.analyze import Analysis
from hopscope.model import ExtendedDomain, Hop, TcpInfo
from hopscope.renderers.text.escape import json as text

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COLUMNS", "Column", "rows", "schema"]


class Column(NamedTuple):
    """A column: its type is a name of Arrow's."""

    name: str
    type: str
    description: str
    value: Callable[[Analysis, Hop], Any]


_NOBODY = ExtendedDomain(tcp_info=TcpInfo())


def _text(value: str | None) -> str | None:
    return None if value is None else text(value)


def _from(hop: Hop) -> ExtendedDomain:
    return hop.stamp.from_domain or _NOBODY


def _by(hop: Hop) -> ExtendedDomain:
    return hop.stamp.by_domain or _NOBODY


def _offset(hop: Hop) -> int | None:
    date = hop.stamp.date_time
    offset = date.value.utcoffset() if date and date.value and date.zone_known else None
    return None if offset is None else int(offset.total_seconds() // 60)


def _total(analysis: Analysis) -> float | None:
    total = analysis.route.total_delay
    return None if total is None else total.total_seconds()


def _codes(analysis: Analysis, hop: int | None = None) -> list[str]:
    return [each.code for each in analysis.findings if hop is None or each.hop == hop]


COLUMNS: tuple[Column, ...] = (
    Column("source", "string", "Where the message was read.", lambda a, _: text(a.route.source)),
    Column("message_id", "string", "The Message-ID field.", lambda a, _: _text(a.route.message_id)),
    Column("hop", "int32", "Number of the hop; 1 is the origin.", lambda _, h: h.number),
    Column("hops", "int32", "How many hops the message has.", lambda a, _: len(a.route.hops)),
    Column("service", "string", "What stamped the hop.", lambda _, h: str(h.label.service)),
    Column("confidence", "float64", "Probability that service is right, from 0 to 1.", lambda _, h: h.label.confidence),
    Column("inferred", "bool", "Whether the path decided, and not the stamp.", lambda _, h: h.label.inferred),
    Column("product", "string", "Such as Exchange Server 2016.", lambda _, h: h.label.product),
    Column("release", "string", "Such as CU23.", lambda _, h: h.label.release),
    Column("build", "string", "Build number in its short form.", lambda _, h: h.label.build),
    Column("software", "string", "What another mail system printed of itself.", lambda _, h: _text(h.label.software)),
    Column("server", "string", "Name after by, as written.", lambda _, h: _text(_by(h).domain)),
    Column("server_address", "string", "The server's own IP address.", lambda _, h: _text(_by(h).tcp_info.address)),
    Column("from_domain", "string", "Name after from, as written.", lambda _, h: _text(_from(h).domain)),
    Column("from_helo", "string", "Argument of EHLO or HELO, where named.", lambda _, h: _text(_from(h).helo)),
    Column("from_rdns", "string", "Name found for the peer's address.", lambda _, h: _text(_from(h).tcp_info.domain)),
    Column("from_address", "string", "IP address of the peer.", lambda _, h: _text(_from(h).tcp_info.address)),
    Column("via", "string", "The via clause.", lambda _, h: _text(h.stamp.via)),
    Column("with", "string", "The with clause.", lambda _, h: _text(h.stamp.with_)),
    Column("id", "string", "The id clause.", lambda _, h: _text(h.stamp.id)),
    Column("tls", "bool", "Whether the stamp tells of TLS.", lambda _, h: h.stamp.tls is not None),
    Column("tls_version", "string", "As TLS1.2.", lambda _, h: _text(h.stamp.tls.version) if h.stamp.tls else None),
    Column("tls_cipher", "string", "As written.", lambda _, h: _text(h.stamp.tls.cipher) if h.stamp.tls else None),
    Column("tls_bits", "int32", "Effective key length.", lambda _, h: h.stamp.tls.bits if h.stamp.tls else None),
    Column("authenticated", "bool", "Whether the client had authenticated.", lambda _, h: h.stamp.auth is not None),
    Column("time", "timestamp[us, tz=UTC]", "When the server had received it (UTC).", lambda _, h: h.time),
    Column("utc_offset_minutes", "int32", "Offset that the stamp was written with.", lambda _, h: _offset(h)),
    Column(
        "delay_seconds",
        "float64",
        "Time since the last dated hop before; may be negative.",
        lambda _, h: None if h.delay is None else h.delay.total_seconds(),
    ),
    Column("spans_hops", "int32", "How many legs delay_seconds covers.", lambda _, h: h.spans),
    Column("total_delay_seconds", "float64", "First dated hop to last, of the message.", lambda a, _: _total(a)),
    Column("scenario", "string", "Scenario of the message.", lambda a, _: str(a.scenario)),
    Column("findings", "list<string>", "Codes of the findings of the message.", lambda a, _: _codes(a)),
    Column("hop_findings", "list<string>", "Codes of those about this hop.", lambda a, h: _codes(a, h.number)),
    Column("defects", "list<string>", "Defects of the stamp.", lambda _, h: [each.code for each in h.stamp.defects]),
    Column("line", "int32", "Line of the field in the header block, from 1.", lambda _, h: h.stamp.field.line),
)
"""What is told of a hop."""


def schema() -> "pa.Schema":
    """The columns, each with its description as metadata."""
    import pyarrow as pa

    fields = [
        pa.field(column.name, _type(column.type), metadata={"description": column.description}) for column in COLUMNS
    ]
    return pa.schema(fields, metadata={"hopscope": "hops/1"})


def _type(name: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    if name.startswith("timestamp"):
        return pa.timestamp("us", tz="UTC")
    return pa.list_(pa.string()) if name == "list<string>" else pa.type_for_alias(name)


def rows(analyses: Iterable[Analysis]) -> "pa.RecordBatch":
    """A row for each hop of the messages."""
    import pyarrow as pa

    hops = [(analysis, hop) for analysis in analyses for hop in analysis.route.hops]
    columns = schema()
    arrays = [
        pa.array([column.value(analysis, hop) for analysis, hop in hops], type=field.type)
        for column, field in zip(COLUMNS, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=columns)
