r"""Extraction of the header fields from other text: below a greeting, in the body of a message, in a code block.

All functions expect text with ``\n`` line ends.
"""

import re
from collections.abc import Callable

from hopscope.paste.lines import blank_lines
from hopscope.paste.markup import html_markup
from hopscope.paste.patterns import (
    BULLETS,
    FENCES,
    HYPHENATED,
    INVISIBLE,
    LIKELY_FIELD,
    MENTION,
    RECEIVED_LINE,
    SPACES,
    STAMP,
    STAMP_START,
    USUAL,
    USUAL_NAME,
    is_complete,
    lazy,
    received_fields,
)

__all__ = [
    "code_fence",
    "empty_start",
    "first_block",
    "forwarded",
    "is_fenced",
    "is_labelled",
    "leading_text",
    "leading_words",
    "results_alone",
]

_BLANK_LINES = lazy(r"(?:[ \t\u00a0]*+\n)++")


def empty_start(text: str) -> str | None:
    """Remove blank lines before the first field."""
    blank = _BLANK_LINES.match(text)
    return text[blank.end() :] if blank and blank.end() < len(text) else None


_MARKS = (
    rf"[ \t>|{SPACES}{INVISIBLE}]*+(?:[{BULLETS}][ \t]++)?+[“„«]?+(?:[*_`]{{1,2}}+(?={USUAL_NAME}))?+(?:{FENCES})?+"
)
_START = lazy(rf"(?P<marks>{_MARKS})(?:(?<=```)|(?<=~~~)|(?<=[}}\]])|{USUAL})", re.IGNORECASE)
_HEADING = lazy(
    r"[ \t]*+(?:(?:internet|message|mail|email|e-mail|full|raw|original|smtp|the)[ -]?)?+(?:headers?|source)[ \t]*+"
    r"(?::[ ]*+[|>][+-]?|[:=])?+[ \t]*+\Z",
    re.IGNORECASE,
)

# -----Original Message-----, the boundary of a MIME part, Apple Mail, and "Show original" of Gmail, in any language
_SEPARATOR = lazy(
    r"[ \t]*+(?:-{2,}+[^\n:]{0,100}+|_{10,}+|={3,}+|begin forwarded message:)[ \t]*+\n\s*+", re.IGNORECASE
)
_HEADING_LINE = lazy(
    r"[ \t]*+(?:internet|message|mail|e-?mail|full|raw|original|smtp)[ -]?(?:headers?|source)[ \t]*+:?+[ \t]*+\n\s*+",
    re.IGNORECASE,
)
_GMAIL = lazy(r"[^\n:<]{1,60}+\n\s*+[^\n:<\t]{1,40}+[\t ]<[^>\s]++>[ \t]*+\n")
_ANNOUNCED = lazy(r"\w[^: ]*+ [^:]*+:[ \t]*+\Z")  # not a field name, as there is a space before the colon


_MARKED = frozenset("> |\t")


def leading_text(text: str) -> str | None:
    """Remove text before the header fields: ``Hello, here are the headers:`` and a blank line.

    A single line directly above the fields is not treated as such text unless it is a heading such as
    ``Internet headers``.
    """
    if text.startswith("From "):  # of an mbox file, above lines with marks
        below = text.partition("\n")[2]
        return below if below[:1] in _MARKED and MENTION.search(below) else None
    separator = _SEPARATOR.match(text) or _HEADING_LINE.match(text)
    if separator and MENTION.search(text, separator.end()):
        return text[separator.end() :]
    stamp = _STAMP_LINE.search(text) if _GMAIL.match(text) else None
    if stamp:
        return text[_block_start(text, stamp.start()) :]
    offset = 0
    apart = False
    for line in text.split("\n"):
        start = _START.match(line)
        heading = _HEADING.match(line) or _ANNOUNCED.match(line)
        if start and not (heading and offset == 0):
            mention = offset and (apart or start["marks"]) and MENTION.search(text, offset)
            if STAMP.search(text, 0, offset):  # the line is in a Received field: (Authenticated sender: ann)
                return None
            return text[offset:] if mention else None
        if not heading and LIKELY_FIELD.match(line) and line[-1:] != ":":
            break
        apart = apart or bool(heading) or not line.strip()
        offset += len(line) + 1
    return _paragraph(text)


