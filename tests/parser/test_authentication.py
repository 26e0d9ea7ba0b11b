"""Results of SPF, DKIM and DMARC in Authentication-Results and Received-SPF."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.model import HeaderField, Route
from hopscope.parser.authentication import authentication_results

GOOGLE = """mx.google.com;
       dkim=pass header.i=@club.example.org header.s=k1 header.b=aB+c/d==;
       spf=pass (google.com: domain of a@club.example.org designates 203.0.113.70 as permitted sender)
       smtp.mailfrom=a@club.example.org;
       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=club.example.org"""
MICROSOFT = """spf=pass (sender IP is 203.0.113.90)
 smtp.mailfrom=news.example.org; dkim=none (message not signed)
 header.d=none;dmarc=bestguesspass action=none
 header.from=news.example.org;compauth=pass reason=109"""


@pytest.mark.parametrize(
    ("fields", "expected", "by"),
    [
        (f"Authentication-Results: {GOOGLE}", "dkim=pass spf=pass dmarc=pass", "mx.google.com"),
        (f"Authentication-Results: {MICROSOFT}", "spf=pass dkim=none dmarc=bestguesspass compauth=pass", None),
        ("Authentication-Results: mx.example.org 1; none", "", None),
        ("Authentication-Results: mx.example.org", "", None),
        ("Authentication-Results: mx.example.org (was: spf=fail; dkim=fail); auth=pass", "auth=pass", "mx.example.org"),
        (
            'Authentication-Results: mx.example.org 1; dkim/1 = FAIL reason="a; spf=pass"; iprev=temperror',
            "dkim=fail iprev=temperror",
            "mx.example.org",
        ),
        (
            "authentication-results: a.example; spf=softfail smtp.mailfrom=b; x-hmca=pass",
            "spf=softfail x-hmca=pass",
            "a.example",
        ),
        (
            "Authentication-Results: a.example; spf=pass\nAuthentication-Results: b.example; spf=fail",
            "spf=pass",
            "a.example",
        ),
        (
            "Received-SPF: Fail (x: no) client-ip=192.0.2.1;\n Receiver=mx.example.org; helo=a",
            "spf=fail",
            "mx.example.org",
        ),
        ("Received-SPF: none (x)", "spf=none", None),
        ("Received-SPF: passed by a colleague", "", None),
        ("Received-SPF: fail\nAuthentication-Results: a.example; spf=pass", "spf=pass", "a.example"),
        ("ARC-Authentication-Results: i=1; a.example; spf=pass\nX-Authentication-Results: a; spf=pass", "", None),
        ("Authentication-Results: a.example; (spf=pass", "", None),
    ],
)
def test_results_of_the_topmost_field(fields: str, expected: str, by: str | None) -> None:
    message = hopscope.read(f"{fields}\nReceived: by a.example; Mon, 3 Jun 2024 18:02:33 +0000\n")
    results = authentication_results(message)
    assert " ".join(f"{result.method}={result.result}" for result in results) == expected
    assert {result.authserv_id for result in results} == ({by} if results else set())


@given(st.text(alphabet='();"\\\\=/ \0\nspf12é-', max_size=60))
def test_any_text_is_read(body: str) -> None:
    field = HeaderField(name="Authentication-Results", body=body, line=1)
    for result in authentication_results(Route(headers=(field,))):
        assert result.method
        assert result.result
