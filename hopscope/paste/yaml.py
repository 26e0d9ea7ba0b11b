r"""Header fields in YAML: strings over several lines, and lists of names and values.

All functions expect text with ``\n`` line ends. Strings in double quotation marks are parsed like those of JSON:
see ``data``.
"""

import re
from textwrap import dedent

from hopscope.paste.data import field, has_all, unescaped
from hopscope.paste.patterns import MENTION, RECEIVED_FIELD, RECEIVED_LINE, STAMP, lazy

__all__ = ["is_yaml", "name_value_lines", "strings"]

# The lines of a string below a key are indented.
_KEY = r"^([ \t]*+)(?:-[ \t]++)?+(?:[\"']?[\w-]++[\"']?:[ \t]++|(?<=-[ \t]))"
_SINGLE_QUOTED = lazy(rf"{_KEY}'((?:[^'\n]++|''|\n(?=[ \t\n]))*+)(?:'[ \t]*+$|\Z)", re.MULTILINE)
_BLOCK = lazy(rf"{_KEY}[|>][0-9+-]{{0,2}}[ \t]*+\n((?:(?:\1[ \t]++\S.*+|[ \t]*+)(?:\n|\Z))++)", re.MULTILINE)
_BLANK_LINE = lazy(r"\n[ \t]*+\n")
_FOLD = lazy(r"[ \t]*+(?:\n[ \t]*+)++")


def strings(text: str) -> str | None:
    """Extract a header block from a string: a block scalar (``|`` or ``>``) or a single-quoted string.

    In the latter, a single line break is a space; of several, the first is dropped (YAML 1.2.2 section 6.5).
    """
    if RECEIVED_FIELD.search(text):
        return None
    for match in _BLOCK.finditer(text):
        if MENTION.search(match[2]):
            return dedent(match[2])
    for match in _SINGLE_QUOTED.finditer(text) if "'" in text else ():
        if _BLANK_LINE.search(match[2]) and STAMP.search(match[2]):
            return _FOLD.sub(lambda fold: "\n" * (fold[0].count("\n") - 1) or " ", match[2].replace("''", "'"))
    return None


_NAME_VALUE = lazy(
    r"^[ \t]*+(?:-[ \t]++)?+(?:name|key|header)[ \t]*+:[ \t]++(.++)\n\s*+"
    r"value[ \t]*+:[ \t]*+(.*+(?:\n(?![ \t]*+(?:-[ \t]|(?:name|key|header|value)[ \t]*+:))[ \t]*+\S.*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)


_ON_ONE_LINE = lazy(
    r"(?:^|(?<=[ \t]))(?:-[ \t]++)?+(?:name|key|header)[ \t]*+:[ \t]++([\"']?[A-Za-z][\w-]*+[\"']?)[ \t]++"
    r"value[ \t]*+:[ \t]++",
    re.IGNORECASE | re.MULTILINE,
)


def name_value_lines(text: str) -> str | None:
    """Join names and bodies on separate lines: a YAML list, or the output of PowerShell's ``Format-List``.

    The lines are ``name: Received`` and ``value: from ...``.
    """
    if "alue" not in text or RECEIVED_LINE.search(text):
        return None
    fields = "".join(f"{field(_plain(name), _plain(body))}\n" for name, body in _NAME_VALUE.findall(text))
    if has_all(fields, text):
        return fields
    _, *pairs = _ON_ONE_LINE.split(text)
    fields = "".join(
        f"{field(_plain(name), _plain(body))}\n" for name, body in zip(pairs[::2], pairs[1::2], strict=True)
    )
    return fields if has_all(fields, text) else None


def _plain(scalar: str) -> str:
    """The value of a YAML scalar, without its quotation marks if it has any."""
    scalar = scalar.strip()
    if len(scalar) > 1 and scalar[0] == scalar[-1] == '"':
        return unescaped(scalar[1:-1])
    return scalar[1:-1].replace("''", "'") if len(scalar) > 1 and scalar[0] == scalar[-1] == "'" else scalar


def is_yaml(header: str) -> bool:
    """Whether a text whose lines look like header fields has Received fields in YAML strings."""
    return strings(header) is not None or name_value_lines(header) is not None
