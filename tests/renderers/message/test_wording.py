"""Durations, times and the facts of a hop in words."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

import hopscope
from hopscope.analysis.analyze import Analysis, analyze
from hopscope.model import (
    DateTime,
    Defect,
    ExtendedDomain,
    HeaderField,
    Hop,
    Label,
    Location,
    Passage,
    Route,
    Scenario,
    Service,
    ServiceWithoutHeader,
    Stamp,
    TcpInfo,
    Tls,
)
from hopscope.renderers import RENDERERS, Style, rendered
from hopscope.renderers.message import explanation, wording

from ..strategies import unsafe_characters

FIELD = HeaderField(name="Received", body="", line=1)
EAST = timezone(timedelta(hours=10))


def hop(label: Label | None = None, delay: timedelta | None = None, hops_covered: int = 1, **clauses: object) -> Hop:
    return Hop(
        number=1,
        stamp=replace(Stamp(field=FIELD), **clauses),
        delay=delay,
        hops_covered=hops_covered,
        label=label or Label(),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(timedelta(0), "0 s", id="zero"),
        pytest.param(timedelta(seconds=3), "3 s", id="seconds"),
        pytest.param(timedelta(milliseconds=500), "0.5 s", id="fraction"),
        pytest.param(timedelta(minutes=2), "2 min", id="units that are zero are left out"),
        pytest.param(timedelta(days=1, hours=2, seconds=3), "1 d 2 h 3 s", id="days"),
        pytest.param(timedelta(seconds=-5), "-5 s", id="negative"),
        pytest.param(timedelta(hours=-1, minutes=-30), "-1 h 30 min", id="negative hours"),
    ],
)
def test_duration(value: timedelta, text: str) -> None:
    assert wording.duration(value) == text


@pytest.mark.parametrize(
    ("delay", "hops_covered", "text"),
    [
        pytest.param(None, 1, "–", id="unknown is a dash, never 0"),
        pytest.param(timedelta(0), 1, "0 s", id="zero"),
        pytest.param(timedelta(seconds=3), 1, "3 s", id="positive"),
        pytest.param(timedelta(seconds=-5), 1, "-5 s", id="negative"),
        pytest.param(timedelta(seconds=20), 2, "2 hops: 20 s", id="over undated hops"),
    ],
)
def test_delay(delay: timedelta | None, hops_covered: int, text: str) -> None:
    assert wording.delay(hop(delay=delay, hops_covered=hops_covered)) == text


def date(value: datetime | None, *, zone_known: bool = True) -> DateTime:
    return DateTime(text="", value=value, zone_known=zone_known)


NOON = datetime(2012, 7, 31, 12, 0, 0, tzinfo=EAST)


@pytest.mark.parametrize(
    ("date_time", "tz", "text"),
    [
        pytest.param(None, None, "–", id="no date"),
        pytest.param(date(None), UTC, "–", id="date that cannot be read"),
        pytest.param(date(NOON), None, "2012-07-31 12:00:00 +1000", id="zone of the stamp"),
        pytest.param(date(NOON), UTC, "2012-07-31 02:00:00 +0000", id="one zone for all"),
        pytest.param(
            date(datetime(2012, 7, 31, tzinfo=UTC), zone_known=False),
            None,
            "2012-07-31 00:00:00 -0000",
            id="zone unknown",
        ),
        pytest.param(
            date(datetime(2012, 7, 31, tzinfo=UTC), zone_known=False),
            EAST,
            "2012-07-31 10:00:00 +1000",
            id="zone given",
        ),
        pytest.param(date(NOON.replace(microsecond=250_000)), None, "2012-07-31 12:00:00.250 +1000", id="milliseconds"),
        pytest.param(date(NOON.replace(microsecond=1)), None, "2012-07-31 12:00:00.000001 +1000", id="microseconds"),
    ],
)
def test_time(date_time: DateTime | None, tz: timezone | None, text: str) -> None:
    assert wording.time(hop(date_time=date_time), tz) == text


def test_peers_are_shown_by_name_or_address_or_a_dash() -> None:
    name = ExtendedDomain(domain="a.example", tcp_info=TcpInfo(address="192.0.2.1"))
    address = ExtendedDomain(tcp_info=TcpInfo(address="2001:db8::1"))
    assert wording.route_of(hop(from_domain=name, by_domain=address)) == ("a.example", "2001:db8::1")
    assert wording.route_of(hop(by_domain=ExtendedDomain())) == ("–", "–")


@pytest.mark.parametrize(
    ("clauses", "text"),
    [
        pytest.param({}, "–", id="nothing said"),
        pytest.param({"with_": "ESMTP"}, "ESMTP", id="protocol"),
        pytest.param({"with_": "ESMTPS", "tls": Tls(version="TLS1.3", cipher="X")}, "ESMTPS", id="TLS"),
        pytest.param({"with_": "SMTP", "via": "UUCP"}, "SMTP, via UUCP", id="via"),
    ],
)
def test_protocol(clauses: dict[str, object], text: str) -> None:
    assert wording.protocol(hop(**clauses)) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "version", "cipher"),
    [
        ("with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.2.1544.4", "1.2", "X"),
        ("with Microsoft SMTP Server (TLS) id 15.0.466.13", "yes", "–"),
        ("with Microsoft SMTP Server id 15.2.1544.4", "none", "–"),
        ("with mapi id 15.2.1544.4", "n/a", "–"),
        ("with HTTP; ", "n/a", "–"),
        ("with ESMTPSA id 1", "yes", "–"),
        ("with ESMTP id 1", "–", "–"),
        ("with QMQP", "–", "–"),
        ("id 1", "–", "–"),
    ],
)
def test_tls_distinguishes_none_not_smtp_and_not_recorded(field: str, version: str, cipher: str) -> None:
    (only,) = hopscope.read(f"Received: from a.example by b.example {field}; Mon, 3 Jun 2024 18:02:33 +0000\n").hops
    assert (wording.tls(only), wording.cipher(only)) == (version, cipher)


def test_generations_have_their_release_where_all_hops_share_it() -> None:
    def generations(*builds: str) -> str:
        fields = [
            f"Received: from a.example by b.example with Microsoft SMTP Server id {build}; 3 Jun 2024 18:02:33 +0000\n"
            for build in reversed(builds)
        ]
        return wording.generations(analyze(hopscope.read("".join(fields))))

    assert generations("15.2.1544.4", "15.2.1544.4") == "Exchange Server 2019 CU14"
    assert generations("15.0.1263.5", "15.2.1544.4", "15.2.1258.12") == "Exchange Server 2013 CU15 and 2019"
    assert generations("") == "Exchange of an unknown release"


def test_a_via_that_named_the_service_is_not_repeated() -> None:
    label = Label(service=Service.FRONT_END, evidence=("`via Frontend Transport` names the service",))
    assert wording.protocol(hop(label, with_="SMTP", via="Frontend Transport")) == "SMTP"


@pytest.mark.parametrize(
    ("label", "service", "product"),
    [
        pytest.param(Label(), "unknown", "–", id="unknown"),
        pytest.param(
            Label(service=Service.OTHER_MTA, software="Exim 4.96"), "other MTA", "Exim 4.96", id="other software"
        ),
        pytest.param(
            Label(service=Service.TRANSPORT, inferred=True, confidence=0.974, product="Exchange Server 2013"),
            "Transport (inferred 97 %)",
            "Exchange Server 2013",
            id="inferred",
        ),
        pytest.param(
            Label(service=Service.TRANSPORT, product="Exchange Server 2013", release="CU23", build="15.0.1497.2"),
            "Transport",
            "Exchange Server 2013 CU23 (15.0.1497.2)",
            id="build",
        ),
    ],
)
def test_label(label: Label, service: str, product: str) -> None:
    assert wording.service(label) == service
    assert wording.product(label) == product


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.0, "0 %"), (0.001, "under 1 %"), (0.5, "50 %"), (0.994, "99 %"), (0.999, "over 99 %"), (1.0, "100 %")],
)
def test_percent_is_100_only_for_certain_labels(probability: float, text: str) -> None:
    assert wording.percent(probability) == text


def route(*products: str | None, dated: bool = True) -> Route:
    hops = (
        hop(Label(product=product), date_time=date(NOON + timedelta(seconds=index)) if dated else None)
        for index, product in enumerate(products)
    )
    return Route(hops=tuple(hops))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        pytest.param(route(), "No Received field, so the path is unknown.", id="no hops"),
        pytest.param(route("A"), "1 hop, total time unknown; A", id="one hop"),
        pytest.param(route(None, "A", None, dated=False), "3 hops, total time unknown; A", id="no dates"),
        pytest.param(route("A", "A", "B"), "3 hops in 2 s; A and B", id="two products"),
        pytest.param(route("A", "B", "A", "C"), "4 hops in 3 s; A, B and C", id="three products"),
    ],
)
def test_heading(message: Route, text: str) -> None:
    assert wording.heading(analyze(message)) == text


def analysis(hops: int, *passages: Passage, services: tuple[ServiceWithoutHeader, ...] = ()) -> Analysis:
    numbered = tuple(replace(hop(), number=number) for number in range(1, hops + 1))
    made = Analysis(route=Route(hops=numbered))
    vars(made).update(passages=passages, services_without_header=services, attributed_delays=(), findings=(), notes=())
    return made


def passage(first: int, last: int, scenario: Scenario, confidence: float = 1, **more: object) -> Passage:
    return replace(Passage(first=first, last=last, scenario=scenario, confidence=confidence), **more)


def test_an_exchange_hop_without_a_product_counts_as_exchange() -> None:
    one = analysis(1, passage(1, 1, Scenario.UNKNOWN))
    assert wording.heading(one) == "1 hop, total time unknown; Exchange of an unknown release"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        pytest.param(analysis(2), "", id="no Exchange"),
        pytest.param(analysis(2, passage(1, 2, Scenario.RELAY)), "relay", id="the whole way"),
        pytest.param(analysis(3, passage(2, 3, Scenario.RELAY)), "relay (hops 2 and 3)", id="two hops"),
        pytest.param(analysis(3, passage(2, 2, Scenario.RELAY)), "relay (hop 2)", id="one hop"),
        pytest.param(
            analysis(6, passage(1, 2, Scenario.OUTBOUND_EDGE), passage(3, 5, Scenario.INBOUND_EDGE, 0.62)),
            "outbound via Edge (hops 1 and 2), then inbound via Edge, inferred 62 % (hops 3 to 5)",
            id="two passages",
        ),
        pytest.param(analysis(1, passage(1, 1, Scenario.UNKNOWN, 0)), "unknown", id="unknown"),
    ],
)
def test_scenarios(message: Analysis, text: str) -> None:
    assert wording.scenarios(message) == text


def test_services_without_header_are_shown_between_hops() -> None:
    ghosts = tuple(ServiceWithoutHeader(after=after, name=f"s{after}", evidence=f"e{after}") for after in (0, 1, 1, 2))
    way = [
        each.name if isinstance(each, ServiceWithoutHeader) else each.number
        for each in wording.hops_and_services_without_header(analysis(2, services=ghosts))
    ]
    assert way == ["s0", 1, "s1", "s1", 2, "s2"]
    assert wording.notes(analysis(2, services=ghosts[:2] + ghosts[3:]), with_defects=False) == [
        "Before hop 1, e0.",
        "Between hops 1 and 2, e1.",
        "After hop 2, e2.",
    ]


def test_uncertain_labels_are_marked() -> None:
    ghost = ServiceWithoutHeader(after=0, name="Front End Transport", evidence="x")
    assert wording.service_without_header(ghost) == "Front End Transport (no header)"
    assert wording.service_without_header(replace(ghost, certain=False)) == "Front End Transport (no header, uncertain)"


def test_a_passage_shows_its_start_and_its_differences() -> None:
    one = passage(3, 4, Scenario.RELAY, restart_reason="forwarded after delivery", deviations=("Hop 4 is more.",))
    assert wording.notes(analysis(4, one), with_defects=False) == [
        "Forwarded after delivery: a new path starts at hop 3.",
        "Hop 4 is more.",
    ]


def test_defects_are_listed_on_request() -> None:
    one = Defect(code="date-unreadable", message="no date", line=3)
    two = Defect(code="x", message="y")
    message = Route(defects=(two,), hops=(hop(defects=(one,)),))
    assert wording.defects(message) == ["y (x)", "line 3: no date (date-unreadable)"]
    assert wording.notes(analyze(message), with_defects=True)[-2:] == wording.defects(message)
    for with_defects in (False, True):
        shown, _ = wording.worst_findings(analyze(message), with_defects=with_defects)
        assert any(finding.code == "HOP302" for finding in shown) is not with_defects


REPORT = """\
Received: from ex2.a.example by ex1.a.example; Tue, 31 Jul 2012 22:00:01 +1000
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; ex1.a.example

