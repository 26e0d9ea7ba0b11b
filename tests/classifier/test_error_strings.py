"""Error text of mail servers: which errors are found, in which order, and what a status code alone means."""

import re
from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.classifier.error_rows import registered, with_errors_of_vendor
from hopscope.classifier.error_strings import examples, explain, explain_reply, known
from hopscope.data import table

from ..test_patterns import READING, ambiguous

ROWS = table("error_strings")
PRX = "451 4.7.0 Temporary server error. Please try again later. PRX{}"
WRAPPER = "Primary target IP address responded with"
REPORT = f"""\
Delivery has failed to these recipients or groups:
Remote Server at mail.example.org (192.0.2.25) returned '400 4.4.7 Message delayed'
3/06/2024 2:02:34 PM - Remote Server returned '451 4.4.0 {WRAPPER}: "451
 5.7.3 Cannot achieve Exchange Server authentication." Attempted failover to alternate host, but that did not succeed.'
"""


def words_of(text: str) -> list[str]:
    return [each.text for each in explain(text)]


def meanings(text: str) -> list[str]:
    return [each.meaning for each in explain(text)]


# the table


def test_every_row_explains_its_example_first() -> None:
    assert [row["example"] for row in ROWS if meanings(row["example"])[:1] != [row["meaning"]]] == []


@pytest.mark.no_cover
@pytest.mark.parametrize("wrap", ["'{}'", "host mx.example.org[192.0.2.1] said: {} (in reply to RCPT)", "{}\r\n"])
def test_every_row_explains_its_example_within_other_text_in_any_case(wrap: str) -> None:
    for row in ROWS:
        if row["example"].isdigit():
            continue  # a number is an error only by itself
        for text in (row["example"], row["example"].upper(), row["example"].lower()):
            assert row["meaning"] in meanings(wrap.format(text)), text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["example"])
def test_every_row_is_complete(row: dict[str, str]) -> None:
    assert all(re.fullmatch(r"[45]\.[0-7]\.\d{1,3}(?:-\d{3})?", code) for code in row["code"].split())
    assert row["match"] in {"text", "after", "code"}
    assert row["pattern"] or row["match"] == "code"
    assert row["code"] or row["match"] == "text"
    assert row["service"]
    assert row["meaning"].endswith(".")
    assert row["check"]
    assert row["confidence"] in {"documented", "practitioners", "unknown"}
    assert row["source"]


def test_documented_errors_are_documented_by_their_vendor() -> None:
    vendors = (
        *("Microsoft", "Google: ", "Yahoo: ", "Apple: ", "Mimecast: ", "RFC "),
        *("Postfix: ", "Sendmail: ", "Exim ", "D. J. Bernstein: "),
    )
    documented = [row for row in ROWS if row["confidence"] == "documented"]
    assert [row["source"] for row in documented if not row["source"].startswith(vendors)] == []


def test_examples_are_different() -> None:
    assert len(set(examples())) == len(ROWS)


def test_no_pattern_of_the_table_can_take_exponential_time() -> None:
    assert [row["pattern"] for row in ROWS if list(ambiguous(READING.parse(row["pattern"])))] == []


def test_no_code_has_two_explanations_without_text() -> None:
    codes = [code for row in ROWS if row["match"] == "code" for code in row["code"].split()]
    assert sorted(codes) == sorted(set(codes))


# texts


