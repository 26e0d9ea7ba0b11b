"""Damaged header text -> clean header text, with the list of repairs.

Pasted header text has often passed through web pages, tickets, quoting and other mail programs. This
module decides whether text is damaged. The kinds of damage are in ``hopscope.paste.kinds``, which is
imported for damaged text only.

Well-formed header text is never changed (:func:`is_well_formed`).
"""

import re

from hopscope.model import Repair
from hopscope.parser.encoding import to_bytes, to_text, utf_16

__all__ = ["KEYS_OF_REPORTS", "has_suspect_characters", "is_well_formed", "repair"]

# field-name *WSP ":" (RFC 5322 sections 2.2 and 4.5.8); an mbox file has a line "From " before it.
# By that grammar, the time 21:31:58 and the address (2001:db8::1) would also start fields.
_NAME = r"[!-9;-~]++[ \t]*+:"
_FIRST_FIELD = re.compile(rf"(?:From (?![ \t]*+:)[^\n]*+\n)?+{_NAME}".encode())
_PART_OF_RECEIVED = r"[0-9]{2}:[0-9]{2}:[0-9]{2}[ \t]|[(\[](?:IPv6:)?[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]++[)\]]"
KEYS_OF_REPORTS = frozenset(
    {"ara", "cat", "cip", "ctry", "dir", "h", "ipv", "lang", "ptr", "scl", "sfs", "sfty", "sfv", "srv"}
)
"""Keys of antispam reports: a line that starts with one has lost its indentation."""
_PART_OF_REPORT = rf"(?:{'|'.join(sorted(KEYS_OF_REPORTS)).upper()}):[^\s;]*+;"
_NOT_A_FIELD = re.compile(rf"\n(?![ \t]|(?!{_PART_OF_RECEIVED}|{_PART_OF_REPORT}){_NAME})".encode())
_SECOND_FIELD = re.compile(rb"\n[^ \t]")
_EMPTY_LINE = re.compile(rb"\r*+(?:\n|\Z)")


def is_well_formed(data: bytes) -> bool:
    """Whether header text needs no repair.

    Well-formed text starts with a header field, and every line up to the first empty line is a field or
    a continuation line (RFC 5322 section 2.2). Such text is still damaged if

    - all line ends are CR,
    - there are blank lines between the fields,
    - quote marks, list marks, HTML, Markdown or escape sequences occur where the grammar of Received
      (RFC 5321 section 4.4) does not allow them,
    - several fields are on the only line,
    - a time or an IPv6 address looks like a field name, or
    - the Received fields are only in the body.
    """
    if not _FIRST_FIELD.match(data):
        return False
    irregular = _NOT_A_FIELD.search(data)
    end = irregular.end() if irregular else len(data)
    if not _EMPTY_LINE.match(data, end):
        return False
    return not (_has_hidden_damage(data, data[:end]) or _is_spaced(data, end) or _is_below_header(data, end))


# Sequences that rarely occur in undamaged header fields: HTML, Markdown, terminal codes and escape sequences, by
# a byte or word that is searched first because that is fast.
_SUSPECT_SEQUENCES = {
    b"&": (b"&lt;", b"&amp;", b"&#", b"&plus;", b"&nbsp;", b"&quot;", b"&commat;", b"&lpar;", b"&period;"),
    b"\\": (
        b"\\<",
        b"\\[",
        b"\\_",
        b"\\r\\n",
        b"\\\n",
        b"\\\r\n",
        b"\\n\n",
        b"\\n\r\n",
        b"\\tby ",
        b"\\twith ",
        b"\\tid ",
        b"\\tfor ",
        b"\\u001b[",
        b"\\x1b[",
    ),
    b"*": (b"**",),
    b"\x1b": (b"\x1b[",),
    b"^": (b"^[[",),
    b"<": (b"<br", b"</"),
    b"http": (b"<http", b"](http"),
    b"mailto:": (b"<mailto:", b"](mailto:"),
}
# Non-ASCII spaces, quotation marks and minus signs, and invisible characters
_LOOK_ALIKES = (b"\xc2\xa0", b"\xc2\xad", b"\xe1\x9a\x80", b"\xe2\x80", b"\xe2\x81", b"\xe2\x88\x92", b"\xe3\x80\x80")


def _has_hidden_damage(data: bytes, header: bytes) -> bool:
    """Whether the header block is damaged although it looks well-formed. That is rare, so fast tests come first."""
    if data.find(b"\n", 0, -1) < 0 and b"\r" in data.rstrip(b"\r\n"):
        return True
    is_line = header.find(b"\n", 0, -1) < 0
    # Two fields on one line have a second colon before white space or at the end.
    is_joined = is_line and any(not part[:1].strip() for part in header.split(b":")[2:])
    suspect = is_joined or not header[:1].isalpha() or _has_inner_field(header) or has_suspect_characters(header)
    if not (suspect or _is_stressed(header)):
        return False
    from hopscope.paste import kinds

    return kinds.has_hidden_damage(header)


def _has_inner_field(header: bytes) -> bool:
    """Whether ``Received:`` occurs within a line, except in names such as ``X-Received:``."""
    first = header.startswith((b"Received:", b"received:"))
    inner = header.count(b"eceived:") - header.count(b"\nReceived:") - first
    others = sum(map(header.count, (b"\nreceived:", b"-Received:", b"-received:"))) - header.count(b"\n-Received:")
    return bool(inner) and inner > others


