"""``hopscope stats --engine spark``: the session, and the files and Parquet shards that it reads.

All that Spark and its Java process print is kept from standard error; a failure is one line.
"""

import logging
import os
import re
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import reduce
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, BinaryIO

import click

from hopscope.cli import notes
from hopscope.errors import DEBUG, OptionError
from hopscope.renderers.text.escape import visible
from hopscope.sources.content import SUFFIXES, is_mail_file

if TYPE_CHECKING:
    from pyspark import StatusTracker
    from pyspark.sql import DataFrame, SparkSession
    from rich.status import Status

    from hopscope.config.settings import Organisation
    from hopscope.statistics.summary import Summary

__all__ = ["read"]

_FILE_COST = 1 << 16
"""Bytes that opening a file counts as when files are divided into tasks. With Spark's 4 MiB, 32 files are a task."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""The start of a path that Spark is given as it is; one letter is a drive."""
_PARQUET = ".parquet"
_COLUMNS = ("content", "source")
_MAX_SHOWN = 300
"""Maximum length of an error of Spark."""
_MAX_COLUMNS = 5
"""Number of columns that an error names."""
_REASON = re.compile(r"Error|Exception|^\[")
_NO_JAVA = ("JAVA_HOME", "java: not found", "java: command not found", "bin/java", "UnsupportedClassVersionError")
"""Signs in what spark-submit prints that there is no Java, or one that is too old."""
_NO_MEMORY = ("OutOfMemoryError", "dagScheduler()", "Answer from Java side is empty")
"""Signs that the Java process had too little memory; most often, only its failing clean-up is reported."""


def read(
    paths: Sequence[str], *, master: str | None, quick: bool, attached: bool, organisation: "Organisation | None"
) -> tuple["Summary", bool]:
    """The summary of the messages in files, folders and Parquet shards, and whether any could not be read.

    Args:
        paths: Local paths, or paths with a scheme.
        master: The URL of the cluster; ``None`` for that of the environment.
        quick: Whether to omit scenarios and findings.
        attached: Whether to include messages attached to messages.
        organisation: Identifies the reader's servers.
    """
    from hopscope import spark
    from hopscope.cli.summing import note_newer_builds

    _check(paths)
    try:
        spark.check_packages()
        with _session(master) as session, _failures_in_one_line():
            rows = reduce(lambda left, right: left.union(right), _rows(session, paths))
            summary = spark.summarize(rows, quick=quick, attached=attached, organisation=organisation)
    except OptionError as error:
        raise click.ClickException(visible(str(error))) from None
    if not summary.messages and not summary.unreadable:
        raise click.ClickException(f"no mail file ({' '.join(SUFFIXES)}) and no Parquet file; check the paths")
    if summary.unreadable:
        click.echo(f"hopscope: messages that could not be read: {summary.unreadable:,}", err=True)
    note_newer_builds(summary)
    return summary, bool(summary.unreadable)


def _check(paths: Sequence[str]) -> None:
    """Fail before Java is started if a path cannot be read."""
    if not paths or "-" in paths:
        raise click.UsageError("--engine spark does not read standard input; name files or folders")
    for path in paths:
        if not _SCHEME.match(path) and not Path(path).exists():
            advice = "check the path; files of a cluster have a scheme, such as hdfs:///mail"
            raise click.ClickException(f"{visible(path)}: no such file; {advice}")


@contextmanager
def _session(master: str | None) -> Iterator["SparkSession"]:
    """A session that is stopped at the end, also on a signal."""
    from py4j.protocol import Py4JError
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("hopscope stats")
    if master:
        builder = builder.master(master)
    options = {"spark.log.level": "OFF", "spark.sql.files.openCostInBytes": _FILE_COST}
    for key, value in {**options, "spark.ui.showConsoleProgress": False}.items():
        builder = builder.config(key, value)
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a Java process that dies is an error, and not a silent end
    with warnings.catch_warnings(), tempfile.TemporaryFile() as log, _progress() as watch:
        warnings.simplefilter("ignore")  # of pyspark, on versions of pandas
        logging.disable()  # py4j logs the connection that breaks when a signal ends this process
        with _signals_later(), _stderr_to(log), _failures_in_one_line(log):
            session = builder.getOrCreate()
        context = session.sparkContext
        if context.master.startswith("local") and "PYSPARK_PYTHON" not in os.environ:
            context.pythonExec = sys.executable  # and not the first python3 of PATH, which may lack hopscope
        try:
            with watch(context.statusTracker()):
                yield session
        finally:
            with suppress(Py4JError, ConnectionError):  # a signal may have ended the Java process, too
                session.stop()


@contextmanager
def _progress() -> Iterator[Callable[["StatusTracker"], AbstractContextManager[None]]]:
    """Show on a terminal that Spark starts; the result is a context manager that shows its tasks."""
    if notes.is_quiet() or not (sys.stderr and sys.stderr.isatty()):
        yield nullcontext
        return
    from rich.console import Console

    with os.fdopen(os.dup(2), "w") as terminal, Console(file=terminal).status("Spark starts") as status:
        yield lambda tracker: _watched(tracker, status)


