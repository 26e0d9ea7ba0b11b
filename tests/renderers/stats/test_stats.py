"""The numbers of a summary in every format, for any names."""

import csv
import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hopscope.model import Service, Severity
from hopscope.renderers.schema.stats import ROWS
from hopscope.renderers.stats import FORMATS, Content, render
from hopscope.renderers.stats import difference as differing
from hopscope.renderers.stats.figures import Figures
from hopscope.renderers.stats.tables import TABLES
from hopscope.renderers.text import layout
from hopscope.statistics.before_after import before_after
from hopscope.statistics.clock_offsets import LIMITS, METHOD
from hopscope.statistics.digest import NOT_SMTP, Digest, HopDigest
from hopscope.statistics.selection import Selection, select
from hopscope.statistics.sketch import ERROR
from hopscope.statistics.summary import FindingCount, FindingKey, Summary
from tests.statistics.organisations import message, stamps_of, summary

from ..documents import checked, validator
from ..strategies import HOSTILE, unsafe_characters

NAMES = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=12) | st.just("x" * 10_000)


@st.composite
def summaries(draw: st.DrawFn) -> Summary:
    ends = st.tuples(st.sampled_from(["out", "fe", "tr", "mb"]), NAMES).map(":".join)
    ways = draw(st.lists(st.lists(ends, min_size=1, max_size=4), max_size=5))
    tls = st.none() | NAMES
    took = st.floats(-1e6, 1e6).map(lambda seconds: round(seconds, 3))
    return summary(message(*stamps_of(*each), tls=draw(tls), took=draw(took), source=draw(NAMES)) for each in ways)


@settings(max_examples=30)
@given(summaries(), st.lists(st.sampled_from(list(TABLES)), max_size=3), st.integers(0, 3))
def test_hostile_names_are_safe_in_every_format(whole: Summary, by: list[str], top: int) -> None:
    content = Content(summary=whole, by=tuple(by), top=top)
    for format_ in FORMATS:
        text = render(format_, content, width=80)
        assert not unsafe_characters(text.replace("\r\n", "\n"))
        assert text == render(format_, content, width=80)
    assert json.loads(render("json", content))["messages"] == whole.messages
    lines = list(csv.reader(io.StringIO(render("csv", Content(summary=whole, by=("leg",), top=0)))))
    assert len(lines) == 1 + len(whole.legs)
    assert len({len(line) for line in lines}) == 1


@settings(max_examples=30)
@given(summaries(), summaries())
def test_differences_are_shown_in_every_format(before: Summary, after: Summary) -> None:
    found = before_after(before, after)
    for format_ in FORMATS:
        assert not unsafe_characters(differing.render(format_, found, width=80).replace("\r\n", "\n"))
    assert checked(differing.render("json", found))["same"] is found.same


JUDGED = summary(
    [
        message(*stamps_of("out:a.example", "fe:ex1", "tr:ex1", "mb:ex2"), took=2, source="a.eml"),
        message(*stamps_of("out:a.example", "fe:ex1", "tr:ex1", "mb:ex2"), took=-3, source="b.eml", tls=None),
    ]
)


def test_skipped_tables_are_reported_and_not_shown_as_zero() -> None:
    text = render("plain", Content(summary=JUDGED))
    assert "Scenarios, findings and authentication not analysed (--quick)." in text
    assert "Findings" not in text.replace("findings", "")
    found = json.loads(render("json", Content(summary=JUDGED)))
    assert found["findings"] is None
    assert found["scenarios"] is None
    assert found["authentication"] is None


@pytest.mark.parametrize("format_", ["table", "plain", "markdown"])
@pytest.mark.parametrize("by", ["finding", "scenario"])
def test_a_skipped_table_is_not_an_empty_one(by: str, format_: str) -> None:
    text = render(format_, Content(summary=JUDGED, by=(by,)), width=80)
    assert "not analysed (--quick)\n" in text
    assert "none" not in text


