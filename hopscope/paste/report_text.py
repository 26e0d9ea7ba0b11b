r"""Damage to the text of a report by copying: marks before lines, lost line breaks, markup.

All functions take linear time. Those for text expect ``\n`` line ends.
"""

import re
from functools import cache

from hopscope.data import table
from hopscope.parser.encoding import utf_16
from hopscope.paste.marks import generalized
from hopscope.paste.markup import without_references
from hopscope.paste.patterns import lazy

__all__ = ["decoded", "unquoted", "with_lines", "without_markup"]


def decoded(data: bytes) -> str:
    """The text of a report, with LF line ends."""
    codec = utf_16(data)
    text = data.decode(codec, "replace") if codec else data.decode("utf-8", "surrogateescape")
    return text.replace("\r\n", "\n").replace("\r", "\n")


_LINE_MARKS = lazy(r"^[ \t]*+(?:[>|][ \t]?+)++", re.MULTILINE)


def unquoted(text: str) -> str:
    """The text without the marks of a quotation, if most lines have them."""
    lines = [line for line in text.split("\n") if line.strip()]
    is_quoted = sum(line.lstrip(" \t")[:1] in {">", "|"} for line in lines) > len(lines) / 2
    return _LINE_MARKS.sub("", text) if is_quoted else text


_SPACES = {ord(space): " " for space in "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"} | dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad")
)
_ESCAPES = lazy(r"\\\\|\\r\\n|\\n|\\r|\\t|\\(?=[\"'/])")
_KEY = lazy(r"[\[{][ ]?+\"[^\"\n]{1,60}+\"[ ]?+:[ ]?+(?=\")")
_MIN_ESCAPES = 2


def with_lines(text: str) -> str:
    r"""The text of a report without line numbers, prefixes of lines, and line breaks written out as ``\n``.

    The rest of the text is unchanged, as it may be a header block.
    """
    if "\\n" in text and _MIN_ESCAPES <= text.count("\\n") > text.count("\n"):
        key = _KEY.match(text := text.strip())
        text = (text[key.end() :].rstrip("]},") if key else text).strip("'\"")
        text = _ESCAPES.sub(lambda escape: {"\\t": "\t", "\\": "", "\\\\": "\\"}.get(escape[0], "\n"), text)
    return _without_prefixes(_without_numbers(text))


_NUMBER = lazy(r"^[ \t]*+([0-9]{1,5})(?:[.)|:\t](?=[ \t]|$)|:(?![0-9]))[ \t]?+", re.MULTILINE)
_MIN_LINES = 3


def _without_numbers(text: str) -> str:
    """The text without consecutive numbers before its lines, or before those of a list."""
    numbers = [int(match[1]) for match in _NUMBER.finditer(text)]
    is_counted = len(numbers) >= _MIN_LINES and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return _NUMBER.sub("", text) if is_counted else text


_PREFIX_END = lazy(r"[\]:|>-][ \t]++|\t|(?<=Z)[ ]|(?<=:[0-9]{2})[ ]")
_LONGEST_PREFIX = 100


def _without_prefixes(text: str) -> str:
    """The text without a prefix with a number that all lines have, such as the time of a log."""
    lines = [line for line in text.split("\n") if line.strip()]
    first = lines[0][:_LONGEST_PREFIX] if len(lines) > _MIN_LINES else ""
    for end in reversed([match.end() for match in _PREFIX_END.finditer(first)]):
        prefix = first[:end].rstrip()
        if not any(map(str.isdigit, prefix)):
            break
        pattern = re.compile(rf"{generalized(prefix)}[ \t]?")
        if all(map(pattern.match, lines)):
            return "\n".join(pattern.sub("", line, count=1) for line in text.split("\n"))
    return text


_REFERENCE = lazy(r"&(?:lt|gt|amp|quot|nbsp|#[0-9]{1,5}|#x[0-9A-Fa-f]{1,5});")
_LINK = lazy(r"\[([^\[\]\n]{1,200}+)\]\((?:mailto:|https?://)[^()\s]{0,400}\)")
_LINK_BEFORE = lazy(r"<https?://([A-Za-z0-9.-]{1,200}+)/?>[ ]?(?=\1)")
_LINK_AFTER = lazy(r"(?<![A-Za-z0-9.-])([A-Za-z0-9.-]{1,200}+)[ ]?<https?://\1/?>")
_ESCAPED_MARK = lazy(r"\\([<>\[\]()*_#{}.-])")
_EMPHASIS = lazy(r"^([ \t]*+)([*_])(?![*_ ])([^*\n]{2,120}+)\2(?![*\w])(?=[ \t:]|$)", re.MULTILINE)
_FOLDED_SPACES = lazy(r"(?<![ \t])[ \t]++$", re.MULTILINE)
_LINE_BREAKS = lazy(r"\n++")
_DOUBLED_BLANK = "\n\n\n\n"


def without_markup(text: str) -> str:
    """The text of a report without markup and double spacing; text without either is unchanged."""
    if not text.isascii():
        text = text.translate(_SPACES)
    if "&" in text and _REFERENCE.search(text):
        text = without_references(text).translate(_SPACES)
    if "\\" in text:
        text = _ESCAPED_MARK.sub(r"\1", text)
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "<http" in text:
        text = _LINK_AFTER.sub(r"\1", _LINK_BEFORE.sub("", text))
    text = text.replace("**", "")  # Markdown
    text = _EMPHASIS.sub(r"\1\3", text)
    if "\n" not in text.strip():
        text = _own_lines().sub(r"\n\1\n", " ".join(text.split()))
    if _DOUBLED_BLANK in (spaced := _FOLDED_SPACES.sub("", text)):
        breaks = [len(run) for run in _LINE_BREAKS.findall(spaced.strip())]
        if not any(length % 2 for length in breaks):
            return spaced.replace("\n\n", "\n")
    return text


@cache
def _own_lines() -> re.Pattern[str]:
    """The texts of Exchange that have a line of their own."""
    kinds = {"diagnostics", "original"}
    texts = [re.escape(row["text"]) for row in table("delivery_reports") if row["kind"] in kinds]
    return re.compile(rf"[ \t]*+((?:{'|'.join(texts)})[ \t]?+:?)[ \t]*+", re.IGNORECASE)
