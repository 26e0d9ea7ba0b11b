"""Writes the output of a command to standard output or ``--output``, and to each ``--output-file``, in one run."""

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Protocol, TypeVar

from hopscope.cli.options import Output, opened, write

__all__ = ["write_messages", "write_texts"]

T = TypeVar("T")
_WHOLE = frozenset({"html", "svg"})
"""Formats whose document starts only once all messages are read."""


class _Format(Protocol):
    """What writes the document of a format from the parts of its messages."""

    def document(self, messages: Iterable[Any]) -> Iterator[str]: ...


def write_texts(output: Output, text: Callable[[Output], str], *, inputs: Sequence[str] = ()) -> None:
    """Write a result in every format; files first, as an error of one is then not below the output."""
    for file in (*output.files, output):
        option = "--output" if file is output else "--output-file"
        write([text(file)], file.path, option=option, inputs=inputs, private=file.format == "html")


def write_messages(
    output: Output,
    items: Iterable[T],
    process: Callable[[Iterable[T], Callable[[T], Any]], Iterator[Any]],
    formats: Callable[[Output], tuple[_Format, Callable[[T], Any]]],
    *,
    inputs: Sequence[str],
) -> None:
    """Write messages in every format while they are read, each only once.

    Args:
        output: Where to write, and in which formats.
        items: The messages.
        process: Applies a function to each item, and reports the errors.
        formats: For an output, its format and the function that turns a message into a part of the document.
        inputs: No file may be one of these.
    """
    outputs = (output, *output.files)
    renderers = [formats(file) for file in outputs]
    split = _Split(process(items, lambda item: tuple(part(item) for _, part in renderers)), len(outputs))
    if output.files and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a closed pipe must not leave temporary files behind
    with ExitStack() as stack:
        puts = [
            stack.enter_context(
                opened(
                    file.path,
                    option="--output-file" if number else "--output",
                    inputs=inputs,
                    private=file.format == "html",
                    log_commands=file.format == "github",
                )
            )
            for number, file in enumerate(outputs)
        ]
        documents = [
            (file.format in _WHOLE, number, renderer.document(split.parts(number)), put)
            for number, (file, (renderer, _), put) in enumerate(zip(outputs, renderers, puts, strict=True))
        ]
        while documents:
            # The document that lags behind is next, so that few parts are in memory.
            current = min(documents, key=lambda document: (document[0], split.taken[document[1]]))
            piece = next(current[2], None)
            if piece is None:
                documents.remove(current)
            else:
                current[3](piece)


class _Split:
    """Gives each of several documents its part of every message."""

    def __init__(self, source: Iterator[tuple[Any, ...]], number: int) -> None:
        self._source = source
        self._waiting: list[deque[Any]] = [deque() for _ in range(number)]
        self.taken = [0] * number
        """How many parts each document has taken."""

    def parts(self, number: int) -> Iterator[Any]:
        """The parts of a document."""
        waiting = self._waiting[number]
        while True:
            if not waiting:
                parts = next(self._source, None)
                if parts is None:
                    return
                for queue, part in zip(self._waiting, parts, strict=True):
                    queue.append(part)
            self.taken[number] += 1
            yield waiting.popleft()
