"""Values of the settings: each reader converts a TOML value to a field of a record.

An invalid value raises :class:`InvalidValue` with its position below the key, the reason, and the correct form.
``msgspec.convert`` cannot produce such errors: it omits user-defined keys (the path of ``max_service.Transprt`` is
``$.max_service[...]``), reports an unknown key without its path, and suggests no alternatives. Case-insensitive names,
durations, builds and prefixes of codes need separate readers anyway.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, NoReturn

from hopscope.config.near import suggested
from hopscope.model import Service, Severity

__all__ = [
    "InvalidValue",
    "Reader",
    "choice",
    "cidr",
    "codes",
    "domain",
    "duration",
    "leg",
    "listed",
    "record",
    "service",
    "severities",
    "table",
    "text",
]

Reader = Callable[[Any], Any]

_PART = re.compile(r"([0-9]{1,7}+(?:\.[0-9]{1,6}+)?+) *+(ms|min|d|h|m|s) *+")
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_MAX_DURATION = 60  # characters of a duration: with seven digits a number, their sum fits into a timedelta
_MAX_TEXT = 4096  # characters: patterns are compiled, and errors show the value
_MAX_SHOWN = 240
_TYPES = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}


class InvalidValue(Exception):  # noqa: N818 - internal: converted to a SettingsError that names the file
    """An invalid value.

    Attributes:
        place: Position below the current key; empty for the value itself.
        reason: What is wrong.
        advice: What to write instead.
    """

    def __init__(self, reason: str, advice: str, place: str = "") -> None:
        super().__init__(reason)
        self.place = _shortened(place)
        self.reason = _shortened(reason)
        self.advice = advice


def _shortened(text: str) -> str:
    """The text without its middle if it is long: an error is one line, whatever a file contains."""
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN // 2]}...{text[-_MAX_SHOWN // 4 :]}"


def text(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    """Any non-empty text."""
    if not isinstance(value, str):
        raise InvalidValue(f"expected text, not {_kind(value)}", "put it in quotation marks")
    if not value.strip():
        raise InvalidValue("empty", "set a value or remove the key")
    if len(value) > _MAX_TEXT:
        raise InvalidValue(f"{len(value):,} characters long", f"use at most {_MAX_TEXT:,}")
    return value


def duration(value: Any) -> timedelta:  # noqa: ANN401 - any value of TOML
    """A length of time: ``90s``, ``2m``, ``1h 30m``, ``1d``, ``500ms``."""
    advice = 'use a form such as "90s", "2m" or "1h 30m"'
    if not isinstance(value, str):
        raise InvalidValue(f"expected a duration, not {_kind(value)}", advice)
    parts = _PART.findall(value.strip()) if len(value) <= _MAX_DURATION else []
    if not parts or _PART.sub("", value.strip()):
        raise InvalidValue(f"{value!r} is not a duration", advice)
    return sum((float(number) * _UNITS[unit] for number, unit in parts), timedelta(0))


def choice(names: Collection[str], what: str) -> Reader:
    """One of ``names``, in any letter case."""

    def read(value: Any) -> str:  # noqa: ANN401 - any value of TOML
        by_lower_case = {name.lower(): name for name in names}
        name = by_lower_case.get(text(value).lower())
        return name if name is not None else _unknown(text(value), names, what)

    return read


def service(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    """One of the names of a service."""
    from hopscope.classifier import service_names

    member = service_names.service(text(value))
    return str(member) if member else str(choice([str(member) for member in Service], "a service")(value))


def leg(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    """The names of two services, ``Front End Transport -> Transport``."""
    sender, arrow, receiver = text(value).partition("->")
    if not arrow:
        raise InvalidValue(f"{value!r} is not a leg", 'use a form such as "Front End Transport -> Transport"')
    return f"{service(sender.strip())} -> {service(receiver.strip())}"


def severities(value: Any) -> Severity:  # noqa: ANN401 - any value of TOML
    """One of the severities."""
    return Severity(choice([str(member) for member in Severity], "a severity")(value))


def codes(rule_codes: Collection[str]) -> Reader:
    """A code, or a prefix of codes such as ``HOP1`` or ``HOP1*``."""

    def read(value: Any) -> str:  # noqa: ANN401 - any value of TOML
        prefix = text(value).strip().upper()
        if prefix in {"ALL", "*"}:
            return "HOP"
        prefix = prefix.removesuffix("*")
        if not any(code.startswith(prefix) for code in rule_codes):
            advice = suggested(prefix, rule_codes) or "see hopscope rules"
            raise InvalidValue(f"{prefix!r} is not a finding code or a prefix of one", advice)
        return prefix

    return read


def cidr(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    """A network, or one address."""
    from ipaddress import ip_network

    try:
        return str(ip_network(text(value).strip()))
    except ValueError as error:
        raise InvalidValue(str(error), 'use a form such as "10.0.0.0/8" or "2001:db8::/32"') from None


def domain(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    """A domain, in lower case and without leading or trailing dots."""
    return text(value).strip().strip(".").lower()


def listed(reader: Reader, *, lone: bool = False) -> Reader:
    """A list of such values; with ``lone``, a single text is a list of one."""

    def read(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any value of TOML
        values = [value] if lone and isinstance(value, str) else value
        if not isinstance(values, list):
            raise InvalidValue(f"expected a list, not {_kind(value)}", "put it in brackets: [ ]")
        return tuple(_at(f"[{index}]", reader, item) for index, item in enumerate(values))

    return read


def table(keys: Reader, values: Reader) -> Reader:
    """A table with user-defined keys."""

    def read(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any value of TOML
        return {_at(_key(key), keys, key): _at(_key(key), values, item) for key, item in _table(value).items()}

    return read


def record(readers: Mapping[str, Reader], make: Callable[..., Any], required: Collection[str] = ()) -> Reader:
    """A table with these keys; ``-`` in a key is equivalent to ``_``."""

    def read(value: Any) -> Any:  # noqa: ANN401 - any value of TOML, and the record
        fields: dict[str, Any] = {}
        for key, item in _table(value).items():
            name = key.replace("-", "_")
            if name not in readers:
                raise InvalidValue(
                    "unknown key", suggested(name, readers) or f"valid keys: {', '.join(readers)}", _key(key)
                )
            fields[name] = _at(_key(key), readers[name], item)
        missing = [key for key in required if key not in fields]
        if missing:
            raise InvalidValue(f"no {missing[0]}", f"add a {missing[0]}")
        return make(**fields)

    return read


def _table(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any value of TOML
    if not isinstance(value, dict):
        raise InvalidValue(
            f"expected a table, not {_kind(value)}", "write the keys and values in braces, or below a [heading]"
        )
    return value


def _at(place: str, reader: Reader, value: Any) -> Any:  # noqa: ANN401 - any value of TOML, and the converted value
    """The converted value; errors get ``place`` as a prefix."""
    try:
        return reader(value)
    except InvalidValue as wrong:
        raise InvalidValue(wrong.reason, wrong.advice, f"{place}{wrong.place}") from None


def _key(key: str) -> str:
    """The key as part of a position: ``.max_hop``, or quoted as in TOML."""
    return f".{key}" if re.fullmatch(r"[\w-]+", key) else f'."{key}"'


def _kind(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    return _TYPES.get(type(value), "a date or time")


def _unknown(value: str, names: Collection[str], what: str) -> NoReturn:
    advice = suggested(value, names) or f"valid: {', '.join(names)}"
    raise InvalidValue(f"{value!r} is not {what}", advice)
