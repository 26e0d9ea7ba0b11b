"""A finding code -> the meaning of its rule or check."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hopscope.renderers.answers import Answer, Part, facts

if TYPE_CHECKING:
    from hopscope.checks.catalogue import Entry

__all__ = ["answer", "names", "rule"]

_CODE = r"HOP[0-9]{3}"


def answer(what: str) -> Answer | None:
    """The meaning of the rule or check with this code; ``None`` if there is none."""
    entry = rule(what)
    if entry is None:
        return None
    listed = facts(
        [
            ("Severity", " or ".join(entry.severities)),
            ("Means", _sentence(entry.summary)),
            ("Details", entry.explanation),
        ]
    )
    return Answer(kind="finding", parts=(Part(heading=f"{entry.code}: {entry.name}", facts=listed),))


def rule(what: str) -> "Entry | None":
    """The rule or check with this code; ``None`` if there is none."""
    if not re.fullmatch(_CODE, what.upper()):
        return None
    from hopscope.checks.catalogue import entry

    return entry(what.upper())


def names() -> Iterable[str]:
    """The codes."""
    from hopscope.checks.catalogue import codes

    return codes()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
