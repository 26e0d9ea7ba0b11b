"""Cellopoint E-mail Firewall under its neutral name.

``from a.example [(192.0.2.1)] by mx.example (envelope-from <b@a.example>) (Generic MTA with TLSv1.2 AES256-SHA 256/256)
with ESMTP id 8568839012``
"""

from hopscope.model import Stamp

__all__ = ["software"]


def software(stamp: Stamp) -> str | None:
    """``Cellopoint E-mail Firewall``, if the field has its form."""
    form = stamp.by_domain and any(c.startswith("Generic MTA") for c in stamp.by_domain.comments)
    return "Cellopoint E-mail Firewall" if form and "[(" in stamp.field.body else None
