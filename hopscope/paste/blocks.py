r"""Header blocks with blank lines between them: parts of one message, or several messages.

All functions expect text with ``\n`` line ends.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from hopscope.parser.encoding import to_text
from hopscope.paste.patterns import FIELD, STAMP, STAMP_START, USUAL, lazy

__all__ = ["inner_count", "is_continued", "next_message", "received_count", "second_message"]

# In any form: Received: or \\nReceived: or **Received:** or "Received", "from" or <td>Received</td>, or name and value
_STAMP = lazy(
    r"(?:(?<![A-Za-z0-9-])|(?<=\\[nrt])|(?<=\\u[0-9A-Fa-f]{4}))received[\"'*_`]{0,4}[ \t]*+"
    r"(?:[:,|\t]|&(?:amp;)*+(?:colon|#58|#x3a);|[,\n][ \t\n>|]*+[\"']?value[\"']?[ \t]*+:|</t[dh]>[ \t\n]*+<td[^<>]*+>)"
    rf"[\"'*_` \t\n\u00a0]*+{STAMP_START}",
    re.IGNORECASE,
)
_STAMP_LINE = lazy(
    rf"^[ \t>|\u00a0]*+(?P<name>received)[ \t]*+:[ \t\u00a0]*+(?:\n[ \t>|]*+)?+{STAMP_START}",
    re.IGNORECASE | re.MULTILINE,
)


def received_count(data: bytes, *, at_line_start: bool = True) -> int:
    """Number of Received fields in a text, whatever is above and below them.

    Args:
        data: The text.
        at_line_start: Whether the text may be prose: a field that does not start a line must then have a time of day.
    """
    if b"eceived" not in data and b"RECEIVED" not in data:
        return 0
    text = to_text(data)
    if not at_line_start:
        return len(_STAMP.findall(text))
    starts = {stamp.start("name") for stamp in _STAMP_LINE.finditer(text)}
    starts.update(stamp.start() for stamp in _STAMP.finditer(text) if ":" in stamp[0] and _is_timed(text, stamp.end()))
    return len(starts)


def _is_timed(text: str, start: int) -> bool:
    """Whether a Received field that starts here has a date-time."""
    return _CLOCK.search(text, start, start + _MAX_STAMP) is not None


_CLOCK = lazy(r";[^;]{0,60}[0-9]:[0-9]{2}")
_MAX_STAMP = 600
"""Characters of a Received field in which its date-time is searched."""


_INNER = lazy(
    r"(?<=[^\n\w-])received[ \t]*+:[ \t]++(?:from|by)[ \t]++[\w.\[-]{3}[^\n;]{0,300}+(?:\n[ \t][^\n;]{0,100}+){0,9}+;",
    re.IGNORECASE,
)


def inner_count(header: bytes) -> int:
    """Number of Received fields in a header block that start inside of a line, and so are part of another field."""
    return len(_INNER.findall(to_text(header)))


_FIELD_FIRST = lazy(USUAL, re.IGNORECASE)
_ATTACHED = lazy(r"^content-type[ \t]*+:[ \t\n]*+(?:message|text/rfc822-headers)", re.IGNORECASE | re.MULTILINE)
_RULE = lazy(r"[^\w]*+\Z|-{4,}+[^-:]{1,60}+-{4,}+\Z")
"""A line of punctuation, such as a code fence, or ``-----Original Message-----``."""
_LABEL = lazy(r"[^\w]*+[0-9]{1,3}+[^\w]*+\Z|[^:]{1,60}+:\Z")
"""A number, or a heading such as ``Second message:``."""
_MAX_BETWEEN = 4
"""Maximum lines between two messages, at most one of which is other text."""
_MAX_TEXT = 60


def next_message(header: str, below: str) -> int | None:
    """Offset in the text below a header block where the header block of another message starts, if one does.

    It must follow directly, and have a Received field. It is not another one but the attached message if that is the
    body.
    """
    if _ATTACHED.search(header):
        return None
    start, forwarded = _next_block(below, 0)
    if start is not None and not _has_stamp(below, start) and forwarded:
        # The lines From, Sent, To and Subject of a forwarded message are above its header block.
        start, _ = _next_block(below, below.find("\n\n", start))
    return start if start is not None and _has_stamp(below, start) else None


def _next_block(text: str, start: int) -> tuple[int | None, bool]:
    """Offset of the next line with a header field, and whether a rule such as ``-----Original Message-----`` is above.

    ``None`` if there is text above it that does not separate two messages.
    """
    rules = texts = lines = 0
    forwarded = False
    while 0 <= start < len(text) and lines <= _MAX_BETWEEN:
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)].strip()
        if _FIELD_FIRST.match(line):
            return (start if texts <= min(rules, 1) else None), forwarded
        if len(line) > 2 * _MAX_TEXT:
            break
        lines += bool(line)
        if _RULE.match(line):
            rules += bool(line)
            forwarded = forwarded or any(map(str.isalpha, line))
        elif not _LABEL.match(line):
            texts += 1
            if ":" in line or len(line) > _MAX_TEXT:
                break
        start = end + 1 if end >= 0 else len(text)
    return None, False


def _has_stamp(text: str, start: int) -> bool:
    end = text.find("\n\n", start)
    return _STAMP_LINE.search(text, start, end if end >= 0 else len(text)) is not None


_TRACE = frozenset({"received", "return-path", "delivered-to", "envelope-to", "x-original-to"})


def second_message(fields: Sequence[tuple[str, str]]) -> int | None:
    """Index of the first field of another message in a header block of two messages without an empty line between them.

    Its trace fields are then below the content of the first message, and its Message-ID is another one. Without a
    Message-ID, all content fields of the first message are repeated, and one has another value.

    Args:
        fields: Names, in lower case, and bodies.
    """
    content: dict[str, str] = {}
    first: dict[str, str] | None = None
    start, has_stamp, previous = 0, False, ""
    for index, (name, body) in enumerate(fields):
        if first is None and name in _TRACE and previous not in _TRACE and has_stamp and content:
            start, first, content, has_stamp = index, content, {}, False
        has_stamp = has_stamp or name == "received"
        if name in _CONTENT:
            content.setdefault(name, " ".join(body.split()))
        previous = name
    if first is None or not has_stamp:
        return None
    if "message-id" in first and "message-id" in content:
        return start if first["message-id"] != content["message-id"] else None
    is_repeated = len(first) > 1 and first.keys() <= content.keys()
    return start if is_repeated and any(content[name] != first[name] for name in first) else None


_CONTENT = frozenset({"from", "date", "subject", "message-id"})
"""Fields that a message has once (RFC 5322 section 3.6), below the Received fields."""
_SKEW = timedelta(minutes=5)
"""Maximum time by which the clock of a later server is assumed to be behind."""
_PATH = timedelta(days=1)
"""Maximum delay of a hop between two blocks of one message."""


def is_continued(above: str, below: str) -> bool:
    """Whether two header blocks, with a blank line between them, belong to one message.

    The newest Received field of the lower block must then be the hop before the oldest one of the upper block.
    """
    names, stamps = _fields(above)
    names_below, stamps_below = _fields(below)
    content, content_below = names & _CONTENT, names_below & _CONTENT
    if not stamps or not stamps_below:
        return bool(stamps) and not content
    last, first = stamps[-1], stamps_below[0]
    linked = not _peer(last).isdisjoint(_server(first))
    if content & content_below or (content and not linked):
        return False
    return linked or (_server(stamps[0]).isdisjoint(_server(first)) and _is_before(first, last))


_NAME_END = lazy(r"[ \t]*+:")
_FOLD = lazy(r"\n[ \t]++")


def _fields(block: str) -> tuple[set[str], list[str]]:
    """The names of the fields of a block, in lower case, and its Received fields, unfolded."""
    lines = _FOLD.sub(" ", block).split("\n")
    names = {_NAME_END.split(line, maxsplit=1)[0].lower() for line in lines if FIELD.match(line)}
    return names, [line for line in lines if STAMP.match(line)]


_KEYWORD = r"[ \t](?:from|by|via|with|id|for)[ \t]"
_FROM = lazy(rf"[ \t:]from[ \t]++((?:(?!{_KEYWORD})[^;])*+)")
_BY = lazy(rf"[ \t:]by[ \t]++((?:(?!{_KEYWORD})[^;])*+)")
_HOST = lazy(r"[a-z0-9_-]++(?:\.[a-z0-9_-]++)*+|[0-9a-f]*+:[0-9a-f:]++")


def _peer(stamp: str) -> set[str]:
    """The words of the from clause."""
    return _words(_FROM.search(stamp.lower()))


def _server(stamp: str) -> set[str]:
    """The words of the by clause."""
    return _words(_BY.search(stamp.lower()))


def _words(clause: re.Match[str] | None) -> set[str]:
    return set(_HOST.findall(clause[1])) - {"helo", "ehlo", "unknown", "postfix"} if clause else set()


def _is_before(first: str, last: str) -> bool:
    """Whether a hop can be the one before ``last`` by its time."""
    earlier, later = _time(first), _time(last)
    return earlier is not None and later is not None and -_SKEW <= later - earlier <= _PATH


def _time(stamp: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        time = parsedate_to_datetime(stamp.rpartition(";")[2].strip())
    except (ValueError, TypeError, OverflowError):
        return None
    return time if time.tzinfo else None
