"""Exim: ``with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <a@example>) id 1p...``.

If the configuration hides its name, the id identifies it, see ids.py.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_NAME = re.compile(r"Exim(?!\w)(?:\s(?P<version>[0-9][\w.]*+))?+")


def software(stamp: Stamp) -> str | None:
    """``Exim`` and its version, if the field names it."""
    by = stamp.by_domain.comments if stamp.by_domain else ()
    for comment in (*stamp.comments, *by):
        if match := _NAME.match(comment):
            return f"Exim {match['version']}" if match["version"] else "Exim"
    return None
