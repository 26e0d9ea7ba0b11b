r"""Bring hopscope/data/exchange_builds.tsv up to date with Microsoft's list of builds, and print the difference.

    git clone --depth 1 https://github.com/microsoft/Get-ExchangeBuildNumber list
    python tasks/exchange_builds.py list/ExchangeBuildNumbers.csv --snapshot "$(git -C list log -1 --format=%h)" \
        --date "$(git -C list log -1 --format=%cs)"

Rows of other sources are kept. A row that another source confirms keeps its release and date as well: a difference is
printed as ``differs``, and a person decides. A build that the list no longer has loses this source, and its row if it
has no other. If a line of the list is malformed, or many builds are missing, nothing is written and the exit status is
1. The script does not use the network.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

_DATA = Path(__file__).parent.parent / "hopscope" / "data"
_SOURCE = "GEBN"  # the key in SOURCES.md
_COLUMNS = ["Product Name", "Build Number", "Date", "KB", "Blog"]
_MOST_BYTES = 1_000_000
_MOST_MISSING = 10  # more are a truncated list, not corrections

# The only text of the list that is written. A name with other characters is malformed, whatever it contains.
_NAME = re.compile(r"Exchange (20[0-9]{2}|SE) ([A-Z][A-Za-z0-9]*(?: [A-Z][A-Za-z0-9]*)*(?: \(20[0-9]{2}H[12]\))?)")
_BUILD = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,5}\.[0-9]{1,5}")


class Release(NamedTuple):
    """A build and its values; the names are the columns of the table."""

    build: str
    product: str
    release: str
    date: str
    source: str


class MalformedListError(ValueError):
    """Lines of the list that cannot be read; the text has one line for each."""


def main(arguments: list[str] | None = None, data: Path = _DATA) -> int:
    """Update the table; 1 if the list cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=Path, help="ExchangeBuildNumbers.csv of microsoft/Get-ExchangeBuildNumber")
    parser.add_argument("--snapshot", required=True, type=_commit, help="commit of the list")
    parser.add_argument("--date", required=True, type=date.fromisoformat, help="date of that commit, YYYY-MM-DD")
    options = parser.parse_args(arguments)
    table, sources = data / "exchange_builds.tsv", data / "SOURCES.md"
    text = table.read_text(encoding="utf-8")
    comments, heading, rows = _parts(text)
    try:
        with options.list.open("rb") as file:
            listed = releases(file.read(_MOST_BYTES + 1))
        updated, differences = merged(rows, listed)
    except OSError as error:
        print(f"{options.list}: cannot be read ({error.strerror})", file=sys.stderr)
        return 1
    except MalformedListError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(differences) or "No difference.")
    as_of = f"{options.date.day} {options.date:%B %Y}"
    if f"As of {as_of}" not in comments:  # with what is said of that date
        comments = re.sub(r"As of [0-9]{1,2} \w+ [0-9]{4}[^.]*\.", f"As of {as_of}.", comments, count=1)
    document = re.sub(
        rf"(\| {_SOURCE} \| .*? snapshot )[0-9a-f]+ of [^:]*",
        rf"\g<1>{options.snapshot} of {as_of}",
        sources.read_text(encoding="utf-8"),
    )
    sources.write_text(document, encoding="utf-8", newline="\n")
    lines = ("\t".join(row) for row in updated)
    table.write_text("\n".join([*comments.splitlines(), heading, *lines, ""]), encoding="utf-8", newline="\n")
    return 0


def _commit(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{7,40}", text):
        raise ValueError(text)
    return text


def _parts(text: str) -> tuple[str, str, list[Release]]:
    """The comments, the heading and the rows of the table."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if not line.startswith("#"))
    return "\n".join(lines[:start]), lines[start], [Release(*line.split("\t")) for line in lines[start + 1 :]]


def releases(content: bytes) -> dict[str, Release]:
    """The builds of the list.

    Raises:
        MalformedListError: with the numbers and the text of the lines.
    """
    if len(content) > _MOST_BYTES:
        raise MalformedListError(f"The list is longer than {_MOST_BYTES} bytes.")
    try:
        rows = csv.reader(content.decode("utf-8-sig").splitlines(), strict=True)
        if next(rows, None) != _COLUMNS:
            raise MalformedListError(f"The first line is not {','.join(_COLUMNS)}.")
        return _by_build((rows.line_num, row) for row in rows if row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedListError(f"Not a CSV file in UTF-8: {error}") from error


def _by_build(rows: Iterable[tuple[int, list[str]]]) -> dict[str, Release]:
    listed: dict[str, Release] = {}
    errors = []
    for line, row in rows:
        release = _release(row)
        if release is None or listed.get(release.build, release) != release:
            reason = "malformed" if release is None else f"{release.build} has another release or date before"
            errors.append(f"line {line}: {reason}: {ascii(','.join(row))[:120]}")
        else:
            listed[release.build] = release
    if errors:
        raise MalformedListError("\n".join(errors))
    return listed


def _release(row: list[str]) -> Release | None:
    """A line of the list; ``None`` if it is malformed."""
    if len(row) != len(_COLUMNS) or not _BUILD.fullmatch(row[1]):
        return None
    try:
        day = datetime.strptime(row[2], "%m/%d/%Y").replace(tzinfo=UTC).date()
    except ValueError:
        return None
    if not (name := _NAME.fullmatch(row[0])):
        return None
    build = ".".join(str(int(number)) for number in row[1].split("."))  # the list has some in the form 15.01.1779.002
    release = name[2].removesuffix(" RTM")  # of a service pack
    release = f"RTM {release}" if release.startswith("RU") else release
    return Release(build, f"Exchange Server {name[1]}", release, day.isoformat(), _SOURCE)


def merged(rows: list[Release], listed: dict[str, Release]) -> tuple[list[Release], list[str]]:
    """The rows of the updated table, ascending, and the lines that describe the difference.

    Raises:
        MalformedListError: for a list that lacks many builds.
    """
    missing = [row for row in rows if _SOURCE in row.source.split("; ") and row.build not in listed]
    if len(missing) > _MOST_MISSING:
        raise MalformedListError(f"The list lacks {len(missing)} builds of the table, {missing[0].build} first.")
    builds = {row.build for row in rows}
    new = [release for build, release in listed.items() if build not in builds]
    differences = [f"new      {_shown(release)}" for release in new]
    updated = [*new, *(row for old in rows if (row := _updated(old, listed.get(old.build), differences)))]
    return sorted(updated, key=lambda row: [int(number) for number in row.build.split(".")]), sorted(differences)


def _updated(row: Release, listed: Release | None, differences: list[str]) -> Release | None:
    """The row with what the list has for it; ``None`` if no source is left."""
    sources = row.source.split("; ")
    if listed is None:
        if _SOURCE not in sources:
            return row
        differences.append(f"removed  {_shown(row)}")
        remaining = "; ".join(source for source in sources if source != _SOURCE)
        return row._replace(source=remaining) if remaining else None
    if listed[:4] == row[:4]:
        if _SOURCE not in sources:
            differences.append(f"source   {_shown(row)} is in the list too")
        return row if _SOURCE in sources else row._replace(source="; ".join([_SOURCE, *sources]))
    kind = "changed " if sources == [_SOURCE] else "differs "
    differences.append(f"{kind} {_shown(row)}; list: {listed.product} {listed.release}, {listed.date}")
    return listed if sources == [_SOURCE] else row


def _shown(release: Release) -> str:
    return f"{release.build}  {release.product} {release.release}, {release.date}"


if __name__ == "__main__":
    sys.exit(main())
