"""Passages through Exchange: start, scenario, documented mail flow, and differences from it."""

import gzip
import json
from pathlib import Path

import pytest

import hopscope
from hopscope.analysis import path_pattern
from hopscope.analysis.context import MessageContext
from hopscope.classifier import pipeline
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import Passage, Route, Scenario

from .messages import FE, MBX, POSTFIX, mapi, message, smtp

CORPUS = Path(__file__).parent.parent / "corpus"
MB1, MB2, CA1, EDGE, HUB1, HUB2 = (f"{name}.contoso.example" for name in ("mb1", "mb2", "ca1", "edge1", "hub1", "hub2"))
MX, CLIENT = "mx.partner.example", "[192.0.2.7]"
V2010, V2013, P2010 = "14.3.496.0", "15.0.1497.2", "14.03.0496.000"
ONLINE, PADDED = "15.20.7181.15", "15.20.7181.018"
X, Y, Z = (f"{name}.eurprd07.prod.outlook.com" for name in ("AM9PR07MB7891", "AS8PR07MB7654", "AM8PR07MB1111"))
EOP, CA = "DB5PEPF00014B8B.mail.protection.outlook.com", "DB8PR04CA0010.outlook.office365.com"
EOP_INSIDE, CA_INSIDE = "DB5PEPF00014B8B.eurprd02.prod.outlook.com", "DB8PR04CA0010.eurprd04.prod.outlook.com"
POOL = "mail-eopbgr70041.outbound.protection.outlook.com"
HTTPS = f"from {Y} (2603:10a6::1) by {Z} with HTTPS"

PROXIED = f"X-ClientProxiedBy: {CA1} (10.0.0.9) To {MB1} (10.0.0.1)\n"
ONLINE_PROXIED = f"X-ClientProxiedBy: {CA} (10.0.0.9) To {X} (10.0.0.1)\n"
HYBRID = "X-MS-Exchange-CrossTenant-FromEntityHeader: HybridOnPrem\n"
CROSS_PREMISES = "X-MS-Exchange-CrossPremises-AuthAs: Internal\n"


def foreign(peer: str) -> str:
    return f"from {peer} (unknown [198.51.100.1]) by mx.example.net (Postfix) with ESMTP id A1"


def received(sender: str, address: str, server: str, build: str, via: str = "") -> str:
    return f"from {sender} ({address}) by {server} (10.9.9.9) with Microsoft SMTP Server (TLS) id {build}{via}"


ONLINE_OUT = (mapi(X, build=PADDED), smtp(X, Y, ONLINE))
ONLINE_IN = (smtp(POOL, EOP, ONLINE, FE), smtp(EOP_INSIDE, CA, ONLINE, FE), smtp(CA_INSIDE, Y, ONLINE), HTTPS)
INBOUND = (smtp(MX, CA1, via=FE), smtp(CA1, MB1), smtp(MB1, MB1, via=MBX))

