"""Inference of the labels of a path: its tables, and properties of any path."""

from collections.abc import Iterable
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.classifier import builds, infer, pipeline
from hopscope.data import table
from hopscope.model import Hop, Label, Route, Service
from tests import corpora

A, B, C = (f"{name}.corp.example.com (10.0.0.{number})" for number, name in enumerate("abc", 1))
GATEWAY, CLIENT = "gw.example.com (192.0.2.1)", "[192.0.2.77] (192.0.2.77)"
ONLINE = "AM9PR07MB7891.eurprd07.prod.outlook.com (2603:10a6::14)"
POSTFIX = "from x.example (x.example [192.0.2.9]) by y.example (Postfix) with ESMTP id A1"


def read(stamps: list[str]) -> Route:
    """A labelled message with these stamps, oldest first."""
    dated = [f"Received: {stamp}; Wed, 8 Mar 2017 11:15:00 +0100\n" for stamp in reversed(stamps)]
    return hopscope.read("".join(dated) + "Subject: test\n\n")


def smtp(sender: str, server: str, build: str = "15.0.466.13", tls: str = " (TLS)", via: str = "") -> str:
    return f"from {sender} by {server} with Microsoft SMTP Server{tls} id {build}{via}"


servers = st.sampled_from([A, B, C, GATEWAY, ONLINE])
senders = st.sampled_from([A, B, C, GATEWAY, CLIENT, ONLINE])
numbers = st.sampled_from(
    [
        "8.3.106.1",
        "14.3.496.0",
        "15.0.466.13",
        "15.0.712.22",
        "15.0.1497.2",
        "15.1.2507.39",
        "15.2.1544.4",
        "15.20.1.2",
        "x",
    ]
)
clauses = st.sampled_from(["", " via Frontend Transport", " via Mailbox Transport"])
smtp_stamps = st.builds(smtp, senders, servers, numbers, st.sampled_from([" (TLS)", ""]), clauses)
other_tokens = st.builds(
    "from {0} by {0} with {1} id {2}".format,
    servers,
    st.sampled_from(["mapi", "ShadowRedundancy", "TransportReplication", "MailboxResubmission by X", "HTTPS", "HTTP"]),
    numbers,
)
exchange_stamps = st.one_of(smtp_stamps, smtp_stamps, other_tokens)
paths = st.lists(st.one_of(exchange_stamps, exchange_stamps, st.just(POSTFIX)), max_size=8)


@given(paths)
def test_labels_are_probabilities(stamps: list[str]) -> None:
    for hop in read(stamps).hops:
        label = hop.label
        probabilities = [each.probability for each in label.alternatives]
        assert 0 <= label.confidence <= 1
        assert label.confidence + sum(probabilities) <= 1 + 1e-9
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(0 < probability <= label.confidence for probability in probabilities)
        assert len({label.service, *(each.service for each in label.alternatives)}) == 1 + len(probabilities)
        assert label.evidence
        assert all(label.evidence)


@given(paths)
def test_every_label_is_a_service_of_its_generation(stamps: list[str]) -> None:
    for hop in read(stamps).hops:
        generation = builds.generation(hop.label.product or "")
        if generation and hop.label.confidence < 1 and hop.label.service is not Service.UNKNOWN:
            assert hop.label.service in pipeline.services_with_header(generation)


@given(paths)
def test_no_edge_transport_before_2013_sp1(stamps: list[str]) -> None:
    for hop in read(stamps).hops:
        if hop.label.build in {"15.0.466.13", "15.0.712.22"}:
            assert Service.EDGE_TRANSPORT not in {hop.label.service, *(each.service for each in hop.label.alternatives)}


runs = st.lists(exchange_stamps, min_size=1, max_size=4)


@given(runs, runs)
def test_runs_are_independent(first: list[str], second: list[str]) -> None:
    def labels(hops: tuple[Hop, ...]) -> list[object]:
        return [hop.label for hop in hops]

    together = read([*first, POSTFIX, *second])
    assert labels(together.hops[: len(first)]) == labels(read([*first, POSTFIX]).hops[:-1])
    assert labels(together.hops[len(first) + 1 :]) == labels(read([POSTFIX, *second]).hops[1:])


