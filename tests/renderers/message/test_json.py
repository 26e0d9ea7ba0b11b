"""JSON and JSON Lines."""

import json as json_module
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo  # noqa: TID253 - a test has no start-up time to save

import pytest
from hypothesis import given

import hopscope
from hopscope import render
from hopscope.analysis.analyze import analyze
from hopscope.model import DateTime, HeaderField, Hop, Route, Stamp
from hopscope.renderers import Style, rendered
from hopscope.renderers.schema.message import analysis_document
from hopscope.renderers.text.escape import json as kept

from ..documents import checked, validator
from ..strategies import routes, unsafe_characters

SAMPLES = Path(__file__).parents[3] / "samples"
NAMES = sorted(path.name for path in SAMPLES.glob("*.eml"))
ROUTE_KEYS = [
    "schema",
    "source",
    "message_id",
    "total_delay_seconds",
    "repairs",
    "defects",
    "hops",
    "subject",
    "findings",
    "scenario",
    "passages",
    "services_without_header",
    "time_spent",
    "notes",
    "reference_times",
    "latency",
    "clocks",
    "border",
    "delivery_status",
    "authentication",
    "signatures",
    "antispam",
    "tracking",
]
HOP_KEYS = [
    "number",
    "service",
    "confidence",
    "evidence",
    "product",
    "release",
    "build",
    "software",
    "from",
    "by",
    "via",
    "with",
    "id",
    "for",
    "tls",
    "date",
    "delay_seconds",
    "hops_covered",
    "line",
    "release_date",
    "auth",
    "held_by",
    "alternatives",
    "trust",
    "tracking",
]
MESSAGE = b"""\
Received: from b.example (u@c.example [192.0.2.7]:25) (Authenticated sender: a@b.example) by c.example ([2001:db8::1])
 (using TLSv1.2 with cipher X (256/256 bits)) with ESMTPS id 7 for <x@c.example>; Mon, 3 Jun 2024 14:02:34 -0400
Received: by b.example with SMTP; soon
Received: by a.example with SMTP; Mon, 3 Jun 2024 18:02:33 +0000
Subject: caf\xe9
Message-ID: <a@example.org>
"""


def read(name: str) -> Route:
    return hopscope.read((SAMPLES / name).read_bytes(), source=name)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param({"schema": "hopscope/3"}, "schema", id="another version"),
        pytest.param({"total_delay_seconds": "3 s"}, "total_delay_seconds", id="a delay in words"),
        pytest.param({"hops": None}, "hops", id="no hops"),
        pytest.param({"surprise": 1}, None, id="a key that is not documented, where that is forbidden"),
    ],
)
def test_the_schema_rejects_invalid_documents(change: dict[str, object], path: str | None) -> None:
    document = json_module.loads(render.json(hopscope.read(MESSAGE))) | change
    errors = [error for each in validator("message").iter_errors(document) for error in each.context or ()]
    assert any(list(error.absolute_path) == ([path] if path else []) for error in errors)


def test_keys_are_in_the_documented_order() -> None:
    document = json_module.loads(render.json(hopscope.read(MESSAGE)))
    assert list(document) == ROUTE_KEYS
    for hop in document["hops"]:
        assert list(hop) == HOP_KEYS
        assert list(hop["from"]) == ["domain", "helo", "rdns", "address", "port", "ident", "location"]
        assert list(hop["by"]) == ["domain", "address"]
    assert list(document["hops"][-1]["tls"]) == ["version", "cipher", "bits"]
    assert list(document["hops"][-1]["auth"]) == ["user", "mechanism"]


def test_unknown_is_null_and_dates_have_their_offset() -> None:
    document = checked(render.json(hopscope.read(MESSAGE, source="a.eml")))
    origin, undated, last = document["hops"]
    assert (document["source"], document["subject"], document["total_delay_seconds"]) == ("a.eml", "caf\\xe9", 1.0)
    assert (origin["date"], origin["delay_seconds"]) == ("2024-06-03T18:02:33+00:00", None)
    assert (undated["date"], undated["delay_seconds"], undated["tls"]) == (None, None, None)
    assert (last["date"], last["delay_seconds"], last["hops_covered"]) == ("2024-06-03T14:02:34-04:00", 1.0, 2)
    assert last["tls"] == {"version": "TLS1.2", "cipher": "X", "bits": 256}
    assert (last["from"]["port"], last["from"]["ident"]) == (25, "u")
    assert last["auth"] == {"user": "a@b.example", "mechanism": None}


