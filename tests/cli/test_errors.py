"""Errors of unreadable input: each is named, many are counted."""

from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.parametrize(("count", "further"), [(3, None), (20, None), (21, "1 more"), (45, "25 more")])
@pytest.mark.parametrize("command", ["show", "stats", "check"])
def test_the_first_20_errors_with_a_reason_are_named_and_the_others_counted(
    command: str, count: int, further: str | None, tmp_path: Path, run: Run
) -> None:
    for number in range(count):
        (tmp_path / f"{number}.eml").touch()
    (tmp_path / "z.eml").write_text("no mail\n")
    result = run(command, tmp_path)
    lines = [line for line in result.err.splitlines() if ": empty" in line]
    assert result.status == 2
    assert len(lines) == min(count, 20) + (further is not None)
    assert further is None or lines[-1] == f"hopscope: {tmp_path}: {further}: empty; use a message or its headers"
    assert "z.eml: no Received header fields found" in result.err
