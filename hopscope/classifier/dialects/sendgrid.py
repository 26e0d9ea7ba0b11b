"""Twilio SendGrid.

``by filterdrecv-7c4bb-5k2cb with SMTP id filterdrecv-7c4bb-5k2cb-1-0 2023-02-25 17:41:07.39 +0000 UTC m=+324463.19``;
``from a (unknown) by geopod-ismtpd-3-0 (SG) with ESMTP id JEG4QNSPL92umro6erYUcx``.
"""

from hopscope.model import Stamp

__all__ = ["FILTER", "software"]

FILTER = "filterdrecv-"
"""Start of the names of its filters."""


def software(stamp: Stamp) -> str | None:
    """``SendGrid``, which never writes a version, if the field has one of its forms."""
    by = stamp.by_domain
    return "SendGrid" if by and ((by.domain or "").startswith(FILTER) or "SG" in by.comments) else None
