"""One run of ``hopscope check``: the findings of each message, and their counts."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import msgspec
from msgspec.structs import replace

from hopscope.checks.latency import slower_leg
from hopscope.checks.result import Checked
from hopscope.cli.baseline import Baseline
from hopscope.cli.dumps import Dump
from hopscope.cli.settings import Resolved
from hopscope.model import WORST_FIRST, Severity
from hopscope.scale.work import Progress
from hopscope.statistics.summary import Summary

__all__ = ["Earlier", "Run"]


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier run that this one is compared with."""

    file: str
    summary: Summary
    tolerance: float
    """Maximum slowdown of a leg, as a fraction: 0.5 for 50 %."""


class Run:
    """Checks messages and counts findings."""

    def __init__(
        self, resolved: Resolved, baseline: Baseline, earlier: Earlier | None = None, *, summarized: bool = False
    ) -> None:
        self._settings = resolved.settings
        self._baseline = baseline
        self._earlier = earlier
        self._messages = self._with_findings = 0
        self._read: int | None = None
        self._counts: Counter[Severity] = Counter()
        self._summarized = summarized or earlier is not None
        self.statistics = Summary()
        """Statistics of all messages, if they are compared with an earlier or a later run."""

    def checked(self, dump: Dump, *, jobs: int, bar: bool) -> Iterator[Checked]:
        """The findings of each message, then those of the entire run. Only counts are kept in memory.

        Baseline and counts are kept in this process, so the number of worker processes does not affect the result.
        """
        from hopscope.scale.checking import CheckedChunk, check_chunk
        from hopscope.scale.run import run

        def start(progress: Progress) -> Iterator[CheckedChunk]:
            work = partial(
                check_chunk,
                settings=self._settings,
                summarized=self._summarized,
                filter_=dump.filter,
                supplements=dump.supplements,
            )
            return run(work, dump.paths, dump.stdin, attached=dump.attached, jobs=jobs, progress=progress)

        for chunk in dump.results(start, bar=bar):
            if chunk.summary is not None:
                self.statistics.merge(chunk.summary)
            for checked in dump.processed(chunk.messages, self._counted):
                self._messages += 1
                self._with_findings += bool(checked.findings)
                yield checked
        self.statistics.bound()
        self._read = dump.selected.read if dump.selected else None
        if self._earlier is not None:
            yield self._counted(self._compared(self._earlier))

    @property
    def failed(self) -> bool:
        """Whether there is a finding that fails."""
        return any(severity >= self._settings.fail_on for severity in self._counts)

    def summary(self) -> str:
        """``12 messages, 3 findings (1 error, 2 warnings) in 2 messages``; the last part only if it differs.

        With a filter: ``12 of 2,000 messages``.
        """
        new = "new " if self._baseline.hidden else ""
        hidden = f"; {self._baseline.hidden} known" if self._baseline.hidden else ""
        total = "" if self._read is None else f"{self._messages:,} of "
        messages = total + _count(self._messages if self._read is None else self._read, "message")
        if not self._counts:
            return f"{messages}, no {new}findings{hidden}"
        kinds = ", ".join(_kind(severity, self._counts[severity]) for severity in WORST_FIRST if self._counts[severity])
        some = 0 < self._with_findings < self._messages
        where = f" in {_count(self._with_findings, 'message')}" if some else ""
        return f"{messages}, {_count(self._counts.total(), f'{new}finding')} ({kinds}){where}{hidden}"

    def _counted(self, checked: Checked) -> Checked:
        """The message with its new findings, which are counted."""
        new = self._baseline.new(checked)
        self._counts.update(finding.severity for finding in new.findings)
        return new

    def _compared(self, earlier: Earlier) -> Checked:
        """Findings of the comparison with an earlier run."""
        findings = (
            replace(finding, severity=self._settings.severity_of(finding.code, finding.severity), source=earlier.file)
            for finding in slower_leg(earlier.summary, self.statistics, earlier.tolerance)
            if self._settings.selects(finding.code)
        )
        return Checked(source=earlier.file, file=earlier.file, messages=0, findings=tuple(findings))


def _kind(severity: Severity, number: int) -> str:
    return f"{number} info" if severity is Severity.INFO else _count(number, severity)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"
