"""The settings of a run. Precedence: flags, environment, settings file, defaults."""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import click
import msgspec
from msgspec.structs import asdict, replace

from hopscope.config import file as settings_file
from hopscope.config import keys
from hopscope.config.settings import PerPath, Settings
from hopscope.errors import SettingsError

__all__ = ["Resolved", "resolve", "shown"]

_LISTS = frozenset({"select", "ignore"})


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, and where each comes from."""

    settings: Settings
    origins: Mapping[str, str]
    """Origin of each field by its name; a missing field has its default."""


def resolve(path: str | None, flags: Mapping[str, str | None]) -> Resolved:
    """The effective settings of this run.

    Args:
        path: The settings file to use instead of the nearest one.
        flags: Values from the command line or the environment, by field name.

    Raises:
        SettingsError: The settings file, or a value, cannot be used.
    """
    from hopscope.checks.settings import completed, values_of

    file = settings_file.named(path) if path else settings_file.find(os.curdir)
    values = values_of(file) if file else {}
    origins = dict.fromkeys(values, file.file if file else "")
    for key, text in flags.items():
        if text is None:
            continue
        origins[key] = _origin(key)
        value = [part.strip() for part in text.split(",") if part.strip()] if key in _LISTS else text
        values |= _read_flag(key, value, origins[key])
    settings = completed(_flags_first(Settings(**values), flags), file.file if file else "settings")
    return Resolved(settings=settings, origins=origins)


def _read_flag(key: str, value: object, origin: str) -> dict[str, Any]:
    """The value of a flag; an error names the flag and not the key, which has the same name."""
    from hopscope.checks.catalogue import codes

    try:
        return keys.read({key: value}, codes(), origin)
    except SettingsError as error:
        reason = str(error).removeprefix(f"{origin}: {error.place}: ")
        raise click.UsageError(f"{origin}: {reason}") from None


def _flags_first(settings: Settings, flags: Mapping[str, str | None]) -> Settings:
    """Per-path tables without the keys that a flag sets, as flags take precedence."""
    fixed = {key for key, text in flags.items() if text is not None}
    tables = tuple(
        replace(table, values={key: value for key, value in table.values.items() if key not in fixed})
        for table in settings.per_path
    )
    return replace(settings, per_path=tables)


def _origin(key: str) -> str:
    """The flag or environment variable that set a key."""
    source = click.get_current_context().get_parameter_source(key)
    name = key.replace("_", "-")
    return f"HOPSCOPE_{key.upper()}" if source is click.core.ParameterSource.ENVIRONMENT else f"--{name}"


def shown(resolved: Resolved) -> str:
    """The settings as TOML, each with its origin; unset ones as comments."""
    lines = []
    for key, value in asdict(resolved.settings).items():
        if key in {"file", "folder"}:
            continue
        text = f"{key} = {_toml(value)}" if value is not None else f"# {key} is not set"
        lines.append(f"{text}  # {resolved.origins.get(key, 'default')}\n")
    return "".join(lines)


def _toml(value: Any) -> str:  # noqa: ANN401 - any value of a setting
    """A value as TOML, on one line."""
    from hopscope.analysis.phrases import duration

    if isinstance(value, timedelta):
        return _toml(duration(value))
    if isinstance(value, tuple) and value and isinstance(value[0], PerPath):
        return _toml({table.glob: table.values for table in value})
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, msgspec.Struct):
        return _toml({key: item for key, item in asdict(value).items() if item not in (None, (), {})})
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """A TOML basic string: a JSON string in which DEL and commands to a CI runner are escaped, too."""
    from json import dumps

    from hopscope.renderers.text.escape import json_document

    return json_document(dumps(text).encode()).replace("\x7f", "\\u007f")
