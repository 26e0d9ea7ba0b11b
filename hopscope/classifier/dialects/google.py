"""Google: ``by mx.google.com with ESMTPS id x1si123``; ``by 2002:a05:6102:... with SMTP id``."""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_HOSTS = (".google.com", ".gmail.com", ".1e100.net")
_INTERNAL = re.compile(r"2002:a[0-9a-f]{2}:[0-9a-f:]++")
"""Its servers name themselves in the 6to4 form of an address in 10.0.0.0/8 (RFC 3056): 2002:0a05:..., without the 0."""


def software(stamp: Stamp) -> str | None:
    """``Google``, which never prints a version, where the server's name is one of its own."""
    host = (stamp.by_domain.domain or "").lower() if stamp.by_domain else ""
    return "Google" if host.endswith(_HOSTS) or _INTERNAL.fullmatch(host) else None
