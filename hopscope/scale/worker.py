"""The worker process started by :mod:`hopscope.scale.pool`."""

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
    """The return value of the work, or the exception that it raised."""

    def __init__(self, value: R | None, error: Exception | None) -> None:
        self._value = value
        self._error = error

    def result(self) -> R:
        """The return value of the work.

        Raises:
            Exception: The exception raised by the work.
        """
        if self._error is not None:
            raise self._error
        return cast("R", self._value)


def serve(pipe: Connection, work: Work[R]) -> None:
    """Answer each chunk received from the pipe until the other end is closed; Ctrl-C is left to the parent process.

    The first answer is ``None``: the worker accepts chunks.
    """
    gc.set_threshold(1_000_000)  # as on the command line, whose module this process may not have imported
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    chunks: SimpleQueue[bytes] = SimpleQueue()
    _send(pipe, reduction.ForkingPickler.dumps(None))
    threading.Thread(target=_receive, args=(pipe, chunks), daemon=True).start()
    while True:
        (chunk,) = reduction.ForkingPickler.loads(chunks.get())
        _send(pipe, _answered(work, chunk))


def _send(pipe: Connection, answer: memoryview) -> None:
    """Send an answer; exit silently if the parent process has closed the pipe."""
    try:
        pipe.send_bytes(answer)
    except OSError:
        os._exit(1)


def _receive(pipe: Connection, chunks: "SimpleQueue[bytes]") -> None:
    """Receive chunks while another one is processed, so that the parent process does not block."""
    try:
        while True:
            chunks.put(pipe.recv_bytes())
    except (EOFError, OSError):
        os._exit(1)  # the parent process has ended


def _answered(work: Work[R], chunk: Chunk) -> memoryview:
    """The answer as bytes."""
    try:
        return reduction.ForkingPickler.dumps(Answer(work(chunk), None))
    except Exception as error:  # noqa: BLE001 - raised again by Answer.result
        where = traceback.format_exc()
        error.add_note(f"\nIn another process:\n{where}")
        try:
            return reduction.ForkingPickler.dumps(Answer(None, error))
        except Exception:  # noqa: BLE001 - the exception is not picklable, so at least its traceback is sent
            return reduction.ForkingPickler.dumps(Answer(None, RuntimeError(where)))
