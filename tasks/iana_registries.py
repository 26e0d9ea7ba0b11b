"""Bring the tables with facts of IANA registries up to date with the registries, and print the difference.

    python tasks/iana_registries.py smtp-enhanced-status-codes-3.csv mail-parameters-7.csv tls-parameters-4.csv

The files are the registries of enhanced status codes, WITH protocol types and TLS cipher suites as IANA publishes them.
A new status code is added to ``status_codes.tsv`` with its registered text, to be reworded; a new protocol that records
authentication is added to ``auth_protocols.tsv``. Codes and protocols that are not registered, other references and
contradictions to ``tls_advice.tsv`` are only printed. IANA has no registry of TLS versions. If a file is malformed,
nothing is written and the exit status is 1. The script does not use the network.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterable
from pathlib import Path

_DATA = Path(__file__).parent.parent / "hopscope" / "data"
_MOST_BYTES = 1_000_000
_CODE = re.compile(r"X\.([0-9]{1,3})\.([0-9]{1,3})")
_PROTOCOL = re.compile(r"[A-Z0-9]{2,20}")
_SUITE = re.compile(r"TLS_\w{3,80}", re.ASCII)
_TEXT = re.compile(r"[\w ,.:()/'-]{1,100}", re.ASCII)
"""The only characters that are written or printed as they are."""


class MalformedRegistryError(ValueError):
    """A file that is not the registry, or has lines that cannot be read."""


def main(arguments: list[str] | None = None, data: Path = _DATA) -> int:
    """Update the tables; 1 if a file cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("status_codes", type=Path, help="smtp-enhanced-status-codes-3.csv")
    parser.add_argument("protocols", type=Path, help="mail-parameters-7.csv")
    parser.add_argument("cipher_suites", type=Path, help="tls-parameters-4.csv")
    options = parser.parse_args(arguments)
    tables = {
        name: (data / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        for name in ("status_codes", "auth_protocols", "tls_advice")
    }
    try:
        differences = [
            *_status_codes(tables["status_codes"], _registry(options.status_codes, "Code", "Sample Text", "Reference")),
            *_protocols(
                tables["auth_protocols"],
                _registry(options.protocols, "WITH protocol types", "Description", "Reference"),
            ),
            *_cipher_suites(
                tables["tls_advice"], _registry(options.cipher_suites, "Description", "Recommended", "Value")
            ),
        ]
    except MalformedRegistryError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(differences) or "No difference.")
    for name, lines in tables.items():
        (data / f"{name}.tsv").write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
    return 0


def _registry(file: Path, *columns: str) -> list[tuple[str, ...]]:
    """The values of three columns, by their titles."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.reader(text.read(_MOST_BYTES).splitlines(keepends=True), strict=True))
    except OSError as error:
        raise MalformedRegistryError(f"{file}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedRegistryError(f"{file.name}: not a CSV file in UTF-8: {error}") from error
    titles = [title.casefold() for title in rows[0]] if rows else []
    if missing := [column for column in columns if column.casefold() not in titles]:
        raise MalformedRegistryError(f"{file.name}: no column {missing[0]}")
    if short := [row for row in rows if len(row) != len(titles)]:
        raise MalformedRegistryError(f"{file.name}: malformed row: {ascii(','.join(short[0]))[:120]}")
    if len(rows) == 1:
        raise MalformedRegistryError(f"{file.name}: no rows")
    indexes = [titles.index(column.casefold()) for column in columns]
    return [tuple(row[index].strip() for index in indexes) for row in rows[1:]]


def _status_codes(lines: list[str], registered: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """Add the codes that are new to the lines of the table."""
    table = _rows(lines)
    codes = set()
    for name, text, reference in registered:
        if not (code := _CODE.fullmatch(name)):
            raise MalformedRegistryError(f"not a status code: {ascii(name)[:60]}")
        key = f"x.{int(code[1])}.{int(code[2])}"
        codes.add(key)
        if key in table:
            if difference := _other_reference(table[key][-1], reference):
                yield f"differs  {key}: {difference}"
            continue
        if not _TEXT.fullmatch(text):
            raise MalformedRegistryError(f"{key}: unusual text: {ascii(text)[:120]}")
        source = "; ".join(_rfcs(reference)) or "IANA SMTP Enhanced Status Codes"
        _insert(lines, f"{key}\t{text[0].lower()}{text[1:]}\t{source}")
        yield f"new      {key}: {text} ({source}); reword the meaning"
    yield from (
        f"unknown  {key} is not registered"
        for key in table
        if key.count(".") > 1 and key[0] == "x" and key not in codes
    )


def _protocols(lines: list[str], registered: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """Add the protocols with authentication that are new to the lines of the table."""
    table = _rows(lines)
    names = set()
    for name, description, reference in registered:
        if not _PROTOCOL.fullmatch(name):
            raise MalformedRegistryError(f"not a protocol: {ascii(name)[:60]}")
        names.add(name)
        if not re.search(r"\bAUTH", description, re.IGNORECASE):
            if name in table:
                yield f"differs  {name}: registered without authentication"
        elif name not in table:
            source = "; ".join(_rfcs(reference)) or "IANA Mail Parameters"
            lines.append(f"{name}\t{source}")
            yield f"new      {name} ({source})"
        elif difference := _other_reference(table[name][-1], reference):
            yield f"differs  {name}: {difference}"
    unregistered = (name for name, row in table.items() if name not in names and row[-1].startswith("RFC "))
    yield from (f"unknown  {name} is not registered" for name in unregistered)


def _cipher_suites(lines: list[str], registered: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """Recommended cipher suites for which the table has advice against them."""
    words = {row[1] for row in map(_cells, lines) if row[:1] == ["cipher"]}
    for suite, recommended, _ in registered:
        contained = words & set(suite.split("_"))
        if recommended == "Y" and contained and _SUITE.fullmatch(suite):
            yield f"differs  {suite} is recommended, but tls_advice.tsv has {', '.join(sorted(contained))}"


def _cells(line: str) -> list[str]:
    return [] if line.startswith("#") else line.split("\t")


def _rows(lines: Iterable[str]) -> dict[str, list[str]]:
    """The rows of a table by their first cell."""
    return {row[0]: row for row in filter(None, map(_cells, lines))}


def _rfcs(text: str) -> list[str]:
    return [f"RFC {number}" for number in re.findall(r"RFC ?([0-9]{3,5})", text)]


def _other_reference(source: str, reference: str) -> str | None:
    """How the references differ; ``None`` if they have a document in common, or no RFC is registered."""
    registered = _rfcs(reference)
    if not registered or set(registered) & set(_rfcs(source)):
        return None
    return f"{source}; registered: {', '.join(registered)}"


def _insert(lines: list[str], new: str) -> None:
    """Insert the row of a status code in its order."""
    key = [int(number) for number in new.partition("\t")[0].split(".")[1:]]
    details = [
        (index, [int(number) for number in match.groups()])
        for index, line in enumerate(lines)
        if (match := re.match(r"x\.([0-9]+)\.([0-9]+)\t", line))
    ]
    lines.insert(max(index for index, detail in details if detail < key) + 1, new)


if __name__ == "__main__":
    sys.exit(main())
