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


@pytest.mark.parametrize(("route", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_scenarios(route: Route, expected: list[tuple[int, int, Scenario]]) -> None:
    assert [(each.first, each.last, each.scenario) for each in MessageContext(route=route).passages] == expected
    assert hopscope.analyze(route).scenario is (expected[-1][2] if expected else Scenario.NOT_EXCHANGE)


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
            usual = ("consumer mailboxes", "Transport on another server")
            assert [each for each in passage.deviations if not any(words in each for words in usual)] == []


def test_one_additional_server() -> None:
    passage = only(message(smtp(MX, CA1, via=FE), smtp(CA1, MB1), smtp(MB1, MB2), smtp(MB2, MB2, via=MBX)))
    assert passage.documented_path == ("Front End Transport", "Transport", "Mailbox Transport")
    (deviation,) = passage.deviations
    more = f"Hop 3 (Transport on {MB2}) is not in the documented mail flow"
    where = "another DAG, Active Directory site or forest, a hub site or an expansion server"
    assert deviation == f"{more}: Transport sends to Transport on another server ({where})."


def test_shadow_copy_taken_over_adds_two_received_fields() -> None:
    x, y = "AM9PR07MB7891.eurprd07.prod.outlook.com", "AS8PR07MB7654.eurprd07.prod.outlook.com"
    replica = f"from {x} (::1) by {x} (::1) with TransportReplication id Version 15.20 (Build 7362.27)"
    passage = only(
        message(
            f"from {y} ([::1]) by {y} ([::1]) with mapi id 15.20.7362.27", replica, smtp(y, x, "15.20.7362.27"), POSTFIX
        )
    )
    (deviation,) = passage.deviations
    assert deviation.endswith(": it resubmitted its shadow copy, which adds a second Received field.")


def test_several_additional_servers() -> None:
    hubs = [smtp(f"h{i}.contoso.example", f"h{i + 1}.contoso.example", V2010) for i in range(1, 4)]
    passage = only(message(mapi(MB1, "h1.contoso.example", P2010), *hubs))
    (deviation,) = passage.deviations
    more = "Hops 3 to 4 (Hub Transport) are not in the documented mail flow"
    where = "a recipient in another Active Directory site"
    assert deviation == f"{more}: Hub Transport sends to Hub Transport in another site ({where})."


def test_a_missing_received_field() -> None:
    passage = only(message(smtp(MX, CA1, via=FE), smtp(CA1, MB1, via=MBX)))
    assert passage.deviations == ("Documented mail flow also passes Transport, which has no Received field here.",)


def test_an_unknown_scenario_has_no_documented_mail_flow() -> None:
    passage = only(message(mapi(MB1), smtp(MB1, MB2)))
    assert (passage.confidence, passage.documented_path, passage.deviations) == (0, (), ())


def test_evidence_for_an_outbound_proxy() -> None:
    sure = only(message(mapi(MB1), smtp(MB1, MB2), foreign(MB2)))
    told_by_name = only(message(mapi(MB1), smtp(MB1, MB2), foreign(CA1)))
    assert told_by_name.confidence < sure.confidence


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
