"""Applies a function to messages in chunks; the results are in the order of the messages."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.scale.isolation import isolated_results
from hopscope.scale.work import Chunk, Progress, R, Work
from hopscope.sources import Message, messages

__all__ = ["CHUNK", "CHUNK_BYTES", "run", "run_here"]

CHUNK = 256
"""Maximum messages of a chunk. It does not depend on the number of processes, so the result does not either."""
CHUNK_BYTES = 1 << 21
"""Bytes after which a chunk ends early, so that several chunks fit into memory."""
_MAX_SERIAL = 2
"""Up to this number of chunks, worker processes are not worthwhile."""


def run(  # noqa: PLR0913 - the defaults suit most callers
    work: Work[R],
    paths: Iterable[str],
    stdin: BinaryIO | None,
    *,
    attached: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Iterator[R]:
    """The results of ``work`` for the messages at ``paths``, chunk by chunk, in the order of the messages.

    A chunk that contains a message for which the work fails gives a result for each of its messages.

    Args:
        work: The function applied to a chunk; it has no side effects.
        paths: Files, folders, and ``-`` for standard input.
        stdin: Standard input, or ``None`` if it is not available.
        attached: Whether to include messages attached to messages.
        jobs: Number of worker processes. With 1, or with few messages, this process does all the work.
        progress: Receives progress and the deaths of workers.
    """
    reporter = progress or Progress()
    chunks = _chunks(messages(paths, stdin, attached=attached, meter=reporter.meter))
    if jobs > 1:
        first = list(islice(chunks, _MAX_SERIAL + 1))
        chunks = chain(first, chunks)
        if len(first) > _MAX_SERIAL:
            from hopscope.scale import pool

            yield from pool.run(work, chunks, jobs, reporter)
            return
    yield from _in_this_process(work, chunks, reporter)


def run_here(work: Work[R], items: Iterable[Message | SourceError]) -> Iterator[R]:
    """The results of ``work`` for messages that were read already, as :func:`run` yields them."""
    return _in_this_process(work, _chunks(items), Progress())


def _in_this_process(work: Work[R], chunks: Iterable[Chunk], progress: Progress) -> Iterator[R]:
    for chunk in chunks:
        yield from isolated_results(work, chunk)
        progress.done(len(chunk))


def _chunks(read: Iterable[Message | SourceError]) -> Iterator[Chunk]:
    chunk: Chunk = []
    size = 0
    for item in read:
        chunk.append(item)
        size += len(item.data) if isinstance(item, Message) else 0
        if len(chunk) >= CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
