"""Checks: when each one reports a finding, when it does not, and the text."""

import inspect
import re
from importlib import import_module
from pkgutil import iter_modules

import pytest

import hopscope
from hopscope import checks
from hopscope.analysis.context import MessageContext
from hopscope.checks import CHECKS, Check, check, policy
from hopscope.checks.catalogue import codes, entries, entry
from hopscope.checks.latency import slower_leg
from hopscope.config.keys import read as read_settings
from hopscope.config.settings import Settings
from hopscope.model import Finding, Route, Severity
from tests.analysis.finding_parts import assert_well_formed

ORGANISATION = 'organisation = { domains = ["corp.example"], networks = ["10.0.0.0/8", "fd00::/8"] }\n'
NAMES_ONLY = 'organisation = { domains = ["corp.example"] }\n'
A, B = "ex1.corp.example (10.0.0.1)", "ex2.corp.example (10.0.0.2)"
OUT, EDGE = "mx.partner.example (192.0.2.9)", "edge.corp.example (10.0.0.9)"
TLS12 = "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)"
TLS10 = "(version=TLS1_0, cipher=TLS_RSA_WITH_AES_128_CBC_SHA)"
MAPI = f"from {A} by {A} with mapi id 15.01.2507.039"


def settings(text: str) -> Settings:
    import tomllib

    return Settings(**read_settings(tomllib.loads(text), codes(), "hopscope.toml"))


def read(*stamps: str) -> Route:
    """A labelled message with these stamps, oldest first, ten seconds apart where they have no date."""
    dated = [s if ";" in s else f"{s}; Wed, 5 Jun 2024 11:15:{i}0 +0100" for i, s in enumerate(stamps)]
    return hopscope.read("".join(f"Received: {stamp}\n" for stamp in reversed(dated)) + "\n", source="test.eml")


def smtp(sender: str, server: str, tls: str = TLS12, build: str = "15.1.2507.39", via: str = "") -> str:
    return f"from {sender} by {server} with Microsoft SMTP Server {tls} id {build}{via}".replace("  ", " ")


def postfix(sender: str, server: str, protocol: str = "ESMTP", tls: str = "") -> str:
    return f"from {sender} {tls} by {server} (Postfix) with {protocol} id A1"


def tls_minimum(kind: str, version: str, *, unknown: bool = False) -> str:
    return f'{ORGANISATION}tls = {{ {kind} = "{version}" }}\n' + 'tls_unknown = "error"' * unknown


