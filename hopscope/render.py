"""Results as text, one function per format of the command line.

    >>> import hopscope
    >>> route = hopscope.read_file("samples/exchange-2013-internal.eml")
    >>> print(hopscope.render.table(route, width=120))

| result     | formats                                                                                             |
| ---------- | --------------------------------------------------------------------------------------------------- |
| messages   | table, plain, json, jsonl, csv, markdown, svg, html, as ``hopscope show`` prints them; explanation  |
| Comparison | table, plain, json, jsonl, csv, markdown, html, as ``hopscope compare``                             |
| Difference | table, plain, json, csv, markdown, as ``hopscope compare`` of two summaries                         |
| Summary    | table, plain, json, csv, markdown, as ``hopscope stats``                                            |
|            | html, as ``hopscope report`` without messages in detail                                             |
|            | svg, dot, mermaid, graphml: its topology, as ``hopscope graph``                                     |
| Topology   | table, plain, json, svg, dot, mermaid, graphml, as ``hopscope graph``                               |
| findings   | text, json, jsonl, markdown, junit, sarif, github, tap, as ``hopscope check``                       |
| Answer     | table, plain, json, as ``hopscope explain``                                                         |

Messages are a Route or Analysis, or an iterable of these. Findings are those that ``hopscope.check`` returned for a
message, an iterable of these for several messages, or an iterable of findings. Only what ``check`` returned shows
messages without findings, which ``junit`` and ``tap`` list as passed. An empty list counts as findings in the formats
that these have.

Each function returns the text with its final line break. Width and colour are arguments and not read from the terminal.
A format that the result does not have is an OptionError.
"""
# The module is over 300 lines because of the documentation of its functions.

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from hopscope.analysis.analyze import Analysis, analyze
from hopscope.errors import OptionError
from hopscope.model import Finding, Route, Severity

if TYPE_CHECKING:
    from hopscope.checks.result import Checked
    from hopscope.comparison import Comparison
    from hopscope.renderers.answers import Answer
    from hopscope.statistics.before_after import Difference
    from hopscope.statistics.summary import Summary
    from hopscope.statistics.topology import Topology

    Messages: TypeAlias = Route | Analysis | Iterable[Route | Analysis]
    """A message, or several."""
    Findings: TypeAlias = Iterable[Finding] | Iterable[Iterable[Finding]]
    """Findings of a message, or of several."""

__all__ = [
    "csv",
    "dot",
    "explanation",
    "github",
    "graphml",
    "html",
    "json",
    "jsonl",
    "junit",
    "markdown",
    "mermaid",
    "plain",
    "sarif",
    "svg",
    "table",
    "tap",
    "text",
]


