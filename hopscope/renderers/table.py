"""The timing table for a terminal: colours, a bar of where the time went, lines folded to the width, nothing cut."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta, tzinfo

from hopscope.analysis.compare import Comparison, Row, Step
from hopscope.analysis.timing import Share, shares
from hopscope.model import Hop, Route, Service, Stage
from hopscope.renderers import Style, layout, words
from hopscope.renderers.layout import Cell
from hopscope.renderers.printable import visible

__all__ = ["comparison", "routes", "svg"]

_LEAST_WIDTH = 24
"""Lines are folded to no less; a terminal that is narrower folds them itself."""
_ROOMY = 120
"""From this width on, the bar is long."""
_LONG_BAR, _SHORT_BAR = 20, 12
_GLYPHS = layout.Glyphs(parts="▏▎▍▌▋▊▉█", negative="◂")
_STYLES = {
    Service.MAPI_SUBMISSION: "green",
    Service.HTTP_SUBMISSION: "green",
    Service.FRONT_END: "cyan",
    Service.TRANSPORT: "blue",
    Service.HUB_TRANSPORT: "blue",
    Service.EDGE_TRANSPORT: "yellow",
    Service.MAILBOX_TRANSPORT: "magenta",
    Service.ONLINE_DELIVERY: "magenta",
}
_HEADINGS = {
    "number": Cell("#", "bold", right=True),
    "time": Cell("Time", "bold"),
    "delay": Cell("Delay", "bold", right=True),
    "bar": Cell("Where the time went", "bold"),
    "from": Cell("From", "bold"),
    "by": Cell("By", "bold"),
    "way": Cell("From → by"),
    "service": Cell("Service", "bold"),
    "protocol": Cell("Protocol and TLS"),
    "product": Cell("Product"),
}

_Row = dict[str, Cell]
_Widths = dict[str, int]
_Line = list[Cell]
_Arrangement = tuple[tuple[str, ...], ...]

_UNFOLDED: tuple[_Arrangement, ...] = (
    (("number", "time", "delay", "bar", "from", "by", "service", "protocol", "product"),),
    (("number", "time", "delay", "bar", "service", "product"), ("way", "protocol")),
    (("number", "time", "delay", "bar", "service"), ("way",), ("protocol", "product")),
    (("number", "time", "delay", "bar", "service"), ("way", "product"), ("protocol",)),
)
"""The lines of a hop, fewest first: the first arrangement is taken in which every cell fits as it is."""
_FOLDED: tuple[_Arrangement, ...] = (
    (("number", "time", "delay", "bar", "service"), ("way",), ("protocol",), ("product",)),
    (("number", "time", "delay", "bar"), ("service",), ("way",), ("protocol",), ("product",)),
    (("number", "time"), ("delay", "bar"), ("service",), ("way",), ("protocol",), ("product",)),
    (("number", "time"), ("delay",), ("bar",), ("service",), ("way",), ("protocol",), ("product",)),
)
"""Where none does: the last cell of each line is folded. The last arrangement fits any width."""
_FOLDABLE = 19
"""Columns that a folded cell needs at least, to hold ``Front End Transport`` on a line."""


def routes(routes: Iterable[Route], style: Style) -> Iterator[str]:
    """Heading, table and notes per message, with a blank line between messages."""
    for index, route in enumerate(routes):
        yield ("\n" if index else "") + _painted(_route(route, style), color=style.color)


def comparison(comparison: Comparison, style: Style) -> str:
    """The two sides as columns, and the verdict."""
    columns = max(style.width, _LEAST_WIDTH)
    sides = (comparison.left, comparison.right)
    heading = [[Cell("Stage", "bold")], *([Cell(visible(side.title), "bold")] for side in sides)]
    totals = [[Cell("total")], *([Cell(words.total(side.total_delay))] for side in sides)]
    rows = [_comparison_row(row) for row in comparison.rows]
    widths = _comparison_widths([heading, *rows, totals], columns)
    rule = [Cell("─" * layout.total_width(widths), "dim")]
    body = [line for row in rows for line in layout.beside(row, widths)]
    lines = [*layout.beside(heading, widths), rule, *body, rule, *layout.beside(totals, widths), []]
    verdict = _folded(words.verdict(comparison), columns, "green" if comparison.same else "yellow")
    return _painted([*lines, *verdict], color=style.color)


def svg(route: Route, *, width: int = 100, title: str = "hopscope") -> str:
    """The timing table as a picture, ``width`` columns wide; it needs nothing from outside itself, fonts included."""
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    lines = _route(route, Style(width=width))
    console = Console(
        file=StringIO(),
        record=True,
        width=width,
        height=len(lines) + 1,
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
        legacy_windows=False,
    )
    for line in (*lines, []):  # a line more, as the last one is clipped below the base line
        console.print(Text.assemble(*((cell.text, cell.style) for cell in line)), no_wrap=True, crop=False)
    return console.export_svg(title=title, unique_id="hopscope", code_format=_SVG)


def _painted(lines: Iterable[_Line], *, color: bool) -> str:
    if not color:
        return "".join("".join(cell.text for cell in line) + "\n" for line in lines)
    from rich.color import ColorSystem
    from rich.style import Style as Paint

    return "".join(
        "".join(Paint.parse(cell.style).render(cell.text, color_system=ColorSystem.STANDARD) for cell in line) + "\n"
        for line in lines
    )


def _route(route: Route, style: Style) -> list[_Line]:
    columns = max(style.width, _LEAST_WIDTH)
    lines = [
        *(_folded(route.source, columns, "dim") if route.source != "-" else ()),
        *_folded(route.subject or "(no subject)", columns, "bold" if route.subject else "dim"),
        *(_folded(route.message_id, columns, "dim") if route.message_id else ()),
        *_folded(words.heading(route), columns),
    ]
    if route.hops:
        lines += [[], *_timing_table(route, columns, style.tz)]
    notes = words.notes(route, with_defects=style.defects)
    return [*lines, *([[]] if notes else ()), *(line for note in notes for line in _note(note, columns))]


def _timing_table(route: Route, columns: int, tz: tzinfo | None) -> Iterator[_Line]:
    roomy = columns >= _ROOMY
    bar = _LONG_BAR if roomy else _SHORT_BAR
    heading = _HEADINGS if roomy else _HEADINGS | {"bar": Cell("Where", "bold")}
    rows = [_row(hop, share, bar, tz) for hop, share in zip(route.hops, shares(route), strict=True)]
    natural = {name: max(layout.width(row[name].text) for row in (heading, *rows)) for name in heading}
    natural["bar"] = max(natural["bar"], bar)
    arrangement = _arrangement(natural, columns)
    headed, *body = ([*_lines(row, arrangement, natural, columns)] for row in (heading, *rows))
    shown = [line for lines in body for line in lines]
    rule = max(sum(layout.width(cell.text) for cell in line) for line in (*headed, *shown))
    yield from (*headed, [Cell("─" * rule, "dim")], *shown)


def _row(hop: Hop, share: Share | None, bar: int, tz: tzinfo | None) -> _Row:
    """Every fact of a hop; an arrangement shows each of them once."""
    sender, server = (visible(name) for name in words.route_of(hop))
    return {
        "number": Cell(str(hop.number), "bold", right=True),
        "time": Cell(words.time(hop, tz)),
        "delay": Cell(words.delay(hop), _delay_style(hop.delay), right=True),
        "bar": Cell(layout.bar(share, bar, _GLYPHS), "red" if share and share.negative else "blue"),
        "from": Cell(sender),
        "by": Cell(server),
        "way": Cell(f"{sender} → {server}"),
        "service": Cell(words.service(hop.label), _STYLES.get(hop.label.service, "")),
        "protocol": Cell(visible(words.protocol(hop)), "dim"),
        "product": Cell(visible(words.product(hop.label)), "dim"),
    }


def _delay_style(delay: timedelta | None) -> str:
    """Red where it is negative; calm where there is nothing to see."""
    if not delay:
        return "dim"
    return "bold red" if delay < timedelta(0) else "bold"


def _arrangement(natural: _Widths, columns: int) -> _Arrangement:
    """The first arrangement whose lines all fit."""
    needs = [(arrangement, natural) for arrangement in _UNFOLDED]
    needs += [(arrangement, _least_widths(arrangement, natural)) for arrangement in _FOLDED]
    return next((arrangement for arrangement, widths in needs if _need(arrangement, widths) <= columns), _FOLDED[-1])


def _need(arrangement: _Arrangement, widths: _Widths) -> int:
    """Columns that the longest line of ``arrangement`` takes."""
    indent = widths["number"] + layout.GAP
    first, *others = (layout.total_width(widths[name] for name in line) for line in arrangement)
    return max(first, *(indent + other for other in others), 0)


def _least_widths(arrangement: _Arrangement, natural: _Widths) -> _Widths:
    """The widths that ``arrangement`` needs at least, where the last cell of each line is folded."""
    return natural | {line[-1]: min(natural[line[-1]], _FOLDABLE) for line in arrangement}


def _lines(row: _Row, arrangement: _Arrangement, natural: _Widths, columns: int) -> Iterator[_Line]:
    """The lines of a hop, or of the heading; one that holds nothing known is left out."""
    for index, names in enumerate(arrangement):
        cells = [[row[name]] for name in names]
        if index and all(row[name].text in {"", words.UNKNOWN} for name in names):
            continue
        indent = natural["number"] + layout.GAP if index else 0
        widths = [natural[name] for name in names]
        widths[-1] = columns - indent - layout.total_width([*widths[:-1], 0])
        yield from layout.beside(cells, widths, indent=indent)


def _folded(text: str, columns: int, style: str = "") -> list[_Line]:
    return list(layout.beside([[Cell(visible(text), style)]], [columns]))


def _note(note: str, columns: int) -> Iterator[_Line]:
    """A note with a hanging indent."""
    for index, line in enumerate(_folded(note, columns - 2)):
        yield [Cell("  " if index else "• "), *line]


def _comparison_row(row: Row) -> list[list[Cell]]:
    same = row.left is not None and row.right is not None and row.left.service == row.right.service
    stage = Cell(str(row.stage), "" if same else "bold")
    return [[stage], _step(row.left, row.left_reason), _step(row.right, row.right_reason)]


def _step(step: Step | None, reason: str | None) -> list[Cell]:
    """A service and, below it, the product."""
    if step is None:
        return [Cell(visible(words.absent(reason)), "dim")]
    style = "" if step.stage is Stage.OUTSIDE else _STYLES.get(Service(step.service), "")
    product = visible(words.product(step.hop.label)) if step.hop else words.UNKNOWN
    return [Cell(visible(words.step(step)), style), *([Cell(product, "dim")] if product != words.UNKNOWN else ())]


def _comparison_widths(rows: Sequence[Sequence[Sequence[Cell]]], columns: int) -> list[int]:
    """The first column as wide as it needs to be, the two sides as equal as they have to be."""
    stage, left, right = (
        max(layout.width(cell.text) for cells in column for cell in cells) for column in zip(*rows, strict=True)
    )
    room = columns - layout.total_width([stage, 0, 0])
    if left + right <= room:
        return [stage, left, right]
    half = room // 2
    if left <= half:
        return [stage, left, room - left]
    return [stage, room - right, right] if right <= half else [stage, half, half]


_SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; \
font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: system-ui, sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
