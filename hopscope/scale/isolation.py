"""Limits a defect of hopscope to the message that shows it: an error that names the message takes its place.

Without this, one message of a dump of millions would end the run. With ``-vv``, and in the tests, the exception is
raised instead.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Protocol, TypeVar

from hopscope.errors import HopscopeError, SourceError, internal_error
from hopscope.scale.work import Chunk, R, Work

__all__ = ["Processed", "Sourced", "isolated", "isolated_results", "processed"]


class Sourced(Protocol):
    """A message at any stage of its processing, or an error in its place."""

    @property
    def source(self) -> str:
        """The name of its source."""


T = TypeVar("T", bound=Sourced)


class Processed(Protocol):
    """:func:`processed`, with a function that reports the errors."""

    def __call__(self, items: Iterable[T], process: Callable[[T], R | SourceError], /) -> Iterator[R]:
        """The result of processing each message; one for which it fails is reported and skipped."""


def isolated(source: str, process: Callable[[], R | SourceError]) -> R | SourceError:
    """The result of processing one message, or the error in its place; exceptions of this package are raised."""
    try:
        return process()
    except HopscopeError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect may raise anything
        return internal_error(source, error)


def processed(
    items: Iterable[T], process: Callable[[T], R | SourceError], report: Callable[[SourceError], object]
) -> Iterator[R]:
    """The result of processing each message; one for which it fails is reported and skipped."""
    for item in items:
        result = isolated(item.source, partial(process, item))
        if isinstance(result, SourceError):
            report(result)
        else:
            yield result


def isolated_results(work: Work[R], chunk: Chunk) -> Iterator[R]:
    """The result of the work for a chunk; if it fails, one for each message, with an error in place of those that fail.

    The work has no side effects, so that it can be repeated.
    """
    result = isolated("", partial(work, chunk))
    if not isinstance(result, SourceError):
        yield result
        return
    for item in chunk:
        result = isolated(item.source, partial(work, [item]))
        yield work([result]) if isinstance(result, SourceError) else result
