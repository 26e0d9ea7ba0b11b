"""A settings file -> complete settings that checks can use."""

from typing import Any

from hopscope.checks import policy
from hopscope.checks.catalogue import codes
from hopscope.config import keys
from hopscope.config.file import SettingsFile
from hopscope.config.settings import Settings
from hopscope.errors import PolicyError, SettingsError

__all__ = ["completed", "values_of"]


def values_of(file: SettingsFile) -> dict[str, Any]:
    """The fields of Settings that a file sets.

    Raises:
        SettingsError: A key is unknown or a value is invalid.
    """
    return {**keys.read(file.values, codes(), file.file), "folder": file.folder}


def completed(settings: Settings, file: str) -> Settings:
    """The settings, after checking that they are complete, and all conditions and expectations valid.

    So errors are reported before any message is read.

    Raises:
        SettingsError: An expression is invalid, or the organisation's servers are not identified and need to be.
    """
    for index, rule in enumerate(settings.path):
        try:
            policy.validate(rule)
        except PolicyError as error:
            reason, _, advice = error.reason.partition("; ")
            raise SettingsError(file, f"path[{index}]", reason, advice or "see docs/check.md", error) from None
    return keys.complete(settings, file)
