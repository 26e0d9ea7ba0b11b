"""Messages in chunks, each given to the same function; the results come in the order of the messages."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.scale.work import Chunk, Progress, R, Work
from hopscope.sources import Message, messages

__all__ = ["CHUNK", "CHUNK_BYTES", "run"]

CHUNK = 256
"""Messages of one chunk at most, whatever the number of processes: so the result is the same for any."""
CHUNK_BYTES = 1 << 21
"""Bytes after which a chunk ends, too: so many chunks fit into memory."""
_FEW = 2
"""So many chunks are not worth another process."""


def run(  # noqa: PLR0913 - each has a default that is mostly right
    work: Work[R],
    paths: Iterable[str],
    stdin: BinaryIO | None,
    *,
    attached: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
    in_process: Work[R] | None = None,
) -> Iterator[R]:
    """The results of ``work`` for the messages at ``paths``, chunk by chunk, in the order of the messages.

    Args:
        work: What is done with a chunk.
        paths: Files, folders, and ``-`` for standard input.
        stdin: Standard input, or ``None`` where there is none.
        attached: Whether the messages attached to messages follow them.
        jobs: How many processes do it, besides this one, which reads. With one, or few messages, this one does all.
        progress: Is told what goes on.
        in_process: What is done instead where this process does all: it need not be picklable.
    """
    reporter = progress or Progress()
    chunks = _chunks(messages(paths, stdin, attached=attached, meter=reporter.meter))
    if jobs > 1:
        first = list(islice(chunks, _FEW + 1))
        chunks = chain(first, chunks)
        if len(first) > _FEW:
            from hopscope.scale import pool

            yield from pool.run(work, chunks, jobs, reporter)
            return
    for chunk in chunks:
        yield (in_process or work)(chunk)
        reporter.done(len(chunk))


def _chunks(read: Iterator[Message | SourceError]) -> Iterator[Chunk]:
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
