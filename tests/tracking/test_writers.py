"""The server that wrote a row, where the row itself does not show it."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from hopscope.tracking.index import open_index
from tests.tracking.logs import CMDLET, HEAD, LOG, exported, log, received, table

EXPAND = received(event_id="EXPAND", source="ROUTING", client_hostname="", server_hostname="")
"""A row of which it is not published who wrote it."""


def writers(text: str, path: Path) -> list[str | None]:
    """Of the events of the message, in the order of the lines; the same from another process."""
    path.write_text(text, newline="")
    with open_index([str(path)], None, print) as index:
        found = [event.logged_by for event in index.events(message_ids=["<a@b.example>"])]
        with pickle.loads(pickle.dumps(index)) as copy:  # noqa: S301 - as multiprocessing does
            assert [event.logged_by for event in copy.events(message_ids=["<a@b.example>"])] == found
        return found


def row(event: str, *, client: str = "", server: str = "", id_: str = "1", source: str = "SMTP") -> dict[str, str]:
    cells = {"event-id": event, "source": source, "client-hostname": client, "server-hostname": server}
    return received() | cells | {"internal-message-id": id_}


CASES: dict[str, tuple[list[dict[str, str]], list[str | None]]] = {
    "no row that shows it": ([EXPAND], [None]),
    "server": ([EXPAND, row("RECEIVE", client="mx.example", server="EX2")], ["EX2"] * 2),
    "short name and FQDN": (
        [EXPAND, row("RECEIVE", server="EX2"), row("SEND", client="ex2.corp.example")],
        ["ex2.corp.example", "EX2", "ex2.corp.example"],
    ),
    "deferral": ([row("DEFER", client="EX2", server="EX9"), row("SEND", client="EX2", server="EX1")], ["EX2"] * 2),
    "deferral with one name": ([row("DEFER", server="EX9"), row("SEND", client="EX2", server="EX1")], ["EX2"] * 2),
    "joined logs": ([EXPAND, row("RECEIVE", server="EX2"), row("RECEIVE", server="EX3")], [None, "EX2", "EX3"]),
    "FQDNs": (
        [EXPAND, row("RECEIVE", server="a.b.example"), row("RECEIVE", server="a.c.example")],
        [None, "a.b.example", "a.c.example"],
    ),
    "many": (
        [EXPAND, *(row("RECEIVE", server=f"EX{number}") for number in range(9))],
        [None, *(f"EX{number}" for number in range(9))],
    ),
    "empty": ([EXPAND, row("RECEIVE", server="")], [None, None]),
    "unknown event": ([EXPAND, row("NEWEVENT", client="EX2", server="EX2")], [None, None]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_rows_of_a_log_have_one_writer(name: str, tmp_path: Path) -> None:
    rows, expected = CASES[name]
    assert writers(log(*rows), tmp_path / "MSGTRK.LOG") == expected


def test_a_log_that_another_version_appended_to_has_one_writer(tmp_path: Path) -> None:
    older = log(EXPAND, columns=LOG[:27])
    newer = log(row("RECEIVE", server="EX2"), head=HEAD.replace("15.02", "15.01"))
    assert writers(older + newer, tmp_path / "MSGTRK.LOG") == ["EX2", "EX2"]


def of_shell(event: str, **cells: str) -> dict[str, str]:
    return exported("2024-06-03T18:02:35Z", EventId=event) | cells


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [of_shell("DEFER", ClientHostname="EX2", ServerHostname="EX1", InternalMessageId="7"),
             of_shell("RECEIVE", ServerHostname="EX2", InternalMessageId="7"),
             of_shell("RECEIVE", ServerHostname="EX1", InternalMessageId="8")],
            ["EX2", "EX2", "EX1"],
        ),
        (
            [of_shell("DEFER", ClientHostname="EX2", ServerHostname="EX1"), of_shell("RECEIVE", ServerHostname="EX2")],
            [None, "EX2"],
        ),
        (
            [of_shell("DEFER", ClientHostname="EX2", ServerHostname="EX1", InternalMessageId="7"),
             of_shell("RECEIVE", ServerHostname="EX2", InternalMessageId="7"),
             of_shell("RECEIVE", ServerHostname="EX1", InternalMessageId="7")],
            [None, "EX2", "EX1"],
        ),
    ],
    ids=["same id", "no id", "contradiction"],
)  # fmt: skip
def test_rows_of_an_export_with_one_internal_message_id_have_one_writer(
    rows: list[dict[str, str]], expected: list[str | None], tmp_path: Path
) -> None:
    assert writers(table([*CMDLET, "InternalMessageId"], *rows), tmp_path / "tracking.csv") == expected


@pytest.mark.parametrize("turned", [list, reversed])
def test_the_order_of_rows_does_not_matter(
    turned: Callable[[list[dict[str, str]]], list[dict[str, str]]], tmp_path: Path
) -> None:
    rows = [row("RECEIVE", server="EX2.corp.example"), EXPAND, row("SEND", client="EX2")]
    assert writers(log(*turned(rows)), tmp_path / "MSGTRK.LOG")[1] == "EX2.corp.example"
