r"""Header blocks with blank lines between them: parts of one message, or several messages.

All functions expect text with ``\n`` line ends.
"""

import re
from datetime import datetime, timedelta

from hopscope.parser.encoding import to_text
from hopscope.paste.patterns import FIELD, STAMP, STAMP_START, USUAL, lazy

__all__ = ["is_continued", "next_message", "received_count"]

# In any form: Received: or \\nReceived: or **Received:** or "Received", "from" or <td>Received</td>, or name and value
_STAMP = lazy(
    r"(?:(?<![\w-])|(?<=\\[nrt])|(?<=\\u[0-9A-Fa-f]{4}))received[\"'*_`]{0,4}[ \t]*+"
    r"(?:[:,|\t]|&(?:amp;)*+(?:colon|#58|#x3a);|[,\n][ \t\n>|]*+[\"']?value[\"']?[ \t]*+:|</t[dh]>[ \t\n]*+<td[^<>]*+>)"
    rf"[\"'*_` \t\n\u00a0]*+{STAMP_START}",
    re.IGNORECASE,
)
_STAMP_LINE = lazy(
    rf"^[ \t>|\u00a0]*+received[ \t]*+:[ \t\u00a0]*+(?:\n[ \t>|]*+)?+{STAMP_START}", re.IGNORECASE | re.MULTILINE
)


def received_count(data: bytes, *, at_line_start: bool = True) -> int:
    """Number of Received fields in a text, whatever is above and below them."""
    return len((_STAMP_LINE if at_line_start else _STAMP).findall(to_text(data))) if data else 0


# At most two lines between two messages: a line of punctuation, a number, or a heading such as "Second message:"
_BETWEEN = lazy(
    r"(?:[ \t]*+\n)*+(?:(?:[^\w\n]++|[^\w\n]*+[0-9]{1,3}+[^\w\n]*+|[^\n:]{1,60}+:[ \t]*+)\n(?:[ \t]*+\n)*+){0,2}+"
)
_FIELD_FIRST = lazy(USUAL, re.IGNORECASE)
_ATTACHED = lazy(r"^content-type[ \t]*+:[ \t\n]*+(?:message|text/rfc822-headers)", re.IGNORECASE | re.MULTILINE)


def next_message(header: str, below: str) -> int | None:
    """Offset in the text below a header block where the header block of another message starts, if one does.

    It must follow directly, and have a Received field. It is not another one but the attached message if that is the
    body.
    """
    between = _BETWEEN.match(below)
    start = between.end() if between else 0
    if not _FIELD_FIRST.match(below, start) or _ATTACHED.search(header):
        return None
    end = below.find("\n\n", start)
    return start if _STAMP_LINE.search(below, start, end if end >= 0 else len(below)) else None


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
    except (ValueError, TypeError):
        return None
    return time if time.tzinfo else None