# Name, message, and the passages: first and last hop, scenario.
CASES: list[tuple[str, Route, list[tuple[int, int, Scenario]]]] = [
    (
        "2013 and later, one server",
        message(mapi(MB1), smtp(MB1, MB1), smtp(MB1, MB1, via=MBX)),
        [(1, 3, Scenario.INTERNAL_SAME)],
    ),
    (
        "2013 and later, one server, letter case",
        message(mapi(MB1), smtp(MB1, MB1.upper()), smtp(MB1, MB1.upper(), via=MBX)),
        [(1, 3, Scenario.INTERNAL_SAME)],
    ),
    (
        "2013 and later, Transport of another server",
        message(mapi(MB1), smtp(MB1, MB2), smtp(MB2, MB1, via=MBX)),
        [(1, 3, Scenario.INTERNAL_OTHER)],
    ),
    (
        "2013 and later, two servers",
        message(mapi(MB1), smtp(MB1, MB2), smtp(MB2, MB2, via=MBX)),
        [(1, 3, Scenario.INTERNAL_OTHER)],
    ),
    ("2010, one Hub Transport", message(mapi(MB1, HUB1, P2010)), [(1, 1, Scenario.INTERNAL_SAME)]),
    (
        "2010, two",
        message(mapi(MB1, HUB1, P2010), smtp(HUB1, HUB2, V2010)),
        [(1, 2, Scenario.INTERNAL_OTHER)],
    ),
    (
        "2010 to 2013",
        message(mapi(MB1, HUB1, P2010), smtp(HUB1, CA1, V2013, FE), smtp(CA1, MB2, V2013), smtp(MB2, MB2, V2013, MBX)),
        [(1, 4, Scenario.INTERNAL_OTHER)],
    ),
    (
        "2013 to 2010",
        message(mapi(MB1, build="15.00.1497.002"), smtp(MB1, MB1, V2013), smtp(MB1, HUB1, V2010)),
        [(1, 3, Scenario.INTERNAL_OTHER)],
    ),
    ("inbound", message(POSTFIX, *INBOUND), [(2, 4, Scenario.INBOUND_FRONT_END)]),
    (
        "inbound, Edge Transport",
        message(POSTFIX, smtp(MX, EDGE), smtp(EDGE, CA1, via=FE), smtp(CA1, MB1), smtp(MB1, MB1, via=MBX)),
        [(2, 5, Scenario.INBOUND_EDGE)],
    ),
    (
        "inbound, Edge Transport by a name of another domain",
        message(
            smtp(MX, "mail.fabrikam.example"), smtp("e.local", CA1, via=FE), smtp(CA1, MB1), smtp(MB1, MB1, via=MBX)
        ),
        [(1, 4, Scenario.INBOUND_EDGE)],
    ),
    ("inbound, 2010", message(POSTFIX, smtp(MX, HUB1, V2010)), [(2, 2, Scenario.INBOUND_HUB)]),
    (
        "outbound",
        message(mapi(MB1), smtp(MB1, MB2), foreign(MB2)),
        [(1, 2, Scenario.OUTBOUND_DIRECT)],
    ),
    (
        "outbound, by another server of the domain",
        message(mapi(MB1), smtp(MB1, MB2), foreign(CA1)),
        [(1, 2, Scenario.OUTBOUND_PROXY)],
    ),
    (
        "outbound, by a name that tells nothing",
        message(mapi(MB1), smtp(MB1, MB2), foreign("mail.contoso.example")),
        [(1, 2, Scenario.OUTBOUND)],
    ),
    (
        "outbound, Edge Transport of 2010",
        message(mapi(MB1), smtp(MB1, MB2), smtp(MB2, EDGE, V2010), foreign(EDGE)),
        [(1, 3, Scenario.OUTBOUND_EDGE)],
    ),
    ("outbound, 2010, one stamp", message(mapi(MB1, HUB1, P2010), foreign(HUB1)), [(1, 1, Scenario.OUTBOUND_DIRECT)]),
    (
        "outbound, 2007, which prints no build",
        message(f"from {MB1} by {HUB1} with mapi", foreign(HUB1)),
        [(1, 1, Scenario.OUTBOUND_DIRECT)],
    ),
    (
        "authenticated client, delivered",
        message(smtp(CLIENT, MB1), smtp(MB1, MB2, via=MBX), headers=PROXIED),
        [(1, 2, Scenario.CLIENT_SUBMISSION)],
    ),
    (
        "authenticated client, sent on",
        message(smtp(CLIENT, MB1), foreign(MB1), headers=PROXIED),
        [(1, 1, Scenario.CLIENT_SUBMISSION)],
    ),
    (
        "from an application in the domain",
        message(smtp("app.contoso.example", CA1, via=FE), smtp(CA1, MB1), foreign(MB1)),
        [(1, 2, Scenario.OUTBOUND_DIRECT)],
    ),
    (
        "from an application that names only its private address",
        message(received("[10.40.11.91]", "10.40.11.91", CA1, V2013, FE), smtp(CA1, MB1, V2013), foreign(MB1)),
        [(1, 2, Scenario.OUTBOUND_DIRECT)],
    ),
    (
        "from an application with a short name",
        message(received("APP01", "10.40.11.91", CA1, V2013, FE), smtp(CA1, MB1, V2013), foreign(MB1)),
        [(1, 2, Scenario.OUTBOUND_DIRECT)],
    ),
    (
        "from outside through a load balancer",
        message(received(MX, "10.40.11.91", CA1, V2013, FE), smtp(CA1, MB1, V2013), foreign(MB1)),
        [(1, 2, Scenario.RELAY)],
    ),
    ("relay", message(smtp(CLIENT, CA1, via=FE), smtp(CA1, MB1), foreign(MB1)), [(1, 2, Scenario.RELAY)]),
    (
        "from the Pickup directory, sent on",
        message(f"from Pickup by {MB1} with Microsoft SMTP Server id 15.1.2507.39", smtp(MB1, MB2), foreign(MB2)),
        [(1, 2, Scenario.OUTBOUND_DIRECT)],
    ),
    (
        "from the Pickup directory, delivered",
        message(f"from Pickup by {MB1} with Microsoft SMTP Server id 15.1.2507.39", smtp(MB1, MB1, via=MBX)),
        [(1, 2, Scenario.INTERNAL_SAME)],
    ),
    ("under way", message(mapi(MB1), smtp(MB1, MB2)), [(1, 2, Scenario.UNKNOWN)]),
    ("Exchange Online, internal", message(*ONLINE_OUT, HTTPS), [(1, 3, Scenario.ONLINE_INTERNAL)]),
    ("Exchange Online, inbound", message(POSTFIX, *ONLINE_IN), [(2, 5, Scenario.ONLINE_INBOUND)]),
    ("Exchange Online, outbound", message(*ONLINE_OUT, foreign(POOL)), [(1, 2, Scenario.ONLINE_OUTBOUND)]),
    (
        "Exchange Online, by way of another part of it",
        message(
            *ONLINE_IN[:3], smtp(Y, CA, ONLINE, FE), smtp(CA_INSIDE, X, ONLINE), f"from {X} (::1) by {Z} with HTTPS"
        ),
        [(1, 6, Scenario.ONLINE_INBOUND)],
    ),
    (
        "Exchange Online, authenticated client",
        message(smtp(CLIENT, CA, ONLINE, FE), mapi(X, build=PADDED), smtp(X, Y, ONLINE), foreign(POOL)),
        [(1, 3, Scenario.CLIENT_SUBMISSION)],
    ),
    (
        "Exchange Online, authenticated client without a stamp of the frontend",
        message(*ONLINE_OUT, foreign(POOL), headers=ONLINE_PROXIED),
        [(1, 2, Scenario.CLIENT_SUBMISSION)],
    ),
    (
        "from tenant to tenant",
        message(*ONLINE_OUT, *ONLINE_IN),
        [(1, 2, Scenario.ONLINE_OUTBOUND), (3, 6, Scenario.ONLINE_INBOUND)],
    ),
    (
        "consumer mailbox, which submits to one frontend",
        message(mapi(X, build=PADDED), smtp(X, EOP, ONLINE, FE), smtp(EOP_INSIDE, Y, ONLINE), foreign(POOL)),
        [(1, 3, Scenario.ONLINE_OUTBOUND)],
    ),
    (
        "from Exchange Online to another organisation",
        message(*ONLINE_OUT, smtp(POOL, CA1, via=FE), smtp(CA1, MB1), smtp(MB1, MB1, via=MBX)),
        [(1, 2, Scenario.ONLINE_OUTBOUND), (3, 5, Scenario.INBOUND_FRONT_END)],
    ),
    (
        "hybrid, to on-premises",
        message(*ONLINE_OUT, smtp(POOL, CA1, via=FE), smtp(CA1, MB1), smtp(MB1, MB1, via=MBX), headers=CROSS_PREMISES),
        [(1, 2, Scenario.HYBRID_IN), (3, 5, Scenario.HYBRID_IN)],
    ),
    (
        "hybrid, to Exchange Online",
        message(mapi(MB1), smtp(MB1, MB1), smtp(MB1, EOP, ONLINE, FE), *ONLINE_IN[1:], headers=HYBRID),
        [(1, 2, Scenario.HYBRID_OUT), (3, 6, Scenario.HYBRID_OUT)],
    ),
    (
        "from on-premises to Exchange Online of nobody knows whom",
        message(mapi(MB1), smtp(MB1, MB1), smtp(MB1, EOP, ONLINE, FE), *ONLINE_IN[1:]),
        [(1, 2, Scenario.OUTBOUND_DIRECT), (3, 6, Scenario.ONLINE_INBOUND)],
    ),
    (
        "delivered and forwarded",
        message(POSTFIX, *INBOUND, smtp(MB1, MB2), foreign(MB2)),
        [(2, 4, Scenario.INBOUND_FRONT_END), (5, 5, Scenario.RELAY)],
    ),
    (
        "from one organisation to another",
        message(mapi(MB1), smtp(MB1, MB1), *(stamp.replace("contoso", "fabrikam") for stamp in INBOUND)),
        [(1, 2, Scenario.OUTBOUND), (3, 5, Scenario.INBOUND_FRONT_END)],
    ),
    (
        "other systems between two passages",
        message(mapi(MB1), smtp(MB1, MB1), foreign(MB1), *INBOUND),
        [(1, 2, Scenario.OUTBOUND_DIRECT), (4, 6, Scenario.INBOUND_FRONT_END)],
    ),
    ("no Exchange", message(POSTFIX), []),
    ("nothing", message(), []),
]


