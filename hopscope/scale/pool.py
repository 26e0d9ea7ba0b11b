"""Chunks of messages, worked at by several processes.

This process reads and hands out; a few chunks more than there are processes are under way, so that memory does not
grow however slow the work is. Each process has a pipe of its own. So it is known what a process had that died, whatever
it was at, and nothing that others need dies with it: its chunk is done again, and where that ends a process again, it
is given up, as an error in the place of its messages. Where no process can be started, this one does all the work.
(Those of concurrent.futures share one pipe and its lock: to die while a result is written stops them all for good.)
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import connection
from typing import Generic, TypeVar

from hopscope.errors import SourceError
from hopscope.scale.work import Chunk, Progress, Work
from hopscope.scale.worker import Answer, serve

__all__ = ["run"]

_AHEAD = 2
"""Chunks that wait for a process."""

R = TypeVar("R")


def run(work: Work[R], chunks: Iterable[Chunk], jobs: int, progress: Progress) -> Iterator[R]:
    """The results of ``work`` for each chunk, in their order.

    Args:
        work: What is done with a chunk, in another process.
        chunks: Each is asked for when a process is about to be free for it.
        jobs: How many processes.
        progress: Is told of progress, and of processes that die.
    """
    pool = _Pool(work, jobs, progress)
    under_way: deque[_Task[R]] = deque()
    try:
        for chunk in chunks:
            task: _Task[R] = _Task(chunk)
            under_way.append(task)
            pool.give(task)
            if len(under_way) >= jobs + _AHEAD:
                yield _result(pool, under_way.popleft(), progress)
        while under_way:
            yield _result(pool, under_way.popleft(), progress)
    finally:
        pool.end()


class _Task(Generic[R]):
    """A chunk that is under way."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.deaths = 0
        self.answer: Answer[R] | None = None


def _result(pool: "_Pool[R]", task: _Task[R], progress: Progress) -> R:
    """The result of a task; what the work raised is raised here."""
    while task.answer is None:
        if not pool.receive():
            task.answer = Answer(pool.work(task.chunk), None)
    result = task.answer.result()
    progress.done(len(task.chunk))
    return result


class _Worker(Generic[R]):
    """A process, and what it was given and has not answered: what it is at comes first."""

    def __init__(self, process: multiprocessing.process.BaseProcess, pipe: "connection.Connection") -> None:
        self.process = process
        self.pipe = pipe
        self.tasks: deque[_Task[R]] = deque()
        self.ready = False
        """It has told that it waits for chunks."""


class _Pool(Generic[R]):
    """Processes that do the same work; they are started as they are needed."""

    def __init__(self, work: Work[R], jobs: int, progress: Progress) -> None:
        self.work = work
        self._jobs = jobs
        self._watch = progress
        self._workers: list[_Worker[R]] = []

    def give(self, task: _Task[R]) -> None:
        """Have a chunk worked at, by the process that has least to do; where there can be none, its turn will come."""
        worker = min(self._workers, key=lambda worker: len(worker.tasks), default=None)
        if (worker is None or worker.tasks) and len(self._workers) < self._jobs:
            worker = self._start() or worker
        if worker is None:
            return
        worker.tasks.append(task)
        try:
            with _held_back("SIGPIPE"):
                worker.pipe.send((task.chunk,))
        except OSError:
            worker.process.kill()  # which shows where its answers end

    def receive(self) -> bool:
        """Wait for answers, or for the death of a process; false where there is none to wait for."""
        ready = connection.wait([worker.pipe for worker in self._workers]) if self._workers else []
        for worker in [worker for worker in self._workers if worker.pipe in ready]:
            try:
                answer: Answer[R] | None = worker.pipe.recv()
            except (EOFError, OSError):
                self._died(worker)
            else:
                worker.ready = True
                if answer is not None:
                    worker.tasks.popleft().answer = answer
        return bool(ready)

    def _died(self, worker: _Worker[R]) -> None:
        """Give to others what a process had that died. What it was at may be why, and is given once more."""
        self._workers.remove(worker)
        _end(worker)
        suspect = next(iter(worker.tasks), None) if worker.ready else None
        if suspect is not None:
            suspect.deaths += 1
        if suspect is not None and suspect.deaths > 1:
            self._watch.died("a worker process died again; its chunk is skipped")
            suspect.answer = Answer(self.work([_left_out(suspect.chunk)]), None)
            worker.tasks.popleft()
        elif not worker.ready:
            self._cannot_start()
        else:
            self._watch.died("a worker process died; its chunk is read again")
        for task in worker.tasks:
            self.give(task)

    def _cannot_start(self) -> None:
        """Make do with the processes there are."""
        self._jobs = len(self._workers)
        suffix = "" if self._workers else "; this one does all the work"
        self._watch.died(f"cannot start another worker process{suffix}")

    def _start(self) -> _Worker[R] | None:
        """Another process; ``None`` where the system has none to give."""
        try:
            return self._started()
        except (OSError, EOFError):
            self._cannot_start()
            return None

    def _started(self) -> _Worker[R]:
        context = _context(self.work)
        with _held_back("SIGINT", "SIGPIPE"):  # what is being started must not be forgotten; it leaves Ctrl-C to us
            parent_end, child_end = context.Pipe()
            process = context.Process(target=serve, args=(child_end, self.work), daemon=True)
            process.start()
            child_end.close()
            worker: _Worker[R] = _Worker(process, parent_end)
            self._workers.append(worker)
        return worker

    def end(self) -> None:
        """End all processes, whatever they are at."""
        while self._workers:
            _end(self._workers.pop())


def _end(worker: _Worker[R]) -> None:
    worker.process.kill()
    worker.pipe.close()
    worker.process.join()


def _left_out(chunk: Chunk) -> SourceError:
    first, last = chunk[0].source, chunk[-1].source
    more = f" or one of the {len(chunk) - 1} after it, up to {last}," if len(chunk) > 1 else ""
    reason = f"this message{more} ends the process that reads it"
    return SourceError(first, reason, "give the messages in smaller parts to find which")


def _context(work: Work[R]) -> "multiprocessing.context.ForkServerContext | multiprocessing.context.SpawnContext":
    """How processes are started: never as copies of this one, which may have threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    module = getattr(getattr(work, "func", work), "__module__", "hopscope")
    context.set_forkserver_preload([str(module)])  # loaded once, for all
    return context


@contextmanager
def _held_back(*names: str) -> Iterator[None]:
    """Put off signals. A SIGPIPE that came meanwhile is dropped: a pipe to a process that died is an error."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    if "SIGINT" in names:
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # where it was not, this lets Ctrl-C through again when it is done
    previous_mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.Signals[name] for name in names})
    try:
        yield
    finally:
        if signal.SIGPIPE not in previous_mask and signal.SIGPIPE in signal.sigpending():
            signal.sigwait({signal.SIGPIPE})
        signal.pthread_sigmask(signal.SIG_SETMASK, previous_mask)
