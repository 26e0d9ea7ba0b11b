"""The line and the paragraphs on what Exchange found in a message."""

import json
from pathlib import Path

import pytest

import hopscope
from hopscope import render
from hopscope.analysis.analyze import analyze
from hopscope.renderers.message.antispam import line, paragraphs
from hopscope.renderers.message.explanation import message as explanation

HOP = "Received: from a.example (a.example [192.0.2.1]) by y.example (Postfix) with ESMTP; 3 Jun 2024 18:02 +0000\n"
REPORT = "X-Forefront-Antispam-Report: "


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        pytest.param("Subject: a\n", "", id="none"),
        pytest.param(f"{REPORT}SCL:5;CAT:SPOOF;\n", "SCL 5 (spam), CAT SPOOF (spoofing)", id="verdicts"),
        pytest.param(f"{REPORT}SCL:1;CAT:NONE;IPV:NLI;BCL:0;\n", "SCL 1 (not spam)", id="nothing found"),
        pytest.param(f"{REPORT}IPV:CAL;\n", "IPV CAL (IP Allow List)", id="an allowed address"),
        pytest.param(f"{REPORT}SFV:XYZ;\n", "SFV XYZ (not documented)", id="an unknown value"),
        pytest.param(
            f"{REPORT}SCL:5;\nX-MS-Exchange-Organization-SCL: -1\n",
            "SCL -1 (filtering skipped; another field: 5)",
            id="a conflict",
        ),
        pytest.param(f"{HOP}{REPORT}SCL:5;\n", "SCL 5 (spam) (not attested)", id="no hop of Exchange"),
        pytest.param("X-Auto-Response-Suppress: All\n", "", id="another field"),
        pytest.param(
            f"{REPORT}SCL:9;CAT:GIMP;SFV:SKS;BCL:9;SFTY:9.20;IPV:CAL;\n",
            "SCL 9 (high confidence spam), CAT GIMP (mailbox intelligence impersonation) and 4 more",
            id="too many",
        ),
    ],
)
def test_the_line_has_the_worst_first_and_fits_a_terminal(headers: str, shown: str) -> None:
    assert line(analyze(hopscope.read(headers + "\n"))) == shown
    assert len(f"Antispam: {shown}") <= 100


def test_a_long_hostile_value_does_not_widen_the_line() -> None:
    shown = line(analyze(hopscope.read(f"{REPORT}SFV:{'X' * 500};\n\n")))
    assert len(shown) < 100


def test_the_line_is_in_every_format_of_a_message(samples: Path) -> None:
    analysis = analyze(hopscope.read((samples / "exchange-online-spam.eml").read_bytes()))
    shown = "SCL 6 (spam), CAT SPOOF (spoofing), SFV SPM (spam), BCL 4 (bulk) and 1 more"
    assert f"\nAntispam: {shown}\n" in render.plain(analysis)
    assert f"\n{shown}\n" in render.table(analysis, width=100)
    assert f"\nAntispam: {shown}\n" in render.markdown(analysis)
    assert f"<dt>Antispam</dt><dd>{shown}</dd>" in render.html(analysis)


def test_the_paragraphs_have_every_value_its_meaning_and_its_writer(samples: Path) -> None:
    analysis = analyze(hopscope.read((samples / "exchange-online-spam.eml").read_bytes()))
    text = " ".join(explanation(analysis, 100).split())
    assert "Antispam verdicts: - SFV SPM, spam: Spam filtering marked the message as spam." in text
    assert "(X-MS-Exchange-Organization-SCL, line 41, attested; X-Forefront-Antispam-Report, line 43, hop 1," in text
    assert "reason 000, failed explicit authentication: " in text
    assert "Not documented: ARA 13230040|1800799024|8096899003 (X-Microsoft-Antispam, line 42, hop 1, attested)" in text
    assert "AuthAs Anonymous: The sender was not authenticated" in text
    assert "names hop 1, writer unknown)" in text
    assert all(part in text for _, lines in paragraphs(analysis) for part in lines)


def test_values_of_the_other_part_of_a_hybrid_organisation_share_a_line() -> None:
    headers = "X-MS-Exchange-CrossPremises-AuthAs: Internal\nX-MS-Exchange-CrossPremises-SCL: -1\n\n"
    ((heading, lines),) = paragraphs(analyze(hopscope.read(headers)))
    assert heading == "Organization and tenant headers"
    assert len(lines) == 1
    assert lines[0].startswith(
        "CrossPremises-AuthAs Internal, CrossPremises-SCL -1: An organization header of the other"
    )


def test_a_value_that_does_not_count_says_which_one_does() -> None:
    headers = f"{REPORT}SCL:5;\nX-MS-Exchange-Organization-SCL: -1\n\n"
    ((_, lines),) = paragraphs(analyze(hopscope.read(headers)))
    assert any(text.startswith("SCL 5, spam") and text.endswith("; SCL -1 counts)") for text in lines)


def test_json_has_the_values_that_count_and_all_values(samples: Path) -> None:
    document = json.loads(render.json(hopscope.read((samples / "exchange-online-spam.eml").read_bytes())))["antispam"]
    values = document.pop("values")
    assert document == {
        "scl": 6,
        "bcl": 4,
        "pcl": None,
        "sfv": "SPM",
        "cat": "SPOOF",
        "ipv": "NLI",
        "sfty": "9.25",
        "dir": "INB",
        "ctry": "NL",
        "lang": "en",
        "cip": "203.0.113.77",
        "cip_location": None,
        "helo": "mail.offers.example.net",
        "ptr": "host77.offers.example.net",
        "auth_as": "Anonymous",
        "auth_source": "DB1PEPF000509E3.eurprd03.prod.outlook.com",
        "auth_mechanism": None,
        "directionality": "Incoming",
        "network_message_id": "5b0c2f4e-9d31-4a77-b6c0-08dc84767cae",
        "compauth": "fail",
        "compauth_reason": "000",
    }
    assert [value["line"] for value in values] == sorted(value["line"] for value in values)
    assert {"key": "CAT", "value": "SPOOF", "hop": 1, "trust": "attested"}.items() <= next(
        value for value in values if value["key"] == "CAT"
    ).items()
    assert json.loads(render.json(hopscope.read(HOP + "\n")))["antispam"] is None