def cases() -> list[tuple[str, list[str]]]:
    """Error strings as they are posted, with the expected explanations."""
    lines = Path(__file__).with_name("error_strings.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    return [(text, [] if expected == "unknown" else expected.split(" | ")) for text, expected in rows[1:]]


def explained(text: str, expected: list[str]) -> bool:
    found = explain(text)
    pairs = zip(found, expected, strict=False)
    return len(found) == len(expected) and all(part == each.confidence or part in each.meaning for each, part in pairs)


def test_error_strings_as_they_are_posted() -> None:
    assert len(cases()) >= 380
    assert [text for text, expected in cases() if not explained(text, expected)] == []


WRAPS = [
    "{}",
    "'{}'",
    "Remote Server returned '{}'",
    "Der Remoteserver hat '{}' zurückgegeben",
    "[{{LED={}}};{{MSG=}};{{FQDN=mx.example.com}};{{IP=192.0.2.1}};{{LRT=}}]",
    "2024-06-03T14:02:33.123Z,EX19-01\\Internet,08DC,3,192.0.2.1:1234,192.0.2.2:25,<,{},",
]
CHANGES: list[Callable[[str], str]] = [
    str.upper,
    str.lower,
    lambda text: text.replace(" ", "\r\n  "),
    escape,
    lambda text: f"{text}.",
    str,
]


@pytest.mark.parametrize(
    ("wrap", "change"), [*zip(WRAPS, CHANGES, strict=True), *zip(WRAPS, CHANGES[3:] + CHANGES[:3], strict=True)]
)
def test_case_line_breaks_and_text_around_do_not_matter(wrap: str, change: Callable[[str], str]) -> None:
    texts = [(text, expected) for text, expected in cases() if " " in text and expected not in ([], ["registered"])]
    assert [text for text, expected in texts if not explained(wrap.format(change(text)), expected)] == []


@pytest.mark.parametrize("number", [2, 3, 4, 5, 9])
def test_a_prx_number_that_practitioners_explain(number: int) -> None:
    (explanation,) = explain(PRX.format(number))
    assert explanation.confidence == "practitioners"
    assert "Front End Transport" in str(explanation.at_fault)


def test_a_prx_number_without_a_public_explanation_is_unknown() -> None:
    (explanation,) = explain(PRX.format(25))
    assert (explanation.confidence, explanation.text) == ("unknown", "PRX25")
    assert "No public source" in explanation.meaning


def test_error_text_without_a_number_reports_the_missing_number() -> None:
    (explanation,) = explain("451 4.7.0 Temporary server error. Please try again later.")
    assert "PRX number" in explanation.meaning


def test_a_wrapper_is_reported_with_the_quoted_error() -> None:
    quoted = f'451 4.4.0 {WRAPPER}: "421 4.4.1 Connection timed out." Attempted failover to alternate host'
    assert words_of(quoted) == [f"4.4.0 {WRAPPER}", "4.4.1 Connection timed out"]
    assert [each.wrapper for each in explain(quoted)] == [True, False]


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        (
            "550 5.4.312 Message expired, DNS query failed(DNS server returned SERVFAIL for the domain, and more text)",
            "5.4.312 Message expired, DNS query failed",
        ),
        (
            "554 5.4.14 Hop count exceeded - possible mail loop ATTR34 [x]",
            "5.4.14 Hop count exceeded - possible mail loop ATTR34",
        ),
        ("550 5.7.233 Your message can't be sent", "5.7.233 Your message can't be sent"),
        ("550 5.1.0 RESOLVER.ADR.InvalidInX400; x", "5.1.0 RESOLVER.ADR.InvalidInX400"),
        ("452 4.3.1 Insufficient system resources (UsedDiskSpace[C:\\Queue])", "4.3.1 Insufficient system resources"),
        ("550 Invalid recipient <a@example.com> (#5.1.1)", "Invalid recipient"),
        ("550 5.7.60 SMTP; Client does not have permissions", "5.7.60 SMTP; Client does not have permissions"),
        (
            "450 4.4.314 Connection timed out [Message=Socket error code 10060]",
            "4.4.314 Connection timed out [Message=Socket error code 10060]",
        ),
        ("5.1.1 smtp;550 5.1.1 User unknown", "5.1.1 User unknown"),
        ("550 5.4.300 Message expired -> odd", "5.4.300 Message expired"),
        (
            "451 Internal resources are temporarily unavailable - https://example.com/x",
            "Internal resources are temporarily unavailable",
        ),
    ],
)
def test_a_heading_ends_with_a_phrase(text: str, heading: str) -> None:
    assert words_of(text) == [heading]


def test_errors_are_found_across_the_lines_of_a_report() -> None:
    assert words_of(REPORT) == [
        "4.4.7 Message delayed",
        f"4.4.0 {WRAPPER}",
        "5.7.3 Cannot achieve Exchange Server authentication",
    ]


def test_the_header_of_the_returned_message_is_not_searched() -> None:
    report = """\
#550 5.7.1 RESOLVER.RST.AuthRequired; authentication required ##

Original message headers:

Received: from mx.example.net (192.0.2.1) by EX19-01.corp.example (192.0.2.9) with Microsoft SMTP Server
 via Frontend Transport; Mon, 3 Jun 2024 14:02:33 +0000
Received-SPF: Fail (EX19-01.corp.example: domain of example.net does not designate 192.0.2.1 as permitted sender)
Authentication-Results: spf=fail (SPF check failed) smtp.mailfrom=example.net; dmarc=fail action=none
X-Spam-Status: Yes, score=9, 550 spam detected, rejected by DMARC policy
Subject: 550 5.2.2 Mailbox full
"""
    assert words_of(report) == ["5.7.1 RESOLVER.RST.AuthRequired"]


# status codes


def table_has(code: str) -> bool:
    """Whether the detail of a status code is registered."""
    return any(row["code"] == f"x{code[1:]}" for row in table("status_codes"))


