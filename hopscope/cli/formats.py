"""The format of an output file, by its suffix; ``--output-file FORMAT=PATH``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["FormatAndPath", "by_suffix"]

_SUFFIXES: dict[str, tuple[str, ...]] = {
    ".sarif.json": ("sarif", "json"),
    ".json": ("json",),
    ".jsonl": ("jsonl",),
    ".ndjson": ("jsonl",),
    ".csv": ("csv",),
    ".md": ("markdown",),
    ".markdown": ("markdown",),
    ".html": ("html",),
    ".htm": ("html",),
    ".svg": ("svg",),
    ".sarif": ("sarif",),
    ".xml": ("junit", "graphml"),
    ".tap": ("tap",),
    ".parquet": ("parquet",),
    ".dot": ("dot",),
    ".gv": ("dot",),
    ".mmd": ("mermaid",),
    ".mermaid": ("mermaid",),
    ".graphml": ("graphml",),
    ".txt": ("plain", "text"),
}
"""The formats of files with a suffix: a command writes the first one that it has."""
_OF_NO_COMMAND = (".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".tar", ".tgz", ".xls", ".xlsx", ".docx", ".pdf", ".png")
"""Suffixes of files that other programs would find damaged, as no command writes their format."""
_COMMANDS = {
    "sarif": "check",
    "tap": "check",
    "parquet": "export",
    "dot": "graph",
    "mermaid": "graph",
    "graphml": "graph",
}
"""The command to suggest for a format that few have."""


def by_suffix(path: str, formats: Sequence[str]) -> str | None:
    """The format of a file by its suffix; ``None`` if the suffix is not that of any format.

    Args:
        path: The file.
        formats: The formats of the command.

    Raises:
        click.UsageError: The command lacks the format of this suffix, or no command has it.
    """
    suffix = next(filter(path.lower().endswith, _SUFFIXES), None)
    if suffix is None:
        suffix = next(filter(path.lower().endswith, _OF_NO_COMMAND), None)
        if suffix is None:
            return None
    names = _SUFFIXES.get(suffix, ())
    for format_ in names:
        if format_ in formats:
            return format_
    command = click.get_current_context().info_name
    if names and names[0] in _COMMANDS:
        advice = f"hopscope {_COMMANDS[names[0]]} does"
    elif len(formats) == 1:
        usual = next(ending for ending, names in _SUFFIXES.items() if formats[0] in names)
        advice = f"use a name that ends in {usual}"
    else:
        advice = f"use --format ({', '.join(formats)})"
    raise click.UsageError(f"{visible(path)}: {command} does not write {suffix} files; {advice}")


class FormatAndPath(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """``sarif=hopscope.sarif``, or a file whose suffix is that of a format."""

    name = "format and path"

    def __init__(self, formats: Sequence[str]) -> None:
        self.formats = formats

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":  # noqa: ARG002 - click's signature
        """The formats, each with ``=``, then files."""
        from click.shell_completion import CompletionItem

        _, equals, path = incomplete.partition("=")
        if equals:
            return [CompletionItem(path, "file")]
        formats = (name for name in self.formats if name.startswith(incomplete.lower()))
        return [CompletionItem(incomplete, "file"), *(CompletionItem(f"{name}=", "open") for name in formats)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:  # noqa: ANN401
        """The format and the path."""
        name, equals, path = str(value).partition("=")
        if name.lower() in self.formats and path:
            return name.lower(), path
        format_ = by_suffix(str(value), self.formats) if not equals or "/" in name else None
        if format_ is None:
            self.fail(f"{value!r} is not FORMAT=FILE (formats: {', '.join(self.formats)})", param, ctx)
        return format_, str(value)
