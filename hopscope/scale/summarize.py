"""Messages -> their summary."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from hopscope.scale.reading import Result
from hopscope.scale.run import run
from hopscope.scale.work import Chunk, Progress
from hopscope.statistics.digest import digest, route_digest
from hopscope.statistics.summary import Summary

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter

__all__ = ["Tally", "summarize", "summed"]


class Tally(Result):
    """The summary of a chunk, and its read errors."""

    summary: Summary = msgspec.field(default_factory=Summary)


def summarize(
    chunk: Chunk,
    *,
    quick: bool = False,
    filter_: "MessageFilter | None" = None,
    organisation: "Organisation | None" = None,
) -> Tally:
    """The summary of a chunk.

    Args:
        chunk: The messages.
        quick: Whether to omit scenarios and findings.
        filter_: Selects the messages.
        organisation: Identifies the reader's servers.
    """
    if quick and not (filter_ and filter_.needs_analysis):
        organisation = None  # only analyses need it
    tally = Tally()
    for _, analysis in tally.analyses(chunk, organisation, filter_):
        tally.summary.add(route_digest(analysis.route) if quick else digest(analysis))
    tally.summary.unreadable = len(tally.errors)
    return tally


def summed(  # noqa: PLR0913 - the arguments of run
    summary: Summary,
    paths: Iterable[str],
    stdin: BinaryIO | None,
    *,
    filter_: "MessageFilter | None" = None,
    quick: bool = False,
    organisation: "Organisation | None" = None,
    attached: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Iterator[Tally]:
    """Add the messages at ``paths`` to a summary, which is bounded at the end.

    The arguments are those of :func:`summarize` and :func:`hopscope.scale.run`. The result does not depend on the
    number of processes.

    Yields:
        The summary of each chunk, and its read errors.
    """
    work = partial(summarize, quick=quick, filter_=filter_, organisation=organisation)
    for tally in run(work, paths, stdin, attached=attached, jobs=jobs, progress=progress):
        summary.merge(tally.summary)
        yield tally
    summary.bound()
