"""Labels of complete messages: the samples, the documented mail flows, and a corpus of real header blocks."""

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import hopscope
from hopscope.classifier.dialects import exchange
from hopscope.model import Hop, Label, Route, Service

CORPUS = Path(__file__).parent.parent / "corpus"
SAMPLES = Path(__file__).parent.parent.parent / "samples"

MAPI, FRONT_END, TRANSPORT = Service.MAPI_SUBMISSION, Service.FRONT_END, Service.TRANSPORT
MAILBOX, HUB, EDGE = Service.MAILBOX_TRANSPORT, Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT
OTHER, ONLINE = Service.OTHER_MTA, Service.ONLINE_DELIVERY
EX2010, EX2013, EX2016, EX2019 = (f"Exchange Server {year}" for year in (2010, 2013, 2016, 2019))
EXO = "Exchange Online"


def services(route: Route) -> list[Service]:
    return [hop.label.service for hop in route.hops]


def seconds(hop: Hop) -> float | None:
    return None if hop.delay is None else hop.delay.total_seconds()


# Per hop, from the origin on: service, delay in seconds, product, whether the label is inferred from the path.
EXPECTED: dict[str, list[tuple[Service, float | None, str | None, bool]]] = {
    "exchange-2013-internal": [
        (MAPI, None, EX2013, False),
        (TRANSPORT, 1, EX2013, True),
        (MAILBOX, 2, EX2013, True),
    ],
    "exchange-2010-internal": [(MAPI, None, EX2010, False), (HUB, 4, EX2010, False)],
    "inbound-edge-2010-to-2013": [
        (OTHER, None, None, False),
        (OTHER, 0, None, False),
        (EDGE, 1, EX2010, False),
        (FRONT_END, 3, EX2013, True),
        (TRANSPORT, 0, EX2013, True),
        (MAILBOX, 1, EX2013, True),
    ],
    "coexistence-2010-to-2013": [
        (MAPI, None, EX2010, False),
        (FRONT_END, 1, EX2013, False),
        (TRANSPORT, 0, EX2013, False),
        (MAILBOX, 1, EX2013, False),
    ],
    "authenticated-client": [(TRANSPORT, None, EX2016, False), (MAILBOX, 1, EX2016, False)],
    "exchange-2016-inbound": [
        (OTHER, None, None, False),
        (FRONT_END, 2, EX2016, False),
        (TRANSPORT, 0, EX2016, False),
        (MAILBOX, 1, EX2016, False),
    ],
    "exchange-2019-inbound": [
        (OTHER, None, None, False),
        (FRONT_END, 1, EX2019, False),
        (TRANSPORT, 1, EX2019, False),
        (MAILBOX, 306, EX2019, False),
    ],
    "exchange-online-inbound": [
        (OTHER, None, None, False),
        (FRONT_END, 1, EXO, False),
        (FRONT_END, 1, EXO, False),
        (TRANSPORT, 0, EXO, False),
        (ONLINE, 2, EXO, False),
    ],
    "exchange-online-spam": [
        (FRONT_END, None, EXO, False),
        (FRONT_END, 1, EXO, False),
        (TRANSPORT, 0, EXO, False),
        (ONLINE, 2, EXO, False),
    ],
    "postfix-to-gmail": [(OTHER, None, None, False), (OTHER, 3, None, False), (OTHER, 1, None, False)],
}
TOTALS = {
    "exchange-2013-internal": 3,
    "exchange-2010-internal": 4,
    "inbound-edge-2010-to-2013": 5,
    "coexistence-2010-to-2013": 2,
    "authenticated-client": 1,
    "exchange-2016-inbound": 3,
    "exchange-2019-inbound": 308,
    "exchange-online-inbound": 4,
    "exchange-online-spam": 3,
    "postfix-to-gmail": 4,
}


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.eml")), ids=lambda path: path.stem)
def test_sample(path: Path) -> None:
    route = hopscope.read(path.read_bytes())
    found = [(hop.label.service, seconds(hop), hop.label.product, hop.label.inferred) for hop in route.hops]
    assert found == EXPECTED[path.stem]
    assert route.total_delay is not None
    assert route.total_delay.total_seconds() == TOTALS[path.stem]


