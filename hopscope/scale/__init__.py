"""Many messages: in chunks, by one process or several."""

from hopscope.scale.run import CHUNK, Found, Watch, Work, run

__all__ = ["CHUNK", "Found", "Watch", "Work", "run"]
