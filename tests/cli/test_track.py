"""``hopscope track``: the events of a message, or the messages in several logs."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

_LOGS = "samples/tracking"
_ID = "<20240603180233.4VtK3w2pQ9z1@mail.shop.example.org>"
_GUID = "3F1C8A52-9D04-4B7E-6A21-08DC83F4C1B2"


@pytest.fixture
def logs(root: Path) -> list[str]:
    return [str(root / _LOGS / server) for server in ("EX19-01", "EX19-02")]


@pytest.mark.parametrize("id_", [_ID, _ID.strip("<>"), _GUID, _GUID.replace("-", "").lower()])
def test_the_events_of_a_message_in_the_logs_of_two_servers(run: Run, logs: list[str], id_: str) -> None:
    result = run("track", *logs, "--message-id", id_)
    assert result.status == 0
    assert (
        "8 events in 5 min 38 s on 2 servers, 2024-06-03: 5 min 6 s held by EX19-02.corp.example.com Transport, "
        "DEFER 432 4.3.2 mailbox server is offline\n- bob@example.com: delivered by EX19-01.corp.example.com at"
    ) in result.out
    events = [line.split("  ")[-1].split()[-1] for line in result.out.splitlines() if line.startswith("18:0")]
    assert len(events) == 8
    assert "next attempt 18:07:35.514" in result.out


def test_several_messages_are_listed_the_slowest_first(run: Run, logs: list[str]) -> None:
    listed = json.loads(run("track", *logs, "--json").out)
    assert listed["total"] == 2
    assert [message["subject"] for message in listed["messages"]] == ["Your order", "Minutes, second draft"]
    assert "1 more: --top 0 lists all" in run("track", *logs, "--top", "1").out
    assert run("track", *logs, "--top", "0", "-f", "csv").out.count("\n") == 3


def test_one_message_is_shown_without_an_id(run: Run, root: Path) -> None:
    out = run("track", str(root / _LOGS / "exchange-online-inbound.csv"), "--json").out
    assert json.loads(out)["subject"] == "Inbound to Exchange Online"


def test_times_are_in_the_zone_requested(run: Run, logs: list[str]) -> None:
    out = run("track", *logs, "--message-id", _ID, "--tz", "+02:00").out
    assert "20:02:35.172" in out
    assert "next attempt 20:07:35.514" in out


@pytest.mark.parametrize("arguments", [("--message-id", "<x@y>"), ("--message-id", "\x1b[31m")])
def test_a_message_that_is_not_in_the_logs_is_an_error(run: Run, logs: list[str], arguments: tuple[str, ...]) -> None:
    result = run("track", *logs, *arguments)
    assert result.status == 2
    assert result.out == ""
    assert "no event of this message in 2 files" in result.err
    assert "\x1b" not in result.err
    assert result.err.count("\n") == 1


def test_another_kind_of_file_fails_and_the_others_are_read(run: Run, logs: list[str], tmp_path: Path) -> None:
    other = tmp_path / "mail.eml"
    other.write_text("Subject: x\n\n")
    result = run("track", *logs, str(other), "--message-id", _ID)
    assert result.status == 2
    assert "8 events" in result.out
    assert "mail.eml: not a message tracking log" in result.err


_FIELDS = (
    "#Software: Microsoft Exchange Server\r\n#Log-type: Message Tracking Log\r\n#Fields: date-time,client-hostname,"
    "server-hostname,source-context,source,event-id,message-id,recipient-address,message-info\r\n"
)


def _row(time: str, event: str, hosts: str, context: str = "", message_info: str = "") -> str:
    """A row of a log; the hosts are the client and the server."""
    return f"2024-06-{time}Z,{hosts},{context},SMTP,{event},{_ID},bob@example.com,{message_info}\r\n"


def test_dates_are_shown_where_they_are_not_all_the_same(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "MSGTRK1.LOG"
    rows = (
        _row("03T18:02:35.000", "RECEIVE", "EX1,EX2"),
        _row("03T18:02:35.000", "DEFER", "EX2,", "451 4.4.0 DNS query failed", "2024-06-04T18:02:35.000Z"),
        _row("04T18:02:35.000", "SEND", "EX2,mx.example.org"),
    )
    log.write_text(_FIELDS + "".join(rows), newline="")
    out = run("track", str(log)).out
    assert "sent to mx.example.org by EX2 at 2024-06-04 18:02:35" in out
    assert "next attempt 2024-06-04 18:02:35" in out


def test_the_order_and_the_clocks_are_explained(run: Run, tmp_path: Path) -> None:
    rows = {
        "EX1": (_row("03T18:02:35.000", "RECEIVE", "x,EX1"), _row("03T18:02:35.500", "SEND", "EX1,EX2")),
        "EX2": (_row("03T18:02:35.400", "RECEIVE", "EX1,EX2"),),
        "EX3": (_row("03T18:02:35.000", "RECEIVE", "y,EX3"),),
    }
    for name, of_server in rows.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "MSGTRK1.LOG").write_text(_FIELDS + "".join(of_server), newline="")
    out = run("track", str(tmp_path)).out
    assert "a sender logs SEND after the reply, so the event of the next server may have an earlier time" in out
    assert "The clock difference between EX3 and EX1 is unknown" in out


@pytest.mark.parametrize("command", [("track",), ("show", "samples/exchange-2019-inbound.eml", "--tracking-log")])
def test_a_log_that_cannot_be_read_is_one_error(run: Run, root: Path, command: tuple[str, ...]) -> None:
    arguments = [str(root / part) if part.startswith("samples") else part for part in command]
    result = run(*arguments, "no-such.log")
    assert (result.status, result.err) == (2, "hopscope: no-such.log: no such file; check the path\n")


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_no_line_of_a_table_is_wider_than_the_terminal(
    run: Run, logs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    long = tmp_path / "MSGTRK1.LOG"
    rows = (
        _row("03T18:02:35.000", "RECEIVE", f"x,{'server' * 9}.example.com"),
        _row("04T18:02:35.000", "DUPLICATEDELIVER", f"y,{'server' * 9}.example.com"),
    )
    long.write_text(_FIELDS + "".join(rows), newline="")
    for files in (logs, [str(long)], [*logs, str(long)]):
        shown = run("track", *files, "-f", "table").out
        assert max(map(len, shown.splitlines())) <= columns, shown
        assert "2024-06-03 18:02:35" in shown


def test_what_became_of_each_recipient(run: Run) -> None:
    row = "2024-06-03T18:02:33.000Z,AGENT,FAIL,<1@a.example>,EX1,EX1,a@b.example"
    fields = "date-time,source,event-id,message-id,client-hostname,server-hostname,recipient-address"
    log = f"#Fields: {fields}\n{row}\n{row.replace('AGENT,FAIL', 'ROUTING,FAIL').replace('a@b', 'c@d')}\n"
    outcomes = json.loads(run("track", "-", "--json", stdin=log.encode()).out)["outcomes"]
    assert {outcome["recipient"]: (outcome["event"], outcome["outcome"]) for outcome in outcomes} == {
        "a@b.example": ("FAIL", "removed"),
        "c@d.example": ("FAIL", "failed"),
    }
