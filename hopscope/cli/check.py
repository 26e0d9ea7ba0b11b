"""``hopscope check``: findings and the checks of your own settings, for CI."""

from collections import Counter
from collections.abc import Iterator

import click

from hopscope.analysis.case import open_case
from hopscope.checks import WORST_FIRST
from hopscope.checks import check as findings_of
from hopscope.checks.result import Checked
from hopscope.cli.baseline import Baseline, document, load
from hopscope.cli.options import Output, without_messages, write
from hopscope.cli.places import located, relative, whole_file
from hopscope.cli.reading import Reader
from hopscope.cli.settings import Resolved, resolve, shown
from hopscope.errors import SettingsError
from hopscope.model import Severity
from hopscope.renderers.findings import FORMATS, fails, renderer
from hopscope.renderers.printable import visible

__all__ = ["check"]


class _Run:
    """Checks messages, and counts what was found."""

    def __init__(self, resolved: Resolved, baseline: Baseline) -> None:
        self._settings = resolved.settings
        self._baseline = baseline
        self._folder = resolved.folder
        self._messages = self._with_findings = 0
        self._counts: Counter[Severity] = Counter()

    def checked(self, reader: Reader) -> Iterator[Checked]:
        """What each message gives; nothing of it is kept."""
        for route in reader.routes():
            file = whole_file(route.source)
            settings = self._settings.for_file(relative(file, self._folder) if file else None)
            checked = self._baseline.new(located(route, findings_of(open_case(route), settings)))
            self._messages += 1
            self._with_findings += bool(checked.findings)
            self._counts.update(finding.severity for finding in checked.findings)
            yield checked

    @property
    def failed(self) -> bool:
        """Whether there is a finding that fails."""
        return any(fails(severity, self._settings.fail_on) for severity in self._counts)

    def summary(self) -> str:
        """``12 messages, 3 findings (1 error, 2 warnings) in 2 messages``."""
        new = "new " if self._baseline.hidden else ""
        known = f"; {self._baseline.hidden} known" if self._baseline.hidden else ""
        found = _count(self._counts.total(), f"{new}finding")
        if not self._counts:
            return f"{_count(self._messages, 'message')}, no {new}findings{known}"
        kinds = ", ".join(
            _count(self._counts[severity], severity)
            if severity is not Severity.INFO
            else f"{self._counts[severity]} info"
            for severity in WORST_FIRST
            if self._counts[severity]
        )
        where = _count(self._with_findings, "message")
        return f"{_count(self._messages, 'message')}, {found} ({kinds}) in {where}{known}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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
@click.option("--update-baseline", is_flag=True, help="Write the findings of this run to the baseline.")
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
    if update_baseline and baseline is None:
        raise click.UsageError("--update-baseline needs --baseline FILE")
    try:
        resolved = resolve(config_path, flags)
        known = load(baseline) if baseline and not update_baseline else Baseline(())
    except SettingsError as error:
        raise click.ClickException(visible(str(error))) from None
    if show_settings:
        write([shown(resolved)], output.path)
        return 0
    reader = Reader(files, attached=attached)
    run = _Run(resolved, known)
    if update_baseline:
        write(document(run.checked(reader)), baseline)
        click.echo(f"{run.summary()}; written to {baseline}", err=True)
        return 2 if reader.failed else 0
    write(renderer(output.format).findings(run.checked(reader), resolved.settings.fail_on), output.path)
    click.echo(run.summary(), err=True)
    return 2 if reader.failed else 1 if run.failed and not exit_zero else 0
