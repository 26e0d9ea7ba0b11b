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

__all__ = ["CheckedChunk", "check_chunk"]


class CheckedChunk(Result):
    """The findings of a chunk of messages, in their order, and its read errors."""

    messages: list[Checked] = msgspec.field(default_factory=list)
    summary: Summary | None = None
    """``None`` unless runs are compared."""


def check_chunk(
    chunk: Chunk, *, settings: Settings, folder: str, summarized: bool, filter_: "MessageFilter | None" = None
) -> CheckedChunk:
    """Check a chunk of messages.

    Args:
        chunk: The messages.
        settings: The settings of the run; per-path overrides are applied per file.
        folder: The folder that globs of files are relative to.
        summarized: Whether to compute statistics as well, which takes time.
        filter_: Selects the messages.
    """
    result = CheckedChunk(summary=Summary() if summarized else None)
    for _, analysis in result.analyses(chunk, settings.organisation, filter_):
        result.messages.append(_checked(analysis, settings, folder))
        if result.summary is not None:
            result.summary.add(digest(analysis))
    if result.summary is not None:
        result.summary.unreadable = len(result.errors)
    return result


def _checked(analysis: Analysis, settings: Settings, folder: str) -> Checked:
    file = container(analysis.route.source)
    file_settings = settings.for_file(None if file == "-" else relative(file, folder))
    return located(analysis.route, file, check(analysis, file_settings))
