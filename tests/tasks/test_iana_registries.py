import shutil
from pathlib import Path

import pytest

import hopscope.data
from tasks.iana_registries import main

DATA = Path(hopscope.data.__file__).parent
NAMES = ("status_codes.tsv", "auth_protocols.tsv", "tls_advice.tsv")
CODES = [
    row["code"]
    for row in hopscope.data.table("status_codes")
    if row["code"].startswith("x.") and row["code"].count(".") == 2
]
PROTOCOLS = [row["protocol"] for row in hopscope.data.table("auth_protocols") if row["source"].startswith("RFC ")]


def registries(folder: Path, *, codes: str = "", protocols: str = "", suites: str = "") -> list[str]:
    """The registries as the tables have them, with further lines."""
    registered = "".join(f"{code.upper()},Text,Any,About it,[RFC0000],Somebody,IESG\n" for code in CODES)
    registered = registered.replace("[RFC0000]", "draft")
    files = {
        "codes.csv": "Code,Sample Text,Associated basic status code,Description,Reference,Submitter,Change Controller\n"
        + registered
        + codes,
        "protocols.csv": "WITH protocol types,Description,Reference\nSMTP,Simple Mail Transfer Protocol,[RFC5321]\n"
        + "".join(f"{name},ESMTP with AUTH,\n" for name in PROTOCOLS)
        + protocols,
        "suites.csv": "Value,Description,DTLS-OK,Recommended,Reference\n"
        '"0x13,0x01",TLS_AES_128_GCM_SHA256,Y,Y,[RFC8446]\n"0x00,0x05",TLS_RSA_WITH_RC4_128_SHA,N,D,[RFC5246]\n'
        + suites,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in NAMES:
        shutil.copy(DATA / name, folder)
    return [str(folder / name) for name in files]


def changes(folder: Path) -> list[str]:
    """The lines that the tables did not have, or no longer have."""
    return [
        line
        for name in NAMES
        for line in sorted(
            set((folder / name).read_text(encoding="utf-8").splitlines())
            ^ set((DATA / name).read_text(encoding="utf-8").splitlines())
        )
    ]


@pytest.mark.parametrize(
    ("lines", "printed", "added"),
    [
        ({}, "No difference.", []),
        (
            {"codes": "X.7.900,Sender too new,550,About it,[RFC9999] (Standards Track),A. B.,IESG\n"},
            "new      x.7.900: Sender too new (RFC 9999); reword the meaning",
            ["x.7.900\tsender too new\tRFC 9999"],
        ),
        (
            {"codes": "X.2.900,Mailbox asleep,.,About it,[draft-x],A. B.,IESG\n"},
            "new      x.2.900: Mailbox asleep (IANA SMTP Enhanced Status Codes); reword the meaning",
            ["x.2.900\tmailbox asleep\tIANA SMTP Enhanced Status Codes"],
        ),
        (
            {"codes": "X.1.1,Text,.,About it,[RFC9999],A. B.,IESG\n"},
            "differs  x.1.1: RFC 3463 section 3.2; registered: RFC 9999",
            [],
        ),
        (
            {"protocols": "QUICA,SMTP over QUIC with SMTP AUTH,[RFC9999]\n"},
            "new      QUICA (RFC 9999)",
            ["QUICA\tRFC 9999"],
        ),
        ({"protocols": "QUIC,SMTP over QUIC,[RFC9999]\n"}, "No difference.", []),
        ({"protocols": "ESMTPA,ESMTP,[RFC3848]\n"}, "differs  ESMTPA: registered without authentication", []),
        (
            {"suites": '"0x00,0x0A",TLS_RSA_WITH_3DES_EDE_CBC_SHA,Y,Y,[RFC5246]\n'},
            "differs  TLS_RSA_WITH_3DES_EDE_CBC_SHA is recommended, but tls_advice.tsv has 3DES",
            [],
        ),
        ({"suites": '"0x00,0x47-4F","Reserved, see\nbelow",,,[X]\n'}, "No difference.", []),
    ],
)
def test_differences_are_printed_and_new_rows_added(
    lines: dict[str, str], printed: str, added: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(registries(tmp_path, **lines), tmp_path) == 0
    assert capsys.readouterr().out == f"{printed}\n"
    assert changes(tmp_path) == added


def test_new_codes_are_in_order(tmp_path: Path) -> None:
    main(
        registries(tmp_path, codes="X.2.900,New,.,,,,\nX.2.901,New,.,,,,\nX.7.900,New,.,,,,\nX.9.1,New,.,,,,\n"),
        tmp_path,
    )
    rows = [
        line.partition("\t")[0] for line in (tmp_path / "status_codes.tsv").read_text(encoding="utf-8").splitlines()
    ]
    details = [tuple(map(int, row.split(".")[1:])) for row in rows if row.startswith("x.") and row.count(".") == 2]
    assert details == sorted(details)
    assert {(2, 900), (2, 901), (7, 900), (9, 1)} <= set(details)
    assert rows[-1] == "556"


def test_rows_that_are_not_registered_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = registries(tmp_path)
    for name, line in (("codes.csv", "X.7.30,"), ("protocols.csv", "LMTPSA,")):
        text = (tmp_path / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (tmp_path / name).write_text("".join(row for row in text if not row.startswith(line)), encoding="utf-8")
    assert main(files, tmp_path) == 0
    assert capsys.readouterr().out == "unknown  x.7.30 is not registered\nunknown  LMTPSA is not registered\n"
    assert changes(tmp_path) == []


@pytest.mark.parametrize(
    "lines",
    [
        {"codes": "X.7.900,Short row\n"},
        {"codes": "7.900,New,.,,,,\n"},
        {"codes": "X.7.900,<script>,.,,,,\n"},
        {"codes": "X.7.900,a\x1b[31m,.,,,,\n"},
        {"codes": 'X.7.900,"a\nb\tc",.,,,,\n'},
        {"codes": "X.7.900,,.,,,,\n"},
        {"protocols": "esmtp x,with AUTH,\n"},
        {"protocols": "A\tB,with AUTH,\n"},
        {"suites": '"0x00\n'},
    ],
)
def test_a_malformed_registry_changes_nothing(
    lines: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = {**lines, "codes": f"X.9.9,New,.,,,,\n{lines.get('codes', '')}"}
    assert main(registries(tmp_path, **new), tmp_path) == 1
    assert changes(tmp_path) == []
    assert capsys.readouterr().err.strip().isprintable()


def test_a_registry_without_rows_or_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = registries(tmp_path)
    for index, name in enumerate(files):
        heading = Path(name).read_text(encoding="utf-8").partition("\n")[0]
        (tmp_path / "heading.csv").write_text(f"{heading}\n", encoding="utf-8")
        for other in ("heading.csv", "missing.csv"):
            assert main([*files[:index], str(tmp_path / other), *files[index + 1 :]], tmp_path) == 1
            assert capsys.readouterr().err.count("\n") == 1
    assert changes(tmp_path) == []


def test_another_file_is_refused(tmp_path: Path) -> None:
    codes, protocols, suites = registries(tmp_path)
    assert main([protocols, codes, suites], tmp_path) == 1
    assert changes(tmp_path) == []
