"""What is found once for each route is what finding it anew gives."""

from pathlib import Path

import pytest

import hopscope
from hopscope.analysis.between import RESTARTS, between
from hopscope.analysis.context import client_proxies, copy, fields, latencies, marks, measured, once, tokens
from hopscope.classifier import latency
from hopscope.classifier.dialects import exchange
from hopscope.model import HeaderField, Route
from hopscope.parser import stamp

TEXT = (
    b"Delivered-To: b@example.com\n"
    b"Received: by 2002:a05:6214::1 with SMTP id a1; Wed, 8 Mar 2017 03:15:03 -0800 (PST)\n"
    b"x-received: by 10.0.0.1 with SMTP id a2; Wed, 8 Mar 2017 03:15:02 -0800 (PST)\n"
    b"X-Received: by 10.0.0.2 with SMTP id a3; Wed, 8 Mar 2017 03:15:01 -0800 (PST)\n"
    b"Delivered-To: a@example.com\n"
    b"Received: from FE.corp.example (10.0.0.1) by mb.corp.example (10.0.0.2) with Microsoft SMTP Server (TLS) id"
    b" 15.1.2507.39; Wed, 8 Mar 2017 11:15:00 +0000\n"
    b"X-ClientProxiedBy: FE.corp.example (10.0.0.1) To mb.corp.example (10.0.0.2)\n"
    b"X-MS-Exchange-Organization-MessageLatency: SRV=FE.corp.example:TOTAL-FE=0.014|SMR=0.009\n\n"
)


@pytest.fixture
def route() -> Route:
    return hopscope.read(TEXT)


def test_work_is_done_once_for_a_route_and_anew_for_another_one_that_is_equal() -> None:
    asked: list[str] = []

    @once
    def source(route: Route) -> str:
        asked.append(route.source)
        return route.source

    one, equal, other = Route(source="a"), Route(source="a"), Route(source="b")
    assert [source(each) for each in (one, one, equal, other, other, one)] == ["a", "a", "a", "b", "b", "a"]
    assert asked == ["a", "a", "b", "a"]


def test_work_that_raised_is_done_again() -> None:
    @once
    def fails(route: Route) -> str:
        raise ValueError(route.source)

    route = Route()
    for _ in range(2):
        with pytest.raises(ValueError, match="-"):
            fails(route)


def test_fields_are_those_of_the_name_in_any_case_top_to_bottom(route: Route) -> None:
    assert [field.body for field in fields(route)["delivered-to"]] == ["b@example.com", "a@example.com"]
    assert [field.name for field in fields(route)["x-received"]] == ["x-received", "X-Received"]
    assert sorted(field.line for found in fields(route).values() for field in found) == [
        field.line for field in route.headers
    ]


def test_what_is_kept_is_what_reading_gives(route: Route, samples: Path) -> None:
    routes = [route, *(hopscope.read(path.read_bytes()) for path in sorted(samples.rglob("*.eml"))), Route()]
    assert client_proxies(route)
    assert measured(route)
    for each in routes:
        assert marks(each) == tuple(exchange.read(hop.stamp) for hop in each.hops)
        assert tokens(each) == {mark.token for mark in marks(each) if mark}
        assert client_proxies(each) == exchange.client_proxies(each)
        assert latencies(each) == latency.read(each)
        assert measured(each) == exchange.measured(each)


def test_a_copy_is_read_as_a_stamp() -> None:
    field = HeaderField(name="X-Received", body="by 10.0.0.1 with SMTP id a2", line=3)
    assert copy(field) == stamp.parse(field)


def test_fields_between_hops_come_oldest_first_whatever_their_names(route: Route) -> None:
    names = RESTARTS | {"x-received"}
    found = [(below, field.line) for below, field in between(route, names)]
    assert found == [(1, 5), (1, 4), (1, 3)]
