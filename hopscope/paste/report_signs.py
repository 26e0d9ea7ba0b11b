"""A cheap test whether a message may be a report: nearly all messages are none, and need no more than this."""

__all__ = ["is_signed"]

_SIGNS = (b"/report", b"<>", b"AILER-D", b"ailer-d", b"ostmaster@", b"OSTMASTER@", b"X-Failed-Recipients")


def is_signed(header: bytes) -> bool:
    """Whether a header block may be of a report: a media type, the null reverse-path, or a sender of reports."""
    return any(sign in header for sign in _SIGNS)
