"""Evidence in one Received field: marks that name the service, signs that make some services more likely."""

from math import prod

import pytest

import hopscope
from hopscope.classifier import pipeline
from hopscope.classifier.evidence import Evidence, runs
from hopscope.data import table
from hopscope.model import Hop, Route, Service

MX = "mx.partner.example (198.51.100.7)"
A, B, C = (f"{name}.corp.example.com (10.0.0.{number})" for number, name in enumerate("abc", 1))
EDGE = "edge7.corp.example.com (10.0.0.9)"
MAIL = "Subject: test\n"
PROXIED = "X-ClientProxiedBy: C.corp.example.com (10.0.0.3) To A.corp.example.com (10.0.0.1)\n"
AUTHENTICATED = "X-MS-Exchange-Organization-AuthSource: {}\nX-MS-Exchange-Organization-AuthAs: {}\n"
MEASURED = "X-MS-Exchange-Organization-MessageLatency: SRV=A.corp.example.com:TOTAL-{}=0.014|SMR=0.012\n"
MASKED = "xx.1.18xx.3"
OLD, PREVIEW, NEW = "14.3.496.0", "15.0.466.13", "15.1.2507.39"


def smtp(sender: str, server: str, build: str = NEW, tls: str = " (TLS)") -> str:
    return f"from {sender} by {server} with Microsoft SMTP Server{tls} id {build}"


def runs_of(route: Route) -> list[tuple[list[Hop], list[Evidence], Hop | None]]:
    return list(runs(route.hops, route))


def points(stamps: list[str], headers: str = MAIL) -> list[Evidence]:
    """Evidence of the hops of the only run of Exchange in a message with these Received fields, oldest first."""
    dated = [f"Received: {stamp}; Wed, 8 Mar 2017 11:15:{i:02} +0100\n" for i, stamp in enumerate(stamps)]
    (_, shown, _), *others = runs_of(hopscope.read("".join(reversed(dated)) + headers + "\n"))
    assert not others
    return shown


POSTFIX = "from c.example (c.example [192.0.2.9]) by mx.partner.example (Postfix) with ESMTP id A1"
SHADOW = f"from {A} by {A} with ShadowRedundancy id {NEW}"
# Received fields, other header fields, hop of the run, and its signs.
SIGNS: list[tuple[list[str], str, int, tuple[str, ...]]] = [
    ([smtp(MX, A)], MAIL, 0, ("no via", "foreign client", "first of all", "TLS from outside")),
    (
        [smtp(MX, A, tls="")],
        "",
        0,
        ("no via", "foreign client, Received only", "first of all", "no TLS from outside"),
    ),
    ([POSTFIX, smtp(MX, A)], MAIL, 0, ("no via", "foreign client", "after other systems", "TLS from outside")),
    ([smtp(MX, A, PREVIEW)], MAIL, 0, ("before SP1", "foreign client", "first of all", "TLS from outside")),
    ([smtp(MX, A, OLD)], MAIL, 0, ("foreign client", "first of all", "TLS from outside")),
    ([smtp(MX, A), smtp(A, B)], MAIL, 1, ("no via", "TLS")),
    ([smtp(MX, A), smtp(A, B, tls=" (version=TLS1_2, cipher=)")], MAIL, 1, ("no via", "TLS")),
    ([smtp(MX, A), smtp(A, B, tls="")], MAIL, 1, ("no via", "no TLS")),
    ([smtp(MX, A)], PROXIED, 0, ("no via", "client proxied", "TLS from outside")),
    ([smtp(MX, B)], PROXIED, 0, ("no via", "foreign client", "first of all", "TLS from outside")),
    ([smtp(MX, B), smtp(MX, A)], PROXIED, 1, ("no via", "client proxied", "TLS")),
    ([smtp(MX, B), smtp(B, A)], PROXIED, 1, ("no via", "TLS")),
    ([smtp(MX, EDGE)], MAIL, 0, ("no via", "foreign client", "first of all", "TLS from outside", "named edge")),
    *(
        (
            [smtp(MX, f"{name} (10.0.0.9)")],
            MAIL,
            0,
            ("no via", "foreign client", "first of all", "TLS from outside", *signs),
        )
        for name, signs in (
            ("EDGE", ("named edge",)),
            ("ex10-edge.corp.example.com", ("named edge",)),
            ("edge_1.corp.example.com", ("named edge",)),
            ("knowledge.corp.example.com", ()),
            ("edgewood.corp.example.com", ()),
        )
    ),
    ([smtp(MX, "a.edge.example (10.0.0.1)"), smtp(A, B)], MAIL, 1, ("no via", "TLS")),
    ([f"from Pickup by a.example with Microsoft SMTP Server id {NEW}"], MAIL, 0, ("no via", "pickup")),
    ([f"from Pickup by a.example with Microsoft SMTP Server id {OLD}"], MAIL, 0, ("pickup",)),
    (
        [smtp("desk (192.168.7.20)", A, OLD)],
        MAIL,
        0,
        ("foreign client", "first of all", "private peer", "TLS from outside"),
    ),
    *(
        (
            [smtp(MX, A)],
            AUTHENTICATED.format("a.Corp.example.com", judgement),
            0,
            ("no via", "foreign client", "first of all", f"{judgement.lower()} sender", "TLS from outside"),
        )
        for judgement in ("Internal", "Anonymous")
    ),
    (
        [smtp(MX, A)],
        AUTHENTICATED.format("b.corp.example.com", "Internal"),
        0,
        ("no via", "foreign client", "first of all", "TLS from outside"),
    ),
    (
        [smtp(MX, A)],
        AUTHENTICATED.format("a.corp.example.com", "Partner"),
        0,
        ("no via", "foreign client", "first of all", "TLS from outside"),
    ),
    (
        [smtp(MX, A), smtp(A, "gw.example.net (10.0.0.7)")],
        MAIL,
        1,
        ("no via", "other domain than its peer", "TLS"),
    ),
    ([smtp(MX, A), smtp(B, "gw.example.net (10.0.0.7)")], MAIL, 1, ("no via", "TLS")),
    (
        [f"{smtp(MX, A)} via Frontend Transport", smtp(A, "A.corp.example.com (10.0.0.8)")],
        MAIL,
        1,
        ("no via", "TLS", "server inside"),
    ),
    (
        [f"{smtp(MX, A)} via Frontend Transport", smtp(A, "x.corp.example.com (10.0.0.1)")],
        MAIL,
        1,
        ("no via", "TLS", "server inside"),
    ),
    ([f"{smtp(MX, A)} via Frontend Transport", smtp(A, B, MASKED)], MAIL, 1, ("no build", "no via", "TLS")),
    ([smtp(MX, A, OLD), smtp(A, B, MASKED)], MAIL, 1, ("no build", "TLS")),
    (
        [smtp(MX, A, PREVIEW)],
        MEASURED.format("FE"),
        0,
        ("before SP1", "foreign client", "first of all", "TLS from outside", "measured front end"),
    ),
    (
        [smtp(MX, A, PREVIEW)],
        MEASURED.format("HUB"),
        0,
        ("before SP1", "foreign client", "first of all", "TLS from outside", "measured hub"),
    ),
    (
        [smtp(MX, A), SHADOW],
        MAIL,
        0,
        ("no via", "foreign client", "first of all", "TLS from outside", "shadow copy"),
    ),
]