@pytest.mark.parametrize("stamp", [smtp(A, B), smtp(CLIENT, GATEWAY, tls="")], ids=["linked", "never linked"])
def test_long_paths_do_not_underflow(stamp: str) -> None:
    route = read([stamp] * 1_000)
    assert len(route.hops) == 1_000
    assert all(hop.label.confidence > 0.3 for hop in route.hops)


MASKED = "xx.1.18xx.3"


def test_a_field_without_a_build_takes_the_generation_of_its_neighbour() -> None:
    mapi = f"from {A} by {A} with mapi id 15.00.0466.010"
    route = read([mapi, smtp(A, B, MASKED), smtp(B, B)])
    assert [hop.label.service for hop in route.hops] == [
        Service.MAPI_SUBMISSION,
        Service.TRANSPORT,
        Service.MAILBOX_TRANSPORT,
    ]
    assert (route.hops[1].label.product, route.hops[1].label.build) == (None, None)
    reason = "its build is unreadable; assumed to be of the generation of the neighbouring hops"
    assert reason in route.hops[1].label.evidence


def test_via_implies_2013_or_later_without_a_build() -> None:
    mapi = f"from {A} by {A} with mapi id {MASKED}"
    route = read([mapi, smtp(A, B, MASKED), f"{smtp(B, B, MASKED)} via Mailbox Transport"])
    assert route.hops[1].label.service is Service.TRANSPORT
    assert route.hops[1].label.product is None


def test_a_field_without_a_build_or_neighbour_is_unknown() -> None:
    label = read([smtp(A, B, MASKED)]).hops[0].label
    assert (label.service, label.confidence) == (Service.UNKNOWN, 0)
    assert label.evidence == ("an Exchange Received field, but with no build number to show its generation",)


def test_the_highest_revision_of_a_server_determines_its_release() -> None:
    mapi = f"from {A} by {A} with mapi id 15.01.0225.041"
    route = read([mapi, smtp(A, A, "15.1.225.42")])
    assert [(hop.label.build, hop.label.release, hop.label.released) for hop in route.hops] == [
        ("15.1.225.41", "RTM", "2015-10-01"),
        ("15.1.225.42", "RTM", "2015-10-01"),
    ]
    assert read([mapi]).hops[0].label.release == "at or after Preview"
    assert read([mapi, smtp(A, B, "15.1.225.42")]).hops[0].label.release == "at or after Preview"


EX13, HUB1 = "ex13.corp.example.com (10.0.0.13)", "hub1.corp.example.com (10.0.0.14)"


@pytest.mark.parametrize(
    ("stamps", "services"),
    [
        pytest.param(
            [
                f"from {A} by {HUB1} with mapi id 14.03.0123.003",
                f"{smtp(HUB1, EX13, '15.0.1497.2')} via Frontend Transport",
                smtp(EX13, EX13, "15.0.1497.2"),
                smtp(EX13, HUB1, "14.3.123.3"),
                POSTFIX,
            ],
            {4: Service.HUB_TRANSPORT},
            id="a server that also stamped mapi is no Edge Transport",
        ),
        pytest.param(
            [
                f"{smtp(CLIENT, A, '15.2.1544.4')} via Frontend Transport",
                smtp(A, A, "15.2.1544.4"),
                smtp(A, HUB1, "14.3.123.3"),
                f"from {HUB1} by y.example (Postfix) with ESMTP id A1",
            ],
            {3: Service.HUB_TRANSPORT},
            id="2013 and later hand to Hub Transport more often than to an Edge Transport of 2010",
        ),
        pytest.param(
            [
                "from desk (10.21.65.27) by hub2.corp.example.com (10.0.0.15) with Microsoft SMTP Server id 8.3.342.0",
                f"{smtp('hub2.corp.example.com (10.0.0.15)', A, '15.0.1497.2')} via Frontend Transport",
                smtp(A, A, "15.0.1497.2"),
            ],
            {1: Service.HUB_TRANSPORT},
            id="a peer with a private address is not the Internet",
        ),
    ],
)
def test_hub_and_edge(stamps: list[str], services: dict[int, Service]) -> None:
    hops = read(stamps).hops
    assert {number: hops[number - 1].label.service for number in services} == services


