"""The code of a finding -> what the rule or check behind it says."""

import re
from collections.abc import Iterable

from hopscope.renderers.answers import Answer, Part, facts

__all__ = ["answer", "names"]

_CODE = r"HOP[0-9]{3}"


def answer(what: str) -> Answer | None:
    """The rule or check with this code; ``None`` where there is none such."""
    if not re.fullmatch(_CODE, what.upper()):
        return None
    from hopscope.checks.catalogue import entry

    found = entry(what.upper())
    if found is None:
        return None
    listed = facts([("Finding", found.name), ("Means", _sentence(found.summary)), ("More", found.explanation)])
    return Answer(kind="finding", parts=(Part(heading=f"{found.code}: a finding of hopscope", facts=listed),))


def names() -> Iterable[str]:
    """The codes."""
    from hopscope.checks.catalogue import codes

    return codes()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