def test_preview_labels_are_inferred() -> None:
    route = hopscope.read((SAMPLES / "exchange-2013-internal.eml").read_bytes())
    assert route.hops[0].label.confidence == 1
    for hop in route.hops[1:]:
        assert hop.label.evidence[0] == "inferred from the path: build 15.0.466.13 writes no `via`"
        assert 0.95 < hop.label.confidence < 1
    assert [(hop.label.release, hop.label.build) for hop in route.hops] == [
        ("Preview", "15.0.466.10"),
        ("Preview", "15.0.466.13"),
        ("Preview", "15.0.466.13"),
    ]


@pytest.mark.parametrize(
    ("edge_by", "edge_from"),
    [
        pytest.param("EX2010-EDGE.exchange2013demo.com", "EX2010-EDGE.exchange2013demo.com", id="same name"),
        pytest.param("ex2010-edge.EXCHANGE2013demo.com", "EX2010-EDGE.exchange2013demo.com", id="other letter case"),
        pytest.param("mail.exchange2013demo.com", "GW1.exchange2013demo.com", id="not called edge"),
        pytest.param("GW1.exchange2013demo.com", "GW1.exchange2013demo.com", id="same name, not called edge"),
        pytest.param("GW1", "GW1.exchange2013demo.com", id="short name, not called edge"),
    ],
)
@pytest.mark.parametrize("build", ["14.2.309.2", "8.3.106.1"])
def test_edge_is_identified_by_its_position(edge_by: str, edge_from: str, build: str) -> None:
    text = (SAMPLES / "inbound-edge-2010-to-2013.eml").read_text(encoding="ascii")
    text = text.replace("by\n mail.exchange2013demo.com", f"by\n {edge_by}").replace("14.2.309.2", build)
    text = text.replace("from EX2010-EDGE.exchange2013demo.com", f"from {edge_from}")
    assert f"by\n {edge_by}" in text
    assert f"from {edge_from}" in text
    assert services(hopscope.read(text)) == [OTHER, OTHER, EDGE, FRONT_END, TRANSPORT, MAILBOX]


# The flows that Microsoft documents, with the markers of Exchange 2013 SP1 and later, the oldest field first. The
# servers are a, b and c; ca runs Front End Transport alone; mx and pc are outside Exchange.
ADDRESS = {"a": "10.1.0.1", "b": "10.1.0.2", "c": "10.1.0.3", "ca": "10.1.0.9", "edge": "10.2.0.1", "pc": "10.9.0.5"}
FE, MBX = " via Frontend Transport", " via Mailbox Transport"


def host(name: str) -> str:
    return f"{name}.corp.example.com ({ADDRESS[name]})"


def mapi(server: str) -> str:
    peer = host(server).replace("(", "([").replace(")", "])")
    return f"from {peer} by {peer} with mapi id 15.00.1497.002"


def smtp(sender: str, server: str, via: str = "", *, build: str = "15.0.1497.2", tls: str = " (TLS)") -> str:
    return f"from {sender} by {host(server)} with Microsoft SMTP Server{tls} id {build}{via}"


def postfix(sender: str) -> str:
    return f"from {sender} ({sender} [203.0.113.7]) by mx.partner.example (Postfix) with ESMTPS id 4XyZ12"


MX = "mx.partner.example (198.51.100.7)"
PC = f"[192.168.7.7] ({ADDRESS['pc']})"
PROXIED = "X-ClientProxiedBy: CA.corp.example.com (10.1.0.9) To B.corp.example.com (10.1.0.2)\n"
FLOWS = [
    pytest.param(
        "", [(mapi("a"), MAPI), (smtp(host("a"), "a"), TRANSPORT), (smtp(host("a"), "a", MBX), MAILBOX)], id="internal"
    ),
    pytest.param(
        "",
        [(mapi("a"), MAPI), (smtp(host("a"), "b"), TRANSPORT), (smtp(host("b"), "a", MBX), MAILBOX)],
        id="internal, two servers",
    ),
    pytest.param(
        "",
        [(mapi("a"), MAPI), (smtp(host("a"), "b"), TRANSPORT), (postfix("b.corp.example.com"), OTHER)],
        id="outbound, direct",
    ),
    pytest.param(
        "",
        [(mapi("a"), MAPI), (smtp(host("a"), "a"), TRANSPORT), (postfix("ca.corp.example.com"), OTHER)],
        id="outbound, proxied through the Front End, which the other side names",
    ),
    pytest.param(
        "",
        [
            (postfix("c.partner.example"), OTHER),
            (smtp(MX, "a", FE), FRONT_END),
            (smtp(host("a"), "a"), TRANSPORT),
            (smtp(host("a"), "a", MBX), MAILBOX),
        ],
        id="inbound",
    ),
    pytest.param(
        PROXIED, [(smtp(PC, "b"), TRANSPORT), (smtp(host("b"), "c", MBX), MAILBOX)], id="authenticated client"
    ),
    pytest.param(
        "",
        [
            (postfix("c.partner.example"), OTHER),
            (smtp(MX, "ca", FE, tls=""), FRONT_END),
            (smtp(host("ca"), "b"), TRANSPORT),
            (smtp(host("b"), "c", MBX), MAILBOX),
        ],
        id="inbound, to a second server, clear text",
    ),
    pytest.param(
        "",
        [
            (mapi("a"), MAPI),
            (smtp(host("a"), "b"), TRANSPORT),
            (smtp(host("b"), "c"), TRANSPORT),
            (smtp(host("c"), "c", MBX), MAILBOX),
        ],
        id="internal, through a hub site",
    ),
]