def test_an_uncertain_neighbour_is_not_a_reason() -> None:
    _, doubtful, sure = read([POSTFIX, smtp(GATEWAY, A, "14.3.496.0"), smtp(A, B, "14.3.496.0")]).hops
    assert doubtful.label.confidence < 0.8 < sure.label.confidence
    assert not any(reason.startswith("after ") for reason in sure.label.evidence)
    assert any(reason.startswith(f"before {sure.label.service}: ") for reason in doubtful.label.evidence)


def test_the_peer_of_the_next_system_distinguishes_transport_from_delivery() -> None:
    """Transport relays mail; a message delivered before is sent by another service. The Preview adds no via."""
    path = [smtp(CLIENT, A), smtp(A, B), smtp(B, C)]
    from_transport = f"from {C} by y.example (Postfix) with ESMTP id A1"
    sure, doubtful = (read([*path, after]).hops[2].label for after in (from_transport, POSTFIX))
    assert sure.service is doubtful.service is Service.TRANSPORT
    assert sure.confidence > 0.95 > doubtful.confidence


def test_evidence_against_a_label_comes_last() -> None:
    label = (
        read([smtp("gw.partner.example (198.51.100.1)", "edge1.example.net (198.51.100.2)", "15.2.1544.4")])
        .hops[0]
        .label
    )
    unusual = ["unusual: " in reason for reason in label.evidence]
    assert any(unusual)
    assert unusual == sorted(unusual)


def test_a_service_without_documentation() -> None:
    label = read([smtp(CLIENT, "va3ehsmhs001.bigfish.com (10.8.0.1)", "14.1.225.22")]).hops[0].label
    product = "Forefront Online Protection for Exchange"
    assert (label.service, label.product, label.build) == (Service.UNKNOWN, product, "14.1.225.22")
    assert label.evidence == (f"the transport services of {product} are not documented",)


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        pytest.param(smtp(A, B), "inferred from the path: build 15.0.466.13 writes no `via`", id="Preview"),
        pytest.param(
            smtp(A, B, "15.0.712.22"),
            "inferred from the path: build 15.0.712.22 is not known to write `via`",
            id="2013 CU2",
        ),
        pytest.param(
            smtp(A, ONLINE, "xx.1.18xx.3"),
            "inferred from the path: the Received field does not name the service",
            id="no build",
        ),
    ],
)
def test_why_inferred(stamp: str, reason: str) -> None:
    label = read([f"from {A} by {A} with mapi id 15.00.0712.020", stamp]).hops[1].label
    assert label.inferred
    assert label.evidence[0] == reason


def test_reasons_of_the_neighbours() -> None:
    via = " via Frontend Transport"
    stamps = [smtp(CLIENT, A, "15.1.2507.39", via=via), smtp(A, B, "15.1.2507.39"), POSTFIX]
    assert read(stamps).hops[1].label.evidence[-2:] == (
        "after Front End Transport: Front End Transport sends to Transport only",
        "before another mail system: Transport sends to other systems",
    )
    (first, last) = read([smtp(CLIENT, A, "14.3.496.0"), smtp(A, B, "14.3.496.0")]).hops
    assert "first Exchange server of the path, and Hub Transport receives on port 25" in first.label.evidence
    assert last.label.evidence[-1] == "last Received field: Hub Transport delivers by RPC and adds no Received field"


