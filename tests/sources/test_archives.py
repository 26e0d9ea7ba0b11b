"""Archives and compressed files: contents, names, and limits of unpacking."""

import bz2
import gzip
import hashlib
import lzma
import re
import tarfile
from collections.abc import Callable
from io import BufferedReader, BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.errors import SourceError
from hopscope.sources import Message, entry
from hopscope.sources.content import SUFFIXES
from hopscope.sources.tararchive import MAX_EXTENDED

from .helpers import FROM, MAIL, Broken, gnu_tar, mbox, outcomes, read, tar, zipped

HEADER = (FROM + MAIL[: MAIL.index(b"Hello")]).replace(b"\r\n", b"\n")
DEEP = "d/" * 60 + "e" * 90 + ".eml"
FILES = {"b.eml": MAIL, "a/c.hdr": MAIL, "box.mbox": mbox(MAIL, MAIL), DEEP: MAIL, "grün.eml": MAIL}
FOUND = [
    ("b.eml", MAIL),
    ("a/c.hdr", MAIL),
    ("box.mbox:1", HEADER),
    ("box.mbox:2", HEADER),
    (DEEP, MAIL),
    ("grün.eml", MAIL),
]
WITHOUT_MAIL = f"no mail file in this archive ({' '.join(SUFFIXES)}); unpack it and name the files explicitly"
Pack = Callable[[dict[str, bytes]], bytes]

ARCHIVES = [
    pytest.param(zipped, id="zip"),
    pytest.param(lambda files: zipped(files, ZIP_STORED), id="zip-stored"),
    pytest.param(lambda files: b"#!/bin/sh\n\0" + zipped(files), id="zip-behind-a-program"),
    pytest.param(tar, id="tar-pax"),
    pytest.param(gnu_tar, id="tar-gnu"),
    pytest.param(lambda files: gzip.compress(tar(files)), id="tar.gz"),
    pytest.param(lambda files: bz2.compress(tar(files)), id="tar.bz2"),
    pytest.param(lambda files: lzma.compress(tar(files)), id="tar.xz"),
    pytest.param(lambda files: gzip.compress(zipped(files)), id="zip.gz"),
]


@pytest.mark.parametrize("pack", ARCHIVES)
def test_members_are_read_in_their_order(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "dump.zip"
    path.write_bytes(pack(FILES))
    assert outcomes(read(path)) == [(f"{path}:{name}", data) for name, data in FOUND]


@pytest.mark.parametrize("pack", [pack for pack in ARCHIVES if pack.id != "zip-behind-a-program"])
def test_the_kind_is_determined_by_content_and_not_by_name(pack: Pack) -> None:
    assert outcomes(read("-", stdin=pack(FILES))) == [(f"-:{name}", data) for name, data in FOUND]


COMPRESSED = [
    pytest.param(gzip.compress, id="gz"),
    pytest.param(bz2.compress, id="bz2"),
    pytest.param(lzma.compress, id="xz"),
    pytest.param(lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:]), id="gz-in-two-parts"),
    pytest.param(lambda data: bz2.compress(data[:50]) + bz2.compress(data[50:]), id="bz2-in-two-parts"),
    pytest.param(lambda data: lzma.compress(data[:50]) + lzma.compress(data[50:]), id="xz-in-two-parts"),
    pytest.param(
        lambda data: lzma.compress(data[:50]) + bytes(1 << 17) + lzma.compress(data[50:]), id="xz-with-padding"
    ),
    pytest.param(lambda data: lzma.compress(data) + bytes(8), id="xz-with-padding-at-the-end"),
]


