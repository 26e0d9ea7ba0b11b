"""Sources as text."""

import re

from hopscope.data import document

__all__ = ["cited"]

_ADDRESS = r"https://\S++"


def cited(source: str) -> list[str]:
    """A line per source: its key, with the document that the key refers to, unless it names the document itself.

    The address of the document follows, if there is one.
    """
    return [_cited(key) for key in source.split("; ")]


def _cited(key: str) -> str:
    publication = document(key)
    if publication == key:
        return key
    if ": " not in key:
        return f"{key}: {publication}"
    address = re.search(_ADDRESS, publication)
    return f"{key}, {address[0].rstrip(',;')}" if address else key
