"""What is done with a chunk of messages, and what a run reports while it goes on."""

from collections.abc import Callable
from typing import TypeVar

from hopscope.errors import SourceError
from hopscope.sources import Message, Meter

__all__ = ["Chunk", "Progress", "R", "Work"]

R = TypeVar("R")
Chunk = list[Message | SourceError]
"""Messages, and in the place of one what is wrong with it."""
Work = Callable[[Chunk], R]
"""What is done with a chunk. It and its result are sent between processes, so both can be pickled.

It gets errors, too: what it makes of them is part of its result.
"""


class Progress:
    """What a run tells while it goes on; nothing, if its methods are not overridden."""

    def __init__(self) -> None:
        self.meter = Meter()
        """How much of the sources was read."""

    def done(self, messages: int) -> None:
        """So many more messages are done."""

    def died(self, reason: str) -> None:
        """A process died, and what it was given is given to another."""