@pytest.mark.parametrize("compress", COMPRESSED)
def test_a_compressed_file_is_named_without_its_compression(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    one, many = tmp_path / "one.eml.gz", tmp_path / "many.mbox.gz"
    one.write_bytes(compress(MAIL))
    many.write_bytes(compress(MAIL + b"\n" + mbox(MAIL)))  # the name without .gz shows that it is an mbox file
    first, *others = read(one, many)
    assert first == Message(source=str(one), data=MAIL)
    assert [other.source for other in others] == [f"{many}:1", f"{many}:2"]


@pytest.mark.parametrize("compress", COMPRESSED[:3])
def test_a_large_mbox_file_is_read_through_its_compression(compress: Callable[[bytes], bytes]) -> None:
    large = mbox(*[MAIL + b"%d\n" % number * 5000 for number in range(30)])
    assert outcomes(read("-", stdin=compress(large))) == [(f"-:{number}", HEADER) for number in range(1, 31)]


def test_an_empty_compressed_file_is_reported() -> None:
    for compress in (gzip.compress, bz2.compress, lzma.compress):
        assert outcomes(read("-", stdin=compress(b""))) == ["-: empty; use a message or its headers"]


@pytest.mark.parametrize("pack", [zipped, tar, gnu_tar])
def test_members_with_other_names_are_skipped(pack: Pack) -> None:
    names = ["x.png", "notes", "__MACOSX/._a.eml", "cur/readme", "1.2.host", "d\\._b.eml"]
    wanted = ["cur/1.2.host:2,S", "home/.Sent/new/3.4.host", "d\\e.eml", "mbox"]
    files = dict.fromkeys([*names, *wanted], MAIL)
    assert [one.source for one in read("-", stdin=pack(files))] == [f"-:{name}" for name in wanted]


@pytest.mark.parametrize("pack", [zipped, tar])
def test_an_archive_without_mail_is_reported(pack: Pack) -> None:
    assert outcomes(read("-", stdin=pack({"x.png": MAIL}))) == [f"-: {WITHOUT_MAIL}"]


def test_an_empty_archive_is_reported() -> None:
    assert outcomes(read("-", stdin=zipped({}))) == [f"-: {WITHOUT_MAIL}"]


@pytest.mark.parametrize("pack", [zipped, tar, gnu_tar])
def test_names_that_point_outside_are_names_only(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.eml").write_bytes(b"Subject: not this one\n\n")
    names = ["/etc/passwd.eml", "../../x.eml", f"{tmp_path}/x.eml", "C:\\x.eml"]
    assert outcomes(read("-", stdin=pack(dict.fromkeys(names, MAIL)))) == [(f"-:{name}", MAIL) for name in names]
    assert [one.name for one in tmp_path.iterdir()] == ["x.eml"]


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    info.size = 512  # the size of links and folders is unrelated to data
    return info


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_links_and_devices_in_a_tar_archive_are_skipped(form: int) -> None:
    kinds = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
    target = "/etc/passwd" if form == tarfile.USTAR_FORMAT else "/etc/" + "p" * 200
    others = {f"{number}.eml": special(f"{number}.eml", kind, target) for number, kind in enumerate(kinds)}
    assert outcomes(read("-", stdin=tar({**others, "z.eml": MAIL}, form))) == [("-:z.eml", MAIL)]


def test_links_and_folders_in_a_zip_archive_are_skipped() -> None:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.mkdir("a.eml")
        link = ZipInfo("b.eml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("c.eml", MAIL)
    assert outcomes(read("-", stdin=file.getvalue())) == [("-:c.eml", MAIL)]


def test_extension_headers_in_a_tar_archive_are_skipped() -> None:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"path": "x.eml"}) as archive:
        info = tarfile.TarInfo("a.eml")
        info.size = len(MAIL)
        archive.addfile(info, BytesIO(MAIL))
    assert outcomes(read("-", stdin=file.getvalue())) == [("-:a.eml", MAIL)]


def block(name: str, kind: bytes, size: int) -> bytearray:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = size
    return bytearray(info.tobuf(tarfile.GNU_FORMAT))


def signed(header: bytearray) -> bytes:
    """A header of a tar archive with a valid checksum."""
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize("maps", [0, 1, 3])
def test_a_sparse_file_in_a_tar_archive_is_skipped_with_its_map(maps: int) -> None:
    header = block("sparse.eml", tarfile.GNUTYPE_SPARSE, 512)
    header[482] = maps > 0
    blocks = [bytes(504) + bytes([number > 0]) + bytes(7) for number in reversed(range(maps))]
    archive = signed(header) + b"".join(blocks) + b"x" * 512 + tar({"a.eml": MAIL})
    assert outcomes(read("-", stdin=archive)) == [("-:a.eml", MAIL)]


def test_a_size_may_be_in_a_pax_record() -> None:
    record = b"17 size=%d\n" % len(MAIL)
    record = b"%d size=%d\n" % (len(record) - 0, len(MAIL))
    header = block("x", tarfile.XHDTYPE, len(record))
    archive = signed(header) + record.ljust(512, b"\0") + signed(block("a.eml", tarfile.REGTYPE, 0)) + MAIL
    assert outcomes(read("-", stdin=archive))[0] == ("-:a.eml", MAIL)


DAMAGED_TARS = [
    pytest.param(signed(block("a", tarfile.REGTYPE, 9)), "truncated member", id="cut-off"),
    pytest.param(tar({"x": MAIL})[:1024] + b"x" * 512, "invalid header", id="no-header"),
    pytest.param(tar({"x": MAIL})[:1024] + b"x" * 99, "truncated header", id="cut-header"),
    pytest.param(
        signed(block("a", tarfile.GNUTYPE_LONGNAME, MAX_EXTENDED + 1)) + bytes(2 * MAX_EXTENDED),
        f"extended header longer than {MAX_EXTENDED} bytes",
        id="endless-name",
    ),
    pytest.param(
        signed(block("a", tarfile.XHDTYPE, 5)) + b"5 a=b".ljust(512, b"\0") + b"", None, id="pax-record-without-end"
    ),
    pytest.param(
        signed(block("a", tarfile.XHDTYPE, 4)) + b"0 a=".ljust(512, b"\0"), "record without length", id="zero"
    ),
    pytest.param(signed(block("a", tarfile.XHDTYPE, 4)) + b"x a=".ljust(512, b"\0"), "invalid literal", id="no-number"),
    pytest.param(signed(block("a", tarfile.XHDTYPE, 4)) + b"abcd".ljust(512, b"\0"), "subsection not found", id="none"),
    pytest.param(
        signed(block("a", tarfile.XHDTYPE, 11)) + b"11 size=-1\n".ljust(512, b"\0") + tar({"a.eml": MAIL}),
        "negative member size",
        id="negative-size",
    ),
    pytest.param(
        signed(block("a", tarfile.XHDTYPE, 10)) + b"10 size=x\n".ljust(512, b"\0") + tar({"a.eml": MAIL}),
        "invalid literal",
        id="size-that-is-no-number",
    ),
]


@pytest.mark.parametrize(("archive", "reason"), DAMAGED_TARS)
def test_a_damaged_tar_archive_is_reported(archive: bytes, reason: str | None) -> None:
    (result,) = read("-", stdin=archive)
    assert isinstance(result, SourceError)
    assert result.source == "-"
    assert result.reason.startswith(f"damaged ({reason}" if reason else "no mail file")


def test_members_before_the_damage_are_read() -> None:
    archive = tar({"a.eml": MAIL, "b.eml": MAIL, "c.eml": MAIL})
    cut = archive[: 2 * 1024 + 540]
    assert outcomes(read("-", stdin=cut)) == [
        ("-:a.eml", MAIL),
        ("-:b.eml", MAIL),
        "-: damaged (truncated member); use an intact copy",
    ]
    packed = gzip.compress(mbox(*[MAIL + b"x" * 99999 + b"\n"] * 9), 0)[:-99999]
    *messages, error = read("-", stdin=packed)
    assert len(messages) > 5
    assert str(error).startswith("-: damaged (Compressed file ended")


def test_a_damaged_member_of_a_zip_archive_is_reported_and_the_others_are_read() -> None:
    archive = zipped({"a.eml": MAIL, "b.eml": MAIL[::-1], "c.eml": MAIL}, ZIP_STORED)
    damaged = archive.replace(MAIL[::-1], b"Subject: y\n\n".ljust(len(MAIL)))
    first, error, last = outcomes(read("-", stdin=damaged))
    assert (first, last) == (("-:a.eml", MAIL), ("-:c.eml", MAIL))
    assert error == "-:b.eml: damaged (Bad CRC-32 for file 'b.eml'); use an intact copy"


def test_an_encrypted_member_is_reported_and_the_others_are_read() -> None:
    archive = bytearray(zipped({"a.eml": MAIL, "b.eml": MAIL}))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        archive[archive.index(sign) + offset] |= 1
    assert outcomes(read("-", stdin=bytes(archive))) == [
        "-:a.eml: encrypted; unpack the archive and use the files",
        ("-:b.eml", MAIL),
    ]


@pytest.mark.parametrize(("method", "number"), [(ZIP_BZIP2, 12), (ZIP_LZMA, 14)])
def test_compression_methods_without_a_memory_limit_are_refused(method: int, number: int) -> None:
    assert outcomes(read("-", stdin=zipped({"a.eml": MAIL}, method))) == [
        f"-:a.eml: compression method {number} is not supported; unpack the archive and use the files"
    ]


def test_an_archive_within_an_archive_is_read() -> None:
    inner = tar({"c.eml": MAIL})
    outer = zipped({"a.tgz": gzip.compress(inner), "b.tar": inner, "d.zip": zipped({"e.eml": MAIL})})
    assert [one.source for one in read("-", stdin=outer)] == ["-:a.tgz:c.eml", "-:b.tar:c.eml", "-:d.zip:e.eml"]


TOO_DEEP = ": archives and compressed files are nested deeper than 4; unpack it if you trust it, and use the files"


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda data: zipped({"x.zip": data, "y.eml": MAIL}, ZIP_STORED), id="zip"),
        pytest.param(lambda data: tar({"x.tar": data, "y.eml": MAIL}), id="tar"),
    ],
)
def test_the_depth_of_nested_archives_is_limited(wrap: Callable[[bytes], bytes]) -> None:
    data = MAIL
    for _ in range(6):
        data = wrap(data)
    results = read("-", stdin=data)
    assert [isinstance(one, Message) for one in results] == [False, True, True, True, True]
    assert str(results[0]).endswith(TOO_DEEP)
    assert results[0].source.count(":") == 4


