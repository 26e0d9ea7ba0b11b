"""Zimbra: ``from a.example (LHLO b.example) (192.0.2.1) by c.example with LMTP``; no other LMTP server writes LHLO."""

from hopscope.model import Stamp

__all__ = ["software"]


def software(stamp: Stamp) -> str | None:
    """``Zimbra``, which never writes its version, if the field has its form."""
    comments = stamp.from_domain.comments if stamp.from_domain else ()
    lmtp = stamp.with_ == "LMTP" and stamp.id is None
    return "Zimbra" if lmtp and any(comment.startswith("LHLO ") for comment in comments) else None
