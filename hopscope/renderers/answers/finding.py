"""A finding code -> the meaning of its rule or check."""

import re
from collections.abc import Iterable

from hopscope.renderers.answers import Answer, Part, facts

__all__ = ["answer", "names"]

_CODE = r"HOP[0-9]{3}"


def answer(what: str) -> Answer | None:
    """The rule or check with this code; ``None`` if there is none."""
    if not re.fullmatch(_CODE, what.upper()):
        return None
    from hopscope.checks.catalogue import entry

    rule = entry(what.upper())
    if rule is None:
        return None
    listed = facts(
        [("Severity", " or ".join(rule.severities)), ("Means", _sentence(rule.summary)), ("Details", rule.explanation)]
    )
    return Answer(kind="finding", parts=(Part(heading=f"{rule.code}: {rule.name}", facts=listed),))


def names() -> Iterable[str]:
    """The codes."""
    from hopscope.checks.catalogue import codes

    return codes()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
