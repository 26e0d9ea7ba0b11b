"""Address fields (RFC 5322 section 3.4), such as From and To -> addresses, for display."""

import re
from collections.abc import Iterator

from hopscope.parser.encoded_words import decoded

__all__ = ["mailboxes"]

_PIECE = r'"(?:[^"\\]++|\\.)*+"|<[^<>]*+>|[^"<>(),:;]++|.'


def mailboxes(body: str) -> list[str]:
    """The addresses in a field, in its order; its text if it has none, such as the name of an empty group.

    An entry without an address is left out if others have one: many programs write names with unquoted commas.
    """
    entries = list(_entries(body))
    return [entry for entry in entries if "@" in entry] or entries[:1]


def _entries(body: str) -> Iterator[str]:
    """The entries between commas, each as its address, or else its text; groups are flattened."""
    text, address, group, depth = "", "", "", 0
    for piece in re.findall(_PIECE, body, re.DOTALL):
        if piece in {"(", ")"}:
            depth = max(depth + (1 if piece == "(" else -1), 0)
        elif depth:
            continue
        elif piece in {",", ";"}:
            yield from filter(None, [address or decoded(text.strip())])
            text, address = "", ""
        elif piece.startswith("<") and len(piece) > len("<>"):
            address = piece[1:-1].strip()
        elif piece == ":" and "@" not in text:  # the name of a group
            group, text = group or text.strip(), ""
        else:
            text += piece
    yield from filter(None, [address or decoded(text.strip()), decoded(group)])
