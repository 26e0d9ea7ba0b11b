"""The records of the CSV output: a field per column, in column order. Names match the keys of the JSON output."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import astuple

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delays import AttributedDelay
from hopscope.analysis.delivery import actions_and_codes
from hopscope.analysis.trust import Trust
from hopscope.model import ExtendedDomain, Hop
from hopscope.renderers.text.finding import label as finding_label
from hopscope.renderers.text.json_values import iso, seconds

if TYPE_CHECKING:
    from hopscope.comparison import Comparison, Step

__all__ = ["ComparisonRow", "HopRow", "comparison_rows", "heading", "hop_rows"]


class HopRow(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from", "with_": "with", "for_": "for"}):
    """A hop, with the message that it belongs to."""

    source: str
    message_id: str | None
    hop: int
    date: str | None
    delay_seconds: float | None
    hops_covered: int
    service: str
    confidence: float
    inferred: str
    product: str | None
    release: str | None
    build: str | None
    software: str | None
    from_: str | None
    from_helo: str | None
    from_rdns: str | None
    from_address: str | None
    by: str | None
    by_address: str | None
    via: str | None
    with_: str | None
    id: str | None
    for_: str | None
    tls_version: str | None
    """``TLS`` if the Received field records TLS without its version."""
    tls_cipher: str | None
    tls_bits: int | None
    line: int
    release_date: str | None
    from_port: int | None
    from_ident: str | None
    auth_user: str | None
    """Empty if authentication is recorded without a user name, ``None`` if no authentication is recorded."""
    auth_mechanism: str | None
    holder: str | None
    held_by_service: str | None
    held_by_server: str | None
    held_by_detail: str | None
    findings: str
    """The findings about the hop, as ``warning HOP110: message``; in the first row, also those about the whole message.
    """
    trust: Trust
    delivery_status: str
    """The actions and status codes of a report, as ``failed 4.4.7; delayed``, in each row; empty if it is not a report.
    """


class ComparisonRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of both sides, with what each side is; the last row has the totals."""

    stage: str
    left_title: str
    left_releases: str
    """Generations and releases of the whole side, separated by ``; ``."""
    left_hop: int | None = None
    left_service: str | None = None
    left_product: str | None = None
    left_release: str | None = None
    left_delay_seconds: float | None = None
    left_reason: str | None = None
    right_title: str
    right_releases: str
    right_hop: int | None = None
    right_service: str | None = None
    right_product: str | None = None
    right_release: str | None = None
    right_delay_seconds: float | None = None
    right_reason: str | None = None


def heading(record: type[msgspec.Struct]) -> tuple[str, ...]:
    """The column names of a record."""
    return record.__struct_encode_fields__


def hop_rows(analysis: Analysis, tz: tzinfo | None) -> Iterator[tuple[object, ...]]:
    """The cells of each hop; times in ``tz``, or in the zone of each Received field."""
    delays = {delay.hop: delay for delay in analysis.attributed_delays}
    by_hop: dict[int, list[str]] = {}
    for finding in analysis.findings:
        text = f"{finding_label(finding)}: {finding.message.removesuffix('.')}"
        by_hop.setdefault(finding.hop or 1, []).append(text)
    for hop in analysis.hops:
        findings = "; ".join(by_hop.get(hop.number, ()))
        yield astuple(_hop(analysis, hop, delays.get(hop.number), tz, findings))


def _hop(analysis: Analysis, hop: Hop, delay: AttributedDelay | None, tz: tzinfo | None, findings: str) -> HopRow:
    route, stamp, label = analysis.route, hop.stamp, hop.label
    sender, server = stamp.from_domain or ExtendedDomain(), stamp.by_domain or ExtendedDomain()
    tls, auth = stamp.tls, stamp.auth
    return HopRow(
        source=route.source,
        message_id=route.message_id,
        hop=hop.number,
        date=iso(hop.time, tz),
        delay_seconds=seconds(hop.delay),
        hops_covered=hop.hops_covered,
        service=label.service,
        confidence=label.confidence,
        inferred="yes" if label.inferred else "no",
        product=label.product,
        release=label.release,
        build=label.build,
        software=label.software,
        from_=sender.domain,
        from_helo=sender.helo,
        from_rdns=sender.tcp_info.domain,
        from_address=sender.tcp_info.address,
        by=server.domain,
        by_address=server.tcp_info.address,
        via=stamp.via,
        with_=stamp.with_,
        id=stamp.id,
        for_=stamp.for_,
        tls_version=(tls.version or "TLS") if tls else None,
        tls_cipher=tls.cipher if tls else None,
        tls_bits=tls.bits if tls else None,
        line=stamp.field.line,
        release_date=label.released,
        from_port=sender.tcp_info.port,
        from_ident=sender.ident,
        auth_user=(auth.user or "") if auth else None,
        auth_mechanism=auth.mechanism if auth else None,
        holder=delay.holder if delay else None,
        held_by_service=delay.service if delay else None,
        held_by_server=delay.server if delay else None,
        held_by_detail=delay.detail if delay else None,
        findings=findings,
        trust=analysis.trust[hop.number - 1],
        delivery_status="; ".join(actions_and_codes(route.delivery_status)),
    )


def comparison_rows(comparison: "Comparison") -> Iterator[tuple[object, ...]]:
    """The cells of each row, and the totals."""
    sides: dict[str, Any] = {
        "left_title": comparison.left.title,
        "left_releases": "; ".join(comparison.left.releases),
        "right_title": comparison.right.title,
        "right_releases": "; ".join(comparison.right.releases),
    }
    for row in comparison.rows:
        left, right = _step("left", row.left, row.left_reason), _step("right", row.right, row.right_reason)
        yield astuple(ComparisonRow(stage=str(row.stage), **sides, **left, **right))
    left_total, right_total = (seconds(side.total_delay) for side in (comparison.left, comparison.right))
    totals: dict[str, Any] = {"left_delay_seconds": left_total, "right_delay_seconds": right_total}
    yield astuple(ComparisonRow(stage="total", **sides, **totals))


def _step(side: str, step: "Step | None", reason: str | None) -> dict[str, Any]:
    """The fields of ComparisonRow for one side."""
    if step is None:
        return {f"{side}_reason": reason}
    fields = {f"{side}_service": step.service}
    if step.hop is None:
        return fields
    label = step.hop.label
    return fields | {
        f"{side}_hop": step.hop.number,
        f"{side}_product": label.product,
        f"{side}_release": label.release,
        f"{side}_delay_seconds": seconds(step.hop.delay),
    }
