r"""Damage to single characters: encodings, invisible characters, look-alikes of ASCII characters.

All functions expect text with ``\n`` line ends. The module is over 300 lines because it contains every encoding.
"""

import re

from hopscope.parser.encoding import to_bytes, to_text
from hopscope.paste.patterns import (
    INVISIBLE,
    MENTION,
    MOSTLY,
    RECEIVED_FIELD,
    RECEIVED_LINE,
    SPACES,
    STAMP,
    STAMP_START,
    USUAL,
    USUAL_NAME,
    in_received,
    lazy,
    received_fields,
)

__all__ = [
    "base64_part",
    "byte_order_mark",
    "has_foreign_characters",
    "has_unencoded_mark",
    "line_ends",
    "quoted_printable",
    "smart_punctuation",
    "soft_breaks",
    "surrounding_quotes",
    "terminal_codes",
    "unicode_spaces",
    "wide_colons",
]


def byte_order_mark(text: str) -> str | None:
    """Remove a byte order mark, including one decoded in a code page, or replaced by question marks in a pipe."""
    for mark in ("\ufeff", *_DECODED_MARKS):
        if text.startswith(mark):
            return text.removeprefix(mark)
    if has_unencoded_mark(text):
        return text.lstrip("?")
    return _MARK_WITHIN.sub("", text, 1) if not text.isascii() and _MARK_WITHIN.search(text) else None


def has_unencoded_mark(text: str) -> bool:
    """Whether a byte order mark was replaced by question marks, as in a pipe of Windows PowerShell."""
    return text.startswith("?") and _UNENCODED_MARK.match(text) is not None


_DECODED_MARKS = ("\u00ef\u00bb\u00bf", "\u2229\u2557\u2510", "\u00b4\u2557\u2510")
"""The mark in UTF-8, decoded in the code pages 1252, 437, and 850 or 852."""
_UNENCODED_MARK = lazy(rf"\?{{1,3}}+(?={USUAL})", re.IGNORECASE)
_MARK_WITHIN = lazy(f"(?:\ufeff|\u00ef\u00bb\u00bf)(?={USUAL})", re.IGNORECASE)


_WIDE_COLON = lazy(rf"^({USUAL_NAME})[ \t]*+\uff1a[ \t]*+", re.IGNORECASE | re.MULTILINE)


def wide_colons(text: str) -> str | None:
    """Replace full-width colons after field names, which an input method for Chinese or Japanese writes."""
    repaired = _WIDE_COLON.sub(r"\1: ", text) if "\uff1a" in text else text
    return repaired if repaired != text else None


def line_ends(text: str) -> str | None:
    """Convert CR line ends, as on classic Mac OS, to LF."""
    if "\r" not in text or ("\n" in text and not _BARE.search(text)):
        return None
    return text.replace("\r", "\n")


_BARE = lazy(rf"\r(?:{USUAL}|[ \t]++\S)", re.IGNORECASE)


# Control sequences of ECMA-48 section 5.4 (colours), with ESC also shown as ^[, and links (OSC 8).
# The escape sequences of ISO-2022-JP do not match, as they have no "[".
_CODES = lazy(
    r"(?:\x1b|\^\[|\\(?:u001[bB]|x1[bB]|033|e)(?=\\?+\[))\\?+\[[0-9;?]*+[A-Za-z]|\x1b\][^\x07\x1b\n]*+(?:\x07|\x1b\\)"
)


def terminal_codes(text: str) -> str | None:
    """Remove the colour codes of a terminal."""
    if not any(mark in text for mark in ("\x1b", "^[[", "\\u001", "\\x1", "\\033[", "\\e[")):
        return None
    repaired = _CODES.sub("", text)
    return repaired if repaired != text and MENTION.search(repaired) else None


