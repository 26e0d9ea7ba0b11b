"""Measures how much of the sources was read, for progress bars."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

__all__ = ["Meter"]


class _Positioned(Protocol):
    """What is read, with the position in it."""

    def tell(self) -> int: ...


class Meter:
    """Counts paths in nested folders, bytes of the members of archives, and bytes of the current file or member."""

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._file: _Positioned | None = None
        self._size = 0
        self._is_read = False

    def enter(self, total: int) -> None:
        """Start a level with items of the weight ``total``, such as the entries of a folder."""
        self._levels.append(_Level(total))
        self._is_read = False
        self._file = None

    def step(self, weight: int = 1) -> None:
        """Start the next item of the current level."""
        self._levels[-1].step(weight)
        self._is_read = False
        self._file = None

    def leave(self) -> None:
        """End the current level, and with it the item of the level above."""
        self._levels.pop()
        self._is_read = True
        self._file = None

    @contextmanager
    def level(self, total: int) -> Iterator[None]:
        """A level that ends with the block."""
        self.enter(total)
        try:
            yield
        finally:
            self.leave()

    def open(self, file: BinaryIO) -> None:
        """Measure the position in a file; its size is known only if it is on disk."""
        try:
            self.follow(file, os.fstat(file.fileno()).st_size if file.seekable() else 0)
        except (OSError, ValueError):
            self.follow(file, 0)

    def follow(self, file: _Positioned, size: int | None = None) -> None:
        """Measure the position in ``file``, which has ``size`` bytes; by default, as many as the previous one."""
        self._size = self._size if size is None else size
        self._file = file if self._size else None

    def share(self) -> float | None:
        """Share that was read, from 0 to 1; all files of a folder have the same weight. ``None`` if unknown."""
        is_known = self._file is not None or self._is_read or len(self._levels) > 1
        if not self._levels or not (is_known or self._levels[0].total > 1):
            return None
        share = self._bytes()
        for level in reversed(self._levels):
            share = level.share(share)
        return min(share, 1.0)

    def _bytes(self) -> float:
        if self._file is None:
            return float(self._is_read)
        try:
            return min(self._file.tell() / self._size, 1.0)
        except (OSError, ValueError):  # the file was read to its end and closed
            return 1.0


class _Level:
    """Items, of which those before the current one were read."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._read = 0
        self._weight = 0

    def step(self, weight: int) -> None:
        self._read += self._weight
        self._weight = weight

    def share(self, of_item: float) -> float:
        """The share of the level that was read, if ``of_item`` of the current item was."""
        return (self._read + of_item * self._weight) / self.total if self.total else 0.0
