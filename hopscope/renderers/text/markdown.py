"""Markdown tables (GitHub Flavored Markdown)."""

from collections.abc import Iterable

from hopscope.renderers.text.escape import markdown as text

__all__ = ["table"]


def table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table with a heading."""
    lines = [" | ".join(map(text, row)) for row in (heading, *rows)]
    lines.insert(1, " | ".join(["---"] * len(heading)))
    return "".join(f"| {line} |\n" for line in lines)
