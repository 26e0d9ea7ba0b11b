import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.classifier import builds
from tasks.exchange_builds import MalformedListError, Release, main, merged, releases

HEADING = "Product Name,Build Number,Date,KB,Blog\n"
OPTIONS = ["--snapshot", "0123abc", "--date", "2026-11-10"]


def row(build: str, release: str = "CU14", date: str = "2024-02-13", source: str = "GEBN; OEX") -> Release:
    return Release(build, "Exchange Server 2019", release, date, source)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Exchange 2019 CU14,15.2.1544.4,2/13/2024,KB5035606,https://x", ("15.2.1544.4", "2019", "CU14", "2024-02-13")),
        ("Exchange SE RTM Nov26SU,15.2.2562.51,11/10/2026,,", ("15.2.2562.51", "SE", "RTM Nov26SU", "2026-11-10")),
        ("Exchange 2007 RU1,8.0.708.3,4/17/2007,,", ("8.0.708.3", "2007", "RTM RU1", "2007-04-17")),
        ("Exchange 2010 SP3 RTM,14.03.0123.004,2/12/2013,,", ("14.3.123.4", "2010", "SP3", "2013-02-12")),
        ("Exchange 2016 RTM,15.1.225.42,10/01/2015,,", ("15.1.225.42", "2016", "RTM", "2015-10-01")),
        (
            "Exchange 2019 CU13 (2023H1),15.2.1258.12,5/3/2023,,",
            ("15.2.1258.12", "2019", "CU13 (2023H1)", "2023-05-03"),
        ),
    ],
)
def test_a_line_is_a_release(line: str, expected: tuple[str, str, str, str]) -> None:
    build, product, release, date = expected
    assert releases(f"{HEADING}{line}\r\n".encode("utf-8-sig")) == {
        build: Release(build, f"Exchange Server {product}", release, date, "GEBN")
    }