Final-Recipient: rfc822; b@b.example
Action: failed
Status: 5.1.1

--x
Content-Type: message/rfc822

Received: from client.a.example by ex1.a.example; Tue, 31 Jul 2012 21:52:40 +1000
--x--
"""
BELOW = "Received: from a.example by b.example; Tue, 31 Jul 2012 21:52:40 +1000\n\nReceived: from b by c; 1 Jan 2012\n"


@pytest.mark.parametrize("text", [REPORT, REPORT.replace("from ex2", "from ex3 by ex2; x\nReceived: from ex2"), BELOW])
def test_unread_received_fields_are_not_listed_as_violations(text: str) -> None:
    message = hopscope.read(text)
    assert any(defect.code == "received-unread" for defect in message.defects)
    assert [finding.code for finding in analyze(message).findings if finding.code.startswith("HOP30")] == ["HOP303"]
    assert wording.defects(message) == []
    assert "violation" not in "".join(rendered("html", [analyze(message)], Style(defects=True)))


def test_a_separator_in_the_body_is_not_listed_as_a_violation() -> None:
    message = Route(defects=(Defect(code="mbox-from-line", message="body lines start with From"),), hops=(hop(),))
    assert wording.defects(message) == []
    assert "body lines start with From." in wording.notes(analyze(message), with_defects=True)


def test_total() -> None:
    assert wording.total(None) == "–"
    assert wording.total(timedelta(seconds=3)) == "3 s"


@pytest.mark.parametrize(("slow", "start"), [(5, ""), (6, "1 more finding, "), (8, "3 more findings, ")])
def test_the_worst_findings_are_shown_and_the_others_counted(slow: int, start: str) -> None:
    """Each hop an hour after the one before is a finding."""
    hours = reversed(range(slow + 1))
    stamps = (
        f"Received: from a by h{hour}.example (Postfix); Mon, 3 Jun 2024 {hour:02}:00:00 +0000\n" for hour in hours
    )
    shown, hidden = wording.worst_findings(analyze(hopscope.read("".join(stamps))), with_defects=False)
    assert len(shown) == wording.MOST_FINDINGS
    assert hidden.startswith(start)
    assert bool(hidden) is bool(start)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (("11:00:00", "11:00:02", "11:05:10"), ": 5 min 8 s held by b.example (Postfix)"),
        (("11:00:03", "11:00:01", "11:05:10"), ": up to 5 min 9 s held by b.example (Postfix); no"),
        (
            ("11:02:00", "11:00:01", "11:05:10"),
            ": up to 5 min 9 s held by b.example (Postfix); clocks differ by 1 min 59 s",
        ),
        (("11:02:00", "11:00:01", "11:03:50"), ""),
        (("11:02:00", "11:00:01", "11:02:11"), ""),
        (("11:00:00", "11:05:00", "11:00:10"), ""),
    ],
    ids=[
        "most of it",
        "longer than all of it",
        "more than the difference of the clocks",
        "half of it may be that difference",
        "little more than that difference",
        "clocks differ by minutes at the end",
    ],
)
def test_the_largest_delay_is_attributed(times: tuple[str, ...], said: str) -> None:
    hosts = ("a.example", "b.example", "c.example")
    stamps = [
        f"Received: from {peer} ({peer} [192.0.2.1]) by {host} (Postfix); Mon, 3 Jun 2024 {time} +0000\n"
        for peer, host, time in zip(("x", *hosts), hosts, times, strict=False)
    ]
    headline = wording.heading(analyze(hopscope.read("".join(reversed(stamps)))))
    assert said in headline
    assert ("held by" in headline) == bool(said)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ((0, -40), "2 hops, clock skew of at least 40 s; A"),
        ((0, 30, -4000), "3 hops, clock skew of at least 1 h 6 min 40 s; A"),
        ((None, 0, -7), "3 hops, from hop 2 to hop 3: clock skew of at least 7 s; A"),
        ((0, -172_800), "2 hops, clock skew of at least 2 d; A"),
        ((0, -259_200), "2 hops, last hop dated 3 d before the first; A"),
        ((0, None, -34_560_000, None), "4 hops, from hop 1 to hop 3: last hop dated 400 d before the first; A"),
        ((0, 0), "2 hops in 0 s; A"),
    ],
)
def test_a_negative_total_is_clock_skew_and_no_duration(seconds: tuple[int | None, ...], text: str) -> None:
    hops = (
        hop(Label(product="A"), date_time=None if second is None else date(NOON + timedelta(seconds=second)))
        for second in seconds
    )
    headline = wording.heading(analyze(Route(hops=tuple(hops))))
    assert headline == text
    assert "-" not in headline


def test_a_negative_total_is_clock_skew_where_only_the_total_is_shown() -> None:
    assert [wording.total(timedelta(seconds=seconds)) for seconds in (-259_200, -40, 0)] == [
        "last hop dated 3 d before the first",
        "clock skew of at least 40 s",
        "0 s",
    ]


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        (1, "2 hops in 5 s"),
        (2, "4 hops in 15 s"),
        (3, "6 hops in 25 s, received 3 times by ex1"),
        (5, "10 hops in 45 s, received 5 times by ex1"),
    ],
)
def test_the_answer_names_a_loop(arrivals: int, expected: str) -> None:
    ends = [("ex2", "ex1"), ("ex1", "ex2")] * arrivals
    fields = [
        f"Received: from {peer}.corp.example (10.0.0.1) by {server}.corp.example (10.0.0.2) with Microsoft SMTP Server"
        f" id 15.2.1544.4; Mon, 3 Jun 2024 18:02:{5 * number:02} +0000\n"
        for number, (peer, server) in enumerate(ends)
    ]
    analysis = hopscope.analyze(hopscope.read("".join(reversed(fields))))
    answer = wording.answer(analysis, lambda host: host.partition(".")[0])
    assert answer.partition(":")[0] == expected


LOCATED = b"""\
Received: from inside (10.0.0.5) by mb.corp.example (10.0.0.6) with SMTP; Mon, 3 Jun 2024 14:02:36 +0000
Received: from mail.shop.example (mail.shop.example [203.0.113.5]) by mx.corp.example; Mon, 3 Jun 2024 14:02:34 +0000
Received: from [198.51.100.7] by mail.shop.example with ESMTPSA; Mon, 3 Jun 2024 14:02:33 +0000

