"""Many messages: in chunks, by one process or several."""

from hopscope.scale.run import CHUNK, run
from hopscope.scale.work import Found, Watch, Work

__all__ = ["CHUNK", "Found", "Watch", "Work", "run"]
