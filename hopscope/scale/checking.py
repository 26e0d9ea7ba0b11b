"""Messages -> their findings, with the lines of their files."""

from typing import TYPE_CHECKING

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.checks import check
from hopscope.checks.result import Checked
from hopscope.config.settings import Settings
from hopscope.scale.locations import located, relative
from hopscope.scale.reading import Result
from hopscope.scale.work import Chunk
from hopscope.sources import container
from hopscope.statistics.digest import digest
from hopscope.statistics.summary import Summary

if TYPE_CHECKING:
    from hopscope.scale.filters import MessageFilter
    from hopscope.scale.supplements import Supplements

__all__ = ["CheckedChunk", "check_chunk", "checked"]


class CheckedChunk(Result):
    """The findings of a chunk of messages, in their order, and its read errors."""

    messages: list[Checked] = msgspec.field(default_factory=list)
    summary: Summary | None = None
    """``None`` unless runs are compared."""


def check_chunk(
    chunk: Chunk,
    *,
    settings: Settings,
    summarized: bool,
    filter_: "MessageFilter | None" = None,
    supplements: "Supplements | None" = None,
) -> CheckedChunk:
    """Check a chunk of messages.

    Args:
        chunk: The messages.
        settings: The settings of the run; per-path overrides are applied per file.
        summarized: Whether to compute statistics as well, which takes time.
        filter_: Selects the messages.
        supplements: The user's files about messages.
    """
    result = CheckedChunk(summary=Summary() if summarized else None)
    for _, analysis in result.analyses(chunk, settings.organisation, filter_, supplements):
        result.messages.append(checked(analysis, settings))
        if result.summary is not None:
            result.summary.add(digest(analysis))
    if result.summary is not None:
        result.summary.unreadable = len(result.errors)
    return result


def checked(analysis: Analysis, settings: Settings) -> Checked:
    """The findings of a message, with the settings that apply to its file and the lines of the file."""
    file = container(analysis.route.source)
    file_settings = settings.for_file(None if file == "-" else relative(file, settings.folder))
    return located(analysis.route, file, check(analysis, file_settings))