def expected(signs: tuple[str, ...], generation: str) -> dict[Service, float]:
    """Likelihoods of the services of a generation from the table."""
    factors = {(row["sign"], row["service"]): float(row["likelihood"]) for row in table("received_evidence")}
    services = [
        service
        for service in pipeline.services_with_header(generation)
        if service not in {Service.MAPI_SUBMISSION, Service.HTTP_SUBMISSION, Service.ONLINE_DELIVERY}
    ]
    likelihood = {service: prod(factors.get((sign, service), 1.0) for sign in signs) for service in services}
    return {service: factor for service, factor in likelihood.items() if factor}


@pytest.mark.parametrize(("stamps", "headers", "index", "signs"), SIGNS)
def test_signs(stamps: list[str], headers: str, index: int, signs: tuple[str, ...]) -> None:
    point = points(stamps, headers)[index]
    assert point.mark is None
    assert point.generation is not None
    assert point.likelihood == pytest.approx(expected(signs, point.generation))


@pytest.mark.parametrize("sign", sorted({row["sign"] for row in table("received_evidence")}))
def test_every_sign_has_a_case(sign: str) -> None:
    assert any(sign in signs for *_, signs in SIGNS)


def test_every_sign_of_a_case_is_in_the_table() -> None:
    assert {sign for *_, signs in SIGNS for sign in signs} == {row["sign"] for row in table("received_evidence")}


def test_reasons_are_those_of_the_signs() -> None:
    (point,) = points([smtp(MX, A)], PROXIED)
    assert point.reasons[Service.TRANSPORT] == (
        "no `via`, which this build writes for Front End Transport and Mailbox Transport",
        (
            "X-ClientProxiedBy names this server: an authenticated client connected through Front End Transport, "
            "which then adds no Received field"
        ),
    )


