r"""Damage to single characters: encodings, invisible signs, signs that look like others.

In the text that the functions get, lines end in ``\n``.
"""

import re

from hopscope.parser.encoding import to_bytes, to_text
from hopscope.paste.patterns import (
    INVISIBLE,
    RECEIVED_FIELD,
    RECEIVED_LINE,
    SPACES,
    STAMP,
    STAMP_START,
    USUAL,
    in_received,
    lazy,
    received_fields,
)

__all__ = [
    "base64_part",
    "byte_order_mark",
    "is_in_other_signs",
    "line_ends",
    "quoted_printable",
    "smart_punctuation",
    "surrounding_quotes",
    "terminal_codes",
    "unicode_spaces",
]


def byte_order_mark(text: str) -> str | None:
    """Text without a byte order mark; also one that was read as Latin-1."""
    for mark in ("\ufeff", "\u00ef\u00bb\u00bf"):
        if text.startswith(mark):
            return text.removeprefix(mark)
    return None


def line_ends(text: str) -> str | None:
    """Text whose lines end in CR alone, as on old Macintosh systems."""
    return text.replace("\r", "\n") if "\r" in text and "\n" not in text else None


# Control sequences of ECMA-48 section 5.4 (colours), also with ESC printed as ^[, and links
# (OSC 8). The escape sequences of ISO-2022-JP are others: they have no "[".
_CODES = lazy(r"(?:\x1b|\^\[)\[[0-9;?]*+[A-Za-z]|\x1b\][^\x07\x1b\n]*+(?:\x07|\x1b\\)")


def terminal_codes(text: str) -> str | None:
    """Text copied together with the codes that colour it in a terminal."""
    if "\x1b" not in text and "^[[" not in text:
        return None
    mended = _CODES.sub("", text)
    return mended if mended != text and RECEIVED_LINE.search(mended) else None


_LINE_START = lazy(
    rf"^(received[ \t]*+:)?+([ \t]*+[{SPACES}{INVISIBLE}][ \t{SPACES}{INVISIBLE}]*+)",
    re.IGNORECASE | re.MULTILINE,
)
_SPACE = lazy(f"[{SPACES}]")
_INVISIBLE_SIGN = lazy(f"[{INVISIBLE}]")
# Where the grammar of Received has white space, and what a server writes itself: its name, its protocol, the date.
_SPACED = lazy(
    rf"(?:[ \t\n][{SPACES}]?+|[{SPACES}][ \t]?+)(?:by|with|via|id|for)[{SPACES}]"
    rf"|[{SPACES}][ \t]?+(?:by|with|via|id|for)[ \t]|[\w.][{SPACES}]\(|;[{SPACES}]|[0-9][{SPACES}][A-Z0-9+-]",
)
_HIDING = lazy(rf"\b(?:by|with|id)[ \t\n]++[^\s()<>{INVISIBLE}]*+[{INVISIBLE}]|[0-9:][{INVISIBLE}]++[0-9:]")
_ANY_STAMP = lazy(rf"received[ \t]*+:[ \t\n{SPACES}{INVISIBLE}]*+{STAMP_START}", re.IGNORECASE)
_AT_START = lazy(r"^received[ \t]*+:\u00a0(?:from|by)[ \u00a0]", re.IGNORECASE | re.MULTILINE)


def unicode_spaces(text: str) -> str | None:
    """Text whose white space is no-break or other Unicode space, or hides behind invisible signs.

    Where it is, such signs elsewhere are no part of the text, too: web pages make no-break spaces of runs of spaces.
    """
    if text.isascii():
        return None
    mended, count = _LINE_START.subn(_plain_start, text)
    if not (count or _hides(text)):
        return None
    return _INVISIBLE_SIGN.sub("", _SPACE.sub(" ", mended))


def _hides(text: str) -> bool:
    """Whether such spaces, or invisible signs, are in what a server writes itself; the latter also in several stamps.

    In one alone, behind ``from``, they may be what a client called itself.
    """
    stamps = [field for field in received_fields(text) if _ANY_STAMP.match(field)]
    if sum(1 for stamp in stamps if _INVISIBLE_SIGN.search(stamp)) > 1:
        return True
    return any(_SPACED.search(stamp) or _HIDING.search(stamp) for stamp in stamps)


def _plain_start(match: re.Match[str]) -> str:
    return (match[1] or "") + " " * len(_INVISIBLE_SIGN.sub("", match[2]))


