"""The latency fields of Exchange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.classifier import latency
from hopscope.classifier.latency import MOST, Component, Latency
from hopscope.model import TrackingEvent

NAMES = (
    "MessageLatency",
    "MessageLatencyInProgress",
    "OrderedPrecisionLatencyInProgress",
    "MessageHighPrecisionLatencyInProgress",
)


def read(body: str, name: str = NAMES[0]) -> tuple[Latency, ...]:
    return latency.read(hopscope.read(f"X-MS-Exchange-Organization-{name}: {body}\n\n".encode("utf-8", "replace")))


def shown(components: tuple[Component, ...]) -> str:
    """The tree as Exchange writes it."""
    each = (f"{c.name}={c.seconds:g}{f'({shown(c.parts)})' if c.parts else ''}" for c in components)
    return "|".join(each)


def test_servers_in_order_with_service_total_and_time() -> None:
    first, second, third = read(
        "SRV=cas.a.example:TOTAL-FE=0.028|SMR=0.026;SRV=b.example:TOTAL=3;"
        "LSRV=hub.a.example:TOTAL-HUB=0.396|SMR=0.346;2024-03-30T21:10:48.500Z"
    )
    assert (first.server, first.part, first.seconds, first.in_progress) == ("cas.a.example", "FE", 0.028, False)
    assert (second.server, second.part, second.seconds, second.components) == ("b.example", None, 3.0, ())
    assert (third.server, third.part, third.in_progress) == ("hub.a.example", "HUB", True)
    assert first.recorded_at is None
    assert third.recorded_at is not None
    assert third.recorded_at.isoformat() == "2024-03-30T21:10:48.500000+00:00"


@pytest.mark.parametrize(
    ("written", "tree"),
    [
        ("", ""),
        ("|SMR=1|SMS=0.005", "SMR=1|SMS=0.005"),
        ("|SMR=0.026(SMRPI=0.024(SMRPI-FrontendProxyAgent=0.024))|SMS=2", None),
        ("|CATRS=0.043(CATRS-Transport\n Rule Agent=0.001 (X-ETREX=0.001)|CATRS-Index Routing\n Agent=0.041)", None),
        ("|QDM=12000.5|SMS=5.5|QDM=9000.5", "QDM=12000.5|SMS=5.5|QDM=9000.5"),
        ("|A=0.012(B=0.011\n )|C=1", "A=0.012(B=0.011)|C=1"),
        ("|A=x|B=1", "B=1"),
        ("|A=1(B=2", "A=1(B=2)"),
        ("|A=1)|B=2", "A=1|B=2"),
        ("|(A=1)", "A=1"),
        (f"|A={'9' * 400}", "A=1e+12"),
    ],
)
def test_components(written: str, tree: str | None) -> None:
    (measured,) = read(f"SRV=a.example:TOTAL-HUB=9{written}")
    expected = " ".join(written.split()).removeprefix("|").replace(" (", "(") if tree is None else tree
    assert shown(measured.components) == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_latency_field(name: str) -> None:
    assert [each.server for each in read("SRV=a.example:TOTAL-FE=1", name)] == ["a.example"]


@pytest.mark.parametrize("body", ["", "SRV=a.example", "SRV=:TOTAL-FE=1", "SRV=a.example:TOTAL-FE=x", "TOTAL-FE=1"])
def test_fields_without_server_or_total(body: str) -> None:
    assert read(body) == ()


def test_another_field_has_no_latency() -> None:
    assert read("SRV=a.example:TOTAL-FE=1", "Latency") == ()


def test_latency_is_limited() -> None:
    assert len(read("SRV=a.example:TOTAL-FE=1;" * (MOST + 1))) == MOST
    (nested,) = read("SRV=a.example:TOTAL-FE=1" + "|A=1(" * 5_000)
    assert 1 < shown(nested.components).count("(") < 50


@given(st.text(st.sampled_from("LSRV=:;|()TOTAL-HUB19. aZ-")))
def test_any_text_is_parsed(text: str) -> None:
    for measured in read(f"SRV=a.example:TOTAL-FE=1{text}"):
        assert measured.seconds >= 0


def test_latencies_in_the_rows_of_tracking_logs() -> None:
    texts = {
        "a:1": "2024-06-03T18:02:34.201Z;SRV=ex1:TOTAL-FE=0.8|SMS=0.1;LSRV=EX2:TOTAL-HUB=300|QDM=299",
        "b:1": "2024-06-03T18:02:34.201Z;SRV=ex1:TOTAL-FE=0.8|SMS=0.1;SRV=ex2:TOTAL-HUB=299;SRV=ex1:TOTAL-DEL=0.2",
        "b:2": "SRV=ex2:TOTAL-HUB=301",
        "b:3": "0cI: ",
        "b:4": "2024-06-03T18:07:35.514Z",
    }
    events = [TrackingEvent(position=row, time=None, event="SEND", message_info=text) for row, text in texts.items()]
    found = latency.in_events([*events, TrackingEvent(position="b:5", time=None, event="DEFER")])
    assert [(each.server, each.part, each.seconds, each.position) for each in found] == [
        ("ex1", "FE", 0.8, "a:1"),
        ("ex2", "HUB", 301, "b:2"),
        ("ex1", "DEL", 0.2, "b:1"),
    ]
    many = [TrackingEvent(position="x", time=None, event="SEND", message_info=f"SRV=s{n}:TOTAL=1") for n in range(500)]
    assert len(latency.in_events(many)) == latency.MOST
