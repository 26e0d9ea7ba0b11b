"""The types of the public API: mypy checks them, and pytest runs the same calls."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage, Message
from pathlib import Path
from typing import TYPE_CHECKING, assert_type

import hopscope
from hopscope import render

from .location_databases import database

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    def _spark(frame: DataFrame, organisation: hopscope.Organisation) -> None:
        """Only for mypy: tests/test_spark.py calls the functions."""
        summary = hopscope.spark.summarize(frame, content="raw", source="path", quick=True, organisation=organisation)
        assert_type(summary, hopscope.Summary)
        assert_type(hopscope.spark.hops(frame, content="raw", source="path", attached=True), DataFrame)


TEXT = "Received: from a.example by b.example; Wed, 8 Mar 2017 11:15:00 +0100\n\n"


def test_reading(samples: Path) -> None:
    sample = samples / "exchange-2013-internal.eml"
    for data in (TEXT, TEXT.encode(), EmailMessage(), Message()):
        assert_type(hopscope.read(data, source="x", in_bulk=True), hopscope.Route)
    assert_type(hopscope.read_file(sample), hopscope.Route)
    assert_type(hopscope.read_file(str(sample)), hopscope.Route)
    errors: list[hopscope.SourceError] = []
    routes = hopscope.messages(sample, str(samples), attached=True, on_error=errors.append)
    assert_type(routes, Iterator[hopscope.Route])
    assert len(list(routes)) > 1
    assert errors == []


def test_records() -> None:
    route = hopscope.read(TEXT)
    assert_type(route.hops, tuple[hopscope.Hop, ...])
    assert_type(route.total_delay, timedelta | None)
    assert_type(route.delivery_status, tuple[hopscope.DeliveryStatus, ...])
    (hop,) = hopscope.analyze(route).hops
    assert_type(hop, hopscope.Hop)
    assert_type(hop.service, hopscope.Service)
    assert_type(hop.server, str)
    assert_type(hop.peer, str)
    assert_type(hop.delay, timedelta | None)
    assert_type(hop.held_by, str | None)
    assert_type(hop.label, hopscope.Label)
    assert_type(hop.stamp, hopscope.Stamp)


def test_tracking_logs_and_locations(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mmdb").write_bytes(database({"203.0.113.0/24": {"country_code": "DE"}}))
    route = hopscope.read_file(samples / "exchange-2019-inbound.eml")
    errors: list[hopscope.SourceError] = []
    with (
        hopscope.open_tracking_logs(samples / "tracking", on_error=errors.append) as tracking,
        hopscope.open_locations(tmp_path / "a.mmdb") as locations,
    ):
        assert_type(tracking, hopscope.TrackingIndex)
        assert_type(locations, hopscope.LocationDatabases)
        analysis = hopscope.analyze(route, tracking=tracking, locations=locations)
        events = tracking.events(message_ids=[route.message_id or ""])
        assert_type(events, tuple[hopscope.TrackingEvent, ...])
        assert_type(locations.location("203.0.113.80"), hopscope.Location | None)
    assert analysis.tracking_events == events != ()
    assert analysis.locations == {"203.0.113.80": hopscope.Location(country="DE")}
    assert errors == []


def test_analysis() -> None:
    route = hopscope.read(TEXT)
    organisation = hopscope.Organisation(domains=("b.example",))
    analysis = hopscope.analyze(route, organisation=organisation)
    assert_type(analysis, hopscope.Analysis)
    assert_type(analysis.route, hopscope.Route)
    assert_type(analysis.scenario, hopscope.Scenario)
    assert_type(analysis.passages, tuple[hopscope.Passage, ...])
    assert_type(analysis.services_without_header, tuple[hopscope.ServiceWithoutHeader, ...])
    assert_type(analysis.findings, tuple[hopscope.Finding, ...])
    assert_type(hopscope.findings(route), tuple[hopscope.Finding, ...])
    assert_type(render.table([route, analysis]), str)
    assert_type(render.jsonl(iter([route])), str)


def test_checks(tmp_path: Path) -> None:
    file = tmp_path / "hopscope.toml"
    file.write_text('max_total = "1m"\n', encoding="utf-8")
    assert_type(hopscope.read_settings(file), hopscope.Settings)
    settings = hopscope.Settings(
        max_total=timedelta(minutes=1),
        fail_on=hopscope.Severity.ERROR,
        organisation=hopscope.Organisation(domains=("b.example",)),
        tls=hopscope.MinimumTls(inbound="TLS1.2"),
        path=(hopscope.PathRule(name="all", forbid=("host:b.example",)),),
        per_path=(hopscope.PerPath(glob="*.eml", values={"max_total": timedelta(hours=1)}),),
    )
    found = hopscope.check(hopscope.read(TEXT), settings)
    assert_type(found, tuple[hopscope.Finding, ...])
    assert_type(hopscope.check(hopscope.analyze(hopscope.read(TEXT))), tuple[hopscope.Finding, ...])
    assert_type(found[0].severity, hopscope.Severity)
    assert_type(found[0].severity >= settings.fail_on, bool)
    assert_type(render.sarif(found, fail_on=settings.fail_on), str)
    assert_type(render.junit([found, found]), str)
    assert_type(render.text(finding for finding in found), str)


def test_comparisons() -> None:
    route, summary = hopscope.read(TEXT), hopscope.Summary()
    assert_type(hopscope.typical([route, hopscope.analyze(route)]), hopscope.Typical | None)
    assert_type(hopscope.compare(hopscope.analyze(route), route), hopscope.Comparison)
    comparison = hopscope.compare(route, "2013")
    assert_type(comparison, hopscope.Comparison)
    assert_type(hopscope.compare(route, route).same, bool)
    difference = hopscope.compare(summary, summary)
    assert_type(difference, hopscope.Difference)
    assert_type(render.table(comparison), str)
    assert_type(render.table(difference), str)


def test_summaries() -> None:
    route = hopscope.read(TEXT)
    summary = hopscope.summarize(iter([route]), quick=True, organisation=hopscope.Organisation())
    assert_type(summary, hopscope.Summary)
    hopscope.summarize([route, hopscope.analyze(route)])
    summary.add(hopscope.analyze(route))
    text = hopscope.dumps(summary)
    assert_type(text, str)
    assert_type(hopscope.loads(text), hopscope.Summary)
    assert_type(hopscope.loads(text.encode()), hopscope.Summary)
    summary.merge(hopscope.loads(text))
    assert_type(summary.messages, int)
    assert_type(render.html(summary, title="January"), str)
    assert_type(render.svg(summary, top=3), str)
    assert_type(render.csv(summary, by=["leg"]), str)
    topology = hopscope.topology(summary, top=3)
    assert_type(topology, hopscope.Topology)
    assert_type(render.table(topology), str)
    assert_type(render.svg(topology), str)


def test_answers() -> None:
    answer = hopscope.explain("HOP101")
    assert_type(answer, hopscope.Answer)
    assert_type(render.plain(answer), str)
    redacted = hopscope.redact(hopscope.read(TEXT), key=bytes(32))
    assert_type(redacted, hopscope.Redacted)
    assert_type(redacted.text, str)
    assert_type(render.explanation(hopscope.read(TEXT), 1, width=80), str)
