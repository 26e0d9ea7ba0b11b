"""Results as text, for callers of the library.

    >>> import hopscope
    >>> route = hopscope.read(open("mail.eml", "rb").read())
    >>> print(hopscope.render.table(route, width=120))

Every function takes a route, the result of ``hopscope.analyze`` or that of ``hopscope.compare``. The functions are
pure: width and colour are arguments and not read from the terminal.
"""

from datetime import tzinfo

from hopscope.analysis.analyze import Analysis, analyze
from hopscope.comparison import Comparison
from hopscope.model import Route
from hopscope.renderers import Style, comparison, rendered

__all__ = ["csv", "html", "json", "jsonl", "markdown", "plain", "svg", "table"]


def table(
    result: Route | Analysis | Comparison,
    *,
    width: int = 100,
    color: bool = False,
    tz: tzinfo | None = None,
    timeline: bool = False,
) -> str:
    """The timing table for a terminal.

    Args:
        result: The route, analysis or comparison.
        width: Columns to wrap the lines to, 24 or more.
        color: Whether to use ANSI colours.
        tz: Zone of all times; without it, each time is in the zone of its Received field.
        timeline: Whether to draw a route on a time axis above its table.
    """
    return _render("table", result, Style(width=width, color=color, tz=tz, timeline=timeline))


def plain(result: Route | Analysis | Comparison, *, tz: tzinfo | None = None, timeline: bool = False) -> str:
    """Aligned columns, one line per hop, without truncation; ``timeline`` draws the route on a time axis above them."""
    return _render("plain", result, Style(tz=tz, timeline=timeline))


def json(result: Route | Analysis | Comparison, *, tz: tzinfo | None = None) -> str:
    """One JSON object, as ``hopscope schema`` describes it."""
    return _render("json", result, Style(tz=tz))


def jsonl(result: Route | Analysis | Comparison, *, tz: tzinfo | None = None) -> str:
    """The same object on one line."""
    return _render("jsonl", result, Style(tz=tz))


def csv(result: Route | Analysis | Comparison, *, tz: tzinfo | None = None) -> str:
    """A heading and one row per hop, or per row of the comparison."""
    return _render("csv", result, Style(tz=tz))


def markdown(result: Route | Analysis | Comparison, *, tz: tzinfo | None = None) -> str:
    """A Markdown table with a heading and notes."""
    return _render("markdown", result, Style(tz=tz))


def svg(result: Route | Analysis, *, tz: tzinfo | None = None) -> str:
    """The timeline as a self-contained SVG image.

    Raises:
        OptionError: The result is a comparison, which has no timeline.
    """
    return _render("svg", result, Style(tz=tz))


def html(result: Route | Analysis | Comparison, *, tz: tzinfo | None = None) -> str:
    """A self-contained page with the timeline, the timing table, the findings and the evidence for the labels."""
    return _render("html", result, Style(tz=tz))


def _render(name: str, result: Route | Analysis | Comparison, style: Style) -> str:
    if isinstance(result, Comparison):
        return comparison.renderer(name).comparison(result, style)
    analysis = result if isinstance(result, Analysis) else analyze(result)
    return "".join(rendered(name, [analysis], style))
