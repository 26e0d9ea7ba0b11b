"""Findings in every format: it can be parsed, is complete, and hostile text does not break it."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml, TestSuite

from hopscope.checks.catalogue import codes
from hopscope.checks.result import Checked, fingerprint
from hopscope.model import Finding, Severity
from hopscope.renderers import findings as formats
from hopscope.renderers import rules
from hopscope.renderers.findings import FORMATS, rendered

from ...official_schemas import SARIF, official_schema
from ..documents import checked
from ..strategies import HOSTILE, unsafe_characters

ONE = Finding(
    code="HOP101",
    severity=Severity.WARNING,
    message="Hop 2 is 5 s early.",
    cause="Consistent with clock skew.",
    checks=("w32tm /query /status", "Look."),
    line=4,
    hop=2,
)
INFO = Finding(code="HOP302", severity=Severity.INFO, message="1 defect.")
ERROR = Finding(code="HOP611", severity=Severity.ERROR, message="The message took 2 h.")
MAIL = Checked(source="in/mail.eml", file="in/mail.eml", findings=(ONE, INFO))
BOXED = Checked(source="dump.mbox:17", file="dump.mbox", part="17", findings=(ERROR,))
ZIPPED = Checked(source="d.zip:in/1.eml", file="d.zip", part="in/1.eml", findings=(ERROR,))
CLEAN = Checked(source="clean.eml", file="clean.eml")


def render(name: str, *checked: Checked, fails_from: Severity = Severity.WARNING) -> str:
    return "".join(rendered(name, checked, fails_from))


def test_every_file_is_listed() -> None:
    files = {path.stem for path in Path(formats.__file__).parent.glob("*.py")}
    assert files == {*FORMATS, "__init__"}


def test_text_is_in_the_form_of_compilers() -> None:
    assert render("text", MAIL, BOXED, ZIPPED, CLEAN) == (
        "in/mail.eml:4: warning HOP101 Hop 2 is 5 s early.\n"
        "    Consistent with clock skew.\n"
        "    - w32tm /query /status\n"
        "    - Look.\n"
        "in/mail.eml: info HOP302 1 defect.\n"
        "dump.mbox:17: error HOP611 The message took 2 h.\n"
        "d.zip:in/1.eml: error HOP611 The message took 2 h.\n"
    )


def test_json_has_every_finding_and_the_counts() -> None:
    document = checked(render("json", MAIL, BOXED, CLEAN))
    assert [each["code"] for each in document["findings"]] == ["HOP101", "HOP302", "HOP611"]
    assert document["findings"][0] == {
        "schema": "hopscope/2",
        "code": "HOP101",
        "severity": "warning",
        "message": "Hop 2 is 5 s early.",
        "cause": "Consistent with clock skew.",
        "checks": ["w32tm /query /status", "Look."],
        "detail": [],
        "source": "in/mail.eml",
        "file": "in/mail.eml",
        "part": None,
        "line": 4,
        "hop": 2,
        "fingerprint": fingerprint(MAIL, ONE),
    }
    counts = {key: document[key] for key in ("messages", "info", "warning", "error", "failed")}
    assert counts == {"messages": 3, "info": 1, "warning": 1, "error": 1, "failed": True}
    assert json.loads(render("json", CLEAN))["failed"] is False


def test_json_lines_are_the_findings_of_json() -> None:
    lines = [checked(line) for line in render("jsonl", MAIL, BOXED).splitlines()]
    assert lines == json.loads(render("json", MAIL, BOXED))["findings"]


def test_the_list_of_rules_follows_the_schema() -> None:
    checked(rules.render("json"))


def test_markdown_is_a_table_with_totals() -> None:
    text = render("markdown", MAIL, CLEAN)
    row = "| Hop 2 is 5 s early. | Consistent with clock skew. | w32tm /query /status<br>Look. |"
    assert f"| warning | HOP101 | in/mail.eml:4 {row}" in text
    assert text.endswith("\nMessages checked: 2; findings: 2, of which 1 fail.\n")
    assert render("markdown", CLEAN) == "### Mail flow\n\nMessages checked: 1; no findings.\n"


def test_github_annotates_the_line_of_the_file() -> None:
    assert render("github", MAIL, BOXED) == (
        "::warning file=in/mail.eml,line=4,title=warning HOP101::Hop 2 is 5 s early.%0AConsistent with clock skew.%0A"
        "- w32tm /query /status%0A- Look.\n"
        "::notice file=in/mail.eml,title=info HOP302::1 defect.\n"
        "::error file=dump.mbox,title=error HOP611 17::The message took 2 h.\n"
    )


def test_github_escapes_what_would_end_a_property() -> None:
    odd = Checked(source="a,b:c%.eml", file="a,b:c%.eml", findings=(ONE,))
    assert "file=a%2Cb%3Ac%25.eml,line=4," in render("github", odd)


def test_tap_counts_its_tests() -> None:
    assert render("tap", MAIL, CLEAN) == (
        "TAP version 14\n"
        "not ok 1 - in/mail.eml\n"
        "# warning HOP101 line 4 Hop 2 is 5 s early.\n"
        "#   Consistent with clock skew.\n"
        "#   - w32tm /query /status\n"
        "#   - Look.\n"
        "# info HOP302 1 defect.\n"
        "ok 2 - clean.eml\n"
        "1..2\n"
    )
    assert "ok 1 - a\\#b\\\\.eml\n" in render("tap", Checked(source="a#b\\.eml", file="a#b\\.eml"))


# JUnit


def suites(text: str) -> list[TestSuite]:
    return list(JUnitXml.fromstring(text.encode()))


def test_junit_is_read_back_by_other_parsers() -> None:
    mail, clean = suites(render("junit", MAIL, CLEAN))
    assert (mail.name, mail.tests, mail.failures, mail.errors, mail.skipped) == ("in/mail.eml", 2, 1, 0, 0)
    failed, passed = mail
    assert (failed.classname, failed.name) == ("in/mail.eml", "HOP101 hop 2")
    (result,) = failed.result
    assert isinstance(result, Failure)
    text = "warning HOP101: Hop 2 is 5 s early.\nConsistent with clock skew.\n- w32tm /query /status\n- Look."
    assert (result.type, result.message, result.text) == ("HOP101", "warning HOP101: Hop 2 is 5 s early.", text)
    assert passed.is_passed
    assert passed.system_out == "info HOP302: 1 defect."
    assert (clean.tests, clean.failures, [case.name for case in clean]) == (1, 0, ["mail flow"])


# SARIF: the used part of the OASIS schema; no other properties are allowed

TEXT = {
    "type": "object",
    "properties": {"text": {"type": "string", "minLength": 1}},
    "required": ["text"],
    "additionalProperties": False,
}


def exactly(**properties: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a schema
    """An object with exactly these properties; those with a trailing underscore may be missing."""
    return {
        "type": "object",
        "properties": {name.rstrip("_"): schema for name, schema in properties.items()},
        "required": [name for name in properties if not name.endswith("_")],
        "additionalProperties": False,
    }


LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = exactly(  # section 3.49
    id={"type": "string"},
    name={"type": "string", "pattern": "^[A-Z][A-Za-z0-9]+$"},
    shortDescription=TEXT,
    fullDescription=TEXT,
    help=TEXT,
    defaultConfiguration=exactly(level=LEVEL),
)
LOCATION = exactly(  # sections 3.28, 3.29, 3.4, 3.30, 3.33
    physicalLocation=exactly(
        artifactLocation=exactly(uri={"type": "string", "format": "uri-reference"}),
        region=exactly(startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations_={"type": "array", "items": exactly(fullyQualifiedName={"type": "string"}), "minItems": 1},
)
RESULT = exactly(  # section 3.27
    ruleId={"type": "string"},
    level=LEVEL,
    message=TEXT,
    locations={"type": "array", "items": LOCATION, "minItems": 1},
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
)
DRIVER = exactly(  # section 3.19
    name={"const": "hopscope"},
    version={"type": "string"},
    semanticVersion={"type": "string"},
    rules={"type": "array", "items": RULE, "uniqueItems": True},
)
LOG = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **exactly(
        version={"const": "2.1.0"},
        runs={
            "type": "array",
            "items": exactly(tool=exactly(driver=DRIVER), results={"type": "array", "items": RESULT}),
            "minItems": 1,
        },
        **{"$schema": {"type": "string", "format": "uri"}},
    ),
}


VALID = jsonschema.Draft202012Validator(LOG, format_checker=jsonschema.FormatChecker())
OFFICIAL = jsonschema.Draft7Validator(official_schema(SARIF))


def log(*checked: Checked) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render("sarif", *checked))
    VALID.validate(document)
    OFFICIAL.validate(document)
    (run,) = document["runs"]
    return run  # type: ignore[no-any-return]


def test_sarif_has_every_rule_and_result() -> None:
    run = log(MAIL, BOXED, CLEAN)
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(codes())
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("HOP101", "warning"),
        ("HOP302", "note"),
        ("HOP611", "error"),
    ]
    first, _, boxed = (result["locations"][0] for result in run["results"])
    assert first["physicalLocation"] == {"artifactLocation": {"uri": "in/mail.eml"}, "region": {"startLine": 4}}
    assert "logicalLocations" not in first
    assert boxed["logicalLocations"] == [{"fullyQualifiedName": "dump.mbox:17"}]
    assert run["results"][0]["message"]["text"].splitlines() == [
        "Hop 2 is 5 s early.",
        "Consistent with clock skew.",
        "- w32tm /query /status",
        "- Look.",
    ]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/ü#?.eml", "a%20b/%C3%BC%23%3F.eml"),
        ("../up.eml", "../up.eml"),
        ("/abs/x.eml", "file:///abs/x.eml"),
        ("a:b.eml", "./a%3Ab.eml"),
        ("\udce9.eml", "%E9.eml"),
        ("-", "-"),
    ],
)
def test_sarif_names_files_by_uri(file: str, uri: str) -> None:
    (result,) = log(Checked(source=file, file=file, findings=(ONE,)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


# fingerprints


def changed(**changes: Any) -> str:  # noqa: ANN401 - values of fields
    return fingerprint(MAIL, msgspec.structs.replace(ONE, **changes))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"line": 9}, True),
        ({"hop": 3, "message": "Hop 3 is 1 min 7.25 s early."}, True),
        ({"message": "Hop 2 is -5 s early."}, True),
        ({"severity": Severity.ERROR}, True),
        ({"message": "Hop 2 is 5 s late."}, False),
        ({"code": "HOP102"}, False),
    ],
)
def test_a_fingerprint_does_not_change_with_numbers_alone(changes: dict[str, Any], same: bool) -> None:  # noqa: FBT001
    assert (changed(**changes) == changed()) is same


def test_fingerprints_distinguish_files_and_messages() -> None:
    other = msgspec.structs.replace(MAIL, file="other.eml")
    part = msgspec.structs.replace(MAIL, part="2")
    found = [fingerprint(each, ONE) for each in (MAIL, other, part)]
    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in found)


# any text at all

names = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\udc80\udcff")) | st.sampled_from(
    [each for each in HOSTILE if "\ud800" not in each]
)
texts = st.text(st.characters(), min_size=1) | st.sampled_from(HOSTILE)
found = st.builds(
    Finding,
    code=st.sampled_from(codes()),
    severity=st.sampled_from(Severity),
    message=texts,
    cause=st.none() | texts,
    checks=st.lists(texts, max_size=2).map(tuple),
    detail=st.lists(texts, max_size=2).map(tuple),
    line=st.none() | st.integers(1, 99),
    hop=st.none() | st.integers(1, 9),
)
mail = st.builds(
    Checked, source=names, file=names, part=st.none() | names, findings=st.lists(found, max_size=3).map(tuple)
)


@pytest.mark.parametrize("name", FORMATS)
@given(each=mail)
def test_no_control_or_invisible_character_is_printed(name: str, each: Checked) -> None:
    text = render(name, each)
    assert not unsafe_characters(text)
    text.encode()


@given(each=mail)
def test_any_text_is_a_line_of_each_finding(each: Checked) -> None:
    lines = render("text", each).split("\n")
    assert len(lines) == 1 + len(each.findings) + sum(
        bool(finding.cause) + len(finding.checks) + len(finding.detail) for finding in each.findings
    )
    assert render("github", each).count("\n") == len(each.findings)
    assert render("jsonl", each).count("\n") == len(each.findings)
    below = sum(bool(finding.cause) + len(finding.checks) for finding in each.findings)
    assert render("tap", each).count("\n") == 3 + len(each.findings) + below
    assert all(line.startswith("::") for line in render("github", each).splitlines())


@given(each=mail)
def test_any_text_is_well_formed_xml(each: Checked) -> None:
    root = ET.parse(BytesIO(render("junit", each).encode())).getroot()  # noqa: S314 - our own
    (suite,) = root
    assert int(suite.attrib["failures"]) == len(root.findall(".//failure"))
    assert int(suite.attrib["tests"]) == len(root.findall(".//testcase"))


@given(each=mail)
def test_any_text_is_valid_json_and_sarif(each: Checked) -> None:
    assert len(json.loads(render("json", each))["findings"]) == len(each.findings)
    results = log(each)["results"]
    assert len(results) == len(each.findings)
    assert not any("](" in result["message"]["text"] for result in results)


@given(each=mail)
def test_any_text_is_one_row_of_markdown(each: Checked) -> None:
    rows = [line for line in render("markdown", each).splitlines() if line.startswith("| ")][2:]
    assert len(rows) == len(each.findings)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 7 for row in rows)
