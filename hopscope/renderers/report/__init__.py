"""The report of many messages: one page that needs nothing from outside itself.

Numbers of all messages come first, then the few that are shown in detail. Each module computes the template
variables of one part of the page; the templates in ``templates/`` draw it.
"""

from collections.abc import Iterable, Iterator

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.model import Severity
from hopscope.renderers import Style
from hopscope.renderers.graph.svg import CSS
from hopscope.renderers.message import html, wording
from hopscope.renderers.report import clocks, inventory, legs, overview, times
from hopscope.renderers.text import rounded
from hopscope.renderers.text.page import Facts, page
from hopscope.statistics.summary import Summary

__all__ = ["Report", "render"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of."""

    title: str
    summary: Summary
    details: tuple[Analysis, ...] = ()
    """The messages to be shown one by one, worst first."""
    picture: str = ""
    """The topology as an SVG element of our own, whose texts are escaped; it is put into the page as it is."""


def render(report: Report) -> Iterator[str]:
    """The page."""
    from markupsafe import Markup

    summary = report.summary
    details = (_detail(analysis, f"m{number}") for number, analysis in enumerate(report.details, 1))
    yield from page(
        "report.html",
        sheet="report.css",
        script="report.js",
        more_css=CSS if report.picture else "",
        title=report.title,
        picture=Markup(report.picture),  # noqa: S704 - serialised, and so escaped, where it was drawn
        messages=rounded.counted(summary.messages, "message"),
        unreadable=rounded.count(summary.unreadable) if summary.unreadable else "",
        undated=rounded.counted(summary.undated, "hop") if summary.undated else "",
        first=rounded.minute(summary.first),
        last=rounded.minute(summary.last),
        figures=overview.figures(summary),
        totals=legs.histogram(summary.total),
        scenarios=overview.counts(summary.scenarios, summary.messages),
        services=overview.counts(summary.services, summary.hops),
        findings=overview.findings(summary, _by_code(report.details)),
        legs=legs.facts(summary),
        hours=times.hours(summary),
        days=times.days(summary),
        servers=inventory.servers(summary),
        tls=inventory.tls(summary),
        clocks=clocks.facts(summary),
        grouped=", ".join(summary.grouped),
        details=details,
        details_count=len(report.details),
    )


def _by_code(details: Iterable[Analysis]) -> dict[str, list[str]]:
    """The keys of the messages in detail by the codes of their findings."""
    keys: dict[str, list[str]] = {}
    for number, analysis in enumerate(details, 1):
        for code in dict.fromkeys(finding.code for finding in analysis.findings):
            keys.setdefault(code, []).append(f"m{number}")
    return keys


def _detail(analysis: Analysis, key: str) -> Facts:
    """The variables of the template for one message."""
    times_ = [hop.time for hop in analysis.route.hops if hop.time is not None]
    worst = analysis.findings[0].severity if analysis.findings else None
    return {
        **html.message(analysis, Style(), key),
        "source": analysis.route.source,
        "severity": str(worst or ""),
        "severe": worst in {Severity.ERROR, Severity.WARNING},
        "total": wording.total(analysis.route.total_delay),
        "when": rounded.minute(times_[-1].timestamp()) if times_ else "–",
        "codes": list(dict.fromkeys(finding.code for finding in analysis.findings)),
    }
