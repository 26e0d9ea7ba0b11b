"""The settings file: hopscope.toml, or pyproject.toml with a table ``tool.hopscope``, in the nearest folder upwards."""
# ruff: noqa: PTH100, PTH113, PTH118, PTH119, PTH120, PTH123
# os.path as in sources: importing pathlib takes 3 ms at start-up

import os
from typing import Any

import msgspec

from hopscope.errors import SettingsError, reason_of

__all__ = ["SettingsFile", "find", "load", "named"]

_OWN, _SHARED = "hopscope.toml", "pyproject.toml"
_MOST_BYTES = 1 << 20


class SettingsFile(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed settings file."""

    file: str
    """Its path, relative if it is in the current folder."""
    folder: str
    """The folder that its globs are relative to."""
    values: dict[str, Any]
    """The parsed TOML."""


def find(start: str) -> SettingsFile | None:
    """The settings file in the folder ``start`` or its nearest parent folder; ``None`` if there is none.

    Raises:
        SettingsError: The file cannot be read, or is not valid TOML.
    """
    folder = os.path.abspath(start)
    while True:
        for name in (_OWN, _SHARED):
            path = os.path.join(folder, name)
            settings = load(path, start) if os.path.isfile(path) else None
            if settings is not None:
                return settings
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def named(path: str) -> SettingsFile:
    """The settings in a file.

    Raises:
        SettingsError: The file cannot be read, is not valid TOML, or is a pyproject.toml without settings.
    """
    if (file := load(path)) is None:
        raise SettingsError(path, "", "no table tool.hopscope", "add it, or use a hopscope.toml")
    return file


def load(path: str, start: str | None = None) -> SettingsFile | None:
    """The settings in a file; ``None`` for a pyproject.toml without a table ``tool.hopscope``.

    Args:
        path: The file.
        start: A folder; a file in it is reported by its name only.

    Raises:
        SettingsError: The file cannot be read, or is not valid TOML.
    """
    folder = os.path.dirname(os.path.abspath(path))
    name = os.path.basename(path) if start is not None and folder == os.path.abspath(start) else path
    values = _toml(path, name)
    if os.path.basename(path) == _SHARED:
        tools = values.get("tool")
        if not isinstance(tools, dict) or "hopscope" not in tools:
            return None
        values = tools["hopscope"]
    return SettingsFile(file=name, folder=folder, values=values)


def _toml(path: str, name: str) -> dict[str, Any]:
    import tomllib

    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise SettingsError(name, "", f"larger than {_MOST_BYTES >> 20} MiB", "check the path")
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        raise SettingsError(name, "", reason_of(error), "check the path") from None
    except UnicodeDecodeError:
        raise SettingsError(name, "", "not UTF-8", "save it as UTF-8") from None
    except RecursionError:
        raise SettingsError(name, "", "not valid TOML: nested too deeply", "see https://toml.io") from None
    except ValueError as error:  # also of a number with thousands of digits
        raise SettingsError(name, "", f"not valid TOML: {error}", "see https://toml.io") from None