_USUAL = lazy(USUAL, re.IGNORECASE)
_USUAL_LINE = lazy(f"^{USUAL}", re.IGNORECASE | re.MULTILINE)


def _paragraph(text: str) -> str | None:
    """The text from the paragraph with the first Received field, if the paragraphs above have no fields."""
    mention = MENTION.search(text)
    start = text.rfind("\n\n", 0, mention.start()) if mention else -1
    return None if start < 0 or _USUAL_LINE.search(text, 0, start) else text[start:].lstrip("\n")


_RESULTS = lazy(
    r"^(?P<indent>[ \t]*+)(?:authentication-results|received-spf|dkim-signature|arc-[a-z-]++"
    r"|x-forefront-antispam-report|x-microsoft-antispam|x-ms-exchange-(?:organization|crosstenant)-[a-z-]++)"
    r"[ \t]*+:[ \t\n]",
    re.IGNORECASE | re.MULTILINE,
)


def results_alone(text: str) -> str | None:
    """Remove text above results, signatures and verdicts, and their indentation, if there is no Received field."""
    first = None if MENTION.search(text) else _RESULTS.search(text)
    if first is None or not (first.start() or first["indent"]):
        return None
    return "\n".join([line.removeprefix(first["indent"]) for line in text[first.start() :].split("\n")])


_INNER_FIELD = lazy(rf"[ \t](?=received[ \t]*+:[ \t]*+{STAMP_START}|{HYPHENATED}[ \t]*+:)", re.IGNORECASE)
_MAX_WORDS = 200  # maximum characters before the first field
_LABEL = lazy(r"(?:headers?|source|original)[ \t]*+:[ \t]*+(?=\w)", re.IGNORECASE)


def leading_words(text: str) -> str | None:
    """Remove words before the first field on the same line: ``Here it is: Received: from ...``."""
    words = _LABEL.match(text) or (None if LIKELY_FIELD.match(text) else _words(text))
    if not words or not (STAMP.search(text.partition("\n")[0], words.end()) or RECEIVED_LINE.search(text)):
        return None
    return text[words.end() :]


def _words(text: str) -> re.Match[str] | None:
    """A match that ends after the words at the start of a text, if a field follows on the same line."""
    match = _INNER_FIELD.search(text)
    preceding = text[: match.start()] if match else ""
    in_place = len(preceding) <= _MAX_WORDS and "\n" not in preceding and not preceding[:1].isspace()
    return match if in_place and any(character.isalpha() for character in preceding) else None


def is_labelled(header: str) -> bool:
    """Whether a well-formed block starts with a label that looks like the name of its first field."""
    return bool(_LABEL.match(header)) and leading_words(header) is not None


_OPENED = lazy(
    r"^[ \t]*+(?:(?P<same>```|~~~|\{noformat\})[`~]*+|(?P<wiki>\{code)[^}\n]*+\}"
    r"|\[(?P<forum>code|quote|pre)[^]\n]*+\])[ \t]*+",
    re.IGNORECASE | re.MULTILINE,
)


def code_fence(text: str) -> str | None:
    """Extract the text of a code block; the text after the block becomes the body.

    Fences: CommonMark section 4.5, ``{code}`` and ``{noformat}`` of wikis, ``[code]`` of forums.
    """
    received = MENTION.search(text)
    opened = _OPENED.search(text, 0, received.start()) if received else None
    while received and opened:
        closing = opened["same"] or (opened["wiki"] and "{code}") or f"[/{opened['forum']}]"
        start = opened.end()
        line_end = text.find("\n", start)
        if 0 <= line_end < received.start() and not LIKELY_FIELD.match(text, start):  # an info string such as ``text``
            start = line_end
        end = text.find(closing, start)
        if end < 0 or received.start() < end:
            below = _OPENED.match(text, _end_of_space(text, end + len(closing)) if end >= 0 else len(text))
            if below and LIKELY_FIELD.match(text, below.end()) and opened["forum"]:  # around each field: see highlights
                return None
            content, _, tail = text[start:].lstrip("\n").partition(closing)
            return content + "\n" * bool(tail.strip("`~\n")) + tail.lstrip("`~")
        opened = _OPENED.search(text, end + len(closing), received.start())
    return None