SKEWED = read(
    f"{postfix('c.example', 'a.example')}; Wed, 11 Jan 2012 10:04:58 +0800",
    f"{postfix('a.example', 'b.example')}; Wed, 11 Jan 2012 08:58:08 +0800",
    f"{smtp('b.example', A)}; Wed, 11 Jan 2012 10:08:42 +0800",
)
"""The clock of b.example is behind: hop 3 is 3 min 44 s later than hop 1."""
THREE = read(MAPI, smtp(A, B), smtp(B, B, via=" via Mailbox Transport"))
FE = read(smtp(OUT, A, via=" via Frontend Transport"), smtp(A, B))
SERVERS = 'organisation = { servers = { "ex2*" = "2013" } }'
# Code, name, settings, message, and the only finding of the code: hop and start of the text; None: no finding.
CASES: dict[str, list[tuple[str, str, Route, tuple[int | None, str] | None]]] = {
    "HOP611": [
        (
            "over",
            'max_total = "19s"',
            THREE,
            (
                None,
                (
                    "Total delay 20 s, limit 19 s (max_total). Held by ex1.corp.example mapi submission "
                    "(no queue: retry or clock skew): 10 s before hop 2."
                ),
            ),
        ),
        ("at the limit", 'max_total = "20s"', THREE, None),
        (
            "over, with clock skew within the path",
            'max_total = "1m"',
            SKEWED,
            (
                None,
                (
                    "Total delay 3 min 44 s, limit 1 min (max_total). Held by b.example (Postfix): "
                    "3 min 44 s (1 h 10 min 34 s as recorded, with clock skew) before hop 3."
                ),
            ),
        ),
        ("no limit", "", THREE, None),
        ("unknown", 'max_total = "1s"', read(MAPI), None),
    ],
    "HOP612": [
        (
            "over",
            'max_hop = "11s"',
            read(MAPI, f"{MAPI};", smtp(A, B)),
            (3, ("Hop 3 delayed 20 s after hop 1, limit 11 s (max_hop). Which server held the message is unknown.")),
        ),
        ("at the limit", 'max_hop = "10s"', THREE, None),
        (
            "over, without the clock skew",
            'max_hop = "3m"',
            SKEWED,
            (
                3,
                (
                    "Hop 3 delayed 3 min 44 s (1 h 10 min 34 s as recorded, with clock skew) after hop 2, limit 3 min "
                    "(max_hop). Held by b.example (Postfix). Up to 3 min 44 s of it may be clock skew."
                ),
            ),
        ),
        ("over by clock skew", 'max_hop = "4m"', SKEWED, None),
        ("no limit", "", THREE, None),
    ],
    "HOP613": [
        (
            "over",
            'max_service = { Transport = "9s" }',
            THREE,
            (
                3,
                (
                    "Transport on ex2.corp.example held the message for 10 s, limit 9 s "
                    "(max_service). Longest delay: 10 s before hop 3 (mailbox delivery queue)."
                ),
            ),
        ),
        ("at the limit", 'max_service = { Transport = "10s" }', THREE, None),
        ("another service", 'max_service = { "Hub Transport" = "1s" }', THREE, None),
    ],
    "HOP614": [
        (
            "over",
            'max_leg = { "Transport -> Mailbox Transport" = "9s" }',
            THREE,
            (
                3,
                (
                    "Hop 3: Transport -> Mailbox Transport took 10 s, limit 9 s (max_leg). Held by "
                    "ex2.corp.example Transport (mailbox delivery queue)."
                ),
            ),
        ),
        ("at the limit", 'max_leg = { "Transport -> Mailbox Transport" = "10s" }', THREE, None),
        (
            "over, without the clock skew",
            'max_leg = { "other MTA -> Transport" = "3m" }',
            SKEWED,
            (
                3,
                (
                    "Hop 3: other MTA -> Transport took 3 min 44 s (1 h 10 min 34 s as recorded, with clock skew), "
                    "limit 3 min (max_leg). Held by b.example (Postfix). Up to 3 min 44 s of it may be clock skew."
                ),
            ),
        ),
        ("over by clock skew", 'max_leg = { "other MTA -> Transport" = "4m" }', SKEWED, None),
        ("another leg", 'max_leg = { "Mailbox Transport -> Transport" = "1s" }', THREE, None),
        (
            "a hop without a date between",
            'max_leg = { "Transport -> Mailbox Transport" = "1s" }',
            read(MAPI, f"{smtp(A, B)};", smtp(B, B, via=" via Mailbox Transport")),
            None,
        ),
    ],
    "HOP621": [
        (
            "older",
            tls_minimum("inbound", "TLS1.2"),
            read(smtp(OUT, A, TLS10)),
            (
                1,
                (
                    "Hop 1 (inbound): TLS1.0, minimum TLS1.2. Consistent with a mail system at one "
                    "end that offers no newer version."
                ),
            ),
        ),
        (
            "clear text",
            tls_minimum("inbound", "TLS"),
            read(smtp(OUT, A, "")),
            (
                1,
                (
                    "Hop 1 (inbound): no TLS, minimum any TLS. Consistent with a sender that does not"
                    " use STARTTLS, or with a receiver that does not offer it."
                ),
            ),
        ),
        (
            "internal",
            tls_minimum("internal", "TLS1.3"),
            read(smtp(A, B)),
            (
                1,
                (
                    "Hop 1 (internal): TLS1.2, minimum TLS1.3. Consistent with a mail system at one "
                    "end that offers no newer version."
                ),
            ),
        ),
        (
            "outbound",
            tls_minimum("outbound", "TLS1.3"),
            read(smtp(A, OUT)),
            (
                1,
                (
                    "Hop 1 (outbound): TLS1.2, minimum TLS1.3. Consistent with a mail system at one "
                    "end that offers no newer version."
                ),
            ),
        ),
        (
            "of another system",
            tls_minimum("inbound", "TLS1.2"),
            read(postfix(OUT, EDGE, "ESMTPS", "(using TLSv1 with cipher AES256-SHA (256/256 bits))")),
            (
                1,
                (
                    "Hop 1 (inbound): TLS1.0, minimum TLS1.2. Consistent with a mail system at one "
                    "end that offers no newer version."
                ),
            ),
        ),
        (
            "unknown version",
            tls_minimum("inbound", "TLS1.2", unknown=True),
            read(smtp(OUT, A, "(TLS)", "15.0.1497.2")),
            (
                1,
                (
                    "Hop 1 (inbound): TLS version not recorded, minimum TLS1.2. Consistent with a "
                    "mail system that does not record the TLS version."
                ),
            ),
        ),
        (
            "unknown",
            tls_minimum("inbound", "TLS", unknown=True),
            read(postfix(OUT, EDGE)),
            (
                1,
                (
                    "Hop 1 (inbound): TLS not recorded, minimum any TLS. Consistent with a mail "
                    "system that does not record TLS, or with a hop without TLS."
                ),
            ),
        ),
        ("the least", tls_minimum("inbound", "TLS1.2"), read(smtp(OUT, A)), None),
        ("unknown version will do", tls_minimum("inbound", "TLS1.2"), read(smtp(OUT, A, "(TLS)", "15.0.1497.2")), None),
        ("any version", tls_minimum("inbound", "TLS", unknown=True), read(smtp(OUT, A, "(TLS)", "15.0.1497.2")), None),
        (
            "any version of another system",
            tls_minimum("inbound", "TLS", unknown=True),
            read(postfix(OUT, EDGE, "ESMTPS")),
            None,
        ),
        ("unknown will do", tls_minimum("inbound", "TLS1.2"), read(postfix(OUT, EDGE)), None),
        ("no SMTP", tls_minimum("internal", "TLS1.2", unknown=True), read(MAPI), None),
        ("another kind of leg", tls_minimum("outbound", "TLS1.3"), read(smtp(OUT, A, "")), None),
        ("a leg of others", tls_minimum("inbound", "TLS1.3", unknown=True), read(postfix(OUT, OUT)), None),
        (
            "the name lies, the address does not",
            tls_minimum("inbound", "TLS1.3"),
            read(smtp("ex9.corp.example (192.0.2.9)", A)),
            (
                1,
                (
                    "Hop 1 (inbound): TLS1.2, minimum TLS1.3. Consistent with a mail system at one "
                    "end that offers no newer version."
                ),
            ),
        ),
        (
            "names only",
            NAMES_ONLY + 'tls = { internal = "TLS1.3" }',
            read(smtp(A, B)),
            (
                1,
                (
                    "Hop 1 (internal): TLS1.2, minimum TLS1.3. Consistent with a mail system at one "
                    "end that offers no newer version."
                ),
            ),
        ),
        (
            "link-local addresses are of no network",
            tls_minimum("internal", "TLS1.3"),
            read(smtp("ex1.corp.example (fe80::1%12)", B)),
            (
                1,
                (
                    "Hop 1 (internal): TLS1.2, minimum TLS1.3. Consistent with a mail system at one "
                    "end that offers no newer version."
                ),
            ),
        ),
        (
            "a short name alone tells nothing",
            NAMES_ONLY + 'tls = { internal = "TLS1.3", inbound = "TLS1.3" }',
            read(smtp("EX1 (10.0.0.1)", B)),
            None,
        ),
    ],
    "HOP631": [
        (
            "older",
            f'{ORGANISATION}minimum_build = {{ 2016 = "15.1.2507.39" }}',
            read(smtp(OUT, A, build="15.1.2375.7")),
            (
                1,
                (
                    "Hop 1: ex1.corp.example has build 15.1.2375.7, minimum 15.1.2507.39. Consistent "
                    "with a missing update."
                ),
            ),
        ),
        (
            "the last number only",
            f'{ORGANISATION}minimum_build = {{ 2016 = "15.1.2507.39" }}',
            read(smtp(OUT, A, build="15.1.2507.37")),
            (
                1,
                (
                    "Hop 1: ex1.corp.example has build 15.1.2507.37, minimum 15.1.2507.39. Only the last number is "
                    "lower, which need not mean that an update is missing."
                ),
            ),
        ),
        ("the same", f'{ORGANISATION}minimum_build = {{ 2016 = "15.1.2507.39" }}', FE, None),
        (
            "its other stamp has it",
            f'{ORGANISATION}minimum_build = {{ 2016 = "15.1.2507.39" }}',
            read(smtp(OUT, A, build="15.1.2507.37"), smtp(A, A)),
            None,
        ),
        (
            "another generation",
            f'{ORGANISATION}minimum_build = {{ 2019 = "15.2.1544.4" }}',
            FE,
            None,
        ),
        (
            "a server of others",
            f'{ORGANISATION}minimum_build = {{ 2016 = "15.1.2507.39" }}',
            read(smtp(A, OUT, build="15.1.2375.7")),
            None,
        ),
    ],
    "HOP641": [
        (
            "handed over",
            'forbidden_hosts = ["*.partner.example"]',
            FE,
            (
                1,
                (
                    "Hop 1 was sent by mx.partner.example (forbidden_hosts). Consistent with a "
                    "connector, MX record or smart host that points to that host."
                ),
            ),
        ),
        (
            "received",
            'forbidden_hosts = ["EX1.*"]',
            FE,
            (
                1,
                (
                    "Hop 1 was received by ex1.corp.example (forbidden_hosts). Consistent with a "
                    "connector, MX record or smart host that points to that host."
                ),
            ),
        ),
        (
            "by address",
            'forbidden_hosts = ["192.0.2.*"]',
            FE,
            (
                1,
                (
                    "Hop 1 was sent by 192.0.2.9 (forbidden_hosts). Consistent with a connector, MX "
                    "record or smart host that points to that host."
                ),
            ),
        ),
        ("another", 'forbidden_hosts = ["*.other.example"]', FE, None),
        ("none", "", FE, None),
    ],
    "HOP642": [
        (
            "another",
            SERVERS,
            FE,
            (
                2,
                (
                    "Hop 2: ex2.corp.example is Exchange Server 2016 (15.1.2507.39), but declared as "
                    "2013. Consistent with an upgraded or replaced server, or with another server "
                    "that uses its name."
                ),
            ),
        ),
        (
            "once",
            SERVERS,
            read(smtp(A, B), smtp(B, B)),
            (
                1,
                (
                    "Hop 1: ex2.corp.example is Exchange Server 2016 (15.1.2507.39), but declared as "
                    "2013. Consistent with an upgraded or replaced server, or with another server "
                    "that uses its name."
                ),
            ),
        ),
        ("as said", SERVERS.replace("2013", "2016"), FE, None),
        ("unknown", SERVERS, read(postfix(OUT, B)), None),
    ],
}


