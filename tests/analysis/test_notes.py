"""Notes: facts that explain the path of a message and are not problems."""

import re

import pytest
from msgspec.structs import replace

import hopscope
from hopscope.analysis import notes as module
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.notes import NOTES, notes
from hopscope.model import Defect, Route
from tests.analysis.messages import message, sample
from tests.analysis.messages import smtp_between as smtp

A, B = "a.example (10.0.0.1)", "b.example (10.0.0.2)"
POSTFIX = "from x.example (x.example [192.0.2.9]) by y.example (Postfix) with ESMTP id A1"


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


UNCERTAIN = "the service is inferred, not recorded in the Received field."
UNCERTAIN_BOTH = "the services are inferred, not recorded in the Received fields."
# Note, message, and the start of its only sentence; None: no note.
CASES: dict[str, list[tuple[str, Route, str | None]]] = {
    "inferred_label": [
        (
            "Preview",
            sample("exchange-2013-internal"),
            "Hops 2 and 3: build 15.0.466.13 records no `via`, so their services are inferred from the path.",
        ),
        (
            "three hops",
            sample("inbound-edge-2010-to-2013"),
            "Hops 4 to 6: build 15.0.466.13 records no `via`, so their services are inferred from the path.",
        ),
        (
            "not known to print via",
            message(MAPI, smtp(A, A, "15.0.712.22"), POSTFIX),
            "Hop 2: build 15.0.712.22 may not record `via`, so its service is inferred from the path.",
        ),
        (
            "a build that never prints via, and a doubt",
            message(POSTFIX, smtp("gw (192.0.2.1)", A, "14.3.496.0"), smtp(A, B, "14.3.496.0")),
            f"Hop 2: {UNCERTAIN} Hop 2 may also be Edge Transport.",
        ),
        (
            "two hops in the same doubt",
            message(
                POSTFIX,
                smtp("gw (192.0.2.1)", A, "14.3.496.0"),
                smtp(A, B, "14.3.496.0"),
                smtp(B, "c.example (10.0.0.3)", "14.3.496.0"),
                "from c.example by y.example (Postfix) with ESMTP id A1",
            ),
            f"Hops 2 and 4: {UNCERTAIN_BOTH} Hops 2 and 4 may also be Edge Transport.",
        ),
        (
            "hops in different doubts, and a possibility that is not worth a word",
            message(
                POSTFIX,
                smtp("gw (192.0.2.1)", A, "15.2.1544.4"),
                smtp(A, B, "15.2.1544.4"),
                smtp(B, "c.example (10.0.0.3)", "15.2.1544.4"),
                POSTFIX,
            ),
            f"Hops 2 and 4: {UNCERTAIN_BOTH} Hop 2 may also be Transport. Hop 4 may also be Edge Transport.",
        ),
        (
            "the token of a stamp implies its service",
            message(f"from substrate.office.com (::1) by {ONLINE} with HTTP via X.prod.outlook.com"),
            None,
        ),
        ("a frontend of Exchange Online prints via, whatever its build", message(ONLINE_FE, ONLINE_SMTP), None),
        ("with via", sample("exchange-2016-inbound"), None),
    ],
    "restarted": [
        (
            "delivered and sent on",
            hopscope.read(
                f"Received: {POSTFIX}\nDelivered-To: a@b.example\nReceived: {POSTFIX}\nReceived: {POSTFIX}\n"
            ),
            ("Between hops 2 and 3: Delivered-To shows a delivery or resending; a new path starts there."),
        ),
        (
            "several fields at one place",
            hopscope.read(
                f"Received: {POSTFIX}\nResent-From: a@b.example\nResent-To: c@d.example\n"
                f"Resent-From: e@f.example\nReceived: {POSTFIX}\n"
            ),
            ("Between hops 1 and 2: Resent-From and Resent-To show a delivery or resending; a new path starts there."),
        ),
        ("delivered at the end", hopscope.read(f"Delivered-To: a@b.example\nReceived: {POSTFIX}\n"), None),
        ("resent before the first hop", hopscope.read(f"Received: {POSTFIX}\nResent-From: a@b.example\n"), None),
        ("no hops", hopscope.read("Delivered-To: a@b.example\n"), None),
    ],
    "internal_copy": [
        (
            "Google",
            hopscope.read(
                f"Received: {POSTFIX}\nX-Received: by 2002:a05::1 with SMTP; Mon, 3 Jun 2024 18:02:33 +0000\n"
                f"Received: {POSTFIX}\n"
            ),
            (
                "Between hops 1 and 2: X-Received records 2002:a05::1 at Mon, 3 Jun 2024 18:02:33 +0000; "
                "it is not counted as a hop."
            ),
        ),
        (
            "an empty one",
            hopscope.read(f"Received: {POSTFIX}\nX-Received:\nReceived: {POSTFIX}\n"),
            (
                "Between hops 1 and 2: X-Received records an unnamed server at an unknown time; "
                "it is not counted as a hop."
            ),
        ),
        ("none", sample("postfix-to-gmail"), None),
    ],
    "separator_lines": [
        (
            "one line",
            replace(
                sample("postfix-to-gmail"),
                defects=(Defect(code="mbox-from-line", message="1 line that looks like a separator"),),
            ),
            "1 line that looks like a separator.",
        ),
        ("none", sample("postfix-to-gmail"), None),
    ],
}


@pytest.mark.parametrize(
    ("note", "route", "expected"),
    [pytest.param(note, *case[1:], id=f"{note} {case[0]}") for note, cases in CASES.items() for case in cases],
)
def test_remark(note: str, route: Route, expected: str | None) -> None:
    sentences = list(getattr(module, note)(IndexedRoute(route=route)))
    if expected is None:
        assert sentences == []
    else:
        (sentence,) = sentences
        assert sentence.startswith(expected)


def test_every_remark_is_listed_and_has_a_positive_and_a_negative_case() -> None:
    assert [note.__name__ for note in NOTES] == list(CASES)
    for cases in CASES.values():
        assert {expected is None for _, _, expected in cases} == {True, False}


def test_sentences_are_well_formed() -> None:
    for _, route, _ in (case for cases in CASES.values() for case in cases):
        for sentence in notes(IndexedRoute(route=route)):
            assert re.match("[A-Z0-9]", sentence)
            assert sentence.endswith(".")
            assert "None" not in sentence


def test_two_builds_are_distinguished() -> None:
    route = message(MAPI, smtp(A, A, "15.0.466.13"), smtp(A, B, "15.0.712.22"))
    assert list(notes(IndexedRoute(route=route))) == [
        "Hop 2: build 15.0.466.13 records no `via`, so its service is inferred from the path.",
        "Hop 3: build 15.0.712.22 may not record `via`, so its service is inferred from the path.",
    ]
