"""One mail system per file, each with the door ``software(stamp)``: its name and version where the stamp prints them.

Exchange 2007 and later has more to tell and has its own doors, see exchange.py. A dialect never changes how a clause
is read.
"""

from collections.abc import Callable

from hopscope.classifier.dialects import exim, google, ims, postfix, qmail, sendmail, smtpsvc
from hopscope.model import Stamp

__all__ = ["DIALECTS", "software"]

DIALECTS: tuple[Callable[[Stamp], str | None], ...] = (
    postfix.software,
    exim.software,
    sendmail.software,
    google.software,
    smtpsvc.software,
    ims.software,
    qmail.software,
)
"""Tried in this order; the first that knows the stamp counts."""


def software(stamp: Stamp) -> str | None:
    """Name and version of the mail system that wrote the stamp, or ``None`` where no dialect knows it."""
    return next((name for dialect in DIALECTS if (name := dialect(stamp))), None)
