"""Yahoo Mail.

``from [192.0.2.1] by n12.bullet.example with NNFMP; 07 Oct 2002 11:54:14 -0000``;
``from 192.0.2.1 by atlas-production.example pod-id NONE with HTTPS``;
``from 192.0.2.1 (EHLO a.example) by 10.1.2.3 with SMTPs (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256)``.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_DATE = r"[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} -0000"
"""The date in NNFMP fields; forged ones have another form of date."""


def software(stamp: Stamp) -> str | None:
    """``Yahoo``, if the field has one of its forms."""
    if stamp.with_ == "NNFMP":
        return "Yahoo" if stamp.date_time and re.fullmatch(_DATE, " ".join(stamp.date_time.text.split())) else None
    internal = stamp.with_ == "SMTPs" and stamp.by_domain and (stamp.by_domain.domain or "").startswith("10.")
    return "Yahoo" if internal or any(text.startswith("pod-id ") for text in stamp.additional) else None
