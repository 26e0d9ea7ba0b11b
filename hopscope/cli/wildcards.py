"""Wildcards in file arguments, which the shells of Windows do not expand."""

import os
from collections.abc import Iterable, Iterator

__all__ = ["NEEDED", "expanded"]

NEEDED = os.name == "nt"
"""Whether this program expands wildcards, as cmd.exe and PowerShell pass them on unchanged."""
_HOME = tuple(f"~{separator}" for separator in filter(None, (os.sep, os.altsep, "/")))


def expanded(files: Iterable[str]) -> Iterator[str]:
    """The files that each pattern matches, sorted; ``**`` matches folders of any depth.

    An existing file is not a pattern, whatever its name, and neither is the address of a message in one. A pattern
    without a match is kept, so that the error names it.
    """
    from glob import glob

    from hopscope.sources import container

    for file in files:
        path = os.path.expanduser(file) if file.startswith(_HOME) else file  # noqa: PTH111 - pathlib changes the spelling
        matches = [] if os.path.lexists(path) or container(path) != path else sorted(glob(path, recursive=True))  # noqa: PTH207 - as above
        yield from matches or [path]
