"""The public API: reading, comparing, and the names that `hopscope` exports."""

import gc
import gzip
import io
import json
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import hopscope
from hopscope import api, errors
from hopscope.renderers import RENDERERS

from .location_databases import database

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


def test_the_path_of_a_file_is_not_read_as_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.mbox").write_text(f"From a@b.example Wed Mar  8 11:15:00 2017\n{TEXT}", encoding="utf-8")
    for path in ("x.mbox", str(tmp_path), str(tmp_path / "x.mbox"), "x.mbox:1"):
        with pytest.raises(hopscope.OptionError, match=r"is a path, .* use hopscope\.read_file"):
            hopscope.read(path)
    for given in (Path("x.mbox"), Path("nonexistent.eml")):
        with pytest.raises(hopscope.OptionError, match=r"is a path, .* use hopscope\.read_file"):
            hopscope.read(given)  # type: ignore[arg-type]
    for text in ("y.mbox", "x.mbox\n", "\nx.mbox", "x.mbox\r", "\0", "x" * 100_000, "\udcff\ud800", "x.mbox: 1"):
        assert hopscope.read(text).hops == ()


@pytest.mark.parametrize(
    "data", [None, 5, bytearray(b"x"), ["x"], io.BytesIO(b"x")], ids=lambda data: type(data).__name__
)
def test_other_types_are_refused(data: Any) -> None:  # noqa: ANN401 - what type checkers refuse
    with pytest.raises(TypeError, match=f"read takes bytes, str or an EmailMessage, not {type(data).__name__}"):
        hopscope.read(data)


