"""The statistics as aligned text; for a terminal, fitted to its width."""

from collections.abc import Iterable, Iterator, Sequence

from hopscope.renderers.stats.content import Content, cell, facts, notes, nothing, shown
from hopscope.renderers.stats.table import Column, Table
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible

__all__ = ["is_wider", "render", "rows"]

_DURATIONS = frozenset({"seconds", "exact seconds", "raw seconds", "total seconds"})
_RIGHT = frozenset({"count", "share", *_DURATIONS})
_SHORTENED = frozenset({"text", "texts", "date", "host", "address"})
"""The kinds of columns whose texts may be shortened."""
_NARROWEST = 12
"""Minimum width of a text column if the table is too wide."""
_NARROWEST_NAME = 18
"""Minimum width of a column of hosts before other columns are hidden."""

_LONGEST_TEXT = 40
"""Maximum of the minimum width of a column of lists: each shows its first text, such as a product with its build."""


def render(content: Content, *, width: int | None = None) -> str:
    """The overview, or the requested tables.

    Args:
        content: The summary and the tables to print.
        width: Maximum columns; ``None`` does not shorten anything.
    """
    pieces = [] if content.by else ["".join(_facts(facts(content.summary), width))]
    tables = list(shown(content))
    for table, hidden in tables:
        option = "" if content.by else f"--by {table.name} "
        more = f"{hidden:,} more: {option}--top 0\n" if hidden else ""
        printed = table.printed or table
        below = f"{more}{''.join(_wrapped(printed.notes, width))}"
        title = f"{printed.title}{'' if table.rows else f': {nothing(content, table)}'}"
        body = f"{rows(table, width)}{below}" if table.rows else ""
        pieces.append(f"{''.join(_wrapped([title], width))}{body}")
    pieces.append("".join(_wrapped(notes(content, [table for table, _ in tables]), width)))
    return "\n".join(filter(None, pieces))


def _facts(named: Sequence[tuple[str, str]], width: int | None) -> Iterator[str]:
    """Each name with its value, which is indented where it is folded."""
    wide = max(layout.width(name) for name, _ in named) + layout.GAP
    for name, value in named:
        first, *others = _wrapped([value], width and max(width - wide, 1))
        yield f"{layout.pad(name, wide)}{first}"
        yield from (f"{' ' * wide}{line}" for line in others)


def _wrapped(sentences: Iterable[str], width: int | None) -> Iterator[str]:
    """The sentences, each from a new line, folded at blanks; a word that is too wide is shortened."""
    for sentence in sentences:
        lines = layout.wrapped(visible(sentence), width) if width else [visible(sentence)]
        yield from (f"{layout.shortened(line, width) if width else line}\n" for line in lines)


def is_wider(table: Table, width: int) -> bool:
    """Whether a table with all its columns and texts is wider than ``width``."""
    lines = _lines(table)
    return _line_width([max(map(layout.width, column)) for column in zip(*lines, strict=True)]) > width


def rows(table: Table, width: int | None, *, complete: str = "csv") -> str:
    """A table with its headings; columns that do not fit are only named.

    Args:
        table: The table.
        width: Maximum columns; ``None`` hides none.
        complete: The format of the command that has all columns.
    """
    table = table.printed or table
    lines, missing = _lines(table), ""
    indexes = list(range(len(table.columns)))
    if width is not None:
        indexes, lines = _fitted(table, lines, width)
        hidden = [column.title for index, column in enumerate(table.columns) if index not in indexes]
        if hidden:
            sentence = f"Hidden columns: {', '.join(hidden)} (use -f {complete} or a wider terminal)"
            missing = "".join(_wrapped([sentence], width))
    right = frozenset(number for number, index in enumerate(indexes) if table.columns[index].kind.name in _RIGHT)
    return layout.columns(lines, right) + missing


