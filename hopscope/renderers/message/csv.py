"""CSV (RFC 4180, with line ends of LF alone): one row per hop, or per row of a comparison; unknown is an empty cell."""

import csv
import io
from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.comparison import Comparison, Step
from hopscope.model import Hop
from hopscope.renderers import Style
from hopscope.renderers.schema.message import HopDocument, analysis_document
from hopscope.renderers.text.escape import csv as text

__all__ = ["COLUMNS", "comparison", "messages"]

COLUMNS = (
    "source",
    "message_id",
    "hop",
    "date",
    "delay_seconds",
    "spans_hops",
    "service",
    "confidence",
    "inferred",
    "product",
    "release",
    "build",
    "software",
    "from",
    "from_helo",
    "from_rdns",
    "from_address",
    "by",
    "by_address",
    "via",
    "with",
    "id",
    "for",
    "tls_version",
    "tls_cipher",
    "tls_bits",
    "line",
    "release_date",
    "from_port",
    "from_ident",
    "auth_user",
    "auth_mechanism",
    "holder",
    "held_by_service",
    "held_by_server",
    "held_by_place",
)


def messages(analyses: Iterable[Analysis], style: Style) -> Iterator[str]:
    """A heading, then a row per hop, written as they come."""
    yield _lines([COLUMNS])
    for analysis in analyses:
        document = analysis_document(analysis, style.tz)
        start = (document.source, document.message_id)
        hops = zip(analysis.route.hops, document.hops, strict=True)
        yield _lines((*start, *_hop(hop, hop_document)) for hop, hop_document in hops)


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """A heading, then a row per row of the comparison, and the totals."""
    sides = ("left", "right")
    heading = ("stage", *(f"{side}_{name}" for side in sides for name in ("hop", "service", "delay_seconds", "reason")))
    rows = [
        (str(row.stage), *_step(row.left, row.left_reason), *_step(row.right, row.right_reason))
        for row in comparison.rows
    ]
    totals = (
        value
        for side in (comparison.left, comparison.right)
        for value in (None, None, side.total_delay.total_seconds() if side.total_delay is not None else None, None)
    )
    return _lines([heading, *rows, ("total", *totals)])


def _hop(hop: Hop, document: HopDocument) -> tuple[object, ...]:
    tls, auth, held = document.tls, document.auth, document.held_by
    return (
        document.number,
        document.date,
        document.delay_seconds,
        document.spans_hops,
        document.service,
        document.confidence,
        "yes" if hop.label.inferred else "no",
        document.product,
        document.release,
        document.build,
        document.software,
        document.from_.domain,
        document.from_.helo,
        document.from_.rdns,
        document.from_.address,
        document.by.domain,
        document.by.address,
        document.via,
        document.with_,
        document.id,
        document.for_,
        (tls.version or "TLS") if tls else None,
        tls.cipher if tls else None,
        tls.bits if tls else None,
        document.line,
        document.release_date,
        document.from_.port,
        document.from_.ident,
        (auth.user or "") if auth else None,
        auth.mechanism if auth else None,
        held.holder if held else None,
        held.service if held else None,
        held.server if held else None,
        held.place if held else None,
    )


def _step(step: Step | None, reason: str | None) -> tuple[object, ...]:
    if step is None:
        return None, None, None, reason
    delay = step.hop.delay if step.hop else None
    return (
        step.hop.number if step.hop else None,
        step.service,
        None if delay is None else delay.total_seconds(),
        None,
    )


def _lines(rows: Iterable[tuple[object, ...]]) -> str:
    output = io.StringIO()
    csv.writer(output, lineterminator="\n").writerows(
        [text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return output.getvalue()
