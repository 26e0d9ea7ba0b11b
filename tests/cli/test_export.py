"""``hopscope export``: files are written atomically and are the same for any number of processes."""

import os
import stat
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from pyarrow import parquet  # noqa: TID253 - it reads back what was written

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
