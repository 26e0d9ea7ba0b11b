"""Measures how much of the sources was read, for progress bars."""

import os
from typing import BinaryIO

__all__ = ["Meter"]


class Meter:
    """Counts paths in nested folders, and bytes of the current file."""

    def __init__(self) -> None:
        self._levels: list[list[int]] = []
        self._file: BinaryIO | None = None
        self._size = 0

    def enter(self, total: int) -> None:
        """Start a level with ``total`` items, such as the entries of a folder."""
        self._levels.append([-1, total])

    def step(self) -> None:
        """Start the next item of the current level."""
        self._levels[-1][0] += 1
        self._file = None

    def leave(self) -> None:
        """End the current level."""
        self._levels.pop()
        self._file = None

    def open(self, file: BinaryIO) -> None:
        """Measure the position in a file; its size is known only if it is on disk."""
        try:
            self._size = os.fstat(file.fileno()).st_size if file.seekable() else 0
        except (OSError, ValueError):
            self._size = 0
        self._file = file if self._size else None

    def share(self) -> float | None:
        """Share that was read, from 0 to 1; all files of a folder have the same weight. ``None`` if unknown."""
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
        except (OSError, ValueError):  # the file was read to its end and closed
            return 1.0
