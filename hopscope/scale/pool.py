"""Chunks of messages, worked at by several processes.

This process reads and hands out; a few chunks more than there are processes are under way, so that memory does not
grow however slow the work is. A process that dies takes the pool with it (concurrent.futures): then a new one is made,
and what was under way is done again, one chunk at a time, so that the one that kills its process is found. What does so
twice is given up, as an error in the place of its messages.
"""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import connection
from multiprocessing.context import BaseContext
from typing import Generic, TypeVar

from hopscope.errors import SourceError
from hopscope.scale.run import Found, Watch, Work

__all__ = ["run"]

_AHEAD = 2
"""Chunks that wait for a process."""
_MOST = 61 if sys.platform == "win32" else 1 << 10
"""Processes. Windows waits for no more at once."""

R = TypeVar("R")


def run(work: Work[R], chunks: Iterable[Found], jobs: int, watch: Watch) -> Iterator[R]:
    """The results of ``work`` for each chunk, in their order.

    Args:
        work: What is done with a chunk, in another process.
        chunks: Each is asked for when a process is about to be free for it.
        jobs: How many processes.
        watch: Is told of progress, and of processes that die.

    Raises:
        OSError: The system lets us have no process.
        ImportError: Python was built without what it takes.
        NotImplementedError: The system has too few semaphores.
    """
    pool = _Pool(work, min(jobs, _MOST))
    under_way: _UnderWay[R] = deque()
    try:
        for chunk in chunks:
            under_way.append((chunk, pool.submit(chunk)))
            if len(under_way) >= jobs + _AHEAD:
                yield _next(pool, under_way, watch)
        while under_way:
            yield _next(pool, under_way, watch)
    finally:
        pool.end()


_UnderWay = deque[tuple[Found, "Future[R]"]]


def _next(pool: "_Pool[R]", under_way: "_UnderWay[R]", watch: Watch) -> R:
    """The result of the chunk that is first."""
    if isinstance(under_way[0][1].exception(), BrokenExecutor):
        watch.died("a process that reads messages died; what it was given is read again")
        pool.renew()
        for place, (chunk, future) in enumerate(under_way):
            if not future.done() or future.cancelled() or isinstance(future.exception(), BrokenExecutor):
                under_way[place] = chunk, _alone(pool, chunk, watch)
    chunk, future = under_way.popleft()
    result = future.result()
    watch.done(len(chunk))
    return result


def _alone(pool: "_Pool[R]", chunk: Found, watch: Watch) -> "Future[R]":
    """The result of a chunk that may have killed its process, with nothing beside it; an error if it does so again."""
    future = pool.submit(chunk)
    if isinstance(future.exception(), BrokenExecutor):
        watch.died("a process that reads messages died again; what it was given is left out")
        pool.renew()
        future = Future()
        future.set_result(pool.work([_given_up(chunk)]))
    return future


def _given_up(chunk: Found) -> SourceError:
    first, last = chunk[0].source, chunk[-1].source
    if len(chunk) == 1:
        return SourceError(first, "the process that reads it dies", "look at it by itself, with more memory")
    reason = f"the process that reads the {len(chunk)} messages from this one to {last} dies, so they are left out"
    return SourceError(first, reason, "give them in smaller parts, or with more memory")


class _Pool(Generic[R]):
    """Processes that do the same work."""

    def __init__(self, work: Work[R], jobs: int) -> None:
        self.work = work
        self._jobs = jobs
        self._executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        methods = multiprocessing.get_all_start_methods()
        if "forkserver" in methods:
            context: BaseContext = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload([self._module()])
            _start_forkserver()
        else:
            context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._jobs, context, initializer=_prepare)

    def _module(self) -> str:
        """Where the work is defined: loaded once, for all processes."""
        function = getattr(self.work, "func", self.work)
        return str(getattr(function, "__module__", "hopscope"))

    def submit(self, chunk: Found) -> "Future[R]":
        """Have a chunk worked at."""
        try:
            return self._executor.submit(self.work, chunk)
        except BrokenExecutor as error:  # it died since the last result was asked for
            failed: Future[R] = Future()
            failed.set_exception(error)
            return failed

    def renew(self) -> None:
        """Go on with new processes."""
        self.end()
        self._executor = self._start()

    def end(self) -> None:
        """End all processes, whatever they are at."""
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def _start_forkserver() -> None:
    """Start the process that starts the others, none of which may ever see Ctrl-C: not even before it has begun."""
    from multiprocessing import forkserver

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare() -> None:
    """Leave Ctrl-C to the process that reads, and end with it."""
    gc.set_threshold(100_000)  # hardly anything here is garbage in circles, and to search for it takes half the time
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
