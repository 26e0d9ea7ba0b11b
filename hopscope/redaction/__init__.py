"""Route -> the header block of its message with pseudonyms, safe to share.

Three tables list what is kept: fields in ``data/kept_fields.tsv``, words in ``data/kept_words.tsv``, and parts of the
names of Microsoft's own servers in ``data/online_host_labels.tsv``. Everything else is replaced or removed. Times,
builds, protocols, TLS, and the names and versions of software are kept, so that the analysis of the redacted message
shows the same services, scenarios and delays.

Times and path may still identify an organisation; they are kept because the analysis needs them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from hopscope.classifier import servers
from hopscope.model import HeaderField, Route
from hopscope.parser import grammar
from hopscope.redaction.fields import kept
from hopscope.redaction.names import Aliases

__all__ = ["Aliases", "Redacted", "document", "redact"]

_WIDTH = 78
"""Recommended maximum characters of a line (RFC 5322 section 2.1.1)."""
_SEPARATOR = "From redacted Thu Jan  1 00:00:00 1970\n"
"""What each message of an mbox starts with (RFC 4155, appendix A)."""
_MARKER = "Comments: other header fields were left out\n"
"""Added if no other field is left, because labels depend on whether a message has fields other than Received."""


class Redacted(msgspec.Struct, frozen=True, kw_only=True):
    """A redacted message."""

    text: str
    """The header block with the empty line that ends it, in ASCII with LF line ends; of a report, a report of the same
    delivery status that returns the block."""
    left_out: int
    """Number of header fields that were removed."""


def redact(route: Route, aliases: Aliases) -> Redacted:
    """The header block of a message with pseudonyms.

    The block is always well-formed, even if the message was not: repaired damage, lines that are not header fields,
    and the body are not included. The delivery status of a report is, with known errors in the words of a table.

    Args:
        route: The route, labelled or not.
        aliases: The pseudonyms; the same ones in several messages keep names consistent across them.
    """
    aliases = aliases.sharing(_shared_labels(route))
    stamps = (hop.stamp.field for hop in route.hops)
    fields = sorted((*stamps, *route.headers), key=lambda field: field.line)
    rewritten = [(field, kept(field, aliases)) for field in fields]
    shown = [new for _, new in rewritten if new]
    has_other_fields = any(new.name.lower() != "received" for new in shown)
    marker = _MARKER if route.headers and not has_other_fields else ""
    text = "".join(map(_lines, shown)) + marker + "\n"
    if route.delivery_status:
        from hopscope.redaction.reports import report  # few messages are reports

        text = _printable_lines(report(route.delivery_status, text, aliases))
    return Redacted(text=text, left_out=len(rewritten) - len(shown))


def document(messages: Iterable[Redacted]) -> Iterator[str]:
    """The text of redacted messages, in pieces: a single message as is, several as an mbox."""
    remaining = iter(messages)
    first, second = next(remaining, None), next(remaining, None)
    if first is None or second is None:
        yield first.text if first else ""
        return
    for message in chain((first, second), remaining):
        yield _SEPARATOR
        yield message.text


def _shared_labels(route: Route) -> frozenset[str]:
    """First labels that a damaged name, or one of only a registered domain, shares with another name of a server.

    The analysis compares servers by the first label, so ``EX1.cor`` is not another server than ``EX1.corp.example``.
    """
    names = {name: name.partition(".")[0] for hop in route.hops for name in (hop.peer, hop.server) if name}
    counts = Counter(names.values())
    return frozenset(label for name, label in names.items() if counts[label] > 1 and _is_cut(name))


def _is_cut(name: str) -> bool:
    return "." in name and (grammar.hostname(name) is None or servers.registered_domain(name) == name)


def _printable_lines(text: str) -> str:
    return "\n".join(map(_printable, text.split("\n")))


def _lines(field: HeaderField) -> str:
    """The field, folded at existing white space."""
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
    """A final safeguard: only printable ASCII, and no ``##[command]`` that a CI runner would execute."""
    text = re.sub(r"#(?=#\w*+\[)", "?", text)
    return "".join(character if " " <= character <= "~" or character == "\t" else "?" for character in text)