TWO_ORGANISATIONS = """\
Received: from mbx.b.example (10.2.2.42) by mbx.b.example (10.2.2.42) with
 Microsoft SMTP Server (TLS) id 15.0.1367.3 via Mailbox Transport; Wed, 22 Aug 2018 15:27:59 +0300
Received: from mx.b.example (10.2.2.41) by mbx.b.example (10.2.2.42) with
 Microsoft SMTP Server (TLS) id 15.0.1367.3; Wed, 22 Aug 2018 15:27:58 +0300
Received: from hub.a.example (198.51.100.3) by mx.b.example (10.2.2.41) with
 Microsoft SMTP Server (TLS) id 15.0.1367.3 via Frontend Transport; Wed, 22 Aug 2018 15:27:57 +0300
Received: from app.a.example (10.40.11.91) by hub.a.example (10.77.11.5) with
 Microsoft SMTP Server id 14.3.319.2; Wed, 22 Aug 2018 15:27:56 +0300

"""


AT_B = (smtp("mx.b.example", "mbx.b.example", V2013), smtp("mbx.b.example", "mbx.b.example", V2013, MBX))
MX_B, HUB_A = "mx.b.example", "hub.a.example"
V2019 = "15.2.1544.4"

# Name, message, and the passages: first and last hop, scenario.
ORGANISATIONS: list[tuple[str, Route, list[tuple[int, int, Scenario]]]] = [
    (
        "2010 to 2013",
        hopscope.read(TWO_ORGANISATIONS),
        [(1, 1, Scenario.OUTBOUND_DIRECT), (2, 4, Scenario.INBOUND_FRONT_END)],
    ),
    (
        "2010 to 2013, from a mailbox",
        message(mapi("mb.a.example", HUB_A, P2010), received(HUB_A, "198.51.100.3", MX_B, V2013, FE), *AT_B),
        [(1, 1, Scenario.OUTBOUND_DIRECT), (2, 4, Scenario.INBOUND_FRONT_END)],
    ),
    (
        "2010 to 2013, from a private address",
        message(mapi("mb.a.example", HUB_A, P2010), received(HUB_A, "10.77.11.5", MX_B, V2013, FE), *AT_B),
        [(1, 1, Scenario.OUTBOUND_DIRECT), (2, 4, Scenario.INBOUND_FRONT_END)],
    ),
    (
        "2016 to 2010, IPv6",
        message(mapi(HUB_A), smtp(HUB_A, HUB_A), received(HUB_A, "2001:db8:1::3", MX_B, V2010)),
        [(1, 2, Scenario.OUTBOUND_DIRECT), (3, 3, Scenario.INBOUND_HUB)],
    ),
    (
        "2010 to 2010",
        message(mapi("mb.a.example", HUB_A, P2010), received(HUB_A, "198.51.100.3", MX_B, V2010)),
        [(1, 1, Scenario.OUTBOUND_DIRECT), (2, 2, Scenario.INBOUND_HUB)],
    ),
    (
        "one build, 2019",
        message(
            mapi(HUB_A, build="15.02.1544.004"),
            smtp(HUB_A, HUB_A, V2019),
            received(HUB_A, "198.51.100.3", MX_B, V2019, FE),
            smtp(MX_B, "mbx.b.example", V2019),
            smtp("mbx.b.example", "mbx.b.example", V2019, MBX),
        ),
        [(1, 2, Scenario.OUTBOUND_DIRECT), (3, 5, Scenario.INBOUND_FRONT_END)],
    ),
    (
        "one organisation, 2010 and 2013, in two domains of the Active Directory",
        message(mapi("mb.a.example", HUB_A, P2010), received(HUB_A, "198.51.100.3", "mx.eu.a.example", V2013, FE)),
        [(1, 2, Scenario.UNKNOWN)],
    ),
    (
        "one organisation with servers in two domains, private addresses",
        message(mapi("mb.a.example", HUB_A, P2010), received(HUB_A, "10.77.11.5", MX_B, V2010)),
        [(1, 2, Scenario.INTERNAL_OTHER)],
    ),
    (
        "one organisation whose connector has another name than its server",
        message(
            smtp(MX, "mail.contoso.example", V2010),
            received("hub1.contoso-ad.example", "10.0.0.3", "ca1.contoso-ad.example", V2013, FE),
            smtp("ca1.contoso-ad.example", "mb1.contoso-ad.example", V2013),
            smtp("mb1.contoso-ad.example", "mb1.contoso-ad.example", V2013, MBX),
        ),
        [(1, 4, Scenario.INBOUND_EDGE)],
    ),
    (
        "one organisation, a server with an internal name",
        message(
            mapi("mb.contoso.local", "hub.contoso.local", P2010),
            received("hub.contoso.local", "10.0.0.3", "mail.contoso.example", V2013, FE),
            smtp("mail.contoso.example", "mb1.contoso.local", V2013),
            smtp("mb1.contoso.local", "mb1.contoso.local", V2013, MBX),
        ),
        [(1, 4, Scenario.INTERNAL_OTHER)],
    ),
    (
        "one organisation, IPv4-mapped private address",
        message(mapi("mb.a.example", HUB_A, P2010), received(HUB_A, "::ffff:10.77.11.5", MX_B, V2010)),
        [(1, 2, Scenario.INTERNAL_OTHER)],
    ),
    (
        "to the Edge Transport server of the other one",
        message(
            mapi(HUB_A),
            smtp(HUB_A, HUB_A),
            received(HUB_A, "198.51.100.3", "edge.b.example", V2019),
            smtp("edge.b.example", MX_B, V2019, FE),
            smtp(MX_B, "mbx.b.example", V2019),
            smtp("mbx.b.example", "mbx.b.example", V2019, MBX),
        ),
        [(1, 2, Scenario.OUTBOUND_DIRECT), (3, 6, Scenario.INBOUND_EDGE)],
    ),
    (
        "one organisation, servers without a domain",
        message(mapi("MB", "HUB", P2010), received("HUB", "198.51.100.3", "MX", V2013, FE)),
        [(1, 2, Scenario.UNKNOWN)],
    ),
    (
        "Exchange Online, hosts in four domains",
        message(
            smtp(MX, EOP, ONLINE, FE),
            smtp(EOP_INSIDE, CA, ONLINE, FE),
            smtp(CA_INSIDE, "SG2PR01MB2711.apcprd01.prod.exchangelabs.com", ONLINE),
            f"from SG2PR01MB2711.apcprd01.prod.exchangelabs.com (2603:10a6::1) by {Z} with HTTPS",
        ),
        [(1, 4, Scenario.ONLINE_INBOUND)],
    ),
]