def test_the_numbers_are_those_of_the_summary() -> None:
    found = json.loads(render("json", Content(summary=JUDGED, top=0)))
    leg = next(each for each in found["legs"] if each["from"] == "Transport@ex1")
    assert (leg["to"], leg["hops"], leg["delays"], leg["negative_delays"], leg["tls_unknown"]) == (
        "Mailbox Transport@ex2",
        2,
        2,
        1,
        1,
    )
    assert (leg["max_seconds"], leg["tls"]) == (2, ["TLS1.2 A (1)"])
    assert found["negative_legs"][0]["min_seconds"] == -3
    assert found["total_max_seconds"] == 6
    assert found["first"] == "2024-06-04T07:59:51+00:00"
    assert [row["total_seconds"] for row in found["slowest"]] == [6]


def dump(*ways: tuple[str, str, float]) -> Summary:
    """Messages of two hops each: from one server to the other, with the measured delay."""
    found = Summary()
    for one, other, delay in ways:
        hops = (
            HopDigest(Service.TRANSPORT, one, None, None, 0.0, None, 1, None),
            HopDigest(Service.TRANSPORT, other, None, None, delay, delay, 1, None),
        )
        found.add(Digest(source="x", message_id=None, hops=hops))
    return found


def rows_by(by: str, found: Summary) -> list[dict[str, object]]:
    document = json.loads(render("json", Content(summary=found, by=(by,), top=0)))
    rows: list[dict[str, object]] = next(value for value in document.values() if value and isinstance(value, list))
    return rows


def test_clocks_are_sorted_from_largest_skew_to_unknown() -> None:
    found = rows_by("clock", dump(("a", "b", 60), ("b", "a", -60), ("a", "c", 1), ("c", "a", 1), ("a", "d", -30)))
    assert [(row["host"], row["clock"], row["skew_seconds"], row["reference"]) for row in found] == [
        ("b", "about 1 min ahead", 60, "a"),
        ("a", "reference", 0, "a"),
        ("c", "no skew found", 0, "a"),
        ("d", "unknown", None, "a"),
    ]
    assert [row["note"] for row in found] == [
        "few messages: 1 in one direction",
        None,
        "few messages: 1 in one direction",
        "clock is at least 29 s behind a's; one-way traffic, so no estimate",
    ]


def test_clocks_state_the_method_and_its_limits() -> None:
    text = render("plain", Content(summary=dump(("a", "b", 60), ("b", "a", -60)), by=("clock",)))
    assert METHOD in text
    assert LIMITS in text


def test_legs_have_corrected_and_raw_delays() -> None:
    found = rows_by("corrected", dump(("a", "b", 63), ("a", "b", 60), ("b", "a", -60), ("a", "c", 5)))
    told = {(row["from"], row["to"]): (row["max_seconds"], row["corrected_max_seconds"]) for row in found}
    assert told == {("Transport@a", "Transport@b"): (63, 3), ("Transport@b", "Transport@a"): (-60, 0)}


def delayed(*legs: tuple[str, str, float]) -> Summary:
    """Six messages a leg with this delay."""
    return dump(*(leg for leg in legs for _ in range(6)))


SKEWED = delayed(("a", "b", 63), ("b", "a", -57), ("a", "c", 20), ("c", "a", 20), ("c", "d", 5))
"""The clock of b is a minute ahead; its delays are 3 s in both directions."""


def test_legs_are_sorted_by_corrected_delays_and_have_the_raw_ones() -> None:
    found = [row for row in rows_by("leg", SKEWED) if row["from"] != "(start)"]
    assert [(row["from"], row["to"], row["p90_seconds"], row["corrected_p90_seconds"]) for row in found] == [
        ("Transport@a", "Transport@c", pytest.approx(20, rel=ERROR), None),
        ("Transport@c", "Transport@a", pytest.approx(20, rel=ERROR), None),
        ("Transport@c", "Transport@d", pytest.approx(5, rel=ERROR), None),
        ("Transport@b", "Transport@a", pytest.approx(-57, rel=ERROR), pytest.approx(3, abs=1)),
        ("Transport@a", "Transport@b", pytest.approx(63, rel=ERROR), pytest.approx(3, abs=1)),
    ]
    assert [row["lost_seconds"] for row in found] == [pytest.approx(lost, abs=1) for lost in (114, 114, 24, 12, 12)]
    assert found[4]["corrected_total_seconds"] == pytest.approx(6 * 3)


