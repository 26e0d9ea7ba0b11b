"""Postfix: ``by mx.example (Postfix) with ESMTPS id 4F2A...``; ``by mx.example (Postfix, from userid 1000)``.

Under another name it is told by its remarks, see branded.py.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_NAME = re.compile(r"Postfix(?!\w)")


def software(stamp: Stamp) -> str | None:
    """``Postfix``, which never prints its version, where the stamp names it."""
    comments = stamp.by_domain.comments if stamp.by_domain else ()
    return "Postfix" if any(_NAME.match(comment) for comment in comments) else None
