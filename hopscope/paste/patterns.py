"""Patterns of header fields in damaged text, shared by the kinds of damage."""

import re
from collections.abc import Iterator
from typing import Any, cast

__all__ = [
    "BULLETS",
    "FENCES",
    "FIELD",
    "HYPHENATED",
    "INVISIBLE",
    "LIKELY_FIELD",
    "MENTION",
    "MOSTLY",
    "NAME",
    "PLAIN",
    "RECEIVED",
    "RECEIVED_FIELD",
    "RECEIVED_LINE",
    "SPACES",
    "STAMP",
    "STAMP_START",
    "USUAL",
    "USUAL_NAME",
    "in_received",
    "is_complete",
    "lazy",
    "received_fields",
]

_METHODS = ("match", "fullmatch", "search", "findall", "finditer", "split", "sub", "subn")


class _Lazy:
    """A pattern that is compiled on first use, since a text needs only a few of them."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of a compiled pattern
        compiled = re.compile(self.pattern, self.flags)
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})
        return getattr(compiled, name)


def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A regular expression that is compiled on first use."""
    return cast("re.Pattern[str]", _Lazy(pattern, flags))


# field-name *WSP ":" (RFC 5322 sections 2.2 and 4.5.8)
NAME = r"[!-9;-~]++[ \t]*+:"
FIELD = lazy(NAME)

# In damaged text, a line is a field only if its name consists of letters, digits, "_", "." and "-" and a
# space follows the colon, or if it has one of the usual names.
PLAIN = r"(?:Received|From|To|Cc|Bcc|Date|Subject|Sender|References|Importance|Priority|Precedence|Organization)"
HYPHENATED = (
    r"(?i:Return-Path|Delivered-To|Envelope-To|Message-ID|MIME-Version|Reply-To|In-Reply-To|Content-[a-z-]++"
    r"|DKIM-Signature|ARC-[a-z-]++|Authentication-Results|Received-SPF|Thread-[a-z]++|Accept-Language|User-Agent"
    r"|Auto-Submitted|Errors-To|Resent-[a-z-]++|List-[a-z-]++|X-[a-z0-9_-]++)"
)
USUAL_NAME = rf"(?:(?i:{PLAIN})|{HYPHENATED})"
USUAL = rf"{USUAL_NAME}[ \t]*+:"
LIKELY_FIELD = lazy(rf"[A-Z][A-Z0-9_.-]*+[ \t]*+:(?=\s|\Z)|{USUAL}", re.IGNORECASE)

RECEIVED = lazy(r"(?:x-)?received[ \t]*+:", re.IGNORECASE)
RECEIVED_LINE = lazy(r"^[ \t>|`~\u00a0]*+received[ \t]*+:", re.IGNORECASE | re.MULTILINE)
RECEIVED_FIELD = lazy(r"^received[ \t]*+:.*+(?:\n[ \t].*+)*+", re.IGNORECASE | re.MULTILINE)

# The start of a Received body: From-domain, By-domain, Opt-info (RFC 5321 section 4.4) or a comment
STAMP_START = r"(?:(?:from|by|with|via|id|for)\b|\()"
STAMP = lazy(rf"\breceived[ \t]*+:[ \t\n\u00a0]*+{STAMP_START}", re.IGNORECASE)

FENCES = r"```|~~~|\{noformat\}|\{code[^}\n]*+\}|\[(?:code|quote|pre)[^]\n]*+\]"
BULLETS = "*+\u2022\u25e6\u25aa\u25cf\u25cb\u2023\u00b7\uf0b7\u2013\u2014-"

# A Received field in any markup: Received: or **Received** | or "Received" or <td>Received</td>, or alone on its line
MENTION = lazy(
    r"received[\"'*_`]{0,4}(?:[ \t]*+:|[ ]*+(?:\||\t|</))|[\"']received[\"']|received,\"|^[ \t>|]*+received[ \t]*+$"
    r"|(?:name|key|header|field)[ \t]*+:[ \t]*+[\"']?received[\"']?[ \t]*+$",
    re.IGNORECASE | re.MULTILINE,
)

SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""Non-ASCII Unicode spaces, for use in a character class."""
INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
"""Invisible characters: soft hyphens, zero-width spaces, directional marks."""

MOSTLY = 2 / 3
"""Minimum share of lines with a mark; programs that wrap lines leave some without one."""

# RFC 5322 section 3.6: "The only required header fields are the origination date field and the
# originator address field(s)". A block that has them is complete.
_DATE = lazy(r"^date[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_FROM = lazy(r"^from[ \t]*+:", re.IGNORECASE | re.MULTILINE)


def is_complete(header: str) -> bool:
    """Whether a header block has all mandatory fields of a message."""
    return bool(_FROM.search(header) and _DATE.search(header))


def received_fields(header: str) -> Iterator[str]:
    """The Received fields of a header block, including their continuation lines."""
    return (match[0] for match in RECEIVED_FIELD.finditer(header))


def in_received(pattern: re.Pattern[str], header: str) -> bool:
    """Whether ``pattern`` occurs in a Received field."""
    return any(pattern.search(field) for field in received_fields(header))
