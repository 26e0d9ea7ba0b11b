r"""The kinds of damage in pasted header text, and their repairs.

Each kind has one function ``(text) -> text | None``, which returns ``None`` if the text has no such
damage, and one row in ``REPAIRS``. All functions expect text with ``\n`` line ends. The rows are tried
in order, from outer to inner damage, and after each repair again from the first row, until the text is
well-formed; ``repair`` tries other orders where that leaves damage. A new kind needs a function, a row and test cases.

All functions take linear time: no pattern can backtrack, and a search from one match ends before the next
match or after a fixed number of characters.
"""

from collections.abc import Callable, Iterator

from hopscope.model import Repair
from hopscope.parser.encoding import to_text
from hopscope.paste import characters, data, extraction, joins, lines, marks, markup, records, yaml

__all__ = [
    "MAX_REPAIRS",
    "REPAIRS",
    "find",
    "find_all",
    "has_hidden_damage",
    "is_below_header",
    "is_glued",
    "is_spaced",
]

MAX_REPAIRS = 12
"""Maximum repairs of one text; quoted text may contain further damage of any kind."""


def _forwarded(text: str) -> str | None:
    return extraction.forwarded(text, _undone)


def _undone(text: str) -> str:
    """The text after all repairs except the extraction from the body of a message."""
    for _ in range(MAX_REPAIRS):
        repaired = find(text, excluded=_forwarded)
        if repaired is None:
            break
        _, text = repaired
    return text


REPAIRS: tuple[tuple[str, str, Callable[[str], str | None]], ...] = (
    ("glued-fields", "split lines with two header fields", joins.glued_fields),
    ("byte-order-mark", "removed the byte order mark", characters.byte_order_mark),
    ("wide-colons", "replaced full-width colons by ASCII ones", characters.wide_colons),
    ("line-ends", "converted CR to line ends", characters.line_ends),
    ("terminal-codes", "removed terminal colour codes", characters.terminal_codes),
    ("empty-start", "removed blank lines before the first header field", extraction.empty_start),
    ("records", "extracted the first of several messages", records.first),
    ("rows", "converted table rows to header fields", data.rows),
    ("quoting", "removed quote marks at the start of lines", marks.quoting),
    ("line-numbers", "removed line numbers", marks.line_numbers),
    ("yaml-strings", "extracted the header fields from a YAML string", yaml.strings),
    ("name-value-lines", "joined names and values on separate lines", yaml.name_value_lines),
    ("base64", "decoded base64", characters.base64_part),
    ("forwarded", "extracted the header fields from the body of a message", _forwarded),
    ("quoted-printable", "decoded quoted-printable", characters.quoted_printable),
    ("soft-breaks", "removed soft line breaks of quoted-printable", characters.soft_breaks),
    ("quoted-cells", "extracted the header fields from quoted cells", data.quoted_cells),
    ("strings", "extracted the header fields from JSON or program strings", data.strings),
    ("escapes", "replaced escape sequences for line ends", data.escapes),
    ("literal-tabs", "replaced tabs written as \\t", data.literal_tabs),
    ("html-markup", "removed HTML markup", markup.html_markup),
    ("html-references", "replaced HTML character references", markup.html_references),
    ("surrounding-quotes", "removed quotation marks around the text", characters.surrounding_quotes),
    ("leading-text", "removed text before the header fields", extraction.leading_text),
    ("code-fence", "extracted the header fields from a code block", extraction.code_fence),
    ("record", "extracted the header fields from JSON or CSV", records.only),
    ("field-marks", "removed bullets or numbers before the header fields", marks.field_marks),
    ("emphasis", "removed Markdown emphasis", markup.emphasis),
    ("highlights", "removed marks around some header fields", marks.highlights),
    ("line-prefixes", "removed a prefix such as a time from each line", marks.line_prefixes),
    ("leading-words", "removed words before the first header field", extraction.leading_words),
    (
        "unicode-spaces",
        "replaced Unicode spaces such as no-break spaces, or removed invisible characters",
        characters.unicode_spaces,
    ),
    ("indentation", "removed the indentation of all lines", lines.indentation),
    ("one-line", "split one line into header fields", joins.one_line),
    ("names-alone", "joined field names with the lines below them", lines.names_alone),
    ("blank-lines", "removed blank lines between header lines", lines.blank_lines),
    ("cut-lines", "joined lines broken at the same column", lines.cut_lines),
    ("continuation-lines", "joined continuation lines without indentation", lines.continuation_lines),
    ("markdown-escapes", "removed backslashes before punctuation", markup.markdown_escapes),
    ("links", "replaced links by their text", markup.links),
    ("first-block", "removed text before the header fields", extraction.first_block),
    ("results-alone", "removed text before the header fields, or their indentation", extraction.results_alone),
    ("smart-punctuation", "replaced typographic quotation marks and minus signs", characters.smart_punctuation),
)
"""Code, message and function of each repair, in the order of application."""


def find(text: str, *, excluded: Callable[[str], str | None] | None = None) -> tuple[Repair, str] | None:
    """The first repair that applies to a text, and the repaired text; ``None`` if none applies.

    Args:
        text: The damaged text.
        excluded: A repair that is not tried.
    """
    return next(_applicable(text, excluded), None)


def find_all(text: str) -> Iterator[tuple[Repair, str]]:
    """All repairs that apply to a text, and the text after each."""
    return _applicable(text, None)


def _applicable(text: str, excluded: Callable[[str], str | None] | None) -> Iterator[tuple[Repair, str]]:
    for code, message, undo in REPAIRS:
        repaired = undo(text) if undo is not excluded else None
        if repaired is not None and repaired != text:
            yield Repair(code=code, message=message), repaired


def is_glued(text: str) -> bool:
    """Whether a damaged text has two header fields on one line."""
    return joins.glued_fields(text) is not None or joins.one_line(text) is not None


_HIDDEN_DAMAGE: tuple[Callable[[str], bool], ...] = (
    characters.has_unencoded_mark,
    characters.has_foreign_characters,
    data.is_data,
    yaml.is_yaml,
    markup.is_marked_up,
    marks.is_marked,
    marks.is_highlighted,
    extraction.is_fenced,
    extraction.is_labelled,
    lines.is_indented,
    joins.is_joined,
)


def has_hidden_damage(header: bytes) -> bool:
    """Whether a header block is damaged, and well-formed only because ftext and text allow nearly all characters.

    Such damage is a mark before each line, markup or encoded characters in fields whose grammar does not
    allow them, or several fields on one line.
    """
    text = to_text(header)
    return any(is_damaged(text) for is_damaged in _HIDDEN_DAMAGE)


def is_spaced(text: bytes, end: int) -> bool:
    """Whether header fields follow the first blank line of a text, at offset ``end``."""
    decoded = to_text(text)
    decoded = characters.soft_breaks(decoded) or decoded
    return lines.is_spaced(decoded, to_text(text[:end])) or marks.is_marked(decoded) or _forwarded(decoded) is not None


def is_below_header(text: bytes) -> bool:
    """Whether the Received fields of a text are below its well-formed header block instead of in it."""
    decoded = to_text(text)
    plain = characters.base64_part(decoded) or decoded
    if _forwarded(plain) is not None or (decoded.startswith("<") and markup.html_markup(decoded) is not None):
        return True
    return yaml.is_yaml(decoded)
