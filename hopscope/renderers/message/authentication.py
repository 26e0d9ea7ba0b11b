"""Authentication results and signatures as text: a row of a table, or a line, for each; nothing is verified."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from hopscope.analysis.analyze import Analysis
from hopscope.model import AuthenticationResult, HeaderField, Signature
from hopscope.renderers.message.wording import location, writer

__all__ = ["HEADINGS", "Row", "paragraphs", "rows"]

HEADINGS = ("Result", "What was checked", "By", "Field", "Written by")
_MOST = 60
"""Maximum rows: a message has a dozen, a hostile one any number."""


class Row(NamedTuple):
    """A result or signature."""

    result: str
    """``spf=pass``; of a signature, the domain of the signer: ``d=shop.example``."""
    details: str
    """``smtp.mailfrom=shop.example (client 203.0.113.5)``; of a signature, its selector, algorithm and times."""
    server: str
    """The name of the server in the field; empty if it names none, and for a signature."""
    field: str
    """``Authentication-Results, line 9``"""
    writer: str
    """``hop 3, attested``"""


def rows(analysis: Analysis, tz: tzinfo | None) -> list[Row]:
    """A row for each result, then for each signature, top to bottom; times in ``tz``, or in UTC."""
    results = [_result(item, analysis) for item in analysis.authentication[:_MOST]]
    signatures = [_signature(item, analysis, tz) for item in analysis.signatures[:_MOST]]
    more = _left_out(analysis)
    return [*results, *signatures, *([Row(more, "", "", "", "")] if more else [])]


def _left_out(analysis: Analysis) -> str:
    """How many results and signatures are not shown; empty if all are."""
    left_out = sum(max(len(items) - _MOST, 0) for items in (analysis.authentication, analysis.signatures))
    return f"{left_out} more are not shown" if left_out else ""


def paragraphs(analysis: Analysis) -> Iterator[tuple[str, list[str]]]:
    """Results and signatures: a heading, and a line for each with its field, its writer and what was checked."""
    results = [_line(_result(item, analysis)) for item in analysis.authentication[:_MOST]]
    signatures = [_line(_signature(item, analysis, None)) for item in analysis.signatures[:_MOST]]
    more = [text] if (text := _left_out(analysis)) else []
    if results:
        yield "Authentication, as recorded", results if signatures else [*results, *more]
    if signatures:
        yield "Signatures, not verified", [*signatures, *more]


def _line(row: Row) -> str:
    """``spf=pass by mx.example: smtp.mailfrom=a.example (Authentication-Results, line 9, hop 3, attested)``."""
    by = f" by {row.server}" if row.server else ""
    details = f": {row.details}" if row.details else ""
    return f"{row.result}{by}{details} ({row.field}, {row.writer})"


def _result(item: AuthenticationResult, analysis: Analysis) -> Row:
    known = dict(item.properties)
    reason = [f"reason={item.reason}"] if item.reason else []
    client, located = item.client_address, location(analysis, item.client_address)
    is_shown = client is None or (client in known.values() and not located)
    address = [] if is_shown else [f"(client {client}{located and f', {located}'})"]
    checked = [f"{name}={value}" for name, value in item.properties if value]
    return Row(
        result=f"{item.method}={item.result}",
        details=" ".join((*reason, *checked, *address)),
        server=item.authserv_id or "",
        field=_field(item.field, item.instance),
        writer=writer(*analysis.writers[item.field.line]),
    )


def _signature(item: Signature, analysis: Analysis, tz: tzinfo | None) -> Row:
    times = (("signed", item.signed_at), ("expires", item.expires_at))
    details = (
        f"cv={item.chain_validation}" if item.chain_validation else "",
        f"s={item.selector}" if item.selector else "",
        item.algorithm or "",
        *(f"{name} {_time(time, tz)}" for name, time in times if time),
    )
    return Row(
        result=f"d={item.domain}" if item.domain else "no domain",
        details=", ".join(filter(None, details)),
        server="",
        field=_field(item.field, item.instance),
        writer=writer(*analysis.signers[item.field.line]),
    )


def _time(time: datetime, tz: tzinfo | None) -> str:
    return f"{time.astimezone(tz or UTC):%Y-%m-%d %H:%M:%S %z}"


def _field(field: HeaderField, instance: int | None) -> str:
    number = f" i={instance}" if instance is not None else ""
    return f"{field.name}{number}, line {field.line}"
