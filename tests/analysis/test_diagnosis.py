"""Findings in plain words: when each rule speaks, when it is silent, and what it says."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import hopscope
from hopscope.analysis import rules
from hopscope.analysis.diagnosis import RULES, Rule, findings
from hopscope.model import Finding, Route, Severity

from . import cases_chain, cases_origin, cases_security

SAMPLES = Path(__file__).parent.parent.parent / "samples"
SAMPLE = SAMPLES / "exchange-2013-internal.eml"
A, B = "a.example (10.0.0.1)", "b.example (10.0.0.2)"
POSTFIX = "from x.example (x.example [192.0.2.9]) by y.example (Postfix) with ESMTP id A1"


def read(*stamps: str, headers: str = "Subject: test\n") -> Route:
    """A labelled message with these stamps, oldest first, a second apart where they have no date."""
    dated = [s if ";" in s else f"{s}; Wed, 8 Mar 2017 11:15:{i:02} +0100" for i, s in enumerate(stamps)]
    return hopscope.read(
        "".join(f"Received: {stamp}\n" for stamp in reversed(dated)) + headers + "\n", source="test.eml"
    )


def smtp(sender: str, server: str, build: str, tls: str = " (TLS)") -> str:
    return f"from {sender} by {server} with Microsoft SMTP Server{tls} id {build}"


def sample(name: str) -> Route:
    return hopscope.read((SAMPLES / f"{name}.eml").read_bytes())


MAPI = f"from {A} by {A} with mapi id 15.00.0466.010"
MAPI_2010 = f"from {A} by {B} with mapi id 14.03.0496.000"
ONLINE_FE = (
    "from mx.example (192.0.2.1) by db3ffo11fd021.protection.gbl (10.0.0.5) with Microsoft SMTP Server (TLS) "
    "id 15.0.620.12 via Frontend Transport"
)
ONLINE_SMTP = (
    "from db3ffo11fd021.protection.gbl (10.0.0.5) by db3ffo11oln002.protection.gbl (10.0.0.6) "
    "with Microsoft SMTP Server (TLS) id 15.0.620.12"
)
ONLINE = "AM9PR07MB7891.eurprd07.prod.outlook.com (2603:10a6::14)"


WRONG_ZONE = ", or one of them has the wrong time zone"
UNCERTAIN = "the stamp does not tell its service for certain; it is inferred."
# Code, message, and the finding of its rule alone: what it says, about which hop; None: it is silent.
CASES: dict[str, list[tuple[str, Route, tuple[int | None, str] | None]]] = {
    "HOP101": [
        (
            "earlier",
            read(f"{POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100", f"{POSTFIX}; Wed, 8 Mar 2017 11:14:59 +0100"),
            (2, "Hop 2 has an earlier time than hop 1: their clocks differ."),
        ),
        (
            "earlier than the last one with a date",
            read(
                f"{POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100",
                f"{POSTFIX};",
                f"{POSTFIX}; Wed, 8 Mar 2017 11:14:59 +0100",
            ),
            (3, "Hop 3 has an earlier time than hop 1: their clocks differ."),
        ),
        *(
            (
                f"earlier by {minutes}",
                read(f"{POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100", f"{POSTFIX}; Wed, 8 Mar 2017 {minutes} +0100"),
                (2, f"Hop 2 has an earlier time than hop 1: their clocks differ{zone}."),
            )
            for minutes, zone in (
                ("11:14:01", ""),
                ("11:05:00", ""),
                ("11:01:10", ""),
                ("11:00:30", WRONG_ZONE),
                ("10:15:20", WRONG_ZONE),
                ("10:23:00", ""),
                ("05:44:55", WRONG_ZONE),
            )
        ),
        ("later", sample("exchange-2019-inbound"), None),
        ("at once", read(*[f"{POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100"] * 2), None),
        (
            "at once, in two zones",
            read(f"{POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100", f"{POSTFIX}; Wed, 8 Mar 2017 10:15:00 +0000"),
            None,
        ),
    ],
    "HOP102": [
        (
            "unreadable",
            read(POSTFIX, f"{POSTFIX}; yesterday at noon"),
            (2, 'The date of hop 2 cannot be read ("yesterday at noon"), so its delay is unknown.'),
        ),
        ("no date", read(f"{POSTFIX};"), (1, "Hop 1 has no date, so its delay is unknown.")),
        ("dated", read(POSTFIX), None),
    ],
    "HOP110": [
        (
            "mailbox delivery queue",
            sample("exchange-2019-inbound"),
            (
                4,
                (
                    "Hop 4 came 5 min 6 s after hop 3: "
                    "held by EX19-02.corp.example.com Transport (mailbox delivery queue). "
                    "Consistent with mailbox delivery queue retry "
                    "(MailboxDeliveryQueueRetryInterval: expected after 5 min, seen 6 s later), "
                ),
            ),
        ),
        (
            "no timer fits",
            read(MAPI, f"{smtp(A, B, '15.0.1497.2')}; Wed, 8 Mar 2017 11:16:40 +0100"),
            (
                2,
                (
                    "Hop 2 came 1 min 40 s after hop 1: held by a.example mapi submission "
                    "(no queue: a retry, or the clocks). "
                    "99 of 100 legs from mapi submission to Transport of Exchange 2013 take at most "
                ),
            ),
        ),
        (
            "another system",
            read(POSTFIX, f"{POSTFIX}; Wed, 8 Mar 2017 11:21:40 +0100"),
            (2, "Hop 2 came 6 min 40 s after hop 1: held by y.example (Postfix)."),
        ),
        (
            "over an undated hop",
            read(POSTFIX, f"{POSTFIX};", f"{POSTFIX}; Wed, 8 Mar 2017 11:21:40 +0100"),
            (3, "Hop 3 came 6 min 40 s after hop 1; what held the message is unknown."),
        ),
        (
            "a shadow copy, which has a finding of its own",
            read(
                f"{smtp('[192.0.2.7]', A, '15.1.2507.39')}; Wed, 8 Mar 2017 11:00:00 +0100",
                f"from {A} by {A} with ShadowRedundancy id 15.1.2507.39; Wed, 8 Mar 2017 13:00:10 +0000",
            ),
            None,
        ),
        ("quick", sample("exchange-2016-inbound"), None),
        ("a minute of another system", read(POSTFIX, f"{POSTFIX}; Wed, 8 Mar 2017 11:17:00 +0100"), None),
        (
            "delivered, and sent on a day later",
            read(
                f"{smtp(A, A, '15.1.2507.39')} via Mailbox Transport",
                f"{smtp('[192.0.2.7]', A, '15.1.2507.39')} via Frontend Transport; Thu, 9 Mar 2017 11:15:00 +0100",
            ),
            None,
        ),
        ("a clock that is behind", read(POSTFIX, f"{POSTFIX}; Wed, 8 Mar 2017 10:15:00 +0100"), None),
    ],
    "HOP111": [
        (
            "delay notice",
            read(smtp("[192.0.2.7]", A, "14.3.496.0"), f"{smtp(A, B, '14.3.496.0')}; Wed, 8 Mar 2017 15:15:00 +0100"),
            (2, "Hop 2 came 4 h after hop 1; by default the sender should have got a delay notice after 4 h."),
        ),
        (
            "not in a queue of Exchange",
            read(POSTFIX, f"{POSTFIX}; Thu, 9 Mar 2017 11:15:00 +0100"),
            None,
        ),
        (
            "sooner",
            read(smtp("[192.0.2.7]", A, "14.3.496.0"), f"{smtp(A, B, '14.3.496.0')}; Wed, 8 Mar 2017 15:14:58 +0100"),
            None,
        ),
    ],
    "HOP202": [
        (
            "a token whose service is not documented",
            read(f"from {ONLINE} by {ONLINE} with MailboxResubmission by AntispamTT id 15.20.7249.10"),
            (1, "Hop 1: which service of Exchange stamped it is unknown (`with MailboxResubmission`: "),
        ),
        ("another system", read("nonsense"), None),
        ("known", sample("exchange-2013-internal"), None),
    ],
    "HOP203": [
        (
            "newer than the table",
            read(f"{smtp('[192.0.2.7]', A, '15.2.9999.1')} via Frontend Transport", smtp(A, B, "15.2.9999.1")),
            (1, "Hops 1 and 2: build 15.2.9999.1 is newer than every build of Exchange Server SE known here, as of "),
        ),
        ("Exchange Online, whose builds are not published", read(smtp(ONLINE, ONLINE, "15.20.9999.1")), None),
        ("another system", read(POSTFIX), None),
    ],
    "HOP301": [
        (
            "quoted",
            hopscope.read("".join(f"> {line}\n" for line in SAMPLE.read_text(encoding="ascii").splitlines()[:9])),
            (None, "The input was repaired before it was read: "),
        ),
        ("clean", sample("exchange-2013-internal"), None),
    ],
    "HOP302": [
        (
            "one",
            read("by a.example with SMTP;"),
            (None, "1 defect in the header fields; --defects lists it."),
        ),
        (
            "more, some of them outside of the stamps",
            read("by a.example with SMTP;", headers=f"X-Long: {'x' * 1_000}\n"),
            (None, "2 defects in the header fields; --defects lists them."),
        ),
        ("none", sample("exchange-2013-internal"), None),
    ],
}
CASES |= cases_chain.CASES | cases_origin.CASES | cases_security.CASES


@pytest.mark.parametrize(
    ("code", "route", "expected"),
    [
        pytest.param(code, route, expected, id=f"{code} {name}")
        for code, cases in CASES.items()
        for name, route, expected in cases
    ],
)
def test_rule(code: str, route: Route, expected: tuple[int | None, str] | None) -> None:
    found = [finding for finding in findings(route) if finding.code == code]
    if expected is None:
        assert found == []
    else:
        (finding,) = found
        assert finding.hop == expected[0]
        assert finding.message.startswith(expected[1])
        assert finding.source == route.source
        assert finding.line == (route.hops[finding.hop - 1].stamp.field.line if finding.hop else None)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_case_in_which_it_speaks_and_one_in_which_it_is_silent(
    rule: Rule,
) -> None:
    code = (inspect.getdoc(rule) or "").partition(":")[0]
    assert re.fullmatch("HOP[1-9][0-9][0-9]", code)
    assert {expected is None for _, _, expected in CASES[code]} == {True, False}


def test_codes_are_unique_and_in_order() -> None:
    codes = [(inspect.getdoc(rule) or "").partition(":")[0] for rule in RULES]
    assert codes == sorted(set(codes))


def test_every_rule_of_every_family_is_listed() -> None:
    families = [import_module(f"{rules.__name__}.{each.name}") for each in iter_modules(rules.__path__)]
    found = {
        rule
        for family in families
        for _, rule in inspect.getmembers(family, inspect.isfunction)
        if (rule.__doc__ or "").startswith("HOP")
    }
    assert found == set(RULES)


def test_the_worst_comes_first() -> None:
    route = read(
        f"{POSTFIX}; noon", f"{POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100", f"{POSTFIX}; Wed, 8 Mar 2017 11:14:59 +0100"
    )
    assert [finding.code for finding in findings(route)] == ["HOP101", "HOP102", "HOP302"]


def test_equal_findings_come_in_the_order_of_the_rules() -> None:
    route = read(MAPI_2010, f"{smtp(B, A, '14.3.496.0')}; noon")
    assert [finding.code for finding in findings(route)] == ["HOP102", "HOP302"]


def test_severities() -> None:
    found = {
        (finding.code, finding.severity) for cases in CASES.values() for _, r, _ in cases for finding in findings(r)
    }
    assert {code for code, severity in found if severity is Severity.ERROR} == {"HOP402"}
    assert {code for code, severity in found if severity is Severity.WARNING} == {
        "HOP101",
        "HOP110",
        "HOP111",
        "HOP401",
        "HOP402",
        "HOP403",
        "HOP405",
        "HOP406",
        "HOP452",
        "HOP501",
        "HOP503",
        "HOP504",
    }


def all_findings() -> list[Finding]:
    routes = [route for cases in CASES.values() for _, route, _ in cases]
    return [finding for route in routes for finding in findings(route)]


def test_sentences_read_well() -> None:
    for finding in all_findings():
        assert re.match("[A-Z0-9]", finding.message), finding.message
        assert finding.message.endswith("."), finding.message
        assert "  " not in finding.message
        assert ".." not in finding.message
        assert "None" not in finding.message
