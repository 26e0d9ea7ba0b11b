"""Chunks of messages, processed by worker processes.

This process reads and distributes chunks. The number of pending chunks is bounded by the number of workers plus a few,
so memory stays bounded if the work is slow. Each worker has a separate pipe, so the chunks of a worker that died are
known and the other workers are not affected: its first chunk is retried once, and an error replaces its messages if a
worker dies again. If no worker can be started, this process does the work. (The workers of concurrent.futures share
one pipe and its lock: all of them block forever if one dies while it writes a result.)
"""

import multiprocessing
import signal
import sys
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import connection
from types import ModuleType
from typing import Generic, TypeVar

from hopscope.errors import SourceError
from hopscope.scale.isolation import isolated_results
from hopscope.scale.work import Chunk, Progress, Work
from hopscope.scale.worker import serve

__all__ = ["run"]

_AHEAD = 2
"""Chunks queued beyond one per worker."""

R = TypeVar("R")


def run(work: Work[R], chunks: Iterable[Chunk], jobs: int, progress: Progress) -> Iterator[R]:
    """The results of ``work`` for each chunk, in their order.

    Args:
        work: The function applied to a chunk in a worker process.
        chunks: The chunks, read on demand.
        jobs: Number of worker processes.
        progress: Receives progress and the deaths of workers.
    """
    pool = _Pool(work, jobs, progress)
    pending: deque[_Task[R]] = deque()
    try:
        for chunk in chunks:
            task: _Task[R] = _Task(chunk)
            pending.append(task)
            pool.submit(task)
            if len(pending) >= jobs + _AHEAD:
                yield from _results(pool, pending.popleft(), progress)
        while pending:
            yield from _results(pool, pending.popleft(), progress)
    finally:
        pool.end()


class _Task(Generic[R]):
    """A pending chunk."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.deaths = 0
        self.answer: tuple[R, ...] | None = None
        """The result of the work, or nothing if it failed; ``None``: no answer yet."""


def _results(pool: "_Pool[R]", task: _Task[R], progress: Progress) -> Iterator[R]:
    """The result of a task. If there is no worker, or the work failed in one, this process does the work."""
    while task.answer is None and pool.receive():
        pass
    yield from task.answer or isolated_results(pool.work, task.chunk)
    progress.done(len(task.chunk))


class _Worker(Generic[R]):
    """A worker process and its unanswered tasks; the first one is in progress."""

    def __init__(self, process: multiprocessing.process.BaseProcess, pipe: "connection.Connection") -> None:
        self.process = process
        self.pipe = pipe
        self.tasks: deque[_Task[R]] = deque()
        self.ready = False
        """Whether it has reported that it accepts chunks."""


class _Pool(Generic[R]):
    """Worker processes for the same work, started on demand."""

    def __init__(self, work: Work[R], jobs: int, progress: Progress) -> None:
        self.work = work
        self._jobs = jobs
        self._progress = progress
        self._workers: list[_Worker[R]] = []

    def submit(self, task: _Task[R]) -> None:
        """Send a chunk to the least busy worker; without any worker it is processed in :func:`_results`."""
        worker = min(self._workers, key=lambda worker: len(worker.tasks), default=None)
        if (worker is None or worker.tasks) and len(self._workers) < self._jobs:
            worker = self._start() or worker
        if worker is None:
            return
        worker.tasks.append(task)
        try:
            with _blocked("SIGPIPE"):
                worker.pipe.send((task.chunk,))
        except OSError:
            worker.process.kill()  # receive() then sees the end of its answers

    def receive(self) -> bool:
        """Wait for answers or for the death of a worker; false if there is no worker."""
        ready = connection.wait([worker.pipe for worker in self._workers]) if self._workers else []
        for worker in [worker for worker in self._workers if worker.pipe in ready]:
            try:
                answer: tuple[R, ...] | None = worker.pipe.recv()
            except (EOFError, OSError):
                self._died(worker)
            else:
                worker.ready = True
                if answer is not None:
                    worker.tasks.popleft().answer = answer
        return bool(ready)

    def _died(self, worker: _Worker[R]) -> None:
        """Redistribute the tasks of a dead worker. Its first task may be the cause and is retried once."""
        self._workers.remove(worker)
        _end(worker)
        suspect = next(iter(worker.tasks), None) if worker.ready else None
        if suspect is not None:
            suspect.deaths += 1
        if suspect is not None and suspect.deaths > 1:
            self._progress.died("a worker process died again; its messages are skipped")
            suspect.answer = (self.work([_skipped(suspect.chunk)]),)
            worker.tasks.popleft()
        elif not worker.ready:
            self._stop_starting()
        else:
            self._progress.died("a worker process died; its messages are read again")
        for task in worker.tasks:
            self.submit(task)

    def _stop_starting(self) -> None:
        """Continue with the workers that are running."""
        self._jobs = len(self._workers)
        suffix = "" if self._workers else "; continuing in a single process"
        self._progress.died(f"cannot start another worker process{suffix}")

    def _start(self) -> _Worker[R] | None:
        """A new worker; ``None`` if the system cannot start one."""
        try:
            return self._started()
        except (OSError, EOFError):
            self._stop_starting()
            return None

    def _started(self) -> _Worker[R]:
        context = _context(self.work)
        with _blocked("SIGINT", "SIGPIPE"):  # a worker that is being started must be recorded; it ignores Ctrl-C
            parent_end, child_end = context.Pipe()
            process = context.Process(target=serve, args=(child_end, self.work), daemon=True)
            with _without_main_module():
                process.start()
            child_end.close()
            worker: _Worker[R] = _Worker(process, parent_end)
            self._workers.append(worker)
        return worker

    def end(self) -> None:
        """Kill all workers."""
        while self._workers:
            _end(self._workers.pop())


def _end(worker: _Worker[R]) -> None:
    worker.process.kill()
    worker.pipe.close()
    worker.process.join()


def _skipped(chunk: Chunk) -> SourceError:
    first, last = chunk[0].source, chunk[-1].source
    more = f" or one of the {len(chunk) - 1} after it, up to {last}," if len(chunk) > 1 else ""
    reason = f"this message{more} crashes the worker process"
    return SourceError(first, reason, "split the input to find it")


def _context(work: Work[R]) -> "multiprocessing.context.ForkServerContext | multiprocessing.context.SpawnContext":
    """The start method of workers: never fork, as this process may have threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    module = getattr(getattr(work, "func", work), "__module__", "hopscope")
    context.set_forkserver_preload([str(module)])  # imported once for all workers
    return context


@contextmanager
def _without_main_module() -> Iterator[None]:
    """Hide the running script, which a worker would run again although it needs nothing from it.

    A script that calls the command line needs no ``if __name__ == "__main__"``, and may come from standard input.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _blocked(*names: str) -> Iterator[None]:
    """Block signals. A SIGPIPE in the meantime is dropped: a pipe to a dead worker raises an error instead."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    previous_mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
    try:
        if "SIGINT" in names:
            from multiprocessing import resource_tracker

            with warnings.catch_warnings(action="ignore"):  # that it was killed; nothing of this program is lost
                resource_tracker.ensure_running()  # starting it later would unblock SIGINT
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.Signals[name] for name in names})
        yield
    finally:
        if signal.SIGPIPE not in previous_mask and signal.SIGPIPE in signal.sigpending():
            signal.sigwait({signal.SIGPIPE})
        signal.pthread_sigmask(signal.SIG_SETMASK, previous_mask)
