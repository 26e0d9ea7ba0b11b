"""Sendmail: ``by mail.example (8.14.4/8.14.4) with ESMTP id q6VBqjXx``.

The comment is its version and that of its configuration, which vendors number as they like: ``(8.9.3+3.2W/3.7W)``.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_VERSIONS = re.compile(r"(?P<version>8\.[0-9]++\.[\w.+]++)/[^()]++")


def software(stamp: Stamp) -> str | None:
    """``Sendmail`` and its version, where the by clause has the version pair that Sendmail prints."""
    comments = stamp.by_domain.comments if stamp.by_domain else ()
    match = next((m for comment in comments if (m := _VERSIONS.fullmatch(comment))), None)
    return f"Sendmail {match['version']}" if match else None
