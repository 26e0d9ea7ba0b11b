"""Postfix under another name, as appliances and providers configure it, recognised by comments that only it writes.

``from a.example (a.example [192.0.2.1]) (using TLSv1 with cipher AES256-SHA (256/256 bits)) (No client certificate
requested) by mx.example (Internet Inbound) with ESMTPS id 1F22581841``;
``by mx.example ("Our Mail", from userid 513) id FB29165C0E``.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_NO_CERTIFICATE = frozenset({"No client certificate requested", "Client did not present a certificate"})
_CERTIFICATE = r'(?s)Client CN "[^"]*+",\s++Issuer "[^"]*+"\s.*+'
_LOCAL = r"(?s).*, from userid [0-9]++"


def software(stamp: Stamp) -> str | None:
    """``Postfix``, if the field has a comment that only Postfix writes."""
    from_ = stamp.from_domain.comments if stamp.from_domain else ()
    for comment in from_:
        if comment.startswith("Client CN") and re.fullmatch(_CERTIFICATE, comment):
            return "Postfix"
        if "certificate" in comment and " ".join(comment.split()) in _NO_CERTIFICATE:
            return "Postfix"
    by = stamp.by_domain.comments if stamp.by_domain else ()
    return "Postfix" if any(re.fullmatch(_LOCAL, comment) for comment in by if "userid" in comment) else None
