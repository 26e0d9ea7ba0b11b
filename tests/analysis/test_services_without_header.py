"""Services without a Received field: the evidence for them, and their position."""

import inspect

import pytest
from msgspec.structs import replace

from hopscope.analysis import services_without_header as module
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.services_without_header import RULES, services_without_header
from hopscope.model import DeliveryAction, DeliveryStatus, Route, Service, ServiceWithoutHeader

from .messages import FE, MBX, POSTFIX, mapi, message, smtp

MB1, MB2, CA1, EDGE = (f"{name}.contoso.example" for name in ("mb1", "mb2", "ca1", "edge"))
CLIENT = "[192.0.2.7]"
PROXIED = f"X-ClientProxiedBy: {CA1.upper()} (10.0.0.9) To {MB1} (10.0.0.1)\n"
TOTAL_FE = "X-MS-Exchange-Organization-MessageLatency: SRV={}:TOTAL-FE=0.014|SMR=0.012(SMRPI=0.01)|SMS=0.005\n"
ONLINE, OTHER_ONLINE = "AM9PR07MB7891.eurprd07.prod.outlook.com", "AS8PR07MB7654.eurprd07.prod.outlook.com"
POOL = "mail-eopbgr70041.outbound.protection.outlook.com"
SHADOW = f"from {MB2} (10.0.0.2) by {MB2} (10.0.0.2) with ShadowRedundancy id 15.1.2507.39"


def foreign(peer: str) -> str:
    return f"from {peer} (unknown [198.51.100.1]) by mx.example.net (Postfix) with ESMTP id A1"


def reported(route: Route, server: str | None, action: DeliveryAction = DeliveryAction.FAILED) -> Route:
    """The route with the status of a report that a server generated."""
    return replace(route, delivery_status=(DeliveryStatus(action=action, reporting_mta=server),))


