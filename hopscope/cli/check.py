"""``hopscope check``: findings and the checks of your own settings, for CI."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hopscope.cli import baseline as known_findings
from hopscope.cli.checking import Earlier, Run
from hopscope.cli.dumps import Dump
from hopscope.cli.options import Output, jobs_option, without_messages, write
from hopscope.cli.settings import resolve, shown
from hopscope.errors import OptionError, SettingsError
from hopscope.renderers.findings import FORMATS, renderer
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from hopscope.statistics.summary import Summary

__all__ = ["check"]

_ADVICE = "write it with --update-baseline"


class _Tolerance(click.ParamType[float]):
    """A share in percent, ``50%``."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share as a number: 0.5 for ``50%``."""
        if isinstance(value, float):
            return value
        number = str(value).strip().removesuffix("%").strip()
        if not number.isascii() or not number.isdecimal():
            self.fail(f"{value!r} is no share; give it in percent, such as 50%", param, ctx)
        return int(number) / 100


@click.command(short_help="Findings and your own limits, for CI: fails where there are any.")
@click.argument("files", nargs=-1, type=click.Path(readable=False), metavar="[PATH]...")
@click.option(
    "--select", metavar="CODES", envvar="HOPSCOPE_SELECT", help="Only these codes, or starts of codes: HOP1,HOP6."
)
@click.option("--ignore", metavar="CODES", envvar="HOPSCOPE_IGNORE", help="Not these codes.")
@click.option(
    "--fail-on",
    metavar="SEVERITY",
    envvar="HOPSCOPE_FAIL_ON",
    help="The least that fails: info, warning (the default), error.",
)
@click.option(
    "--max-total",
    metavar="TIME",
    envvar="HOPSCOPE_MAX_TOTAL",
    help="The longest that a message may take, such as 2m or 1h 30m.",
)
@click.option("--max-hop", metavar="TIME", envvar="HOPSCOPE_MAX_HOP", help="The longest that a hop may take.")
@click.option(
    "--config",
    "config_path",
    metavar="FILE",
    envvar="HOPSCOPE_CONFIG",
    help="Settings, instead of the nearest hopscope.toml or pyproject.toml.",
)
@click.option(
    "--show-settings", is_flag=True, help="Print the settings that hold, and where each came from; check nothing."
)
@click.option("--attached", is_flag=True, help="Check the messages attached to messages, too.")
@click.option("--baseline", metavar="FILE", help="Findings that are known: only others are shown, and fail.")
@click.option("--against", metavar="FILE", help="Summary of an earlier run: legs that got slower are findings.")
@click.option(
    "--tolerance",
    type=_Tolerance(),
    default="50%",
    metavar="PERCENT",
    help="How much slower they may be; default: 50%.",
)
@click.option(
    "--update-baseline", is_flag=True, help="Write findings and times of this run to --baseline and --against."
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also where there are findings.")
@jobs_option
@without_messages(FORMATS, default="text")
def check(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...],
    output: Output,
    *,
    config_path: str | None,
    show_settings: bool,
    attached: bool,
    baseline: str | None,
    against: str | None,
    tolerance: float,
    update_baseline: bool,
    exit_zero: bool,
    jobs: int,
    **flags: str | None,
) -> int:
    """Check the way of each message: the findings of hopscope, and the limits and rules of your settings.

    PATHs are what show takes: messages, mbox files, archives, folders; - is standard input.

    Settings are in the nearest hopscope.toml, or the table tool.hopscope of pyproject.toml, looking upwards from the
    current folder. Findings of severity info are shown, but do not fail unless fail_on says so.

    Exit status: 0 clean, 1 findings that fail, 2 if anything could not be read or the settings are wrong.
    """
    if update_baseline and not (baseline or against):
        raise click.UsageError("--update-baseline needs --baseline FILE or --against FILE")
    try:
        resolved = resolve(config_path, flags)
        if show_settings:
            write([shown(resolved)], output.path)
            return 0
        if update_baseline:
            run = Run(resolved, known_findings.Baseline(()), summarized=against is not None)
            return _update(run, Dump(files, attached=attached), baseline, against, jobs=jobs)
        accepted = known_findings.load(baseline) if baseline else known_findings.Baseline(())
        earlier = Earlier(file=against, summary=_loaded(against), tolerance=tolerance) if against else None
    except SettingsError as error:
        raise click.ClickException("\n    ".join((visible(str(error)), *_pointed(error)))) from None
    dump, run = Dump(files, attached=attached), Run(resolved, accepted, earlier)
    bar = output.path is not None or not (sys.stdout and sys.stdout.isatty())
    checked = run.checked(dump, jobs=jobs, bar=bar)
    write(renderer(output.format).findings(checked, resolved.settings.fail_on), output.path)
    click.echo(run.summary(), err=True)
    return 2 if dump.failed else 1 if run.failed and not exit_zero else 0


def _pointed(error: SettingsError) -> Iterator[str]:
    """The text that cannot be read, and a mark below the character; a character that cannot be shown takes its room."""
    if error.text is not None:
        yield visible(error.text)
        yield " " * len(visible(error.text[: error.position])) + "^"


def _loaded(path: str) -> "Summary":
    """The summary of an earlier run.

    Raises:
        SettingsError: The file cannot be read, or holds none.
    """
    from hopscope.statistics.saved import load

    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 3 ms at start-up
            return load(file.read())
    except OSError as error:
        raise SettingsError(path, "", f"it cannot be read ({error.strerror})", _ADVICE) from None
    except OptionError as error:
        raise SettingsError(path, "", str(error), _ADVICE) from None


def _update(run: Run, dump: Dump, baseline: str | None, against: str | None, *, jobs: int) -> int:
    """Write what later runs are set against."""
    from hopscope.statistics.saved import document

    pieces = list(known_findings.document(run.checked(dump, jobs=jobs, bar=True)))
    if baseline:
        write(pieces, baseline)
    if against:
        write([document(run.statistics).decode(), "\n"], against)
    click.echo(f"{run.summary()}; written to {' and '.join(filter(None, (baseline, against)))}", err=True)
    return 2 if dump.failed else 0
