"""The name that was probably meant. Only a near one is suggested, as a far one misleads."""

from collections.abc import Iterable

__all__ = ["nearest", "suggested"]

_SIMILAR = 0.75
"""Minimum similarity (difflib): one wrong, missing or transposed letter of four."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The most similar name, ignoring case; ``None`` if there is none."""
    from difflib import get_close_matches

    by_key = {candidate.lower(): candidate for candidate in names}
    matches = get_close_matches(name.lower(), by_key, n=1, cutoff=_SIMILAR)
    return by_key[matches[0]] if matches else None


def suggested(name: str, names: Iterable[str]) -> str:
    """``did you mean NAME?``, or an empty text."""
    match = nearest(name, names)
    return f"did you mean {match}?" if match else ""
