"""Explanations of builds, services, errors and findings as text."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.analysis.diagnosis import RULES, Rule
from hopscope.classifier import builds, pipeline
from hopscope.classifier.error_strings import examples
from hopscope.data import document, table
from hopscope.model import Service
from hopscope.renderers import answers
from hopscope.renderers.answers import Answer, Fact, Part, build
from hopscope.renderers.text import layout

from ..strategies import texts, unsafe_characters

BUILDS = [row for row in table("exchange_builds") if row["product"] != "Exchange Online"]
ALIASES = [(name, row["service"]) for row in table("service_names") for name in row["names"].split("; ") if name]


def answered(what: str) -> Answer:
    answer = answers.answer(what)
    assert answer is not None, what
    return answer


def facts(what: str, part: int = 0) -> dict[str, str]:
    """The facts of one part of an answer, by label."""
    return {fact.label: "\n".join(fact.lines) for fact in answered(what).parts[part].facts}


def kind(what: str) -> str:
    return answered(what).kind


# builds


@pytest.mark.parametrize("row", BUILDS, ids=lambda row: row["build"])
def test_every_build_of_the_table_is_explained(row: dict[str, str]) -> None:
    told = facts(row["build"])
    assert (told["Product"], told["Release"], told["Date"]) == (row["product"], row["release"], row["date"])
    assert told["Build table"].startswith("exact match")
    assert told["Source"].count("\n") >= row["source"].count("; ")


@pytest.mark.parametrize(
    "what",
    [
        "15.1.2507.39",
        "15.01.2507.039",
        "Version 15.1 (Build 2507.39)",
        "15.1 (Build 2507.39)",
        " 15.1.2507.39 ",
        "id 15.1.2507.39",
        "Build 15.01.2507.039",
        "version 15.1.2507.39",
    ],
)
def test_a_build_in_any_of_its_forms(what: str) -> None:
    assert answered(what).parts[0].heading == "15.1.2507.39: Exchange Server 2016, CU23 Apr24HU"


def test_facts_of_a_build() -> None:
    told = facts("15.1.2507.39")
    assert told["Date"] == "2024-04-23"
    assert told["Written as"] == "15.1.2507.39 in SMTP hops, 15.01.2507.039 in mapi hops"
    assert told["Via clause"].startswith("`via Frontend Transport`")
    assert "(version=..., cipher=...)" in told["TLS comment"]
    assert "outlook.com" in told["On other hosts"]
    assert "from 2015 to 2017-09" in told["On other hosts"]
    assert told["Next lower"] == "15.1.2507.37, CU23 Mar24SU (2024-03-12)"
    assert told["Next higher"] == "15.1.2507.43, CU23 Nov24SU (2024-11-12)"
    assert told["See also"] == "hopscope pipeline 2016"
    assert [line.partition(":")[0] for line in told["Source"].splitlines()] == ["GEBN", "CSS", "Microsoft Lifecycle"]


@pytest.mark.parametrize(
    ("what", "label", "expected"),
    [
        pytest.param("15.1.9999.1", "Build table", "newer than every build of Exchange Server 2016", id="newer"),
        pytest.param("15.1.9999.1", "Release", "at or after CU23 Aug26SU", id="newer: release"),
        pytest.param("14.3.408.0", "Build table", "nearest lower build: 14.3.399.2, SP3 RU21", id="interim"),
        pytest.param("14.3.408.0", "Date", "2018-05-07 or later", id="interim: date"),
        pytest.param("14.3.408.0", "Next higher", "14.3.411.0", id="interim: next"),
        pytest.param("15.2.2562.3", "Build table", "identified by the first three numbers", id="lower revision"),
        pytest.param("15.0.400.1", "Build table", "older than every build of its series", id="before the first"),
        pytest.param("15.0.466.13", "Via clause", "inferred from the path", id="Preview"),
        pytest.param("15.0.516.32", "Via clause", "unknown", id="2013 RTM"),
        pytest.param("14.3.513.0", "Via clause", "no Front End Transport and no Mailbox Transport", id="2010"),
        pytest.param("14.3.513.0", "On other hosts", "bigfish.com", id="2010: filtered"),
        pytest.param("15.0.1497.2", "TLS comment", "(TLS)", id="2013: TLS"),
        pytest.param("15.20.8251.21", "Product", "Exchange Online", id="Online"),
        pytest.param("15.20.8251.21", "In use", "15.20 numbers from 2017-10 on", id="Online: seen"),
        pytest.param("15.20.8251.21", "Build table", "Exchange Online builds are not published", id="Online: table"),
        pytest.param("15.22.1.1", "Build table", "newer than every Exchange Online series", id="Online: newer"),
    ],
)
def test_explanation_of_a_build(what: str, label: str, expected: str) -> None:
    assert expected in facts(what)[label]


ENDED_2025 = "has been out of support since 2025-10-14; paid Extended Security Updates until 2026-10"
NO_UPDATES = "gets no security updates: the last ones of Exchange Server"
SUPPORT = {
    "15.1.2507.39": f"Exchange Server 2016 {ENDED_2025}",
    "15.1.2375.37": f"Exchange Server 2016 {ENDED_2025}\nCU22 {NO_UPDATES} 2016 are for CU23",
    "15.1.2375.99": f"Exchange Server 2016 {ENDED_2025}\nCU22 {NO_UPDATES} 2016 are for CU23",
    "15.2.1544.9": f"Exchange Server 2019 {ENDED_2025}",
    "15.2.221.12": (f"Exchange Server 2019 {ENDED_2025}\nRTM {NO_UPDATES} 2019 are for CU14 and CU15"),
    "15.0.1497.2": "Exchange Server 2013 has been out of support since 2023-04-11",
    "14.3.513.0": "Exchange Server 2010 has been out of support since 2020-10-13",
    "8.3.83.6": "Exchange Server 2007 has been out of support since 2017-04-11",
    "15.2.2562.17": f"Exchange Server SE is supported, no end date published (as of {builds.as_of()})",
    "15.2.9999.1": f"Exchange Server SE is supported, no end date published (as of {builds.as_of()})",
    "6.5.7638.1": "Exchange Server 2003 has been out of support since 2014-04-08",
    "6.0.6249": "Exchange Server 2000 has been out of support since 2011-01-11",
    "5.5.2653": "Exchange Server 5.5 has been out of support since 2006-01-10",
    "5.0.1460": None,  # not in the table of support
    "15.20.8251.21": None,
}


@pytest.mark.parametrize(("what", "expected"), SUPPORT.items())
def test_support_of_a_build(what: str, expected: str | None) -> None:
    assert support_on(what, builds.compiled()) == expected


def support_on(what: str, today: date) -> str | None:
    shown = build.answer(what, today)
    assert shown is not None
    return next(("\n".join(fact.lines) for fact in shown.parts[0].facts if fact.label == "Support"), None)


@pytest.mark.parametrize(
    ("what", "today", "expected"),
    [
        ("15.1.2507.39", date(2026, 10, 31), "; paid Extended Security Updates until 2026-10"),
        ("15.1.2507.39", date(2026, 11, 1), "; paid Extended Security Updates ended in 2026-10"),
        ("15.2.1544.9", date(2026, 11, 30), "; paid Extended Security Updates ended in 2026-10"),
        ("15.2.1544.9", date(2031, 1, 1), "; paid Extended Security Updates ended in 2026-10"),
        ("15.0.1497.2", date(2031, 1, 1), "since 2023-04-11"),
        ("15.2.2562.17", date(2031, 1, 1), f"is supported, no end date published (as of {builds.as_of()})"),
    ],
)
def test_support_that_has_ended_is_named_in_the_past(what: str, today: date, expected: str) -> None:
    assert str(support_on(what, today)).endswith(expected)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("8.3.83.6", "8.3.517.0, SP3 RU23 (2017-03-21), as of {as_of}; 27 updates newer than this build"),
        ("6.5.7683", "6.5.7654.4, post-SP2 (2008-08), as of {as_of}; 2 updates newer than this build"),
        ("15.0.1497.47", "15.0.1497.48, CU23 Mar23SU (2023-03-14), as of {as_of}; 1 update newer than this build"),
        ("15.0.1497.48", "15.0.1497.48, CU23 Mar23SU (2023-03-14), as of {as_of}; no updates newer than this build"),
        ("15.0.9999.1", "15.0.1497.48, CU23 Mar23SU (2023-03-14), as of {as_of}"),  # newer than the table
        ("15.20.8251.21", None),
    ],
)
def test_newest_build_of_the_product(what: str, expected: str | None) -> None:
    assert facts(what).get("Newest build") == (expected.format(as_of=builds.as_of()) if expected else None)


def test_support_ends_after_its_last_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hopscope.classifier.builds.compiled", lambda: date(2025, 10, 1))
    until, since = (str(support_on("15.1.2507.39", date(2025, 10, day))) for day in (14, 15))
    assert until.startswith("Exchange Server 2016 is supported, until 2025-10-14 (as of")
    assert since.startswith("Exchange Server 2016 has been out of support since 2025-10-14; paid")


@pytest.mark.parametrize("what", ["15.1.2507.39", "15.1.9999.1", "14.3.408.0", "15.20.1.1"])
def test_the_table_has_a_date(what: str) -> None:
    assert f"as of {builds.as_of()}" in facts(what)["Build table"]


@pytest.mark.parametrize("what", ["5.5.2653.19", "6.5.7226.0", "8.3.83.0"])
def test_an_old_build_has_no_facts_about_later_features(what: str) -> None:
    told = facts(what)
    assert "On other hosts" not in told
    assert ("Via clause" in told) == ("Written as" in told) == ("TLS comment" in told) == what.startswith("8.")


# the SMTP service of Windows


@pytest.mark.parametrize("row", table("windows_smtp"), ids=lambda row: row["version"])
def test_every_version_of_the_smtp_service(row: dict[str, str]) -> None:
    for what in (row["version"], f"{row['version']}.1234", f"Microsoft SMTPSVC({row['version']}.1234)"):
        assert kind(what) == "windows"
        assert row["windows"] in facts(what)["Product"]


def test_no_exchange_build_is_a_windows_version() -> None:
    assert [row["build"] for row in BUILDS if kind(row["build"]) != "build"] == []


# services


@pytest.mark.parametrize(("name", "service"), ALIASES, ids=[name for name, _ in ALIASES])
def test_every_name_of_a_service(name: str, service: str) -> None:
    for what in (name, name.upper(), f"{name} service"):
        answer = answered(what)
        assert (answer.kind, answer.parts[0].heading) == ("service", service)


def test_a_name_means_one_service() -> None:
    bare = [re.sub(r"[\W_]", "", name.lower()) for name, _ in ALIASES]
    bare += [re.sub(r"[\W_]", "", row["service"].lower()) for row in table("service_names")]
    assert len(bare) == len(set(bare))


def test_every_service_has_a_row_and_every_row_a_service() -> None:
    assert {row["service"] for row in table("service_names")} == {*map(str, Service), "store driver"}


@pytest.mark.parametrize("service", [row["service"] for row in table("service_names")])
def test_a_service_is_explained_for_every_generation_that_has_it(service: str) -> None:
    headings = " ".join(part.heading for part in answered(service).parts[1:])
    having = {each for each in pipeline.generations() if service in {node.name for node in pipeline.services(each)}}
    assert {each for each in pipeline.generations() if re.search(rf"\b{each}\b", headings)} == having


def test_generations_with_the_same_facts_are_merged() -> None:
    assert [part.heading for part in answered("transport").parts] == [
        "Transport",
        "Exchange 2013",
        "Exchange 2016, 2019 and SE",
        "Exchange Online",
    ]


def test_explanation_of_a_service() -> None:
    told = facts("Front End Transport", 1)
    assert told["Role"] == "Client Access"
    assert told["Windows"] == "MSExchangeFrontEndTransport"
    assert told["Queues"] == "no"
    assert told["Listens on"] == "25 Default Frontend\n587 Client Frontend\n717 Outbound Proxy Frontend"
    assert told["Received"].endswith("via Frontend Transport")
    assert "internet, SMTP 25: by default" in told["Receives from"]
    assert "no Received field" in told["Receives from"]
    assert "Transport, SMTP 25, 465, 2525: by default" in told["Sends to"]


def test_unpublished_facts_are_shown_as_such() -> None:
    assert facts("Online mailbox delivery", 1)["Queues"] == "not published"


# errors


def test_every_error_is_explained() -> None:
    complete = {"At fault", "Means", "Check", "Confidence", "Source"}
    assert [each for each in examples() if kind(each) != "error" or set(facts(each)) != complete] == []


def test_confidence_of_an_error_is_shown() -> None:
    assert facts("PRX25")["Confidence"] == "no public source explains it"
    assert facts("... PRX3")["Confidence"].startswith("reported by practitioners")
    assert facts("554 5.4.6 Hop count exceeded - possible mail loop")["Confidence"] == "documented by Microsoft"
    assert facts("message has been in the queue too long")["Confidence"] == "documented by D. J. Bernstein"


@pytest.mark.parametrize(
    ("code", "headings"),
    [
        ("5.5.0", ["5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable", "5.5.0: Exchange Server 5.5"]),
        ("5.0.1", ["5.0.1", "5.0.1: Exchange Server 5.0"]),
        ("4.0.0", ["4.0.0", "4.0.0: Exchange Server 4.0"]),
        ("4.0.993", ["4.0.993: Exchange Server 4.0, SP2"]),
    ],
)
def test_a_status_code_that_can_be_a_build_is_explained_as_both(code: str, headings: list[str]) -> None:
    assert [part.heading for part in answered(code).parts] == headings


@pytest.mark.parametrize("text", ["10049", "Winsock error code: 10050", "WSA error 10064", "SocketConnectionRefused"])
def test_a_socket_error_is_explained(text: str) -> None:
    assert "Winsock error" in facts(text)["Means"]


@pytest.mark.parametrize("text", ["Winsock error code: 10099", "Failed to connect. Win32 error 10098"])
def test_a_socket_error_that_is_not_known_is_not_another(text: str) -> None:
    assert answers.answer(text) is None
    assert answers.near(text) == []


def test_an_error_is_shown_by_its_words_and_code() -> None:
    quoted = '451 4.4.0 Primary target IP address responded with: "421 4.4.1 Connection timed out."'
    assert [part.heading for part in answered(quoted).parts] == [
        "4.4.0 Primary target IP address responded with",
        "4.4.1 Connection timed out",
    ]


def test_a_build_within_an_error_is_not_a_build_query() -> None:
    assert kind("451 4.7.0 ... PRX5 from 15.1.2507.39") == "error"


# findings


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_every_rule_is_explained_by_its_docstring(rule: Rule) -> None:
    code, _, meaning = str(rule.check.__doc__).partition(": ")
    told = facts(code.lower())
    assert kind(code) == "finding"
    assert answered(code).parts[0].heading == f"{code}: {rule.title}"
    assert told["Means"].lower() in " ".join(meaning.split()).lower()


# not a question


@pytest.mark.parametrize("what", ["", " ", "HOP999", "16.0.1.1", "10.0.0.1", "15.3.1.1", "15.1", "nonsense", "\x1b"])
def test_unknown_arguments(what: str) -> None:
    assert answers.answer(what) is None


@pytest.mark.parametrize(
    ("what", "meant"),
    [
        ("tranport", "Transport"),
        ("MailboxTransprot", "Mailbox Transport"),
        ("mapi submision", "mapi submission"),
        ("HOP1O1", "HOP101"),
        ("MSExchangeDelivry", "MSExchangeDelivery"),
    ],
)
def test_a_misspelled_name_gets_a_suggestion(what: str, meant: str) -> None:
    assert meant in answers.near(what)


@pytest.mark.parametrize(
    "what", ["16.0.1.1", "", "qqqqqqqqqq", "A" * 1_000_000, "554 5.9.6 Hop count exceeded - possible mail loop"]
)
def test_an_unrelated_name_has_no_suggestion(what: str) -> None:
    assert answers.near(what) == []


@given(st.text() | texts)
def test_any_text_has_an_answer_or_none(what: str) -> None:
    answer = answers.answer(what)
    assert isinstance(answers.near(what), list)
    if answer is not None:
        assert not unsafe_characters(answers.text(answer, 80))


def test_every_kind_lists_names_it_can_explain() -> None:
    for name in answers.KINDS:
        module = answers.kind(name)
        for each in module.names():
            assert module.answer(each) is not None, (name, each)


# as text

ANSWER = Answer(
    kind="build",
    parts=(
        Part(
            heading="One", facts=(Fact(label="Short", lines=("a word " * 20,)), Fact(label="Longer", lines=("b", "c")))
        ),
        Part(heading="Two", facts=(Fact(label="X", lines=("d",)),)),
    ),
)


def test_labels_are_a_column_with_hanging_indent() -> None:
    words = "a word " * 20
    assert answers.text(ANSWER, None) == f"One\n  Short   {words}\n  Longer  - b\n          - c\n\nTwo\n  X       d\n"
    lines = answers.text(ANSWER, 40).split("\n")
    assert lines[1] == "  Short   a word a word a word a word a"
    assert all(line.startswith("          ") for line in lines[2:5])


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("what", ["15.1.2507.39", "transport", "hub", "PRX3", "HOP101", "6.0.3790.1"])
def test_answers_are_wrapped_to_the_width_without_loss(what: str, width: int) -> None:
    folded, uncut = (answers.text(answered(what), columns) for columns in (width, None))
    assert max(map(layout.width, folded.split("\n"))) <= width
    assert "".join(folded.split()) == "".join(uncut.split())


def test_sources_are_spelled_out() -> None:
    assert document("CSS").startswith("microsoft/CSS-Exchange")
    assert document("no such key") == "no such key"
