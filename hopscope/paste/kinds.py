r"""The kinds of damage that pasted header text has, and how each is undone.

Each kind has one function ``(text) -> text | None``, where ``None`` says that the damage is not
there, and one row in ``REPAIRS``. In the text that they get, lines end in ``\n``. The rows are tried
in order, from the outside to the inside, and after each repair again from the first, until the text
is well-formed. A new kind is a function, a row and its cases in the tests.

They are linear: no pattern can backtrack, and what is looked for from a place on ends before the next
such place, or after a fixed number of characters.
"""

from collections.abc import Callable

from hopscope.model import Repair
from hopscope.parser.encoding import to_text
from hopscope.paste import characters, data, extraction, joins, lines, marks, markup, yaml

__all__ = ["MOST", "REPAIRS", "find", "is_disguised", "is_elsewhere", "is_glued", "is_spaced"]

MOST = 12
"""Repairs of one text. After each the outermost damage is looked for, as quoted text may hold more of it."""


def _forwarded(text: str) -> str | None:
    return extraction.forwarded(text, _undone)


def _undone(text: str) -> str:
    """Text with all kinds of damage undone but that of the fields being in the body of a message."""
    for _ in range(MOST):
        repaired = find(text, but=_forwarded)
        if repaired is None:
            break
        _, text = repaired
    return text


REPAIRS: tuple[tuple[str, str, Callable[[str], str | None]], ...] = (
    ("glued-fields", "split lines with two header fields", joins.glued_fields),
    ("byte-order-mark", "removed the byte order mark", characters.byte_order_mark),
    ("line-ends", "converted CR to line ends", characters.line_ends),
    ("terminal-codes", "removed terminal colour codes", characters.terminal_codes),
    ("empty-start", "removed blank lines before the first header field", extraction.empty_start),
    ("rows", "converted table rows to header fields", data.rows),
    ("quoting", "removed quote marks at the start of lines", marks.quoting),
    ("yaml-strings", "extracted the header fields from a YAML string", yaml.strings),
    ("base64", "decoded base64", characters.base64_part),
    ("forwarded", "extracted the header fields from the body of a message", _forwarded),
    ("quoted-printable", "decoded quoted-printable", characters.quoted_printable),
    ("quoted-cells", "extracted the header fields from quoted cells", data.quoted_cells),
    ("name-value-lines", "joined names and values on separate lines", yaml.name_value_lines),
    ("strings", "extracted the header fields from JSON or program strings", data.strings),
    ("escapes", "replaced escape sequences for line ends", data.escapes),
    ("html-markup", "removed HTML markup", markup.html_markup),
    ("html-references", "replaced HTML character references", markup.html_references),
    ("surrounding-quotes", "removed quotation marks around the text", characters.surrounding_quotes),
    ("leading-text", "removed text before the header fields", extraction.leading_text),
    ("code-fence", "extracted the header fields from a code block", extraction.code_fence),
    ("line-numbers", "removed line numbers", marks.line_numbers),
    ("field-marks", "removed bullets or numbers before the header fields", marks.field_marks),
    ("emphasis", "removed Markdown emphasis", markup.emphasis),
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
    ("smart-punctuation", "replaced typographic quotation marks and minus signs", characters.smart_punctuation),
)
"""Code, message and function of each repair, in the order in which they are tried."""


def find(text: str, *, but: Callable[[str], str | None] | None = None) -> tuple[Repair, str] | None:
    """The first kind of damage that a text has, and the text without it; ``None`` where it has none.

    Args:
        text: The damaged text.
        but: A kind that is not looked for.
    """
    for code, message, mend in REPAIRS:
        mended = mend(text) if mend is not but else None
        if mended is not None and mended != text:
            return Repair(code=code, message=message), mended
    return None


def is_glued(text: str) -> bool:
    """Whether a text that was damaged has two header fields on one line."""
    return joins.glued_fields(text) is not None or joins.one_line(text) is not None


_DISGUISES: tuple[Callable[[str], bool], ...] = (
    characters.is_in_other_signs,
    data.is_data,
    yaml.is_yaml,
    markup.is_marked_up,
    marks.is_marked,
    extraction.is_fenced,
    extraction.is_labelled,
    lines.is_indented,
    joins.is_joined,
)


def is_disguised(header: bytes) -> bool:
    """Whether a header block is well-formed only because ftext and text allow nearly all signs.

    Then marks stand before its lines, markup or encoded signs are in fields whose grammar has no
    place for them, or several fields are on one line.
    """
    text = to_text(header)
    return any(is_so(text) for is_so in _DISGUISES)


def is_spaced(text: bytes, end: int) -> bool:
    """Whether the first blank line of a text, at offset ``end``, stands between header fields, or in the paste."""
    decoded = to_text(text)
    return lines.is_spaced(decoded, to_text(text[:end])) or _forwarded(decoded) is not None


def is_elsewhere(text: bytes) -> bool:
    """Whether the Received fields of a text are not in its well-formed header block, but below it."""
    decoded = to_text(text)
    plain = characters.base64_part(decoded) or decoded
    if _forwarded(plain) is not None or (decoded.startswith("<") and markup.html_markup(decoded) is not None):
        return True
    return yaml.is_yaml(decoded)