def test_the_depth_of_nested_compression_is_limited() -> None:
    data = MAIL
    for _ in range(5):
        data = gzip.compress(data)
    assert outcomes(read("-", stdin=data)) == [f"-{TOO_DEEP}"]


def test_of_a_member_only_the_header_block_is_unpacked() -> None:
    archive = tar({"a.eml": MAIL + b"x" * (64 << 20), "b.eml": MAIL})
    first, second = read("-", stdin=zipped({"a.eml": MAIL + b"x" * (64 << 20), "b.eml": MAIL}))
    assert isinstance(first, Message)
    assert len(first.data) == entry.PIECE
    assert [len(one.data) for one in read("-", stdin=archive) if isinstance(one, Message)] == [entry.PIECE, len(MAIL)]
    assert second == Message(source="-:b.eml", data=MAIL)


LARGE = mbox(MAIL + b"x" * 999_999 + b"\n")


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(zipped, id="zip"),
        pytest.param(lambda files: gzip.compress(tar(files)), id="tar.gz"),
        pytest.param(lambda files: zipped({"x.zip": zipped(files)}), id="zip-in-zip"),
    ],
)
def test_the_total_unpacked_size_is_limited(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "MAX_UNPACKED", 1_000_000)
    results = read("-", stdin=pack({f"{number}.mbox": LARGE for number in range(9)}))
    *messages, error = results
    assert str(error) == "-: more than 100 times as large when unpacked; unpack it if you trust it, and use the files"
    assert [isinstance(one, Message) for one in messages] == [True] * len(messages)
    assert 0 < len(messages) < 9


