"""mox.

``from a.example ([192.0.2.1]) by b.example ([192.0.2.2]) via tcp with ESMTPS id BoOKs2ZberuJVAqcReGyiw (TLS1.3
TLS_AES_128_GCM_SHA256) for <c@b.example>; 25 May 2025 20:17:36 +0000``; at first it had no via, no id and no seconds.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_ID = r"[\w-]{22}"
_NO_SECONDS = r"[0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2} [+-][0-9]{4}"


def software(stamp: Stamp) -> str | None:
    """``mox``, which never writes its version, if the field has its form."""
    if not (stamp.by_domain and stamp.by_domain.comments and stamp.by_domain.comments[0].startswith("[")):
        return None
    if stamp.via == "tcp":
        return "mox" if re.fullmatch(_ID, stamp.id or "") else None
    return "mox" if stamp.date_time and re.fullmatch(_NO_SECONDS, " ".join(stamp.date_time.text.split())) else None
