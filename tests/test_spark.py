"""Spark: the summary and the hops of a DataFrame are those of ``stats`` and ``export``, whatever its partitions.

All tests of Spark are in this module, as they share one session.
"""

import gc
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.organisation import messages
from hopscope import cli, spark
from hopscope.cli import spark_engine
from hopscope.config.settings import Organisation
from hopscope.errors import DEBUG, OptionError
from hopscope.renderers.stats import FORMATS
from hopscope.scale.run import run_here
from hopscope.scale.summarize import summarize
from hopscope.scale.work import Chunk
from hopscope.sources import Message
from hopscope.sources.content import read_bytes
from hopscope.statistics.saved import dumps, loads
from hopscope.statistics.summary import Summary
from tests.documents import blocks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # pyspark closes its sockets when they are collected
]
ROOT = Path(__file__).parent.parent
Rows = list[tuple[str, bytes]]
SHARDS = "source string, content binary"
JAVA = 17
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Half of the CPU time of a short job is that of the compiler of Java."""


def java_version() -> int:
    """The version of Java that pyspark starts; 0 if there is none."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    if java is None:
        return 0
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?([0-9]+)', done.stderr)
    return int(version[1]) if version else 0


@pytest.fixture(scope="module")
def session() -> Iterator["SparkSession"]:
    for package in ("pyspark", "pyarrow", "pandas"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed; pip install 'hopscope[spark]'")
    if java_version() < JAVA:
        pytest.skip(f"there is no Java {JAVA} or later")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", str(ROOT))
        session = started()
        yield session
        session.stop()
        gc.collect()  # of unclosed sockets: no other test is to be warned of them


def started() -> "SparkSession":
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]")
    for key, value in {
        "spark.driver.extraJavaOptions": JAVA_OPTIONS,
        "spark.driver.memory": "512m",
        "spark.sql.session.timeZone": "Asia/Tokyo",  # times are UTC nevertheless
        "spark.sql.shuffle.partitions": 2,
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
    }.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


@cache
def organisation() -> Rows:
    return [(name, text.encode()) for name, text in messages(400)]


def mboxes(rows: Rows) -> Rows:
    parts = [rows[start : start + 60] for start in range(0, len(rows), 60)]
    mail = [b"".join(b"From a@b.example Mon Jun  3 10:00:00 2024\n%b\n" % text for _, text in part) for part in parts]
    return [(f"{number}.mbox", text) for number, text in enumerate(mail)]


def summed(rows: Iterable[tuple[str, bytes]], *, attached: bool = False, **options: Any) -> str:  # noqa: ANN401 - those of summarize
    """The saved summary of messages that are read in order, in one process."""
    summary = Summary()
    items = (item for source, data in rows for item in read_bytes(source, data, attached=attached))
    for tally in run_here(partial(summarize, **options), items):
        summary.merge(tally.summary)
    return dumps(summary)


@pytest.fixture(scope="module")
def shards(session: "SparkSession", tmp_path_factory: pytest.TempPathFactory) -> "DataFrame":
    folder = str(tmp_path_factory.mktemp("shards"))
    session.createDataFrame(organisation(), SHARDS).repartition(3).write.parquet(folder, mode="overwrite")
    return session.read.parquet(folder)


@pytest.mark.parametrize("partitions", [1, 7])
def test_the_summary_is_that_of_stats_whatever_the_partitions(shards: "DataFrame", partitions: int) -> None:
    from pyspark.sql.functions import rand

    shuffled = shards.repartition(partitions).sortWithinPartitions(rand(partitions))
    assert dumps(spark.summarize(shuffled)) == summed(organisation())


def test_the_summary_does_not_depend_on_adaptive_execution(session: "SparkSession", shards: "DataFrame") -> None:
    session.conf.set("spark.sql.adaptive.enabled", value=False)
    try:
        assert dumps(spark.summarize(shards)) == summed(organisation())
    finally:
        session.conf.unset("spark.sql.adaptive.enabled")


