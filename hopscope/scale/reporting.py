"""Messages -> their summary, and the few of them that a report shows in detail."""

from collections.abc import Iterable, Iterator
from functools import partial
from heapq import nsmallest
from itertools import chain
from typing import BinaryIO

import msgspec

from hopscope.analysis.analyze import Analysis, analyze
from hopscope.errors import SourceError
from hopscope.model import WORST_FIRST
from hopscope.scale.reading import route_of, routes
from hopscope.scale.run import run
from hopscope.scale.work import Chunk, Progress
from hopscope.sources import Message
from hopscope.statistics.digest import digest
from hopscope.statistics.summary import Summary

__all__ = ["ExampleMessage", "Sample", "inspect", "sample"]


class ExampleMessage(msgspec.Struct, frozen=True):
    """A message to be shown, as it was read: that is less than what is known of it."""

    rank: tuple[int, float, str]
    """The smaller, the worse: by its worst finding, then by the time it took, then by its source."""
    message: Message


class Sample(msgspec.Struct):
    """Messages in numbers, what could not be read, and those to be shown."""

    summary: Summary = msgspec.field(default_factory=Summary)
    errors: list[SourceError] = []
    """What could not be read of the chunk that was merged last."""
    worst: list[ExampleMessage] = []
    """The worst, worst first; those equally bad in the order of their sources, not of reading."""
    examples: dict[str, ExampleMessage] = {}
    """The worst message of each code of finding."""

    def merge(self, later: "Sample", details: int) -> None:
        """Add the messages that come after these; at most ``details`` of the worst are kept."""
        self.summary.merge(later.summary)
        self.summary.bound()
        self.errors = later.errors
        self.worst = _worst(chain(self.worst, later.worst), details)
        for code, example in later.examples.items():
            self.note(code, example)

    def note(self, code: str, example: ExampleMessage) -> None:
        """Keep a message that has a finding, where it is worse than the one kept for that."""
        if code not in self.examples or example.rank < self.examples[code].rank:
            self.examples[code] = example

    def shown(self) -> Iterator[Analysis]:
        """The messages to be shown, worst first, each once: read again, which takes less memory than to keep them."""
        shown = (*self.worst, *self.examples.values())
        examples = {(example.message.source, example.message.data): example for example in shown}
        for example in sorted(examples.values(), key=lambda example: example.rank):
            analysis = _analysis(example.message)
            if isinstance(analysis, Analysis):
                yield analysis


def inspect(chunk: Chunk, *, details: int) -> Sample:
    """A chunk of messages in numbers, and those of them that may be among the ``details`` worst of all."""
    sample, examples = Sample(), []
    for message, route in zip(chunk, routes(chunk), strict=True):
        read = route if isinstance(route, SourceError) else analyze(route)
        if isinstance(read, SourceError):
            sample.summary.unreadable += 1
            sample.errors.append(read)
        else:
            sample.summary.add(digest(read))
        if details and isinstance(message, Message) and isinstance(read, Analysis):
            example = ExampleMessage(_rank(read), message)
            examples.append(example)
            for finding in read.findings:
                sample.note(finding.code, example)
    sample.worst = _worst(examples, details)
    return sample


def _analysis(message: Message) -> Analysis | SourceError:
    route = route_of(message)
    return route if isinstance(route, SourceError) else analyze(route)


def sample(  # noqa: PLR0913 - those of run
    paths: Iterable[str],
    stdin: BinaryIO | None,
    *,
    details: int,
    attached: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Iterator[Sample]:
    """The sample of all messages read so far, after each chunk: always the same object.

    The other arguments are those of :func:`hopscope.scale.run`. The result is the same for any number of processes.

    Args:
        paths: Files, folders, and ``-`` for standard input.
        stdin: Standard input, or ``None`` where there is none.
        details: How many of the worst messages are to be shown; of each finding, one more where none of them has it.
        attached: Whether the messages attached to messages follow them.
        jobs: How many processes do it.
        progress: Is told what goes on.
    """
    total = Sample()
    for part in run(partial(inspect, details=details), paths, stdin, attached=attached, jobs=jobs, progress=progress):
        total.merge(part, details)
        yield total


def _worst(examples: Iterable[ExampleMessage], details: int) -> list[ExampleMessage]:
    return nsmallest(details, examples, key=lambda example: example.rank)


def _rank(analysis: Analysis) -> tuple[int, float, str]:
    total = analysis.route.total_delay
    worst = min((WORST_FIRST.index(finding.severity) for finding in analysis.findings), default=len(WORST_FIRST))
    return worst, -total.total_seconds() if total is not None else 0.0, analysis.route.source
