"""Types of the work on a chunk of messages, and the progress that a run reports."""

from collections.abc import Callable
from typing import TypeVar

from hopscope.errors import SourceError
from hopscope.sources import Message, Meter

__all__ = ["Chunk", "Progress", "R", "Work"]

R = TypeVar("R")
Chunk = list[Message | SourceError]
"""Messages, or a read error in place of a message."""
Work = Callable[[Chunk], R]
"""The function applied to a chunk, including its read errors.

The function and its result are sent between processes, so both must be picklable.
"""


class Progress:
    """Receives the progress of a run; the methods do nothing unless they are overridden."""

    def __init__(self) -> None:
        self.meter = Meter()
        """Measures how much of the sources was read."""

    def done(self, messages: int) -> None:
        """A number of further messages was processed."""

    def died(self, reason: str) -> None:
        """A worker process died or could not be started; ``reason`` describes what happens to its messages."""
