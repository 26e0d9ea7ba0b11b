"""Messages, or saved summaries, named on the command line -> their summary."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from hopscope.analysis.lifecycle import is_newer
from hopscope.classifier import builds
from hopscope.cli import table_age
from hopscope.cli.dumps import Dump
from hopscope.cli.files import content
from hopscope.cli.summary_files import are_summaries
from hopscope.errors import OptionError, reason_of
from hopscope.renderers.text.escape import visible
from hopscope.scale.work import Progress
from hopscope.statistics.summary import Summary

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter

__all__ = ["loaded", "note_newer_builds", "read"]


def read(  # noqa: PLR0913 - the arguments of summed
    files: Sequence[str],
    *,
    filter_: "MessageFilter | None" = None,
    quick: bool = False,
    organisation: "Organisation | None" = None,
    attached: bool = False,
    jobs: int = 1,
    counted: bool = False,
) -> tuple[Summary, Dump]:
    """The summary of messages, and the dump that was read."""
    from hopscope.scale.summarize import Tally, summed

    summary, dump = Summary(), Dump(files, attached=attached, filter_=filter_, counted=counted)

    def start(progress: Progress) -> Iterator[Tally]:
        return summed(
            summary,
            dump.paths,
            dump.stdin,
            filter_=filter_,
            quick=quick,
            organisation=organisation,
            attached=attached,
            jobs=jobs,
            progress=progress,
        )

    for _ in dump.results(start):
        pass
    return summary, dump


def loaded(files: Sequence[str]) -> tuple[Summary, bool]:
    """The saved summaries in files, or in standard input, merged into one, and whether any could not be read."""
    from hopscope.statistics.saved import MOST_BYTES, loads

    if not files and not are_summaries(files):
        raise click.UsageError("--merge needs FILES written by --save")
    summary, failed = Summary(), False
    for file in files or ("-",):
        try:
            summary.merge(loads(content(file, MOST_BYTES)))
        except (OSError, OptionError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else str(error)
            click.echo(visible(f"hopscope: {file}: {reason}; write one with `hopscope stats --save`"), err=True)
            failed = True
    summary.bound()
    note_newer_builds(summary)
    return summary, failed


def note_newer_builds(summary: Summary) -> None:
    """Print a note if the table of builds is outdated and a summary has a build that is newer."""
    if builds.is_outdated() and any(map(_is_newer, summary.products)):
        table_age.note()


def _is_newer(product_and_build: str) -> bool:
    product, _, build = product_and_build.partition("\t")
    return is_newer(build, product)
