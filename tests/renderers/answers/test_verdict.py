"""A value of an antispam or organization header is explained from its table."""

import pytest

from hopscope.data import table
from hopscope.renderers import answers
from hopscope.renderers.answers import verdict


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("SFV:SKN", "SFV SKN: filtering skipped by a rule"),
        ("sfv=skn", "SFV skn: filtering skipped by a rule"),
        ("SCL 5", "SCL 5: spam"),
        ("SCL: -1", "SCL -1: filtering skipped"),
        ("compauth 601", "reason 601: spoofing of an own domain"),
        ("reason=130", "reason 130: passed by ARC"),
        ("compauth=softpass", "compauth softpass: soft pass"),
        ("CAT:HPHISH", "CAT HPHISH: high confidence phishing"),
        ("AuthAs Anonymous", "AuthAs Anonymous: anonymous"),
        ("X-CustomSpam: Web bug", "CustomSpam Web bug: MarkAsSpamWebBugsInHtml"),
        ("X-MS-Exchange-Organization-SCL: 9", "SCL 9: high confidence spam"),
        ("SFV:XYZ", "SFV XYZ"),
        ("SFV", "SFV: spam filtering verdict"),
    ],
)
def test_a_verdict_is_explained(question: str, heading: str) -> None:
    found = answers.answer(question)
    assert found is not None
    assert found.kind == "verdict"
    assert [part.heading for part in found.parts] == [heading]


def test_several_values_have_a_part_each() -> None:
    found = answers.answer("compauth=fail reason=000")
    assert found is not None
    assert [part.heading for part in found.parts] == [
        "compauth fail: failed",
        "reason 000: failed explicit authentication",
    ]
    field = answers.answer("X-Forefront-Antispam-Report: CIP:192.0.2.1;SCL:1;\n SFV:NSPM;XX:1")
    assert field is not None
    assert [part.heading.partition(":")[0] for part in field.parts] == ["CIP 192.0.2.1", "SCL 1", "SFV NSPM", "XX 1"]


def test_an_undocumented_value_is_said_to_be_one() -> None:
    found = answers.answer("SFV:XYZ")
    assert found is not None
    assert "not documented" in answers.text(found, None)


@pytest.mark.parametrize(
    "question",
    [
        "451 4.7.0 Temporary server error. PRX3",
        "reason=550",
        "status=bounced reason=none of these",
        "H:a.example",
        "H",
        "x",
    ],
)
def test_other_texts_are_not_verdicts(question: str) -> None:
    assert verdict.answer(question) is None


def test_every_documented_value_is_an_answer_of_its_own() -> None:
    names = list(verdict.names())
    assert len(names) == len(set(names)) == sum(1 for row in table("antispam_values") if row["value"])
    for name in names:
        assert verdict.answer(name) is not None, name


def test_similar_names_are_suggested() -> None:
    assert "SFV:SKN" in answers.near("SFV-SKN")
