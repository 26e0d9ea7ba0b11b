"""The worker process started by :mod:`hopscope.scale.pool`."""

import gc
import os
import signal
import threading
from multiprocessing import reduction
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import TypeVar

from hopscope.scale.work import Chunk, Work

__all__ = ["serve"]

R = TypeVar("R")


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
    """The result of the work in a tuple; an empty one if it failed, so that the parent process repeats it."""
    try:
        return reduction.ForkingPickler.dumps((work(chunk),))
    except Exception:  # noqa: BLE001 - raised again, or isolated to a message, in the parent process
        return reduction.ForkingPickler.dumps(())
