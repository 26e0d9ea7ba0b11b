"""Results as text, one function per format of the command line.

    >>> import hopscope
    >>> route = hopscope.read_file("samples/exchange-2013-internal.eml")
    >>> print(hopscope.render.table(route, width=120))

| result     | formats                                                                                             |
| ---------- | --------------------------------------------------------------------------------------------------- |
| Route      | table, plain, json, jsonl, csv, markdown, svg, html, as ``hopscope show`` prints them; explanation  |
| Analysis   | the same                                                                                            |
| Comparison | table, plain, json, jsonl, csv, markdown, html, as ``hopscope compare``                             |
| Difference | table, plain, json, csv, markdown, as ``hopscope compare`` of two summaries                         |
| Summary    | table, plain, json, csv, markdown, as ``hopscope stats``                                            |
|            | svg, dot, mermaid, graphml, as ``hopscope graph``                                                   |
|            | html, as ``hopscope report`` without messages in detail                                             |
| findings   | text, json, jsonl, markdown, junit, sarif, github, tap, as ``hopscope check``                       |
| Answer     | table, plain, json, as ``hopscope explain``                                                         |

Findings are those that ``hopscope.check`` returned for a message, a list of these for several messages, or any iterable
of findings. Only what ``check`` returned shows messages without findings, which ``junit`` and ``tap`` list as passed.

Each function returns the text with its final line break. Width and colour are arguments and not read from the terminal.
A format that the result does not have, and an option that has no effect on the result, are an OptionError. The module
is over 300 lines because of the documentation of its functions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from hopscope.analysis.analyze import Analysis, analyze
from hopscope.errors import OptionError
from hopscope.model import Finding, Route, Severity

if TYPE_CHECKING:
    from hopscope.checks.result import Checked
    from hopscope.comparison import Comparison
    from hopscope.renderers import Style
    from hopscope.renderers.answers import Answer
    from hopscope.statistics.before_after import Difference
    from hopscope.statistics.summary import Summary

    Message: TypeAlias = Route | Analysis
    Compared: TypeAlias = Comparison | Difference
    Findings: TypeAlias = Iterable[Finding] | Iterable[Iterable[Finding]]

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

_WIDTH, _SORT, _TITLE, _FAIL_ON = 100, "lost", "Mail flow report", Severity.WARNING


def table(  # noqa: PLR0913 - the options of all results
    result: "Message | Compared | Summary | Answer",
    *,
    width: int = _WIDTH,
    color: bool = False,
    tz: tzinfo | None = None,
    timeline: bool = False,
    by: Sequence[str] = (),
    sort: str = _SORT,
    top: int | None = None,
) -> str:
    """Tables for a terminal.

    Args:
        result: A message, comparison, difference, summary or answer.
        width: Columns to fit the lines to, 24 or more.
        color: Of a message or comparison: whether to use ANSI colours.
        tz: Of a message: the zone of all times; by default, each time is in the zone of its Received field.
        timeline: Of a message: whether to draw it on a time axis above its table.
        by: Of a summary: the tables, as for ``hopscope stats --by``; by default, an overview.
        sort: Of a summary: the order of legs: ``lost``, ``p50``, ``p90``, ``p99``, ``max``, ``total`` or ``count``.
        top: Of a summary: maximum rows of a table; 0 for all, by default 10 or fewer.
    """
    return _render("table", result, width=width, color=color, tz=tz, timeline=timeline, by=by, sort=sort, top=top)


def plain(  # noqa: PLR0913 - the options of all results
    result: "Message | Compared | Summary | Answer",
    *,
    tz: tzinfo | None = None,
    timeline: bool = False,
    by: Sequence[str] = (),
    sort: str = _SORT,
    top: int | None = None,
) -> str:
    """Aligned columns without truncation, whose lines are not wrapped; the options are those of ``table``."""
    return _render("plain", result, tz=tz, timeline=timeline, by=by, sort=sort, top=top)


def json(  # noqa: PLR0913 - the options of all results
    result: "Message | Compared | Summary | Answer | Findings",
    *,
    tz: tzinfo | None = None,
    by: Sequence[str] = (),
    sort: str = _SORT,
    top: int | None = None,
    fail_on: Severity = _FAIL_ON,
) -> str:
    """One JSON object, as ``hopscope schema`` describes it.

    Args:
        result: A message, comparison, difference, summary, answer or findings.
        tz: Of a message: the zone of all times, as for ``table``.
        by: Of a summary: the tables; by default all.
        sort: Of a summary: the order of legs, as for ``table``.
        top: Of a summary: maximum rows of a table; by default all.
        fail_on: Of findings: the minimum severity that fails.
    """
    return _render("json", result, tz=tz, by=by, sort=sort, top=top, fail_on=fail_on)


def jsonl(result: "Message | Comparison | Findings", *, tz: tzinfo | None = None, fail_on: Severity = _FAIL_ON) -> str:
    """JSON lines: the object of ``json`` on one line, or a line per finding."""
    return _render("jsonl", result, tz=tz, fail_on=fail_on)


def csv(
    result: "Message | Compared | Summary",
    *,
    tz: tzinfo | None = None,
    by: Sequence[str] = (),
    sort: str = _SORT,
    top: int | None = None,
) -> str:
    """Comma-separated values (RFC 4180): a heading, and a row per hop, per row of the comparison, or per table row.

    The options are those of ``json``.
    """
    return _render("csv", result, tz=tz, by=by, sort=sort, top=top)


def markdown(  # noqa: PLR0913 - the options of all results
    result: "Message | Compared | Summary | Findings",
    *,
    tz: tzinfo | None = None,
    by: Sequence[str] = (),
    sort: str = _SORT,
    top: int | None = None,
    fail_on: Severity = _FAIL_ON,
) -> str:
    """Markdown tables with headings and notes; the options are those of ``table`` and ``json``."""
    return _render("markdown", result, tz=tz, by=by, sort=sort, top=top, fail_on=fail_on)


def svg(result: "Message | Summary", *, tz: tzinfo | None = None, top: int | None = None) -> str:
    """A self-contained SVG image: the timeline of a message, or the topology of a summary.

    Args:
        result: A message or summary.
        tz: Of a message: the zone of all times, as for ``table``.
        top: Of a summary: number of external systems that are drawn separately; 0 for all, by default 40.
    """
    return _render("svg", result, tz=tz, top=top)


def html(result: "Message | Comparison | Summary", *, tz: tzinfo | None = None, title: str = _TITLE) -> str:
    """A self-contained page.

    Args:
        result: A message, with its timeline, findings, hops and evidence; a comparison; or a summary.
        tz: Of a message: the zone of all times, as for ``table``.
        title: Of a summary: the title of the page.
    """
    return _render("html", result, tz=tz, title=title)


def dot(result: "Summary", *, top: int | None = None) -> str:
    """The topology of a summary as a directed graph for Graphviz; ``top`` as for ``svg``."""
    return _render("dot", result, top=top)


def mermaid(result: "Summary", *, top: int | None = None) -> str:
    """The topology of a summary as a flowchart for Mermaid; ``top`` as for ``svg``."""
    return _render("mermaid", result, top=top)


def graphml(result: "Summary", *, top: int | None = None) -> str:
    """The topology of a summary as GraphML; ``top`` as for ``svg``."""
    return _render("graphml", result, top=top)


def text(result: "Findings", *, fail_on: Severity = _FAIL_ON) -> str:
    """Findings for readers; ``fail_on`` is the minimum severity that fails."""
    return _render("text", result, fail_on=fail_on)


def junit(result: "Findings", *, fail_on: Severity = _FAIL_ON) -> str:
    """Findings as JUnit XML: a test case per message, failed from the severity ``fail_on``."""
    return _render("junit", result, fail_on=fail_on)


def sarif(result: "Findings", *, fail_on: Severity = _FAIL_ON) -> str:
    """Findings as SARIF 2.1.0; ``fail_on`` is the minimum severity that fails."""
    return _render("sarif", result, fail_on=fail_on)


def github(result: "Findings", *, fail_on: Severity = _FAIL_ON) -> str:
    """Findings as annotations of GitHub Actions; ``fail_on`` is the minimum severity that fails."""
    return _render("github", result, fail_on=fail_on)


def tap(result: "Findings", *, fail_on: Severity = _FAIL_ON) -> str:
    """Findings in the Test Anything Protocol: a test per message, failed from the severity ``fail_on``."""
    return _render("tap", result, fail_on=fail_on)


def explanation(message: "Message", hop: int | None = None, *, width: int | None = None) -> str:
    """Why each hop has its label, as ``hopscope explain MESSAGE`` prints it.

    Args:
        message: A message.
        hop: Number of the only hop to explain, from 1; by default all, after the scenario, the documented mail flow,
            the time spent and the clocks.
        width: Columns to wrap lines to; ``None`` for lines that are not wrapped.

    Raises:
        OptionError: The message has no such hop.
    """
    from hopscope.renderers.message import explanation as renderer

    analysis = message if isinstance(message, Analysis) else analyze(message)
    if hop is None:
        return renderer.message(analysis, width)
    if not 1 <= hop <= len(analysis.hops):
        raise OptionError(f"no hop {hop}; the message has {len(analysis.hops)}")
    return renderer.hops(analysis.hops[hop - 1 : hop], width)


_Options: TypeAlias = Mapping[str, Any]


class _Kind(NamedTuple):
    """A kind of result."""

    name: str
    formats: Mapping[str, frozenset[str]]
    """The options that have an effect, by format."""
    render: Callable[[str, Any, _Options], str]


def _render(format_: str, result: object, **options: object) -> str:
    """The result in a format, if it has this format and these options."""
    kind = _kind(result)
    if format_ not in kind.formats:
        raise OptionError(f"{format_} is not a format of {kind.name}; use {', '.join(kind.formats)}")
    for option, value in options.items():
        if option not in kind.formats[format_] and value != _DEFAULTS[option]:
            raise OptionError(f"{option} has no effect on {kind.name} as {format_}")
    return kind.render(format_, result, options)


_DEFAULTS: _Options = {
    "width": _WIDTH,
    "color": False,
    "tz": None,
    "timeline": False,
    "by": (),
    "sort": _SORT,
    "top": None,
    "title": _TITLE,
    "fail_on": _FAIL_ON,
}


def _kind(result: object) -> _Kind:
    from hopscope.comparison import Comparison
    from hopscope.renderers.answers import Answer
    from hopscope.statistics.before_after import Difference
    from hopscope.statistics.summary import Summary

    kinds: tuple[tuple[tuple[type, ...], _Kind], ...] = (
        ((Route, Analysis), _MESSAGE),
        ((Comparison,), _COMPARISON),
        ((Difference,), _DIFFERENCE),
        ((Summary,), _SUMMARY),
        ((Answer,), _ANSWER),
    )
    for types, kind in kinds:
        if isinstance(result, types):
            return kind
    if isinstance(result, Iterable) and not isinstance(result, str | bytes):
        return _FINDINGS
    raise TypeError(f"render takes a result of hopscope, not {type(result).__name__}; see help(hopscope.render)")


def _style(options: _Options) -> "Style":
    from hopscope.renderers import Style

    return Style(**{name: options[name] for name in ("width", "color", "tz", "timeline") if name in options})


def _message(format_: str, message: "Message", options: _Options) -> str:
    from hopscope.renderers import rendered

    analysis = message if isinstance(message, Analysis) else analyze(message)
    return "".join(rendered(format_, [analysis], _style(options)))


def _comparison(format_: str, comparison: "Comparison", options: _Options) -> str:
    from hopscope.renderers.comparison import renderer

    return renderer(format_).comparison(comparison, _style(options))


def _difference(format_: str, difference: "Difference", options: _Options) -> str:
    from hopscope.renderers.stats.difference import render

    return render(format_, difference, width=options.get("width"))


def _statistics(format_: str, summary: "Summary", options: _Options) -> str:
    from hopscope.renderers.stats import Content, render
    from hopscope.renderers.stats.tables import TABLES
    from hopscope.statistics.legs import SORT_KEYS

    by, sort = tuple(options["by"]), options["sort"]
    if unknown := [name for name in by if name not in TABLES]:
        raise OptionError(f"no table {unknown[0]!r}; use {', '.join(TABLES)}")
    if sort not in SORT_KEYS:
        raise OptionError(f"no order {sort!r}; use {', '.join(SORT_KEYS)}")
    content = Content(summary=summary, by=by, sort=sort, top=options["top"])
    return render(format_, content, width=options.get("width"))


def _topology(format_: str, summary: "Summary", options: _Options) -> str:
    from hopscope.renderers.graph import render
    from hopscope.statistics.topology import TOP, topology

    return render(format_, topology(summary, TOP if options["top"] is None else options["top"]))


def _report(_: str, summary: "Summary", options: _Options) -> str:
    from hopscope.scale.reporting import Sample, report

    def no_detail(*_: object) -> Iterator[Any]:
        return iter(())

    return "".join(report(Sample(summary=summary), no_detail, title=options["title"]))


def _summary(format_: str, summary: "Summary", options: _Options) -> str:
    return _SUMMARY_RENDERERS[format_](format_, summary.bounded(), options)


def _answer(format_: str, answer: "Answer", options: _Options) -> str:
    from hopscope.renderers import answers

    if format_ != "json":
        return answers.text(answer, options.get("width"))
    from hopscope.renderers.schema.explain import answer_document
    from hopscope.renderers.text.json_values import indented

    return indented(answer_document(answer.question))


def _findings(format_: str, findings: "Findings", options: _Options) -> str:
    from hopscope.renderers.findings import rendered

    return "".join(rendered(format_, _checked(findings), options["fail_on"]))


def _checked(findings: object) -> Iterator["Checked"]:
    """The findings by message."""
    from hopscope.checks.result import CheckedFindings
    from hopscope.scale.locations import of_source

    if isinstance(findings, CheckedFindings):
        yield findings.checked
        return
    if not isinstance(findings, Iterable) or isinstance(findings, str | bytes):
        raise TypeError(f"render takes findings, such as those of hopscope.check, not {type(findings).__name__}")
    for source, group in groupby(findings, lambda item: item.source if isinstance(item, Finding) else None):
        if source is not None:
            yield of_source(source, tuple(group))
        else:
            for item in group:
                yield from _checked(item)


_TZ, _ROWS = frozenset({"tz"}), frozenset({"by", "sort", "top"})
_TOP, _FAILS, _NONE = frozenset({"top"}), frozenset({"fail_on"}), frozenset[str]()
_AT_WIDTH = frozenset({"width"})
_SUMMARY_RENDERERS: Mapping[str, Callable[[str, "Summary", _Options], str]] = {
    **dict.fromkeys(("table", "plain", "json", "csv", "markdown"), _statistics),
    **dict.fromkeys(("svg", "dot", "mermaid", "graphml"), _topology),
    "html": _report,
}
_MESSAGE = _Kind(
    "a message",
    {
        "table": frozenset({"width", "color", "tz", "timeline"}),
        "plain": frozenset({"tz", "timeline"}),
        **dict.fromkeys(("json", "jsonl", "csv", "markdown", "svg", "html"), _TZ),
    },
    _message,
)
_COMPARISON = _Kind(
    "a comparison",
    {
        "table": frozenset({"width", "color"}),
        **dict.fromkeys(("plain", "json", "jsonl", "csv", "markdown", "html"), _NONE),
    },
    _comparison,
)
_DIFFERENCE = _Kind(
    "a difference of summaries",
    {"table": _AT_WIDTH, **dict.fromkeys(("plain", "json", "csv", "markdown"), _NONE)},
    _difference,
)
_SUMMARY = _Kind(
    "a summary",
    {
        "table": _ROWS | {"width"},
        **dict.fromkeys(("plain", "json", "csv", "markdown"), _ROWS),
        **dict.fromkeys(("svg", "dot", "mermaid", "graphml"), _TOP),
        "html": frozenset({"title"}),
    },
    _summary,
)
_ANSWER = _Kind("an answer", {"table": _AT_WIDTH, "plain": _NONE, "json": _NONE}, _answer)
_FINDINGS = _Kind(
    "an iterable of findings",
    dict.fromkeys(("text", "json", "jsonl", "markdown", "junit", "sarif", "github", "tap"), _FAILS),
    _findings,
)
