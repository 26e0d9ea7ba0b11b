"""Google: ``by mx.google.com with ESMTPS id x1si123``; ``by 2002:a05:6102:... with SMTP id``."""

from hopscope.model import Stamp

__all__ = ["software"]

_HOSTS = (".google.com", ".gmail.com", ".1e100.net")
_INTERNAL = "2002:a"
"""Its servers name themselves in the 6to4 form of an address in 10.0.0.0/8 (RFC 3056): 2002:0a..."""


def software(stamp: Stamp) -> str | None:
    """``Google``, which never prints a version, where the server's name is one of its own."""
    host = (stamp.by_domain.domain or "").lower() if stamp.by_domain else ""
    return "Google" if host.endswith(_HOSTS) or (host.startswith(_INTERNAL) and host.count(":") > 2) else None  # noqa: PLR2004
