"""Sendmail: ``by mail.example (8.14.4/8.14.4) with ESMTP id q6VBqjXx``: its version, and that of its configuration."""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_VERSIONS = re.compile(r"(?P<version>8\.[0-9]++\.[\w.+]++)/(?:8\.|Submit|Switch|Debian)[^()]*+")


def software(stamp: Stamp) -> str | None:
    """``Sendmail`` and its version, where the by clause has the version pair that Sendmail prints."""
    comments = stamp.by_domain.comments if stamp.by_domain else ()
    match = next((m for comment in comments if (m := _VERSIONS.fullmatch(comment))), None)
    return f"Sendmail {match['version']}" if match else None
