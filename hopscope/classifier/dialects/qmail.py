"""qmail: ``(qmail 12345 invoked by uid 1000)``, with neither from nor by."""

from hopscope.model import Stamp

__all__ = ["software"]


def software(stamp: Stamp) -> str | None:
    """``qmail``, which never prints its version, where the stamp names it."""
    return "qmail" if any(comment.lower().startswith("qmail ") for comment in stamp.comments) else None
