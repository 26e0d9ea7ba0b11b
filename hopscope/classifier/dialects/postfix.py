"""Postfix: ``by mx.example (Postfix) with ESMTPS id 4F2A...``; ``by mx.example (Postfix, from userid 1000)``.

Under another name it is recognised by its comments, see branded.py.
"""

import re
from collections.abc import Iterable

from hopscope.model import Stamp

__all__ = ["named", "software"]

_NAME = re.compile(r"Postfix(?!\w)")


def software(stamp: Stamp) -> str | None:
    """``Postfix``, which never writes its version, if the field names it."""
    return named(stamp.by_domain.comments) if stamp.by_domain else None


def named(comments: Iterable[str]) -> str | None:
    """``Postfix``, if one of the comments of a by clause names it."""
    for comment in comments:
        if comment.startswith("Postfix") and _NAME.match(comment):
            return "Postfix"
    return None
