r"""How well a text reads: the number of its Received fields that follow the grammar without a sign of damage.

Two repairs of one text are compared by it. An unusual but intact field may not count; the comparison is between
results for the same text.
"""

import re

from hopscope.paste.patterns import MENTION, RECEIVED_FIELD, lazy

__all__ = ["clean_fields", "is_clean", "mentions"]

_COMMENT = lazy(r"\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\)")
_DAMAGE = lazy("[*\\\\&\x1b\u00a0`|]|=$|</|__")
_KEYWORD = r"(?:from|by|via|with|id|for|tls)"
_WORD = rf"(?!{_KEYWORD}[ ])[^\s;()*\\&>|#`,<\"]++"
_VALUE = rf"(?:{_WORD}|<[^<>\s]*+>|\"[^\"]*+\")"
# The values of "via" and "with" may have several words, none of which is a number: Microsoft SMTP Server
_CLAUSES = lazy(
    rf"[ ]?+(?:from[ ]{_VALUE}(?:[ ]\[[0-9A-Fa-f.:]++\])?+[ ]?+)?+(?:by[ ]{_VALUE}[ ]?+)?+"
    rf"(?:(?:via|with)(?:[ ](?!{_KEYWORD}[ ;])[A-Za-z][^\s;()*\\&>|#`<\"]*+)++[ ]?+"
    rf"|(?:id|for|tls)[ ]{_VALUE}[ ]?+)*+;[ ]",
    re.IGNORECASE,
)
_DATE = lazy(
    r"(?:[A-Z][a-z]{2},?[ ])?+[0-9]{1,2}[ ][A-Z][a-z]{2}[ ][0-9]{2,4}[ ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?+"
    r"(?:[ ][AP]M)?+(?:[ ](?:[+-][0-9]{4}|[A-Z]{1,5}))?+[ ]?+\Z"
)


def clean_fields(text: str) -> int:
    """Number of Received fields, anywhere in a text, that consist of clauses with plain values and a date-time."""
    return sum(1 for field in RECEIVED_FIELD.finditer(text) if _is_undamaged(field[0]))


def is_clean(header: str) -> bool:
    """Whether a header block has Received fields, and all of them are clean; a damaged one may not be recognised."""
    return 0 < mentions(header) <= clean_fields(header)


def mentions(text: str) -> int:
    """Number of Received fields in a text of any form."""
    return len(_MENTION.findall(text))


_MENTION = lazy(rf"(?:(?<![A-Za-z-])|(?<=\\[nrt]))(?:{MENTION.pattern})", re.IGNORECASE | re.MULTILINE)


def _is_undamaged(field: str) -> bool:
    body = " ".join(field.partition(":")[2].split())
    if _DAMAGE.search(body):
        return False
    plain = " ".join(_COMMENT.sub(" ", body).split())
    clauses = _CLAUSES.match(plain) or _EMPTY.match(plain)
    return clauses is not None and _DATE.match(plain, clauses.end()) is not None


_EMPTY = lazy(r"[ ]?+;[ ]")  # (qmail 4711 invoked by uid 89); 14 Sep 2022 15:50:12 -0000
