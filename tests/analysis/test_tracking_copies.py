"""Rows that several files have count once."""

from datetime import timedelta
from typing import Any

import pytest

from hopscope.analysis.tracking.copies import without_copies
from hopscope.analysis.tracking.ordering import ordered
from tests.analysis.tracking_events import START, Log

_LOG = Log()


def of(file: str, second: float | None, name: str = "RECEIVE", **fields: Any) -> Any:  # noqa: ANN401 - the fields of the record
    values = {"logged_by": "EX2", "client": "EX1", "server": "EX2", "internal_message_id": "7", **fields}
    return _LOG.event(second, name, **values, position=f"{file}:{_LOG.lines}")


CASES: dict[str, tuple[list[Any], list[int]]] = {
    "exact times": ([of("a", 0.1), of("b", 0.1)], [0]),
    "exact times in one file": ([of("a", 0.1), of("a", 0.1)], [0, 1]),
    "an export in whole seconds": ([of("a", 0), of("b", 0.1), of("b", 0.9)], [1, 2]),
    "two exports in whole seconds": ([of("a", 0), of("b", 0), of("a", 0)], [0, 2]),
    "a whole second by chance": ([of("a", 1), of("a", 1.2), of("b", 1)], [0, 1]),
    "the known writer": ([of("a", 0.1, logged_by=None), of("b", 0.1)], [1]),
    "letter case of names": ([of("a", 0.1), of("b", 0.1, server="ex2")], [0]),
    "other milliseconds": ([of("a", 0.1), of("b", 0.2)], [0, 1]),
    "other event": ([of("a", 0.1), of("b", 0.1, "SEND")], [0, 1]),
    "other copy of the message": ([of("a", 0.1), of("b", 0.1, internal_message_id="8")], [0, 1]),
    "other recipient": ([of("a", 0.1), of("b", 0.1, recipients=("a@b.example",))], [0, 1]),
    "without times": ([of("a", None), of("b", None)], [0, 1]),
}


@pytest.mark.parametrize("name", CASES)
def test_copies(name: str) -> None:
    events, kept = CASES[name]
    assert without_copies(events) == [events[index] for index in kept]


def test_other_columns_of_an_export_do_not_matter() -> None:
    log, export = of("a", 0.1, reply="250 OK"), of("b", 0.1, custom_data=(("A", "B"),), message_info="x")
    assert [event.event for event in ordered([export, log]).events] == [log]
    assert ordered([log, export]).total is None


def test_many_rows_with_the_same_content() -> None:
    rows = [of("a", 0.1) for _ in range(5_000)]
    assert without_copies([*rows, of("b", 0.1)]) == rows
    assert {event.time for event in rows} == {START + timedelta(seconds=0.1)}