_LINE_START = lazy(
    rf"^(received[ \t]*+:)?+([ \t]*+[{SPACES}{INVISIBLE}][ \t{SPACES}{INVISIBLE}]*+)",
    re.IGNORECASE | re.MULTILINE,
)
_SPACE = lazy(f"[{SPACES}]")
_INVISIBLE_CHARACTER = lazy(f"[{INVISIBLE}]")
# White space in text that the server writes: clause keywords, server name, protocol, date.
_UNICODE_SPACE_BY_SERVER = lazy(
    rf"(?:[ \t\n][{SPACES}]?+|[{SPACES}][ \t]?+)(?:by|with|via|id|for)[{SPACES}]"
    rf"|[{SPACES}][ \t]?+(?:by|with|via|id|for)[ \t]|[\w.][{SPACES}]\(|;[{SPACES}]|[0-9][{SPACES}][A-Z0-9+-]",
)
_INVISIBLE_BY_SERVER = lazy(
    rf"\b(?:by|with|id)[ \t\n]++[^\s()<>{INVISIBLE}]*+[{INVISIBLE}]|[0-9:][{INVISIBLE}]++[0-9:]"
)
_ANY_STAMP = lazy(rf"received[ \t]*+:[ \t\n{SPACES}{INVISIBLE}]*+{STAMP_START}", re.IGNORECASE)
_MARKED_STAMP = lazy(
    rf"^(?!received).{{1,100}}?[ |>{SPACES}]received:[ ]?+[{SPACES}]{STAMP_START}", re.IGNORECASE | re.MULTILINE
)
_AT_START = lazy(r"^received[ \t]*+:\u00a0(?:from|by)[ \u00a0]", re.IGNORECASE | re.MULTILINE)


def unicode_spaces(text: str) -> str | None:
    """Replace no-break and other Unicode spaces by spaces, and remove invisible characters.

    If any of them is certainly damage, all are replaced: web pages turn runs of spaces into no-break spaces.
    """
    if text.isascii():
        return None
    repaired, count = _LINE_START.subn(_plain_start, text)
    if not (count or _is_damaged(text)):
        return None
    return _INVISIBLE_CHARACTER.sub("", _SPACE.sub(" ", repaired))


def _is_damaged(text: str) -> bool:
    """Whether Unicode spaces or invisible characters are certainly damage.

    They are if they occur in text that the server writes, or invisible ones occur in several Received fields. In a
    single from clause, they may be part of the HELO name.
    """
    if _MARKED_STAMP.search(text):
        return True
    stamps = [field for field in received_fields(text) if _ANY_STAMP.match(field)]
    if sum(1 for stamp in stamps if _INVISIBLE_CHARACTER.search(stamp)) > 1:
        return True
    return any(_UNICODE_SPACE_BY_SERVER.search(stamp) or _INVISIBLE_BY_SERVER.search(stamp) for stamp in stamps)


def _plain_start(match: re.Match[str]) -> str:
    return (match[1] or "") + " " * len(_INVISIBLE_CHARACTER.sub("", match[2]))


_SOFT_BREAK = lazy(rf"=[ \t]*+\n(?!{USUAL})", re.IGNORECASE)
_UNENCODED = lazy(r"=(?![0-9A-F]{2}|[ \t]*+\n)")
_EQUALS = lazy("=3D|=[CDE][0-9A-F]=[89AB][0-9A-F]")
_SPACE_AT_END = lazy(r"=20[ \t]*+$", re.MULTILINE)
# Attributes that mail servers write; "=3D" alone may be part of an address.
_ENCODED = lazy(r"\b(?:version|cipher|bits|verify|helo|ident|port|auth|envelope-from)=3D", re.IGNORECASE)


def quoted_printable(text: str) -> str | None:
    """Decode the source of a quoted-printable body (RFC 2045 section 6.7).

    In such a source, every equals sign is followed by two hexadecimal digits or ends the line. If that is
    true for the Received fields only, only these are decoded.
    """
    header = text.partition("\n\n")[0]
    if "=" not in header:
        return None
    header += "\n" * (len(text) > len(header))  # a soft line break may be above the empty line
    encoded = in_received(_ENCODED, header)
    if not _UNENCODED.search(header) and (
        encoded or _SOFT_BREAK.search(header) or in_received(_SPACE_AT_END, header) or _is_encoded_markup(header)
    ):
        return _decoded(text)
    if encoded and not any(map(_UNENCODED.search, received_fields(header))):
        return RECEIVED_FIELD.sub(lambda field: _decoded(field[0]), header) + text[len(header) :]
    return None


