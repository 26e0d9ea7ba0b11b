"""Results of SPF, DKIM and DMARC, and signatures, as header fields record them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.model import HeaderField, Route, Signature
from hopscope.parser.authentication import authentication_results, signatures

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
        ("Authentication-Results: a.example; dkim=pass(p=x)header.d=b.example", "dkim=pass", "a.example"),
        ('Authentication-Results: "a.example"; spf=pass', "spf=pass", "a.example"),
        (
            "Authentication-Results: a.example; dkim=pass\tspf=pass (x; y) smtp.mailfrom=b",
            "dkim=pass spf=pass",
            "a.example",
        ),
        ('Authentication-Results: a.example; spf=none smtp.mailfrom="x dmarc=pass "@b', "spf=none", "a.example"),
        ("Authentication-Results: (a) b.example (c) 1 (d); (e) spf (f) / (g) 1 = (h) pass", "spf=pass", "b.example"),
        ("ARC-Authentication-Results: i=99999; a.example; spf=pass", "spf=pass", "a.example"),
        ("ARC-Authentication-Results: i=x; a.example; spf=pass", "spf=pass", "a.example"),
        (
            "Received-SPF: Fail (x: no) client-ip=192.0.2.1;\n Receiver=mx.example.org; helo=a",
            "spf=fail",
            "mx.example.org",
        ),
        ("Received-SPF: none (x)", "spf=none", None),
        ("Received-SPF: passed by a colleague", "", None),
        ("Received-SPF: Pass (mailfrom) client-ip=192.0.2.1; receiver=<UNKNOWN>", "spf=pass", None),
        ("Received-SPF: pass (google.com: domain of a@b.example designates 192.0.2.1 as)", "spf=pass", "google.com"),
        (
            "ARC-Authentication-Results: i=1; a.example 1; spf=pass; arc=pass (0 spf=[1,1] dkim=fail)",
            "spf=pass arc=pass",
            "a.example",
        ),
        ("X-Authentication-Results: a; spf=pass", "", None),
        ("Authentication-Results: a.example; (spf=pass", "", None),
    ],
)
def test_results_of_a_field(fields: str, expected: str, by: str | None) -> None:
    results = authentication_results(message(fields))
    assert " ".join(f"{result.method}={result.result}" for result in results) == expected
    assert {result.authserv_id for result in results} == ({by} if results else set())


def message(fields: str) -> Route:
    return hopscope.read(f"{fields}\nReceived: by a.example; Mon, 3 Jun 2024 18:02:33 +0000\n")


@pytest.mark.parametrize(
    ("field", "reason", "properties", "address"),
    [
        (
            "Authentication-Results: spf=fail (sender IP is 192.0.2.1)\n smtp.mailfrom=a.example; b.example",
            None,
            {"smtp.mailfrom": "a.example"},
            "192.0.2.1",
        ),
        (
            "Authentication-Results: dmarc=fail action=oreject header.from=a.example",
            None,
            {"action": "oreject", "header.from": "a.example"},
            None,
        ),
        ("Authentication-Results: compauth=pass reason=100", "100", {}, None),
        (
            'Authentication-Results: a; dkim=fail reason="no; \\"key\\"" header.d = b.example (2048) header.b="x="',
            'no; "key"',
            {"header.d": "b.example", "header.b": "x="},
            None,
        ),
        (
            'Authentication-Results: a; spf=none smtp.mailfrom="" smtp.helo= x=y smtp.mailfrom=b=c@d smtp.mailfrom=e',
            None,
            {"smtp.mailfrom": "", "smtp.helo": "", "x": "y"},
            None,
        ),
        (
            'Authentication-Results: a; spf=pass smtp (b) . (c) mailfrom = "d e"@f.example smtp .helo=g',
            None,
            {"smtp.mailfrom": '"d e"@f.example', "smtp.helo": "g"},
            None,
        ),
        (
            "Authentication-Results: a; iprev=pass policy.iprev=2001:db8::1 (mail.example)",
            None,
            {"policy.iprev": "2001:db8::1"},
            "2001:db8::1",
        ),
        (
            "ARC-Authentication-Results: i=2; a; arc=fail smtp.client-ip=192.0.2.1",
            None,
            {"smtp.client-ip": "192.0.2.1"},
            "192.0.2.1",
        ),
        (
            "Received-SPF: Pass (x: domain of a@[192.0.2.9] designates 192.0.2.1 as permitted sender)",
            None,
            {},
            None,
        ),
        (
            (
                "Received-SPF: SoftFail (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=a;\n"
                ' envelope-from="b@c.example"; x-record-text="v=spf1 ip4:192.0.2.2"; receiver=<UNKNOWN>'
            ),
            None,
            {
                "identity": "mailfrom",
                "client-ip": "192.0.2.1",
                "helo": "a",
                "envelope-from": "b@c.example",
                "receiver": "<UNKNOWN>",
            },
            "192.0.2.1",
        ),
    ],
)
def test_what_was_checked(field: str, reason: str | None, properties: dict[str, str], address: str | None) -> None:
    result = authentication_results(message(field))[0]
    assert (result.reason, dict(result.properties), result.client_address) == (reason, properties, address)


def test_results_of_all_fields_stand_from_top_to_bottom() -> None:
    route = message(
        "Received-SPF: fail\nAuthentication-Results: a; spf=pass\nARC-Authentication-Results: i=3; b; dkim=none\n"
        "Authentication-Results: c; none\nAuthentication-Results: d; dmarc=fail"
    )
    shown = [(result.method, result.field.line, result.instance) for result in authentication_results(route)]
    assert shown == [("spf", 1, None), ("spf", 2, None), ("dkim", 3, 3), ("dmarc", 5, None)]


T = datetime(2024, 6, 3, 18, 2, 33, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            (
                "DKIM-Signature: v=1; a=rsa-sha256; d=shop.example;\n s=k1; i=@shop.example; t=1717437753;"
                "x=1717437754;\n b=aB+c/\n d=="
            ),
            {"domain": "shop.example", "selector": "k1", "algorithm": "rsa-sha256", "signed_at": T}
            | {"expires_at": T + timedelta(seconds=1)},
        ),
        (
            "ARC-Seal:i=2; a=rsa-sha256; d=shop.example; s=k1; t=1717437753; cv=FAIL; b=x",
            {"domain": "shop.example", "selector": "k1", "algorithm": "rsa-sha256", "signed_at": T}
            | {"instance": 2, "chain_validation": "fail"},
        ),
        ("DKIM-Signature: d=a.example; d=b.example; s=; t=soon; x=999999999999; cv=pass", {}),
        ("ARC-Message-Signature: i=one; a=rsa sha256; d=<a>; cv=maybe", {"algorithm": "rsasha256"}),
        ("DKIM-Signature: nonsense", {}),
    ],
)
def test_the_tags_of_a_signature(field: str, expected: dict[str, object]) -> None:
    (signature,) = signatures(message(field))
    values = {name: getattr(signature, name) for name in Signature.__struct_fields__ if name != "field"}
    assert {name: value for name, value in values.items() if value is not None} == expected


def test_the_numbers_of_fields_results_and_properties_are_limited() -> None:
    many = "".join(f"Authentication-Results: a; {'; '.join(['spf=pass x.y=1'] * 900)}\n" for _ in range(100))
    assert len(authentication_results(message(f"{many}DKIM-Signature: d=a"))) < 64 * 64 + 1
    properties = "".join(f" p.n{number}=1" for number in range(900))
    assert len(authentication_results(message(f"Authentication-Results: a; spf=pass{properties}"))[0].properties) < 100


@given(st.text(alphabet='();"\\\\=/ \0\nspf12é-', max_size=60))
def test_any_text_is_read(body: str) -> None:
    names = ("Authentication-Results", "ARC-Authentication-Results", "Received-SPF", "DKIM-Signature", "ARC-Seal")
    route = Route(headers=tuple(HeaderField(name=name, body=body, line=1) for name in names))
    assert all(result.method and result.result for result in authentication_results(route))
    assert len(signatures(route)) == 2
