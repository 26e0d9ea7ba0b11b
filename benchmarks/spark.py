"""Spark on a cluster of this machine: speed, memory, a killed executor, and small files against shards.

    python benchmarks/spark.py [--messages 200000] [--files 20000] [--folder FOLDER]

Generates the header blocks of organisation.py as Parquet shards, and sums them up with a master and one or two workers
in processes of their own (``local-cluster``), each with one core and 1 GB. Prints messages per second, the CPU time of
all processes, the peak memory of an executor and of a Python worker, and the bytes shuffled. Then kills an executor
while it works, and compares the summaries. Last, sums up the same number of messages as files of their own and as
shards, with Spark's and with a lower cost of opening a file. Needs hopscope[spark], Java 17 and Linux.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from organisation import messages  # type: ignore[import-not-found] # beside this script

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HERE = Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")
SHARD = 10_000
"""Messages of a shard, some 9 MB."""
PAUSE = 0.2
"""Seconds between two measurements of the processes."""


class Process(NamedTuple):
    """A process below this one."""

    pid: int
    parent: int
    name: str
    seconds: float
    """CPU time, of children that have ended, too."""
    peak: float
    """Largest resident memory so far, in MB."""


class Usage:
    """Watches the processes that this one has started."""

    def __init__(self) -> None:
        self.seen: dict[int, Process] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(PAUSE):
            self.seen.update({process.pid: process for process in below(os.getpid())})

    def peak(self, name: str) -> float:
        """The largest memory of a process of this name, in MB."""
        return max((process.peak for process in self.seen.values() if process.name == name), default=0)


def below(root: int) -> list[Process]:
    """All processes below one."""
    every = [process for path in Path("/proc").glob("[0-9]*") if (process := measured(path))]
    found = {root}
    for _ in range(6):
        found |= {process.pid for process in every if process.parent in found}
    return [process for process in every if process.pid in found - {root}]


def measured(path: Path) -> Process | None:
    """A process; ``None`` if it has ended meanwhile."""
    try:
        status, command = (path / "status").read_text(), (path / "cmdline").read_bytes()
        fields = (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    values = dict(line.split(":", 1) for line in status.splitlines())
    name = next((name for text, name in NAMES.items() if text in command), "other")
    ticks = sum(map(int, fields[11:15]))
    return Process(
        int(path.name), int(fields[1]), name, ticks / TICK, int(values.get("VmHWM", "0 kB").split()[0]) / 1e3
    )


NAMES = {b"CoarseGrainedExecutorBackend": "executor", b"pyspark.daemon": "python", b"SparkSubmit": "driver"}


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--part", choices=PARTS, help="only this part, as each has a Java process of its own")
    options = parser.parse_args()
    if options.part:
        PARTS[options.part](options.folder, options.files)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        make_shards(folder, options.messages)
        make_files(folder, options.files)
        for part in PARTS:
            arguments = ["--part", part, "--folder", str(folder), "--files", str(options.files)]
            subprocess.run([sys.executable, __file__, *arguments], check=True, stderr=subprocess.DEVNULL)
        if len(summaries := {path.read_bytes() for path in folder.glob("summary-*.json")}) > 1:
            raise SystemExit("the summaries differ")
        print(f"summaries that differ: {len(summaries) - 1}")


def make_shards(folder: Path, number: int) -> None:
    """Write the header blocks as Parquet files, unless they are there already."""
    import pyarrow as pa
    from pyarrow import parquet

    shards = folder / "shards"
    if shards.exists():
        return
    shards.mkdir(parents=True)
    every = messages(number)
    shard = 0
    while rows := list(islice(every, SHARD)):
        blocks = [text.partition("\n\n")[0].encode() + b"\n\n" for _, text in rows]
        table = pa.table({"source": [name for name, _ in rows], "content": pa.array(blocks, pa.binary())})
        parquet.write_table(table, shards / f"{shard:05d}.parquet", compression="zstd")
        shard += 1


def make_files(folder: Path, number: int) -> None:
    """Write messages as files of their own, a thousand in a folder, unless they are there already."""
    files = folder / "files"
    if files.exists():
        return
    for place, (name, text) in enumerate(messages(number)):
        inner = files / f"{place // 1000:03d}"
        inner.mkdir(parents=True, exist_ok=True)
        (inner / name).write_text(text)


def session(master: str, **options: object) -> "SparkSession":
    """A session whose cost is in the work, and not in a web page or a progress bar."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.memory": "1g",
        "spark.executor.memory": "1g",
        "spark.executorEnv.PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "spark.log.level": "OFF",
        "spark.sql.files.maxPartitionBytes": "4m",  # 20 MB of shards are to be more tasks than executors
        "spark.ui.showConsoleProgress": False,
        **{name.replace("_", "."): value for name, value in options.items()},
    }
    builder = SparkSession.builder.master(master)
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def on_cluster(executors: int, *, kill: bool = False) -> Callable[[Path, int], None]:
    """Sum up the shards with a number of executors, one of which may be killed."""

    def run(folder: Path, _: int) -> None:
        import pyspark

        from hopscope import spark

        os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        cluster = session(f"local-cluster[{executors},1,1024]")
        cluster.range(1000).mapInArrow(lambda batches: batches, "id long").count()  # executors and Python have started
        with Usage() as usage:
            before = cpu()
            start = time.monotonic()
            if kill:
                threading.Thread(target=kill_executor, args=(cluster,), daemon=True).start()
            summary = spark.summarize(cluster.read.parquet(str(folder / "shards")))
            taken = time.monotonic() - start
            used = cpu() - before
        name = f"{executors} executor{'s' * (executors > 1)}{', one killed' * kill}"
        from hopscope.statistics.saved import dumps

        (folder / f"summary-{executors}-{kill}.json").write_text(dumps(summary))
        tasks, failed, shuffled = stages(cluster)
        if kill and not failed:
            raise SystemExit("no task failed with the executor; use more messages")
        print(
            f"{name}: {summary.messages:,} messages, {taken:.1f} s by the clock, {summary.messages / taken:,.0f}/s, "
            f"CPU {used:.1f} s, {used / summary.messages * 1e6:.0f} us a message; peak MB: executor "
            f"{usage.peak('executor'):.0f}, Python worker {usage.peak('python'):.0f}, driver "
            f"{usage.peak('driver'):.0f}; {tasks} tasks, {failed} failed; {shuffled:,} bytes shuffled",
            flush=True,
        )
        cluster.stop()

    return run


