"""How much of the sources was read, as far as that can be told."""

import os
from typing import BinaryIO

__all__ = ["Meter"]


class Meter:
    """Counts paths within folders within folders, and bytes of the file at hand."""

    def __init__(self) -> None:
        self._levels: list[list[int]] = []
        self._file: BinaryIO | None = None
        self._size = 0

    def enter(self, total: int) -> None:
        """So many things follow, one after the other."""
        self._levels.append([-1, total])

    def step(self) -> None:
        """The next of them is begun."""
        self._levels[-1][0] += 1
        self._file = None

    def leave(self) -> None:
        """That was all of them."""
        self._levels.pop()
        self._file = None

    def open(self, file: BinaryIO) -> None:
        """A file is read, whose size is known if it is on disk."""
        try:
            self._size = os.fstat(file.fileno()).st_size if file.seekable() else 0
        except (OSError, ValueError):
            self._size = 0
        self._file = file if self._size else None

    def share(self) -> float | None:
        """How much was read, from 0 to 1; of files in a folder each counts alike. ``None`` where it is not known."""
        if not self._levels or (self._file is None and len(self._levels) == 1 and self._levels[0][1] == 1):
            return None
        share = self._bytes()
        for position, total in reversed(self._levels):
            share = (max(position, 0) + share) / total if total else 0.0
        return min(share, 1.0)

    def _bytes(self) -> float:
        if self._file is None:
            return 0.0
        try:
            return min(self._file.tell() / self._size, 1.0)
        except (OSError, ValueError):  # it was closed
            return 0.0
