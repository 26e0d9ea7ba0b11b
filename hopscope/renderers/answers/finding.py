"""The code of a finding -> what the rule behind it says."""

import re
from collections.abc import Iterable
from inspect import cleandoc

from hopscope.renderers.answers import Answer, Part, facts

__all__ = ["answer", "names"]

_CODE = r"HOP[0-9]{3}"


def answer(what: str) -> Answer | None:
    """The rule with this code; ``None`` where there is none such."""
    found = _rules().get(what.upper()) if re.fullmatch(_CODE, what.upper()) else None
    if found is None:
        return None
    name, explanation = found
    meaning, *more = (" ".join(paragraph.split()) for paragraph in explanation.split("\n\n"))
    listed = facts([("Finding", name), ("Means", _sentence(meaning)), ("More", more)])
    return Answer(kind="finding", parts=(Part(heading=f"{what.upper()}: a finding of hopscope", facts=listed),))


def names() -> Iterable[str]:
    """The codes."""
    return _rules()


def _rules() -> dict[str, tuple[str, str]]:
    """Name and explanation of each rule by its code: the docstring of a rule starts with ``HOPnnn:``."""
    from hopscope.analysis.diagnosis import RULES

    documented = (
        (rule.__name__, re.match(rf"({_CODE}): *+(.+)", cleandoc(rule.__doc__ or ""), re.DOTALL)) for rule in RULES
    )
    return {match[1]: (name.replace("_", " "), match[2]) for name, match in documented if match}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
