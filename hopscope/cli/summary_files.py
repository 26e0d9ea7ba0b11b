"""Recognises summaries that ``stats --save`` wrote, by their first bytes.

It is a module of its own because reading summaries takes imports that other runs of ``compare`` do not need.
"""
# ruff: noqa: PTH110, PTH113, PTH123
# os.path as in sources: importing pathlib takes 3 ms at start-up

import os
import re
import sys
from collections.abc import Sequence

import click

from hopscope.renderers.text.escape import visible
from hopscope.sources import container

__all__ = ["are_summaries"]

_HEAD = 512
_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*+\{\s*+"(?:schema"\s*+:\s*+"hopscope-summary/|analyzed"\s*+:\s*+[0-9])')
"""The schema; summaries of earlier versions start with the number of analysed messages."""
_MAIL = (".eml", ".emlx", ".msg", ".mbox", ".zip", ".mbox.gz", ".eml.gz", ".tar.gz")
"""Suffixes of files that are not opened, as a run may have 100,000 of them."""


def are_summaries(files: Sequence[str]) -> bool:
    """Whether the files, or standard input without files, are saved summaries.

    Raises:
        click.UsageError: Some are, and some are messages.
    """
    summaries = [file for file in files or ("-",) if not file.lower().endswith(_MAIL) and _is_summary(file)]
    if not summaries:
        return False
    messages = (file for file in files if file not in summaries)
    mail = next((file for file in messages if file == "-" or os.path.exists(container(file))), None)
    if mail is not None:
        reason = f"{summaries[0]} is a saved summary, and {mail} is not"
        raise click.UsageError(visible(f"{reason}; give either summaries or messages"))
    return True


def _is_summary(file: str) -> bool:
    try:
        return _START.match(_unpacked(_stdin_head() if file == "-" else _head(file))) is not None
    except OSError:
        return False  # reported when it is read


def _head(file: str) -> bytes:
    """The first bytes of a file; none of a device, which is read only once."""
    if not os.path.isfile(file):
        return b""
    with open(file, "rb") as opened:
        return opened.read(_HEAD)


def _stdin_head() -> bytes:
    """The first bytes of standard input, which are read again later; none of a terminal."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return b""
    return sys.stdin.buffer.peek(_HEAD)  # type: ignore[union-attr,no-any-return] # it is a BufferedReader


def _unpacked(head: bytes) -> bytes:
    """The start of the content of a gzip file; of any other file, the bytes themselves."""
    if not head.startswith(b"\x1f\x8b"):
        return head
    import zlib

    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD)
    except zlib.error:
        return b""