@pytest.mark.parametrize(
    "line",
    [
        "Exchange 2019 CU14,15.2.1544.4,2/13/2024,KB5035606",
        "Exchange 2019 CU14,15.2.1544.4,2/13/2024,KB5035606,x,y",
        "Exchange 2019 CU14,15.2.1544,2/13/2024,,",
        "Exchange 2019 CU14,15.2.1544.4,13/2/2024,,",
        "Exchange 2019 CU14,15.2.1544.4,,,",
        "Exchange 2019,15.2.1544.4,2/13/2024,,",
        "Outlook 2019 CU14,15.2.1544.4,2/13/2024,,",
        "Exchange 2019 CU14\tx,15.2.1544.4,2/13/2024,,",
        "Exchange 2019 CU14 @everyone,15.2.1544.4,2/13/2024,,",
        "Exchange 2019 CU14 ](https://x),15.2.1544.4,2/13/2024,,",
        "Exchange 2019 <b>,15.2.1544.4,2/13/2024,,",
        "Exchange 2019 \x1b[31mCU14,15.2.1544.4,2/13/2024,,",
        "Exchange 2019 CU१,15.2.1544.4,2/13/2024,,",
        '"Exchange 2019 CU14,15.2.1544.4,2/13/2024,,',
        "Exchange 2019 CU15,15.2.1.1,2/13/2024,,\nExchange 2019 CU14,15.2.1.1,2/13/2024,,",
    ],
)
def test_a_malformed_line_changes_nothing(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.csv").write_text(f"{HEADING}{line}\n", encoding="utf-8")
    assert main([str(tmp_path / "list.csv"), *OPTIONS], tmp_copy(tmp_path)) == 1
    assert tables(tmp_path) == tables(None)
    assert re.fullmatch(r"(line [0-9]+: |Not a CSV file).*\n", capsys.readouterr().err)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"<html>", b"Product Name,Build Number\n", HEADING.encode() * 30_000]
)
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedListError):
        releases(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        listed = releases(HEADING.encode() + content)
    except MalformedListError as error:
        assert str(error).isprintable() or "\n" in str(error)  # noqa: PT017 - nothing need be raised
    else:
        assert all(re.fullmatch(r"[\w .()-]+", "".join(release), re.ASCII) for release in listed.values())


@pytest.mark.parametrize(
    ("rows", "listed", "updated", "differences"),
    [
        ([row("1.2.3.4")], [row("1.2.3.4")], [row("1.2.3.4")], []),
        (
            [row("1.2.3.9"), row("1.2.3.20")],
            [row("1.2.3.9"), row("1.2.3.10", source="GEBN"), row("1.2.3.20")],
            [row("1.2.3.9"), row("1.2.3.10", source="GEBN"), row("1.2.3.20")],
            ["new      1.2.3.10  Exchange Server 2019 CU14, 2024-02-13"],
        ),
        (
            [row("1.2.3.4", source="GEBN")],
            [row("1.2.3.4", "CU15", source="GEBN")],
            [row("1.2.3.4", "CU15", source="GEBN")],
            ["changed  1.2.3.4  Exchange Server 2019 CU14, 2024-02-13; list: Exchange Server 2019 CU15, 2024-02-13"],
        ),
        (
            [row("1.2.3.4")],
            [row("1.2.3.4", date="2024-02-14")],
            [row("1.2.3.4")],
            ["differs  1.2.3.4  Exchange Server 2019 CU14, 2024-02-13; list: Exchange Server 2019 CU14, 2024-02-14"],
        ),
        (
            [row("1.2.3.4"), row("1.2.3.5", source="GEBN"), row("1.2.3.6", source="CSS")],
            [],
            [row("1.2.3.4", source="OEX"), row("1.2.3.6", source="CSS")],
            [
                "removed  1.2.3.4  Exchange Server 2019 CU14, 2024-02-13",
                "removed  1.2.3.5  Exchange Server 2019 CU14, 2024-02-13",
            ],
        ),
        (
            [row("1.2.3.4", source="CSS; OEX")],
            [row("1.2.3.4")],
            [row("1.2.3.4", source="GEBN; CSS; OEX")],
            ["source   1.2.3.4  Exchange Server 2019 CU14, 2024-02-13 is in the list too"],
        ),
        ([row("15.20", "", "", "observed")], [], [row("15.20", "", "", "observed")], []),
    ],
    ids=["equal", "new", "changed", "differs", "removed", "confirmed", "series"],
)
def test_rows_are_merged(
    rows: list[Release], listed: list[Release], updated: list[Release], differences: list[str]
) -> None:
    assert merged(rows, {release.build: release for release in listed}) == (updated, differences)


def test_a_truncated_list_is_refused() -> None:
    with pytest.raises(MalformedListError, match="lacks 11 builds"):
        merged([row(f"1.2.3.{index}") for index in range(11)], {})


def tmp_copy(folder: Path) -> Path:
    data = Path(builds.__file__).parent.parent / "data"
    for name in ("exchange_builds.tsv", "SOURCES.md"):
        shutil.copy(data / name, folder)
    return folder


def tables(folder: Path | None) -> list[bytes]:
    data = folder or Path(builds.__file__).parent.parent / "data"
    return [(data / name).read_bytes() for name in ("exchange_builds.tsv", "SOURCES.md")]


def test_the_list_that_the_table_was_made_from_changes_only_its_date(tmp_path: Path) -> None:
    folder = tmp_copy(tmp_path)
    rows = [line.split("\t") for line in tables(None)[0].decode().splitlines() if "GEBN" in line.split("\t")[-1]]
    lines = []
    for build, product, release, date, _ in rows:
        year, month, day = date.split("-")
        lines.append(f"{product.replace(' Server', '')} {release},{build},{month}/{day}/{year},,")
    (tmp_path / "list.csv").write_text(HEADING + "\n".join(lines), encoding="utf-8")
    assert main([str(tmp_path / "list.csv"), *OPTIONS], folder) == 0
    table, sources = (text.decode() for text in tables(folder))
    old_table, old_sources = (text.decode() for text in tables(None))
    assert table.splitlines()[1:] == old_table.splitlines()[1:]
    assert "As of 10 November 2026." in table.splitlines()[0]
    (changed,) = set(sources.splitlines()) - set(old_sources.splitlines())
    assert "snapshot 0123abc of 10 November 2026: " in changed
