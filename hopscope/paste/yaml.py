r"""Header fields in YAML: strings over several lines, and lists of names and values.

In the text that the functions get, lines end in ``\n``. Strings between double quotation marks are read as
those of JSON: see ``data``.
"""

import re
from textwrap import dedent

from hopscope.paste.data import field, has_all, unescaped
from hopscope.paste.patterns import RECEIVED_FIELD, RECEIVED_LINE, STAMP, lazy

__all__ = ["is_yaml", "name_value_lines", "strings"]

# The lines of a string below a key are indented.
_KEY = r"^([ \t]*+)(?:-[ \t]++)?+(?:[\"']?[\w-]++[\"']?:[ \t]++|(?<=-[ \t]))"
_SINGLE_QUOTED = lazy(rf"{_KEY}'((?:[^'\n]++|''|\n(?=[ \t\n]))*+)(?:'[ \t]*+$|\Z)", re.MULTILINE)
_BLOCK = lazy(rf"{_KEY}[|>][0-9+-]{{0,2}}[ \t]*+\n((?:(?:\1[ \t]++\S.*+|[ \t]*+)(?:\n|\Z))++)", re.MULTILINE)
_BLANK_LINE = lazy(r"\n[ \t]*+\n")
_FOLD = lazy(r"[ \t]*+(?:\n[ \t]*+)++")


def strings(text: str) -> str | None:
    """A header block in a string: a block below ``|`` or ``>``, or one between single quotation marks.

    In the latter a line break alone is a space, of several each but the first one is kept (YAML 1.2.2 section 6.5).
    """
    if RECEIVED_FIELD.search(text):
        return None
    for match in _BLOCK.finditer(text):
        if STAMP.search(match[2]):
            return dedent(match[2])
    for match in _SINGLE_QUOTED.finditer(text) if "'" in text else ():
        if _BLANK_LINE.search(match[2]) and STAMP.search(match[2]):
            return _FOLD.sub(lambda fold: "\n" * (fold[0].count("\n") - 1) or " ", match[2].replace("''", "'"))
    return None


_NAME_VALUE = lazy(
    r"^[ \t]*+(?:-[ \t]++)?+(?:name|key|header)[ \t]*+:[ \t]++(.++)\n"
    r"[ \t]*+value[ \t]*+:[ \t]*+(.*+(?:\n(?![ \t]*+(?:-[ \t]|(?:name|key|header|value)[ \t]*+:))[ \t]++\S.*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)


def name_value_lines(text: str) -> str | None:
    """Names and bodies on lines of their own: a YAML list, or ``Format-List`` of PowerShell.

    There the lines are ``name: Received`` and ``value: from ...``.
    """
    if "alue" not in text or RECEIVED_LINE.search(text):
        return None
    fields = "".join(f"{field(_plain(name), _plain(body))}\n" for name, body in _NAME_VALUE.findall(text))
    return fields if has_all(fields, text) else None


def _plain(scalar: str) -> str:
    """A YAML scalar without the quotation marks that it may have."""
    scalar = scalar.strip()
    if len(scalar) > 1 and scalar[0] == scalar[-1] == '"':
        return unescaped(scalar[1:-1])
    return scalar[1:-1].replace("''", "'") if len(scalar) > 1 and scalar[0] == scalar[-1] == "'" else scalar


def is_yaml(header: str) -> bool:
    """Whether a text whose lines look like header fields has Received fields in strings of YAML."""
    return strings(header) is not None or name_value_lines(header) is not None