# Rule, message, and its result: position, name, server, certainty. None: no result.
CASES: dict[str, list[tuple[str, Route, tuple[int, str, str | None, bool] | None]]] = {
    "client_front_end": [
        (
            "X-ClientProxiedBy",
            message(smtp(CLIENT, MB1), smtp(MB1, MB1, via=MBX), headers=PROXIED),
            (0, "Front End Transport", CA1.upper(), True),
        ),
        (
            "behind other systems",
            message(POSTFIX, smtp(CLIENT, MB1.upper()), headers=PROXIED),
            (1, "Front End Transport", CA1.upper(), True),
        ),
        ("it stamped", message(smtp(CLIENT, CA1, via=FE), smtp(CA1, MB1), headers=PROXIED), None),
        ("of a server that did not stamp", message(smtp(CLIENT, MB2), headers=PROXIED), None),
        ("no client", message(smtp(CLIENT, MB1)), None),
    ],
    "measured_front_end": [
        (
            "TOTAL-FE",
            message(POSTFIX, smtp(CA1, MB1), headers=TOTAL_FE.format(CA1)),
            (1, "Front End Transport", CA1, True),
        ),
        (
            "of a server that no stamp names",
            message(mapi(MB1), smtp(MB1, MB1), headers=TOTAL_FE.format(CA1)),
            (0, "Front End Transport", CA1, True),
        ),
        ("it stamped", message(smtp(CLIENT, CA1, via=FE), smtp(CA1, MB1), headers=TOTAL_FE.format(CA1)), None),
        ("TOTAL-HUB", message(smtp(CA1, MB1), headers=TOTAL_FE.format(MB1).replace("FE", "HUB")), None),
        ("no Exchange", message(headers=TOTAL_FE.format(CA1)), (0, "Front End Transport", CA1, True)),
    ],
    "hub_of_store_driver": [
        (
            "2010, sent on",
            message(mapi(MB1, CA1, "14.03.0496.000"), POSTFIX),
            (1, "Hub Transport", CA1, True),
        ),
        ("2010, delivered", message(mapi(MB1, CA1, "14.03.0496.000")), (1, "Hub Transport", CA1, True)),
        (
            "2010, another hub",
            message(mapi(MB1, CA1, "14.03.0496.000"), smtp(CA1, MB2, "14.3.496.0")),
            None,
        ),
        ("2007, which prints no build", message(f"from {MB1} by {CA1} with mapi"), (1, "Hub Transport", CA1, True)),
        ("2013", message(mapi(MB1, build="15.00.1497.002"), POSTFIX), None),
    ],
    "primary_copy": [
        (
            "taken over",
            message(smtp(CLIENT, CA1, via=FE), smtp(MB1, MB2), SHADOW),
            (1, "Transport", MB1, True),
        ),
        ("of its own copy", message(smtp(MB2, MB2), SHADOW), None),
        ("of another server", message(smtp(CA1, MB1), SHADOW), None),
        ("no take-over", message(smtp(MB1, MB2), smtp(MB2, MB2)), None),
    ],
    "outbound_proxy": [
        (
            "a server that X-ClientProxiedBy names",
            message(smtp(CLIENT, MB1), foreign(CA1), headers=PROXIED),
            (1, "Front End Transport", CA1, True),
        ),
        (
            "another server of the domain",
            message(mapi(MB1), smtp(MB1, MB1), foreign(CA1)),
            (2, "Front End Transport", CA1, False),
        ),
        ("the name of a service", message(mapi(MB1), smtp(MB1, MB1), foreign("mail2.contoso.example")), None),
        ("another domain", message(mapi(MB1), smtp(MB1, MB1), foreign("smtp.fabrikam.example")), None),
        ("a name without a domain", message(mapi(MB1), smtp(MB1, MB1), foreign("unknown")), None),
        ("the same server", message(mapi(MB1), smtp(MB1, MB1), foreign(MB1)), None),
        ("2010 has none", message(smtp(CLIENT, MB1, "14.3.496.0"), foreign(CA1)), None),
        ("to Transport", message(mapi(MB1), smtp(MB1, MB1), smtp(CA1, MB2)), None),
        ("Edge Transport stamps", message(mapi(MB1), smtp(MB1, MB1), smtp(MB1, EDGE, "14.3.496.0"), POSTFIX), None),
    ],
    "outbound_pool": [
        (
            "to another system",
            message(mapi(ONLINE, build="15.20.7181.018"), smtp(ONLINE, OTHER_ONLINE, "15.20.7181.15"), foreign(POOL)),
            (2, "outbound pool", POOL, True),
        ),
        (
            "verified name",
            message(
                smtp(ONLINE, OTHER_ONLINE, "15.20.7181.15"),
                f"from EUR05.example ({POOL.upper()} [192.0.2.1]) by mx.example.net (Postfix) with ESMTP id A1",
            ),
            (1, "outbound pool", POOL, True),
        ),
        ("not from Exchange Online", message(smtp(CLIENT, MB1), foreign(POOL)), None),
        ("another peer", message(smtp(ONLINE, OTHER_ONLINE, "15.20.7181.15"), foreign(CA1)), None),
    ],
    "store_driver": [
        (
            "delivered, with Return-Path",
            message(smtp(CLIENT, MB1, "14.3.496.0"), headers="Return-Path: <a@contoso.example>\n"),
            (1, "store driver", MB1, True),
        ),
        (
            "delivered, with EndToEndLatency",
            message(mapi(MB1, CA1, "14.03.0496.000"), headers="X-MS-Exchange-Transport-EndToEndLatency: 00:00:01.5\n"),
            (1, "store driver", CA1, True),
        ),
        ("delivered or returned", message(smtp(CLIENT, MB1, "14.3.496.0")), (1, "store driver", MB1, False)),
        ("one server", message(mapi(MB1, CA1, "14.03.0496.000")), (1, "store driver", CA1, False)),
        ("2007", message(smtp(CLIENT, MB1, "8.3.106.1")), (1, "store driver", MB1, False)),
        ("2007, which prints no build", message(f"from {MB1} by {CA1} with mapi"), (1, "store driver", CA1, False)),
        ("it left", message(smtp(CLIENT, MB1, "14.3.496.0"), POSTFIX), None),
        ("2013", message(mapi(MB1), smtp(MB1, MB1), smtp(MB1, MB1, via=MBX)), None),
        ("no hops", message(), None),
        ("not delivered", reported(message(smtp(CLIENT, MB1, "14.3.496.0")), MB1), None),
    ],
    "reporting_server": [
        (
            "of another organisation",
            reported(message(smtp(CLIENT, MB1)), "mx.example.net"),
            (1, "reporting server", "mx.example.net", True),
        ),
        (
            "of the same domain, so perhaps another name",
            reported(message(smtp(CLIENT, MB1)), MB2),
            (1, "reporting server", MB2, False),
        ),
        ("the last server", reported(message(smtp(CLIENT, MB1)), MB1.upper()), None),
        ("unknown", reported(message(smtp(CLIENT, MB1)), None), None),
        ("delivered", reported(message(smtp(CLIENT, MB1)), MB2, DeliveryAction.DELIVERED), None),
    ],
}


@pytest.mark.parametrize(
    ("rule", "route", "expected"),
    [pytest.param(rule, *case[1:], id=f"{rule}: {case[0]}") for rule, cases in CASES.items() for case in cases],
)
def test_rule(rule: str, route: Route, expected: tuple[int, str, str | None, bool] | None) -> None:
    found = list(getattr(module, rule)(IndexedRoute(route=route)))
    assert [(one.after, one.name, one.server, one.certain) for one in found] == ([expected] if expected else [])


def test_every_rule_is_listed_and_has_a_positive_and_a_negative_case() -> None:
    assert [rule.__name__ for rule in RULES] == list(CASES)
    for cases in CASES.values():
        assert {expected is None for _, _, expected in cases} == {True, False}


def everything() -> list[ServiceWithoutHeader]:
    return [
        one
        for cases in CASES.values()
        for _, route, _ in cases
        for one in services_without_header(IndexedRoute(route=route))
    ]


def test_evidence_reads_as_the_end_of_a_sentence() -> None:
    for one in everything():
        assert not one.evidence.endswith(".")
        assert "None" not in one.evidence


def test_services_have_the_names_of_their_records() -> None:
    for one in everything():
        assert one.name == one.service if one.service else one.name not in set(Service)


def test_services_are_in_path_order() -> None:
    route = message(smtp(CLIENT, MB1), foreign(CA1), headers=PROXIED)
    assert [(one.after, one.server) for one in services_without_header(IndexedRoute(route=route))] == [
        (0, CA1.upper()),
        (1, CA1),
    ]


def test_rules_have_a_docstring() -> None:
    assert all(inspect.getdoc(rule) for rule in RULES)