def test_files_of_any_kind_are_read_by_their_bytes(session: "SparkSession", tmp_path: Path) -> None:
    rows = [*organisation()[:20], *mboxes(organisation()[20:])]
    folder = tmp_path / "50 %41 ü"
    folder.mkdir()
    for name, data in rows:
        (folder / name).write_bytes(data)
    files = session.read.format("binaryFile").option("recursiveFileLookup", value=True).load(str(tmp_path))
    expected = summed((f"file:{folder}/{name}", data) for name, data in rows)
    assert dumps(spark.summarize(files, source="path")) == expected
    assert loads(expected).messages == len(organisation())


def test_mailboxes_are_rows_as_well(session: "SparkSession") -> None:
    rows = mboxes(organisation())
    mailboxes = session.createDataFrame(rows, SHARDS).repartition(4)
    assert dumps(spark.summarize(mailboxes)) == summed(rows)


def test_the_content_may_be_a_string(session: "SparkSession") -> None:
    rows = [(source, data.decode()) for source, data in organisation()[:40]]
    texts = session.createDataFrame(rows, "`the source` string, `text.raw` string")
    assert dumps(spark.summarize(texts, content="text.raw", source="the source")) == summed(organisation()[:40])


def test_rows_without_mail_count_as_unreadable(session: "SparkSession") -> None:
    rows = [("a.eml", organisation()[0][1]), ("b.eml", b"no header"), ("c.eml", b""), ("d.eml", None), (None, b"\0")]
    summary = spark.summarize(session.createDataFrame(rows, SHARDS))
    assert (summary.messages, summary.unreadable) == (1, 4)
    hops = spark.hops(session.createDataFrame(rows, SHARDS))
    assert {row.source for row in hops.select("source").collect()} == {"a.eml"}


def test_strings_that_are_not_utf_8_do_not_end_the_job(session: "SparkSession") -> None:
    row = (b"\xff.eml", organisation()[0][1].replace(b"EX16", b"EX\xff", 1))
    texts = session.createDataFrame([row], "source binary, content binary").selectExpr(
        "cast(source as string) source", "cast(content as string) content"
    )
    assert dumps(spark.summarize(texts)) == summed([("\ufffd.eml", row[1])])
    assert {row.source for row in spark.hops(texts).select("source").collect()} == {"\ufffd.eml"}


def test_a_dataframe_without_rows_has_an_empty_summary(session: "SparkSession") -> None:
    empty = session.createDataFrame([], SHARDS)
    assert dumps(spark.summarize(empty)) == dumps(Summary())
    assert spark.hops(empty).count() == 0


def test_names_of_random_hosts_are_kept_or_grouped_as_in_stats(session: "SparkSession") -> None:
    rows = [(name, text.encode()) for name, text in messages(1200, varied=True)]
    hosts = session.createDataFrame(rows, SHARDS).repartition(7)
    expected = summed(rows, quick=True)
    assert json.loads(expected)["grouped"]
    assert dumps(spark.summarize(hosts, quick=True)) == expected


def test_the_options_are_those_of_stats(session: "SparkSession") -> None:
    inner = organisation()[1][1].decode()
    report = f"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n{inner}\n--x--\n"
    received, _, rest = organisation()[0][1].decode().partition("From: ")
    rows = [("a.eml", f"{received}{report}".encode()), ("b.eml", f"{received}From: {rest}".encode())]
    dataframe = session.createDataFrame(rows, SHARDS)
    own = Organisation(domains=("north.example",))
    for options in ({"quick": True}, {"attached": True}, {"organisation": own}):
        assert dumps(spark.summarize(dataframe, **options)) == summed(rows, **options)
    assert spark.summarize(dataframe, attached=True).messages == 3
    trust = spark.hops(dataframe, organisation=own, attached=True).select("source", "trust").distinct().collect()
    assert {row.source for row in trust} == {"a.eml", "a.eml:attached:1", "b.eml"}
    assert "attested" in {row.trust for row in trust}


