"""Statistics of a mailbox or dump, in one of several formats."""

from collections.abc import Callable

from msgspec.structs import replace

from hopscope.renderers.stats.content import Content

__all__ = ["FORMATS", "Content", "render"]

FORMATS = ("table", "plain", "json", "csv", "markdown")
"""The formats: the modules in this folder; ``table`` is ``plain`` fitted to the terminal."""


def render(format_: str, content: Content, *, width: int | None = None) -> str:
    """The statistics as text.

    Args:
        format_: One of FORMATS.
        content: The summary and the tables to print; JSON and CSV have all rows unless their number is limited.
        width: Columns of the terminal, for ``table``.
    """
    from importlib import import_module

    if format_ in {"table", "plain"}:
        from hopscope.renderers.stats import plain

        return plain.render(content, width=width if format_ == "table" else None)
    if format_ in {"json", "csv"} and content.top is None:
        content = replace(content, top=0)
    renderer: Callable[[Content], str] = import_module(f"{__name__}.{format_}").render
    return renderer(content)
