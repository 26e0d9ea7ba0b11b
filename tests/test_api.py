"""The public API: reading, comparing, and the names that `hopscope` exports."""

from pathlib import Path

import pytest

import hopscope
from hopscope import api
from hopscope.renderers import RENDERERS

TEXT = "Received: by é.example (Postfix) with ESMTP id A1; Wed, 8 Mar 2017 11:15:00 +0100\nSubject: x\n\nbody\n"


@pytest.mark.parametrize(
    "data", [TEXT, TEXT.encode(), TEXT.replace("\n", "\r\n").encode()], ids=["str", "bytes", "CRLF"]
)
def test_read(data: str | bytes) -> None:
    route = hopscope.read(data, source="mail.eml")
    assert route.source == "mail.eml"
    assert route.subject == "x"
    (hop,) = route.hops
    assert hop.stamp.by_domain is not None
    assert hop.stamp.by_domain.domain == "é.example"
    assert hop.label.software == "Postfix"


@pytest.mark.parametrize("data", ["", b"", b"\xff\xfe\x00", "no header at all", "Subject: no hops\n\n"], ids=repr)
def test_read_accepts_anything(data: str | bytes) -> None:
    route = hopscope.read(data)
    assert route.hops == ()
    assert route.source == "-"


def test_compare_two_messages(samples: Path) -> None:
    left, right = (hopscope.read((samples / f"exchange-{year}-internal.eml").read_bytes()) for year in (2010, 2013))
    assert not hopscope.compare(left, right).same
    assert hopscope.compare(left, left).same


def test_compare_with_a_generation(samples: Path) -> None:
    route = hopscope.read((samples / "exchange-2013-internal.eml").read_bytes())
    assert hopscope.compare(route, "2013").same
    assert not hopscope.compare(route, "2010").same


@pytest.mark.parametrize("generation", ["2012", "", "Exchange 2013", "se"])
def test_compare_with_an_unknown_generation(generation: str) -> None:
    with pytest.raises(hopscope.OptionError) as raised:
        hopscope.compare(hopscope.read(TEXT), generation)
    message = str(raised.value)
    assert repr(generation) in message
    assert all(known in message for known in ("2007", "2010", "2013", "2016", "2019", "SE", "Online"))


def test_a_very_long_field_keeps_its_date() -> None:
    route = hopscope.read(f"Received: from a.example by b.example ({'x' * 70_000}); Mon, 3 Jun 2024 18:02:33 +0000\n")
    (hop,) = route.hops
    assert hop.time is not None
    assert hop.time.isoformat() == "2024-06-03T18:02:33+00:00"
    assert hop.stamp.defects == ()
    assert [defect.code for defect in route.defects] == ["line-too-long", "limit-field"]


def test_findings() -> None:
    assert [finding.code for finding in hopscope.findings(hopscope.read(TEXT.replace(";", "")))] == ["HOP302"]


def test_analyze() -> None:
    route = hopscope.read(TEXT)
    analysis = hopscope.analyze(route)
    assert analysis.route is route
    assert analysis.scenario is hopscope.Scenario.NOT_EXCHANGE
    assert (analysis.passages, analysis.services_without_header, analysis.findings) == (
        (),
        (),
        hopscope.findings(route),
    )


@pytest.mark.parametrize("name", hopscope.__all__)
def test_public_names(name: str) -> None:
    assert getattr(hopscope, name) is not None
    assert name in dir(hopscope)


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = hopscope.nonsense


def test_public_names_are_those_of_their_modules() -> None:
    assert hopscope.read is api.read
    assert hopscope.compare is api.compare


@pytest.mark.parametrize("format_", RENDERERS)
def test_an_analysis_is_shown_like_its_route(samples: Path, format_: str) -> None:
    route = hopscope.read((samples / "exchange-2013-internal.eml").read_bytes())
    show = getattr(hopscope.render, format_)
    assert show(hopscope.analyze(route)) == show(route)