def message(stamps: list[str], headers: str = "") -> str:
    """Header block with these Received fields, oldest first, a second apart."""
    dated = [f"Received: {stamp}; Wed, 8 Mar 2017 11:15:{i:02} +0100\n" for i, stamp in enumerate(stamps)]
    return "".join(reversed(dated)) + headers + "Subject: test\n\n"


@pytest.mark.parametrize(("headers", "hops"), FLOWS)
@pytest.mark.parametrize("marked", [True, False], ids=["with via", "Preview, without via"])
def test_documented_flow(headers: str, hops: list[tuple[str, Service]], *, marked: bool) -> None:
    text = message([stamp for stamp, _ in hops], headers)
    if not marked:
        text = re.sub(r" via (?:Frontend|Mailbox) Transport", "", text).replace("15.0.1497.2", "15.0.466.13")
    route = hopscope.read(text)
    assert services(route) == [service for _, service in hops]
    assert all(hop.label.confidence > 0.8 for hop in route.hops)
    expected = [not marked and service in {FRONT_END, TRANSPORT, MAILBOX} for _, service in hops]
    assert [hop.label.inferred for hop in route.hops] == expected


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        pytest.param(
            [postfix("c.partner.example"), smtp(MX, "edge"), smtp("e1.dmz.example (10.2.0.9)", "a", FE)],
            [OTHER, EDGE, FRONT_END],
            id="Edge Transport of 2013 before the Front End",
        ),
        pytest.param(
            [mapi("a"), smtp(host("a"), "b"), smtp(host("b"), "c", build="14.3.496.0")],
            [MAPI, TRANSPORT, HUB],
            id="2013 mailbox to 2010 mailbox",
        ),
        pytest.param(
            [
                mapi("a").replace("15.00.1497.002", "14.03.0496.000"),
                smtp(host("a"), "b", build="14.3.496.0"),
                smtp(host("b"), "c", FE),
                smtp(host("c"), "c"),
            ],
            [MAPI, HUB, FRONT_END, TRANSPORT],
            id="a second Hub before the Front End is no Edge",
        ),
        pytest.param(
            [smtp(MX, "a", tls=""), smtp(host("a"), "a").replace("Microsoft SMTP Server (TLS)", "ShadowRedundancy")],
            [TRANSPORT, TRANSPORT],
            id="what took over a shadow copy was Transport before",
        ),
    ],
)
def test_flow(stamps: list[str], expected: list[Service]) -> None:
    assert services(hopscope.read(message(stamps))) == expected


@pytest.mark.no_cover  # real mail: the smaller tests measure it
@pytest.mark.parametrize("name", ["labelled", "other"])
def test_every_label_has_its_reasons(name: str) -> None:
    for _, hop, _ in corpus_hops(name):
        assert hop.label.evidence
        assert all(hop.label.evidence), hop.label


# Fields that Exchange added and the corpus calls "other", see LABELLED.md: (case, hop).
NOT_OTHER = {(36, 2), (75, 3), (86, 2), (155, 4), (308, 2)}


@cache
def corpus_hops(name: str) -> tuple[tuple[int, Hop, list[str]], ...]:
    """Case, hop and correct answers of every Received field of a corpus file; an empty list without answers."""
    return tuple(_corpus_hops(name))


