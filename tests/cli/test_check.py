"""``hopscope check`` and ``hopscope rules``."""

import gzip
import json
import re
import shutil
import tomllib
import zipfile
from pathlib import Path

import pytest

from hopscope.checks.catalogue import codes, entry

from .conftest import Run

LATE = b"""\
Received: from a.example by b.example (Postfix) with ESMTP id A2; Wed, 8 Mar 2017 10:52:43 +0100
Received: from x.example by a.example (Postfix) with ESMTP id A1; Wed, 8 Mar 2017 11:15:00 +0100
Subject: a clock is wrong

body
"""
CLEAN = LATE.replace(b"10:52:43", b"11:15:01")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IGNORE", "FAIL_ON", "MAX_TOTAL", "MAX_HOP", "CONFIG"):
        monkeypatch.delenv(f"HOPSCOPE_{name}", raising=False)
    monkeypatch.setenv("HOPSCOPE_SELECT", "HOP101,HOP102,HOP302,HOP6")  # the text of a new rule is not tested here
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def organisation(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample organisation, as the current folder."""
    folder = tmp_path / "organisation"
    shutil.copytree(samples / "organisation", folder)
    monkeypatch.chdir(folder)
    return folder


def write(name: str, content: bytes | str) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def locations(out: str) -> list[tuple[str, str]]:
    """The location and code of each line of text output."""
    lines = re.finditer(r"^(\S.*?): (?:error|warning|info) (HOP[0-9]+)", out, re.MULTILINE)
    return [(line[1], line[2]) for line in lines]


# exit status and summary


@pytest.mark.parametrize(
    ("arguments", "status", "summary"),
    [
        (["clean.eml"], 0, "1 message, no findings"),
        (["late.eml"], 1, "1 message, 1 finding (1 warning)"),
        (
            ["clean.eml", "late.eml", "--max-total", "500ms"],
            1,
            "2 messages, 2 findings (1 error, 1 warning)",
        ),
        (["late.eml", "--fail-on", "error"], 0, "1 message, 1 finding (1 warning)"),
        (["late.eml", "--exit-zero"], 0, "1 message, 1 finding (1 warning)"),
        (["late.eml", "--ignore", "HOP101"], 0, "1 message, no findings"),
        (["late.eml", "--select", "hop3, hop6"], 0, "1 message, no findings"),
        (["late.eml", "missing.eml"], 2, "1 message, 1 finding (1 warning)"),
        (["late.eml", "missing.eml", "--exit-zero"], 2, "1 message, 1 finding (1 warning)"),
        (["undated.eml"], 0, "1 message, 2 findings (2 info)"),
        (["undated.eml", "--fail-on", "info"], 1, "1 message, 2 findings (2 info)"),
    ],
)
def test_exit_status_and_summary(run: Run, arguments: list[str], status: int, summary: str) -> None:
    write("clean.eml", CLEAN)
    write("late.eml", LATE)
    write("undated.eml", CLEAN.replace(b"Wed, 8 Mar 2017 11:15:00 +0100", b"noon"))
    outcome = run("check", *arguments)
    assert outcome.status == status
    assert outcome.err.splitlines()[-1] == summary


@pytest.mark.parametrize(
    "arguments",
    [["--select", "HOP9"], ["--max-total", "soon"], ["--fail-on", "never"], ["--config", "none.toml"]],
)
def test_invalid_settings_exit_with_2_before_anything_is_read(run: Run, arguments: list[str]) -> None:
    outcome = run("check", write("late.eml", LATE), *arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    assert arguments[0] in outcome.err or arguments[1] in outcome.err


def test_standard_input_is_checked(run: Run) -> None:
    outcome = run("check", stdin=LATE)
    assert outcome.status == 1
    assert outcome.out.startswith("-:1: warning HOP101 ")


# location of a finding


def test_the_line_is_that_of_the_field_in_the_file(run: Run) -> None:
    text = LATE.replace(b"Subject", b"X-Long: a\r\n b\r\nSubject")
    write("late.eml", b"X-First: 1\r\n folded\r\n" + text)
    assert locations(run("check", "late.eml").out) == [("late.eml:3", "HOP101")]


def test_no_line_number_for_text_that_is_not_in_the_file(run: Run) -> None:
    separator = b"From x Wed Mar  8 11:15:00 2017\n"
    write("two.mbox", separator + CLEAN + b"\n" + separator + LATE)
    write("late.eml.gz", gzip.compress(LATE))
    write("quoted.eml", b"".join(b"> " + line for line in LATE.splitlines(keepends=True)[:3]))
    with zipfile.ZipFile("all.zip", "w") as archive:
        archive.writestr("in/late.eml", LATE)
    outcome = run("check", "two.mbox", "late.eml.gz", "quoted.eml", "all.zip", "--select", "HOP101")
    assert locations(outcome.out) == [
        ("two.mbox:2", "HOP101"),
        ("late.eml.gz", "HOP101"),
        ("quoted.eml", "HOP101"),
        ("all.zip:in/late.eml", "HOP101"),
    ]


def test_attached_messages_are_checked_on_request(run: Run) -> None:
    mail = CLEAN.replace(b"Subject", b"Content-Type: message/rfc822\nSubject").replace(b"body\n", LATE)
    write("mail.eml", mail)
    assert run("check", "mail.eml").status == 0
    assert locations(run("check", "--attached", "mail.eml").out) == [("mail.eml:attached:1", "HOP101")]


def test_absolute_paths_below_the_current_folder_become_relative(run: Run) -> None:
    path = Path(write("in/late.eml", LATE)).absolute()
    assert json.loads(run("check", "--json", path).out)["findings"][0]["file"] == "in/late.eml"
    (result,) = json.loads(run("check", "-f", "sarif", path).out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "in/late.eml"


# settings


def test_settings_come_from_the_nearest_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("pyproject.toml", '[tool.hopscope]\nmax-total = "500ms"')
    write("sub/deep/clean.eml", CLEAN)
    monkeypatch.chdir("sub/deep")
    assert locations(run("check", "clean.eml").out) == [("clean.eml", "HOP611")]


def test_precedence_is_flag_environment_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("clean.eml", CLEAN)
    write("hopscope.toml", 'max_total = "500ms"')
    assert run("check", "clean.eml").status == 1
    monkeypatch.setenv("HOPSCOPE_MAX_TOTAL", "2s")
    assert run("check", "clean.eml").status == 0
    assert run("check", "clean.eml", "--max-total", "900ms").status == 1


def test_a_flag_overrides_path_tables(run: Run) -> None:
    write("clean.eml", CLEAN)
    write("hopscope.toml", '[per-path."*"]\nmax_total = "500ms"')
    assert run("check", "clean.eml").status == 1
    assert run("check", "clean.eml", "--max-total", "2s").status == 0


def test_globs_are_relative_to_the_folder_of_the_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("hopscope.toml", '[per-path."old/*"]\nignore = ["HOP101"]')
    write("old/late.eml", LATE)
    write("new/late.eml", LATE)
    write("new/two.mbox", b"From x Wed Mar  8 11:15:00 2017\n" + LATE)
    shutil.copy("new/two.mbox", "old/two.mbox")
    assert locations(run("check", "old", "new").out) == [
        ("new/late.eml:1", "HOP101"),
        ("new/two.mbox:1", "HOP101"),
    ]
    monkeypatch.chdir("old")
    assert locations(run("check", "late.eml", "../new/late.eml").out) == [("../new/late.eml:1", "HOP101")]


def test_another_settings_file_can_be_given(run: Run) -> None:
    write("hopscope.toml", 'select = ["HOP6"]')
    write("ci/strict.toml", 'max_total = "500ms"')
    write("clean.eml", CLEAN)
    assert run("check", "clean.eml").status == 0
    assert run("check", "--config", "ci/strict.toml", "clean.eml").status == 1


def test_invalid_settings_are_reported_on_one_line(run: Run) -> None:
    write("hopscope.toml", 'slect = ["HOP1"]')
    outcome = run("check", write("clean.eml", CLEAN))
    assert outcome.status == 2
    assert outcome.err == "hopscope: hopscope.toml: slect: unknown key; did you mean select?\n"


def test_an_unreadable_path_is_reported_before_anything_is_checked(run: Run) -> None:
    write("hopscope.toml", '[[path]]\nname = "a"\n[[path]]\nname = "b"\nexpect = "Transport ->"')
    outcome = run("check", write("late.eml", LATE))
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("hopscope: hopscope.toml: path[1]: ")


def test_an_error_in_a_path_points_at_the_character(run: Run) -> None:
    write("hopscope.toml", '[[path]]\nname = "x"\nexpect = "Front End -> Transprot"\n')
    outcome = run("check", write("clean.eml", CLEAN))
    assert outcome.status == 2
    assert outcome.err.splitlines() == [
        "hopscope: hopscope.toml: path[0]: unknown service 'Transprot'; did you mean 'transport'?",
        "    Front End -> Transprot",
        "                 ^",
    ]


def test_observed_path_is_shown_next_to_the_expected_one(run: Run) -> None:
    write("hopscope.toml", '[[path]]\nname = "in"\nexpect = "Edge Transport"')
    out = run("check", write("clean.eml", CLEAN)).out
    assert [code for _, code in locations(out)] == ["HOP601"]
    assert sum(line.startswith("    ") for line in out.splitlines()) >= 2


def test_settings_are_shown_with_their_origin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("hopscope.toml", 'max_total = "90s"\nfail_on = "error"\n[[path]]\nname = "in"\nfiles = "a*"\n')
    monkeypatch.setenv("HOPSCOPE_MAX_HOP", "1m")
    outcome = run("check", "--show-settings", "--select", "HOP6,HOP1", "--max-total", "2m")
    lines = dict(re.findall(r"^(\w+) = .*  # (.*)$", outcome.out, re.MULTILINE))
    assert lines == {
        **dict.fromkeys(lines, "default"),
        "max_total": "--max-total",
        "max_hop": "HOPSCOPE_MAX_HOP",
        "select": "--select",
        "fail_on": "hopscope.toml",
        "path": "hopscope.toml",
    }
    assert outcome.status == 0


def test_printed_settings_can_be_read_back(run: Run, organisation: Path) -> None:
    shown = run("check", "--show-settings").out
    assert tomllib.loads(shown)["minimum_build"] == {"2016": "15.1.2507.39"}
    (organisation / "hopscope.toml").write_text(shown)
    again = run("check", "--show-settings").out
    assert tomllib.loads(again) == tomllib.loads(shown)


# the baseline


def test_only_new_findings_are_reported(run: Run) -> None:
    write("a.eml", LATE)
    written = run("check", "a.eml", "--baseline", "known.json", "--update-baseline")
    assert (written.status, written.out) == (0, "")
    assert written.err == "1 message, 1 finding (1 warning); written to known.json\n"
    again = run("check", "a.eml", "--baseline", "known.json")
    assert (again.status, again.out) == (0, "")
    assert again.err == "1 message, no new findings; 1 known\n"
    write("b.eml", LATE)
    other = run("check", "a.eml", "b.eml", "--baseline", "known.json")
    assert other.status == 1
    assert locations(other.out) == [("b.eml:1", "HOP101")]
    assert other.err == "2 messages, 1 new finding (1 warning) in 1 message; 1 known\n"


def test_a_baseline_matches_when_lines_and_times_shift(run: Run) -> None:
    write("a.eml", LATE)
    run("check", "a.eml", "--baseline", "known.json", "--update-baseline")
    write("a.eml", b"X-New: 1\n" + LATE.replace(b"10:52:43", b"10:52:21"))
    assert run("check", "a.eml", "--baseline", "known.json").status == 0


def test_one_more_of_the_same_is_new(run: Run) -> None:
    write("a.eml", LATE)
    run("check", "a.eml", "--baseline", "known.json", "--update-baseline")
    again = b"Received: from b.example by c.example (Postfix) with ESMTP id A3; Wed, 8 Mar 2017 10:30:12 +0100\n"
    write("a.eml", again + LATE)
    outcome = run("check", "a.eml", "--baseline", "known.json")
    assert (outcome.status, len(locations(outcome.out))) == (1, 1)


@pytest.mark.usefixtures("organisation")
def test_a_baseline_is_reproducible_and_covers_all_findings(run: Run, organisation: Path) -> None:
    run("check", ".", "--baseline", "known.json", "--update-baseline")
    text = (organisation / "known.json").read_text()
    assert run("check", ".", "--baseline", "known.json").status == 0
    run("check", *sorted(organisation.glob("*.eml"), reverse=True), "--baseline", "known.json", "--update-baseline")
    assert (organisation / "known.json").read_text() == text
    assert {each["file"] for each in json.loads(text)["findings"]} == {"broken.eml"}


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"schema":"x","findings":[]}', b"\xff"])
def test_an_invalid_baseline_is_reported(run: Run, content: bytes | None) -> None:
    if content is not None:
        write("known.json", content)
    outcome = run("check", write("a.eml", CLEAN), "--baseline", "known.json")
    assert outcome.status == 2
    assert outcome.err.startswith("hopscope: known.json: ")
    assert outcome.err.endswith("; write it with --update-baseline\n")


def test_writing_a_baseline_requires_a_name(run: Run) -> None:
    assert run("check", "--update-baseline", write("a.eml", CLEAN)).status == 2


# an earlier run


def box(delay: int, count: int = 6) -> bytes:
    mail = CLEAN.replace(b"11:15:01", f"11:15:{delay:02}".encode())
    return b"".join(b"From x Wed Mar  8 11:15:00 2017\n" + mail + b"\n" for _ in range(count))


def test_slower_legs_are_findings(run: Run) -> None:
    written = run("check", write("a.mbox", box(10)), "--against", "times.json", "--update-baseline")
    assert written.status == 0
    assert written.err.endswith("6 messages, no findings; written to times.json\n")
    assert run("check", "a.mbox", "--against", "times.json").status == 0
    outcome = run("check", write("b.mbox", box(16)), "--against", "times.json")
    assert outcome.status == 1
    assert outcome.out == (
        "times.json: warning HOP651 other MTA -> other MTA is slower: p50 16 s, before 10 s (6 legs, before 6).\n"
        "    Consistent with more load, back pressure or retries at the first service, or another route.\n"
        "    - Run hopscope stats --by leg on the messages of both runs: which servers are slower?\n"
    )
    assert outcome.err == "6 messages, 1 finding (1 warning)\n"
    assert run("check", "b.mbox", "--against", "times.json", "--tolerance", "60%").status == 0
    assert run("check", "b.mbox", "--against", "times.json", "--ignore", "HOP651").status == 0
    assert json.loads(run("check", "--json", "b.mbox", "--against", "times.json").out)["messages"] == 6


def test_saved_latencies_equal_the_summary_of_stats(run: Run, organisation: Path) -> None:
    run("check", organisation, "--against", "checked.json", "--update-baseline")
    run("stats", organisation, "--save", "saved.json")
    assert Path("checked.json").read_bytes() == Path("saved.json").read_bytes()
    assert "HOP651" not in run("check", organisation, "--against", "saved.json").out


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"schema":"hopscope-latency/1","legs":[]}', b"\xff"])
def test_a_file_without_latencies_is_reported(run: Run, content: bytes | None) -> None:
    if content is not None:
        write("times.json", content)
    outcome = run("check", write("a.eml", CLEAN), "--against", "times.json")
    assert outcome.status == 2
    assert outcome.err.startswith("hopscope: times.json: ")
    assert outcome.err.endswith("; write it with --update-baseline\n")


@pytest.mark.parametrize("share", ["half", "-5%", "", "5.5"])
def test_a_tolerance_is_in_percent(run: Run, share: str) -> None:
    outcome = run("check", write("a.eml", CLEAN), "--against", "times.json", "--tolerance", share)
    assert outcome.status == 2
    assert "is not a percentage (example: 50%)" in outcome.err


# the sample organisation


@pytest.mark.parametrize("name", ["inbound", "outbound", "internal", "coexistence"])
@pytest.mark.usefixtures("organisation")
def test_the_intact_sample_organisation_has_no_findings(run: Run, name: str) -> None:
    outcome = run("check", f"{name}.eml", "--fail-on", "info")
    assert (outcome.status, outcome.out) == (0, "")


@pytest.mark.usefixtures("organisation")
def test_the_broken_message_fails_every_configured_check(run: Run) -> None:
    outcome = run("check", "broken.eml")
    assert outcome.status == 1
    tripped = {code for _, code in locations(outcome.out)}
    assert {code for code in codes() if code.startswith(("HOP61", "HOP62", "HOP63", "HOP64"))} <= tripped


@pytest.mark.usefixtures("organisation")
def test_the_old_server_is_reported_without_its_path_table(run: Run, organisation: Path) -> None:
    settings = organisation / "hopscope.toml"
    settings.write_text(settings.read_text().partition("# From 2019")[0])
    codes_found = {code for _, code in locations(run("check", "coexistence.eml").out)}
    assert codes_found == {"HOP621", "HOP631"}


# rules


def test_every_rule_is_listed(run: Run) -> None:
    listed = run("rules")
    assert listed.status == 0
    *rows, blank, note = listed.out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == list(codes())
    assert (blank, note.split()[0]) == ("", next(code for code in codes() if (known := entry(code)) and known.setting))
    assert [rule["code"] for rule in json.loads(run("rules", "--json").out)["rules"]] == list(codes())
    assert len(run("rules", "-f", "markdown").out.splitlines()) == len(codes()) + 4


@pytest.mark.parametrize("code", codes())
def test_every_rule_is_explained(run: Run, code: str) -> None:
    rule = entry(code)
    assert rule is not None
    assert run("explain", code).out.startswith(f"{code}: {rule.name}\n")