_KEYWORDS = r"(?:(?<=[ \t]from|[ \t]with)|(?<=[ \t]by|[ \t]id)|(?<=[ \t]via|[ \t]for))"
_BREAK_AFTER_KEYWORD = rf"{_KEYWORDS}=[ \t]*+\n[ \t]*+"
# "cipher=" may end a line that was wrapped for another reason.
_NAMES = ("version", "cipher", "bits", "verify", "helo", "ident", "from", "user")
_ATTRIBUTES = "".join(rf"(?<!\b{name})" for name in _NAMES)
# A field with a name that is not in the table may follow a signature, whose base64 ends in "=".
_ANY_FIELD = r"[A-Za-z][\w-]*+:(?:[ \t]|$)"
_BREAK_IN_WORD = rf"(?<=[^\s=]){_ATTRIBUTES}=\n(?=[^\s=])(?!{USUAL}|{_ANY_FIELD})"
_BREAK_AFTER_SPACE = (
    rf"(?<=[ \t])=[ \t]*+\n(?!{USUAL})[ \t]*+|(?<=[ \t](?:id|by)[ \t])=[ \t]++|(?<=[ \t](?:with|from)[ \t])=[ \t]++"
)
_SPACE_BEFORE_BREAK = rf"(?:(?<=[^\s=]){_ATTRIBUTES}|(?<=[ \t]))=20(?=[ \t]|$)"
_SOFT_BREAKS = lazy(
    f"(?P<after>{_BREAK_AFTER_KEYWORD})|{_BREAK_IN_WORD}|{_BREAK_AFTER_SPACE}|{_SPACE_BEFORE_BREAK}",
    re.IGNORECASE | re.MULTILINE,
)
_BREAK_AFTER_WORD = lazy(r"(\b(?:with|by|from)[ \t]++[\w.-]{1,80}+)=[ \t]*+\n(?=[ \t])", re.IGNORECASE)
_LINES_OF_RECEIVED = lazy(rf"^received[ \t]*+:.*+(?:\n(?!\n|{USUAL}).*+)*+", re.IGNORECASE | re.MULTILINE)


def soft_breaks(text: str) -> str | None:
    """Remove soft line breaks of quoted-printable (RFC 2045 section 6.7) that were left in Received fields.

    These are ``=`` after a keyword or a space, ``=`` at the end of a line whose continuation has no indentation, and
    ``=20`` at the end of a line.
    """
    if not any(mark in text for mark in ("=\n", "= ", "=20")):
        return None
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and sum(line.rstrip().endswith("=20") for line in lines) >= MOSTLY * len(lines):
        return _SPACE_AT_END.sub("", text)
    repaired = _LINES_OF_RECEIVED.sub(_without_soft_breaks, text)
    return repaired if repaired != text else None


def _without_soft_breaks(field: re.Match[str]) -> str:
    if not STAMP.match(field[0]):
        return field[0]
    joined = _BREAK_AFTER_WORD.sub(r"\1", field[0])
    return _SOFT_BREAKS.sub(lambda mark: " " * bool(mark["after"]), joined)


def _is_encoded_markup(header: str) -> bool:
    return bool(_EQUALS.search(header)) and not RECEIVED_LINE.search(header)


_PADDING = lazy(r"=[ \t]++$", re.MULTILINE)  # white space at the end of a line is not part of it


def _decoded(text: str) -> str:
    from binascii import a2b_qp

    return to_text(a2b_qp(to_bytes(_PADDING.sub("=", text))))


_BASE64 = lazy(r"^content-transfer-encoding[ \t]*+:[ \t]*+base64\b", re.IGNORECASE | re.MULTILINE)


