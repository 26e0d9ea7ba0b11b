"""Exim: ``with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <a@example>) id 1p...``."""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_NAME = re.compile(r"Exim(?: (?P<version>[0-9][\w.]*+))?+")


def software(stamp: Stamp) -> str | None:
    """``Exim`` and its version, where the stamp names it."""
    by = stamp.by_domain.comments if stamp.by_domain else ()
    match = next((m for comment in (*stamp.comments, *by) if (m := _NAME.match(comment))), None)
    return match.group() if match else None
