"""The explanation of each label."""

import pytest
from hypothesis import given

import hopscope
from hopscope.analysis.analyze import Analysis, analyze
from hopscope.model import Alternative, HeaderField, Hop, Label, Route, Service, Stamp
from hopscope.renderers.message import explanation

from ..strategies import routes, unsafe_characters

STAMP = Stamp(field=HeaderField(name="Received", body="by a.example; Mon", line=7))


def explained(label: Label) -> list[str]:
    return explanation.hops(Analysis(route=Route(source="-")), [Hop(number=2, stamp=STAMP, label=label)]).splitlines()


@pytest.mark.parametrize(
    ("label", "first"),
    [
        pytest.param(
            Label(service=Service.FRONT_END, confidence=1.0),
            "Front End Transport, named in the Received field",
            id="stated",
        ),
        pytest.param(
            Label(service=Service.TRANSPORT, confidence=0.92, inferred=True),
            "Transport, inferred from the path, confidence 92 %",
            id="inferred",
        ),
        pytest.param(
            Label(service=Service.OTHER_MTA, confidence=0.99),
            "other MTA, inferred from the Received field, confidence 99 %",
            id="inferred-from-the-field",
        ),
        pytest.param(Label(), "unknown", id="unknown"),
    ],
)
def test_the_first_line_has_the_label_and_its_confidence(label: Label, first: str) -> None:
    assert explained(label)[0] == f"Hop 2: {first}"


def test_header_text_reasons_and_alternatives_follow() -> None:
    label = Label(
        service=Service.TRANSPORT,
        confidence=0.9,
        product="Exchange Server 2013",
        evidence=("no `via`", "TLS"),
        alternatives=(Alternative(service=Service.FRONT_END, probability=0.1),),
    )
    assert explained(label)[1:] == [
        "  Header (line 7): Received: by a.example; Mon",
        "  Product: Exchange Server 2013",
        "  Evidence:",
        "    - no `via`",
        "    - TLS",
        "  Alternatives:",
        "    - Front End Transport: 10 %",
    ]


def test_missing_evidence_is_stated() -> None:
    assert explained(Label())[-2:] == [
        "  Evidence:",
        "    - nothing in the Received field or its neighbours identifies the service",
    ]


@given(routes)
def test_hostile_text_is_escaped_and_every_hop_has_a_paragraph(message: Route) -> None:
    shown = explanation.hops(Analysis(route=message), message.hops)
    assert not unsafe_characters(shown)
    assert sum(line.startswith("Hop ") for line in shown.split("\n")) == len(message.hops)
    assert shown.count("\n\n") == max(0, len(message.hops) - 1)


INSIDE = (
    "Received: from a.example ([10.0.0.1]) by a.example ([10.0.0.1]) with mapi id 15.01.2507.039; "
    "Wed, 8 Mar 2017 11:15:00 +0100\n"
)
OUT = (
    "Received: from {} (10.0.0.1) by {} (10.0.0.2) with Microsoft SMTP Server (TLS) id 15.1.2507.39; "
    "Wed, 8 Mar 2017 11:15:01 +0100\n"
)
POSTFIX = "Received: from b.example by mx.example.net (Postfix) with ESMTP id A1; Wed, 8 Mar 2017 11:15:02 +0100\n"


def message(*fields: str) -> str:
    return explanation.message(analyze(hopscope.read("".join(reversed(fields)) + "Subject: x\n")))


def test_the_documented_mail_flow_of_a_message() -> None:
    assert message(INSIDE, OUT.format("a.example", "b.example"), POSTFIX).startswith(
        "Hops 1 and 2: outbound direct\n"
        "  Documented mail flow: mapi submission > Transport\n"
        "  This message: as documented\n"
        "\n"
    )


def test_differences_from_documented_mail_flow() -> None:
    text = message(INSIDE, POSTFIX.replace("b.example", "a.example"))
    assert "  This message differs:\n    - Documented mail flow also passes Transport, which has no Received" in text


def test_notes_about_documented_mail_flow() -> None:
    more = OUT.format("b.example", "c.example")
    text = message(INSIDE, OUT.format("a.example", "b.example"), more, POSTFIX)
    assert "  This message: as documented\n\nNotes:\n  - Hops 2 and 3 are documented mail flow: " in text


def test_an_unknown_scenario() -> None:
    assert message(INSIDE).startswith("Hop 1: unknown scenario\n  No documented mail flow to compare with.\n")


def test_start_of_a_passage_and_services_without_header() -> None:
    mapi_2010 = INSIDE.replace("15.01.2507.039", "14.03.0496.000")
    text = message(mapi_2010, INSIDE)
    assert "\nHop 2: unknown scenario\n  New path: resubmitted\n" in text
    assert (
        "\nServices without a Received field:\n"
        "  - Between hops 1 and 2, Hub Transport on a.example added no Received field: " in text
    )


def test_no_exchange_is_explained_hop_by_hop() -> None:
    assert message(POSTFIX).startswith("Hop 1: other MTA")


@pytest.mark.parametrize(
    ("label", "product"),
    [
        (
            Label(product="Exchange Server 2016", release="RTM", released="2015-10-01", build="15.1.225.42"),
            "2015-10-01",
        ),
        (Label(product="Exchange Server 2016", release="at or after RTM", released="2015-10"), "2015-10 or later"),
    ],
)
def test_the_date_of_a_release(label: Label, product: str) -> None:
    line = next(line for line in explained(label) if line.startswith("  Product: "))
    assert line.endswith(f", released {product}")


@given(routes)
def test_a_message_is_explained_without_unsafe_characters(route: Route) -> None:
    assert not unsafe_characters(explanation.message(analyze(route)))


def test_attributed_delays() -> None:
    text = message(INSIDE, OUT.format("a.example", "b.corp.example"), POSTFIX)
    assert (
        "\nDelay by service:\n"
        "  - 1 s at a.example mapi submission, as claimed\n"
        "  - 1 s at b.corp.example Transport, as claimed\n"
        "  By organisation: a.example 1 s (as claimed), corp.example 1 s (as claimed)\n"
    ) in text
    assert "By organisation" not in message(OUT.format("c.corp.example", "a.corp.example"), POSTFIX)
