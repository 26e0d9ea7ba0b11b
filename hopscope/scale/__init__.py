"""Many messages: in chunks, by one process or several."""

from hopscope.scale.run import CHUNK, run
from hopscope.scale.work import Chunk, Progress, Work

__all__ = ["CHUNK", "Chunk", "Progress", "Work", "run"]
