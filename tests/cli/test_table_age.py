"""The note on a build that is newer than an old table of builds."""

from datetime import date
from pathlib import Path

import pytest

from hopscope.classifier import builds

from .conftest import Run

NEWER = b"Received: from a.example by b.example with Microsoft SMTP Server id 15.2.9999.1; 31 Jul 2012 21:52:42 +1000\n"
LISTED = NEWER.replace(b"15.2.9999.1", b"15.2.1544.4")
NOTE = "hopscope: the build table of this version is from 1 January 2020; update hopscope\n"


@pytest.mark.parametrize(
    ("today", "outdated"),
    [(date(2019, 1, 1), False), (date(2020, 12, 31), False), (date(2021, 1, 1), False), (date(2021, 1, 2), True)],
)
def test_a_table_is_outdated_after_a_year(monkeypatch: pytest.MonkeyPatch, today: date, outdated: bool) -> None:  # noqa: FBT001
    monkeypatch.setattr(builds, "as_of", lambda: "1 January 2020")
    assert builds.is_outdated(today) is outdated


@pytest.mark.parametrize(
    ("arguments", "message", "as_of", "noted"),
    [
        (("{file}",), NEWER, "1 January 2020", True),
        (("{file}", "{file}", "-f", "csv"), NEWER, "1 January 2020", True),
        (("{file}", "-f", "jsonl", "--jobs", "2"), NEWER, "1 January 2020", True),
        (("check", "{file}"), NEWER, "1 January 2020", True),
        (("check", "{file}", "--select", "HOP1", "-f", "json"), NEWER, "1 January 2020", True),
        (("stats", "{file}", "{file}"), NEWER, "1 January 2020", True),
        (("stats", "{file}", "--by", "product", "-f", "csv", "--quick"), NEWER, "1 January 2020", True),
        (("graph", "{file}"), NEWER, "1 January 2020", True),
        (("report", "{file}"), NEWER, "1 January 2020", True),
        (("export", "{file}", "-o", "{file}.parquet"), NEWER, "1 January 2020", True),
        (("compare", "{file}", "{file}"), NEWER, "1 January 2020", True),
        (("compare", "{file}", "--model", "SE"), NEWER, "1 January 2020", True),
        (("stats", "{file}.saved"), NEWER, "1 January 2020", True),
        (("graph", "{file}.saved"), NEWER, "1 January 2020", True),
        (("compare", "{file}.saved", "{file}.saved"), NEWER, "1 January 2020", True),
        (("stats", "{file}.saved"), LISTED, "1 January 2020", False),
        (("stats", "{file}.saved"), NEWER, "1 January 9000", False),
        (("explain", "{file}"), NEWER, "1 January 2020", True),
        (("explain", "{file}", "--hop", "1"), NEWER, "1 January 2020", True),
        (("explain", "id 15.2.9999.1"), NEWER, "1 January 2020", True),
        (("explain", "15.2.1544.4"), NEWER, "1 January 2020", False),
        (("explain", "Transport"), NEWER, "1 January 2020", False),
        (("{file}",), LISTED, "1 January 2020", False),
        (("check", "{file}"), LISTED, "1 January 2020", False),
        (("stats", "{file}"), LISTED, "1 January 2020", False),
        (("{file}",), NEWER, "1 January 9000", False),
        (("stats", "{file}"), NEWER, "1 January 9000", False),
        (("compare", "{file}", "{file}"), NEWER, "1 January 9000", False),
        (("explain", "15.2.9999.1"), NEWER, "1 January 9000", False),
    ],
)
def test_a_build_newer_than_an_old_table_is_noted_once(  # noqa: PLR0913, PLR0917 - a table of cases
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: bytes,
    as_of: str,
    noted: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(builds, "as_of", lambda: as_of)
    file = tmp_path / "mail.eml"
    file.write_bytes(message)
    run("stats", file, "--save", f"{file}.saved")
    outcome = run(*(argument.format(file=file) for argument in arguments))
    assert outcome.err.count(NOTE) == outcome.err.count("build table") == noted
    assert NOTE not in outcome.out


def test_a_newer_build_in_any_chunk_is_noted_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "as_of", lambda: "1 January 2020")
    monkeypatch.setattr("hopscope.scale.run.CHUNK", 2)
    for number in range(8):
        (tmp_path / f"{number}.eml").write_bytes(NEWER if number in {3, 6} else LISTED)
    (tmp_path / "8.eml").write_bytes(b"no headers")
    outcome = run("stats", str(tmp_path), "--jobs", "1", "-f", "json")
    assert (outcome.err.count(NOTE), outcome.err.count("\n"), outcome.status) == (1, 2, 2)


@pytest.mark.parametrize(("as_of", "old"), [("1 January 2020", True), ("1 January 9000", False)])
def test_the_facts_of_a_bug_report_include_an_old_table(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    as_of: str,
    old: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(builds, "as_of", lambda: as_of)
    suffix = "; more than a year old: update hopscope" if old else ""
    assert f"Build table: as of {as_of}{suffix}\n" in run("--version", "-v").out
