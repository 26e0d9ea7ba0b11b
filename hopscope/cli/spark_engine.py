"""``hopscope stats --engine spark``: the session, and the files and Parquet shards that it reads.

All that Spark and its Java process print is kept from standard error; a failure is one line.
"""
# ruff: noqa: PTH100, PTH110, PTH112, PTH118, PTH208
# os.path as in sources: importing pathlib takes 3 ms at start-up

import os
import re
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import TYPE_CHECKING, BinaryIO

import click

from hopscope.errors import DEBUG, OptionError
from hopscope.renderers.text.escape import visible
from hopscope.sources.content import SUFFIXES, is_mail_file

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

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
_LONGEST = 1 << 16
"""Characters, more than a path has."""
_REASON = re.compile(r"Error|Exception|^\[")
_NO_JAVA = ("JAVA_HOME", "java: not found", "java: command not found", "bin/java", "UnsupportedClassVersionError")
"""Signs in what spark-submit prints that there is no Java, or one that is too old."""


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
        if not _SCHEME.match(path) and not os.path.exists(path):
            advice = "check the path; files of a cluster have a scheme, such as hdfs:///mail"
            raise click.ClickException(f"{visible(path)}: no such file; {advice}")


@contextmanager
def _session(master: str | None) -> Iterator["SparkSession"]:
    """A session that is stopped at the end, also on Ctrl-C."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("hopscope stats")
    if master:
        builder = builder.master(master)
    options = {"spark.log.level": "OFF", "spark.sql.files.openCostInBytes": _FILE_COST}
    for key, value in {**options, "spark.ui.showConsoleProgress": False}.items():
        builder = builder.config(key, value)
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a Java process that dies is an error, and not a silent end
    with warnings.catch_warnings(), tempfile.TemporaryFile() as log:
        warnings.simplefilter("ignore")  # of pyspark, on versions of pandas
        with _interrupt_later(), _stderr_to(log), _failures_in_one_line(log):
            session = builder.getOrCreate()
        context = session.sparkContext
        if context.master.startswith("local") and "PYSPARK_PYTHON" not in os.environ:
            context.pythonExec = sys.executable  # and not the first python3 of PATH, which may lack hopscope
        try:
            yield session
        finally:
            session.stop()


@contextmanager
def _interrupt_later() -> Iterator[None]:
    """Act on Ctrl-C at the end: a Java process that Python leaves while it starts runs on."""
    pressed: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)  # pyspark has replaced the handler
    if pressed:
        raise KeyboardInterrupt


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
    except (PySparkException, Py4JError, ConnectionError) as error:
        if os.environ.get(DEBUG):
            raise
        text = str(error)
        if log:
            log.seek(0)
            text = log.read().decode("utf-8", "replace") or text
            if any(sign in text for sign in _NO_JAVA):
                raise click.ClickException(
                    "Spark needs Java 17 or later; install it, and set JAVA_HOME to its folder"
                ) from None
        reason = visible(_reason(text))[:_MAX_SHOWN]
        is_absent = reason.startswith("ModuleNotFoundError")
        advice = "install hopscope where the tasks run" if is_absent else "-vv prints the traceback"
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
    """The messages at the paths, in few DataFrames with the columns ``content`` and ``source``."""
    shards: list[str] = []
    files: dict[tuple[str | None, str, bool], list[str]] = {}
    for path in paths:
        is_remote = _SCHEME.match(path) is not None
        if _has_remote_shards(session, path) if is_remote else _has_shards(path):
            shards.append(path if is_remote else _escaped(path))
        elif is_remote:
            files.setdefault((None, "", not is_mail_file(path.rpartition("/")[2])), []).append(path)
        else:
            files.setdefault((*_renaming(path), os.path.isdir(path)), []).append(_escaped(path))
    if shards:
        yield _shards(session, shards)
    for (absolute, given, by_name), group in files.items():
        yield _files(session, group, absolute, given, by_name=by_name)


def _has_shards(path: str) -> bool:
    """Whether a local path is a Parquet file, or a folder with any."""
    return path.endswith(_PARQUET) or (
        os.path.isdir(path) and any(name.endswith(_PARQUET) for name in os.listdir(path))
    )


def _has_remote_shards(session: "SparkSession", path: str) -> bool:
    """Whether a path with a scheme is a Parquet file, or a folder with any; the folder is listed."""
    from pyspark.errors import AnalysisException

    if path.endswith(_PARQUET) or is_mail_file(path.rpartition("/")[2]):
        return path.endswith(_PARQUET)
    try:
        _parquet(session, [path])
    except AnalysisException as error:
        if error.getCondition() == "UNABLE_TO_INFER_SCHEMA":
            return False
        raise
    return True


def _parquet(session: "SparkSession", paths: list[str]) -> "DataFrame":
    reader = session.read.option("recursiveFileLookup", value=True).option("pathGlobFilter", f"*{_PARQUET}")
    return reader.parquet(*paths)


def _shards(session: "SparkSession", paths: list[str]) -> "DataFrame":
    dataframe = _parquet(session, paths)
    if not {*_COLUMNS} <= {*dataframe.columns}:
        columns = ", ".join(dataframe.columns[:_MAX_COLUMNS])
        advice = "write them with `hopscope export --headers`"
        raise OptionError(f"Parquet files need the columns source and content, and these have {columns}; {advice}")
    return dataframe.select(*_COLUMNS)


def _files(
    session: "SparkSession", paths: list[str], absolute: str | None, given: str, *, by_name: bool
) -> "DataFrame":
    """The content of files, with the sources that ``stats`` prints.

    Args:
        session: The session.
        paths: Files and folders.
        absolute: The start of the paths of local files; ``None`` if paths have a scheme and are the sources.
        given: What takes its place in their sources.
        by_name: Whether only files are read whose names are those of mail, as in folders.
    """
    from pyspark.sql.functions import col, concat, lit

    reader = session.read.format("binaryFile").option("recursiveFileLookup", value=True)
    if by_name:
        reader = reader.option("pathGlobFilter", _mail_names())
    path = col("path")
    if absolute is not None:
        path = concat(lit(given), path.substr(len(f"file:{absolute}") + 1, _LONGEST))
    return reader.load(paths).select(col("content"), path.alias("source"))


def _mail_names() -> str:
    """A pattern of Hadoop for the names of mail files, in any letter case."""
    patterns = (f"*{suffix}" for suffix in SUFFIXES)
    return f"{{mbox,{','.join(re.sub('[a-z]', _either_case, pattern) for pattern in patterns)}}}"


def _either_case(letter: re.Match[str]) -> str:
    return f"[{letter[0]}{letter[0].upper()}]"


def _renaming(path: str) -> tuple[str, str]:
    """The start of the absolute paths of the files at a local path, and of their sources, without what both end with.

    Files that are named one by one have the same renaming, so that they are read together.
    """
    is_folder = os.path.isdir(path)
    given = os.path.join(path, "") if is_folder else path
    absolute = os.path.join(os.path.abspath(path), "") if is_folder else os.path.abspath(path)
    while given and absolute.endswith(given[-1]):
        absolute, given = absolute[:-1], given[:-1]
    return absolute, given


def _escaped(path: str) -> str:
    """A local path for Spark, which reads others as patterns, or as files of its default file system."""
    return "file:" + re.sub(r"[\\{}\[\]*?]", r"\\\g<0>", os.path.abspath(path))
