"""HOP62x: legs with weaker TLS than the settings ask for."""

import re
from collections.abc import Iterator
from functools import cache

from hopscope.analysis.context import MessageContext
from hopscope.analysis.rules.finding import about
from hopscope.checks.own import is_own
from hopscope.config.settings import Settings
from hopscope.data import table
from hopscope.model import ExchangeToken, Finding, Hop, Severity

__all__ = ["weak_tls"]

_PROTOCOL = r"(?:UTF8)?(?:E?SMTP|LMTP)"
_CLEAR = "clear text"


def weak_tls(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP621: a leg had weaker TLS than the least one that tls asks for on legs of its kind.

    Looks at SMTP sessions whose stamp tells of TLS. An Exchange stamp without it was clear text; other systems need not
    print it, and ``(TLS)`` of older builds has no version: that is unknown, and a finding only with
    ``tls_unknown = "error"``. The leg is internal, inbound or outbound by what organisation says of its two ends; where
    that does not tell, nothing is asked.
    """
    for hop in case.route.hops:
        kind = _kind(hop, settings)
        least = getattr(settings.tls, kind) if kind else None
        if least is None or not _is_smtp(hop):
            continue
        message = _below(_tls_version(hop), least, unknown=settings.tls_unknown == "error")
        if message:
            text = f"Hop {hop.number}, an {kind} leg: {message}."
            advice = "Check the TLS settings of the connectors on both sides, and their certificates."
            yield about(case, hop, Finding(code="HOP621", severity=Severity.ERROR, message=text, checks=(advice,)))


def _kind(hop: Hop, settings: Settings) -> str | None:
    """``internal``, ``inbound`` or ``outbound``; ``None`` for a leg between others, or where it is unknown."""
    sender = is_own(hop.stamp.from_domain, settings.organisation)
    receiver = is_own(hop.stamp.by_domain, settings.organisation)
    if sender is None or receiver is None or not (sender or receiver):
        return None
    return ("internal" if receiver else "outbound") if sender else "inbound"


def _is_smtp(hop: Hop) -> bool:
    """Whether the stamp is of an SMTP session, and not of a hand-over by other means.

    Names of RFC 3848 and RFC 6531, and what stands in their place in stamps of Exchange.
    """
    if hop.mark is not None:
        return hop.mark.token is ExchangeToken.SMTP and not hop.mark.pickup
    return hop.stamp.tls is not None or re.match(_PROTOCOL, hop.stamp.with_ or "", re.IGNORECASE) is not None


def _tls_version(hop: Hop) -> str | None:
    """The version as ``TLS1.2``, ``TLS`` where it is TLS of an unknown version, clear text, or ``None``: unknown."""
    if hop.stamp.tls is not None:
        return hop.stamp.tls.version or "TLS"
    if hop.mark is not None:
        return _CLEAR
    # RFC 3848: the S tells that STARTTLS was negotiated
    return "TLS" if re.fullmatch(rf"{_PROTOCOL}SA?", hop.stamp.with_ or "", re.IGNORECASE) else None


def _below(version: str | None, least: str, *, unknown: bool) -> str | None:
    """What is wrong, in words; ``None`` where nothing is, or nothing is known to be."""
    required = f"asked for is {'any TLS' if least == 'TLS' else f'{least} or later'}"
    if version == _CLEAR:
        return f"the stamp tells of no TLS, so it was clear text; {required}"
    if version and least == "TLS":
        return None
    versions = _versions()
    if version not in versions:
        what = "the stamp does not tell which version of TLS it was" if version else "the stamp does not tell of TLS"
        return f"{what}; {required}" if unknown else None
    weaker = least in versions and versions.index(version) < versions.index(least)
    return f"it had {version}; {required}" if weaker else None


@cache
def _versions() -> tuple[str, ...]:
    """All versions, weakest first."""
    return tuple(row["version"] for row in table("tls_versions"))
