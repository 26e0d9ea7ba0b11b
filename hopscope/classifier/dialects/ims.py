"""Internet Mail Service, the SMTP connector of Exchange 4.0 to 5.5.

``by h.example with Internet Mail Service (5.5.2653.19) id <ABCD1234>; <date>``;
``from x.example ([192.0.2.1]) by h.example with SMTP (Microsoft Exchange Internet Mail Service Version 5.5.2657.72)``.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_VERSION = re.compile(
    r"(?:Microsoft Exchange Internet Mail (?:Service|Connector) Version )?(?P<version>[45]\.[0-9.]++)"
)


def software(stamp: Stamp) -> str | None:
    """``Exchange Internet Mail Service`` and its version, if the field names it."""
    named = (stamp.with_ or "").startswith(("Internet Mail Service", "Internet Mail Connector"))
    for comment in stamp.comments:
        if (named or comment.startswith("Microsoft Exchange")) and (match := _VERSION.fullmatch(comment)):
            return f"Exchange Internet Mail Service {match['version']}"
    return "Exchange Internet Mail Service" if named else None
