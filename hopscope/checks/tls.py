"""HOP62x: hops with weaker TLS than the settings require."""

import re
from collections.abc import Iterator
from functools import cache

from hopscope.analysis.context import MessageContext
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import about
from hopscope.checks.own import is_own
from hopscope.classifier.smtp import SMTP, is_smtp
from hopscope.config.settings import Settings
from hopscope.data import table
from hopscope.model import Finding, Hop, Severity

__all__ = ["weak_tls"]

_CLEAR = "no TLS"
_CAUSES = {
    _CLEAR: "Consistent with a sender that does not use STARTTLS, or with a receiver that does not offer it.",
    "TLS": "Consistent with a mail system that does not record the TLS version.",
    "": "Consistent with a mail system that does not record TLS, or with a hop without TLS.",
}
_WEAKER = "Consistent with a mail system at one end that offers no newer version."


def weak_tls(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP621: A hop has weaker TLS than the minimum of tls for internal, inbound or outbound hops.

    Checks SMTP sessions. An Exchange Received field that records no TLS had none; other systems need not record it,
    and ``(TLS)`` of older builds has no version: that is unknown, and reported only with ``tls_unknown = "error"``.
    Whether a hop is internal, inbound or outbound follows from organisation; if that does not cover both ends, the hop
    is not checked.

    Example: `tls = { inbound = "TLS1.2" }`.
    """
    for hop in case.route.hops:
        kind = _kind(hop, settings)
        minimum = getattr(settings.tls, kind) if kind else None
        if minimum is None or not is_smtp(hop):
            continue
        version = _tls_version(hop)
        message = _below(version, minimum, unknown=settings.tls_unknown == "error")
        if message:
            finding = Finding(
                code="HOP621",
                severity=Severity.ERROR,
                message=f"Hop {hop.number} ({kind}): {message}.",
                cause=_CAUSES.get(version or "", _WEAKER),
                checks=(
                    *next_steps.connectors(case, hop, "AuthMechanism", "TlsCertificateName"),
                    "Check the TLS settings and certificates of the connectors on both sides.",
                ),
            )
            yield about(case, hop, finding)


def _kind(hop: Hop, settings: Settings) -> str | None:
    """``internal``, ``inbound`` or ``outbound``; ``None`` between other organisations, or if unknown."""
    sender = is_own(hop.stamp.from_domain, settings.organisation)
    receiver = is_own(hop.stamp.by_domain, settings.organisation)
    if sender is None or receiver is None or not (sender or receiver):
        return None
    return ("internal" if receiver else "outbound") if sender else "inbound"


def _tls_version(hop: Hop) -> str | None:
    """The version as ``TLS1.2``, ``TLS`` for TLS of an unknown version, ``no TLS``, or ``None``: unknown."""
    if hop.stamp.tls is not None:
        return hop.stamp.tls.version or "TLS"
    if hop.mark is not None:
        return _CLEAR
    # RFC 3848: the S means that STARTTLS was negotiated
    return "TLS" if re.fullmatch(rf"{SMTP}SA?", hop.stamp.with_ or "", re.IGNORECASE) else None


def _below(version: str | None, minimum: str, *, unknown: bool) -> str | None:
    """The shortfall, in words; ``None`` if there is none, or none is known."""
    required = f"minimum {'any TLS' if minimum == 'TLS' else minimum}"
    if version == _CLEAR:
        return f"no TLS, {required}"
    if version and minimum == "TLS":
        return None
    versions = _versions()
    if version not in versions:
        what = "TLS version not recorded" if version else "TLS not recorded"
        return f"{what}, {required}" if unknown else None
    weaker = minimum in versions and versions.index(version) < versions.index(minimum)
    return f"{version}, {required}" if weaker else None


@cache
def _versions() -> tuple[str, ...]:
    """All versions, weakest first."""
    return tuple(row["version"] for row in table("tls_versions"))