ONLINE = "AM9PR07MB7891.eurprd07.prod.outlook.com (2603:10a6::14)"
# Mark, generations (as in the table), a Received field with the mark.
MARKS = [
    ("with mapi", "any", f"from {A} by {A} with mapi id 15.01.2507.039"),
    ("with mapi", "any", f"from {A} by {B} with mapi id 14.03.0496.000"),
    ("with mapi, no id", "any", f"from {A} by {B} with mapi"),
    ("with mapi, two servers", "2013 2016 2019 SE", f"from {A} by {B} with mapi id 15.01.2507.039"),
    ("via Frontend Transport", "any", smtp(MX, A) + " via Frontend Transport"),
    ("via Mailbox Transport", "any", smtp(A, A) + " via Mailbox Transport"),
    ("with HTTPS", "any", f"from {ONLINE} by {ONLINE} with HTTPS via X.prod.outlook.com"),
    ("with HTTP", "any", f"from substrate.office.com (::1) by {ONLINE} with HTTP via X.prod.outlook.com"),
    ("with ShadowRedundancy", "2010", f"from {A} by {A} with ShadowRedundancy id {OLD}"),
    ("with ShadowRedundancy", "any", SHADOW),
    ("with ShadowRedundancy", "any", f"from {A} by {A} with ShadowRedundancy id"),
    (
        "with TransportReplication",
        "any",
        f"from {ONLINE} by {ONLINE} with TransportReplication id Version 15.20 (Build 7362.27)",
    ),
    (
        "with MailboxResubmission",
        "any",
        f"from {ONLINE} by {ONLINE} with MailboxResubmission by AntispamTT id 15.20.1.2",
    ),
]


@pytest.mark.parametrize(("mark", "generations", "stamp"), MARKS)
def test_marks(mark: str, generations: str, stamp: str) -> None:
    (row,) = (r for r in table("received_marks") if (r["mark"], r["generations"]) == (mark, generations))
    (point,) = points([stamp])
    assert point.mark is not None
    assert point.reasons == {Service(row["service"]): (row["reason"],)}
    assert point.likelihood == (
        {Service(row["service"]): float(row["probability"])} if row["probability"] != "0" else {}
    )
    label = hopscope.read(f"Received: {stamp}; Wed, 8 Mar 2017 11:15:00 +0100\n\n").hops[0].label
    assert (label.service, label.confidence) == (Service(row["service"]), float(row["probability"]))
    assert label.evidence == (row["reason"],)


@pytest.mark.parametrize("row", table("received_marks"), ids=lambda row: f"{row['mark']} {row['generations']}")
def test_every_mark_has_a_case(row: dict[str, str]) -> None:
    assert (row["mark"], row["generations"]) in [(mark, generations) for mark, generations, _ in MARKS]


def test_an_implied_service_missing_in_the_generation() -> None:
    (point,) = points([f"from {A} by {A} with ShadowRedundancy id 8.3.106.1"])
    assert point.mark is None
    assert set(point.likelihood) == {Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT}


@pytest.mark.parametrize("stamp", [smtp(A, B, "6.5.7638.1"), smtp(A, B, "xx.1.18xx.3"), smtp(A, "b.bigfish.com", OLD)])
def test_no_service_of_an_unknown_generation(stamp: str) -> None:
    (point,) = points([stamp])
    assert (point.generation, point.likelihood) == (None, {})


@pytest.mark.parametrize(
    ("server", "sender", "linked"),
    [
        pytest.param("a.example (10.0.0.1)", "a.example (10.0.0.1)", True, id="same name and address"),
        pytest.param("a.example (10.0.0.1)", "A.EXAMPLE (10.0.0.9)", True, id="same name, other letter case"),
        pytest.param("a (10.0.0.1)", "a.example (10.0.0.9)", True, id="short name"),
        pytest.param("mail.example (10.0.0.1)", "a.example (10.0.0.1)", True, id="same address"),
        pytest.param("mail.example (10.0.0.1)", "a.example (10.0.0.9)", False, id="neither"),
        pytest.param("a.example", "a.example.org", False, id="a longer name that is no host of it"),
        pytest.param("a.example", "b.example", False, id="no addresses"),
        pytest.param("a.example (10.0.0.1)", "(10.0.0.1)", True, id="no name, same address"),
    ],
)
def test_linked(server: str, sender: str, *, linked: bool) -> None:
    first, second = points([smtp(MX, server), smtp(sender, B)])
    assert first.linked is None
    assert second.linked is linked


def test_not_linked_without_a_from_clause() -> None:
    assert points([smtp(MX, A), f"by {B} with Microsoft SMTP Server id {NEW}"])[1].linked is False


def test_runs_end_at_other_systems() -> None:
    stamps = [smtp(MX, A), smtp(A, B), POSTFIX, smtp(MX, C)]
    text = "".join(f"Received: {stamp}; Wed, 8 Mar 2017 11:15:00 +0100\n" for stamp in reversed(stamps))
    numbers = [
        ([hop.number for hop in run], after and after.number) for run, _, after in runs_of(hopscope.read(text + "\n"))
    ]
    assert numbers == [([1, 2], 3), ([4], None)]


def test_no_run_without_exchange() -> None:
    assert (runs_of(hopscope.read(f"Received: {POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100\n\n"))) == []
    assert (runs_of(hopscope.read("Subject: nothing\n\n"))) == []
