"""Two summaries side by side, in the formats of summaries."""

from hopscope.renderers.schema.stats import ChangeRow, DifferenceDocument
from hopscope.renderers.stats import csv, markdown, plain
from hopscope.renderers.stats.json import records
from hopscope.renderers.stats.tables import Table, Value, columns
from hopscope.renderers.text import rounded
from hopscope.renderers.text.escape import json as text
from hopscope.renderers.text.escape import markdown as markdown_text
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.json_values import indented
from hopscope.statistics.before_after import ENOUGH, FACTOR, Change, Difference

__all__ = ["render"]

_TITLES = ("Leg", "Hops before", "Hops after", "p50 before", "p50 after", "p90 before", "p90 after", "Verdict")


def render(format_: str, difference: Difference, *, width: int | None = None) -> str:
    """The kinds of leg before and after; see ``renderers.stats.render``."""
    rows = [_row(change) for change in (difference.total, *difference.legs)]
    table = Table("leg", "Legs by service", columns(ChangeRow, *_TITLES), rows)
    if format_ == "csv":
        return csv.rows(table)
    if format_ == "json":
        document = DifferenceDocument(
            schema="hopscope-difference/2",
            same=difference.same,
            before_source=text(difference.before_source),
            after_source=text(difference.after_source),
            before_messages=difference.before,
            after_messages=difference.after,
            legs=records(table, ChangeRow),
        )
        return indented(document)
    earlier, later = rounded.counted(difference.before, "message"), rounded.counted(difference.after, "message")
    heading = f"Before: {difference.before_source}, {earlier}. After: {difference.after_source}, {later}"
    verdict = "no significant difference" if difference.same else "different"
    rule = (
        f"Slower, faster: the p90 delay changed by more than {100 * (FACTOR - 1):.0f} % and by more than a second; "
        f"with fewer than {ENOUGH} delays on either side: too few delays."
    )
    if format_ == "markdown":
        return f"# {markdown_text(heading)}: {verdict}\n\n{markdown.rows(table)}\n{rule}\n"
    return f"{visible(heading)}: {verdict}\n\n{plain.rows(table, width if format_ == 'table' else None)}\n{rule}\n"


def _row(change: Change) -> tuple[Value, ...]:
    return (
        change.name,
        change.before,
        change.after,
        change.before_p50,
        change.after_p50,
        change.before_p90,
        change.after_p90,
        str(change.verdict),
    )