def _end_of_space(text: str, start: int) -> int:
    space = _SPACE.match(text, start)
    return space.end() if space else start


_SPACE = lazy(r"[ \t\n]*+")


def is_fenced(header: str) -> bool:
    """Whether a well-formed block starts with a code fence followed by a field."""
    opened = _OPENED.match(header)
    return opened is not None and bool(_USUAL.match(header, opened.end())) and code_fence(header) is not None


_MARK = rf"(?:[{BULLETS}][ \t]++|[0-9]{{1,6}}+[:.|)]?+[ \t]*+)?+"
_STAMP_LINE = lazy(
    rf"^[ \t>|\u00a0]*+{_MARK}(?:<[^<>\n]*+>)*+received[ \t]*+:[ \t\u00a0]*+(?:\n[ \t>|]*+)?+{STAMP_START}",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD_LINE = lazy(rf"[ \t>|\u00a0]*+{_MARK}{USUAL}|(?:[>|][ ]?+)*+[ \t]++\S", re.IGNORECASE)
_FORWARDED = lazy(r"^[ \t>]*+(?:-{2,}+[ ]?+(?:original|forwarded)|begin forwarded)", re.IGNORECASE | re.MULTILINE)


_STRESSED_FIELD = lazy(r"[*_]{1,3}+\w[\w -]{0,30}+:[*_]{1,3}")  # *Von:* Ann
_TIME = lazy(r"[0-9]:[0-9]{2}")
_NEAR = 2000  # maximum characters of a Received field


def forwarded(text: str, undo: Callable[[str], str]) -> str | None:
    """Extract the Received fields from the body of a message: forwarded, attached or pasted there.

    If the header has Received fields too, it takes precedence, unless it is incomplete and the body has a
    block with more Received fields below a line such as ``-----Original Message-----``.

    Args:
        text: The message.
        undo: Repairs the other kinds of damage in the body.
    """
    header, _, body = text.partition("\n\n")
    if not body:
        return None
    header_fields = len(RECEIVED_LINE.findall(header))
    mention = MENTION.search(body)
    first_field = 0 if MENTION.search(header) else len(header) - len(header.lstrip("*_"))
    is_header = LIKELY_FIELD.match(header, first_field) or (first_field and _STRESSED_FIELD.match(header))
    if not is_header or not mention or blank_lines(text) is not None:
        return None
    if STAMP.search(header) and not header_fields:  # headers: "Received: from
        return None
    if header_fields and (is_complete(header) or not _FORWARDED.search(body)):
        return None
    stamp = _STAMP_LINE.search(body)
    if stamp and html_markup(body) is None:
        block = body[_block_start(body, stamp.start()) :]
        more = len(_STAMP_LINE.findall(block.partition("\n\n")[0])) > header_fields
        return block if more and _TIME.search(body, stamp.end(), stamp.end() + _NEAR) else None
    return body if not header_fields and any(map(_TIME.search, received_fields(undo(body)))) else None


def first_block(text: str) -> str | None:
    """Remove all text before the header lines with the first Received field, if no other repair applies."""
    header = text.partition("\n\n")[0]
    stamp = None if RECEIVED_LINE.search(header) else _STAMP_LINE.search(text)
    return text[_block_start(text, stamp.start()) :] if stamp else None


def _block_start(body: str, start: int) -> int:
    """Offset of the first of the consecutive header lines that include the one at ``start``."""
    while start:
        above = body.rfind("\n", 0, start - 1) + 1
        if not _FIELD_LINE.match(body[above : start - 1]):
            break
        start = above
    return start