def _corpus_hops(name: str) -> Iterator[tuple[int, Hop, list[str]]]:
    with gzip.open(CORPUS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row: dict[str, Any] = json.loads(line)
            route = hopscope.read(row["headers"])
            answers = row.get("services_oldest_first") or [None] * len(route.hops)
            for hop, each in zip(route.hops, answers, strict=True):
                yield row["case"], hop, each or []


def answer(label: Label) -> str:
    return "other" if label.service is OTHER else str(label.service)


def is_marked(hop: Hop) -> bool:
    return hop.stamp.with_ == "mapi" or (hop.stamp.via or "").startswith(("Frontend Transport", "Mailbox Transport"))


def by_exchange() -> list[tuple[int, Hop, list[str]]]:
    return [each for each in corpus_hops("labelled") if each[2] and each[2] != ["other"]]


def test_fields_that_exchange_marks() -> None:
    marked = [(case, hop, answers) for case, hop, answers in by_exchange() if is_marked(hop)]
    assert len(marked) > 700
    assert not [(case, hop.number) for case, hop, answers in marked if answer(hop.label) not in answers]
    assert {hop.label.confidence for _, hop, _ in marked} == {1.0}


def test_fields_that_exchange_does_not_mark() -> None:
    unmarked = [(case, hop, answers) for case, hop, answers in by_exchange() if not is_marked(hop)]
    wrong = [(case, hop.number) for case, hop, answers in unmarked if answer(hop.label) not in answers]
    assert len(unmarked) > 900
    assert len(wrong) <= 0.005 * len(unmarked), wrong


def test_fields_of_other_systems() -> None:
    others = [(case, hop) for case, hop, answers in corpus_hops("labelled") if answers == ["other"]]
    assert len(others) > 2_000
    assert {(case, hop.number) for case, hop in others if hop.label.service is not OTHER} == NOT_OTHER
    assert all(exchange.read(hop.stamp) for case, hop in others if (case, hop.number) in NOT_OTHER)


def test_other_systems_are_never_exchange() -> None:
    found = [(case, hop) for case, hop, _ in corpus_hops("other")]
    assert len(found) > 700
    unknown = [hop.stamp.field.body for _, hop in found if hop.label.service is Service.UNKNOWN]
    assert sorted(unknown) == ["apparently", "or is it"]
    assert {hop.label.service for _, hop in found} == {OTHER, Service.UNKNOWN}


def test_certain_only_if_the_field_names_the_service() -> None:
    for name in ("labelled", "other"):
        for case, hop, _ in corpus_hops(name):
            if hop.label.confidence == 1:
                words = (hop.label.software or "").lower().split()
                named = any(word in hop.stamp.field.body.lower() for word in words)
                assert named or is_marked(hop), (case, hop.number)


def test_confidence_is_calibrated() -> None:
    judgements = [(hop.label.confidence, answer(hop.label) in answers) for _, hop, answers in by_exchange()]
    brier = sum((confidence - right) ** 2 for confidence, right in judgements) / len(judgements)
    assert brier <= 0.02
    for low, high in ((0.5, 0.9), (0.9, 0.99), (0.99, 1.01)):
        hits = [right for confidence, right in judgements if low <= confidence < high]
        assert sum(hits) >= low * len(hits)


def test_confidence_is_calibrated_for_labels_inferred_from_the_path() -> None:
    """Exchange 2013-2019 treated as the Preview of 2013, which marks only the submission."""
    judgements = [
        (hop.label.confidence, answer(hop.label) in answers)
        for hop, answers in unmarked_messages()
        if answers and answers != ["other"]
    ]
    assert len(judgements) > 300
    assert sum(right for _, right in judgements) >= 0.97 * len(judgements)
    assert sum((confidence - right) ** 2 for confidence, right in judgements) / len(judgements) <= 0.04


def unmarked_messages() -> Iterator[tuple[Hop, list[str]]]:
    """Hops and answers of the on-premises messages, without via and with the build of the Preview."""
    with gzip.open(CORPUS / "labelled.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = re.sub(r"\s+via\s+(?:Frontend|Mailbox)\s+Transport(?=\s*;)", "", row["headers"])
            text = re.sub(r"\bid\s+15\.[012]\.\d+\.\d+", "id 15.0.466.13", text)
            if "15.0.466.13" in text and not re.search(r"outlook\.com|office365\.com|exchangelabs\.com", text.lower()):
                for hop, each in zip(hopscope.read(text).hops, row["services_oldest_first"], strict=True):
                    yield hop, each or []
