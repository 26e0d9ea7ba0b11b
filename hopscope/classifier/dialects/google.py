"""Google: ``by mx.google.com with ESMTPS id x1si123``; ``by 2002:a05:6102:... with SMTP id``.

``from a.example (b.example. [192.0.2.1]) by c.example with ESMTPS id ... (version=TLS1_3 cipher=... bits=256/256)``;
up to 2014 its servers named themselves by address: ``by 10.140.147.5 with SMTP id u5mr1234567qad.123.1215151337105``.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_HOSTS = (".google.com", ".gmail.com", ".1e100.net")
_INTERNAL = r"2002:a[0-9a-f]{2}:[0-9a-f:]++"
"""Its servers name themselves in the 6to4 form of an address in 10.0.0.0/8 (RFC 3056): 2002:0a05:..., without the 0."""
_OLD_INTERNAL = r"10(?:\.[0-9]{1,3}){3}"
_OLD_ID = r"(?=[0-9]{0,2}[a-z])[0-9a-z]{1,6}[0-9]{2,}[a-z]{3}(?:\.[0-9]{1,4}\.[0-9]{13})?"
_TLS = r"version=TLS1(?:_[0-3])? cipher=\S+ bits=[0-9]+/[0-9]+"


def software(stamp: Stamp) -> str | None:
    """``Google``, which never writes a version, if the server's name or the form of the field is one of Google's."""
    by = stamp.by_domain
    if by is None or by.domain is None or by.comments:
        return None
    host = by.domain.lower()
    if host.endswith(_HOSTS) or (host.startswith("2002:") and re.fullmatch(_INTERNAL, host)):
        return "Google"
    if stamp.from_domain is None and host.startswith("10.") and re.fullmatch(_OLD_INTERNAL, host):
        return "Google" if stamp.with_ == "SMTP" and re.fullmatch(_OLD_ID, stamp.id or "") else None
    return "Google" if any(re.fullmatch(_TLS, " ".join(c.split())) for c in stamp.comments if "TLS" in c) else None