@contextmanager
def _watched(tracker: "StatusTracker", status: "Status") -> Iterator[None]:
    """Show every second how many tasks of the current stages have ended."""
    ended = Event()
    start = time.monotonic()

    def show() -> None:
        while not ended.wait(1):
            stages = [stage for number in tracker.getActiveStageIds() if (stage := tracker.getStageInfo(number))]
            done, tasks = sum(stage.numCompletedTasks for stage in stages), sum(stage.numTasks for stage in stages)
            part = f"{done:,} of {tasks:,} tasks, " if tasks else ""
            status.update(f"Spark: {part}{time.monotonic() - start:,.0f} s")

    thread = Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _signals_later() -> Iterator[None]:
    """Act on signals at the end: a Java process that Python leaves while it starts runs on."""
    received: list[int] = []
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    previous = {number: signal.signal(number, lambda number, _: received.append(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():  # pyspark has replaced that of Ctrl-C
            signal.signal(number, handler)
    for number in received[:1]:
        signal.raise_signal(number)


@contextmanager
def _stderr_to(file: BinaryIO) -> Iterator[None]:
    """Redirect standard error to a file; processes that are started meanwhile keep it."""
    sys.stderr.flush()
    saved = os.dup(2)
    os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


@contextmanager
def _failures_in_one_line(log: BinaryIO | None = None) -> Iterator[None]:
    """Turn exceptions of Spark into an error of one line; with -vv, they are raised.

    Args:
        log: What the Java process printed while it was started.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError, OSError) as error:  # OSError: no spark-submit, or a broken connection
        if os.environ.get(DEBUG):
            raise
        text = str(error)
        if log and "JAVA_GATEWAY_EXITED" in text:
            log.seek(0)
            text = log.read().decode("utf-8", "replace") or text
            if any(sign in text for sign in _NO_JAVA):
                raise click.ClickException(
                    "Spark needs Java 17 or later; install it, and set JAVA_HOME to its folder"
                ) from None
        reason = visible(_reason(text))[:_MAX_SHOWN]
        advice = "-vv prints the traceback"
        if reason.startswith("ModuleNotFoundError"):
            advice = "install hopscope where the tasks run"
        elif any(sign in text for sign in _NO_MEMORY):
            advice = "if Java ran out of memory: PYSPARK_SUBMIT_ARGS='--driver-memory 4g pyspark-shell'"
        raise click.ClickException(f"Spark: {reason}; {advice}") from None


def _reason(text: str) -> str:
    """The line of an error of Spark that says what is wrong: the last one of a traceback, or the first one of Java."""
    lines = [line for line in text.splitlines() if line.strip() and not line[0].isspace()]
    start = next((number for number, line in enumerate(lines) if line.startswith("Traceback ")), None)
    if start is not None:
        return "".join(lines[start + 1 : start + 2]) or "error in a Python worker"
    reasons = [line for line in lines if "An error occurred while calling" not in line and re.search(_REASON, line)]
    return (reasons or lines or ["unknown error"])[0].lstrip(": ")


def _rows(session: "SparkSession", paths: Sequence[str]) -> Iterator["DataFrame"]:
    """The messages at the paths, in at most three DataFrames with the columns ``content`` and ``source``."""
    shards: list[str] = []
    files: list[str] = []
    folders: list[str] = []
    for path in paths:
        url = path if _SCHEME.match(path) else _url(path)
        if not _is_folder(path):
            (shards if path.endswith(_PARQUET) else files).append(url)
        else:
            (shards if _has_shards(session, url) else folders).append(url)
    if shards:
        yield _shards(session, shards)
    if files:
        yield _files(session, files)
    if folders:
        yield _files(session, folders, pathGlobFilter=_mail_names())


def _is_folder(path: str) -> bool:
    """Whether a path is a folder. One with a scheme is a folder unless it has the name of a file."""
    if not _SCHEME.match(path):
        return Path(path).is_dir()
    return not path.endswith(_PARQUET) and not is_mail_file(path.rpartition("/")[2])


def _has_shards(session: "SparkSession", url: str) -> bool:
    """Whether there are Parquet files in a folder, at any depth."""
    from pyspark.errors import AnalysisException

    try:
        _parquet(session, [url])
    except AnalysisException as error:
        if error.getCondition() == "UNABLE_TO_INFER_SCHEMA":
            return False
        raise
    return True


def _parquet(session: "SparkSession", urls: list[str]) -> "DataFrame":
    reader = session.read.option("recursiveFileLookup", value=True).option("pathGlobFilter", f"*{_PARQUET}")
    return reader.parquet(*urls)


def _shards(session: "SparkSession", urls: list[str]) -> "DataFrame":
    dataframe = _parquet(session, urls)
    if not {*_COLUMNS} <= {*dataframe.columns}:
        columns = ", ".join(dataframe.columns[:_MAX_COLUMNS])
        advice = "write them with `hopscope export --headers`"
        raise OptionError(f"Parquet files need the columns source and content, and these have {columns}; {advice}")
    return dataframe.select(*_COLUMNS)


def _files(session: "SparkSession", urls: list[str], **options: str) -> "DataFrame":
    """The content of files; the sources of local ones are their absolute paths."""
    from pyspark.sql.functions import col, regexp_replace

    reader = session.read.format("binaryFile").options(recursiveFileLookup=True, **options)
    return reader.load(urls).select(col("content"), regexp_replace("path", "^file:", "").alias("source"))


def _mail_names() -> str:
    """A pattern of Hadoop for the names of mail files, in any letter case."""
    suffixes = ",".join(f"*{suffix}" for suffix in SUFFIXES)
    return re.sub("[a-z]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", f"{{mbox,{suffixes}}}")


def _url(path: str) -> str:
    """The URL of a local path, which Spark would read as a pattern, or in its default file system."""
    return "file:" + re.sub(r"[\\{}\[\]*?]", r"\\\g<0>", os.path.abspath(path))  # noqa: PTH100 - removes ..