def test_hops_are_the_rows_of_export(shards: "DataFrame") -> None:
    import pyarrow as pa

    from hopscope.scale.exporting import rows

    chunk: Chunk = [Message(source=source, data=data) for source, data in organisation()]
    exported = pa.ipc.open_stream(rows(chunk).data).read_all()
    hops = spark.hops(shards.repartition(7))
    table = hops.toArrow().sort_by([("source", "ascending"), ("hop", "ascending")])
    assert table.column_names == exported.column_names
    assert table.cast(exported.schema).equals(exported.sort_by([("source", "ascending"), ("hop", "ascending")]))
    comments = [field.metadata["comment"] for field in hops.schema]
    assert comments == [field.metadata[b"description"].decode() for field in exported.schema]


def test_a_time_is_the_same_point_in_time_in_the_zone_of_the_session(session: "SparkSession") -> None:
    message = b"Received: from a by b.example with SMTP id 1; Mon, 3 Jun 2024 10:00:00 +0200\n\n"
    hops = spark.hops(session.createDataFrame([("a.eml", message)], SHARDS))
    assert hops.selectExpr("unix_seconds(time)", "hour(time)").collect() == [(1717401600, 17)]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"content": "text"}, r"no column 'text'; choose content from the columns: source, content$"),
        ({"source": "path"}, r"no column 'path'; choose source from the columns: source, content$"),
        ({"source": "content"}, r"column 'content' is binary; source must be string$"),
    ],
)
def test_a_wrong_column_is_an_error_before_the_job(
    session: "SparkSession", columns: dict[str, Any], reason: str
) -> None:
    dataframe = session.createDataFrame([], SHARDS)
    for function in (spark.summarize, spark.hops):
        with pytest.raises(OptionError, match=reason):
            function(dataframe, **columns)


def test_a_column_of_numbers_has_no_mail(session: "SparkSession") -> None:
    with pytest.raises(OptionError, match=r"column 'id' is bigint; content must be binary or string$"):
        spark.summarize(session.range(1), content="id")


@pytest.mark.parametrize("absent", ["pyspark", "pyarrow", "pandas"])
def test_a_missing_package_is_an_error_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == absent else object())
    dataframe: Any = None
    for function in (spark.summarize, spark.hops):
        with pytest.raises(OptionError, match=rf"needs {absent}; pip install 'hopscope\[spark\]'"):
            function(dataframe)


def test_the_page_on_spark_works(session: "SparkSession", mail: Path) -> None:
    folder = mail.parent.parent
    (folder / "mailboxes").mkdir()
    for name, data in mboxes(organisation()):
        (folder / "mailboxes" / name).write_bytes(data)
    session.createDataFrame(organisation(), SHARDS).write.parquet(f"{folder}/shards")
    namespace: dict[str, Any] = {"session": session}
    numbers = []
    for block in blocks((ROOT / "docs" / "spark.md").read_text(encoding="utf-8"), "python"):
        absolute = re.sub(
            r'"(?=(shards|mail|mailboxes|late)/)', f'"{folder}/', block
        )  # Java has another current folder
        exec(absolute, namespace)  # noqa: S102 - the page of this project
        numbers.append(namespace["summary"].messages)
    assert numbers == [400, 41, 400]
    assert loads(Path("january.json").read_bytes()).messages == 400
    assert session.read.parquet(f"{folder}/late").columns == ["service", "count"]


def stats(*arguments: object) -> int | str | None:
    """The exit status of ``hopscope stats``."""
    with pytest.raises(SystemExit) as exit_:
        cli.main(["stats", *map(str, arguments)])
    return exit_.value.code


