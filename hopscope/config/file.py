"""The settings file: the nearest hopscope.toml, or pyproject.toml with a table ``tool.hopscope``, looking upwards."""
# ruff: noqa: PTH100, PTH113, PTH118, PTH119, PTH120, PTH123
# os.path as in sources: pathlib costs 3 ms at start-up

import os
from typing import Any

import msgspec

from hopscope.errors import SettingsError

__all__ = ["SettingsFile", "find", "load"]

_OWN, _SHARED = "hopscope.toml", "pyproject.toml"


class SettingsFile(msgspec.Struct, frozen=True, kw_only=True):
    """A settings file that was read."""

    file: str
    """Its path: relative where it was found in the current folder."""
    folder: str
    """The folder that its globs start from."""
    values: dict[str, Any]
    """What TOML holds."""


def find(start: str) -> SettingsFile | None:
    """The settings file nearest to the folder ``start``; ``None`` where there is none.

    Raises:
        SettingsError: It cannot be read, or is no TOML.
    """
    folder = os.path.abspath(start)
    while True:
        for name in (_OWN, _SHARED):
            path = os.path.join(folder, name)
            settings = load(path, start) if os.path.isfile(path) else None
            if settings is not None:
                return settings
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def load(path: str, start: str | None = None) -> SettingsFile | None:
    """The settings in a file; ``None`` for a pyproject.toml without a table ``tool.hopscope``.

    Args:
        path: The file.
        start: A folder; a file in it is called by its name alone.

    Raises:
        SettingsError: It cannot be read, or is no TOML.
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
            return tomllib.load(file)
    except OSError as error:
        raise SettingsError(name, "", f"it cannot be read ({error.strerror})", "check the path") from None
    except UnicodeDecodeError:
        raise SettingsError(name, "", "it is not UTF-8", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(name, "", f"it is no TOML: {error}", "see https://toml.io") from None
