"""``hopscope export``: files are written atomically and are the same for any number of processes.

With ``--headers``, what the header blocks give is what the files give.
"""

import os
import re
import stat
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import pytest
from pyarrow import parquet  # noqa: TID253 - it reads back what was written

from hopscope.cli.shards import ShardSize
from hopscope.scale.run import run_here
from hopscope.scale.summarize import summarize
from hopscope.sources.content import read_bytes
from hopscope.statistics.saved import dumps
from hopscope.statistics.summary import Summary
from tests import corpora

from .conftest import Run


def test_every_hop_is_a_row(run: Run, samples: Path, tmp_path: Path) -> None:
    outcome = run("export", samples / "organisation", "-o", tmp_path / "hops.parquet")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    table = parquet.read_table(tmp_path / "hops.parquet")
    assert table.num_rows == 18
    assert table.schema.metadata[b"hopscope"] == b"hops/1"
    assert set(table["service"].to_pylist()) >= {"Transport", "Mailbox Transport", "other MTA"}


def test_any_number_of_processes_writes_the_same_bytes(run: Run, samples: Path, tmp_path: Path) -> None:
    with patch("hopscope.scale.run.CHUNK", 1):
        for jobs in ("1", "2"):
            assert run("export", samples / "organisation", "-o", tmp_path / jobs, "--jobs", jobs).status == 0
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_empty_input_gives_a_file_without_rows_and_an_error(run: Run, tmp_path: Path) -> None:
    outcome = run("export", tmp_path / "nothing.eml", "-o", tmp_path / "hops.parquet")
    assert outcome.status == 2
    assert "no such file" in outcome.err
    assert parquet.read_table(tmp_path / "hops.parquet").num_rows == 0


@pytest.mark.parametrize("output", ["no/such/folder/hops.parquet", "."])
def test_an_unwritable_file_is_reported(run: Run, samples: Path, tmp_path: Path, output: str) -> None:
    outcome = run("export", samples / "organisation", "-o", tmp_path / output)
    assert outcome.status == 2
    assert "cannot be written" in outcome.err or "is a folder" in outcome.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.posix
