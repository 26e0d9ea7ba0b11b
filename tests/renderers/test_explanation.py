"""Why each hop got its label."""

import pytest
from hypothesis import given

from hopscope.model import Alternative, HeaderField, Hop, Label, Route, Service, Stamp
from hopscope.renderers import explanation

from .strategies import routes, unsafe_characters

STAMP = Stamp(field=HeaderField(name="Received", body="by a.example; Mon", line=7))


def explained(label: Label) -> list[str]:
    return explanation.hops([Hop(number=2, stamp=STAMP, label=label)]).splitlines()


@pytest.mark.parametrize(
    ("label", "first"),
    [
        pytest.param(
            Label(service=Service.FRONT_END, confidence=1.0),
            "Front End Transport, stated by the stamp itself",
            id="stated",
        ),
        pytest.param(
            Label(service=Service.TRANSPORT, confidence=0.92, inferred=True),
            "Transport, 92 % sure, inferred from the path",
            id="inferred",
        ),
        pytest.param(Label(service=Service.OTHER_MTA, confidence=0.99), "other MTA, 99 % sure, by rule", id="by rule"),
        pytest.param(Label(), "unknown", id="unknown"),
    ],
)
def test_the_first_line_names_the_label_and_how_sure_it_is(label: Label, first: str) -> None:
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
        "  Why:",
        "    - no `via`",
        "    - TLS",
        "  May also be:",
        "    - Front End Transport: 10 %",
    ]


def test_where_nothing_tells_that_is_said() -> None:
    assert explained(Label())[-2:] == ["  Why:", "    - nothing in the stamp or around it tells"]


@given(routes)
def test_hostile_text_is_shown_and_every_hop_has_its_paragraph(message: Route) -> None:
    shown = explanation.hops(message.hops)
    assert not unsafe_characters(shown)
    assert sum(line.startswith("Hop ") for line in shown.split("\n")) == len(message.hops)
    assert shown.count("\n\n") == max(0, len(message.hops) - 1)
