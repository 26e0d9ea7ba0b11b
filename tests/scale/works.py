"""What processes are given to do in the tests: other processes have to be able to import it."""

import os
import signal
import time
from pathlib import Path

from hopscope.errors import SourceError
from hopscope.scale import Found

__all__ = ["die", "die_behind", "fail", "names", "wait"]


def names(found: Found) -> list[str]:
    """What the messages of a chunk are called, and what is wrong with the others."""
    return [str(each) if isinstance(each, SourceError) else each.source for each in found]


def die(found: Found, *, at: str, marks: Path, times: int) -> list[str]:
    """The same; so many processes that meet the message ``at`` are killed."""
    if any(each.source == at for each in found if not isinstance(each, SourceError)):
        killed = len(list(marks.iterdir()))
        if killed < times:
            (marks / str(killed)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return names(found)


def die_behind(found: Found, *, first: str, at: str, marks: Path) -> list[str]:
    """The same; the chunk that starts with ``first`` is at work until one that holds ``at`` has killed its process."""
    sources = [each.source for each in found if not isinstance(each, SourceError)]
    if at in sources:
        (marks / str(len(list(marks.iterdir())))).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    while first in sources and not list(marks.iterdir()):
        time.sleep(0.005)
    return names(found)


def fail(found: Found) -> list[str]:
    """What a mistake of ours looks like."""
    raise ValueError(f"no good: {len(found)}")


def wait(found: Found) -> list[str]:
    """Work that takes long."""
    time.sleep(60)
    return names(found)
