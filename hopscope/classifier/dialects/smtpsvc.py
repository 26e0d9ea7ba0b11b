"""SMTPSVC, the SMTP service of Windows (IIS), which Exchange 2000 and 2003 use as their transport.

``from a.example ([192.0.2.1]) by b.example over TLS secured channel with Microsoft SMTPSVC(6.0.3790.4675); <date>``.
Its version is that of Windows and does not identify the Exchange version.
"""

from hopscope.classifier import builds
from hopscope.model import Stamp

__all__ = ["software"]


def software(stamp: Stamp) -> str | None:
    """``Microsoft SMTPSVC`` with its version and the Windows release that it belongs to, if the field names it."""
    if not (stamp.with_ or "").startswith("Microsoft SMTPSVC"):
        return None
    number = next((c for c in stamp.comments if c[:1].isdigit()), None)
    windows = builds.windows(number) if number else None
    name = f"Microsoft SMTPSVC {number}" if number else "Microsoft SMTPSVC"
    return f"{name} ({windows})" if windows else name
