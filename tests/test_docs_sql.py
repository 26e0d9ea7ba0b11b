"""The SQL queries of docs/dumps.md, run on the samples, give the results shown there."""

import re
from pathlib import Path
from typing import Any

import pytest

QUERY = re.compile(r"```sql\n(?P<query>.*?)```\n\n```\n(?P<answer>.*?)```", re.DOTALL)


def aligned(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """A query result as text in columns."""
    cells = [names, *([("" if value is None else str(value)) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in cells)
    return "".join(f"{line}\n" for line in lines)


def test_each_query_has_the_result_below_it(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    update_golden: bool,  # noqa: FBT001 - a fixture
) -> None:
    import duckdb

    from hopscope import cli

    monkeypatch.chdir(root)
    with pytest.raises(SystemExit) as ended:
        cli.main(["export", "samples/organisation", "-o", str(tmp_path / "hops.parquet")])
    assert ended.value.code == 0
    monkeypatch.chdir(tmp_path)
    page = root / "docs" / "dumps.md"
    text = page.read_text(encoding="utf-8")
    found = list(QUERY.finditer(text))
    assert len(found) == 3
    for match in found:
        answer = duckdb.sql(match["query"])
        assert answer is not None
        expected = aligned(answer.columns, answer.fetchall())
        assert len(expected.splitlines()) > 1
        if update_golden:
            text = text.replace(match[0], f"```sql\n{match['query']}```\n\n```\n{expected}```")
        else:
            assert match["answer"] == expected
    if update_golden:
        page.write_text(text, encoding="utf-8")
