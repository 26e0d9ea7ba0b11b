"""Roundcube: ``from [192.0.2.1] by webmail.example with HTTP (HTTP/1.1 POST)``, the request that sent the message."""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_REQUEST = r"HTTP/[0-9.]+ POST"


def software(stamp: Stamp) -> str | None:
    """``Roundcube``, which never prints its version here, where the stamp has its form."""
    request = stamp.with_ == "HTTP" and any(re.fullmatch(_REQUEST, comment) for comment in stamp.comments)
    return "Roundcube" if request else None