def found(text: str, route: Route) -> list[Finding]:
    return list(check(MessageContext(route=route), settings(text)))


@pytest.mark.parametrize(
    ("code", "text", "route", "expected"),
    [
        pytest.param(code, text, route, expected, id=f"{code} {name}")
        for code, cases in CASES.items()
        for name, text, route, expected in cases
    ],
)
def test_check(code: str, text: str, route: Route, expected: tuple[int | None, str] | None) -> None:
    of_code = [finding for finding in found(text, route) if finding.code == code]
    if expected is None:
        assert of_code == []
    else:
        (finding,) = of_code
        assert_well_formed(finding)
        assert finding.cause
        assert finding.hop == expected[0]
        assert " ".join(filter(None, (finding.message, finding.cause))) == expected[1]
        assert finding.source == route.source
        assert finding.line == (route.hops[finding.hop - 1].stamp.field.line if finding.hop else None)
        declared = entry(code)
        assert declared is not None
        assert finding.severity in declared.severities


PATHS = (policy.unexpected_path, policy.forbidden, policy.total_delay)
"""Called by policy.path_policy; their cases are in test_policy."""


@pytest.mark.parametrize(
    "each", [each for each in CHECKS if each is not policy.path_policy], ids=lambda each: each.__name__
)
def test_every_check_has_a_case_with_and_one_without_a_finding(each: Check) -> None:
    own = re.findall(r"^\s*(HOP6[0-9]{2}): ", each.__doc__ or "", re.MULTILINE)
    assert own
    assert set(own) <= set(codes())
    for code in own:
        assert {expected is None for _, _, _, expected in CASES[code]} == {True, False}


