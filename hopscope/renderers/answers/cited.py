"""Sources as text."""

from hopscope.data import document

__all__ = ["cited"]


def cited(source: str) -> list[str]:
    """A line per source: its key, and the document that the key refers to, unless it names the document itself."""
    return [key if ": " in key else f"{key}: {document(key)}" for key in source.split("; ")]
