"""Spark: the summary and the hops of a DataFrame are those of ``stats`` and ``export``, whatever its partitions."""

import gc
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.organisation import messages
from hopscope import spark
from hopscope.config.settings import Organisation
from hopscope.errors import OptionError
from hopscope.scale.run import run_here
from hopscope.scale.summarize import summarize
from hopscope.scale.work import Chunk
from hopscope.sources import Message
from hopscope.sources.content import read_bytes
from hopscope.statistics.saved import dumps
from hopscope.statistics.summary import MOST, Summary

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
        "spark.driver.memory": "512m",
        "spark.sql.session.timeZone": "Asia/Tokyo",  # times are UTC nevertheless
        "spark.sql.shuffle.partitions": 4,
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


@pytest.mark.parametrize("partitions", [1, 2, 7, 20])
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
    assert spark.summarize(files, source="path").messages == len(organisation())


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


def test_a_dataframe_without_rows_has_an_empty_summary(session: "SparkSession") -> None:
    empty = session.createDataFrame([], SHARDS)
    assert dumps(spark.summarize(empty)) == dumps(Summary())
    assert spark.hops(empty).count() == 0


def test_names_of_random_hosts_are_kept_or_grouped_as_in_stats(session: "SparkSession") -> None:
    rows = [(name, text.encode()) for name, text in messages(900, varied=True)]
    hosts = session.createDataFrame(rows, SHARDS).repartition(7)
    expected = summed(rows)
    assert expected.count('"host":') >= MOST
    assert dumps(spark.summarize(hosts)) == expected


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
