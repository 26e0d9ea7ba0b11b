"""JSON and CSV as sources: large files, folders, and damaged text."""

import json
from pathlib import Path

import pytest

from hopscope.errors import NotMailError
from hopscope.sources import structured

from .helpers import outcomes, read, zipped

HEADERS = "Received: from a.example by b.example with ESMTP id %d; Fri, 19 Feb 2010 14:14:00 +0200\r\n"
LINES = "".join(json.dumps({"headers": HEADERS % number}) + "\n" for number in range(1, 4))
ROWS = "id,headers\n" + "".join(f'{number},"{HEADERS % number}"\n' for number in range(1, 4))


@pytest.mark.parametrize(("text", "limit"), [(LINES, 200), (ROWS, 200), (LINES, 10_000), (ROWS, 10_000)])
def test_large_text_is_read_line_by_line(text: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structured, "MAX_IN_MEMORY", limit)
    expected = [(f"-:{number}", (HEADERS % number).replace("\r\n", "\n").encode()) for number in range(1, 4)]
    assert outcomes(read("-", stdin=text.encode())) == expected


def test_large_text_of_another_form_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structured, "MAX_IN_MEMORY", 60)
    (result,) = outcomes(read("-", stdin=json.dumps([HEADERS % 1, HEADERS % 2], indent=1).encode()))
    assert "not JSON Lines or CSV" in result


def messages_in(path: Path) -> list[str]:
    return [result.source for result in read(path) if not isinstance(result, NotMailError)]


def test_in_folders_and_archives_files_without_received_fields_are_not_mail(tmp_path: Path) -> None:
    files = {
        "a.json": LINES.encode(),
        "b.csv": ROWS.encode(),
        "package.json": b'{"name": "x"}',
        "c.csv": b"a,b\n1,2\n",
        "known.json": b'{"message": "Received fields of two messages."}',
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    sources = [f"{name}:{number}" for name in ("a.json", "b.csv") for number in (1, 2, 3)]
    assert messages_in(tmp_path) == [str(tmp_path / source) for source in sources]
    (tmp_path / "x.zip").write_bytes(zipped(files))
    assert messages_in(tmp_path / "x.zip") == [f"{tmp_path / 'x.zip'}:{name}" for name in sources]


@pytest.mark.parametrize(
    "text", ["{", "[", '{"a": ' * 5000, "[" * 100_000, '"' * 999, "a,b\n" + '"' * 999, "{}", "[]", "\ufeff["]
)
def test_text_that_is_not_well_formed_is_read_as_a_paste(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert len(read(path)) == 1