def test_a_dump_of_any_size_is_read_if_it_is_compressed_like_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "MAX_UNPACKED", 1000)
    varied = mbox(*[MAIL + hashlib.shake_256(b"%d" % number).hexdigest(50_000).encode() + b"\n" for number in range(9)])
    for data in (gzip.compress(varied), lzma.compress(varied), zipped({"a.mbox": varied}), gzip.compress(varied, 0)):
        assert len(read("-", stdin=data)) == 9


@pytest.mark.parametrize("compress", COMPRESSED[:3])
@pytest.mark.parametrize("start", [mbox(MAIL), b"", mbox(MAIL, MAIL) + FROM], ids=["body", "nothing", "header"])
def test_compressed_zeros_are_read_up_to_a_limit(
    compress: Callable[[bytes], bytes], start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "MAX_UNPACKED", 100_000)
    zeros = compress(start + bytes(8 << 20))
    for data in (zeros, gzip.compress(zeros), zipped({"a.mbox.gz": zeros}), tar({"a.mbox.gz": zeros})):
        *_, error = read("-", stdin=data)
        assert isinstance(error, SourceError)
        assert error.reason in {"more than 100 times as large when unpacked", "not text"}


def with_offset(archive: bytes, number: int, offset: int, size: int | None = None) -> bytes:
    """A zip archive whose directory gives another offset (and compressed size) for a member."""
    data = bytearray(archive)
    entry = [match.start() for match in re.finditer(b"PK\x01\x02", archive)][number]
    data[entry + 42 : entry + 46] = offset.to_bytes(4, "little")
    if size is not None:
        data[entry + 20 : entry + 24] = size.to_bytes(4, "little")
    return bytes(data)


