"""Antispam and organization headers of Exchange: which values are decoded, and what they mean."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.classifier.antispam import antispam_values, has_verdicts, kind_of, lookup, rows_of
from hopscope.data import table
from hopscope.model import AntispamValue, HeaderField, Route


def decoded(*fields: str) -> list[AntispamValue]:
    """The values of fields, written as ``Name: body``."""
    split = [field.partition(": ") for field in fields]
    headers = tuple(HeaderField(name=name, body=body, line=line) for line, (name, _, body) in enumerate(split, 1))
    return list(antispam_values(Route(headers=headers)))


REPORT = (
    "X-Forefront-Antispam-Report: CIP:2001:db8::5;CTRY:NL;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mx.shop.example;"
    " PTR:;CAT:SPOOF;SFS:(13230040)(366016);DIR:INB;"
)


def test_a_report_has_its_keys_in_order_and_no_empty_values() -> None:
    assert [(value.key, value.value) for value in decoded(REPORT)] == [
        ("CIP", "2001:db8::5"),
        ("CTRY", "NL"),
        ("LANG", "en"),
        ("SCL", "5"),
        ("IPV", "NLI"),
        ("SFV", "SPM"),
        ("H", "mx.shop.example"),
        ("CAT", "SPOOF"),
        ("SFS", "(13230040)(366016)"),
        ("DIR", "INB"),
    ]


@pytest.mark.parametrize(
    ("field", "key", "value", "label"),
    [
        ("X-Forefront-Antispam-Report: sfv:skn", "SFV", "skn", "filtering skipped by a rule"),
        ("X-Forefront-Antispam-Report: SFTY:9.25", "SFTY", "9.25", "first contact"),
        ("X-Forefront-Antispam-Report: SRV:BULK;", "SRV", "BULK", "bulk"),
        ("x-microsoft-antispam: BCL:7;", "BCL", "7", "bulk"),
        ("X-MS-Exchange-Organization-SCL: -1", "SCL", "-1", "filtering skipped"),
        ("X-MS-Exchange-Organization-SCL: 9", "SCL", "9", "high confidence spam"),
        ("X-MS-Exchange-Organization-PCL: 2", "PCL", "2", "neutral"),
        (
            "X-MS-Exchange-Organization-Antispam-Report: PCL:PhishingLevel SUSPICIOUS",
            "PCL",
            "PhishingLevel SUSPICIOUS",
            "suspicious",
        ),
        ("X-MS-Exchange-Organization-Antispam-Report: SID:SenderIDStatus Fail", "SID", "SenderIDStatus Fail", "fail"),
        ("X-MS-Exchange-Organization-Antispam-Report: IPOnAllowList", "IPOnAllowList", "", None),
        ("X-MS-Exchange-Organization-AuthAs: Anonymous", "AuthAs", "Anonymous", "anonymous"),
        (
            "X-MS-Exchange-CrossTenant-FromEntityHeader: Hosted",
            "FromEntityHeader",
            "Hosted",
            "mailbox in Exchange Online",
        ),
        ("X-MS-Exchange-CrossPremises-AuthAs: Internal", "CrossPremises-AuthAs", "Internal", None),
        ("X-CustomSpam: Web bug", "CustomSpam", "Web bug", "MarkAsSpamWebBugsInHtml"),
        ("X-Microsoft-Antispam-Mailbox-Delivery: dest:J", "dest", "J", "Junk Email folder"),
        ("X-Auto-Response-Suppress: OOF", "AutoResponseSuppress", "OOF", "automatic replies (out of office)"),
    ],
)
def test_documented_values_have_a_meaning_and_sources(field: str, key: str, value: str, label: str | None) -> None:
    (found,) = decoded(field)
    assert (found.key, found.value, found.label) == (key, value, label)
    assert found.meaning
    assert found.sources


@pytest.mark.parametrize(
    "field",
    [
        "X-Forefront-Antispam-Report: SFV:XYZ",
        "X-Forefront-Antispam-Report: SFS:(1)",
        "X-MS-Exchange-Organization-SCL: 10",
        "X-MS-Exchange-Organization-SCL: five",
        "X-Microsoft-Antispam: BCL:-1",
    ],
)
def test_a_value_in_no_table_is_kept_without_a_meaning(field: str) -> None:
    (found,) = decoded(field)
    assert field.endswith(found.value)
    assert (found.label, found.meaning, found.sources) == (None, None, ())


@pytest.mark.parametrize(
    ("reason", "label"),
    [
        ("601", "spoofing of an own domain"),
        ("602", "failed implicit authentication"),
        ("130", "passed by ARC"),
        ("109", "passed without DMARC record"),
        ("110", "passed"),
        ("703", "passed by history"),
        ("705", "passed"),
        ("202", "soft pass by PTR"),
        ("502", "non-delivery report"),
        ("905", "complex routing"),
        ("999", "bypassed"),
    ],
)
def test_a_reason_is_found_by_its_first_digit_unless_it_is_listed(reason: str, label: str) -> None:
    row = lookup("reason", reason)
    assert row is not None
    assert row["label"] == label


@pytest.mark.parametrize("reason", ["5", "500", "503", "0xx", "60", "6011", "6xx1"])
def test_other_reasons_are_not_documented(reason: str) -> None:
    assert lookup("REASON", reason) is None


@pytest.mark.parametrize(
    ("field", "readable"),
    [
        (REPORT, True),
        ("X-MS-Exchange-CrossPremises-AuthAs: Internal", True),
        ("X-Auto-Response-Suppress: All", False),
        ("X-Spam-Status: No", False),
    ],
)
def test_only_fields_that_exchange_alone_writes_make_a_message_worth_reading(field: str, *, readable: bool) -> None:
    name, _, body = field.partition(": ")
    assert has_verdicts(Route(headers=(HeaderField(name=name, body=body, line=1),))) == readable


def test_every_value_of_the_table_is_found_by_itself() -> None:
    for row in table("antispam_values"):
        value = (
            row["value"].split("-")[0] or row["value"] if re.fullmatch("[0-9]+-[0-9]+", row["value"]) else row["value"]
        )
        assert row["value"] == "" or lookup(row["key"], value.replace("xx", "99")) == row


def test_every_key_of_the_tables_is_described_first() -> None:
    for row in table("antispam_values"):
        assert rows_of(row["key"])[0]["value"] == ""
    assert all(rows_of(row["key"]) for row in table("antispam_fields") if row["key"])
    assert all(kind_of(row["name"].rstrip("*")) for row in table("antispam_fields"))


@given(
    st.sampled_from([row["name"].rstrip("*") for row in table("antispam_fields")]),
    st.text(alphabet=st.sampled_from(";:,= \tSCLFV019-x\ud800é\0"), max_size=60),
)
def test_any_body_is_decoded_without_loss_of_a_value(name: str, body: str) -> None:
    values = decoded(f"{name}: {body}")
    assert all(value.value in body for value in values)


def test_a_hostile_header_is_bounded() -> None:
    values = decoded(*["X-Forefront-Antispam-Report: " + "SCL:1;" * 500] * 150)
    assert len(values) == 100 * 100
