"""Conditions: the messages that an expectation applies to.

    condition  = all *( "or" all )
    all        = not *( "and" not )
    not        = [ "not" ] ( "(" condition ")" / comparison )
    comparison = fact operator value
    operator   = "==" / "!=" / "~" / "has" / "<" / "<=" / ">" / ">="
    value      = quoted text / number

Texts are compared without regard to case; a scenario also equals its leading words, so that ``scenario == 'inbound'``
matches ``inbound via Front End``. ``~`` compares with a pattern in which ``*`` matches anything, and ``has`` is true if
any item of a list matches such a pattern; a service has all names of ``data/service_names.tsv``.
"""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from hopscope.analysis.context import MessageContext
from hopscope.analysis.scanner import Scanner, Token
from hopscope.classifier import service_names
from hopscope.parser.encoded_words import decoded

__all__ = ["FACTS", "Condition", "parse"]

Condition = Callable[[MessageContext], bool]

_Fact = str | float | Sequence[str]


def _seconds(case: MessageContext) -> float:
    total = case.route.total_delay
    return total.total_seconds() if total is not None else 0.0


FACTS: dict[str, Callable[[MessageContext], _Fact]] = {
    "scenario": lambda case: str(case.scenario),
    "source": lambda case: case.route.source,
    "subject": lambda case: decoded(case.route.subject or ""),
    "message_id": lambda case: case.route.message_id or "",
    "hops": lambda case: float(len(case.route.hops)),
    "total_seconds": _seconds,
    "services": lambda case: [str(hop.label.service) for hop in case.route.hops],
    "products": lambda case: [hop.label.product for hop in case.route.hops if hop.label.product],
    "generations": lambda case: [name for hop in case.route.hops if (name := hop.label.generation)],
    "hosts": lambda case: [hop.server for hop in case.route.hops],
}
"""The facts of a message that conditions can use."""

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "==": lambda fact, value: fact == value,
    "!=": lambda fact, value: fact != value,
    "<": lambda fact, value: fact < value,
    "<=": lambda fact, value: fact <= value,
    ">": lambda fact, value: fact > value,
    ">=": lambda fact, value: fact >= value,
}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "==": lambda fact, value: fact == value or fact.startswith((f"{value} ", f"{value},")),
    "!=": lambda fact, value: not _TEXTS["=="](fact, value),
    "~": fnmatchcase,
}
_NUMERIC = frozenset({"hops", "total_seconds"})
_SEVERAL = frozenset({"services", "products", "generations", "hosts"})


def parse(text: str) -> Condition:
    """Read a condition.

    Raises:
        PolicyError: The text is not a condition; the error has the position.
    """
    scanner = Scanner(text, phrases=False)
    condition = _any(scanner)
    scanner.expect_end()
    return condition


def _any(scanner: Scanner) -> Condition:
    """``condition = all *( "or" all )``"""  # noqa: D415 - a production
    parts = [_all(scanner)]
    while scanner.take_word("or"):
        parts.append(_all(scanner))
    return lambda case: any(part(case) for part in parts)


def _all(scanner: Scanner) -> Condition:
    """``all = not *( "and" not )``"""  # noqa: D415 - a production
    parts = [_not(scanner)]
    while scanner.take_word("and"):
        parts.append(_not(scanner))
    return lambda case: all(part(case) for part in parts)


def _not(scanner: Scanner) -> Condition:
    """``not = [ "not" ] ( "(" condition ")" / comparison )``"""  # noqa: D415 - a production
    negated = scanner.take_word("not") is not None
    if opened := scanner.open():
        inner = _any(scanner)
        scanner.close(opened)
    else:
        inner = _comparison(scanner)
    return (lambda case: not inner(case)) if negated else inner


def _comparison(scanner: Scanner) -> Condition:
    """``comparison = fact operator value``"""  # noqa: D415 - a production
    name = scanner.expect_words("a fact")
    if name.text not in FACTS:
        raise scanner.error(name, f"unknown fact {name.text!r}", FACTS)
    operator = scanner.take(*_NUMBERS, "~") or scanner.take_word("has")
    if operator is None:
        raise scanner.error(scanner.next, f"expected an operator after {name.text!r}: ==, !=, ~, has, <, <=, >, >=")
    value = scanner.advance()
    if name.text in _NUMERIC:
        return _numeric(scanner, name, operator, value)
    if value.kind != "text":
        raise scanner.error(value, "expected a text in quotation marks")
    return _textual(scanner, name, operator, value.text.lower())


def _numeric(scanner: Scanner, name: Token, operator: Token, value: Token) -> Condition:
    fact, compare = FACTS[name.text], _NUMBERS.get(operator.text)
    if compare is None:
        raise scanner.error(operator, f"{operator.text!r} cannot be used with {name.text!r}, which is a number")
    if not _NUMBER.fullmatch(value.text):
        raise scanner.error(value, "expected a number")
    number = float(value.text)
    return lambda case: compare(_number(fact(case)), number)


def _number(fact: _Fact) -> float:
    assert isinstance(fact, float)  # noqa: S101 - one of _NUMERIC
    return fact


def _textual(scanner: Scanner, name: Token, operator: Token, value: str) -> Condition:
    fact = FACTS[name.text]
    if name.text in _SEVERAL:
        if operator.text != "has":
            raise scanner.error(operator, f"{name.text!r} is a list; use `has`")
        service = service_names.service(value) if name.text == "services" else None
        pattern = str(service).lower() if service else value
        return lambda case: any(fnmatchcase(name.lower(), pattern) for name in _several(fact(case)))
    compare = _TEXTS.get(operator.text)
    if compare is None:
        raise scanner.error(operator, f"{operator.text!r} cannot be used with {name.text!r}, which is a text")
    return lambda case: compare(str(fact(case)).lower(), value)


def _several(fact: _Fact) -> Sequence[str]:
    assert isinstance(fact, list)  # noqa: S101 - one of _SEVERAL
    return fact