TWO = zipped({"a.eml": MAIL, "b.eml": MAIL}, ZIP_STORED)
SECOND = TWO.index(b"PK\x03\x04", 4)


@pytest.mark.parametrize(
    ("archive", "overlaps"),
    [
        pytest.param(TWO, False, id="ordinary"),
        pytest.param(b"#!/bin/sh\n" + b"\0" * 99 + TWO, False, id="after-a-program"),
        pytest.param(zipped({"a.eml": MAIL, "b/": b"", "c.eml": MAIL}), False, id="with-a-folder"),
        pytest.param(with_offset(TWO, 1, 0), True, id="the-same-data"),
        pytest.param(with_offset(TWO, 0, SECOND), True, id="the-same-data-of-the-second"),
        pytest.param(with_offset(TWO, 0, 0, len(MAIL) + SECOND), True, id="quoted-member"),
        pytest.param(with_offset(TWO, 1, SECOND, 2 * len(MAIL)), True, id="the-directory-as-data"),
        pytest.param(with_offset(TWO, 1, SECOND - len(MAIL)), True, id="within-data"),
    ],
)
def test_overlapping_members_are_refused(archive: bytes, overlaps: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a table
    path = tmp_path / "x.zip"
    path.write_bytes(archive)
    error = f"{path}: members of this archive overlap, as in a zip bomb; unpack it if you trust it, and use the files"
    assert (outcomes(read(path)) == [error]) is overlaps
    assert overlaps or all(isinstance(one, Message) for one in read(path))


def test_uncompressed_archives_have_only_the_member_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "MAX_UNPACKED", 1000)
    assert len(read("-", stdin=tar({"a.mbox": LARGE, "b.mbox": LARGE}))) == 2


