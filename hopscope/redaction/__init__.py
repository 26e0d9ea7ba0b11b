"""A route -> the header block of its message with pseudonyms, fit to be shared.

What is kept stands in three tables: fields in ``data/kept_fields.tsv``, words in ``data/kept_words.tsv``, and the parts
of the names of Microsoft's own servers in ``data/online_host_labels.tsv``. Whatever is in none of them is replaced or
left out, understood or not. Times, builds, protocols, TLS and the names and versions of software stay, so that the
redacted message tells of the same services, scenarios and delays.

An answer to "who?" that cannot be drawn from the names may still be drawn from the times and the way; that is what a
redacted message is for.
"""

import re
from collections.abc import Iterator

import msgspec

from hopscope.model import HeaderField, Route
from hopscope.redaction.fields import kept
from hopscope.redaction.names import Aliases

__all__ = ["Aliases", "Redacted", "redact"]

_WIDTH = 78
"""Characters that a line should have at most (RFC 5322 section 2.1.1)."""
_MARKER = "Comments: other header fields were left out\n"
"""Stands where no other field does: whether a message was given with more than its stamps matters to the labels."""


class Redacted(msgspec.Struct, frozen=True, kw_only=True):
    """A redacted message."""

    text: str
    """Its header block with the empty line that ends it; in ASCII, line ends are LF."""
    left_out: int
    """How many header fields it has no more."""


def redact(route: Route, aliases: Aliases) -> Redacted:
    """The header block of a message with pseudonyms.

    The block is whole and well-formed, whatever the message was: what was repaired, lines that were no fields, and the
    body are not in it.

    Args:
        route: Labelled or not.
        aliases: The pseudonyms; messages redacted with the same ones go together.
    """
    stamps = (hop.stamp.field for hop in route.hops)
    fields = sorted((*stamps, *route.headers), key=lambda field: field.line)
    rewritten = [(field, kept(field, aliases)) for field in fields]
    shown = [new for _, new in rewritten if new]
    has_other_fields = any(new.name.lower() != "received" for new in shown)
    marker = _MARKER if route.headers and not has_other_fields else ""
    return Redacted(text="".join(map(_lines, shown)) + marker + "\n", left_out=len(rewritten) - len(shown))


def _lines(field: HeaderField) -> str:
    """The field folded at its white space, which is kept."""
    return "\n".join(_folded(_printable(f"{field.name}: {field.body}"))) + "\n"


def _folded(text: str) -> Iterator[str]:
    line = ""
    for chunk in re.findall(r"[ \t]*+[^ \t]++", text):
        if line.strip() and len(line) + len(chunk) > _WIDTH and not line.endswith(":"):
            yield line
            line = ""
        line += chunk
    yield line


def _printable(text: str) -> str:
    """A last net: nothing but printable ASCII, and no ``##[command]`` of a CI runner."""
    text = re.sub(r"#(?=#\w*+\[)", "?", text)
    return "".join(character if " " <= character <= "~" or character == "\t" else "?" for character in text)
