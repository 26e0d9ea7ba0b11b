"""Damaged pastes -> clean header text, and the list of repairs made.

Header text that people paste has been through web pages, tickets, quoting and other mail programs.
Here is decided whether text is damaged; the kinds of damage are in ``hopscope.paste.kinds``, which
is loaded for damaged text only.

The rule over all: well-formed header text is never touched (:func:`is_well_formed`).
"""

import re

from hopscope.model import Repair
from hopscope.parser.encoding import to_bytes, to_text, utf_16

__all__ = ["has_odd_signs", "is_well_formed", "repair"]

# field-name *WSP ":" (RFC 5322 sections 2.2 and 4.5.8); an mbox file has a line "From " before it.
# By that grammar the time 21:31:58 and the address (2001:db8::1) would start fields, too.
_NAME = r"[!-9;-~]++[ \t]*+:"
_FIRST_FIELD = re.compile(rf"(?:From (?![ \t]*+:)[^\n]*+\n)?+{_NAME}".encode())
_PART_OF_RECEIVED = r"[0-9]{2}:[0-9]{2}:[0-9]{2}[ \t]|[(\[](?:IPv6:)?[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]++[)\]]"
_NOT_A_FIELD = re.compile(rf"\n(?![ \t]|(?!{_PART_OF_RECEIVED}){_NAME})".encode())
_SECOND_FIELD = re.compile(rb"\n[^ \t]")
_EMPTY_LINE = re.compile(rb"\r*+(?:\n|\Z)")


def is_well_formed(data: bytes) -> bool:
    """Whether header text needs no repair.

    It needs none where it starts with a header field and every line down to the first empty line is
    a field or a continuation (RFC 5322 section 2.2), unless the damage made it look like that: all
    line ends are CR; blank lines stand between the fields; marks such as those of quoting, lists, HTML
    or Markdown, or escape sequences, stand where the grammar of Received (RFC 5321 section 4.4) has no
    place for them; several fields stand on the only line; a time or an IPv6 address seems to be a
    field name; or the Received fields are in the body only.
    """
    if not _FIRST_FIELD.match(data):
        return False
    irregular = _NOT_A_FIELD.search(data)
    end = irregular.end() if irregular else len(data)
    if not _EMPTY_LINE.match(data, end):
        return False
    return not (_is_disguised(data, data[:end]) or _is_spaced(data, end) or _is_elsewhere(data, end))


# What seldom stands in header fields that nothing has happened to: marks of HTML, Markdown and
# terminals, and escape sequences, each below a sign that is looked for first, as one byte is found fast.
_SIGNS = {
    b"&": (b"&lt;", b"&amp;", b"&#", b"&plus;"),
    b"\\": (b"\\<", b"\\[", b"\\_", b"\\r\\n", b"\\\n", b"\\\r\n"),
    b"*": (b"**",),
    b"\x1b": (b"\x1b[",),
    b"^": (b"^[[",),
    b"<": (b"<br", b"</"),
    b"http": (b"<http", b"](http"),
    b"mailto:": (b"<mailto:", b"](mailto:"),
}
# spaces, quotation marks and minus signs that only look like those of ASCII, and signs that are not seen
_LOOK_ALIKES = (b"\xc2\xa0", b"\xc2\xad", b"\xe1\x9a\x80", b"\xe2\x80", b"\xe2\x81", b"\xe2\x88\x92", b"\xe3\x80\x80")


def _is_disguised(data: bytes, header: bytes) -> bool:
    """Whether damage made the header block look well-formed. Cheap tests first: it hardly ever did."""
    if b"\n" not in data and b"\r" in data:
        return True
    is_line = header.find(b"\n", 0, -1) < 0
    # Two fields on one line show a second colon with white space behind it, or at the end.
    is_joined = is_line and any(not part[:1].strip() for part in header.split(b":")[2:])
    suspect = is_joined or not header[:1].isalpha() or _has_inner_field(header) or has_odd_signs(header)
    if not suspect:
        return False
    from hopscope.paste import kinds

    return kinds.is_disguised(header)


def _has_inner_field(header: bytes) -> bool:
    """Whether ``Received:`` stands elsewhere than at the start of a line, but for names such as ``X-Received:``."""
    first = header.startswith((b"Received:", b"received:"))
    inner = header.count(b"eceived:") - header.count(b"\nReceived:") - first
    return bool(inner) and inner > sum(map(header.count, (b"\nreceived:", b"-Received:", b"-received:")))


def has_odd_signs(header: bytes) -> bool:
    """Whether signs that damage leaves are in it: those of markup, of escape sequences, or look-alikes of ASCII."""
    for sign, longer in _SIGNS.items():
        if sign in header and any(long_sign in header for long_sign in longer):
            return True
    return not header.isascii() and any(sign in header for sign in _LOOK_ALIKES)


def _is_spaced(data: bytes, end: int) -> bool:
    """Whether the blank line at ``end`` stands between header fields, and not before a body."""
    if not data[end : end + 80].strip() or (_SECOND_FIELD.search(data, 0, end) and data.find(b"eceived:", end) < 0):
        return False
    from hopscope.paste import kinds

    return kinds.is_spaced(data, end)


def _is_elsewhere(data: bytes, end: int) -> bool:
    """Whether there are Received fields below the header block, but none in it."""
    if data.find(b"eceived:", 0, end) >= 0 or data.find(b"eceived :", 0, end) >= 0:
        return False
    if not any(mark in data for mark in (b"eceived", b"RECEIVED", b"base64")):
        return False
    from hopscope.paste import kinds

    return kinds.is_elsewhere(data)


def repair(data: bytes | str) -> tuple[bytes, tuple[Repair, ...]]:
    """Undo ordinary damage of pasted header text.

    Args:
        data: A message, its header block, or a paste of some of its header fields.

    Returns:
        The text in UTF-8, and the repairs made, in their order. Well-formed text, and text in which
        no known kind of damage is found, is handed back untouched (the same bytes object).
    """
    raw = to_bytes(data) if isinstance(data, str) else data
    if is_well_formed(raw):
        return raw, ()
    from hopscope.paste import kinds

    text, repairs = _decoded(raw)
    while len(repairs) < kinds.MOST:
        if repairs and is_well_formed(to_bytes(text)) and not kinds.is_glued(text):
            break
        repaired = kinds.find(text)
        if repaired is None:
            break
        made, text = repaired
        repairs.append(made)
    return (to_bytes(text), tuple(dict.fromkeys(repairs))) if repairs else (raw, ())


def _decoded(data: bytes) -> tuple[str, list[Repair]]:
    """Text of damaged bytes, and the repair where they were UTF-16 (Windows programs call it Unicode)."""
    codec = utf_16(data)
    if codec is None:
        return to_text(data), []
    text = data.decode(codec, "replace").replace("\r\n", "\n")
    return text, [Repair(code="utf-16", message="decoded UTF-16")]