class _Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of all results; each takes those that it has."""

    width: int = 100
    color: bool = False
    tz: tzinfo | None = None
    timeline: bool = False
    by: Sequence[str] = ()
    sort: str = "lost"
    top: int | None = None
    title: str = "Mail flow report"
    fail_on: Severity = Severity.WARNING


def table(  # noqa: PLR0913 - the options of all results
    result: "Messages | Comparison | Difference | Summary | Topology | Answer",
    *,
    width: int = 100,
    color: bool = False,
    tz: tzinfo | None = None,
    timeline: bool = False,
    by: Sequence[str] = (),
    sort: str = "lost",
    top: int | None = None,
) -> str:
    """Tables for a terminal.

    Args:
        result: One or several messages, a comparison, difference, summary, topology or answer.
        width: Columns to fit the lines to, 24 or more.
        color: Of messages and comparisons: whether to use ANSI colours.
        tz: Of messages: the zone of all times; by default, each time is in the zone of its Received field.
        timeline: Of messages: whether to draw each on a time axis above its table.
        by: Of a summary: the tables, as for ``hopscope stats --by``; by default, an overview.
        sort: Of a summary: the order of legs: ``lost``, ``p50``, ``p90``, ``p99``, ``max``, ``total`` or ``count``.
        top: Of a summary: maximum rows of a table; 0 for all, by default 10 or fewer.
    """
    return _render(
        "table", result, _Options(width=width, color=color, tz=tz, timeline=timeline, by=by, sort=sort, top=top)
    )


def plain(  # noqa: PLR0913 - the options of all results
    result: "Messages | Comparison | Difference | Summary | Topology | Answer",
    *,
    tz: tzinfo | None = None,
    timeline: bool = False,
    by: Sequence[str] = (),
    sort: str = "lost",
    top: int | None = None,
) -> str:
    """Aligned columns without truncation, whose lines are not wrapped; the options are those of ``table``."""
    return _render("plain", result, _Options(tz=tz, timeline=timeline, by=by, sort=sort, top=top))


def json(  # noqa: PLR0913 - the options of all results
    result: "Messages | Comparison | Difference | Summary | Topology | Answer | Findings",
    *,
    tz: tzinfo | None = None,
    by: Sequence[str] = (),
    sort: str = "lost",
    top: int | None = None,
    fail_on: Severity = Severity.WARNING,
) -> str:
    """One JSON object, as ``hopscope schema`` describes it; of an iterable of messages, an array of them.

    Args:
        result: One or several messages, a comparison, difference, summary, topology, answer or findings.
        tz: Of messages: the zone of all times, as for ``table``.
        by: Of a summary: the tables; by default all.
        sort: Of a summary: the order of legs, as for ``table``.
        top: Of a summary: maximum rows of a table; by default all.
        fail_on: Of findings: the minimum severity that fails.
    """
    return _render("json", result, _Options(tz=tz, by=by, sort=sort, top=top, fail_on=fail_on))


def jsonl(
    result: "Messages | Comparison | Findings", *, tz: tzinfo | None = None, fail_on: Severity = Severity.WARNING
) -> str:
    """JSON lines: a line per message, with the object of ``json``, per comparison or per finding."""
    return _render("jsonl", result, _Options(tz=tz, fail_on=fail_on))


def csv(
    result: "Messages | Comparison | Difference | Summary",
    *,
    tz: tzinfo | None = None,
    by: Sequence[str] = (),
    sort: str = "lost",
    top: int | None = None,
) -> str:
    """Comma-separated values (RFC 4180): a heading, and a row per hop, per row of the comparison, or per table row.

    The options are those of ``json``.
    """
    return _render("csv", result, _Options(tz=tz, by=by, sort=sort, top=top))


def markdown(  # noqa: PLR0913 - the options of all results
    result: "Messages | Comparison | Difference | Summary | Findings",
    *,
    tz: tzinfo | None = None,
    by: Sequence[str] = (),
    sort: str = "lost",
    top: int | None = None,
    fail_on: Severity = Severity.WARNING,
) -> str:
    """Markdown tables with headings and notes; the options are those of ``table`` and ``json``."""
    return _render("markdown", result, _Options(tz=tz, by=by, sort=sort, top=top, fail_on=fail_on))


def svg(result: "Messages | Summary | Topology", *, tz: tzinfo | None = None, top: int | None = None) -> str:
    """A self-contained SVG image: the timelines of messages, or a topology.

    Args:
        result: One or several messages, a topology, or a summary for its topology.
        tz: Of messages: the zone of all times, as for ``table``.
        top: Of a summary: number of external systems that are drawn separately, the busiest; by default 40.
    """
    return _render("svg", result, _Options(tz=tz, top=top))


def html(
    result: "Messages | Comparison | Summary", *, tz: tzinfo | None = None, title: str = "Mail flow report"
) -> str:
    """A self-contained page.

    Args:
        result: One or several messages, with timelines, findings, hops and evidence; a comparison; or a summary.
        tz: Of messages: the zone of all times, as for ``table``.
        title: Of a summary: the title of the page.
    """
    return _render("html", result, _Options(tz=tz, title=title))


def dot(result: "Summary | Topology", *, top: int | None = None) -> str:
    """A topology, or that of a summary, as a directed graph for Graphviz; ``top`` as for ``svg``."""
    return _render("dot", result, _Options(top=top))


def mermaid(result: "Summary | Topology", *, top: int | None = None) -> str:
    """A topology, or that of a summary, as a flowchart for Mermaid; ``top`` as for ``svg``."""
    return _render("mermaid", result, _Options(top=top))


def graphml(result: "Summary | Topology", *, top: int | None = None) -> str:
    """A topology, or that of a summary, as GraphML; ``top`` as for ``svg``."""
    return _render("graphml", result, _Options(top=top))


def text(result: "Findings", *, fail_on: Severity = Severity.WARNING) -> str:
    """Findings for readers; ``fail_on`` is the minimum severity that fails."""
    return _render("text", result, _Options(fail_on=fail_on))


def junit(result: "Findings", *, fail_on: Severity = Severity.WARNING) -> str:
    """Findings as JUnit XML: a test case per message, failed from the severity ``fail_on``."""
    return _render("junit", result, _Options(fail_on=fail_on))


def sarif(result: "Findings", *, fail_on: Severity = Severity.WARNING) -> str:
    """Findings as SARIF 2.1.0; ``fail_on`` is the minimum severity that fails."""
    return _render("sarif", result, _Options(fail_on=fail_on))


def github(result: "Findings", *, fail_on: Severity = Severity.WARNING) -> str:
    """Findings as annotations of GitHub Actions; ``fail_on`` is the minimum severity that fails."""
    return _render("github", result, _Options(fail_on=fail_on))


def tap(result: "Findings", *, fail_on: Severity = Severity.WARNING) -> str:
    """Findings in the Test Anything Protocol: a test per message, failed from the severity ``fail_on``."""
    return _render("tap", result, _Options(fail_on=fail_on))


def explanation(
    message: Route | Analysis, hop: int | None = None, *, width: int | None = None, as_json: bool = False
) -> str:
    """Why each hop has its label, as ``hopscope explain MESSAGE`` prints it.

    Args:
        message: A message.
        hop: Number of the only hop to explain, from 1; by default all, after the scenario, the documented mail flow,
            the time spent and the clocks.
        width: Columns to wrap lines to; ``None`` for lines that are not wrapped.
        as_json: Whether to return one JSON object instead.

    Raises:
        OptionError: The message has no such hop.
    """
    from hopscope.renderers.message import explanation as renderer

    analysis = _analysis(message)
    if hop is not None and not 1 <= hop <= len(analysis.hops):
        raise OptionError(f"no hop {hop}; the message has {len(analysis.hops)}")
    if as_json:
        from hopscope.renderers.schema.explain import message_document
        from hopscope.renderers.text.json_values import indented

        return indented(message_document(analysis.route.source, analysis, hop))
    if hop is None:
        return renderer.message(analysis, width)
    return renderer.hops(analysis, analysis.hops[hop - 1 : hop], width)


def _render(format_: str, result: object, options: _Options) -> str:  # noqa: PLR0911 - one per kind
    """The result in a format, if it has this format."""
    from hopscope.comparison import Comparison
    from hopscope.renderers.answers import Answer
    from hopscope.statistics.before_after import Difference
    from hopscope.statistics.summary import Summary
    from hopscope.statistics.topology import Topology

    match result:
        case Route() | Analysis():
            return _messages(format_, [result], options)
        case Comparison():
            return _comparison(format_, result, options)
        case Difference():
            return _difference(format_, result, options)
        case Summary():
            return _summary(format_, result, options)
        case Topology():
            return _topology(format_, result, options.width)
        case Answer():
            return _answer(format_, result, options)
        case Iterable() if not isinstance(result, str | bytes):
            return _several(format_, result, options)
    raise TypeError(f"render takes a result of hopscope, not {type(result).__name__}; see help(hopscope.render)")


def _require(format_: str, formats: Sequence[str], result: str) -> None:
    if format_ not in formats:
        raise OptionError(f"{format_} is not a format of {result}; use {', '.join(formats)}")


def _several(format_: str, results: Iterable[object], options: _Options) -> str:
    """Several messages, or findings."""
    from hopscope.checks.result import CheckedFindings
    from hopscope.renderers import findings

    if not isinstance(results, CheckedFindings):
        items = iter(results)
        first = tuple(islice(items, 1))
        if isinstance(first[0], Route | Analysis) if first else format_ not in findings.FORMATS:
            return _messages(format_, chain(first, items), options)
        results = chain(first, items)
    _require(format_, findings.FORMATS, "findings")
    return "".join(findings.rendered(format_, _checked(results), options.fail_on))


def _checked(results: object) -> "Iterator[Checked]":
    """The findings by message."""
    from hopscope.checks.result import CheckedFindings
    from hopscope.scale.locations import of_source

    if isinstance(results, CheckedFindings):
        yield results.checked
        return
    if not isinstance(results, Iterable) or isinstance(results, str | bytes):
        raise TypeError(f"render takes findings, such as those of hopscope.check, not {type(results).__name__}")
    for source, group in groupby(results, lambda item: item.source if isinstance(item, Finding) else None):
        if source is not None:
            yield of_source(source, tuple(group))
        else:
            for item in group:
                yield from _checked(item)


def _messages(format_: str, messages: Iterable[object], options: _Options) -> str:
    from hopscope.renderers import RENDERERS, Style, rendered

    _require(format_, RENDERERS, "a message")
    style = Style(width=options.width, color=options.color, tz=options.tz, timeline=options.timeline)
    return "".join(rendered(format_, map(_analysis, messages), style))


def _analysis(message: object) -> Analysis:
    if isinstance(message, Analysis):
        return message
    if isinstance(message, Route):
        return analyze(message)
    raise TypeError(f"render takes routes or analyses of messages, not {type(message).__name__}")


def _comparison(format_: str, comparison: "Comparison", options: _Options) -> str:
    from hopscope.renderers import Style
    from hopscope.renderers.comparison import FORMATS, renderer

    _require(format_, FORMATS, "a comparison")
    return renderer(format_).comparison(comparison, Style(width=options.width, color=options.color))


def _difference(format_: str, difference: "Difference", options: _Options) -> str:
    from hopscope.renderers.stats import FORMATS
    from hopscope.renderers.stats.difference import render

    _require(format_, FORMATS, "a difference of summaries")
    return render(format_, difference, width=options.width)


def _summary(format_: str, summary: "Summary", options: _Options) -> str:
    from hopscope.renderers.graph import FORMATS as GRAPHS
    from hopscope.renderers.stats import FORMATS
    from hopscope.statistics.topology import TOP, topology

    formats = tuple(dict.fromkeys((*FORMATS, "html", *GRAPHS)))
    _require(format_, formats, "a summary")
    summary = summary.bounded()
    if format_ == "html":
        return _report(summary, options.title)
    if format_ in FORMATS:
        return _statistics(format_, summary, options)
    return _topology(format_, topology(summary, TOP if options.top is None else options.top), options.width)


def _report(summary: "Summary", title: str) -> str:
    from hopscope.scale.reporting import Sample, report

    return "".join(report(Sample(summary=summary), lambda messages, process: map(process, messages), title=title))


def _statistics(format_: str, summary: "Summary", options: _Options) -> str:
    from hopscope.renderers.stats import Content, render
    from hopscope.renderers.stats.tables import TABLES
    from hopscope.statistics.legs import SORT_KEYS

    if unknown := [name for name in options.by if name not in TABLES]:
        raise OptionError(f"no table {unknown[0]!r}; use {', '.join(TABLES)}")
    if options.sort not in SORT_KEYS:
        raise OptionError(f"no order {options.sort!r}; use {', '.join(SORT_KEYS)}")
    content = Content(summary=summary, by=tuple(options.by), sort=options.sort, top=options.top)
    return render(format_, content, width=options.width)


def _topology(format_: str, topology: "Topology", width: int) -> str:
    from hopscope.renderers.graph import FORMATS, render

    _require(format_, FORMATS, "a topology")
    return render(format_, topology, width=width)


def _answer(format_: str, answer: "Answer", options: _Options) -> str:
    from hopscope.renderers import answers

    _require(format_, ("table", "plain", "json"), "an answer")
    if format_ != "json":
        return answers.text(answer, options.width if format_ == "table" else None)
    from hopscope.renderers.schema.explain import answer_document
    from hopscope.renderers.text.json_values import indented

    return indented(answer_document(answer.question))
