"""One run of ``hopscope check``: what every message gives, and what it adds up to."""

from collections import Counter
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from hopscope.analysis.context import MessageContext
from hopscope.checks import check
from hopscope.checks.latency import Latency, LegTimes, slower_leg
from hopscope.checks.result import Checked
from hopscope.cli.baseline import Baseline
from hopscope.cli.places import located, relative, whole_file
from hopscope.cli.reading import Reader
from hopscope.cli.settings import Resolved
from hopscope.model import WORST_FIRST, Severity
from hopscope.renderers.findings import fails

__all__ = ["Earlier", "Run"]


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier run that this one is set against."""

    file: str
    legs: tuple[LegTimes, ...]
    tolerance: float
    """How much slower a leg may be: 0.5 for half as long again."""


class Run:
    """Checks messages, and counts what was found."""

    def __init__(self, resolved: Resolved, baseline: Baseline, earlier: Earlier | None) -> None:
        self._settings = resolved.settings
        self._folder = resolved.folder
        self._baseline = baseline
        self._earlier = earlier
        self._messages = self._with_findings = 0
        self._counts: Counter[Severity] = Counter()
        self.latency = Latency()

    def checked(self, reader: Reader) -> Iterator[Checked]:
        """What each message gives, and last what all of them do; nothing of it is kept."""
        for route in reader.routes():
            file = whole_file(route.source)
            settings = self._settings.for_file(relative(file, self._folder) if file else None)
            found = self._counted(located(route, check(MessageContext(route=route), settings)))
            self._messages += 1
            self._with_findings += bool(found.findings)
            self.latency.add(route)
            yield found
        if self._earlier is not None:
            yield self._counted(self._compared(self._earlier))

    @property
    def failed(self) -> bool:
        """Whether there is a finding that fails."""
        return any(fails(severity, self._settings.fail_on) for severity in self._counts)

    def summary(self) -> str:
        """``12 messages, 3 findings (1 error, 2 warnings) in 2 messages``."""
        new = "new " if self._baseline.hidden else ""
        known = f"; {self._baseline.hidden} known" if self._baseline.hidden else ""
        messages = _count(self._messages, "message")
        if not self._counts:
            return f"{messages}, no {new}findings{known}"
        kinds = ", ".join(_kind(each, self._counts[each]) for each in WORST_FIRST if self._counts[each])
        where = f" in {_count(self._with_findings, 'message')}" if self._with_findings else ""
        return f"{messages}, {_count(self._counts.total(), f'{new}finding')} ({kinds}){where}{known}"

    def _counted(self, checked: Checked) -> Checked:
        """What is new of it."""
        new = self._baseline.new(checked)
        self._counts.update(finding.severity for finding in new.findings)
        return new

    def _compared(self, earlier: Earlier) -> Checked:
        """The run against an earlier one."""
        found = (
            replace(finding, severity=self._settings.severity_of(finding.code, finding.severity), source=earlier.file)
            for finding in slower_leg(earlier.legs, self.latency.times(), earlier.tolerance)
            if self._settings.selects(finding.code)
        )
        return Checked(source=earlier.file, file=earlier.file, messages=0, findings=tuple(found))


def _kind(severity: Severity, number: int) -> str:
    return f"{number} info" if severity is Severity.INFO else _count(number, severity)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
