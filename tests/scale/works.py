"""Work for worker processes in the tests, in a module that they can import."""

import os
import signal
import threading
import time
from pathlib import Path

from hopscope.errors import SourceError
from hopscope.scale.work import Chunk

__all__ = ["Unstartable", "die", "die_behind", "die_writing", "fail", "names", "wait"]

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows, os.kill ends a process at once with either


def names(found: Chunk) -> list[str]:
    """The names of the messages of a chunk, and the errors of the others."""
    return [str(each) if isinstance(each, SourceError) else each.source for each in found]


class Unstartable:
    """The same, but no worker can start."""

    def __call__(self, found: Chunk) -> list[str]:
        return names(found)

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def die(found: Chunk, *, at: str, marks: Path, times: int) -> list[str]:
    """The same; the given number of workers that read the message ``at`` are killed."""
    if any(each.source == at for each in found if not isinstance(each, SourceError)):
        killed = len(list(marks.iterdir()))
        if killed < times:
            (marks / str(killed)).touch()
            os.kill(os.getpid(), _KILL)
    return names(found)


def die_behind(found: Chunk, *, first: str, at: str, marks: Path) -> list[str]:
    """The same; the chunk that starts with ``first`` runs until the one with ``at`` has killed its worker."""
    sources = [each.source for each in found if not isinstance(each, SourceError)]
    if at in sources:
        (marks / str(len(list(marks.iterdir())))).touch()
        os.kill(os.getpid(), _KILL)
    while first in sources and not list(marks.iterdir()):
        time.sleep(0.005)
    return names(found)


def die_writing(found: Chunk, *, at: str, marks: Path) -> list[str]:
    """The same; the first worker that reads ``at`` is killed while it sends its result."""
    if any(each.source == at for each in found) and not list(marks.iterdir()):
        (marks / "0").touch()
        threading.Thread(target=_kill_when_writing, daemon=True).start()
        return ["x" * (1 << 26)]
    return names(found)


def _kill_when_writing() -> None:
    """Linux: the first number is the current system call; write(2) takes the length as its third argument."""
    main = Path(f"/proc/self/task/{os.getpid()}/syscall")
    while True:
        words = main.read_text(encoding="utf-8").split()
        if len(words) > 3 and words[3].startswith("0x") and int(words[3], 16) > 1 << 20:
            os.kill(os.getpid(), _KILL)


def fail(found: Chunk, *, at: frozenset[str]) -> list[str]:
    """The same; a defect shows at some messages."""
    if any(not isinstance(each, SourceError) and Path(each.source).name in at for each in found):
        raise ValueError("no good")
    return names(found)


def wait(found: Chunk) -> list[str]:
    """Work that takes a long time."""
    time.sleep(600)
    return names(found)