def base64_part(text: str) -> str | None:
    """Decode a base64 part (RFC 2045 section 6.8) with Received fields, or a text that consists of base64 lines."""
    alone = text.strip()
    if len(alone) >= _LEAST_BASE64 and _BASE64_LINES.fullmatch(alone):
        decoded = _base64(alone)
        return decoded if STAMP.search(decoded) else None
    blocks = text.split("\n\n") if "base64" in text.lower() else [""]
    for number, block in enumerate(blocks[:-1]):
        if _BASE64.search(block):
            decoded = _base64(blocks[number + 1])
            if STAMP.search(decoded):
                return "\n\n".join([*blocks[: number + 1], decoded, *blocks[number + 2 :]])
    return None


_LEAST_BASE64 = 80
"""Minimum characters of a base64 text without MIME fields: those of one short Received field."""
_BASE64_LINES = lazy(r"(?:[A-Za-z0-9+/]++={0,2}+[ \t]*+\n?+)*+")


def _base64(block: str) -> str:
    """The decoded base64 lines at the start of a block; empty if they are not valid."""
    from binascii import Error, a2b_base64

    lines = _BASE64_LINES.match(block)
    data = "".join(lines[0].split()) if lines else ""
    try:
        return to_text(a2b_base64(data[: len(data) // 4 * 4]).replace(b"\r\n", b"\n"))
    except Error:
        return ""


# Word processors replace quotation marks and minus signs by typographic ones, which the grammar of Received
# does not have (RFC 5321 section 4.4, RFC 5322 section 3.3). RFC 6531 allows them in names, so they are
# replaced only around words and before a zone.
_SMART_QUOTES = lazy(r"(?<![^\s(=,;])[“”„]([^“”„\"\n]*+)[“”](?![^\s),;])")
_SMART_MINUS = lazy(r"(?:(?<=[0-9M][ \t])|(?<=[0-9M]\n[ \t]))[\u2010-\u2015\u2212](?=[0-9]{4}(?![0-9]))")
_SMART = lazy(f"{_SMART_QUOTES.pattern}|{_SMART_MINUS.pattern}")


def smart_punctuation(text: str) -> str | None:
    """Replace typographic quotation marks and minus signs in Received fields by ASCII ones."""
    if text.isascii():
        return None
    repaired = RECEIVED_FIELD.sub(lambda field: _SMART_MINUS.sub("-", _SMART_QUOTES.sub(r'"\1"', field[0])), text)
    return repaired if repaired != text else None


_OPENING = {"“": "”", "„": "“", "”": "”", "«": "»", "‘": "’", "'": "'", '"': '"'}
_TYPOGRAPHIC = lazy(r"[ \t\n]*+[“„«]")
_QUOTED_FIELD = lazy(rf"[ \t\n]*+[{''.join(_OPENING)}][ \t\n]*+(?={USUAL})", re.IGNORECASE)


def surrounding_quotes(text: str) -> str | None:
    """Remove quotation marks around the text."""
    start = _QUOTED_FIELD.match(text) if text.lstrip()[:1] in _OPENING else None
    if not start and MENTION.search(text):
        start = _TYPOGRAPHIC.match(text)
    if not start:
        return None
    closing = _OPENING[start[0].strip()]
    repaired, ended = text[start.end() :], text.rstrip()
    return repaired if not ended.endswith(closing) else ended[start.end() : -1] + "\n"


def has_foreign_characters(header: str) -> bool:
    """Whether Received fields of a well-formed block have characters that their grammar does not allow."""
    if any(in_received(pattern, header) for pattern in (_CODES, _SMART)) or (
        not header.isascii() and _is_damaged(header)
    ):
        return True
    if STAMP.match(surrounding_quotes(header) or "") or soft_breaks(header) is not None:
        return True
    if not RECEIVED_LINE.search(header) and terminal_codes(header) is not None:
        return True
    if header.startswith("=") and quoted_printable(header) is not None:
        return True
    if STAMP.search(header) and in_received(_SPACE_AT_END, header) and quoted_printable(header) is not None:
        return True
    return bool(_AT_START.search(header) and unicode_spaces(header))
