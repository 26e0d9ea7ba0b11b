"""The HTML page: complete, safe, and usable without a mouse."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope import render
from hopscope.analysis.analyze import analyze
from hopscope.model import Defect, Repair, Route
from hopscope.renderers import Style, rendered
from hopscope.renderers.message import antispam, wording
from hopscope.renderers.text.escape import visible

from ..mail import QUEUED, message
from ..strategies import HOSTILE, routes, unsafe_characters

NAMES = sorted(path.stem for path in (Path(__file__).parents[3] / "samples").glob("*.eml"))
VOID = {"meta", "br"}
ACTIVE = {
    "script",
    "iframe",
    "object",
    "embed",
    "link",
    "img",
    "form",
    "input",
    "base",
    "audio",
    "video",
    "image",
    "use",
}


class Page(HTMLParser):
    """The elements and the text of a page; every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.css = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.css += data
        else:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(*shown: Route) -> Page:
    return Page("".join(rendered("html", map(analyze, shown), Style())))


def normalized(text: str) -> str:
    return " ".join(visible(text).split())


def test_the_page_shows_every_fact_of_a_message() -> None:
    route = message("a|with ESMTP|12:00:30", "b|with ESMTP", "c|with ESMTP|12:00:00")
    route = replace(
        route,
        source="dump.mbox:17",
        message_id="<1@a.example>",
        repairs=(Repair(code="blank-lines", message="blank lines removed"),),
        defects=(Defect(code="odd", message="something odd", line=3),),
    )
    analysis = analyze(route)
    told = page(route).words
    expected = [
        *("test", "dump.mbox:17", "<1@a.example>", "blank lines removed", "line 3: something odd (odd)"),
        wording.answer(analysis),
        wording.generations(analysis),
        *(finding.message for finding in analysis.findings if not finding.code.startswith("HOP30")),
        *analysis.notes,
        *(fact for hop in route.hops for fact in (wording.time(hop, None), wording.delay(hop), *wording.route_of(hop))),
        *(reason for hop in route.hops for reason in hop.label.evidence),
        *(hop.stamp.field.body for hop in route.hops),
    ]
    assert [text for text in expected if normalized(text) not in told] == []


def test_the_table_shows_who_held_the_message(samples: Path) -> None:
    analysis = analyze(hopscope.read((samples / "exchange-2019-inbound.eml").read_bytes()))
    told = page(analysis.route)
    assert "Held by" in told.words
    assert normalized("EX19-02 Transport (mailbox delivery queue)") in told.words


def test_services_without_header_have_a_row_with_evidence(samples: Path) -> None:
    route = hopscope.read((samples / "authenticated-client.eml").read_bytes())
    found = page(route)
    assert sum(attributes.get("class") == "no-header" for attributes in found.all("tr")) == 1
    assert normalized(wording.evidence(analyze(route).services_without_header[0], len(route.hops))) in found.words


def test_the_page_is_accessible() -> None:
    found = page(QUEUED)
    assert found.all("html") == [{"lang": "en"}]
    assert len(found.all("main")) == len(found.all("h1")) == 1
    assert all(attributes.get("scope") in {"col", "row"} for attributes in found.all("th"))
    assert len(found.all("caption")) == len(found.all("table")) == 1
    scrolled = [attributes for attributes in found.all("div") if attributes.get("class") == "scroll"]
    assert all(each.get("tabindex") == "0" and each.get("aria-label") for each in scrolled)