@pytest.mark.parametrize(("route", "expected"), [pytest.param(*case[1:], id=case[0]) for case in ORGANISATIONS])
def test_organisations(route: Route, expected: list[tuple[int, int, Scenario]]) -> None:
    assert [(each.first, each.last, each.scenario) for each in MessageContext(route=route).passages] == expected


@pytest.mark.parametrize(("route", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_scenarios(route: Route, expected: list[tuple[int, int, Scenario]]) -> None:
    assert [(each.first, each.last, each.scenario) for each in MessageContext(route=route).passages] == expected
    without = Scenario.NOT_EXCHANGE if route.hops else Scenario.UNKNOWN
    assert hopscope.analyze(route).scenario is (expected[-1][2] if expected else without)


def test_every_scenario_has_a_case() -> None:
    shown = {scenario for _, _, expected in CASES for _, _, scenario in expected}
    assert shown | {Scenario.NOT_EXCHANGE, Scenario.INBOUND_TRANSPORT} == set(Scenario)


def only(route: Route) -> Passage:
    (passage,) = MessageContext(route=route).passages
    return passage


def test_inbound_to_a_connector_of_transport() -> None:
    route = message(smtp(CLIENT, MB1), smtp(MB1, MB1, via=MBX))
    assert only(route).scenario is Scenario.INBOUND_TRANSPORT
    assert 0 < only(route).confidence < 1


def test_reason_for_the_start_of_a_passage() -> None:
    reasons = {each.restart_reason for _, route, _ in CASES for each in MessageContext(route=route).passages}
    assert reasons == {
        None,
        "forwarded after delivery",
        "sent from Exchange Online to an on-premises organisation",
        "sent from an on-premises organisation to Exchange Online",
        "left the organisation and entered another one, or the same one again",
    }


def test_resubmitted_message() -> None:
    route = message(*ONLINE_OUT, *ONLINE_OUT, foreign(POOL))
    assert [each.restart_reason for each in MessageContext(route=route).passages] == [None, "resubmitted"]


@pytest.mark.parametrize("route", [pytest.param(case[1], id=case[0]) for case in CASES if case[2]])
def test_documented_mail_flows_have_no_differences(route: Route) -> None:
    for passage in MessageContext(route=route).passages:
        if passage.scenario is not Scenario.UNKNOWN:
            assert passage.documented_path
            assert passage.deviations == ()


def test_an_unknown_scenario_has_no_documented_mail_flow() -> None:
    passage = only(message(mapi(MB1), smtp(MB1, MB2)))
    assert (passage.confidence, passage.documented_path, passage.deviations) == (0, (), ())


def test_evidence_for_an_outbound_proxy() -> None:
    sure = only(message(mapi(MB1), smtp(MB1, MB2), foreign(MB2)))
    told_by_name = only(message(mapi(MB1), smtp(MB1, MB2), foreign(CA1)))
    assert told_by_name.confidence < sure.confidence


@pytest.mark.no_cover  # real mail: the smaller tests measure it
def test_passages_of_real_mail_cover_each_exchange_hop_once() -> None:
    with gzip.open(CORPUS / "labelled.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            route = hopscope.read(json.loads(line)["headers"])
            held = [
                number for each in MessageContext(route=route).passages for number in range(each.first, each.last + 1)
            ]
            assert held == [hop.number for hop in route.hops if exchange.read(hop.stamp)]


def test_the_table_of_mail_flows_names_known_services() -> None:
    services = {node.name for generation in pipeline.generations() for node in pipeline.services(generation)}
    hosts = {row["name"] for row in table("hosts_without_header")}
    for row in table("scenario_paths"):
        assert Scenario(row["scenario"])
        for column in ("entered", "left"):
            assert row[column] == "any" or set(row[column].split()) <= set(pipeline.generations())
        steps = path_pattern.parse(row["path"]).steps
        assert {step.text for step in steps if not step.recorded} <= services | hosts, row


def test_every_exchange_scenario_has_a_documented_mail_flow() -> None:
    without = {Scenario.UNKNOWN, Scenario.NOT_EXCHANGE}
    assert {row["scenario"] for row in table("scenario_paths")} == set(map(str, set(Scenario) - without))