def test_a_text_longer_than_any_path_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its colons may end a path, so that looking for a file takes quadratic time."""
    monkeypatch.setattr(os.path, "exists", lambda path: pytest.fail(f"{len(path)} characters looked up"))
    assert hopscope.read(":" * 5_000).hops == ()


def test_read_file(tmp_path: Path) -> None:
    eml, packed, mbox = tmp_path / "mail.eml", tmp_path / "mail.eml.gz", tmp_path / "two.mbox"
    eml.write_text(TEXT, encoding="utf-8")
    packed.write_bytes(gzip.compress(TEXT.encode()))
    mbox.write_text(f"From a@b.example Wed Mar  8 11:15:00 2017\n{TEXT}\n" * 2, encoding="utf-8")
    for path in (eml, str(eml), packed, f"{mbox}:2"):
        route = hopscope.read_file(path)
        assert (route.source, [hop.server for hop in route.hops]) == (str(path), ["é.example"])
    assert hopscope.read_file(eml) == hopscope.read(TEXT, source=str(eml))
    with pytest.raises(hopscope.SourceError, match="no such message"):
        hopscope.read_file(f"{mbox}:3")


def test_read_file_of_a_text_without_fields(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no header at all", encoding="utf-8")
    assert hopscope.read_file(tmp_path / "notes.txt").hops == ()


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("nonexistent.eml", None, "no such file"),
        ("", None, "is a folder; use hopscope.messages"),
        ("empty.eml", b"", "empty"),
        ("picture.eml", bytes(range(256)) * 10, "not text"),
        ("broken.eml.gz", gzip.compress(TEXT.encode())[:-20], "damaged"),
        ("nul\0.eml", None, "cannot be read"),
        ("x" * 5000, None, "cannot be read"),
    ],
    ids=["missing", "folder", "empty", "binary", "damaged", "NUL", "long"],
)
def test_read_file_of_what_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, error: str) -> None:
    path = f"{tmp_path}/{name}" if name else str(tmp_path)
    if content is not None:
        Path(path).write_bytes(content)
    with pytest.raises(hopscope.SourceError, match=error):
        hopscope.read_file(path)


SEPARATOR = "From a@b.example Wed Mar  8 11:15:00 2017\n"


@pytest.mark.parametrize(("number", "counted"), [(2, "2"), (1000, "1000"), (1001, "more than 1,000")])
def test_read_file_of_several_messages(tmp_path: Path, number: int, counted: str) -> None:
    mbox = tmp_path / "dump.mbox"
    mbox.write_text(f"{SEPARATOR}{TEXT}\n" * number, encoding="utf-8")
    with pytest.raises(hopscope.SourceError) as raised:
        hopscope.read_file(mbox)
    assert raised.value.reason == f"has {counted} messages"
    assert raised.value.advice == f"use hopscope.messages, or read_file('{mbox}:1')"


def test_messages(tmp_path: Path) -> None:
    folder, mbox = tmp_path / "folder", tmp_path / "dump.mbox"
    folder.mkdir()
    for name in ("b.eml", "a.eml"):
        (folder / name).write_text(TEXT, encoding="utf-8")
    (folder / "requirements.txt").write_text("hopscope\n", encoding="utf-8")
    (folder / "draft.eml").write_text("Subject: no hops\n\n", encoding="utf-8")
    mbox.write_text(f"{SEPARATOR}{TEXT}\n" * 40, encoding="utf-8")
    routes = list(hopscope.messages(mbox, str(folder), f"{mbox}:7"))
    numbered = [f"{mbox}:{number}" for number in range(1, 41)]
    named = [str(folder / name) for name in ("a.eml", "b.eml", "draft.eml")]
    assert [route.source for route in routes] == [*numbered, *named, f"{mbox}:7"]
    assert {len(route.hops) for route in routes} == {0, 1}
    assert routes[0] == replace(routes[39], source=routes[0].source), "read in bulk"
    summary = hopscope.summarize(routes)
    assert (summary.messages, summary.unreadable) == (43, 1)


def test_messages_attached_to_messages(samples: Path, tmp_path: Path) -> None:
    inner = (samples / "exchange-2013-internal.eml").read_text(encoding="utf-8")
    outer = (
        f"{TEXT[:-6]}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    )
    (tmp_path / "outer.eml").write_text(outer, encoding="utf-8")
    counts = [len(list(hopscope.messages(tmp_path / "outer.eml", attached=attached))) for attached in (False, True)]
    assert counts == [1, 2]


def test_errors_of_messages(tmp_path: Path) -> None:
    good, missing, empty = tmp_path / "good.eml", tmp_path / "missing.eml", tmp_path / "empty.eml"
    good.write_text(TEXT, encoding="utf-8")
    empty.touch()
    routes = hopscope.messages(good, missing, empty, good)
    assert next(routes).source == str(good)
    with pytest.raises(hopscope.SourceError, match="no such file"):
        next(routes)
    failed: list[hopscope.SourceError] = []
    assert len(list(hopscope.messages(good, missing, empty, good, on_error=failed.append))) == 2
    assert [(error.source, error.reason) for error in failed] == [(str(missing), "no such file"), (str(empty), "empty")]


def test_a_named_file_that_is_not_mail_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "picture.eml").write_bytes(bytes(range(256)) * 10)
    with pytest.raises(hopscope.SourceError, match="not text"):
        list(hopscope.messages(tmp_path / "picture.eml"))


def test_a_defect_of_hopscope_costs_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mbox = tmp_path / "dump.mbox"
    mbox.write_text(f"{SEPARATOR}{TEXT}\n" * 3, encoding="utf-8")

    def fail(message: Any, **_: object) -> hopscope.Route:  # noqa: ANN401
        if message.source.endswith(":2"):
            raise ZeroDivisionError
        return hopscope.read(message.data, source=message.source)

    monkeypatch.delenv(errors.DEBUG)
    monkeypatch.setattr("hopscope.scale.reading.labelled", fail)
    failed: list[hopscope.SourceError] = []
    assert len(list(hopscope.messages(mbox, on_error=failed.append))) == 2
    assert [error.source for error in failed] == [f"{mbox}:2"]
    with pytest.raises(hopscope.SourceError, match="internal error"):
        list(hopscope.messages(mbox))


def test_paths_that_are_none() -> None:
    with pytest.raises(hopscope.OptionError, match="no paths; give files or folders"):
        hopscope.messages()
    for path, advice in ((b"x", "hopscope.read"), (["x.eml"], r"messages\(\*paths\)"), (None, "not NoneType")):
        with pytest.raises(TypeError, match=advice):
            hopscope.messages(path)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=advice):
            hopscope.read_file(path)  # type: ignore[arg-type]


def test_a_file_with_the_name_of_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(hopscope.SourceError, match="no such file"):
        hopscope.read_file("-")
    Path("-").write_text(TEXT, encoding="utf-8")
    assert len(hopscope.read_file("-").hops) == 1


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


def test_hops_of_an_analysis_have_their_holder(samples: Path) -> None:
    route = hopscope.read_file(samples / "exchange-2013-internal.eml")
    assert [hop.held_by for hop in route.hops] == [None, None, None]
    hops = hopscope.analyze(route).hops
    holder = "MB2.exchange2013demo.com Transport (mailbox delivery queue)"
    assert (hops[0].held_by, hops[2].held_by) == (None, holder)
    assert [hop.service for hop in hops] == [hop.label.service for hop in route.hops]


def test_an_organisation_attests_its_servers(samples: Path) -> None:
    route = hopscope.read_file(samples / "exchange-2013-internal.eml")
    analysis = hopscope.analyze(route, organisation=hopscope.Organisation(domains=("exchange2013demo.com",)))
    assert set(analysis.attested.values()) == {True}
    assert not hopscope.analyze(route).attested


def test_check_applies_the_settings_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "hopscope.toml").write_text(
        '[[path]]\nname = "x"\nfiles = "mail/*"\nforbid = "host:*"\n[per_path."mail/known/*"]\nignore = ["HOP602"]\n',
        encoding="utf-8",
    )
    settings = hopscope.read_settings(tmp_path / "hopscope.toml")
    found = {
        folder: [
            finding.code
            for finding in hopscope.check(hopscope.read(TEXT, source=str(tmp_path / folder / "a.eml")), settings)
        ]
        for folder in ("mail", "mail/known", "other")
    }
    assert found == {"mail": ["HOP602"], "mail/known": [], "other": []}


def test_findings_have_the_lines_of_their_file(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_text(f"Subject: x\n{TEXT}", encoding="utf-8")
    settings = hopscope.Settings(forbidden_hosts=("*",))
    lines = [finding.line for finding in hopscope.check(hopscope.read_file(path), settings)]
    assert lines == [2]
    path.write_text(f"\n\n{TEXT}", encoding="utf-8")
    assert {finding.line for finding in hopscope.check(hopscope.read_file(path), settings)} == {None}


def test_what_check_returns_is_a_tuple_that_can_be_pickled() -> None:
    found = hopscope.check(hopscope.read(TEXT), hopscope.Settings(forbidden_hosts=("*",)))
    assert isinstance(found, tuple)
    copied = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    assert copied == found
    assert hopscope.render.json(copied) == hopscope.render.json(found)


def test_invalid_settings(tmp_path: Path) -> None:
    path = tmp_path / "hopscope.toml"
    for text, error in (("max_totl = 1", "max_totl: unknown key; did you mean max_total?"), ("x", "not valid TOML")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(hopscope.SettingsError, match=error):
            hopscope.read_settings(path)
    with pytest.raises(hopscope.SettingsError, match="no such file"):
        hopscope.read_settings(tmp_path / "missing.toml")
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    with pytest.raises(hopscope.SettingsError, match=r"no table tool\.hopscope"):
        hopscope.read_settings(tmp_path / "pyproject.toml")


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"path": (hopscope.PathRule(name="x", expect="-> ->"),)}, r"Settings: path\[0\]: expected a service"),
        ({"path": (hopscope.PathRule(name="x", when="hops =="),)}, r"Settings: path\[0\]: "),
        ({"tls": hopscope.MinimumTls(inbound="TLS1.2")}, "Settings: tls: needs to know which servers are yours"),
    ],
    ids=["expectation", "condition", "organisation"],
)
def test_incomplete_settings_of_a_program(settings: dict[str, Any], error: str) -> None:
    with pytest.raises(hopscope.SettingsError, match=error):
        hopscope.check(hopscope.read(TEXT), hopscope.Settings(**settings))


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        (hopscope.Settings, "max_total", 120),
        (hopscope.Settings, "max_total", "2m"),
        (hopscope.Settings, "select", "HOP110"),
        (hopscope.Settings, "ignore", ("max_total",)),
        (hopscope.Settings, "fail_on", "bad"),
        (hopscope.Settings, "tls_unknown", "warn"),
        (hopscope.Organisation, "domains", "corp.example"),
        (hopscope.MinimumTls, "inbound", "1.2"),
    ],
)
def test_invalid_values_of_settings_of_a_program(record: Callable[..., object], field: str, value: object) -> None:
    with pytest.raises(hopscope.SettingsError, match=f"{field}: (Expected|Invalid)"):
        record(**{field: value})


def test_values_of_settings_have_the_types_of_their_fields() -> None:
    settings: Any = {"fail_on": "error", "select": ["HOP1"], "severity": {"HOP110": "error"}}
    read = hopscope.Settings(**settings)
    assert read.fail_on is read.severity["HOP110"] is hopscope.Severity.ERROR
    assert read.select == ("HOP1",)


def test_severities_are_ordered() -> None:
    info, warning, error = hopscope.Severity
    assert sorted([error, info, warning]) == [info, warning, error]
    assert max(info, error, warning) is error
    for lower, upper in ((info, warning), (warning, error), ("info", error), (warning, "error")):
        assert lower < upper
        assert lower <= upper
        assert upper > lower
        assert upper >= lower
        assert not lower >= upper
    assert error >= error  # noqa: PLR0124 - the operator
    assert error <= error  # noqa: PLR0124
    with pytest.raises(ValueError, match="is not a valid Severity"):
        assert error >= "fatal"


def test_redacted_names_are_the_same_with_the_same_key() -> None:
    route = hopscope.read(TEXT)
    one, other, random, again = (hopscope.redact(route, key=key).text for key in (bytes(32), b"x" * 32, None, None))
    assert len({one, other, random, again}) == 4
    assert one == hopscope.redact(route, key=bytes(32)).text
    assert "é.example" not in one
    for key in (b"", bytes(15)):
        with pytest.raises(hopscope.OptionError, match="use at least 16"):
            hopscope.redact(route, key=key)


def test_explain_an_unknown_question() -> None:
    for question, error in (
        ("transprt", "did you mean Transport"),
        ("", "nothing to explain"),
        ("zzz", "give a build"),
    ):
        with pytest.raises(hopscope.OptionError, match=error):
            hopscope.explain(question)


def test_summarize_keeps_one_message_in_memory(samples: Path) -> None:
    def count() -> int:
        return sum(isinstance(value, hopscope.Route) for value in gc.get_objects())

    before = count()

    def routes() -> Iterator[hopscope.Route]:
        for path in sorted(samples.rglob("*.eml")):
            yield hopscope.read_file(path)
            assert count() <= before + 1

    assert hopscope.summarize(routes()).messages > 10


def test_summaries_of_analyses(samples: Path) -> None:
    organisation = hopscope.Organisation(domains=("corp.example",))
    routes = list(hopscope.messages(samples))
    analyses = list(map(hopscope.analyze, routes))
    assert hopscope.summarize(analyses) == hopscope.summarize(routes)
    assert hopscope.summarize(analyses, quick=True) == hopscope.summarize(routes, quick=True)
    attested = hopscope.summarize(routes, organisation=organisation)
    assert hopscope.summarize(analyses, organisation=organisation) == attested
    assert hopscope.summarize(hopscope.analyze(route, organisation=organisation) for route in routes) == attested
    added = hopscope.Summary()
    for analysis in analyses:
        added.add(analysis)
    assert added == hopscope.summarize(routes)


def test_a_defect_of_hopscope_counts_as_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(errors.DEBUG)
    monkeypatch.setattr("hopscope.statistics.digest.digest", lambda _: 1 / 0)
    summary = hopscope.summarize([hopscope.read(TEXT)] * 2)
    assert (summary.messages, summary.unreadable) == (0, 2)


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([b"x"], "not bytes; read it with hopscope.read"),
        ("mail/", r"several messages, not str; use hopscope\.messages\(path\)"),
        (Path("mail"), r"several messages, not \w*Path; use hopscope\.messages\(path\)"),
        (hopscope.read(TEXT), r"several messages, not Route; use \[route\]"),
        ([None], "not NoneType"),
        (5, "not iterable"),
    ],
    ids=["bytes", "text", "path", "route", "None", "number"],
)
def test_summarize_of_other_things(messages: Any, error: str) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match=error):
        hopscope.summarize(messages)


def test_what_a_summary_refuses_changes_nothing() -> None:
    summary = hopscope.Summary()
    with pytest.raises(TypeError, match=r"add takes an Analysis, not Route; use add\(hopscope\.analyze\(route\)\)"):
        summary.add(hopscope.read(TEXT))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="merge takes a Summary, not Route; use add"):
        summary.merge(hopscope.read(TEXT))  # type: ignore[arg-type]
    assert summary == hopscope.Summary()


WRONG: dict[str, Callable[[Any], object]] = {
    "analyze": hopscope.analyze,
    "check": hopscope.check,
    "compare": lambda value: hopscope.compare(value, "2013"),
    "compare, right": lambda value: hopscope.compare(hopscope.read(TEXT), value),
    "dumps": hopscope.dumps,
    "explain": hopscope.explain,
    "findings": hopscope.findings,
    "key": lambda value: hopscope.redact(hopscope.read(TEXT), key=value),
    "loads": hopscope.loads,
    "redact": hopscope.redact,
    "settings": lambda value: hopscope.check(hopscope.read(TEXT), value),
    "topology": hopscope.topology,
    "typical": lambda value: hopscope.typical([value]),
}


@pytest.mark.parametrize("function", WRONG)
@pytest.mark.parametrize("value", [5, Path("x.eml"), ["x"]], ids=repr)
def test_arguments_of_a_wrong_type(function: str, value: object) -> None:
    with pytest.raises(TypeError):
        WRONG[function](value)


def test_functions_of_routes_take_analyses(samples: Path) -> None:
    route = hopscope.read_file(samples / "exchange-2013-internal.eml")
    analysis = hopscope.analyze(route)
    assert hopscope.analyze(analysis) is analysis
    organisation = hopscope.Organisation(domains=("exchange2013demo.com",))
    assert hopscope.analyze(analysis, organisation=organisation).attested
    assert hopscope.check(analysis) == hopscope.check(route)
    assert hopscope.findings(analysis) == hopscope.findings(route)
    assert hopscope.compare(analysis, analysis) == hopscope.compare(route, route)
    assert hopscope.compare(analysis, "2010") == hopscope.compare(route, "2010")
    assert hopscope.redact(analysis, key=bytes(16)) == hopscope.redact(route, key=bytes(16))
    assert hopscope.typical([analysis, analysis]) == hopscope.typical([route, route])


def test_a_summary_and_a_route_are_not_compared() -> None:
    summary, route = hopscope.Summary(), hopscope.read(TEXT)
    with pytest.raises(TypeError, match="a summary is compared with another summary"):
        hopscope.compare(summary, route)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="a summary is compared with another summary"):
        hopscope.compare(route, summary)  # type: ignore[call-overload]


def results() -> dict[str, object]:
    route = hopscope.read(TEXT)
    return {
        "a message": route,
        "a comparison": hopscope.compare(route, route),
        "a difference of summaries": hopscope.compare(hopscope.Summary(), hopscope.Summary()),
        "a summary": hopscope.Summary(),
        "a topology": hopscope.topology(hopscope.Summary()),
        "an answer": hopscope.explain("HOP101"),
        "findings": hopscope.check(route),
    }


@pytest.mark.parametrize("kind", results())
def test_a_format_is_shown_or_refused_with_the_formats_that_there_are(kind: str) -> None:
    result, shown, refused = results()[kind], [], {}
    for format_ in [name for name in hopscope.render.__all__ if name != "explanation"]:
        try:
            text = getattr(hopscope.render, format_)(result)
            assert text.endswith("\n") or text == ""
            shown.append(format_)
        except hopscope.OptionError as error:
            refused[format_] = str(error)
    assert shown
    for format_, reason in refused.items():
        start, _, formats = reason.partition("; use ")
        assert start == f"{format_} is not a format of {kind}"
        assert sorted(formats.split(", ")) == sorted(shown)


POLICY_ERROR = errors.PolicyError("hops ==", 7, "expected a number")
PICKLED = {
    **results(),
    "an analysis": hopscope.analyze(hopscope.read(TEXT)),
    "a typical path": hopscope.typical([hopscope.read(TEXT)]),
    "a redacted message": hopscope.redact(hopscope.read(TEXT), key=bytes(32)),
    "settings": hopscope.Settings(organisation=hopscope.Organisation(domains=("x.example",))),
    "an error of a source": hopscope.SourceError("x", "no such file", "check the path"),
    "an error of a value": hopscope.OptionError("x"),
    "an error of an expression": POLICY_ERROR,
    "an error of settings": hopscope.SettingsError("x.toml", "path[0]", "expected a number", "see docs", POLICY_ERROR),
}


@pytest.mark.parametrize("kind", PICKLED)
def test_results_can_be_pickled(kind: str) -> None:
    value = PICKLED[kind]
    copied = pickle.loads(pickle.dumps(value))  # noqa: S301 - our own
    assert type(copied) is type(value)
    assert str(copied) == str(value)
    assert vars(copied) == vars(value) if isinstance(value, Exception) else True


def test_an_analysis_can_be_pickled_after_its_parts_were_computed(samples: Path) -> None:
    analysis = hopscope.analyze(hopscope.read_file(samples / "exchange-2019-inbound.eml"))
    shown = hopscope.render.json(analysis)
    assert hopscope.render.json(pickle.loads(pickle.dumps(analysis))) == shown  # noqa: S301 - our own


def test_options_with_unknown_values() -> None:
    with pytest.raises(hopscope.OptionError, match="no table 'legs'; use leg"):
        hopscope.render.table(hopscope.Summary(), by=["legs"])
    with pytest.raises(hopscope.OptionError, match="no order 'p95'; use lost"):
        hopscope.render.table(hopscope.Summary(), sort="p95")
    with pytest.raises(hopscope.OptionError, match="no hop 2; the message has 1"):
        hopscope.render.explanation(hopscope.read(TEXT), 2)


@pytest.mark.parametrize("result", [5, "x", b"x", None, [5], [["x"]]], ids=repr)
def test_other_things_are_not_rendered(result: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match=r"render takes"):
        hopscope.render.json(result)


def test_of_an_empty_list() -> None:
    assert json.loads(hopscope.render.json(()))["findings"] == []
    assert hopscope.render.jsonl([]) == ""
    assert hopscope.render.table([]) == ""


def test_messages_and_findings_are_not_mixed() -> None:
    route = hopscope.read(TEXT)
    for mixed in ([route, hopscope.check(route)], [hopscope.check(route), route]):
        with pytest.raises(TypeError, match="render takes"):
            hopscope.render.json(mixed)  # type: ignore[arg-type]


def test_what_was_looked_up_is_kept_when_an_analysis_is_analyzed_again(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mmdb").write_bytes(database({"203.0.113.0/24": {"country_code": "DE"}}))
    route = hopscope.read_file(samples / "exchange-2019-inbound.eml")
    organisation = hopscope.Organisation(domains=("corp.example.com",))
    with hopscope.open_tracking_logs(samples / "tracking") as tracking:
        tracked = hopscope.analyze(route, tracking=tracking)
    with hopscope.open_locations(tmp_path / "a.mmdb") as locations:
        located = hopscope.analyze(tracked, locations=locations)
    last = hopscope.analyze(located, organisation=organisation)
    assert last.tracking_events == tracked.tracking_events != ()
    assert last.locations == located.locations != {}
    assert last.attested == hopscope.analyze(route, organisation=organisation).attested != {}
    assert hopscope.analyze(last) is last


def test_an_unusable_log_or_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_text(TEXT, encoding="utf-8")
    errors: list[hopscope.SourceError] = []
    for open_ in (hopscope.open_tracking_logs, hopscope.open_locations):
        with pytest.raises(hopscope.SourceError, match=r"mail\.eml: not a "):
            open_(tmp_path / "mail.eml")
        with pytest.raises(hopscope.OptionError, match="no paths"):
            open_()
        with pytest.raises(TypeError, match="a path is a str"):
            open_(b"mail.eml")  # type: ignore[arg-type]
    hopscope.open_tracking_logs(tmp_path / "mail.eml", on_error=errors.append).close()
    assert len(errors) == 1


def test_a_part_that_was_not_read_raises_nothing(tmp_path: Path) -> None:
    row = "2024-06-03T18:02:33Z,SEND,<1@a.example>\n"
    (tmp_path / "a.log").write_text(f'#Fields: date-time,event-id,message-id\n{row}{row[:20]},"SE')
    errors: list[hopscope.SourceError] = []
    for on_error in (None, errors.append):
        with hopscope.open_tracking_logs(tmp_path / "a.log", on_error=on_error) as tracking:
            assert len(tracking.events(message_ids=["<1@a.example>"])) == 1
    assert [type(error) for error in errors] == [hopscope.PartlyReadError]