def kill_executor(cluster: "SparkSession") -> None:
    """Kill one executor, as when a machine fails, once some tasks have ended and others are at work."""
    tracker = cluster.sparkContext.statusTracker()
    while not any(
        stage and stage.numCompletedTasks and stage.numActiveTasks > 1
        for stage in map(tracker.getStageInfo, tracker.getActiveStageIds())
    ):
        time.sleep(0.1)
    time.sleep(1)  # until an executor that has just ended a task is at work on the next one
    executor = next(process for process in below(os.getpid()) if process.name == "executor")
    os.kill(executor.pid, signal.SIGKILL)


def cpu() -> float:
    """CPU time of all processes below this one, in seconds."""
    return sum(process.seconds for process in below(os.getpid()))


def stages(cluster: "SparkSession") -> tuple[int, int, int]:
    """Tasks, failed tasks and shuffled bytes, as the driver counted them."""
    store = cluster.sparkContext._jsc.sc().statusStore()  # noqa: SLF001 - the same numbers are on the page of the driver
    executors = list(_java(store.executorList(False)))  # noqa: FBT003 - a method of Java
    written = sum(executor.totalShuffleWrite() for executor in executors)
    tasks, failed = (sum(getattr(executor, name)() for executor in executors) for name in ("totalTasks", "failedTasks"))
    return tasks, failed, written


def _java(sequence: Any) -> Iterator[Any]:  # noqa: ANN401 - a sequence of Scala
    for number in range(sequence.size()):
        yield sequence.apply(number)


def small_files(folder: Path, number: int) -> None:
    """Sum up messages as files and as shards."""
    from hopscope import spark

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    local = session("local[2]", spark_sql_files_maxPartitionBytes="128m")
    local.range(1000).mapInArrow(lambda batches: batches, "id long").count()
    shards = local.read.parquet(*sorted(map(str, (folder / "shards").iterdir()))[: number // SHARD])
    timed("shards", lambda: spark.summarize(shards).messages)
    for cost in (4 << 20, 1 << 16):
        local.conf.set("spark.sql.files.openCostInBytes", cost)
        reader = local.read.format("binaryFile").option("recursiveFileLookup", value=True)
        listed = partial(reader.load, str(folder / "files"))
        timed("listing files", lambda: number if listed() else 0)  # noqa: B023 - called at once
        files = listed()
        print(f"openCostInBytes {cost:,}: {files.rdd.getNumPartitions()} tasks")
        timed("files", lambda: spark.summarize(files, source="path").messages)  # noqa: B023
    local.stop()


def timed(name: str, work: Callable[[], int]) -> None:
    """Run a part and print what it took."""
    before, start = cpu(), time.monotonic()
    number = work()
    print(
        f"{name}: {number:,} messages, {time.monotonic() - start:.1f} s by the clock, CPU {cpu() - before:.1f} s",
        flush=True,
    )


PARTS: dict[str, Callable[[Path, int], None]] = {
    "one": on_cluster(1),
    "two": on_cluster(2),
    "killed": on_cluster(2, kill=True),
    "files": small_files,
}

if __name__ == "__main__":
    main()