@pytest.mark.parametrize("format_", ["plain", "markdown"])
def test_printed_legs_have_corrected_delays_with_the_raw_ones_marked(format_: str) -> None:
    text = render(format_, Content(summary=SKEWED, by=("leg",))).replace("\\*", "*").replace("`", "")
    assert "Raw p90" in text
    (row,) = (line for line in text.splitlines() if re.search(r"T a\W+T b", line))
    assert re.findall(r"3 s|1 min\*", row.partition("6")[2])[:5] == ["3 s", "3 s", "3 s", "3 s", "1 min*"]
    note = "are corrected (b's clock is 56 s to 1 min 4 s ahead; see --by clock); * is as recorded."
    assert f"Delays between skewed clocks {note}" in text
    unskewed = render(format_, Content(summary=delayed(("a", "b", 3), ("b", "a", 3)), by=("leg",)))
    assert "Raw" not in unskewed


def test_selected_legs_are_corrected_by_the_whole_dump() -> None:
    selected = select(SKEWED, Selection(legs=(("Transport@a", "Transport@b"),)))
    for by in ("leg", "corrected", "clock"):
        document = render("json", Content(summary=selected, dump=SKEWED, by=(by,)))
        *_, key = json.loads(document)
        assert json.loads(document)[key] == [row for row in rows_by(by, SKEWED) if is_selected(row)]


def is_selected(row: dict[str, object]) -> bool:
    return row.get("host") in {"a", "b"} or (row.get("from"), row.get("to")) == ("Transport@a", "Transport@b")


@pytest.mark.parametrize("by", TABLES)
def test_the_fields_of_a_row_are_the_columns_of_its_table(by: str) -> None:
    *_, key = json.loads(render("json", Content(summary=JUDGED, by=(by,))))
    assert ROWS[key].__struct_encode_fields__ == tuple(column.key for column in TABLES[by](Figures(JUDGED)).columns)


@settings(max_examples=30)
@given(whole=summaries(), by=st.lists(st.sampled_from(list(TABLES)), max_size=3), top=st.integers(0, 3))
def test_every_printed_key_is_in_the_schema(whole: Summary, by: list[str], top: int) -> None:
    checked(render("json", Content(summary=whole, by=tuple(by), top=top, filters=("Only x.",))))


@pytest.mark.parametrize("change", [{"schema": "hopscope-stats/3"}, {"messages": "1"}, {"legs": [{"from": "a"}]}])
def test_the_schema_rejects_invalid_documents(change: dict[str, object]) -> None:
    document = json.loads(render("json", Content(summary=JUDGED)))
    assert not validator("stats").is_valid(document | change)


def test_rows_beyond_the_top_are_counted() -> None:
    text = render("plain", Content(summary=JUDGED, by=("leg",), top=1))
    assert "3 more: --top 0" in text


def test_an_empty_summary_has_zero_messages() -> None:
    assert render("plain", Content(summary=Summary())).startswith("Messages  0\n")


LONG = st.sampled_from(["ex1.corp.example", "EX2", "交換機.会社.example", "x" * 250 + ".example", "a b", ""]) | NAMES


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.tuples(st.sampled_from(["out", "fe", "tr", "mapi"]), LONG), min_size=1, max_size=4)),
    st.sampled_from([80, 100, 120, 200]),
    st.sampled_from(["", *TABLES]),
)
def test_no_line_is_wider_than_the_terminal_and_each_row_is_one_line(
    paths: list[list[tuple[str, str]]], width: int, by: str
) -> None:
    dump = summary(message(*stamps_of(*(":".join(end) for end in path)), took=400) for path in paths)
    text = render("table", Content(summary=dump, by=(by,) if by else (), top=0), width=width)
    assert max(map(layout.width, text.splitlines())) <= width
    if by:
        block = text.partition("\n")[2].partition("\n\n")[0]
        rows = len(TABLES[by](Figures(dump)).rows)
        assert not rows or len(block.splitlines()) > rows