@pytest.mark.parametrize("row", [row for row in ROWS if row["match"] == "code"], ids=lambda row: row["code"])
def test_a_code_that_explains_any_text_is_not_registered_for_all_mail_systems(row: dict[str, str]) -> None:
    registered = [code for code in row["code"].split() if table_has(code)]
    assert registered in ([], ["5.1.1"], ["5.7.23"])  # of which the table has the registered meaning


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *(
            (row["code"].replace("x", "5", 1), "registered")
            for row in table("status_codes")
            if row["code"] != "x.7.23"
            and row["code"].startswith("x.")
            and row["code"].count(".") == 2
            and row["code"] != "x.1.1"
        ),
        ("5.1.1", "documented"),
        ("5.7.606", "documented"),
        ("5.4.316", "documented"),
        ("5.7.54", "documented"),
        ("5.4.14", "registered"),
        ("5.9.9", "registered"),
        ("Status: 5.5.0", "registered"),
    ],
)
def test_a_status_without_a_text_is_not_the_error_of_one_vendor(code: str, expected: str) -> None:
    (explanation,) = explain_reply(code)
    assert explanation.confidence == expected
    assert (explanation.at_fault is None) == (expected == "registered")


@pytest.mark.parametrize(
    "text", ["5.4.14", "554 5.4.14", " 554-5.4.14 ", "#5.4.14", "smtp;554 5.4.14", "Status: 5.4.14"]
)
def test_a_bare_status_code_has_all_its_meanings_with_an_example_of_each(text: str) -> None:
    rows = [row for row in ROWS if "5.4.14" in row["code"].split()]
    assert all(row["example"].startswith(("554 5.4.14 ", "ATTR")) for row in rows)
    assert [(each.meaning, each.text) for each in explain(text)] == [(row["meaning"], row["example"]) for row in rows]


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("5.7.54", "550 5.7.54 Unable to relay"),
        ("550 5.7.54", "550 5.7.54 Unable to relay"),
        ("smtp;571-5.7.54", "571 5.7.54 Unable to relay"),
        ("#5.7.54", "550 5.7.54 Unable to relay"),
        ("5.7.60", "550 5.7.60 Anonymous client does not have permissions to send as this sender"),
        ("5.4.395", "5.4.395 Target host responded with error. -> 451 4.7.1 Try again later"),
        ("554 5.4.395", "554 5.4.395 Target host responded with error. -> 451 4.7.1 Try again later"),
        ("4.4.395", "451 4.4.395 Target host responded with error. -> 451 4.7.1 Try again later"),
        ("5.2.14", "550 5.2.14 RESOLVER.FWD.NotFound; misconfigured forwarding address"),
        ("550 5.7.640", "550 5.7.640 Access denied, banned sending IP [192.0.2.1]"),
        ("4.7.24", "451 4.7.24 Message deferred - unable to verify SPF policy for example.com"),
        ("4.3.2", "550 4.3.2 QUEUE.Admin; message deleted by administrative action"),
        ("4.5.1", "sorry, too many emails (#4.5.1)"),
        ("5.1.0", "550 5.1.0 Address rejected."),
    ],
)
def test_the_example_of_a_bare_status_code_has_the_code(text: str, heading: str) -> None:
    assert any(each.text.startswith(heading) for each in explain(text))


def test_every_code_of_every_error_is_in_its_example() -> None:
    codes = {code.partition("-")[0] for row in ROWS for code in row["code"].split()}
    for code in codes:
        for reply in ("471", "571"):
            for shown in (each.text for each in explain(f"{reply} {code}") if each.confidence != "registered"):
                assert shown.startswith(f"{reply} {code} ") or not re.match(r"[245][0-9]{2}[ -]#?[245]\.[0-9]\.", shown)


