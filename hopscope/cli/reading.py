"""Messages named on the command line -> labelled routes, with one-line errors on stderr."""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from hopscope.errors import SourceError
from hopscope.model import Route

if TYPE_CHECKING:
    from hopscope.sources import Message

__all__ = ["Reader"]

R = TypeVar("R")
T = TypeVar("T", Route, "Message", "Message | SourceError")


class Reader:
    """Reads the messages named on the command line; records whether any could not be read."""

    def __init__(self, paths: Sequence[str], *, attached: bool = False) -> None:
        self._paths = tuple(paths) or ("-",)
        self._attached = attached
        self.failed = False

    def routes(self) -> Iterator[Route]:
        """A labelled route per message; unreadable input is reported and skipped."""
        from hopscope.scale.reading import BULK, route_of

        count = itertools.count()
        return self.processed(self.messages(), lambda message: route_of(message, in_bulk=next(count) >= BULK))

    def processed(self, items: "Iterable[T]", process: "Callable[[T], R | SourceError]") -> Iterator[R]:
        """The result of processing each message; one for which it fails is reported and skipped."""
        from hopscope.scale.isolation import isolated

        for item in items:
            result = isolated(item.source, partial(process, item))
            if isinstance(result, SourceError):
                self.report(result)
            else:
                yield result

    def messages(self) -> "Iterator[Message | SourceError]":
        """The messages, not parsed."""
        from hopscope.sources import messages

        self.invite()
        stdin = sys.stdin.buffer if sys.stdin else None
        return messages(self._paths, stdin, attached=self._attached)

    def invite(self) -> None:
        """Ask for a paste if standard input is a terminal."""
        if "-" in self._paths and sys.stdin and sys.stdin.isatty():
            click.echo("Paste the headers, then press Ctrl-D (on Windows: Ctrl-Z, Enter).", err=True)

    def report(self, error: SourceError) -> None:
        """Print an error and record that there was one."""
        from hopscope.renderers.text.escape import visible

        self.failed = True
        click.echo(f"hopscope: {visible(str(error))}{self._suggestion(error)}", err=True)

    def _suggestion(self, error: SourceError) -> str:
        """The nearest command, as a mistyped command looks like a missing file."""
        from hopscope.cli import COMMANDS

        if "no such file" not in error.reason or error.source != self._paths[0]:
            return ""
        from difflib import get_close_matches

        if error.source in COMMANDS:
            return f" (a command precedes its options: `hopscope {error.source} ...`)"
        matches = get_close_matches(error.source, COMMANDS, n=1)
        return f" (did you mean the command `{matches[0]}`?)" if matches else ""
