"""DeliveryStatus -> the same with an explanation of its error, from ``data/error_strings.tsv``."""

from msgspec.structs import replace

from hopscope.classifier import error_strings
from hopscope.model import DeliveryAction, DeliveryStatus, Explanation

__all__ = ["explained"]

_REGISTERED = "registered"
"""The confidence of an explanation that has no more than the registered meaning of the code."""


def explained(status: DeliveryStatus) -> DeliveryStatus:
    """The status with the explanation of its diagnostic and of the last error in it, or else of its code."""
    meanings = error_strings.explain(status.diagnostic or "") or error_strings.explain(status.status or "")
    if status.action is DeliveryAction.DELAYED:  # 4.4.7 is also the code of an expiry
        meanings = tuple(meaning for meaning in meanings if "expired" not in meaning.words.lower())
    known = [meaning for meaning in meanings if meaning.confidence != _REGISTERED]
    if not known and not meanings:
        return status
    first, *others = known or meanings
    cause = others[-1] if others and "; last error: " in (status.diagnostic or "") else None
    return replace(status, explanation=_explanation(first, cause))


def _explanation(first: error_strings.Explanation, cause: error_strings.Explanation | None) -> Explanation:
    cause = cause or first
    return Explanation(
        text=first.words,
        at_fault=cause.service or first.service,
        meaning=first.meaning if cause is first else f"{first.meaning} Last error: {cause.meaning}",
        checks=tuple(dict.fromkeys((*cause.checks, *first.checks))),
        confidence=first.confidence,
        sources=tuple(dict.fromkeys((*first.sources, *cause.sources))),
    )