@pytest.mark.parametrize(
    ("width", "hidden"),
    [
        (200, []),
        (110, ["Negative", "Total"]),
        (100, ["TLS", "Negative", "Total"]),
        (90, ["p50", "p99", "TLS", "Negative", "Total"]),
    ],
)
def test_columns_give_way_before_names(width: int, hidden: list[str]) -> None:
    path = ("out:relay.partner.example", "fe:ex1-frontend-01.corp.example", "tr:ex1-backend-0001.corp.example")
    dump = summary(message(*stamps_of(*path), took=400) for _ in range(3))
    text = render("table", Content(summary=dump, by=("leg",)), width=width)
    assert all(name in text for name in ("ex1-frontend-01", "ex1-backend-0001", "relay.partner.example"))
    assert "…" not in text
    sentence = f"Hidden columns: {', '.join(hidden)} (use -f csv or a wider terminal)"
    assert (sentence if hidden else "") in " ".join(text.split())
    assert ("Hidden columns" in text) is bool(hidden)


@pytest.mark.parametrize("by", ["slowest", "finding"])
@pytest.mark.parametrize(
    ("source", "width", "shown"),
    [
        ("mail/of-the-last-quarter/dump.mbox:17", 80, "mail/of-the-last-quarter/dump.mbox:17"),
        ("mail/of-the-last-quarter/dump.mbox:17", 60, "mail/"),
        ("mail/of-the-last-quarters/a-dump.mbox:17", 80, "mail/"),
        (f"mail/{'folder/' * 20}dump.mbox:17", 80, "mail/"),
    ],
)
def test_addresses_are_as_complete_as_a_terminal_allows(by: str, source: str, width: int, shown: str) -> None:
    whole = summary([message(*stamps_of("tr:ex1", "mb:ex2"), took=600, source=source)])
    whole.slowest[0] = replace(whole.slowest[0], held_by="ex1.corp.example Transport (mailbox delivery queue)")
    whole.findings = {FindingKey("HOP502", Severity.WARNING): FindingCount(count=1, messages=1, examples=[source])}
    assert shown in render("table", Content(summary=whole, by=(by,)), width=width)


@pytest.mark.parametrize(
    ("width", "shown"), [(100, "T (1,022), MT (3), FE (1)"), (74, "T (1,022), MT (3), +1"), (66, "T (1,022), +2")]
)
def test_a_list_is_not_cut_inside_a_number(width: int, shown: str) -> None:
    hops = [*["tr:ex1.corp.example"] * 1022, *["mb:ex1.corp.example"] * 3, "fe:ex1.corp.example"]
    whole = summary([message(*stamps_of(each)) for each in hops])
    text = render("table", Content(summary=whole, by=("server",)), width=width)
    assert re.search(rf"1,026  {re.escape(shown)} +Exchange Server 2016 15\.1\.2507\.39\n", text)


@pytest.mark.parametrize(("sort", "title"), [("total", "Total"), ("p99", "p99"), ("p50", "p50")])
def test_the_figure_that_legs_are_sorted_by_is_not_hidden(sort: str, title: str) -> None:
    path = stamps_of("fe:a-long-name-of-a-server.corp.example", "tr:another-name-of-a-server.north.example")
    text = render("table", Content(summary=summary([message(*path, took=60)]), by=("leg",), sort=sort), width=80)
    assert title in text.splitlines()[1].split()


def test_units_of_a_column_line_up() -> None:
    delays = [3, 306, 7200]
    dump = summary(message(*stamps_of("tr:a", f"mb:b{delay}"), took=delay) for delay in delays)
    text = render("plain", Content(summary=dump, by=("leg",)))
    columns = [re.search(r" (s|min|h)\b", line[30:]) for line in text.splitlines() if re.search(r"MT b\d", line)]
    assert len({match.start() for match in columns if match}) == 1


def test_the_slowest_messages_name_their_holder_and_how_many_are_kept() -> None:
    held = "EX1.corp.example Transport (mailbox delivery queue)"
    dump = summary(
        replace(message(*stamps_of("tr:ex1.corp.example", "mb:ex1.corp.example"), took=seconds), held_by=held, held=1)
        for seconds in range(1, 151)
    )
    text = render("plain", Content(summary=dump, by=("slowest",)))
    assert text.startswith("Slowest messages (100 kept of 150; servers in corp.example)\n")
    assert "EX1 Transport (mailbox delivery queue)" in text
    assert "90 more: --top 0" in text
    (row,) = rows_by("slowest", dump)[:1]
    assert (row["held_by"], row["held_seconds"]) == (held, 1)


