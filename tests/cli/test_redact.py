"""``hopscope redact``."""

import gzip
import os
import re
from pathlib import Path

import pytest

from hopscope.sources import messages

from .conftest import Run


def test_one_message_is_written_without_separator(run: Run, samples: Path) -> None:
    outcome = run("redact", samples / "exchange-2013-internal.eml")
    assert outcome.status == 0
    assert outcome.out.startswith("Received: from ")
    assert outcome.out.endswith("\n\n")
    assert "header fields removed" in outcome.err
    assert "contoso" not in outcome.out


def test_standard_input_is_read(run: Run, samples: Path) -> None:
    text = (samples / "exchange-2013-internal.eml").read_bytes()
    assert run("redact", stdin=text).out.startswith("Received: from ")


def test_several_messages_are_an_mbox(run: Run, samples: Path, tmp_path: Path) -> None:
    outcome = run("redact", samples, "-o", tmp_path / "all.mbox")
    assert outcome.status == 0
    assert outcome.out == ""
    read = list(messages([str(tmp_path / "all.mbox")], None))
    assert len(read) == len(list(samples.rglob("*.eml")))
    assert f"{len(read)} messages redacted" in outcome.err


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_gets_a_file_for_each(run: Run, samples: Path, tmp_path: Path, exists: bool) -> None:  # noqa: FBT001 - a case
    folder = tmp_path / "out"
    if exists:
        folder.mkdir()
    assert run("redact", samples, "-o", folder if exists else f"{folder}/").status == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"{number:04}.eml" for number in range(1, len(list(samples.rglob("*.eml"))) + 1)]


def test_an_input_message_is_not_overwritten_in_its_folder(run: Run, samples: Path, tmp_path: Path) -> None:
    mail = tmp_path / "0001.eml"
    mail.write_bytes((samples / "exchange-2013-internal.eml").read_bytes())
    before = mail.read_bytes()
    outcome = run("redact", mail, "-o", tmp_path)
    assert outcome.status == 2
    assert "is also an input file" in outcome.err
    assert mail.read_bytes() == before


def test_a_key_file_is_not_overwritten(run: Run, samples: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    outcome = run("redact", samples / "exchange-2013-internal.eml", "--key-file", key, "-o", key)
    assert outcome.status == 2
    assert "Received" not in key.read_text()


def test_a_folder_that_cannot_be_created_is_an_error(run: Run, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = run("redact", samples, "-o", f"{tmp_path}/file/out/")
    assert outcome.status == 2
    assert "cannot be created" in outcome.err


def test_two_runs_agree_with_a_key_file_and_not_without(run: Run, samples: Path, tmp_path: Path) -> None:
    sample, key = samples / "exchange-2013-internal.eml", tmp_path / "key"
    first, second = (run("redact", sample, "--key-file", key) for _ in range(2))
    assert first.out == second.out
    assert run("redact", sample).out != first.out
    assert "new key" in first.err
    assert "new key" not in second.err


def test_a_key_file_is_private_and_the_key_never_printed(run: Run, samples: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    outcome = run("redact", samples, "--key-file", key)
    assert key.stat().st_mode & 0o077 == 0 or os.name != "posix"
    secret = key.read_text().strip()
    assert len(secret) == 64
    assert secret not in outcome.out + outcome.err


@pytest.mark.parametrize("content", ["", "short", " " * 99, "\0" * 99, "\n\0\0 "])
def test_a_file_that_is_not_a_key_is_an_error(run: Run, samples: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content)
    outcome = run("redact", samples, "--key-file", tmp_path / "key")
    assert outcome.status == 2
    assert outcome.out == ""
    assert "too short" in outcome.err


def test_a_key_file_that_cannot_be_used_is_an_error(run: Run, samples: Path, tmp_path: Path) -> None:
    outcome = run("redact", samples, "--key-file", tmp_path / "missing" / "key")
    assert outcome.status == 2
    assert "cannot be used" in outcome.err


def test_unreadable_input_is_reported_and_the_rest_is_written(run: Run, samples: Path, tmp_path: Path) -> None:
    outcome = run("redact", tmp_path / "missing.eml", samples / "exchange-2013-internal.eml")
    assert outcome.status == 2
    assert outcome.out.startswith("Received: from ")
    assert "missing.eml" in outcome.err


def test_nothing_is_written_if_nothing_was_read(run: Run, tmp_path: Path) -> None:
    outcome = run("redact", tmp_path / "missing.eml", "-o", tmp_path / "out.eml")
    assert outcome.status == 2
    assert not (tmp_path / "out.eml").exists()


def test_tracking_logs_get_the_pseudonyms_of_the_header(run: Run, samples: Path, tmp_path: Path) -> None:
    log, mail = samples / "tracking" / "EX19-02" / "MSGTRK2024060318-1.LOG", samples / "exchange-2019-inbound.eml"
    outcome = run("redact", log, mail, "-o", f"{tmp_path / 'out'}/", "--key-file", tmp_path / "key")
    assert outcome.status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0001.eml", "MSGTRK0001.log"]
    (name,) = re.findall(r"Message-ID: (<.*>)", (tmp_path / "out" / "0001.eml").read_text())
    assert name in (tmp_path / "out" / "MSGTRK0001.log").read_text()
    assert run("redact", log, "--key-file", tmp_path / "key").out == (tmp_path / "out" / "MSGTRK0001.log").read_text()


@pytest.mark.parametrize("arguments", [["exchange-2019-inbound.eml"], ["--message-id", "<a@b.example>"]])
def test_a_tracking_log_alone_or_into_a_folder(run: Run, samples: Path, arguments: list[str]) -> None:
    paths = [samples / name if name.endswith(".eml") else name for name in arguments]
    outcome = run("redact", samples / "tracking" / "exchange-2019-inbound.csv", *paths)
    assert outcome.status == 2
    assert "is a tracking log" in outcome.err


def test_redacted_logs_are_found_in_their_folder(run: Run, samples: Path, tmp_path: Path) -> None:
    logs = sorted((samples / "tracking").rglob("MSGTRK*.LOG"))
    packed = tmp_path / "MSGTRKMD20240603-1.LOG.gz"
    packed.write_bytes(gzip.compress(logs[1].read_bytes()))
    mail, out = samples / "exchange-2019-inbound.eml", tmp_path / "out"
    outcome = run("redact", mail, logs[0], packed, logs[2], "-o", f"{out}/", "--key-file", tmp_path / "key")
    assert outcome.status == 0
    names = ["0001.eml", "MSGTRK0001.log", "MSGTRK0003.log", "MSGTRKMD0002.log"]
    assert sorted(path.name for path in out.iterdir()) == names
    shown = run("show", out / "0001.eml", "--tracking-log", out, "-f", "plain").out
    assert "confirmed, DEFER 432 4.3.2 mailbox server is offline, 5 min 6 s" in shown


def test_a_log_that_ends_too_early_is_an_error_that_quiet_prints_as_well(
    run: Run, samples: Path, tmp_path: Path
) -> None:
    lines = (samples / "tracking" / "EX19-02" / "MSGTRK2024060318-1.LOG").read_text().splitlines(keepends=True)
    different = "".join(lines[-1].replace("bob", f"b{number}") for number in range(20_000))
    data = gzip.compress("".join((*lines, different)).encode())
    log = tmp_path / "MSGTRK20240603-1.LOG.gz"
    log.write_bytes(data[: len(data) // 2])
    outcome = run("redact", "-q", log, "-o", f"{tmp_path / 'out'}/")
    assert outcome.status == 2
    assert "damaged" in outcome.err
