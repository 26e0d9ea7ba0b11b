"""A cheap test whether a message may be a report: nearly all messages are none, and need no more than this."""

import re

__all__ = ["is_signed"]

_SIGNS = (
    b"/report",
    b"/Report",
    b"/REPORT",
    b"eport-type",
    b"eport-Type",
    b"EPORT-TYPE",
    b"<>",
    b"AILER-D",
    b"ailer-d",
    b"X-Failed-Recipients",
)
_POSTMASTER = (b"ostmaster@", b"OSTMASTER@")
_SENDER_FIELD = re.compile(rb"^(?:From|Sender):[^\n]*+(?:\n[ \t][^\n]*+)?+", re.IGNORECASE | re.MULTILINE)


def is_signed(header: bytes) -> bool:
    """Whether a header block may be of a report: a media type, the null reverse-path, or a sender of reports.

    A message to a postmaster is none.
    """
    if any(sign in header for sign in _SIGNS):
        return True
    if not any(sign in header for sign in _POSTMASTER):
        return False
    return any(sign in field for field in _SENDER_FIELD.findall(header) for sign in _POSTMASTER)
