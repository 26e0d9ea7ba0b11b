"""The settings of ``hopscope check`` and their TOML file.

settings.py   the records, and the effective settings of one file
values.py     readers of values: durations, codes, globs, TLS versions, networks ...
keys.py       all keys and the readers of their values
file.py       the nearest hopscope.toml, or pyproject.toml with a table tool.hopscope
"""

from hopscope.config.file import SettingsFile, find, load
from hopscope.config.keys import complete, read
from hopscope.config.settings import Limits, Organisation, PathRule, PerPath, Settings, Tls

__all__ = [
    "Limits",
    "Organisation",
    "PathRule",
    "PerPath",
    "Settings",
    "SettingsFile",
    "Tls",
    "complete",
    "find",
    "load",
    "read",
]
