"""Messages -> their summary, and the messages that a report shows in detail."""

from collections.abc import Iterable, Iterator
from functools import partial
from heapq import nsmallest
from itertools import chain, count
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.model import WORST_FIRST
from hopscope.scale.isolation import Processed
from hopscope.scale.reading import Result, analyzed, route_of
from hopscope.scale.run import run
from hopscope.scale.work import Chunk, Progress
from hopscope.sources import Message
from hopscope.statistics.digest import digest
from hopscope.statistics.summary import FindingKey, Summary

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter
    from hopscope.scale.supplements import Supplements

__all__ = ["SLOWEST", "ExampleMessage", "Sample", "inspect", "report", "sample"]

SLOWEST = 10
"""Number of slowest messages that are shown in detail."""


class ExampleMessage(msgspec.Struct, frozen=True):
    """A message to be shown in detail; stored unparsed, which takes less memory than its analysis."""

    rank: tuple[int, float, str]
    """Sort key, worst first: by most severe finding, total delay, source."""
    message: Message


class Sample(Result):
    """The summary of messages, those to be shown in detail, and the read errors and selection of the last chunk."""

    summary: Summary = msgspec.field(default_factory=Summary)
    worst: list[ExampleMessage] = msgspec.field(default_factory=list)
    """The worst messages, worst first; equally bad ones are sorted by source, independent of the reading order."""
    examples: dict[FindingKey, ExampleMessage] = msgspec.field(default_factory=dict)
    """The worst message for each code and severity of findings."""
    slowest: list[ExampleMessage] = msgspec.field(default_factory=list)
    """The messages with the longest total delays, longest first; at most ``SLOWEST`` and ``details``."""

    def merge(self, later: "Sample", details: int) -> None:
        """Add the sample of later messages; at most ``details`` of the worst messages are kept."""
        self.summary.merge(later.summary)
        self.errors, self.skipped, self.newer_build = later.errors, later.skipped, later.newer_build
        self.selected, self.tracked, self.is_limited = later.selected, later.tracked, later.is_limited
        self.worst = _worst(chain(self.worst, later.worst), details)
        self.slowest = _slowest(chain(self.slowest, later.slowest), details)
        for key, example in later.examples.items():
            self.note(key, example)

    def note(self, key: FindingKey, example: ExampleMessage) -> None:
        """Store a message with a finding if it is worse than the stored one for this code and severity."""
        if key not in self.examples or example.rank < self.examples[key].rank:
            self.examples[key] = example

    def shown(self) -> list[Message]:
        """The messages to be shown, worst first, each once. They are parsed again to save memory."""
        shown = (*self.worst, *self.slowest, *self.examples.values())
        examples = {(example.message.source, example.message.data): example for example in shown}
        return [example.message for example in sorted(examples.values(), key=lambda example: example.rank)]


def inspect(
    chunk: Chunk,
    *,
    details: int,
    organisation: "Organisation | None" = None,
    filter_: "MessageFilter | None" = None,
    supplements: "Supplements | None" = None,
) -> Sample:
    """The summary of a chunk, and its messages that may be among the ``details`` worst messages overall."""
    sample, examples = Sample(), []
    for message, analysis in sample.analyses(chunk, organisation, filter_, supplements):
        sample.summary.add(digest(analysis))
        if details:
            example = ExampleMessage(_rank(analysis), message)
            examples.append(example)
            for finding in analysis.findings:
                sample.note(FindingKey(finding.code, finding.severity), example)
    sample.summary.unreadable = len(sample.errors)
    sample.worst, sample.slowest = _worst(examples, details), _slowest(examples, details)
    return sample


def sample(  # noqa: PLR0913 - the arguments of run
    paths: Iterable[str],
    stdin: BinaryIO | None,
    *,
    details: int,
    organisation: "Organisation | None" = None,
    filter_: "MessageFilter | None" = None,
    supplements: "Supplements | None" = None,
    attached: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Iterator[Sample]:
    """Yield the sample of all messages read so far after each chunk; it is always the same object, at last bounded.

    The result does not depend on the number of processes.

    Args:
        paths: Files, folders, and ``-`` for standard input.
        stdin: Standard input, or ``None`` if it is not available.
        details: Number of worst messages to show. A finding that none of them has adds one more message, and so does
            each of the slowest messages; 0 shows none.
        organisation: Identifies the reader's servers.
        filter_: Selects the messages.
        supplements: The user's files about messages.
        attached: Whether to include messages attached to messages.
        jobs: Number of worker processes.
        progress: Receives progress and the deaths of workers.
    """
    total = Sample()
    work = partial(inspect, details=details, organisation=organisation, filter_=filter_, supplements=supplements)
    for part in run(work, paths, stdin, attached=attached, jobs=jobs, progress=progress):
        total.merge(part, details)
        yield total
    total.summary.bound()


def report(  # noqa: PLR0913 - the defaults suit most callers
    total: Sample,
    processed: Processed,
    *,
    title: str = "Mail flow report",
    organisation: "Organisation | None" = None,
    supplements: "Supplements | None" = None,
    selection: str | None = None,
) -> Iterator[str]:
    """The page of a sample, in pieces.

    Args:
        total: The sample of all messages.
        processed: Parses and renders the messages that are shown in detail, and reports those for which this fails.
        title: The title of the page.
        organisation: Identifies the reader's servers.
        supplements: The user's files about messages.
        selection: The filter of the messages, as a sentence.
    """
    from hopscope.renderers.graph.svg import picture
    from hopscope.renderers.report import Report, detailed, render
    from hopscope.statistics.topology import topology

    number = count(1)
    routes = processed(total.shown(), route_of)
    details = processed(routes, lambda route: detailed(analyzed(route, organisation, supplements), next(number)))
    network = topology(total.summary, _DRAWN)
    yield from render(
        Report(
            title=title,
            summary=total.summary,
            details=tuple(details),
            picture=picture(network),
            observations=network.notable,
            selection=selection,
        )
    )


_DRAWN = 12
"""External systems that the diagram shows separately."""


def _slowest(examples: Iterable[ExampleMessage], details: int) -> list[ExampleMessage]:
    late = (example for example in examples if example.rank[1] < 0)
    return nsmallest(min(SLOWEST, details), late, key=lambda example: example.rank[1:])


def _worst(examples: Iterable[ExampleMessage], details: int) -> list[ExampleMessage]:
    return nsmallest(details, examples, key=lambda example: example.rank)


def _rank(analysis: Analysis) -> tuple[int, float, str]:
    total = analysis.route.total_delay
    worst = min((WORST_FIRST.index(finding.severity) for finding in analysis.findings), default=len(WORST_FIRST))
    return worst, -total.total_seconds() if total is not None else 0.0, analysis.route.source
