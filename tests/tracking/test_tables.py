"""The tables of columns and events."""

import pytest

from hopscope.data import table
from hopscope.model import TrackingEvent
from hopscope.tracking.forms import FORMS
from tests.tracking.logs import CMDLET, EXTENDED, LOG, OF_2010, SUMMARY, TRACE

COLUMNS = table("tracking_columns")
EVENTS = table("tracking_events")


def test_each_column_becomes_a_field_of_an_event() -> None:
    fields = {row["field"] for row in COLUMNS} - {""}
    assert fields - {"message_latency"} <= set(TrackingEvent.__struct_fields__)
    derived = {"position", "local_time", "logged_by", "reply", "next_retry", "arrived_at"}
    assert set(TrackingEvent.__struct_fields__) - derived <= fields


@pytest.mark.parametrize(
    ("form", "columns"),
    [
        ("log", LOG),
        ("cmdlet", CMDLET),
        ("extended_trace", EXTENDED),
        ("summary_trace", SUMMARY),
        ("trace_cmdlet", TRACE),
    ],
)
def test_columns_of_each_form(form: str, columns: list[str]) -> None:
    known = {name for row in COLUMNS for name in row[form].split()}
    unused = {"PSComputerName", "RunspaceId", "Organization", "StartDate", "EndDate", "Index"}
    assert set(columns) - unused <= known
    assert form in FORMS


def test_columns_of_each_version() -> None:
    versions = {row["log"]: row["documented"].split() for row in COLUMNS if row["log"]}
    assert set(versions) == set(LOG)
    assert {name for name, generations in versions.items() if "2010" in generations} == set(OF_2010)
    assert all("SE" in generations for generations in versions.values())


def test_events() -> None:
    assert {row["logged_by"] for row in EVENTS} == {"", "client", "server", "recorded"}
    assert all(row["event"] == row["event"].upper() for row in EVENTS)


def test_the_first_row_that_fits_an_event_is_the_most_specific() -> None:
    general: set[str] = set()
    for row in EVENTS:
        assert row["event"] not in general
        if not row["sources"]:
            general.add(row["event"])
