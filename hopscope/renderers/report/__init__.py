"""The report on many messages: a self-contained page.

The statistics of all messages come first, followed by the messages that are shown in detail. Each module computes the
template variables of one part of the page, which the templates in ``templates/`` render.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from heapq import nlargest
from itertools import takewhile
from shlex import quote

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.phrases import duration
from hopscope.model import Severity
from hopscope.renderers import Style
from hopscope.renderers.graph.svg import CSS
from hopscope.renderers.message import html, wording
from hopscope.renderers.report import clocks, inventory, legs, overview, times
from hopscope.renderers.stats.names import Names, names
from hopscope.renderers.text import rounded
from hopscope.renderers.text.page import Facts, page
from hopscope.statistics.clock_offsets import certainly_corrected, skew
from hopscope.statistics.legs import legs as timed_legs
from hopscope.statistics.summary import FindingKey, Slow, Summary
from hopscope.statistics.topology import Observation

__all__ = ["Detail", "Report", "detailed", "render"]


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is shown in detail."""

    key: str
    """Its anchor in the page."""
    finding_keys: tuple[FindingKey, ...]
    """Code and severity of its findings, worst first."""
    facts: Facts
    """The template variables."""
    total: float | None = None
    """Total delay in seconds; ``None`` if unknown."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a report."""

    title: str
    summary: Summary
    details: tuple[Detail, ...] = ()
    """The messages to show in detail, worst first."""
    selection: str | None = None
    """The filter of the messages, as a sentence."""
    picture: str = ""
    """The topology as a trusted SVG element with escaped text, which is inserted without escaping."""
    observations: tuple[Observation, ...] = ()
    """The observations on the topology."""


def render(report: Report) -> Iterator[str]:
    """The page."""
    from markupsafe import Markup

    summary = report.summary
    estimate = skew(summary)
    corrections = certainly_corrected(summary, estimate)
    delays = timed_legs(summary, estimate)
    short_names = names(summary)
    folder = _folder([str(detail.facts["source"]) for detail in report.details])
    details = [_with_address(detail, folder) for detail in report.details]
    yield from page(
        "report.html",
        sheet="report.css",
        script="report.js",
        more_css=CSS if report.picture else "",
        title=report.title,
        picture=Markup(report.picture),  # noqa: S704 - escaped when it was serialised
        observations=[_observation(observation, short_names) for observation in report.observations[:_OBSERVATIONS]],
        more_observations=rounded.more(len(report.observations) - _OBSERVATIONS, "observations"),
        selection=report.selection,
        messages=rounded.counted(summary.messages, "message"),
        unreadable=rounded.count(summary.unreadable) if summary.unreadable else "",
        undated=rounded.counted(summary.undated, "hop") if summary.undated else "",
        first=rounded.minute(summary.first),
        last=rounded.minute(summary.last),
        answer=overview.answer(summary, delays, short_names),
        domain=short_names.domain,
        short=short_names.short,
        figures=overview.figures(summary),
        totals=legs.histogram(summary.total) if summary.total.count > 1 else None,
        scenarios=overview.counts(summary.scenarios, summary.messages),
        authentication=overview.counts(overview.authentication(summary), summary.messages),
        services=overview.counts(summary.services, summary.hops),
        findings=overview.findings(summary, _details_by_finding(details)),
        slowest=_slowest(details, summary, short_names),
        legs=legs.facts(delays),
        hours=times.hours(summary),
        days=times.days(summary),
        servers=inventory.servers(summary),
        tls=inventory.tls(summary),
        clocks=clocks.facts(summary, estimate, corrections),
        grouped=", ".join(summary.grouped),
        lower_bounds=summary.lower_bounds,
        folder=folder,
        details=[detail.facts for detail in details],
        details_count=len(details),
    )


_OBSERVATIONS = 20
"""Number of observations that are listed; ``hopscope graph`` lists all."""


def _observation(observation: Observation, short_names: Names) -> str:
    """``Uneven shares: Transport@ex1 distributes ...``, without the common domain of the servers."""
    text = str(short_names.within(observation.text))
    return f"{observation.kind.capitalize()}: {text}"


def _details_by_finding(details: Iterable[Detail]) -> dict[FindingKey, list[Facts]]:
    """The messages in detail, by code and severity of their findings."""
    messages: dict[FindingKey, list[Facts]] = {}
    for detail in details:
        for finding_key in detail.finding_keys:
            messages.setdefault(finding_key, []).append(detail.facts)
    return messages


def _slowest(details: Iterable[Detail], summary: Summary, short_names: Names) -> list[Facts]:
    """The slowest of the messages in detail, slowest first, with who held them."""
    holders = {slow.source: slow for slow in summary.slowest if slow.held_by}
    late = [(detail.total, detail.facts) for detail in details if detail.total is not None and detail.total > 0]
    slowest = [facts for _, facts in nlargest(_SLOWEST, late, key=lambda item: item[0])]
    return [{**facts, **_holder(holders.get(str(facts["source"])), short_names)} for facts in slowest]


def _holder(slow: Slow | None, short_names: Names) -> Facts:
    if slow is None or slow.held is None:
        return {"held": "–", "held_by": "unknown"}
    return {"held": duration(timedelta(seconds=slow.held)), "held_by": short_names.within(slow.held_by)}


_SLOWEST = 10
"""Number of slowest messages that are listed; ``scale/reporting.py`` has as many among the messages in detail."""


def _folder(sources: Sequence[str]) -> str:
    """The folder of all sources with its separator, for the note above their names; empty if they have none."""
    paths = [source.replace("\\", "/") for source in sources]
    first, last = min(paths, default=""), max(paths, default="")  # a folder of these two is one of all
    equal = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return first[: "".join(character for character, _ in equal).rfind("/") + 1] if paths else ""


def _with_address(detail: Detail, folder: str) -> Detail:
    """The message with its address: without the folder of all messages, and as a command."""
    source = str(detail.facts["source"])
    is_file = source not in {"", "-"} and not source.startswith("-:")
    address = {"address": source[len(folder) :], "command": f"hopscope show {quote(source)}" if is_file else ""}
    return msgspec.structs.replace(detail, facts={**detail.facts, **address})


def detailed(analysis: Analysis, number: int) -> Detail:
    """A message that is shown in detail, the ``number``-th from 1."""
    times_ = [hop.time for hop in analysis.route.hops if hop.time is not None]
    worst = analysis.findings[0].severity if analysis.findings else None
    total = analysis.route.total_delay
    facts = {
        **html.message(analysis, Style(), number),
        "source": analysis.route.source,
        "severity": str(worst or ""),
        "severe": worst in {Severity.ERROR, Severity.WARNING},
        "total": wording.total(total),
        "when": rounded.minute(times_[-1].timestamp()) if times_ else "–",
        "codes": list(dict.fromkeys(finding.code for finding in analysis.findings)),
    }
    finding_keys = tuple(dict.fromkeys(FindingKey(finding.code, finding.severity) for finding in analysis.findings))
    return Detail(
        key=str(facts["key"]),
        finding_keys=finding_keys,
        facts=facts,
        total=None if total is None else total.total_seconds(),
    )
