"""The timing table for a terminal: colours, a bar of where the time went, lines folded to the width, nothing cut."""

import io
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from hopscope.analysis.compare import Comparison, Step
from hopscope.analysis.timing import Share, shares
from hopscope.model import Hop, Route, Service, Stage
from hopscope.renderers import Style, words
from hopscope.renderers.printable import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

__all__ = ["comparison", "routes", "svg"]

_BAR = 12
_WIDE = 160
"""From this width on, every fact of a hop has a column of its own."""
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


def routes(routes: Iterable[Route], style: Style) -> Iterator[str]:
    """Heading, table and notes per message, with a blank line between messages."""
    for index, route in enumerate(routes):
        console, output = _console(style)
        _print_route(console, route, style)
        yield ("\n" if index else "") + output.getvalue()


def comparison(comparison: Comparison, style: Style) -> str:
    """The two sides as columns, and the verdict."""
    from rich.text import Text

    console, output = _console(style)
    table = _table()
    table.add_column("Stage", no_wrap=True)
    for side in (comparison.left, comparison.right):
        table.add_column(Text(visible(side.title)), overflow="fold", ratio=1)
    for row in comparison.rows:
        style_ = "" if row.left and row.right and row.left.service == row.right.service else "bold"
        table.add_row(
            str(row.stage), _step(row.left, row.left_reason), _step(row.right, row.right_reason), style=style_
        )
    table.add_section()
    table.add_row("total", words.total(comparison.left.total_delay), words.total(comparison.right.total_delay))
    console.print(table)
    console.print(Text(visible(words.verdict(comparison)), style="green" if comparison.same else "yellow"))
    return _trimmed(output.getvalue())


def svg(route: Route, *, width: int = 100, title: str = "hopscope") -> str:
    """The timing table as a picture, ``width`` columns wide."""
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        record=True,
        width=width,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    _print_route(console, route, Style(width=width, color=True))
    return console.export_svg(title=title, unique_id="hopscope")


def _console(style: Style) -> tuple["Console", io.StringIO]:
    from rich.console import Console

    output = io.StringIO()
    console = Console(
        file=output,
        width=style.width,
        color_system="standard" if style.color else None,
        force_terminal=style.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    return console, output


def _print_route(console: "Console", route: Route, style: Style) -> None:
    from rich.text import Text

    if route.source != "-":
        console.print(Text(visible(route.source), style="dim"))
    title = Text(visible(route.subject or "(no subject)"), style="bold" if route.subject else "dim")
    if route.message_id:
        title.append(f"  {visible(route.message_id)}", style="not bold dim")
    console.print(title, overflow="fold")
    console.print(Text(visible(words.heading(route))), overflow="fold")
    console.print(_timing_table(route, style))
    for note in words.notes(route, with_defects=style.defects):
        console.print(_note(note))


def _table() -> "Table":
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False, padding=(0, 1))


def _timing_table(route: Route, style: Style) -> "Table":
    table = _table()
    wide = style.width >= _WIDE
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Time", no_wrap=wide)
    table.add_column("Delay", justify="right")
    table.add_column("Where the time went" if wide else "Where", no_wrap=True, min_width=_BAR)
    if wide:
        table.add_column("From → by", overflow="fold")
        table.add_column("Service", overflow="fold")
        table.add_column("Protocol and TLS", overflow="fold")
        table.add_column("Product", overflow="fold")
    else:
        table.add_column("From → by, service, protocol and TLS, product", overflow="fold")
    for hop, share in zip(route.hops, shares(route), strict=True):
        facts = _facts(hop, wide=wide)
        time = words.time(hop, style.tz)
        table.add_row(str(hop.number), time if wide else time.replace(" ", "\n", 1), _delay(hop), _bar(share), *facts)
    return table


def _facts(hop: Hop, *, wide: bool) -> list["Text"]:
    """From and by, service, protocol and product: a cell each, or all in one, a line each."""
    from rich.text import Text

    way = Text(visible(" → ".join(words.route_of(hop))))
    service = Text(visible(words.service(hop.label)), style=_STYLES.get(hop.label.service, "dim"))
    protocol, product = Text(visible(words.protocol(hop))), Text(visible(words.product(hop.label)))
    if wide:
        return [way, service, protocol, product]
    rest = [text for text in (protocol, product) if text.plain != words.UNKNOWN]
    return [Text("\n").join([way, service, *([Text(" · ").join(rest)] if rest else [])])]


def _delay(hop: Hop) -> "Text":
    from rich.text import Text

    negative = hop.delay is not None and hop.delay < timedelta(0)
    return Text(words.delay(hop), style="bold red" if negative else "bold" if hop.delay else "")


def _bar(share: Share | None) -> "Text":
    """The place of the delay on the whole way; arrows to the left where it is negative."""
    from rich.text import Text

    if share is None or not share.length:
        return Text("")
    start = min(round(share.start * _BAR), _BAR - 1)
    cells = round(share.length * _BAR)
    if share.negative:
        return Text(" " * start + "◂" * max(1, min(cells, _BAR - start)), style="red")
    return Text(" " * start + ("█" * min(cells, _BAR - start) or "▏"), style="blue")


def _note(note: str) -> "Table":
    """A note with a hanging indent."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_column()
    grid.add_column(overflow="fold")
    grid.add_row("•", Text(visible(note)))
    return grid


def _step(step: Step | None, reason: str | None) -> "Text":
    from rich.text import Text

    if step is None:
        return Text(visible(words.absent(reason)), style="dim")
    style = "dim" if step.stage is Stage.OUTSIDE else _STYLES.get(Service(step.service), "")
    text = Text(visible(words.step(step)), style=style)
    if step.hop is not None:
        text.append(f"\n{visible(words.product(step.hop.label))}", style="dim")
    return text


def _trimmed(text: str) -> str:
    """Without the blanks that fill the last column."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
