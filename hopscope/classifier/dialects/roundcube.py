"""Roundcube: ``from [192.0.2.1] by webmail.example with HTTP (HTTP/1.1 POST)``.

The comment is the HTTP request that sent the message.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_REQUEST = r"HTTP/[0-9.]+ POST"


def software(stamp: Stamp) -> str | None:
    """``Roundcube``, which never writes its version here, if the field has its form."""
    request = stamp.with_ == "HTTP" and any(re.fullmatch(_REQUEST, comment) for comment in stamp.comments)
    return "Roundcube" if request else None
