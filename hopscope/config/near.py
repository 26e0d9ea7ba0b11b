"""The name that was probably meant. Only a near one is suggested, as a far one misleads."""

import re
from collections.abc import Iterable

__all__ = ["nearest", "suggested"]

_SIMILAR = 0.75
"""Minimum similarity (difflib): one wrong, missing or transposed letter of four."""
_MIN_START = 3
"""Minimum letters of a name that is cut short."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The most similar name, ignoring case, or the only one that starts so; ``None`` if there is none.

    A number is never meant for another one: ``p95`` not for ``p90``, ``HOP11O`` not for ``HOP111``.
    """
    from difflib import get_close_matches

    if name.isdigit():
        return None
    by_key = {candidate.lower(): candidate for candidate in names}
    starting = [key for key in by_key if key.startswith(name.lower())] if len(name) >= _MIN_START else []
    if len(starting) == 1:
        return by_key[starting[0]]
    similar = (key for key in by_key if _digits(key) == _digits(name))
    matches = get_close_matches(name.lower(), similar, n=1, cutoff=_SIMILAR)
    return by_key[matches[0]] if matches else None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def suggested(name: str, names: Iterable[str]) -> str:
    """``did you mean NAME?``, or an empty text."""
    match = nearest(name, names)
    return f"did you mean {match}?" if match else ""