def test_a_special_file_is_not_replaced(run: Run, samples: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    outcome = run("export", samples / "organisation", "-o", pipe)
    assert outcome.status == 2
    assert "not a regular file" in outcome.err
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_an_input_file_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_text("Received: from a by b; Tue, 31 Jul 2012 21:52:42 +1000\n\n")
    before = mail.read_bytes()
    outcome = run("export", mail, "-o", mail)
    assert outcome.status == 2
    assert "is also an input file" in outcome.err
    assert mail.read_bytes() == before


@pytest.mark.parametrize(
    ("frozen", "error"),
    [
        (False, "Parquet export needs pyarrow; pip install 'hopscope[parquet]'"),
        (
            True,
            (
                "Parquet export needs pyarrow, which this program was built without; "
                "install hopscope with Python: pip install 'hopscope[parquet]'"
            ),
        ),
    ],
)
def test_without_pyarrow_the_error_names_what_to_install(  # noqa: PLR0913, PLR0917 - fixtures
    run: Run,
    samples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    frozen: bool,  # noqa: FBT001
    error: str,
) -> None:
    monkeypatch.setattr(sys, "frozen", frozen, raising=False)
    with patch("hopscope.cli.export.find_spec", return_value=None):
        outcome = run("export", samples / "organisation", "-o", tmp_path / "hops.parquet")
    assert (outcome.status, outcome.err) == (2, f"hopscope: {error}\n")


def shards(folder: Path) -> dict[str, bytes]:
    """The content of each message in a folder of shards."""
    table = parquet.read_table(folder)
    return dict(zip(table["source"].to_pylist(), table["content"].to_pylist(), strict=True))


def summary(run: Run, folder: Path, *arguments: object) -> str:
    """The summary that ``stats`` saves."""
    assert run("stats", *arguments, "--save", folder / "saved.json").status in {0, 2}
    return (folder / "saved.json").read_text(encoding="utf-8")


def summary_of(folder: Path) -> str:
    """The summary of shards, made without the files."""
    result = Summary()
    items = (item for source, content in shards(folder).items() for item in read_bytes(source, content))
    for tally in run_here(summarize, items):
        result.merge(tally.summary)
        result.bound()
    return f"{dumps(result)}\n"


def test_header_blocks_are_rows(run: Run, samples: Path, tmp_path: Path) -> None:
    outcome = run("export", "--headers", samples / "organisation", "-o", tmp_path / "shards")
    assert (outcome.status, outcome.out) == (0, "")
    assert re.fullmatch(r"hopscope: 5 messages in 1 shard, [0-9.]+ kB: .*shards\n", outcome.err)
    assert [file.name for file in (tmp_path / "shards").iterdir()] == ["part-00001.parquet"]
    stored = shards(tmp_path / "shards")
    assert [Path(source).parent for source in stored] == [samples / "organisation"] * len(stored)
    assert all(b"Received:" in content and content.endswith(b"\n\n") for content in stored.values())


def test_shards_have_the_documented_columns(run: Run, samples: Path, tmp_path: Path) -> None:
    run("export", "--headers", samples / "organisation", "-o", tmp_path / "shards")
    schema = parquet.read_schema(tmp_path / "shards" / "part-00001.parquet")
    assert [(field.name, str(field.type)) for field in schema] == [("source", "string"), ("content", "binary")]
    assert schema.metadata[b"hopscope"] == b"headers/1"
    import duckdb

    rows = duckdb.read_parquet(f"{(tmp_path / 'shards').as_posix()}/*.parquet")
    assert (rows.columns, list(map(str, rows.types))) == (["source", "content"], ["VARCHAR", "BLOB"])


def test_the_summary_of_shards_is_that_of_the_files(run: Run, samples: Path, tmp_path: Path) -> None:
    mail = tmp_path / "mail"
    mail.mkdir()
    blocks = [block + b"\n\nText.\n" for block in corpora.blocks() if block.startswith(b"Received: ")]
    (mail / "all.mbox").write_bytes(
        b"".join(b"From a@a.example Tue Jul 31 21:52:42 2012\n" + x + b"\n" for x in blocks)
    )
    with zipfile.ZipFile(mail / "mail.zip", "w") as archive:
        for file in samples.rglob("*.eml"):
            archive.write(file, file.name)
        archive.writestr("sent.eml", "Subject: not received\n\nText.\n")
    with patch("hopscope.scale.run.CHUNK", 16):
        outcome = run("export", "--headers", mail, samples, "-o", tmp_path / "shards", "--shard-size", "20k")
    assert outcome.status == 0
    assert len(list((tmp_path / "shards").iterdir())) > 1
    assert summary_of(tmp_path / "shards") == summary(run, tmp_path, mail, samples)


def test_shards_are_the_same_each_time_and_for_any_number_of_processes(run: Run, samples: Path, tmp_path: Path) -> None:
    with patch("hopscope.scale.run.CHUNK", 1):
        for folder, *options in (
            ("a", "--jobs", "1"),
            ("b", "--jobs", "2"),
            ("c", "--host", "*"),
            ("d", "--host", "*"),
        ):
            assert (
                run("export", "--headers", samples, "-o", tmp_path / folder, *options, "--shard-size", "2k").status == 0
            )
    contents = [[file.read_bytes() for file in sorted((tmp_path / name).iterdir())] for name in "abcd"]
    assert len(contents[0]) > 1
    assert contents[0] == contents[1] == contents[2] == contents[3]


def test_shards_have_the_selected_messages(run: Run, samples: Path, tmp_path: Path) -> None:
    outcome = run(
        "export", "--headers", samples, "--service", "Mailbox Transport", "-o", tmp_path / "shards", "--jobs", "1"
    )
    selected = run("show", samples, "--service", "Mailbox Transport", "-f", "jsonl").out.splitlines()
    assert 0 < len(shards(tmp_path / "shards")) == len(selected)
    assert f"{len(selected)} messages in 1 shard" in outcome.err


def test_attached_messages_are_rows_with_attached(run: Run, tmp_path: Path) -> None:
    inner = "Received: from a by b; Tue, 31 Jul 2012 21:52:42 +1000\n\n"
    mail = tmp_path / "mail.eml"
    mail.write_text(f"{inner[:-1]}Content-Type: message/rfc822\n\n{inner}")
    run("export", "--headers", mail, "-o", tmp_path / "one")
    run("export", "--headers", mail, "--attached", "-o", tmp_path / "two")
    assert [*shards(tmp_path / "one")] == [str(mail)]
    assert [*shards(tmp_path / "two")] == [str(mail), f"{mail}:attached:1"]


def test_unreadable_input_is_reported_and_the_rest_is_written(run: Run, samples: Path, tmp_path: Path) -> None:
    outcome = run("export", "--headers", tmp_path / "no.eml", samples / "organisation", "-o", tmp_path / "shards")
    assert outcome.status == 2
    assert "no.eml: no such file" in outcome.err
    assert len(shards(tmp_path / "shards")) == 5


def test_without_messages_there_is_no_shard_and_the_folder_can_be_used(run: Run, samples: Path, tmp_path: Path) -> None:
    outcome = run("export", "--headers", tmp_path / "no.eml", "-o", tmp_path / "shards")
    assert outcome.status == 2
    assert [*(tmp_path / "shards").iterdir()] == []
    assert run("export", "--headers", samples / "organisation", "-o", tmp_path / "shards").status == 0
    assert len(shards(tmp_path / "shards")) == 5


def test_a_folder_with_parquet_files_is_refused(run: Run, samples: Path, tmp_path: Path) -> None:
    other = tmp_path / "part-00001.parquet"
    other.write_bytes(b"of another run")
    outcome = run("export", "--headers", samples, "-o", tmp_path)
    assert (outcome.status, other.read_bytes()) == (2, b"of another run")
    assert outcome.err == (
        f"hopscope: {tmp_path}: already has Parquet files; choose a new folder, so that no message is counted twice\n"
    )


def test_shards_need_a_folder_and_rows_of_hops_a_file(run: Run, samples: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    for output in (file, file / "shards"):
        outcome = run("export", "--headers", samples, "-o", output)
        assert (outcome.status, outcome.err.count("\n")) == (2, 1)
        assert "not a folder; choose another --output" in outcome.err
    assert file.read_bytes() == b"x"
    assert "is a folder; choose another --output, or use --headers" in run("export", samples, "-o", tmp_path).err


@pytest.mark.parametrize("size", ["", "0", "x", "-1M", "1.5G", "128 M", "12Q", "١M"])
def test_an_invalid_shard_size_is_a_usage_error(run: Run, samples: Path, tmp_path: Path, size: str) -> None:
    outcome = run("export", "--headers", samples, "-o", tmp_path / "shards", f"--shard-size={size}")
    assert outcome.status == 2
    assert "is not a size (examples: 500k, 128M, 1G)" in outcome.err
    assert not (tmp_path / "shards").exists()


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("500k", 512_000), ("64M", 1 << 26), ("1G", 1 << 30), ("2MiB", 1 << 21)]
)
def test_units_of_shard_sizes_are_powers_of_1024(text: str, size: int) -> None:
    assert ShardSize().convert(text, None, None) == size


def test_a_shard_size_needs_headers(run: Run, samples: Path, tmp_path: Path) -> None:
    outcome = run("export", samples, "-o", tmp_path / "hops.parquet", "--shard-size", "1M")
    assert (outcome.status, outcome.err) == (2, "hopscope: --shard-size needs --headers; see hopscope export --help\n")


def test_a_run_that_is_interrupted_leaves_complete_shards_only(run: Run, samples: Path, tmp_path: Path) -> None:
    def interrupted() -> Iterator[object]:
        yield from islice(row_groups, 2)
        raise KeyboardInterrupt

    run("export", "--headers", samples, "-o", tmp_path / "whole", "--shard-size", "1k")
    files = sorted((tmp_path / "whole").iterdir())
    row_groups = iter([parquet.read_table(file) for file in files])
    with patch("hopscope.cli.shards._row_groups", lambda _chunks, _size: interrupted()):
        outcome = run("export", "--headers", samples, "-o", tmp_path / "part", "--shard-size", "1k")
    assert outcome.status == 130
    written = sorted((tmp_path / "part").iterdir())
    assert [file.name for file in written] == [file.name for file in files[:2]]
    assert [file.read_bytes() for file in written] == [file.read_bytes() for file in files[:2]]
