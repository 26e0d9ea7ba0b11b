"""PowerMTA, if its configuration hides the name.

``from a.example (192.0.2.1) by mta1.example id oc6km08hqs53 for <b@c.example>; Thu, 23 Feb 2023 00:45:43 +0000
(envelope-from <d@a.example>)``: no with clause, an id of twelve characters, and the sender after the date.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_ID = r"[0-9a-z]{12}"
_SENDER = r"\(envelope-from\s++<[^<>]*+>\)$"


def software(stamp: Stamp) -> str | None:
    """``PowerMTA``, if the field has its form."""
    if stamp.with_ or not re.fullmatch(_ID, stamp.id or "") or stamp.date_time is None:
        return None
    return "PowerMTA" if re.search(_SENDER, stamp.date_time.text) else None
