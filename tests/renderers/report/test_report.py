"""The report: one page, complete, safe, and usable without a mouse."""

import base64
import hashlib
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope.analysis.analyze import analyze
from hopscope.model import Route, Service, Severity
from hopscope.renderers.report import Report, detailed, render
from hopscope.renderers.report.legs import histogram
from hopscope.renderers.report.overview import answer
from hopscope.renderers.stats.names import Names, names
from hopscope.renderers.text import rounded
from hopscope.scale.reporting import Sample, inspect
from hopscope.sources import messages
from hopscope.statistics.clock_offsets import METHOD
from hopscope.statistics.digest import Digest, HopDigest, digest
from hopscope.statistics.summary import OTHERS, FindingCount, FindingKey, Summary
from hopscope.statistics.topology import Observation, ObservationKind

from ..mail import QUEUED
from ..strategies import HOSTILE, routes, unsafe_characters

VOID = {"meta", "br", "input", "wbr"}
DAY = 86400.0
NAMING = ("aria-labelledby", "aria-describedby", "aria-controls", "for")


class Row(NamedTuple):
    """A row of a table."""

    texts: list[str]
    links: list[str]
    """The anchors that it links to."""


class Page(HTMLParser):
    """The elements and texts of a page; every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._table = ""
        self._rows: dict[str, list[Row]] = {}
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "table":
            self._table = (dict(attrs).get("class") or "").partition(" ")[0]
        if tag == "tr" and "tbody" in self._open:
            self._rows.setdefault(self._table, []).append(Row([], []))
        href = dict(attrs).get("href") or ""
        if tag == "a" and "tbody" in self._open and href != "#messages":
            self._rows[self._table][-1].links.append(href[1:])
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))
        if "tbody" in self._open and self._rows.get(self._table):
            self._rows[self._table][-1].texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def content_of(self, tag: str) -> str:
        return "".join(text for parent, text in self.texts if parent == tag)

    def rows(self, table: str) -> list["Row"]:
        """The rows of the body of a table, by its class."""
        return self._rows.get(table, [])

    @property
    def words(self) -> str:
        return " ".join("".join(text for parent, text in self.texts if parent not in {"style", "script"}).split())


def check(text: str) -> Page:
    """Check that a page loads nothing, runs only its embedded script, and is well-formed."""
    found = Page(text)
    assert text.isascii(), "no encoding of the output can make markup of a character"
    assert not unsafe_characters(found.words)
    allowed = {"script", "style", "input"}
    active = {"iframe", "object", "embed", "link", "img", "form", "base", "audio", "video", "image", "use", "frame"}
    names = [name for name, _ in found.elements]
    assert not set(names) & active
    assert {name: names.count(name) for name in ("script", "style")} == {"script": 1, "style": 1}
    assert allowed & set(names)
    keys = [attributes["id"] for _, attributes in found.elements if attributes.get("id")]
    assert len(keys) == len(set(keys))
    for _, attributes in found.elements:
        assert not [
            name for name in attributes if name.startswith("on") or name in {"src", "srcset", "style", "action"}
        ]
        href = attributes.get("href")
        assert href is None or (href[0] == "#" and href[1:] in keys)
        named = " ".join(attributes.get(name) or "" for name in NAMING).split()
        assert set(named) <= set(keys)
    own = found.content_of("style") + found.content_of("script")
    assert not re.search(r"//[a-z]|url\(|@import|\bfetch\b|XMLHttp|\bimport\b|https?:|innerHTML|\beval\b", own)
    (policy,) = [each["content"] for each in found.all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    hashes = {
        name: base64.b64encode(hashlib.sha256(found.content_of(name).encode()).digest()).decode()
        for name in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return found


def report(*shown: Route, details: int = 200, title: str = "Mail flow report") -> Report:
    summary, analyses = Summary(), [analyze(route) for route in shown]
    for each in analyses:
        summary.add(digest(each))
    detailed_messages = tuple(detailed(analysis, number) for number, analysis in enumerate(analyses[:details], 1))
    return Report(title=title, summary=summary, details=detailed_messages)


def page(report: Report) -> Page:
    return check("".join(render(report)))


def report_on(paths: Iterable[Path], details: int = 200) -> Report:
    sample = Sample()
    sample.merge(inspect([*messages(map(str, paths), None)], details=details), details)
    read = [analyze(hopscope.read(message.data, source=message.source)) for message in sample.shown()]
    shown = tuple(detailed(analysis, number) for number, analysis in enumerate(read, 1))
    return Report(title="Mail flow report", summary=sample.summary, details=shown)


@pytest.fixture
def organisation(samples: Path) -> Page:
    return page(report_on([samples / "organisation"]))


def test_the_report_shows_the_summary(samples: Path, organisation: Page) -> None:
    summary = report_on([samples / "organisation"]).summary
    told = organisation.words
    for code, severity in summary.findings:
        assert f"{severity.capitalize()} {code}" in re.sub(r"(?<=[a-z])(?=HOP)", " ", told)
    for scenario in summary.scenarios:
        assert scenario in told
    for server, facts in summary.servers.items():
        assert names(summary).host(server) in told
        assert all(build.partition("\t")[2] in told for build in facts.builds)
    assert "TLS1.0 prohibited since 2021-03 (RFC 8996)" in told
    assert f"{summary.messages} messages, received 2019-06-04 11:30 to 2024-" in told


def test_all_builds_of_exchange_online_are_counted() -> None:
    """A server names 32 builds at most, but all servers of Exchange Online are one."""
    summary = Summary()
    for number in range(50):
        build = f"15.20.{7000 + number}.{number}"
        stamp = f"from a.example by am0pr01mb{number:04}.eurprd01.prod.exchangelabs.com with Microsoft SMTP Server"
        route = hopscope.read(f"Received: {stamp} id {build}; Mon, 3 Jun 2024 18:02:35 +0000\n\n")
        summary.add(digest(analyze(route)))
        summary.add(digest(analyze(route)))
    summary.bound()
    assert "and 46 more builds: 92 hops" in page(Report(title="Online", summary=summary, details=())).words


def test_every_finding_links_to_a_message_with_it(samples: Path, organisation: Page) -> None:
    shown = report_on([samples / "organisation"])
    codes = {key: {finding.code for finding in detail.finding_keys} for detail in shown.details for key in [detail.key]}
    linked = set()
    for row in organisation.rows("found"):
        code = next(code for code in re.findall(r"HOP\d+", " ".join(row.texts)))
        for key in row.links:
            assert code in codes[key]
            linked.add(code)
    assert linked == {key.code for key in shown.summary.findings}


@pytest.mark.parametrize(
    ("sources", "shown"),
    [
        (["a/b/x.eml", "a/b/y.eml"], ["x.eml", "y.eml"]),
        (["a/b/x.mbox:1", "a/b/x.mbox:2"], ["x.mbox:1", "x.mbox:2"]),
        (["a/bc/x.eml", "a/bd/x.eml"], ["bc/x.eml", "bd/x.eml"]),
        (["C:\\mail\\x.eml", "C:\\mail\\y.eml"], ["x.eml", "y.eml"]),
        (["/x.eml", "y.eml"], ["/x.eml", "y.eml"]),
        (["mail/x.eml"], ["x.eml"]),
        (["-"], ["-"]),
    ],
)
def test_addresses_leave_out_the_common_folder(sources: list[str], shown: list[str]) -> None:
    content = report(*(replace(QUEUED, source=source) for source in sources))
    title = str(content.details[0].facts["title"])
    rows = ["".join(row.texts) for row in page(content).rows("slowest")]
    assert sorted(row.partition(title)[2].strip() for row in rows) == sorted(shown)


def test_the_slowest_messages_show_who_held_them() -> None:
    content = report(QUEUED)
    (row,) = page(content).rows("slowest")
    (slow,) = content.summary.slowest
    assert slow.held_by
    assert f"50 s {names(content.summary).within(slow.held_by)}" in " ".join(row.texts)


ONE_LEG = [("mx.example", 0.0), ("ex1.corp.example", 90.0), ("ex2.corp.example", 96.0)]


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        pytest.param([], "No messages.", id="empty"),
        pytest.param(ONE_LEG[:1], "No errors or warnings; no delays are known.", id="one hop"),
        pytest.param(
            [("mx.example", None), ("ex1.corp.example", None)],
            "No errors or warnings; no delays are known.",
            id="no dates",
        ),
        pytest.param(
            [("mx.example", 0.0), ("ex1.corp.example", 1.0)],
            "No errors or warnings; no hop took more than 1 s.",
            id="nothing lost",
        ),
        pytest.param(
            ONE_LEG[:2],
            "No errors or warnings; 1 min 29 s lost from mx.example (Transport) to ex1 (Transport).",
            id="one leg",
        ),
        pytest.param(
            ONE_LEG,
            "No errors or warnings; most time lost: 1 min 29 s of 1 min 34 s, from "
            "mx.example (Transport) to ex1 (Transport).",
            id="two legs",
        ),
    ],
)
def test_the_answer_is_one_sentence(hosts: list[tuple[str, float | None]], expected: str) -> None:
    summary = Summary()
    previous: float | None = None
    hops = []
    for host, time in hosts:
        delay = None if previous is None or time is None else time - previous
        hops.append(hop(Service.TRANSPORT, host, time, delay))
        previous = time
    if hops:
        summary.add(Digest(source="-", message_id=None, hops=tuple(hops), findings=()))
    found = page(Report(title="Answer", summary=summary))
    assert expected.replace("\u00a0", " ") in found.words.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({("HOP110", Severity.WARNING): 3}, "Warnings: long delay (HOP110) in 3 of 9 messages; "),
        (
            {("HOP402", Severity.ERROR): 1, ("HOP110", Severity.WARNING): 3},
            "Errors: mail loop (HOP402) in 1 of 9 messages; ",
        ),
        ({("HOP621", Severity.ERROR): 2}, "Errors: TLS below the minimum (HOP621) in 2 of 9 messages; "),
        ({("HOP502", Severity.INFO): 3}, "No errors or warnings in 9 messages; "),
        (
            {(f"HOP10{number}", Severity.WARNING): 9 - number for number in range(5)},
            (
                "Warnings: HOP100 in 9 of 9 messages, negative delay (HOP101) in 8, hop without a valid date (HOP102) "
                "in 7 and 2 more codes; "
            ),
        ),
    ],
)
def test_the_answer_names_the_worst_findings(counts: dict[tuple[str, Severity], int], expected: str) -> None:
    one = Summary(messages=1, findings={FindingKey("HOP110", Severity.WARNING): FindingCount(1, 1, [])})
    assert answer(one, [], Names()) == "Warnings: long delay (HOP110); no delays are known."
    summary = Summary(messages=9)
    for (code, severity), count in counts.items():
        summary.findings[FindingKey(code, severity)] = FindingCount(count, count, [])
    assert answer(summary, [], Names()).startswith(expected)


def test_every_address_is_a_link_to_its_message(samples: Path, organisation: Page) -> None:
    shown = report_on([samples / "organisation"])
    sources = {detail.key: str(detail.facts["source"]) for detail in shown.details}
    links = [link for table in ("found", "slowest") for row in organisation.rows(table) for link in row.links]
    assert set(links) == sources.keys()
    titles = {str(each["href"])[1:]: each["title"] for each in organisation.all("a") if each.get("title")}
    assert titles == sources
    commands = {text for parent, text in organisation.texts if parent == "code" and text.startswith("hopscope show ")}
    assert commands == {f"hopscope show {source}" for source in sources.values()}


def test_every_message_has_its_timing_table_and_its_timeline(samples: Path, organisation: Page) -> None:
    shown = report_on([samples / "organisation"])
    kept = [each for each in organisation.all("details") if each.get("class") == "message"]
    timelines = [each for each in organisation.all("svg") if each.get("class") == "timeline horizontal"]
    assert len(kept) == len(timelines) == len(shown.details) == 5
    assert [each["id"] for each in kept] == [f"m{number}" for number in range(1, 6)]
    for detail in shown.details:
        assert str(detail.facts["source"]) in organisation.words


def test_a_picture_of_the_topology_has_its_section() -> None:
    drawn = '<svg role="img" aria-label="Servers"><title>Servers</title></svg>'
    found = page(Report(title="t", summary=Summary(), picture=drawn))
    assert {"role": "img", "aria-label": "Servers"} in found.all("svg")
    assert "#topology" in {each.get("href") for each in found.all("a")}
    assert "Topology" not in page(Report(title="t", summary=Summary())).words


def test_observations_on_the_topology_are_below_it() -> None:
    text = "Transport@ex1.corp.example distributes 90 messages unevenly"
    observation = Observation(kind=ObservationKind.UNEVEN, nodes=(), text=text)
    found = page(
        Report(title="t", summary=slow_clock(), picture='<svg aria-hidden="true"></svg>', observations=(observation,))
    )
    assert f"Uneven shares: {text}" in found.words


def slow_clock() -> Summary:
    """Two Exchange servers, one of them 60 s behind, with messages in both directions."""
    summary = Summary()
    for each in range(20):
        start = DAY * 20_000 + 600 * each
        there = HopDigest(Service.TRANSPORT, "a.example", "Exchange Server 2016", None, start, None, 1, None)
        back = HopDigest(
            Service.MAILBOX_TRANSPORT, "b.example", "Exchange Server 2016", None, start - 59, -59.0, 1, None
        )
        other = HopDigest(Service.TRANSPORT, "a.example", "Exchange Server 2016", None, start + 2, 61.0, 1, None)
        summary.add(Digest(source=f"{each}", message_id=None, hops=(there, back, other)))
    return summary


def test_skewed_clocks_are_shown_with_their_certain_bounds() -> None:
    told = page(Report(title="Clocks", summary=slow_clock())).words
    assert METHOD in told
    assert "1 min" in told
    assert "reference" in told
    assert "as recorded and corrected" in told


def test_legs_of_skewed_clocks_have_corrected_and_raw_delays() -> None:
    legs = page(Report(title="Clocks", summary=slow_clock())).words.partition("Legs by time lost")[2]
    assert "Delays between skewed clocks are corrected (see Clocks); * is as recorded." in " ".join(legs.split())
    assert "-59 s*" in legs
    assert "1 min 1 s*" in legs
    assert "*" not in page(Report(title="Exact", summary=many(3))).words.partition("Legs by time lost")[2]


def test_a_bounded_summary_states_that_names_are_missing() -> None:
    summary = many(20)
    summary.servers[OTHERS] = summary.servers.pop("a1.example")
    summary.grouped = ["servers"]
    told = page(Report(title="Bounded", summary=summary)).words
    assert "(others)" in told
    assert "Too many names (servers)" in told


def test_the_page_is_accessible(organisation: Page) -> None:
    assert organisation.all("html") == [{"lang": "en"}]
    assert len(organisation.all("main")) == len(organisation.all("h1")) == 1
    assert len(organisation.all("caption")) == len(organisation.all("table")) > 10
    assert all(attributes.get("scope") in {"col", "row"} for attributes in organisation.all("th"))
    scrolled = [each for each in organisation.all("div") if each.get("class") == "scroll"]
    assert all(each.get("tabindex") == "0" and each.get("aria-label") for each in scrolled)
    first = organisation.all("a")[0]
    assert (first["class"], first["href"]) == ("skip", "#content")
    for each in organisation.all("svg"):
        assert each.get("aria-hidden") == "true" or (
            each.get("role") == "img" and (each.get("aria-label") or each.get("aria-labelledby"))
        )


def test_headings_skip_no_level(organisation: Page) -> None:
    levels = [int(name[1]) for name, _ in organisation.elements if re.fullmatch("h[1-6]", name)]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_search_box_is_labelled_and_announces(organisation: Page) -> None:
    (box,) = organisation.all("input")
    assert box["type"] == "search"
    assert [each["for"] for each in organisation.all("label")] == [box["id"]]
    (status,) = [each for each in organisation.all("span") if each.get("role") == "status"]
    assert status["aria-live"] == "polite"
    (whole,) = [each for each in organisation.all("div") if each.get("id") == "search-box"]
    assert "hidden" in whole, "without its script the page has no box that does nothing"


@pytest.mark.parametrize("details", [0, 1, 2])
def test_the_number_of_messages_is_limited_and_each_finding_has_one(samples: Path, details: int) -> None:
    shown = report_on([samples / "organisation"], details)
    found = page(shown)
    kept = [each for each in found.all("details") if each.get("class") == "message"]
    assert len(kept) == len(shown.details)
    assert details <= len(kept) <= 2 * details + len(shown.summary.findings)
    assert len(found.all("input")) == bool(details)


def test_an_empty_report_says_so() -> None:
    told = page(Report(title="Nothing", summary=Summary())).words
    assert "0 messages." in told
    for sentence in ("No findings.", "No leg has a known delay", "No message has a readable time", "No servers."):
        assert sentence in told
    assert "nan" not in told.lower().split()
    assert "inf" not in told.lower().split()


def hop(
    service: Service, host: str | None, time: float | None, delay: float | None, tls: str | None = None
) -> HopDigest:
    return HopDigest(service, host, "Postfix", None, time, delay, 1, tls)


def many(number: int) -> Summary:
    """Messages, each from a different host and over a different leg."""
    summary = Summary()
    for each in range(number):
        first = hop(Service.OTHER_MTA, f"a{each}.example", DAY * (20_000 + each), None, "TLS1.0")
        second = hop(Service.OTHER_MTA, f"b{each}.example", DAY * (20_000 + each) + 5, 5.0)
        summary.add(Digest(source=f"{each}", message_id=None, hops=(first, second)))
    return summary


def test_long_tables_are_cut_and_count_the_hidden_rows() -> None:
    text = "".join(render(Report(title="Many", summary=many(1000))))
    told = check(text).words
    for rest in (
        "and 785 more legs",
        "Other systems: 2,000",
        "and 1,900 more servers",
        "and 600 more days",
        "and 900 more legs",
    ):
        assert rest in told
    assert len(text) < 1_000_000


def test_a_wrong_clock_does_not_stretch_the_chart_of_days() -> None:
    summary = many(200)
    strange = hop(Service.TRANSPORT, "far", DAY * 900_000, None)
    summary.add(Digest(source="far", message_id=None, hops=(strange,)))
    found = page(Report(title="Far", summary=summary))
    assert "1 message far from these days" in found.words
    (drawn,) = [each for each in found.all("svg") if (each.get("aria-label") or "").startswith("Messages and p90 from")]
    assert (drawn["aria-label"] or "").startswith("Messages and p90 from 2024-10-04 to 2025-04-21")


def test_a_complete_table_has_no_note_of_hidden_rows() -> None:
    assert "more legs" not in page(Report(title="Few", summary=many(20))).words


def test_negative_delays_are_attributed_to_clock_skew() -> None:
    summary = Summary()
    hops = (hop(Service.TRANSPORT, "a", 100.0, None), hop(Service.TRANSPORT, "b", 60.0, -40.0))
    for source in "ab":
        summary.add(Digest(source=source, message_id=None, hops=hops))
    found = page(Report(title="Clocks", summary=summary))
    assert "2 with a negative total (clock skew)" in found.words
    assert "2 negative" in found.words
    assert [each["class"] for each in found.all("rect")].count("bar below") == 1


@pytest.mark.parametrize(
    ("totals", "drawn"),
    [
        ((-40.0,), "p50 clock skew, p90 clock skew, p99 clock skew, max clock skew"),
        ((-4056.0, -40.0, 5.0), "p50 clock skew, p90 5 s, p99 5 s, max 5 s"),
        ((5.0,), "p50 5 s, p90 5 s, p99 5 s, max 5 s"),
    ],
)
def test_the_distribution_of_totals_has_no_negative_duration(totals: tuple[float, ...], drawn: str) -> None:
    summary = Summary()
    for total in totals:
        summary.total.add(total)
    facts = histogram(summary.total)
    assert facts is not None
    assert facts["description"] == drawn
    negative = sum(total < 0 for total in totals)
    assert isinstance(facts["bars"], list)
    titles = [bar.title for bar in facts["bars"] if bar.kind == "bar below"]
    assert titles == ([f"clock skew: {negative}"] if negative else [])


def test_times_out_of_range_are_unknown() -> None:
    summary = Summary()
    summary.add(Digest(source="-", message_id=None, hops=(hop(Service.TRANSPORT, "a", 1e15, None),)))
    assert page(Report(title="Late", summary=summary)).words


@given(st.lists(routes, max_size=2), st.sampled_from(HOSTILE))
def test_hostile_text_in_the_page_runs_and_loads_nothing(shown: list[Route], title: str) -> None:
    found = page(report(*shown, title=title))
    assert len([each for each in found.all("details") if each.get("class") == "message"]) == len(shown)


@pytest.mark.parametrize("text", [*HOSTILE, "]]>", '"><script>alert(1)</script>', "</script><script>", "x" * 10_000])
def test_hostile_text_is_shown_as_text(text: str) -> None:
    from hopscope.renderers.text.escape import visible

    route = replace(QUEUED, subject=text, source=text, message_id=text)
    assert " ".join(visible(text).split()) in page(report(route, title=text)).words


def test_the_same_messages_give_the_same_page(samples: Path) -> None:
    first, second = ("".join(render(report_on([samples]))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("seconds", "text", "brief"),
    [
        (None, "–", ""),
        (0.0, "0 s", "0s"),
        (0.25, "0.25 s", "0.25s"),
        (3.0, "3 s", "3s"),
        (5.94, "6 s", "6s"),
        (3.24, "3.2 s", "3.2s"),
        (41.4, "41 s", "41s"),
        (59.9, "1 min", "1m"),
        (306.0, "5 min 6 s", "5.1m"),
        (302.5, "5 min", "5m"),
        (-99.0, "-1 min 39 s", "-1.6m"),
        (3549.0, "59 min", "59m"),
        (3570.0, "1 h", "1h"),
        (88000.0, "1 d", "1d"),
        (-13.0, "-13 s", "-13s"),
        (5400.0, "1 h 30 min", "1.5h"),
        (86400.0 * 1.5, "1 d 12 h", "1.5d"),
        (86400.0 * 1234, "1,234 d", "1,234d"),
    ],
)
def test_durations(seconds: float | None, text: str, brief: str) -> None:
    assert (rounded.duration(seconds), rounded.brief(seconds)) == (text, brief)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "0 %"),
        (0, 9, "0 %"),
        (9, 9, "100 %"),
        (1, 9999, "under 0.1 %"),
        (9999, 10000, "over 99.9 %"),
        (1, 30, "3.3 %"),
        (1, 3, "33 %"),
        (98, 100, "98.0 %"),
    ],
)
def test_shares(part: int, whole: int, text: str) -> None:
    assert rounded.share(part, whole) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (999, "999"), (1000, "1k"), (1234, "1.2k"), (12345, "12k"), (3_000_000, "3M")]
)
def test_counts_in_cells(value: int, text: str) -> None:
    assert rounded.cell(value) == text


def test_the_library_reads_what_the_report_shows(samples: Path) -> None:
    route = hopscope.read((samples / "exchange-2019-inbound.eml").read_bytes())
    assert "mailbox delivery queue of EX19-02.corp.example.com (Transport)" in page(report(route)).words
