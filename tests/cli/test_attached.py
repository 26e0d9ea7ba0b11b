"""``hopscope show --attached`` and containers on the command line."""

import io
import json
import zipfile
from pathlib import Path

from .conftest import Run

HOP = "Received: from {}.example by b.example with ESMTP id 1; Tue, 31 Jul 2012 21:52:42 +1000\n"
BOUNCE = f"""\
{HOP.format("outer")}Content-Type: multipart/report; boundary=x

--x
Content-Type: text/rfc822-headers

{HOP.format("inner")}
--x--
"""


def sources(out: str) -> list[str]:
    return [json.loads(line)["source"] for line in out.splitlines()]


def test_attached_messages_are_shown_after_their_message(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bounce.eml"
    path.write_text(BOUNCE)
    assert sources(run("--format", "jsonl", path).out) == [str(path)]
    outcome = run("--format", "jsonl", "--attached", path)
    assert outcome.status == 0
    assert sources(outcome.out) == [str(path), f"{path}:attached:1"]


def test_an_archive_is_shown_and_unreadable_members_are_reported(run: Run) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("evil\x1b[31m.eml", HOP.format("a"))
        archive.writestr("b.zip", b"PK\x05\x06")
        archive.writestr("c.eml", HOP.format("c"))
    outcome = run(stdin=file.getvalue())
    assert outcome.status == 2
    assert outcome.err.startswith("hopscope: -:b.zip: damaged")
    assert outcome.err.count("\n") == 1
    assert "c.example" in outcome.out
    assert "\x1b" not in outcome.out


def test_messages_of_an_mbox_file_are_numbered(run: Run) -> None:
    message = "From a Tue Jul 31 21:52:42 2012\n" + HOP.format("a") + "\ntext\n\n"
    assert sources(run("--format", "jsonl", stdin=(message * 3).encode()).out) == ["-:1", "-:2", "-:3"]
