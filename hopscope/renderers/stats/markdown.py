"""The statistics as Markdown."""

from hopscope.renderers.stats.content import Content, cell, facts, notes, nothing, shown
from hopscope.renderers.stats.table import Column, Table, Value
from hopscope.renderers.text.escape import markdown
from hopscope.renderers.text.markdown import table as markdown_table

__all__ = ["render", "rows"]


def render(content: Content) -> str:
    """The overview, or the requested tables."""
    pieces = [] if content.by else [f"# Mail flow\n\n{markdown_table(('', ''), facts(content.summary))}"]
    tables = list(shown(content))
    for table, hidden in tables:
        printed = table.printed or table
        more = f"\n{hidden:,} more\n" if hidden else ""
        below = "".join(f"\n{markdown(note)}\n" for note in printed.notes) if table.rows else ""
        body = rows(table) if table.rows else nothing(content, table)
        pieces.append(f"## {markdown(printed.title)}\n\n{body}{more}{below}")
    pieces.append("".join(f"- {markdown(note)}\n" for note in notes(content, [table for table, _ in tables])))
    return "\n".join(filter(None, pieces))


def rows(table: Table) -> str:
    """A table with its headings."""
    table = table.printed or table
    cells = (
        tuple(_cell(column, value) for column, value in zip(table.columns, row, strict=True)) for row in table.rows
    )
    return markdown_table(tuple(column.title for column in table.columns), cells)


def _cell(column: Column, value: Value) -> str:
    """A value, without the blanks that align the ends of legs in a font of fixed width."""
    text = cell(column, value)
    return " ".join(filter(None, text.split(" "))) if column.kind.name == "host" else text