_SOFT_BREAK = lazy(rf"=[ \t]*+\n(?!{USUAL})", re.IGNORECASE)
_UNENCODED = lazy(r"=(?![0-9A-F]{2}|[ \t]*+\n)")
_EQUALS = lazy("=3D")
# attributes that mail systems print; an address may hold "=3D" by itself
_ENCODED = lazy(r"\b(?:version|cipher|bits|verify|helo|ident|port|auth|envelope-from)=3D", re.IGNORECASE)


def quoted_printable(text: str) -> str | None:
    """Text that is the source of a quoted-printable body (RFC 2045 section 6.7).

    There each equals sign starts a pair of hexadecimal digits or ends its line. Where other fields
    have plain ones, but all those in Received fields are encoded, these fields are decoded alone.
    """
    header = text.partition("\n\n")[0]
    if "=" not in header:
        return None
    encoded = in_received(_ENCODED, header)
    if not _UNENCODED.search(header) and (encoded or _SOFT_BREAK.search(header) or _is_encoded_markup(header)):
        return _decoded(text)
    if encoded and not any(map(_UNENCODED.search, received_fields(header))):
        return RECEIVED_FIELD.sub(lambda field: _decoded(field[0]), header) + text[len(header) :]
    return None


def _is_encoded_markup(header: str) -> bool:
    return bool(_EQUALS.search(header)) and not RECEIVED_LINE.search(header)


def _decoded(text: str) -> str:
    from binascii import a2b_qp

    return to_text(a2b_qp(to_bytes(text)))


_BASE64 = lazy(r"^content-transfer-encoding[ \t]*+:[ \t]*+base64\b", re.IGNORECASE | re.MULTILINE)


def base64_part(text: str) -> str | None:
    """A message with a part in base64 (RFC 2045 section 6.8) that holds Received fields."""
    blocks = text.split("\n\n") if "base64" in text.lower() else [""]
    for number, block in enumerate(blocks[:-1]):
        if _BASE64.search(block):
            decoded = _base64(blocks[number + 1])
            if STAMP.search(decoded):
                return "\n\n".join([*blocks[: number + 1], decoded, *blocks[number + 2 :]])
    return None


_BASE64_LINES = lazy(r"(?:[A-Za-z0-9+/]++={0,2}+[ \t]*+\n?+)*+")


def _base64(block: str) -> str:
    """What the lines of base64 that a block starts with stand for."""
    from binascii import Error, a2b_base64

    lines = _BASE64_LINES.match(block)
    data = "".join(lines[0].split()) if lines else ""
    try:
        return to_text(a2b_base64(data[: len(data) // 4 * 4]).replace(b"\r\n", b"\n"))
    except Error:
        return ""


# Word processors print quotation marks and minus signs in other shapes than the grammar of Received
# has (RFC 5321 section 4.4, RFC 5322 section 3.3). RFC 6531 allows these signs in names, so they
# are replaced only where no name is: around words, and before a zone.
_SMART_QUOTES = lazy(r"(?<![^\s(=,;])[“”„]([^“”„\"\n]*+)[“”](?![^\s),;])")
_SMART_MINUS = lazy(r"(?:(?<=[0-9M][ \t])|(?<=[0-9M]\n[ \t]))[\u2010-\u2015\u2212](?=[0-9]{4}(?![0-9]))")
_SMART = lazy(f"{_SMART_QUOTES.pattern}|{_SMART_MINUS.pattern}")


def smart_punctuation(text: str) -> str | None:
    """Received fields with typographic quotation marks and minus signs in the place of ASCII ones."""
    if text.isascii():
        return None
    mended = RECEIVED_FIELD.sub(lambda field: _SMART_MINUS.sub("-", _SMART_QUOTES.sub(r'"\1"', field[0])), text)
    return mended if mended != text else None


_OPENING = {"“": "”", "„": "“", "”": "”", "«": "»", "‘": "’", "'": "'", '"': '"'}
_QUOTED_FIELD = lazy(rf"[ \t\n]*+[{''.join(_OPENING)}][ \t\n]*+(?={USUAL})", re.IGNORECASE)


def surrounding_quotes(text: str) -> str | None:
    """Text between quotation marks."""
    start = _QUOTED_FIELD.match(text) if text.lstrip()[:1] in _OPENING else None
    if not start:
        return None
    closing = _OPENING[start[0].strip()]
    mended, ended = text[start.end() :], text.rstrip()
    return mended if not ended.endswith(closing) else ended[start.end() : -1] + "\n"


def is_in_other_signs(header: str) -> bool:
    """Whether Received fields of a well-formed block have signs that their grammar has no place for."""
    if any(in_received(pattern, header) for pattern in (_CODES, _SMART)) or (not header.isascii() and _hides(header)):
        return True
    if STAMP.match(surrounding_quotes(header) or ""):
        return True
    return bool(_AT_START.search(header) and unicode_spaces(header))
