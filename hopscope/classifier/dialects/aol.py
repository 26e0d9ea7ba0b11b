"""AOL Mail, up to 2017.

``by a.example (mail_out_v36_r4.12.) id m.b9.3bfe3305``; ``by a.example (v98.6) with ESMTP id MAILRELAYINXA84-5f43``.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_RELEASE = r"(?:mail_out_)?v(?P<version>[0-9]{2,3}_r[0-9.]*[0-9])\.?|v(?P<old>[0-9]{2,3}\.[0-9]{1,2})"
_OLD_ID = r"[A-Z]{8,}[0-9]*-[0-9a-z]{8,}"


def software(stamp: Stamp) -> str | None:
    """``AOL Mail`` and its release, if the field has its form."""
    for comment in stamp.by_domain.comments if stamp.by_domain else ():
        match = re.fullmatch(_RELEASE, comment)
        if match and (match["version"] or re.fullmatch(_OLD_ID, stamp.id or "")):
            return f"AOL Mail {match['version'] or match['old']}"
    return None