def test_a_transition_without_a_row_is_unlikely_but_possible() -> None:
    stamps = [f"from {ONLINE} by {ONLINE} with HTTPS", smtp(ONLINE, A, "14.3.496.0")]
    label = read(stamps).hops[1].label
    assert label.service is Service.HUB_TRANSPORT
    assert "after Online mailbox delivery: unusual: not in the documented mail flow" in label.evidence


PLACES = {"Edge Transport inbound", "Edge Transport outbound", *map(str, Service)} - {
    "Edge Transport",
    "other MTA",
    "unknown",
}


@pytest.mark.parametrize("row", table("service_transitions"), ids=lambda r: f"{r['from']} {r['generations']} {r['to']}")
def test_rows_of_transitions(row: dict[str, str]) -> None:
    assert row["from"] in PLACES | {"start"}
    assert row["to"] in PLACES | {"foreign", "delivered"}
    assert 0 < float(row["weight"]) <= 1
    assert 0 < float(row["linked"]) <= 1
    assert row["linked"] != "1" or row["to"] in {"foreign", "delivered"}
    assert row["reason"]
    assert row["generations"] == "any" or set(row["generations"].split()) <= set(pipeline.generations())


def test_every_state_is_reachable_and_can_be_left() -> None:
    rows = table("service_transitions")
    assert {row["to"] for row in rows} == PLACES | {"foreign", "delivered"}
    assert {row["from"] for row in rows} == PLACES | {"start"}


def test_rows_of_transitions_are_unique_and_specific_ones_come_first() -> None:
    rows = sorted(table("service_transitions"), key=lambda row: (row["from"], row["to"]))
    for _, group in groupby(rows, key=lambda row: (row["from"], row["to"])):
        generations = [row["generations"] for row in group]
        assert len(set(generations)) == len(generations)
        assert "any" not in generations[:-1]


RESUBMITTED = "from {} (10.0.0.{}) by {} (10.0.0.{}) with MailboxResubmission id 15.20.7633.18"
HUB = "from {} (10.0.0.{}) by {} (10.0.0.{}) with Microsoft SMTP Server (TLS) id 14.2.309.2"
ONLINE_SMTP = (
    "from {} (10.0.0.{}) by {} (10.0.0.{}) with Microsoft SMTP Server (version=TLS1_2, cipher=A_B) id 15.20.7633.18"
)
ALIKE = (
    (
        RESUBMITTED.format("ex2.corp.example", 4, "ex2.corp.example", 3),
        RESUBMITTED.format("ex2.corp.example", 3, "ex1.corp.example", 2),
        HUB.format("ex1.corp.example", 2, "ex2.corp.example", 1),
        RESUBMITTED.format("ex2.corp.example", 1, "ex2.corp.example", 0),
    ),
    (
        RESUBMITTED.format("ex3.corp.example", 4, "ex1.corp.example", 3),
        HUB.format("ex1.corp.example", 3, "ex3.corp.example", 2),
        RESUBMITTED.format("ex3.corp.example", 2, "ex3.corp.example", 1),
        ONLINE_SMTP.format("ex3.corp.example", 1, "ex2.corp.example", 0),
    ),
)
"""Two messages with almost identical evidence."""


def block(stamps: tuple[str, ...]) -> bytes:
    dated = [f"Received: {stamp}; Thu, 22 Jun 2023 11:3{minute}:00 +0000\n" for minute, stamp in enumerate(stamps)]
    return ("".join(reversed(dated)) + "Subject: x\n\n").encode()


@pytest.mark.no_cover
@pytest.mark.parametrize("blocks", [tuple(map(block, ALIKE)), corpora.blocks()], ids=["alike", "corpora"])
def test_caching_does_not_change_labels(blocks: tuple[bytes, ...]) -> None:
    def labels(order: Iterable[bytes]) -> dict[bytes, list[Label]]:
        infer._decide_stretch.cache_clear()  # noqa: SLF001 - what is remembered is what is tested
        return {block: [hop.label for hop in hopscope.read(block).hops] for block in order}

    assert labels(blocks) == labels(reversed(blocks))