def _lines(table: Table) -> list[list[str]]:
    """The headings and the cells, escaped; durations of a column have their units one below the other."""
    cells = [
        [visible(cell(column, value)) for column, value in zip(table.columns, row, strict=True)] for row in table.rows
    ]
    by_column = [
        [column.title, *_in_line(column, [row[index] for row in cells])] for index, column in enumerate(table.columns)
    ]
    return [list(line) for line in zip(*by_column, strict=True)]


def _in_line(column: Column, cells: list[str]) -> list[str]:
    """The cells of a column; durations of one unit are padded, so that numbers and units line up."""
    if column.kind.name not in _DURATIONS - {"exact seconds"}:
        return cells
    parts = [text.rpartition(" ") for text in cells]
    wide = max((len(unit) for number, _, unit in parts if number), default=0)
    return [
        f"{number} {unit.ljust(wide)}" if number else unit.ljust(wide + 2) if unit == "–" else unit
        for number, _, unit in parts
    ]


def _fitted(table: Table, lines: list[list[str]], width: int) -> tuple[list[int], list[list[str]]]:
    """The columns that fit, by index, and their lines.

    First, columns are hidden that the table can do without. Then texts are shortened, and at last, the last columns
    are hidden.
    """
    widths = dict(enumerate(max(map(layout.width, column)) for column in zip(*lines, strict=True)))
    by_key = {column.key: index for index, column in enumerate(table.columns)}
    for key in table.hidden_first:
        if _line_width(widths.values()) <= width:
            break
        widths.pop(by_key[key], None) if key in by_key else None
    columns = {index: [line[index] for line in lines] for index in widths}
    least = {index: _least(table.columns[index], columns[index], width) for index in widths}
    if _line_width(least.values()) > width:  # a shortened address is better than none
        addresses = [index for index in least if table.columns[index].kind.name == "address"]
        least |= {index: min(least[index], _NARROWEST_NAME) for index in addresses}
    while len(least) > 1 and _line_width(least.values()) > width:
        least.popitem()
    widths = {index: widths[index] for index in least}
    while _line_width(widths.values()) > width:
        widest = max(widths, key=lambda index: (widths[index] - least[index], widths[index]))
        if widths[widest] <= least[widest]:
            break
        widths[widest] -= 1
    shown = [_shortened(table.columns[index].kind.name, columns[index], wide) for index, wide in widths.items()]
    return list(widths), [list(line) for line in zip(*shown, strict=True)]


def _shortened(kind: str, cells: Sequence[str], wide: int) -> list[str]:
    """The cells of a column, shortened by its kind: the hosts remain different."""
    if kind in {"host", "address"}:
        names = layout.shortened_apart(cells, wide)
        return [names[cell] for cell in cells]
    return [_listed(cell, wide) if kind == "texts" else layout.cut(cell, wide) for cell in cells]


def _least(column: Column, cells: Sequence[str], width: int) -> int:
    """The minimum width of a column with these cells in a table that is ``width`` wide."""
    kind, wide = column.kind.name, max(map(layout.width, cells))
    if kind not in _SHORTENED or (kind == "address" and wide <= width // 2):
        return wide
    if kind == "texts":
        return min(wide, max(layout.width(_first_texts(cell, 1)) for cell in cells), _LONGEST_TEXT)
    return min(wide, _NARROWEST if kind in {"text", "date"} else _NARROWEST_NAME)


def _first_texts(cell: str, number: int) -> str:
    """The first texts of a list, and how many more there are: ``T (996), MT (881), +2``."""
    texts = cell.split(", ")
    more = [f"+{len(texts) - number}"] if len(texts) > number else []
    return ", ".join([*texts[:number], *more])


def _listed(cell: str, wide: int) -> str:
    """A list of texts, as many as fit: a text that is cut may end in a wrong number."""
    fitting = (_first_texts(cell, number) for number in range(cell.count(", ") + 1, 0, -1))
    return next((text for text in fitting if layout.width(text) <= wide), layout.cut(cell, wide))


def _line_width(widths: Iterable[int]) -> int:
    """The width of a line with columns of these widths, gaps included."""
    widths = list(widths)
    return sum(widths) + layout.GAP * (len(widths) - 1)