_SOFT = rb"=(?:20)?\r?\n"
_STRESSED = (
    rb"(?im)^received[ \t]*+:[^\n*_`~\[=]*+"
    rb"(?:(?:\n[ \t]|_(?!_)(?<![ \t(\[]_)|~(?!~)|\[(?!/)|(?!%b)=)[^\n*_`~\[=]*+)*+(?:[*`_]|~~|\[/|%b)" % (_SOFT, _SOFT)
)
"""A Received field with marks of Markdown or of a forum, or a soft line break; compiled on first use."""


def _is_stressed(header: bytes) -> bool:
    """Whether a Received field has marks around words, or a soft line break."""
    marks = any(mark in header for mark in (b"*", b"_", b"`", b"~~", b"[/", b"=\n", b"=\r\n", b"=20\n", b"=20\r\n"))
    if marks and re.search(_STRESSED, header):
        return True
    return any(mark in header for mark in _WIKI_MARKS) and re.search(_WIKI, header) is not None


_WIKI_MARKS = (b"''", b"{color", b"<<", b"<-", b" ==", b"(==", b"[==", b"!!")
_WIKI = (
    rb"(?im)^received[ \t]*+:(?:(?:(?!''|\{color|<<|<-|[ (\[]==|!!)[^\n])++|\n[ \t])*+(?:''|\{color|<<|<-|[ (\[]==|!!)"
)
"""A Received field with marks of a wiki or arrows around words; compiled on first use."""


def has_suspect_characters(header: bytes) -> bool:
    """Whether the block has characters typical of damage: markup, escape sequences, look-alikes of ASCII characters."""
    for marker, sequences in _SUSPECT_SEQUENCES.items():
        if marker in header and any(sequence in header for sequence in sequences):
            return True
    return not header.isascii() and any(sequence in header for sequence in _LOOK_ALIKES)


def _is_spaced(data: bytes, end: int) -> bool:
    """Whether the blank line at ``end`` is between header fields, not before a body."""
    if not data[end : end + 80].strip() or (_SECOND_FIELD.search(data, 0, end) and data.find(b"eceived:", end) < 0):
        return False
    from hopscope.paste import kinds

    return kinds.is_spaced(data, end)


def _is_below_header(data: bytes, end: int) -> bool:
    """Whether there are Received fields below the header block, but none in it."""
    if data.find(b"eceived:", 0, end) >= 0 or data.find(b"eceived :", 0, end) >= 0:
        return False
    if not any(mark in data for mark in (b"eceived", b"RECEIVED", b"base64")):
        return False
    from hopscope.paste import kinds

    return kinds.is_below_header(data)


def repair(data: bytes | str) -> tuple[bytes, tuple[Repair, ...]]:
    """Repair common damage of pasted header text.

    Args:
        data: A message, its header block, or a paste of some of its header fields.

    Returns:
        The text in UTF-8, and the repairs in the order they were made. Well-formed text, and text without
        any known kind of damage, is returned unchanged (the same bytes object).
    """
    raw = to_bytes(data) if isinstance(data, str) else data
    if is_well_formed(raw):
        return raw, ()
    from hopscope.paste import kinds

    text, repairs = _decoded(raw)
    text, more = _repaired(text, kinds.MAX_REPAIRS - len(repairs), decoded=bool(repairs))
    repairs += more
    return (to_bytes(text), tuple(dict.fromkeys(repairs))) if repairs else (raw, ())


def _repaired(text: str, maximum: int, *, decoded: bool) -> tuple[str, list[Repair]]:
    """The text after the repairs of the kinds of damage, in the order that leaves the least damage.

    The usual order is tried first. If a Received field is then still damaged or missing, each other repair is tried as
    the first one.
    """
    from hopscope.paste import kinds, quality

    best = _in_order(text, [], maximum, decoded=decoded)
    if len(text) > _MAX_SEARCHED or _is_repaired(text, *best):
        return best
    clean = quality.clean_fields(best[0])
    for made, repaired in kinds.find_all(text):
        result = _in_order(repaired, [made], maximum, decoded=decoded)
        count = quality.clean_fields(result[0])
        if count > clean:
            best, clean = result, count
    return best


def _is_repaired(text: str, result: str, repairs: list[Repair]) -> bool:
    """Whether the Received fields of a repaired text are undamaged, and no others were dropped by mistake."""
    from hopscope.paste import quality

    codes = {made.code for made in repairs}
    if "records" in codes:  # the first of several messages
        return True
    is_complete = "forwarded" in codes or quality.mentions(result) >= quality.mentions(text)
    return is_complete and quality.is_clean(result.partition("\n\n")[0])


_MAX_SEARCHED = 1 << 16
"""Maximum characters of a text whose damages are repaired in several orders."""


def _in_order(text: str, made: list[Repair], maximum: int, *, decoded: bool) -> tuple[str, list[Repair]]:
    """The text after all repairs in the usual order, following those already made."""
    from hopscope.paste import kinds

    repairs = list(made)
    while len(repairs) < maximum:
        if (repairs or decoded) and is_well_formed(to_bytes(text)) and not kinds.is_glued(text):
            break
        repaired = kinds.find(text)
        if repaired is None:
            break
        repair_made, text = repaired
        repairs.append(repair_made)
    return text, repairs


def _decoded(data: bytes) -> tuple[str, list[Repair]]:
    """The text of damaged bytes, and a repair if they were UTF-16, which Windows programs call Unicode."""
    codec = utf_16(data)
    if codec is None:
        return to_text(data), []
    text = data.decode(codec, "replace").replace("\r\n", "\n")
    return text, [Repair(code="utf-16", message="decoded UTF-16")]
