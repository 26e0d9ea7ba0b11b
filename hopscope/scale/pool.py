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
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from typing import Generic, TypeVar

from hopscope.errors import SourceError
from hopscope.scale.run import Found, Watch, Work

__all__ = ["run"]

_AHEAD = 2
"""Chunks that wait for a process."""

R = TypeVar("R")


def run(work: Work[R], chunks: Iterable[Found], jobs: int, watch: Watch) -> Iterator[R]:
    """The results of ``work`` for each chunk, in their order.

    Args:
        work: What is done with a chunk, in another process.
        chunks: Each is asked for when a process is about to be free for it.
        jobs: How many processes.
        watch: Is told of progress, and of processes that die.
    """
    pool = _Pool(work, jobs)
    under_way: deque[tuple[Found, Future[R]]] = deque()
    with _without_sigpipe():
        try:
            pool.start()
            for chunk in chunks:
                under_way.append((chunk, pool.submit(chunk)))
                if len(under_way) >= jobs + _AHEAD:
                    yield _next(pool, under_way, watch)
            while under_way:
                yield _next(pool, under_way, watch)
        finally:
            pool.end()


def _next(pool: "_Pool[R]", under_way: deque[tuple[Found, "Future[R]"]], watch: Watch) -> R:
    """The result of the chunk that is first."""
    if _lost(under_way[0][1]):
        watch.died("a process that read messages died; what it had is read again")
        pool.renew()
        for place, (chunk, future) in enumerate(under_way):
            if not future.done() or _lost(future):
                under_way[place] = chunk, _alone(pool, chunk, watch)
    chunk, future = under_way.popleft()
    result = future.result()
    watch.done(len(chunk))
    return result


def _alone(pool: "_Pool[R]", chunk: Found, watch: Watch) -> "Future[R]":
    """The result of a chunk that may have killed its process, with nothing beside it; an error if it does so again."""
    future = pool.submit(chunk)
    if _lost(future):
        watch.died("a process that read messages died again; what it had is left out")
        pool.renew()
        future = Future()
        future.set_result(pool.work([_left_out(chunk)]))
    return future


def _lost(future: "Future[R]") -> bool:
    """Whether the process that was at it died, or another one of its pool. Waits until that is known."""
    return future.cancelled() or isinstance(future.exception(), BrokenExecutor)


def _left_out(chunk: Found) -> SourceError:
    first, last = chunk[0].source, chunk[-1].source
    more = f" or one of the {len(chunk) - 1} after it, up to {last}," if len(chunk) > 1 else ""
    reason = f"this message{more} ends the process that reads it"
    return SourceError(first, reason, "give the messages in smaller parts to find which")


class _Pool(Generic[R]):
    """Processes that do the same work."""

    def __init__(self, work: Work[R], jobs: int) -> None:
        self.work = work
        self._jobs = jobs
        self._executor: ProcessPoolExecutor | None = None

    def start(self) -> None:
        """Start the processes."""
        methods = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        if "forkserver" in methods:
            context.set_forkserver_preload([self._module()])
        with _undisturbed():
            self._executor = ProcessPoolExecutor(self._jobs, context, initializer=_prepare)
            self._executor.submit(os.getpid)  # starts the processes

    def _module(self) -> str:
        """Where the work is defined: loaded once, for all processes."""
        function = getattr(self.work, "func", self.work)
        return str(getattr(function, "__module__", "hopscope"))

    def submit(self, chunk: Found) -> "Future[R]":
        """Have a chunk worked at."""
        assert self._executor is not None, "it was started"  # noqa: S101 - internal invariant
        try:
            with _undisturbed():  # it may start one more process
                return self._executor.submit(self.work, chunk)
        except BrokenExecutor as error:  # it died since the last result was asked for
            failed: Future[R] = Future()
            failed.set_exception(error)
            return failed

    def renew(self) -> None:
        """Go on with new processes."""
        self.end()
        self.start()

    def end(self) -> None:
        """End all processes, whatever they are at."""
        if self._executor is None:
            return
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        for process in processes:
            process.kill()
        self._executor.shutdown(cancel_futures=True)
        for process in processes:
            process.join()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off Ctrl-C: a process that is being started must not be forgotten. Those started leave it to this one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # where it was not, this lets Ctrl-C through again when it is done
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_sigpipe() -> Iterator[None]:
    """Have a pipe to a process that died be an error, and not the end of this process; so is a closed output."""
    if not hasattr(signal, "SIGPIPE") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGPIPE, before)


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
