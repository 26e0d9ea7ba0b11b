"""Support for PyInstaller, which finds this package by its entry point ``pyinstaller40`` (hook-dirs)."""

import os

__all__ = ["hook_dirs"]


def hook_dirs() -> list[str]:
    """The folder of the hook."""
    return [os.path.join(os.path.dirname(__file__), "hooks")]  # noqa: PTH118, PTH120 - as in hopscope.data
