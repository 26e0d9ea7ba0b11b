"""``hopscope check``: findings, and the limits of the settings, for CI."""

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from hopscope.cli import baseline as known_findings
from hopscope.cli import notes, streams
from hopscope.cli.checking import Earlier, Run
from hopscope.cli.dumps import Dump
from hopscope.cli.files import content
from hopscope.cli.filters import filter_options
from hopscope.cli.options import Command, Output, attached_option, check_distinct, jobs_option, without_messages, write
from hopscope.cli.outputs import write_messages
from hopscope.cli.reading import piped_or_folder
from hopscope.cli.settings import resolve, shown
from hopscope.cli.supplements import SuppliedFiles, supplement_options
from hopscope.errors import OptionError, SettingsError, reason_of
from hopscope.renderers.findings import FORMATS, Findings, renderer
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from hopscope.checks.result import Checked
    from hopscope.scale.filters import MessageFilter
    from hopscope.statistics.summary import Summary

__all__ = ["check"]

_SHOWN = 100
"""Characters of an invalid text that are shown before and after the error."""
_ADVICE = "write it with --update-baseline"


class _Tolerance(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """A percentage, ``50%``."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The percentage as a fraction: 0.5 for ``50%``."""
        if isinstance(value, float):
            return value
        number = str(value).strip().removesuffix("%").strip()
        if not number.isascii() or not number.isdecimal():
            self.fail(f"{value!r} is not a percentage (example: 50%)", param, ctx)
        return int(number) / 100


@click.command(
    cls=Command,
    epilog="""\
hopscope check mail/ --max-total 2m --fail-on error
hopscope check export.mbox --baseline known.json --output-file sarif=hopscope.sarif""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--select",
    metavar="CODES",
    envvar="HOPSCOPE_SELECT",
    help="Report only these codes or prefixes, such as HOP1,HOP6.",
)
@click.option("--ignore", metavar="CODES", envvar="HOPSCOPE_IGNORE", help="Ignore these codes or prefixes.")
@click.option(
    "--fail-on",
    metavar="SEVERITY",
    envvar="HOPSCOPE_FAIL_ON",
    help="Minimum severity that fails: info, warning or error (default: warning).",
)
@click.option(
    "--max-total",
    metavar="TIME",
    envvar="HOPSCOPE_MAX_TOTAL",
    help="Maximum total delay of a message, such as 2m or 1h 30m.",
)
@click.option("--max-hop", metavar="TIME", envvar="HOPSCOPE_MAX_HOP", help="Maximum delay of a hop.")
@click.option(
    "--config",
    "config_path",
    metavar="FILE",
    envvar="HOPSCOPE_CONFIG",
    help="Settings file (default: the nearest hopscope.toml or pyproject.toml).",
)
@click.option(
    "--show-settings", is_flag=True, help="Print the effective settings and where each comes from, then exit."
)
@filter_options
@supplement_options(geo=False)
@attached_option
@click.option("--baseline", metavar="FILE", help="Known findings: report only new ones.")
@click.option("--against", metavar="FILE", help="Statistics of an earlier run: report legs that are slower now.")
@click.option(
    "--tolerance",
    type=_Tolerance(),
    default="50%",
    metavar="PERCENT",
    help="Maximum slowdown of a leg relative to --against (default: 50%).",
)
@click.option(
    "--update-baseline", is_flag=True, help="Write the findings and statistics of this run to --baseline and --against."
)
@click.option("--exit-zero", is_flag=True, help="Turn exit status 1 into 0; 2 stays.")
@jobs_option
@without_messages(FORMATS, default="text")
def check(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...],
    output: Output,
    *,
    config_path: str | None,
    show_settings: bool,
    filter_: "MessageFilter | None",
    supplied: SuppliedFiles,
    attached: bool,
    baseline: str | None,
    against: str | None,
    tolerance: float,
    update_baseline: bool,
    exit_zero: bool,
    jobs: int,
    **flags: str | None,
) -> int:
    """Check mail flow in CI: fail on findings and exceeded limits.

    FILES: messages (.eml, .msg), mbox files, archives, folders, or addresses (dump.mbox:17); - is standard input.
    Without FILES, headers that are piped in are checked, and otherwise the current folder. Files in folders are
    skipped if they are not mail.

    Settings are read from the nearest hopscope.toml, or pyproject.toml with a table tool.hopscope, in the current
    folder or a folder above it. Findings of severity info are reported but do not fail, unless --fail-on info is set.

    Exit status: 0 clean, 1 findings that fail, 2 if any input could not be read or the settings are invalid.
    """
    _check_files(output, baseline, against, update_baseline=update_baseline)
    try:
        resolved = resolve(config_path, flags)
        if show_settings:
            streams.as_utf_8()
            write([shown(resolved)], output.path)
            return 0
        dump = Dump(files or piped_or_folder(), attached=attached, filter_=filter_, supplied=supplied)
        if update_baseline:
            run = Run(resolved, known_findings.Baseline(()), summarized=against is not None)
            return _update(run, dump, baseline, against, jobs=jobs)
        accepted = known_findings.load(baseline) if baseline else known_findings.Baseline(())
        earlier = Earlier(file=against, summary=_loaded(against), tolerance=tolerance) if against else None
    except SettingsError as error:
        raise click.ClickException("\n    ".join((visible(str(error)), *_pointed(error)))) from None
    run = Run(resolved, accepted, earlier)
    bar = output.path is not None or not (sys.stdout and sys.stdout.isatty())
    fails_from = resolved.settings.fail_on

    def formats(file: Output) -> tuple[Findings, Callable[["Checked"], Any]]:
        format_ = renderer(file.format)
        return format_, lambda message: format_.message(message, fails_from)

    write_messages(
        output,
        run.checked(dump, jobs=jobs, bar=bar),
        dump.processed,
        formats,
        inputs=(*dump.inputs, *filter(None, (config_path, baseline, against))),
    )
    notes.note(run.summary())
    return 2 if dump.failed else 1 if run.failed and not exit_zero else 0


def _check_files(output: Output, baseline: str | None, against: str | None, *, update_baseline: bool) -> None:
    """Fail before anything is read if a file is missing among the options, or would not be written."""
    if update_baseline and not (baseline or against):
        raise click.UsageError("--update-baseline needs --baseline FILE or --against FILE")
    if update_baseline and (output.path or output.files):
        raise click.UsageError("--update-baseline writes only --baseline and --against; leave out --output")
    check_distinct(("--baseline", baseline), ("--against", against))


def _pointed(error: SettingsError) -> Iterator[str]:
    """The invalid text, and a caret below the character; an escaped character is as wide as its escape."""
    if error.text is not None:
        start = max(error.position - _SHOWN, 0)
        yield visible(error.text[start : error.position + _SHOWN])
        yield " " * len(visible(error.text[start : error.position])) + "^"


def _loaded(path: str) -> "Summary":
    """The statistics of an earlier run.

    Raises:
        SettingsError: The file cannot be read, or is not a saved summary.
    """
    from hopscope.statistics.saved import MOST_BYTES, loads

    try:
        return loads(content(path, MOST_BYTES))
    except OSError as error:
        raise SettingsError(path, "", reason_of(error), _ADVICE) from None
    except OptionError as error:
        raise SettingsError(path, "", str(error), _ADVICE) from None


def _update(run: Run, dump: Dump, baseline: str | None, against: str | None, *, jobs: int) -> int:
    """Write the baseline and the statistics that later runs are compared with."""
    from hopscope.statistics.saved import dumps

    pieces = list(known_findings.document(run.checked(dump, jobs=jobs, bar=True)))
    if baseline:
        write(pieces, baseline, option="--baseline", inputs=dump.inputs)
    if against:
        write([dumps(run.statistics), "\n"], against, option="--against", inputs=dump.inputs)
    files = " and ".join(visible(file) for file in (baseline, against) if file)
    notes.note(f"{run.summary()}; written to {files}")
    return 2 if dump.failed else 0
