"""MailMarshal, later Trustwave SEG.

``from a.example (Not Verified[192.0.2.1]) by mx.example with Trustwave SEG (v8,2,6,11305) id <B6577cad30000>``;
the name in the with clause can be configured, and with TLS there is no with clause:
``by mx.example (using TLS: TLSv1.2, AES256-SHA) id <B6577cad30000>``.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_VERSION = r"v(?P<version>[0-9]++(?:,\s*+[0-9]++){3})"
_ID = r"<[A-Z][0-9a-f]{12}>"


def software(stamp: Stamp) -> str | None:
    """``MailMarshal`` or ``Trustwave SEG``, with the version if the field has it."""
    from_ = stamp.from_domain
    if not from_ or not any(comment.startswith("Not Verified[") for comment in from_.comments):
        return None
    if not re.fullmatch(_ID, stamp.id or ""):
        return None
    name = "Trustwave SEG" if stamp.with_ == "Trustwave SEG" else "MailMarshal"
    version = next((match["version"] for c in stamp.comments if (match := re.fullmatch(_VERSION, c))), None)
    return f"{name} {'.'.join(version.replace(',', ' ').split())}" if version else name
