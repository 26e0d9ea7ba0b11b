"""Deciding a whole path: the tables it rests on, and what holds for any path."""

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hopscope
from hopscope.classifier import builds, pipeline
from hopscope.data import table
from hopscope.model import Hop, Route, Service

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
            assert hop.label.service in pipeline.stamping_services(generation)


@given(paths)
def test_no_edge_transport_before_2013_sp1(stamps: list[str]) -> None:
    for hop in read(stamps).hops:
        if hop.label.build in {"15.0.466.13", "15.0.712.22"}:
            assert Service.EDGE_TRANSPORT not in {hop.label.service, *(each.service for each in hop.label.alternatives)}


runs = st.lists(exchange_stamps, min_size=1, max_size=4)


@settings(deadline=None)
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


def test_stamps_without_a_generation_are_passed_over() -> None:
    mapi = f"from {A} by {A} with mapi id 15.00.0466.010"
    route = read([mapi, smtp(A, B, "xx.1.18xx.3"), smtp(A, B), smtp(B, B)])
    assert [hop.label.service for hop in route.hops] == [
        Service.MAPI_SUBMISSION,
        Service.UNKNOWN,
        Service.TRANSPORT,
        Service.MAILBOX_TRANSPORT,
    ]
    assert route.hops[1].label.confidence == 0
    assert route.hops[1].label.evidence == (
        "an Exchange stamp, but without a build number that would tell its generation",
    )


def test_a_service_without_documents() -> None:
    label = read([smtp(CLIENT, "va3ehsmhs001.bigfish.com (10.8.0.1)", "14.1.225.22")]).hops[0].label
    product = "Forefront Online Protection for Exchange"
    assert (label.service, label.product, label.build) == (Service.UNKNOWN, product, "14.1.225.22")
    assert label.evidence == (f"the transport services of {product} are not documented",)


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        pytest.param(smtp(A, B), "inferred from the path: build 15.0.466.13 prints no `via`", id="Preview"),
        pytest.param(
            smtp(A, B, "15.0.712.22"),
            "inferred from the path: build 15.0.712.22 is not known to print `via`",
            id="2013 CU2",
        ),
        pytest.param(
            smtp(A, ONLINE, "xx.1.18xx.3"), "inferred from the path: the stamp itself does not tell", id="no build"
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
        "after Front End Transport: Front End Transport hands to Transport only",
        "before another mail system: Transport sends to other systems",
    )
    (first, last) = read([smtp(CLIENT, A, "14.3.496.0"), smtp(A, B, "14.3.496.0")]).hops
    assert "it is the first Exchange server of the path, and Hub Transport receives on port 25" in first.label.evidence
    assert last.label.evidence[-1] == "the last stamp: Hub Transport delivers by RPC and stamps nothing"


def test_what_no_row_has_is_unusual_and_not_impossible() -> None:
    stamps = [f"from {ONLINE} by {ONLINE} with HTTPS", smtp(ONLINE, A, "14.3.496.0")]
    label = read(stamps).hops[1].label
    assert label.service is Service.HUB_TRANSPORT
    assert "after Online mailbox delivery: unusual: not a documented way" in label.evidence


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


def test_every_place_is_reached_and_left() -> None:
    rows = table("service_transitions")
    assert {row["to"] for row in rows} == PLACES | {"foreign", "delivered"}
    assert {row["from"] for row in rows} == PLACES | {"start"}


def test_rows_of_transitions_are_unique_and_specific_ones_come_first() -> None:
    rows = sorted(table("service_transitions"), key=lambda row: (row["from"], row["to"]))
    for _, group in groupby(rows, key=lambda row: (row["from"], row["to"])):
        generations = [row["generations"] for row in group]
        assert len(set(generations)) == len(generations)
        assert "any" not in generations[:-1]