def test_one_zone_for_all_dates() -> None:
    last = json_module.loads(render.json(hopscope.read(MESSAGE), tz=timezone(timedelta(hours=10))))["hops"][-1]
    assert last["date"] == "2024-06-04T04:02:34+10:00"


def test_a_zone_with_seconds_in_its_offset_is_shown_as_utc() -> None:
    value = datetime(1900, 6, 1, 12, tzinfo=UTC)
    stamp = Stamp(field=HeaderField(name="Received", body="", line=1), date_time=DateTime(text="", value=value))
    document = analysis_document(analyze(Route(hops=(Hop(number=1, stamp=stamp),))), ZoneInfo("Europe/Amsterdam"))
    assert document.hops[0].date == "1900-06-01T12:00:00+00:00"


def test_one_message_is_an_object_and_several_are_a_list_in_one() -> None:
    messages = [read(name) for name in NAMES[:3]]
    alone = checked("".join(rendered("json", map(analyze, messages[:1]), Style())))
    assert alone["source"] == NAMES[0]
    for count in (0, 2, 3):
        document = checked("".join(rendered("json", map(analyze, messages[:count]), Style())))
        assert list(document) == ["schema", "messages"]
        assert [route["source"] for route in document["messages"]] == NAMES[:count]
    assert checked("".join(rendered("json", map(analyze, messages[:2]), Style())))["messages"][0] == alone


def test_json_lines_are_the_same_objects_one_per_line() -> None:
    messages = [read(name) for name in NAMES[:2]]
    lines = "".join(rendered("jsonl", map(analyze, messages), Style())).splitlines()
    assert [json_module.loads(line) for line in lines] == [json_module.loads(render.json(each)) for each in messages]


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_valid(name: str) -> None:
    checked(render.json(read(name)))


@given(routes)
def test_any_route_is_valid_safe_and_keeps_its_texts(message: Route) -> None:
    shown, line = render.json(message), render.jsonl(message)
    document = checked(shown)
    assert document == json_module.loads(line)
    assert not unsafe_characters(shown + line)
    assert document["subject"] == (None if message.subject is None else kept(message.subject))
    assert [hop["with"] for hop in document["hops"]] == [
        None if hop.stamp.with_ is None else kept(hop.stamp.with_) for hop in message.hops
    ]


def test_other_clocks() -> None:
    headers = (
        b"Received: by c.test with SMTP; Sat, 30 Mar 2024 12:00:03 +0000\n"
        b"Received: by b.invalid with SMTP; Sat, 30 Mar 2024 11:58:00 +0000\n"
        b"Received: by a.example with SMTP; Sat, 30 Mar 2024 12:00:00 +0000\n"
        b"Date: Sat, 30 Mar 2024 12:00:00 +0100\n"
        b"X-MS-Exchange-Transport-EndToEndLatency: 00:00:15.2505126\n"
        b"X-MS-Exchange-Organization-MessageLatency: SRV=b:TOTAL-HUB=120.5|QDM=119(A=1);2024-03-30T11:58:00.5Z\n"
    )
    document = checked(render.json(hopscope.read(headers.replace(b"SRV=b:", b"SRV=b.invalid:")), tz=UTC))
    date, span = document["reference_times"]
    assert (date["name"], date["field"], date["line"], date["time"]) == ("Date", "Date", 4, "2024-03-30T11:00:00+00:00")
    assert (date["duration_seconds"], date["server"]) == (None, None)
    assert (span["name"], span["time"], span["duration_seconds"]) == ("EndToEndLatency", None, 15.250512)
    (measured,) = document["latency"]
    assert (measured["part"], measured["seconds"], measured["in_progress"]) == ("HUB", 120.5, False)
    assert measured["recorded_at"] == "2024-03-30T11:58:00.500000+00:00"
    assert [(each["name"], each["meaning"] is None) for each in measured["components"]] == [("QDM", False)]
    assert measured["components"][0]["components"][0]["name"] == "A"
    assert measured["main_component"]["next_hop"] == 3
    (clock,) = document["clocks"]
    assert (clock["server"], clock["hops"], clock["wrong_time_zone"]) == ("b.invalid", [2], False)
    assert (clock["min_skew_seconds"], clock["skew_seconds"], clock["max_skew_seconds"]) == (-123.0, -121.5, -120.0)
    assert clock["corrected_times"] == [
        {"hop": 2, "recorded": "2024-03-30T11:58:00+00:00", "corrected": "2024-03-30T12:00:01.500000+00:00"}
    ]
