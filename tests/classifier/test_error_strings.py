"""Error text of Exchange: which errors are found, and in which order."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.classifier import error_strings
from hopscope.classifier.error_strings import ErrorString, find

ROWS = error_strings.error_strings()
PRX = "451 4.7.0 Temporary server error. Please try again later. PRX{}"
WRAPPER = "Primary target IP address responded with"
REPORT = f"""\
Delivery has failed to these recipients or groups:
Remote Server at mail.example.org (192.0.2.25) returned '400 4.4.7 Message delayed'
3/06/2024 2:02:34 PM - Remote Server returned '451 4.4.0 {WRAPPER}: "451
 5.7.3 Cannot achieve Exchange Server authentication." Attempted failover to alternate host, but that did not succeed.'
"""


def example(row: ErrorString) -> str:
    return row.example


def words(text: str) -> list[str]:
    return [shown for _, shown in find(text)]


@pytest.mark.parametrize("row", ROWS, ids=example)
def test_every_row_is_found_by_its_example_and_comes_first(row: ErrorString) -> None:
    assert find(row.example)[0][0] is row


@pytest.mark.parametrize("row", ROWS, ids=example)
@pytest.mark.parametrize("wrap", ["'{}'", "host mx.example.org[192.0.2.1] said: {} (in reply to RCPT)", "{}\r\n"])
def test_every_row_is_found_within_other_text_in_any_case(row: ErrorString, wrap: str) -> None:
    for text in (row.example, row.example.upper()):
        assert row in [each for each, _ in find(wrap.format(text))]


@pytest.mark.parametrize("row", ROWS, ids=example)
def test_every_row_is_complete(row: ErrorString) -> None:
    assert row.codes
    assert all(re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", code) for code in row.codes)
    assert row.service
    assert row.meaning.endswith(".")
    assert row.check
    assert row.confidence in {"documented", "practitioners", "unknown"}
    assert (row.confidence == "documented") <= row.source.startswith("Microsoft ")


def test_examples_are_different() -> None:
    assert len(set(map(example, ROWS))) == len(ROWS)


@pytest.mark.parametrize("number", [1, 6, 7, 8, 10, 25])
def test_a_prx_number_without_a_public_explanation_is_unknown(number: int) -> None:
    ((row, shown),) = find(PRX.format(number))
    assert (row.confidence, shown) == ("unknown", f"PRX{number}")
    assert "No public source" in row.meaning


@pytest.mark.parametrize("number", [2, 3, 4, 5, 9])
def test_a_prx_number_that_practitioners_explain(number: int) -> None:
    ((row, _),) = find(PRX.format(number))
    assert row.confidence == "practitioners"
    assert "Front End Transport" in row.service


def test_error_text_without_a_number_reports_the_missing_number() -> None:
    ((row, _),) = find("451 4.7.0 Temporary server error. Please try again later.")
    assert "PRX number" in row.meaning


def test_a_wrapper_is_reported_with_the_quoted_error() -> None:
    quoted = f'451 4.4.0 {WRAPPER}: "421 4.4.1 Connection timed out." Attempted failover to alternate host'
    assert words(quoted) == [WRAPPER, "4.4.1 Connection timed out"]


def test_errors_are_found_across_the_lines_of_a_report() -> None:
    assert words(REPORT) == ["4.4.7 Message delayed", WRAPPER, "Cannot achieve Exchange Server authentication"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[{LRT=};{LED=441 4.4.1 Error encountered while communicating with primary target IP address", "4.4.1"),
        (f'451 4.4.0 {WRAPPER}: "454 4.7.0 Temporary authentication failure."', "4.7.0"),
        ("550 5.1.10 Recipient not found", "5.1.10"),
        ("451 4.7.650 Access denied, please try again later", "4.7.500"),
        ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "5.4.1"),
    ],
)
def test_errors_of_queues_and_reports(text: str, code: str) -> None:
    assert code in find(text)[-1][0].codes


def test_relay_denied_is_not_unknown_recipient() -> None:
    assert words("550 5.4.1 Relay Access Denied") == []


@pytest.mark.parametrize("text", ["5.4.6", "554 5.4.6", " 554-5.4.6 "])
def test_a_bare_status_code_finds_errors_with_that_code(text: str) -> None:
    ((row, shown),) = find(text)
    assert row.codes == ("5.4.6",)
    assert shown == row.example


@pytest.mark.parametrize(
    "text", ["", "PRX", "PRXY 3", "5.4.60", "250 2.0.0 OK", "550 5.1.1 User unknown", "15.4.6.1", "4.4.1"]
)
def test_an_unknown_error_has_no_result(text: str) -> None:
    assert all(text in each.codes for each, _ in find(text))


@given(st.text())
def test_any_text_has_ordered_results(text: str) -> None:
    joined = f"{text} {PRX.format(3)} {text}"
    places = [" ".join(joined.split()).lower().find(shown.lower()) for _, shown in find(joined)]
    assert places == sorted(places)


def test_no_text_is_too_long() -> None:
    for text in ("4.4.7 " * 200_000, "PRX" * 400_000, "5.4.6 hop " * 100_000, "A" * 1_000_000):
        find(text)
    assert find(PRX.format(3) + "A" * 1_000_000)
