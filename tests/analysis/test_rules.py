"""Properties of all rules about the chain of servers, the origin and the security of a message."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope.analysis.diagnosis import diagnose
from hopscope.api import findings
from hopscope.data import table
from hopscope.model import ExtendedDomain, Finding, Hop, Route, Severity
from tests.classifier.test_infer import paths, read
from tests.renderers.strategies import routes

from . import cases_authentication, cases_chain, cases_delivery, cases_origin, cases_security
from .messages import FE, POSTFIX, linked, message, smtp

CASES = (
    cases_chain.CASES | cases_delivery.CASES | cases_origin.CASES | cases_security.CASES | cases_authentication.CASES
)
SAMPLES = Path(__file__).parent.parent.parent / "samples"
A, B = "a.corp.example", "b.corp.example"


def of_these(route: Route) -> list[Finding]:
    return [finding for finding in findings(route) if finding.code in CASES]


@given(routes)
def test_findings_of_any_route_refer_to_existing_hops(route: Route) -> None:
    for finding in of_these(route):
        assert finding.hop is None or 1 <= finding.hop <= len(route.hops)


@given(paths)
def test_findings_of_any_path_refer_to_existing_hops(stamps: list[str]) -> None:
    route = read(stamps)
    for finding in of_these(route):
        assert finding.hop is None or 1 <= finding.hop <= len(route.hops)


def in_other_case(hop: Hop) -> Hop:
    """The hop with the letter case of all host names swapped."""

    def turned(domain: ExtendedDomain | None) -> ExtendedDomain | None:
        return domain and replace(domain, domain=domain.domain and domain.domain.swapcase())

    stamp = replace(hop.stamp, from_domain=turned(hop.stamp.from_domain), by_domain=turned(hop.stamp.by_domain))
    return replace(hop, stamp=stamp)


@given(st.sampled_from([route for cases in CASES.values() for _, route, _ in cases]), st.data())
def test_letter_case_of_host_names_is_ignored(route: Route, data: st.DataObject) -> None:
    # "Pickup" is not a host, and Exchange writes it in this letter case only.
    turned = [
        in_other_case(hop) if "Pickup" not in hop.stamp.field.body and data.draw(st.booleans()) else hop
        for hop in route.hops
    ]
    places = [(finding.code, finding.hop, finding.severity) for finding in of_these(route)]
    found = of_these(replace(route, hops=tuple(turned)))
    assert [(finding.code, finding.hop, finding.severity) for finding in found] == places


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.eml")), ids=lambda path: path.stem)
def test_ordinary_messages_have_no_warnings(path: Path) -> None:
    assert [each for each in of_these(hopscope.read(path.read_bytes())) if each.severity is not Severity.INFO] == []


@pytest.mark.parametrize(
    ("visits", "others", "severity"),
    [(3, 0, Severity.WARNING), (7, 0, Severity.WARNING), (8, 0, Severity.ERROR), (3, 27, Severity.ERROR)],
)
def test_a_loop_is_an_error_at_the_receive_connector_limits(visits: int, others: int, severity: Severity) -> None:
    (found,) = (
        each for each in findings(message(*[POSTFIX] * others, *[smtp(A, A, via=FE)] * visits)) if each.code == "HOP402"
    )
    assert found.severity is severity


@pytest.mark.parametrize(
    ("route", "end"),
    [
        (
            message(*[smtp(A, A, via=FE)] * 19),
            " A Receive connector accepts 8 hops of its own servers by default (MaxLocalHopCount).",
        ),
        (message(*[smtp(A, A, via=FE)] * 20), " Exchange breaks a loop after 20 iterations by default."),
        (
            message(*cases_chain.ROUND * 7, smtp(A, B, via=FE), POSTFIX),
            " It has 30 Received fields, and a Receive connector accepts 30 by default (MaxHopCount).",
        ),
        (message(*cases_chain.ROUND * 9), "or with mail resent to this server each time."),
    ],
)
def test_a_loop_names_the_limit_it_reaches(route: Route, end: str) -> None:
    (found,) = (each for each in diagnose(linked(route)) if each.code == "HOP402")
    assert found.cause
    assert found.cause.endswith(end)
    assert (found.severity is Severity.ERROR) == ("by default" in end)


@pytest.mark.parametrize(
    ("stamp", "severity"),
    [
        ("from x.example (192.0.2.9) by a.example (10.0.0.1) with Microsoft SMTP Server {} id 15.1.2507.39", "warning"),
        (
            "from x.example (192.0.2.9) by a.prod.outlook.com (10.0.0.1) with Microsoft SMTP Server {} id 15.20.1.1",
            "info",
        ),
        ("from x.example (x.example [192.0.2.9]) {} by y.example (Postfix) with ESMTPS id A1", "info"),
    ],
)
def test_old_tls_is_a_warning_at_an_on_premises_exchange_server(stamp: str, severity: str) -> None:
    route = message(f"{stamp.format('(version=TLS1_0, cipher=AES128-SHA)')}; Tue, 1 Jun 2022 10:00:00 +0200")
    (found,) = (each for each in findings(route) if each.code == "HOP503")
    assert found.severity == severity


def test_two_breaks_of_the_chain_are_one_finding() -> None:
    route = next(route for name, route, _ in cases_chain.CASES["HOP401"] if name == "two breaks")
    (found,) = (finding for finding in findings(route) if finding.code == "HOP401")
    assert found.message.startswith("Hop 3 ")
    assert found.cause
    assert "hop 2 came from b.corp.example, not from a.corp.example, the server of hop 1" in found.cause


def test_a_detour_of_a_hybrid_message_is_named() -> None:
    route = next(route for name, route, _ in cases_chain.CASES["HOP406"] if name == "through a gateway")
    (found,) = (finding for finding in findings(route) if finding.code == "HOP406")
    assert found.cause
    assert found.cause.endswith(" It passed gw.example.net (Postfix) between the two parts.")


def test_every_warning_has_a_next_step() -> None:
    found = [finding for cases in CASES.values() for _, route, _ in cases for finding in of_these(route)]
    assert all(finding.checks for finding in found if finding.severity is not Severity.INFO)


def test_tables_are_consistent() -> None:
    assert {row["name"] for row in table("hop_limits")} == {"MaxHopCount", "MaxLocalHopCount", "iterations"}
    assert {row["what"] for row in table("tls_advice")} == {"version", "cipher"}
    assert {row["verdict"] for row in table("tls_advice")} == {"prohibited", "discouraged"}
    names = [(row["what"], row["word"]) for row in table("tls_advice")]
    assert names == sorted(names, key=names.index)  # the rows of one word are consecutive
    for word in set(names):
        since = [row["since"] for row in table("tls_advice") if (row["what"], row["word"]) == word]
        assert since == sorted(since)
    products = {row["product"] for row in table("exchange_builds")}
    assert {row["product"] for row in table("exchange_support")} <= products
    software = [row["software"] for row in table("filter_gateways")]
    assert len(software) == len(set(software))


CORPUS = Path(__file__).parent.parent / "corpus"


@pytest.mark.no_cover
@pytest.mark.parametrize("name", ["labelled", "other"])
def test_real_messages_rarely_have_warnings(name: str) -> None:
    with gzip.open(CORPUS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [of_these(hopscope.read(json.loads(line)["headers"])) for line in lines]
    acted_on = [each for each in found if any(finding.severity is not Severity.INFO for finding in each)]
    told = [each for each in found if each]
    assert len(acted_on) <= len(found) / 20
    assert len(told) <= len(found) / 5


@pytest.mark.parametrize(("time", "severity"), [("12:14:59", Severity.INFO), ("12:15:00", Severity.WARNING)])
def test_a_replica_after_an_hour_is_a_warning(time: str, severity: Severity) -> None:
    online = smtp(cases_origin.ONLINE, cases_origin.ONLINE, "15.20.7362.27")
    (found,) = of_these(message(online, f"{cases_origin.REPLICA}; Wed, 8 Mar 2017 {time} +0100"))
    assert (found.code, found.severity) == ("HOP453", severity)
