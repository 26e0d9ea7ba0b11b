"""``hopscope check``: findings and the checks of your own settings, for CI."""

from collections.abc import Iterator

import click

from hopscope.cli import baseline as known_findings
from hopscope.cli import latency
from hopscope.cli.checking import Earlier, Run
from hopscope.cli.options import Output, without_messages, write
from hopscope.cli.reading import Reader
from hopscope.cli.settings import resolve, shown
from hopscope.errors import SettingsError
from hopscope.renderers.findings import FORMATS, renderer
from hopscope.renderers.text.escape import visible

__all__ = ["check"]


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
@click.option("--against", metavar="FILE", help="Times of an earlier run: legs that got slower are findings.")
@click.option(
    "--tolerance",
    type=latency.Tolerance(),
    default="50%",
    metavar="PERCENT",
    help="How much slower they may be; default: 50%.",
)
@click.option(
    "--update-baseline", is_flag=True, help="Write findings and times of this run to --baseline and --against."
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also where there are findings.")
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
            return _update(
                Run(resolved, known_findings.Baseline(()), None), Reader(files, attached=attached), baseline, against
            )
        known = known_findings.load(baseline) if baseline else known_findings.Baseline(())
        earlier = Earlier(file=against, legs=latency.load(against), tolerance=tolerance) if against else None
    except SettingsError as error:
        raise click.ClickException("\n    ".join((visible(str(error)), *_pointed(error)))) from None
    reader, run = Reader(files, attached=attached), Run(resolved, known, earlier)
    write(renderer(output.format).findings(run.checked(reader), resolved.settings.fail_on), output.path)
    click.echo(run.summary(), err=True)
    return 2 if reader.failed else 1 if run.failed and not exit_zero else 0


def _pointed(error: SettingsError) -> Iterator[str]:
    """The text that cannot be read, and a mark below the character; a character that cannot be shown takes its room."""
    if error.text is not None:
        yield visible(error.text)
        yield " " * len(visible(error.text[: error.position])) + "^"


def _update(run: Run, reader: Reader, baseline: str | None, against: str | None) -> int:
    """Write what later runs are set against."""
    pieces = list(known_findings.document(run.checked(reader)))
    if baseline:
        write(pieces, baseline)
    if against:
        write(latency.document(run.latency), against)
    click.echo(f"{run.summary()}; written to {' and '.join(filter(None, (baseline, against)))}", err=True)
    return 2 if reader.failed else 0
