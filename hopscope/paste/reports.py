"""Reports pasted one below the other -> the text of each."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from hopscope.paste.patterns import lazy
from hopscope.paste.report import FIELD, RECEIVED, boundaries
from hopscope.paste.report_signs import is_signed
from hopscope.paste.report_text import decoded, unquoted
from hopscope.paste.report_words import first_line, is_last_line, is_original, is_original_of_exchange

__all__ = ["reports"]


def reports(data: bytes) -> list[bytes]:
    """The texts of several reports pasted one below the other; at most one if there are not several.

    A report ends where the line above its returned message, or the part for administrators, is followed by the first
    line of a report, where the first line repeats, or where another header block starts. If the first
    report has its complete header block, a first line that repeats, or that is in the body of a returned message, is a
    quotation.

    Args:
        data: The paste.
    """
    text = unquoted(decoded(data))
    separation = _Separation()
    for start, block, end in _blocks(text):
        if _is_header(block):
            separation.header(start, block, has_parts=end > start + len(block))
        else:
            separation.text(start, block)
    starts = separation.starts
    pieces = (text[start:end] for start, end in zip([0, *starts[1:]], [*starts[1:], None], strict=True))
    return [piece.encode("utf-8", "surrogateescape") for piece in pieces] if starts else []


class _Separation:
    """The starts of reports, found block by block."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        """Offsets of the reports."""
        self._firsts: set[str] = set()  # the first lines of the current report
        self._has_ended = False  # whether the current report is over, so that a first line starts another one
        self._is_complete = False  # whether the first report has its complete header block
        self._is_returned = False  # whether the next block is the header block of the returned message
        self._is_author_returned = False  # whether that block had an author
        self._is_copied = False  # whether the returned message has its body, which may quote a report
        self._header: int | None = None  # the offset of a header block directly above

    def header(self, start: int, block: str, *, has_parts: bool) -> None:
        """Take a header block; ``has_parts`` is whether its MIME parts are skipped."""
        has_author = _AUTHOR.search(block) is not None
        is_own = not self._is_returned and has_author and is_signed(block.encode("utf-8", "replace"))
        # Below a complete returned header block, another one is of another message.
        is_below = self._is_author_returned and has_author and not (self._is_returned or self._is_copied)
        is_other = is_below and RECEIVED.search(block) is not None
        self._is_author_returned = has_author and self._is_returned
        if (is_own and (not self.starts or self._has_ended or self._firsts)) or (is_other and self._has_ended):
            self._is_complete |= not self.starts and _TRACE_OR_MIME.search(block) is not None
            self.starts.append(start)
            self._firsts, self._has_ended, self._is_copied = set(), has_parts, False
        self._header = start if is_own or not (self._is_returned or RECEIVED.search(block)) else None
        self._is_returned = _ATTACHED.search(block) is not None
        self._has_ended |= self._is_returned

    def text(self, start: int, block: str) -> None:
        """Take a block of text."""
        offset, line = start, ""
        for line in block.split("\n"):
            first = first_line(line)
            is_repeated = first in self._firsts and not self._is_complete
            if first and (not self.starts or (self._has_ended and not self._is_copied) or is_repeated):
                self.starts.append(offset if self._header is None else self._header)
                self._firsts, self._has_ended = set(), False
            self._firsts |= {first} if first else set()
            self._header = None
            self._has_ended |= is_last_line(line)
            self._is_copied |= self._is_complete and is_original(line) and not is_original_of_exchange(line)
            offset += len(line) + 1
        self._is_returned = is_original(line)


_BLOCK = lazy(r"(?:[ \t]*+\S.*+\n?+)++")
_BOUNDARY_LINE = lazy(r"--\S.*+\n")
_AUTHOR = lazy(r"^From[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_CLOSING = lazy(r"^--(\S.*)--[ \t]*+$", re.MULTILINE)
_OF_MESSAGE = lazy(r"^(?:From|Von|De|Da|Van|Return-Path|Received|Date|Subject)[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_TRACE_OR_MIME = lazy(r"^(?:Received|MIME-Version|Content-Type)[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_ATTACHED = lazy(
    r"^Content-Type[ \t]*+:\s*+(?:message/rfc822|message/global|text/rfc822)", re.IGNORECASE | re.MULTILINE
)


def _blocks(text: str) -> Iterator[tuple[int, str, int]]:
    """The blocks between blank lines, each with its offset and end, which includes the MIME parts below it."""
    ends: dict[str, list[int]] = {}
    for closing in _CLOSING.finditer(text):
        ends.setdefault(closing[1], []).append(closing.end())
    position = 0
    while match := _BLOCK.search(text, position):
        block = match[0].rstrip("\n")
        position = match.start() + len(block)
        for boundary in boundaries(block) if ends and _is_header(block) else ():
            below = ends.get(boundary, ())
            number = bisect_right(below, position)
            position = below[number] if number < len(below) else position
        yield match.start(), block, position


def _is_header(block: str) -> bool:
    """Whether a block is a header block of a message or of a MIME part."""
    if boundary := _BOUNDARY_LINE.match(block):
        block = block[boundary.end() :]
        return all(line[:1] in {" ", "\t"} or FIELD.match(line) for line in block.split("\n"))
    is_block = all(line[:1] in {" ", "\t"} or FIELD.match(line) for line in block.split("\n"))
    return is_block and _OF_MESSAGE.search(block) is not None
