"""A process that works at chunks, as :mod:`hopscope.scale.pool` starts it."""

import gc
import os
import signal
import threading
import traceback
from multiprocessing import reduction
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Generic, TypeVar, cast

from hopscope.scale.work import Chunk, Work

__all__ = ["Answer", "serve"]

R = TypeVar("R")


class Answer(Generic[R]):
    """What the work returned, or raised."""

    def __init__(self, value: R | None, error: Exception | None) -> None:
        self._value = value
        self._error = error

    def result(self) -> R:
        """What the work returned.

        Raises:
            Exception: The work raised it.
        """
        if self._error is not None:
            raise self._error
        return cast("R", self._value)


def serve(pipe: Connection, work: Work[R]) -> None:
    """Answer each chunk that comes through the pipe, until the other end is closed; Ctrl-C is for the process there.

    The first answer is ``None``: the process has been started.
    """
    gc.set_threshold(1_000_000)  # as the command line does: this process may not have loaded it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    chunks: SimpleQueue[bytes] = SimpleQueue()
    _send(pipe, reduction.ForkingPickler.dumps(None))
    threading.Thread(target=_receive, args=(pipe, chunks), daemon=True).start()
    while True:
        (chunk,) = reduction.ForkingPickler.loads(chunks.get())
        _send(pipe, _answered(work, chunk))


def _send(pipe: Connection, answer: memoryview) -> None:
    """Answer; or end, without a word, where nobody is there any more."""
    try:
        pipe.send_bytes(answer)
    except OSError:
        os._exit(1)


def _receive(pipe: Connection, chunks: "SimpleQueue[bytes]") -> None:
    """Take chunks while another one is worked at, so that the process that gives them need not wait."""
    try:
        while True:
            chunks.put(pipe.recv_bytes())
    except (EOFError, OSError):
        os._exit(1)  # who gave them has ended


def _answered(work: Work[R], chunk: Chunk) -> memoryview:
    """The answer as bytes."""
    try:
        return reduction.ForkingPickler.dumps(Answer(work(chunk), None))
    except Exception as error:  # noqa: BLE001 - it is raised where the result is asked for
        where = traceback.format_exc()
        error.add_note(f"\nIn another process:\n{where}")
        try:
            return reduction.ForkingPickler.dumps(Answer(None, error))
        except Exception:  # noqa: BLE001 - it is told in words at least
            return reduction.ForkingPickler.dumps(Answer(None, RuntimeError(where)))