def test_every_check_of_every_family_is_listed() -> None:
    families = [import_module(f"{checks.__name__}.{each.name}") for each in iter_modules(checks.__path__)]
    listed: set[object] = {
        function
        for family in families
        for _, function in inspect.getmembers(family, inspect.isfunction)
        if (function.__doc__ or "").startswith("HOP")
    }
    assert listed == {*CHECKS, *PATHS, slower_leg} - {policy.path_policy}


def test_codes_are_unique_and_in_order() -> None:
    assert list(codes()) == sorted(set(codes()))


def test_without_settings_no_check_has_findings() -> None:
    for route in (THREE, FE):
        assert not [finding for finding in found("", route) if finding.code.startswith("HOP6")]


def test_every_entry_has_a_severity_and_a_summary() -> None:
    for each in entries():
        assert each.severities, each.code
        assert re.fullmatch(r".{10,110}\.", each.summary), each.code


def test_findings_are_selected_and_their_severity_is_set() -> None:
    text = 'max_total = "1s"\nmax_hop = "1s"\nignore = ["HOP612"]\nseverity = { HOP611 = "info" }'
    assert [(each.code, each.severity) for each in found(text, FE)] == [("HOP611", Severity.INFO)]


@pytest.mark.parametrize(
    ("files", "file", "codes_found"),
    [
        (None, None, ["HOP601"]),
        ("in/*", "in/a.eml", ["HOP601"]),
        ("in/*", "out/a.eml", []),
        ("in/*", None, []),
    ],
)
def test_path_tables_match_files(files: str | None, file: str | None, codes_found: list[str]) -> None:
    glob = f'files = "{files}"' if files else ""
    text = f'select = ["HOP60"]\n[[path]]\nname = "in"\n{glob}\nexpect = "Edge Transport"'
    assert [each.code for each in check(MessageContext(route=FE), settings(text).for_file(file))] == codes_found


def test_findings_are_sorted_by_severity() -> None:
    text = f'{SERVERS}\nmax_total = "1s"\nseverity = {{ HOP642 = "error", HOP611 = "warning" }}'
    assert [each.code for each in found(text, FE)] == ["HOP642", "HOP611"]


def test_sentences_are_well_formed() -> None:
    for cases in CASES.values():
        for _, text, route, _ in cases:
            for finding in found(text, route):
                assert all(check.strip() and "\n" not in check for check in finding.checks)
                for sentence in (finding.message, finding.cause or "All."):
                    assert re.match("[A-Za-z0-9]", sentence)
                    assert sentence.endswith(".")
                    assert "  " not in sentence
                    assert "None" not in sentence
