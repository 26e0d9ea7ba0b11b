"""Recognizes summaries that ``stats --save`` wrote, by their first bytes.

It is a module of its own because reading summaries takes imports that other runs of ``compare`` do not need.
"""
# ruff: noqa: PTH110, PTH113, PTH123
# os.path as in sources: importing pathlib takes 3 ms at start-up

import os
import re
from collections.abc import Sequence

import click

from hopscope.renderers.text.escape import visible
from hopscope.sources import container

__all__ = ["are_summaries"]

_HEAD = 256
_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*+\{\s*+"(?:schema"\s*+:\s*+"hopscope-summary/|analyzed"\s*+:\s*+[0-9])')
"""The schema; summaries of earlier versions start with the number of analysed messages."""
_MAIL = (".eml", ".emlx", ".msg", ".mbox", ".zip", ".gz")
"""Suffixes of files that are not opened, as a run may have 100,000 of them."""


def are_summaries(files: Sequence[str]) -> bool:
    """Whether the files are saved summaries.

    Raises:
        click.UsageError: Some are, and some are messages.
    """
    summaries = [file for file in files if not file.lower().endswith(_MAIL) and _is_summary(file)]
    if not summaries:
        return False
    messages = (file for file in files if file not in summaries)
    mail = next((file for file in messages if file == "-" or os.path.exists(container(file))), None)
    if mail is not None:
        reason = f"{summaries[0]} is a saved summary, and {mail} is not"
        raise click.UsageError(visible(f"{reason}; give either summaries or messages"))
    return True


def _is_summary(file: str) -> bool:
    if not os.path.isfile(file):  # standard input and devices are read only once
        return False
    try:
        with open(file, "rb") as opened:
            return _START.match(opened.read(_HEAD)) is not None
    except OSError:
        return False  # reported when it is read
