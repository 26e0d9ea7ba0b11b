"""How much of the sources was read, for a progress bar."""

import bz2
import gzip
from hashlib import shake_128
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest

from hopscope.sources import messages
from hopscope.sources.meter import Meter
from tests.sources.helpers import tar, zipped

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


BOX = (MESSAGE + "text\n" * 200 + "\n").encode() * 3000
FOUR = {f"{name}.mbox": BOX for name in "abcd"}
UNEQUAL = {"a.mbox": BOX * 3, "b.eml": MESSAGE.encode(), "c.mbox": b"", "d.mbox": BOX}
ARCHIVES = {
    "one.zip": zipped({"a.mbox": BOX * 4}),
    "four.zip": zipped(FOUR),
    "unequal.zip": zipped(UNEQUAL),
    "nested.zip": zipped({"a.zip": zipped(FOUR), "b.zip": zipped({"c.zip": zipped(FOUR)})}),
    "tar-in.zip": zipped({"a.tar": tar(FOUR)}),
    "tgz-in.zip": zipped({"a.tgz": gzip.compress(tar(FOUR)), "b.mbox": BOX}),
    "zip.gz": gzip.compress(zipped(FOUR)),
    "four.tar": tar(FOUR),
    "four.tar.gz": gzip.compress(tar(FOUR)),
    "one.mbox.gz": gzip.compress(BOX * 4),
}


def known_shares(path: Path) -> list[float]:
    """The share after each message, and at the end."""
    meter = Meter()
    shares = [meter.share() for _ in messages([str(path)], None, meter=meter)] + [meter.share()]
    return [share for share in shares if share is not None]


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_share_follows_what_was_read_of_the_members(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(ARCHIVES[name])
    shares = known_shares(path)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert shares[0] < 0.3
    assert max(later - earlier for earlier, later in pairwise(shares)) < 0.3


def test_the_share_of_a_member_is_that_of_its_compressed_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    body = shake_128().hexdigest(1 << 19)
    path.write_bytes(zipped({"a.eml": (MESSAGE.partition("\n")[2] + body).encode(), "b.mbox": BOX}))
    first, second, *_ = known_shares(path)
    assert first < 0.2
    assert second > 0.9


@pytest.mark.parametrize("inner", ["a.zip", "b.mbox.gz", "c.mbox.bz2"])
def test_members_of_a_tar_archive_are_at_the_position_of_the_archive(tmp_path: Path, inner: str) -> None:
    path = tmp_path / "a.tar"
    data = {"a.zip": zipped(FOUR), "b.mbox.gz": gzip.compress(BOX), "c.mbox.bz2": bz2.compress(BOX)}[inner]
    path.write_bytes(tar({"0.mbox": BOX, inner: data, "z.mbox": BOX}))
    shares = known_shares(path)
    assert shares == sorted(shares)
    assert shares[len(shares) // 2] == pytest.approx(0.5, abs=0.1)
    assert shares[-1] == 1.0


def test_a_zip_archive_on_standard_input_has_a_share() -> None:
    meter = Meter()
    shares = [meter.share() for _ in messages(["-"], BytesIO(ARCHIVES["four.zip"]), meter=meter)]
    assert None not in shares
    assert meter.share() == 1.0


def test_an_archive_that_is_left_early_does_not_count_twice(tmp_path: Path) -> None:
    path = tmp_path / "four.zip"
    path.write_bytes(ARCHIVES["four.zip"])
    meter = Meter()
    shares = [meter.share() for _ in messages([f"{path}:a.mbox:1", f"{path}:b.mbox:1", str(path)], None, meter=meter)]
    known = [share for share in shares if share is not None]
    assert known == sorted(known)
    assert known[-1] <= 1.0
    assert meter.share() == 1.0