@pytest.mark.parametrize("pack", [zipped, tar])
def test_the_number_of_members_is_limited(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "MAX_MEMBERS", 2)
    results = read("-", stdin=pack(dict.fromkeys(["a.eml", "b.png", "c.eml"], MAIL)))
    assert str(results[-1]) == "-: more than 2 members; unpack it and use the folder"


def test_the_size_of_a_zip_directory_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped({f"{number}.eml": b"" for number in range(2000)})
    monkeypatch.setattr("hopscope.sources.ziparchive.MAX_DIRECTORY", 1 << 16)
    assert outcomes(read("-", stdin=archive)) == [
        f"-: directory larger than {1 << 16} bytes; unpack it and use the folder"
    ]


def test_data_held_in_memory_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "MAX_IN_MEMORY", 1 << 20)
    archive = zipped({"a.eml": MAIL, "b.eml": bytes(1 << 20)}, ZIP_STORED)
    assert outcomes(read("-", stdin=BufferedReader(Broken(EOFError(), archive)))) == [
        "-: more than 1 MiB, too large for memory; save it as a separate file"
    ]
    path = tmp_path / "x.zip"
    path.write_bytes(archive)
    assert read(path)[0] == Message(source=f"{path}:a.eml", data=MAIL)


def test_standard_input_that_is_a_file_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "MAX_IN_MEMORY", 10)
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"a.eml": MAIL}))
    with path.open("rb") as stdin:
        assert outcomes(read("-", stdin=stdin)) == [("-:a.eml", MAIL)]


def test_the_memory_of_xz_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hopscope.sources.compressed.MAX_XZ_MEMORY", 1 << 20)
    assert outcomes(read("-", stdin=lzma.compress(MAIL))) == [
        "-: damaged (Memory usage limit exceeded); use an intact copy"
    ]


def test_an_io_error_ends_the_archive_and_is_reported() -> None:
    failing = BufferedReader(
        Broken(OSError(5, "Input/output error"), tar({"a.eml": MAIL, "b.eml": b"x" * 99999})[:9999])
    )
    assert [str(one) for one in read("-", stdin=failing)] == [
        "-: cannot be read (Input/output error); check the path and the file"
    ]


SMALL = {
    "zip": zipped({"a.eml": MAIL, "b/c.mbox": mbox(MAIL)}),
    "tar": tar({"a.eml": MAIL, "x" * 120 + ".eml": MAIL})[:-8000],
    "tar-gnu": gnu_tar({"a.eml": MAIL, "x" * 120 + ".eml": MAIL})[:-8000],
    "gz": gzip.compress(mbox(MAIL, MAIL)),
    "bz2": bz2.compress(mbox(MAIL, MAIL)),
    "xz": lzma.compress(mbox(MAIL, MAIL)),
    "nested": zipped({"a.tgz": gzip.compress(tar({"b.eml": MAIL})), "c.zip": zipped({"d.eml": MAIL})}),
}


@pytest.mark.parametrize("name", SMALL)
def test_an_archive_cut_off_anywhere_gives_messages_or_errors(name: str) -> None:
    data = SMALL[name]
    for end in range(len(data)):
        results = read("-", stdin=data[:end])
        assert results
        assert all(isinstance(one, Message | SourceError) for one in results)


def changes() -> st.SearchStrategy[list[tuple[int, bytes]]]:
    values = st.binary(min_size=1, max_size=4) | st.sampled_from([b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f"])
    return st.lists(st.tuples(st.integers(0, 1 << 16), values), min_size=1, max_size=8)


@given(st.sampled_from(sorted(SMALL)), changes(), st.booleans())
def test_a_damaged_archive_gives_messages_or_errors(name: str, damage: list[tuple[int, bytes]], attached: bool) -> None:  # noqa: FBT001 - drawn
    data = bytearray(SMALL[name])
    for place, value in damage:
        start = place % len(data)
        data[start : start + len(value)] = value
    results = read("-", stdin=bytes(data), attached=attached)
    assert all(isinstance(one, Message | SourceError) for one in results)