@pytest.mark.parametrize(
    ("code", "minimum", "expected"),
    [
        ("5.7.1", 5, ["not authorized", "did not authenticate", "may not send", "relay", "Spamhaus", "spam"]),
        ("4.4.7", 2, ["A delay, not a failure", "expired in a queue"]),
        ("4.7.0", 12, ["cannot resolve the Transport server", "clock skew", "limits (4xx) or blocks"]),
        ("5.7.620", 1, ["blocks the sending IP address"]),
        ("5.7.705", 2, ["outbound mail of the organisation", "may not send"]),
    ],
)
def test_the_meanings_of_a_bare_status_code(code: str, minimum: int, expected: list[str]) -> None:
    registered, *others = explain(code) if table_has(code) else (None, *explain(code))
    assert registered is None or registered.confidence == "registered"
    assert known(code) == len(others) >= minimum
    assert all(any(part in meaning for meaning in meanings(code)) for part in expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("5.2.9", ["Permanent failure", "mailbox of the recipient", "not registered"], id="no detail"),
        pytest.param("4.7.22", ["Temporary failure", "security", "matches the author"], id="detail"),
        pytest.param("550 5.6.7 no", ["Permanent failure", "content", "non-ASCII characters"], id="in a reply"),
        pytest.param("550 4.3.2 odd", ["Permanent failure", "accepts no messages"], id="permanent by the reply code"),
        pytest.param("451 5.6.7 odd", ["Temporary failure", "content"], id="temporary by the reply code"),
        pytest.param("odd (#5.6.7)", ["Permanent failure", "content"], id="no reply code"),
        pytest.param("2.1.5", ["Success", "address", "valid"], id="success"),
        pytest.param(
            "554 Transaction failed", ["Permanent failure", "transaction failed"], id="reply code with its text"
        ),
        pytest.param("421 Service not available, closing", ["Temporary failure", "service not"], id="more text"),
        pytest.param("552 odd", ["Permanent failure", "This error is not in the table"], id="another meaning than 552"),
        pytest.param("554", ["Permanent failure", "transaction failed"], id="reply code without text"),
        pytest.param("572", ["Permanent failure", "not registered"], id="reply code that is not registered"),
        pytest.param("5.9.9", ["Permanent failure", "The subject is not registered"], id="subject"),
        pytest.param("5.123.4", ["Permanent failure", "The subject is not registered"], id="long subject"),
        pytest.param("4.8.1", ["Temporary failure", "The subject is not registered"], id="temporary"),
        pytest.param("250 2.1.5 OK", ["Success", "address"], id="success in a reply"),
        pytest.param("250 2.0.0 OK", ["Success"], id="success without detail"),
        pytest.param("421", ["Temporary failure", "service not available"], id="reply code alone"),
    ],
)
def test_a_code_without_a_row_has_its_registered_meaning(text: str, expected: list[str]) -> None:
    (explanation,) = explain(text)
    assert (explanation.confidence, explanation.at_fault) == ("registered", None)
    assert all(part in explanation.meaning for part in [*expected, "The code gives no further detail"])
    assert known(text) == 0


@pytest.mark.parametrize(
    "text",
    ["", "PRX", "PRXY 3", "unknown here", "15.4.6.1", "10.5.1.1", "v5.1.1", "rejected"],
)
def test_an_unknown_error_has_no_explanation(text: str) -> None:
    assert explain(text) == ()


@pytest.mark.parametrize(
    ("code", "host", "expected"),
    [
        (
            "5.7.1",
            "gmail-smtp-in.l.google.com",
            ["one of Gmail", "At fault can be", "others", "Nothing in the report says"],
        ),
        (
            "5.7.24",
            "ASPMX.L.Google.COM.",
            ["one of Gmail", "one error with this code: Gmail: the SPF record", "confirms"],
        ),
        ("5.7.9", "mta5.am0.yahoodns.net", ["one of Yahoo", "DKIM or DMARC", "SPF and DKIM"]),
        ("5.7.1", "hotmail-com.olc.protection.outlook.com", ["one of Outlook.com", "block", "confirms"]),
        (
            "5.4.1",
            "example-com.mail.protection.outlook.com",
            ["one of Exchange Online", "Directory-Based Edge Blocking"],
        ),
    ],
)
def test_a_code_without_a_text_names_the_errors_of_the_vendor_of_the_remote_server(
    code: str, host: str, expected: list[str]
) -> None:
    explanation = with_errors_of_vendor(registered(code), host)
    assert (explanation.confidence, explanation.at_fault) == ("registered", None)
    assert all(part in explanation.meaning for part in expected)
    assert "The code gives no further detail" not in explanation.meaning
    assert explanation.sources[0].startswith(("RFC", "IANA"))


@pytest.mark.parametrize(
    ("code", "host"),
    [
        ("5.7.1", "mx.example.com"),
        ("5.7.1", "notgoogle.com"),
        ("5.7.1", "google.com.example.net"),
        ("5.1.9", "gmail-smtp-in.l.google.com"),
        ("5.7.1", ""),
    ],
)
def test_a_code_that_the_vendor_does_not_document_has_its_registered_meaning(code: str, host: str) -> None:
    assert with_errors_of_vendor(registered(code), host) == registered(code)


# any text


@given(st.text())
def test_any_text_has_explanations_in_its_order(text: str) -> None:
    joined = f"{text} {PRX.format(3)} {text}"
    flat = " ".join(joined.split())
    shown = [flat.find(each.text) for each in explain(joined)]
    assert shown == sorted(shown)
    assert all(words in flat for words in words_of(joined))


def test_no_text_is_too_long() -> None:
    for text in ("4.4.7 " * 200_000, "PRX" * 400_000, "5.4.6 hop " * 100_000, "A" * 1_000_000, "smtp;" * 200_000):
        explain(text)
    assert explain(PRX.format(3) + "A" * 1_000_000)
