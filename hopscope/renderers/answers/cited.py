"""Sources in words."""

from hopscope.data import document

__all__ = ["cited"]


def cited(source: str) -> list[str]:
    """A line per source: the key, and what it stands for where it does not say so itself."""
    return [key if ": " in key else f"{key}: {document(key)}" for key in source.split("; ")]