def test_hops_without_smtp_are_not_hops_without_tls() -> None:
    path = stamps_of("mapi:ex1", "tr:ex1", "mb:ex2")
    dump = summary([message(*path, tls=tls) for tls in (NOT_SMTP, None, "TLS1.2 A")])
    leg = next(row for row in rows_by("leg", dump) if row["to"] == "Transport@ex1")
    assert (leg["tls_unknown"], leg["not_smtp"], leg["tls"]) == (1, 1, ["TLS1.2 A (1)"])
    assert [(row["tls"], row["hops"]) for row in rows_by("tls", dump)] == [
        ("TLS1.2 A", 3),
        ("not SMTP", 3),
        ("not recorded", 3),
    ]
    assert "1.2 (1), not SMTP (1), not recorded (1)" in render("plain", Content(summary=dump, by=("leg",)))


def test_legs_of_all_servers_are_merged_by_service() -> None:
    dump = summary([message(*stamps_of(f"tr:a{number}", "mb:b"), took=10 * number) for number in (1, 2, 3)])
    kind = next(row for row in rows_by("leg-kind", dump) if row["from"] == "Transport")
    assert (kind["to"], kind["legs"], kind["hops"], kind["max_seconds"]) == ("Mailbox Transport", 3, 3, 30)
    legs = [row for row in rows_by("leg", dump) if row["from"] != "(start)"]
    assert kind["total_seconds"] == sum(float(str(leg["total_seconds"])) for leg in legs)


def test_hidden_columns_are_named() -> None:
    for width, hidden in ((60, "TLS, Negative, Total"), (90, "Negative, Total")):
        text = render("table", Content(summary=JUDGED, by=("leg",)), width=width)
        assert f"Hidden columns: {hidden} (use -f csv or a wider terminal)\n" in text.replace("a wider\n", "a wider ")
    assert "Hidden columns" not in render("table", Content(summary=JUDGED, by=("leg",)), width=120)
    assert "Hidden columns" not in render("plain", Content(summary=JUDGED, by=("leg",)))


@pytest.mark.parametrize("format_", ["table", "plain", "markdown", "csv", "json"])
def test_both_sides_of_a_difference_are_named(format_: str) -> None:
    text = differing.render(format_, before_after(JUDGED, JUDGED, ("before.json", "after.json")), width=80)
    assert "before.json" in text
    assert "after.json" in text


@pytest.mark.parametrize(
    ("by", "note", "shown"),
    [
        pytest.param(("tls",), "p90", False, id="a table without quantiles"),
        pytest.param(("hour",), "p90", True, id="a table with quantiles"),
        pytest.param(("hour",), "grouped by domain", False, id="a table without servers"),
        pytest.param(("server",), "grouped by domain", True, id="servers"),
        pytest.param(("leg",), "FE Front End Transport", True, id="codes of legs"),
        pytest.param(("server",), "come last", False, id="no legs"),
        pytest.param(("leg",), METHOD, False, id="no clocks"),
    ],
)
def test_notes_are_about_the_tables_shown(by: tuple[str, ...], note: str, shown: bool) -> None:  # noqa: FBT001 - a case
    text = render("plain", Content(summary=JUDGED, by=by))
    assert (note in text.rpartition("\n\n")[2]) == shown


def test_a_server_without_a_name_is_marked() -> None:
    nameless = summary([message(*stamps_of("out:", "fe:ex1"), took=2, source="a.eml")])
    assert "(no host name)" in render("plain", Content(summary=nameless, by=("server",)))
    servers = json.loads(render("json", Content(summary=nameless, by=("server",))))["servers"]
    assert {server["host"] for server in servers} == {None, "ex1"}


@pytest.mark.parametrize("format_", ["table", "plain", "markdown"])
def test_a_negative_total_is_clock_skew_and_not_a_duration(format_: str) -> None:
    ends = stamps_of("fe:ex1.corp.example", "tr:ex2.corp.example")
    dump = summary(message(*ends, took=-58) for _ in range(10))
    days = render(format_, Content(summary=dump, by=("day", "hour")))
    compared = differing.render(format_, before_after(dump, dump))
    for shown in (days, compared):
        assert "clock skew" in shown
        assert not re.search(r"(?m)^.*(2024|Tue|first to last hop).*-58 s", shown)
