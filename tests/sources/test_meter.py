"""How much of the sources was read, for a progress bar."""

from pathlib import Path

from hopscope.sources import messages
from hopscope.sources.meter import Meter

MESSAGE = "From a@b Mon Jun  3 18:02:33 2024\nReceived: by a.example; Mon, 3 Jun 2024 18:02:33 +0000\n\ntext\n\n"


def test_the_share_never_becomes_less(tmp_path: Path) -> None:
    for name in ("a.mbox", "b.mbox"):
        (tmp_path / name).write_text(MESSAGE * 400)
    meter = Meter()
    shares = [meter.share() for _ in messages([str(tmp_path / "a.mbox"), str(tmp_path / "b.mbox")], None, meter=meter)]
    known = [share for share in (*shares, meter.share()) if share is not None]
    assert known == sorted(known)
    assert known[-1] == 1.0


def test_a_file_that_was_read_to_its_end_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_text(MESSAGE * 3)
    meter = Meter()
    assert len(list(messages([str(path)], None, meter=meter))) == 3
    assert meter.share() == 1.0