"""
PEER = Location(country="DE", as_number=64500, as_organisation="Example <Networks>")


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (PEER, "DE, AS64500 Example <Networks>"),
        (Location(country="DE"), "DE"),
        (Location(as_number=64500), "AS64500"),
        (Location(as_organisation="Example"), "Example"),
        (Location(country="DE", as_organisation="Example"), "DE, Example"),
    ],
)
def test_a_location_in_words(known: Location, words: str) -> None:
    analysis = Analysis(route=hopscope.read(LOCATED), locations={"203.0.113.5": known})
    assert wording.location(analysis, "203.0.113.5") == words
    assert wording.location(analysis, "198.51.100.7") == wording.location(analysis, None) == ""


def test_the_location_of_the_peer_stands_at_the_border_and_others_at_their_hop() -> None:
    locations = {"203.0.113.5": PEER, "198.51.100.7": Location(country="FR")}
    analysis = Analysis(route=hopscope.read(LOCATED), locations=locations)
    border = (
        "corp.example: attested from here on; peer mail.shop.example [203.0.113.5] (DE, AS64500 Example <Networks>)"
    )
    assert border in wording.borders(analysis).values()
    lines = explanation.message(analysis).splitlines()
    assert [line for line in lines if "Location" in line] == [
        "  Location of the sending system: FR",
        "  Location of the sending system: DE, AS64500 Example <Networks>",
    ]
    page = hopscope.render.html(analysis)
    assert "<dt>Location of the sending system</dt><dd>DE, AS64500 Example &lt;Networks&gt;</dd>" in page


def test_the_first_hop_has_a_border_if_its_peer_is_located() -> None:
    route = hopscope.read(LOCATED.partition(b"\n")[2].partition(b"\n")[0] + b"\n\n")
    assert wording.borders(Analysis(route=route)) == {}
    located = Analysis(route=route, locations={"203.0.113.5": PEER})
    assert list(wording.borders(located)) == [1]
    assert "unlinked" not in wording.borders(located)[1]


def test_json_has_the_location_of_each_address() -> None:
    analysis = Analysis(route=hopscope.read(LOCATED), locations={"203.0.113.5": PEER})
    hops = json.loads(hopscope.render.json(analysis))["hops"]
    expected = {"country": "DE", "as_number": 64500, "as_organisation": "Example <Networks>"}
    assert [hop["from"]["location"] for hop in hops] == [None, expected, None]


def test_the_addresses_in_results_of_spf_and_antispam_headers_have_their_location() -> None:
    spf = b"Authentication-Results: spf=pass (sender IP is 203.0.113.5)\n"
    report = b"X-Forefront-Antispam-Report: CIP:203.0.113.5;SFV:SPM\n"
    analysis = Analysis(route=hopscope.read(spf + report + LOCATED), locations={"203.0.113.5": PEER})
    shown = explanation.message(analysis)
    assert "spf=pass: (client 203.0.113.5, DE, AS64500 Example <Networks>)" in shown
    assert "CIP 203.0.113.5 (DE, AS64500 Example <Networks>): The IP address" in shown
    document = json.loads(hopscope.render.json(analysis))
    found = (document["authentication"][0]["client_location"], document["antispam"]["cip_location"])
    assert [location["country"] for location in found] == ["DE", "DE"]


@pytest.mark.parametrize("format_", RENDERERS)
def test_a_hostile_name_in_a_database_is_escaped(format_: str) -> None:
    hostile = Location(country="DE", as_organisation="\x1b[31m\u202e<b>|`\n")
    analysis = Analysis(route=hopscope.read(LOCATED), locations={"203.0.113.5": hostile})
    shown = "".join(rendered(format_, [analysis], Style()))
    assert not unsafe_characters(shown)
    assert not unsafe_characters(explanation.message(analysis))
    assert "<b>" not in shown or format_ not in {"html", "svg"}
