"""The indexed route: marks, client sessions and measured services."""

from pathlib import Path

import pytest

import hopscope
from hopscope.analysis.analyze import analyze
from hopscope.analysis.indexed_route import RESTARTS, IndexedRoute
from hopscope.classifier import label, latency
from hopscope.classifier.dialects import exchange
from hopscope.model import Route
from hopscope.parser import parse, stamp
from tests.corpora import blocks

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


def test_the_index_equals_a_scan_of_the_route(route: Route, samples: Path) -> None:
    routes = [route, *(hopscope.read(path.read_bytes()) for path in sorted(samples.rglob("*.eml"))), Route()]
    assert IndexedRoute(route=route).client_proxies
    assert IndexedRoute(route=route).measured
    for each in routes:
        index = IndexedRoute(route=each)
        assert index.marks == tuple(exchange.read(hop.stamp) for hop in each.hops)
        assert index.client_proxies == exchange.client_proxies(each)
        assert index.latencies == latency.read(each)
        assert index.measured == exchange.measured(each)
        assert [hop for hop, mark in zip(each.hops, index.marks, strict=True) if mark and hop.time] == [*index.entries]


def test_a_copy_is_parsed_as_a_received_field(route: Route) -> None:
    index = IndexedRoute(route=route)
    for field in route.named("X-Received"):
        assert index.copy(field) == stamp.by_lexer(field)


def test_fields_between_hops_are_oldest_first(route: Route) -> None:
    between = IndexedRoute(route=route).between(RESTARTS | {"x-received"})
    assert [(below, field.line) for below, field in between] == [(1, 5), (1, 4), (1, 3)]


def test_results_are_computed_once_per_message(route: Route) -> None:
    one, equal = IndexedRoute(route=route), IndexedRoute(route=route)
    assert one.measured is one.measured
    assert one.measured is not equal.measured
    assert one == equal


def test_a_copy_in_a_batch_is_parsed_as_by_the_lexer() -> None:
    texts = [TEXT, *(block for block in blocks() if b"x-received" in block.lower())]
    assert len(texts) > 1
    for text in texts:
        index = IndexedRoute(route=label(parse(text, in_bulk=True)))
        for field in index.route.named("x-received"):
            assert index.copy(field) == stamp.by_lexer(field)


@pytest.mark.no_cover
def test_a_message_in_a_batch_is_analysed_like_a_single_one() -> None:
    for block in blocks():
        alone, in_bulk = (analyze(label(parse(block, in_bulk=many))) for many in (False, True))
        assert (in_bulk.findings, in_bulk.scenario) == (alone.findings, alone.scenario)
