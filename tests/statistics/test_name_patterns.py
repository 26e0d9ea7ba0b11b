"""Patterns for names of hosts."""

import pytest

from hopscope.statistics.name_patterns import matches_host


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("ex16-01", "EX16-01.corp.example", True),
        ("ex16-0?", "EX16-01.corp.example", True),
        ("ex16", "EX16-01.corp.example", False),
        ("corp.example", "EX16-01.corp.example", True),
        ("Corp.Example", "ex16-01.corp.example.", True),
        ("orp.example", "ex16-01.corp.example", False),
        ("example", "ex16-01.corp.example", False),
        ("ex16-01.corp", "ex16-01.corp.example", False),
        ("emea.corp.example", "ex16-01.corp.example", False),
        ("0.2.7", "192.0.2.7", False),
        ("192.0.2.*", "192.0.2.7", True),
        ("2001:db8::1", "2001:db8:0:0::1", True),
        ("exchange online", "db6pr21ca6759.eurprd15.prod.outlook.com", True),
        ("prod.outlook.com", "db6pr21ca6759.eurprd15.prod.outlook.com", True),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("BÜCHER.example", "mx.XN--bcher-kva.example", True),
        ("bü*", "xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "mx.xn--bcher-kva.example", True),
        ("bucher.example", "xn--bcher-kva.example", False),
        ("a", "xn--\udcff.example", False),
        ("a", "xn--999999999.example", False),
    ],
)
def test_a_host_matches_by_any_form_of_its_name(pattern: str, name: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert matches_host(pattern, name) == expected
