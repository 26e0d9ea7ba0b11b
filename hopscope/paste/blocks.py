r"""Header blocks with blank lines between them: parts of one message, or several messages.

All functions expect text with ``\n`` line ends.
"""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.model import ExtendedDomain, Stamp
from hopscope.parser.encoding import to_bytes
from hopscope.parser.fields import split
from hopscope.parser.stamp import by_lexer

__all__ = ["is_continued"]

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
    if not stamps or not stamps_below:
        return bool(stamps) and not names & names_below & _CONTENT and not names & _CONTENT
    last, first = stamps[-1], stamps_below[0]
    linked = bool(_hosts(last.from_domain) & _hosts(first.by_domain))
    if names & names_below & _CONTENT or (names & _CONTENT and not linked):
        return False
    return linked or (not _hosts(stamps[0].by_domain) & _hosts(first.by_domain) and _is_before(first, last))


def _fields(block: str) -> tuple[set[str], list[Stamp]]:
    """The names of the fields of a block, in lower case, and its first and last Received field."""
    fields = split(to_bytes(block)).fields
    received = [field for field in fields if field.name.lower() == "received"]
    return {field.name.lower() for field in fields}, [by_lexer(field) for field in received[:1] + received[1:][-1:]]


def _hosts(domain: ExtendedDomain | None) -> set[str]:
    return set(_names(domain)) if domain else set()


def _names(domain: ExtendedDomain) -> Iterator[str]:
    """Names and address of a server, in lower case."""
    for name in (domain.domain, domain.helo, domain.tcp_info.domain, domain.tcp_info.address):
        if name:
            yield name.strip("[].").lower()


def _is_before(first: Stamp, last: Stamp) -> bool:
    """Whether a hop can be the one before ``last`` by its time."""
    earlier, later = (stamp.date_time.value if stamp.date_time else None for stamp in (first, last))
    return earlier is not None and later is not None and -_SKEW <= later - earlier <= _PATH