@pytest.fixture
def engine(session: "SparkSession", monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """``--engine spark`` with the session of the tests; the URLs of the masters it was started for."""
    masters: list[str | None] = []

    @contextmanager
    def shared(master: str | None) -> Iterator["SparkSession"]:
        masters.append(master)
        yield session

    monkeypatch.setattr(spark_engine, "_session", shared)
    return masters


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with mail of many kinds, below the current one."""
    monkeypatch.chdir(tmp_path)
    inner = tmp_path / "mail" / "50 %41 ü [1] {x}"
    inner.mkdir(parents=True)
    for name, data in [*organisation()[:12], *mboxes(organisation()[12:40])]:
        (inner / name).write_bytes(data)
    (inner / "UP.EML").write_bytes(organisation()[40][1])
    (inner.parent / "requirements.txt").write_text("click\n")
    (inner.parent / "store.pst").write_bytes(b"!BDN")
    return inner


def test_the_sources_of_local_files_are_their_absolute_paths(
    engine: list[str | None], mail: Path, tmp_path: Path
) -> None:
    for number, name in enumerate(("a", "b", "c", "no suffix")):
        path = tmp_path / name
        if name != "no suffix":
            path.mkdir()
            path /= "a.eml"
        path.write_bytes(organisation()[50 + number][1])
    Path("link").symlink_to("c", target_is_directory=True)
    paths = ["mail/", "./a", f"../{tmp_path.name}/b", "link", "no suffix"]
    absolute = [tmp_path / name for name in ("mail", "a", "b", "link", "no suffix")]
    assert stats("--engine", "spark", "--master", "local[2]", *paths, "--save", "spark.json") == 0
    assert stats(*absolute, "--save", "local.json") == 0
    assert Path("spark.json").read_bytes() == Path("local.json").read_bytes()
    assert mail.name in Path("spark.json").read_text(encoding="utf-8")
    assert engine == ["local[2]"]


def test_shards_and_files_may_be_mixed(
    session: "SparkSession", engine: list[str | None], mail: Path, tmp_path: Path
) -> None:
    for day in range(2):  # of which one is a subfolder
        rows = organisation()[200 + 100 * day : 300 + 100 * day]
        session.createDataFrame(rows, SHARDS).coalesce(1).write.parquet(f"{tmp_path}/{'shards/' * day}day={day}")
    shards = [f"file:{tmp_path}/day=0", "shards"]
    assert stats("--engine", "spark", *shards, "mail", "--save", "spark.json", "--quick") == 0
    files = [(str(path), path.read_bytes()) for path in mail.iterdir()]
    assert Path("spark.json").read_text() == summed([*files, *organisation()[200:]], quick=True) + "\n"
    assert engine == [None]


def test_a_terminal_shows_the_tasks_of_current_stages() -> None:
    shown, updated = list[str](), Event()

    class Tracker:
        def getActiveStageIds(self) -> list[int]:  # noqa: N802 - of pyspark
            return [1, 2, 3]

        def getStageInfo(self, number: int) -> SimpleNamespace | None:  # noqa: N802 - of pyspark
            return SimpleNamespace(numTasks=700, numCompletedTasks=number) if number < 3 else None

    class Status:
        def update(self, text: str) -> None:
            shown.append(text)
            updated.set()

    tracker: Any = Tracker()
    status: Any = Status()
    with spark_engine._watched(tracker, status):  # noqa: SLF001 - a terminal shows it in colours
        assert updated.wait(60)
    assert shown[0].startswith("Spark: 3 of 1,400 tasks, ")


def test_messages_that_cannot_be_read_are_counted_and_not_named(
    engine: list[str | None], mail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = mail.parent / "secret.eml"
    secret.write_text("no header")
    assert stats("--engine", "spark", f"file:{secret}", mail / "000001.eml") == 2
    out, err = capsys.readouterr()
    assert "1 could not be read" in out
    assert err == "hopscope: messages that could not be read: 1\n"
    assert engine


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["file:/nowhere/mail"], "Spark: [PATH_NOT_FOUND] Path does not exist: file:/nowhere/mail"),
        (["empty"], "no mail file ("),
        (["hops.parquet"], "Parquet files need the columns source and content, and these have id;"),
        (["unknown:/mail"], 'No FileSystem for scheme "unknown"'),
    ],
)
@pytest.mark.usefixtures("engine", "mail")
def test_an_error_of_spark_is_one_line(
    session: "SparkSession",
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    error: str,
) -> None:
    monkeypatch.delenv(DEBUG, raising=False)
    Path("empty").mkdir()
    session.range(1).write.parquet("file:" + str(Path("hops.parquet").absolute()))
    assert stats("--engine", "spark", *arguments) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("hopscope: ")
    assert error in err
    assert err.count("\n") == 1


@pytest.mark.usefixtures("engine")
def test_java_without_memory_is_an_error_with_the_option(
    mail: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from py4j.protocol import Py4JError

    def fails(*_: object, **__: object) -> None:
        raise Py4JError('NullPointerException: the return value of "SparkContext.dagScheduler()" is null')

    monkeypatch.delenv(DEBUG, raising=False)
    monkeypatch.setattr(spark, "summarize", fails)
    assert stats("--engine", "spark", mail) == 2
    assert capsys.readouterr().err.endswith("PYSPARK_SUBMIT_ARGS='--driver-memory 4g pyspark-shell'\n")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--master", "local", "mail"], "--master applies to --engine spark only"),
        (["--engine", "spark"], "--engine spark does not read standard input"),
        (["--engine", "spark", "mail", "-"], "--engine spark does not read standard input"),
        (["--engine", "spark", "nowhere"], "nowhere: no such file; check the path; files of a cluster have a scheme"),
        (["--engine", "spark", "--host", "a", "mail"], "do not apply to --engine spark; use --leg"),
        (["--engine", "spark", "--merge", "mail"], "do not apply to --engine spark; use --leg"),
        (["--engine", "spark", "--jobs", "2", "mail"], "--jobs does not apply to --engine spark"),
    ],
)
@pytest.mark.usefixtures("mail")
def test_options_that_do_not_apply_are_errors(
    capsys: pytest.CaptureFixture[str], arguments: list[str], error: str
) -> None:
    assert stats(*arguments) == 2
    assert error in capsys.readouterr().err


def in_a_process(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    """``hopscope stats`` with a session of its own."""
    command = [sys.executable, "-m", "hopscope", "stats", *map(str, arguments)]
    inherited = {name: value for name, value in os.environ.items() if name not in {DEBUG, "PYSPARK_PYTHON"}}
    variables = {**inherited, "PYTHONPATH": str(ROOT), "JDK_JAVA_OPTIONS": JAVA_OPTIONS, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=variables)


@pytest.mark.usefixtures("session")  # skipped where there is none
def test_every_format_is_that_of_stats(mail: Path) -> None:
    for engine in ("spark", "local"):
        files = [argument for name in FORMATS for argument in ("--output-file", f"{name}={engine}.{name}")]
        options = ["--master", "local[1]"] if engine == "spark" else []
        done = in_a_process("--engine", engine, *options, mail, "--save", f"{engine}.saved", *files, "-q")
        assert (done.returncode, done.stderr) == (0, "")
    for name in (*FORMATS, "saved"):
        assert Path(f"spark.{name}").read_bytes() == Path(f"local.{name}").read_bytes()


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("options", "environment", "error"),
    [
        ([], {"JAVA_HOME": "/nowhere"}, "Spark needs Java 17 or later; install it, and set JAVA_HOME to its folder"),
        (
            [],
            {"SPARK_HOME": "/nowhere"},
            "Spark: [Errno 2] No such file or directory: '/nowhere/./bin/spark-submit'; -vv",
        ),
        (["--master", "nowhere"], {}, "Master must either be yarn or start with spark, k8s, or local"),
        (["--master", "local[x]"], {}, "Could not parse Master URL: 'local[x]'"),
    ],
)
def test_a_session_that_does_not_start_is_an_error_of_one_line(
    mail: Path, options: list[str], environment: dict[str, str], error: str
) -> None:
    done = in_a_process("--engine", "spark", *options, mail, **environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert error in done.stderr
    assert done.stderr.count("\n") == 1