def test_headings_skip_no_level() -> None:
    for found in (page(QUEUED), page(QUEUED, QUEUED)):
        levels = [int(name[1]) for name, _ in found.elements if re.fullmatch("h[1-6]", name)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(("length", "count"), [(60, 1), (61, 2)])
def test_a_subject_that_a_phone_cuts_is_repeated_among_the_facts(length: int, count: int) -> None:
    subject = "x" * length
    shown = "".join(rendered("html", [analyze(replace(QUEUED, subject=subject))], Style()))
    assert len(re.findall(f"<(?:h1|dd)[^>]*>{subject}</", shown)) == count


def test_several_messages_have_a_table_of_contents() -> None:
    found = page(QUEUED, replace(QUEUED, subject="another"))
    assert [attributes.get("href") for attributes in found.all("a")] == ["#m1", "#m2"]
    names = [attributes["id"] for _, attributes in found.elements if attributes.get("id")]
    assert len(names) == len(set(names))
    assert {"m1", "m2"} <= set(names)
    assert found.words.count("another") > 1
    assert not page(QUEUED).all("nav")


def test_the_table_of_contents_has_the_address_of_each_message() -> None:
    found = "".join(
        rendered("html", [analyze(replace(QUEUED, source=f"dump.mbox:{number}")) for number in (1, 2)], Style())
    )
    contents = found.partition("<nav")[2].partition("</nav>")[0]
    assert all(f"dump.mbox:{number}" in contents for number in (1, 2))


def test_the_policy_allows_this_style_sheet_and_nothing_else() -> None:
    for text in (render.html(QUEUED), render.html(hopscope.compare(QUEUED, "2016"))):
        found = Page(text)
        (policy,) = [each["content"] for each in found.all("meta") if each.get("http-equiv")]
        digest = base64.b64encode(hashlib.sha256(found.css.encode()).digest()).decode()
        assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        assert not [name for _, attributes in found.elements for name in attributes if name == "style"]
        assert "prefers-color-scheme: dark" in found.css
        assert "@media print" in found.css
        assert "url(" not in found.css


def check(text: str) -> Page:
    found = Page(text)
    assert text.isascii(), "no encoding of the output can make markup of a character"
    assert not unsafe_characters("".join(found.text))
    assert not {name for name, _ in found.elements} & ACTIVE
    for _, attributes in found.elements:
        assert not [
            name for name in attributes if name.startswith("on") or name in {"src", "srcset", "action", "style"}
        ]
        assert (attributes.get("href") or "#").startswith("#")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_a_page_with_its_hops_labels_and_findings(samples: Path, name: str) -> None:
    analysis = analyze(hopscope.read((samples / f"{name}.eml").read_bytes(), source=name))
    found = check(render.html(analysis))
    rows = [attributes.get("class") for attributes in found.all("tr")]
    assert rows.count("no-header") == len(analysis.services_without_header)
    assert rows.count("border") == len(wording.borders(analysis))
    assert rows.count("more") == len(analysis.route.hops)
    results = len(analysis.authentication) + len(analysis.signatures)
    in_table = 1 + 2 * len(analysis.route.hops) + len(analysis.services_without_header) + rows.count("border")
    assert len(rows) == in_table + (1 + results if results else 0)
    others = len(list(antispam.paragraphs(analysis))) + bool(results)
    assert len(found.all("details")) == len(analysis.route.hops) + others
    assert [svg.get("class") for svg in found.all("svg")] == ["timeline horizontal", "timeline vertical"]
    shown = [f for f in analysis.findings if f.code not in {"HOP301", "HOP302"}]
    assert [li.get("class") for li in found.all("li") if li.get("class")] == [finding.severity for finding in shown]
    expected = [
        *(wording.system(hop.label) for hop in analysis.route.hops),
        *(wording.build(hop.label) for hop in analysis.route.hops if hop.label.product),
        *(f"{finding.severity.capitalize()} {finding.code} {finding.message}" for finding in shown),
    ]
    assert [text for text in expected if normalized(text) not in found.words] == []


@given(st.lists(routes, max_size=2))
def test_hostile_text_in_the_page_runs_and_loads_nothing(shown: list[Route]) -> None:
    found = check("".join(rendered("html", map(analyze, shown), Style())))
    assert len(found.all("article")) == len(shown)
    rows = [each for each in found.all("tr") if each.get("class") not in {"no-header", "border", "more"}]
    tables = len(found.all("table"))
    assert len(rows) - tables == sum(len(route.hops) for route in shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text: str) -> None:
    assert normalized(text) in page(replace(QUEUED, subject=text)).words
