"""The settings of checks: valid values, errors, and which settings apply to a file."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.checks.catalogue import codes
from hopscope.config import file as settings_file
from hopscope.config import keys
from hopscope.config.settings import Limits, MinimumTls, PathRule, Settings, matches
from hopscope.config.values import duration
from hopscope.errors import SettingsError
from hopscope.model import Severity


def read(text: str) -> Settings:
    """The settings in a file with this text."""
    return Settings(**keys.read(tomllib.loads(text), codes(), "hopscope.toml"))


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ('select = ["hop1", "HOP611"]', "select", ("HOP1", "HOP611")),
        ('select = ["all"]', "select", ("HOP",)),
        ("ignore = []", "ignore", ()),
        ('fail_on = "Error"', "fail_on", Severity.ERROR),
        ('fail-on = "info"', "fail_on", Severity.INFO),
        ('severity = { HOP302 = "error" }', "severity", {"HOP302": Severity.ERROR}),
        (
            '[[path]]\nname = "x"\ntls = "internal >= tls1.2 and inbound>=TLS"',
            "path",
            (PathRule(name="x", tls=MinimumTls(internal="TLS1.2", inbound="TLS")),),
        ),
        (
            '[[path]]\nname = "x"\ntls = { outbound = "TLS" }',
            "path",
            (PathRule(name="x", tls=MinimumTls(outbound="TLS")),),
        ),
        ('max_total = "1h 30m"', "max_total", timedelta(minutes=90)),
        ('max-hop = "90s"', "max_hop", timedelta(seconds=90)),
        ('max_service = { transport = "1d" }', "max_service", {"Transport": timedelta(days=1)}),
        (
            'max_leg = { "front end transport->Transport" = "1.5s" }',
            "max_leg",
            {"Front End Transport -> Transport": timedelta(seconds=1.5)},
        ),
        ('tls = { inbound = "tls1.2" }', "tls", MinimumTls(inbound="TLS1.2")),
        ('tls_unknown = "error"', "tls_unknown", "error"),
        ('minimum_build = { 2016 = "15.01.2507.039" }', "minimum_build", {"2016": "15.1.2507.39"}),
        ('forbidden_hosts = ["*.bad.example"]', "forbidden_hosts", ("*.bad.example",)),
        (
            '[[path]]\nname = "in"\nwhen = "inbound"\nfiles = "*.eml"\nforbid = "b"\nmax_total = "2m"',
            "path",
            (PathRule(name="in", when="inbound", files="*.eml", forbid=("b",), max_total=timedelta(minutes=2)),),
        ),
    ],
)
def test_a_value_is_read(text: str, key: str, value: object) -> None:
    assert getattr(read(text), key) == value


def test_an_organisation_is_read() -> None:
    found = read(
        '[organisation]\ndomains = ["Corp.Example."]\nnetworks = ["10.0.0.0/8", "192.0.2.1"]\nservers = { ex = "se" }'
    ).organisation
    assert found.domains == ("corp.example",)
    assert found.networks == ("10.0.0.0/8", "192.0.2.1/32")
    assert found.servers == {"ex": "SE"}


@pytest.mark.parametrize(
    ("text", "place", "reason", "advice"),
    [
        ('slect = ["HOP1"]', "slect", "unknown key", "did you mean select?"),
        ("zzzzzz = 1", "zzzzzz", "unknown key", "valid keys: select"),
        ('tls = { inbund = "TLS1.2" }', "tls.inbund", "unknown key", "did you mean inbound?"),
        (
            'tls = { inbound = "TLS1.4" }',
            "tls.inbound",
            "'TLS1.4' is not a TLS version",
            "valid: TLS, TLS1.0, TLS1.1, TLS1.2, TLS1.3",
        ),
        ('tls = "TLS1.2"', "tls", "expected a table, not text", "braces"),
        ('select = "HOP1"', "select", "expected a list, not text", "brackets"),
        ('select = ["HOP1", 2]', "select[1]", "expected text, not a number", "quotation marks"),
        (
            'select = ["HOP1O1"]',
            "select[0]",
            "'HOP1O1' is not a finding code or a prefix of one",
            "see hopscope rules",
        ),
        ('fail_on = "warn"', "fail_on", "'warn' is not a severity", "did you mean warning?"),
        ("max_total = 90", "max_total", "expected a duration, not a number", '"90s"'),
        ('max_total = "90"', "max_total", "'90' is not a duration", '"90s"'),
        ('max_total = "2 weeks"', "max_total", "'2 weeks' is not a duration", '"90s"'),
        ('max_total = ""', "max_total", "'' is not a duration", '"90s"'),
        ("max_hop = 2024-01-01", "max_hop", "expected a duration, not a date or time", '"90s"'),
        ('max_service = { Transprt = "1m" }', "max_service.Transprt", "is not a service", "did you mean Transport?"),
        ('max_leg = { Transport = "1m" }', "max_leg.Transport", "is not a leg", "Front End Transport -> Transport"),
        ('max_leg = { "A -> Transport" = "1m" }', 'max_leg."A -> Transport"', "'A' is not a service", "valid: "),
        ('organisation = { networks = ["10.0.0.1/8"] }', "organisation.networks[0]", "has host bits set", "10.0.0.0/8"),
        (
            'organisation = { servers = { a = "2015" } }',
            "organisation.servers.a",
            "is not an Exchange generation",
            "valid: 2007",
        ),
        ('minimum_build = { 2016 = "CU23" }', "minimum_build.2016", "'CU23' is not an Exchange build", "15.1.2507.39"),
        (
            '[[path]]\nname = "x"\ntls = "inside >= TLS"',
            "path[0].tls",
            "'inside >= TLS' is not a minimum TLS version",
            "internal >=",
        ),
        ('[[path]]\nname = "x"\ntls = "inbound >= TLS9"', "path[0].tls", "'TLS9' is not a TLS version", "valid: TLS, "),
        ('[[path]]\nwhen = "x"', "path[0]", "no name", "add a name"),
        ('[[path]]\nname = "x"\nexpekt = "y"', "path[0].expekt", "unknown key", "did you mean expect?"),
        ('[per-path."a/*"]\nfail_on = "info"', 'per-path."a/*".fail_on', "unknown key", "valid keys: select"),
        ("forbidden_hosts = [true]", "forbidden_hosts[0]", "expected text, not true or false", "quotation marks"),
    ],
)
def test_invalid_values_are_reported_with_position_and_advice(text: str, place: str, reason: str, advice: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert caught.value.place == place
    message = str(caught.value)
    assert message.startswith(f"hopscope.toml: {place}: ")
    assert reason in message
    assert advice in message.partition("; ")[2]
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    [
        '[tls]\ninbound = "TLS1.2"',
        '[[path]]\nname = "x"\ntls = "inbound >= TLS"',
        '[per-path."*".minimum_build]\n2016 = "15.1.2507.39"',
    ],
)
def test_requirements_on_own_servers_need_the_list_of_own_servers(text: str) -> None:
    with pytest.raises(SettingsError, match="needs to know which servers are yours"):
        keys.complete(read(text), "hopscope.toml")
    told = f'{text}\n[organisation]\ndomains = ["corp.example"]'
    assert keys.complete(read(told), "hopscope.toml") == read(told)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
names = st.sampled_from([*Settings.__struct_fields__, "per-path"]) | st.text()


@given(st.dictionaries(names, values))
def test_any_values_are_accepted_or_refused_on_one_line(given_: dict[str, Any]) -> None:
    try:
        Settings(**keys.read(given_, codes(), "f"))
    except SettingsError as error:
        assert str(error).startswith("f: ")  # noqa: PT017 - either is right


@given(st.text())
def test_any_text_is_a_duration_or_is_refused(text: str) -> None:
    try:
        assert duration(text) >= timedelta(0)
    except Exception as error:  # noqa: BLE001 - which one is what is tested
        assert type(error).__name__ == "InvalidValue"  # noqa: PT017


@pytest.mark.parametrize(
    ("select", "ignore", "code", "selected"),
    [
        ([], [], "HOP101", False),
        (["HOP"], [], "HOP101", True),
        (["HOP"], ["HOP1"], "HOP101", False),
        (["HOP101"], ["HOP1"], "HOP101", True),
        (["HOP101"], ["HOP1"], "HOP102", False),
        (["HOP1"], ["HOP1"], "HOP101", False),
        (["HOP6"], [], "HOP101", False),
    ],
)
def test_the_longest_matching_key_applies(select: list[str], ignore: list[str], code: str, selected: bool) -> None:  # noqa: FBT001
    assert Settings(select=tuple(select), ignore=tuple(ignore)).selects(code) is selected


def test_severities_are_set_by_the_longest_prefix() -> None:
    settings = Settings(severity={"HOP1": Severity.ERROR, "HOP101": Severity.INFO})
    found = [settings.severity_of(code, Severity.WARNING) for code in ("HOP101", "HOP102", "HOP611")]
    assert found == [Severity.INFO, Severity.ERROR, Severity.WARNING]


PER_PATH = """
ignore = ["HOP3"]
max_total = "1m"
[per-path."legacy/*"]
ignore = ["HOP101"]
max_total = "1h"
[per-path."*.msg"]
max_total = "2h"
"""


@pytest.mark.parametrize(
    ("file", "ignore", "minutes"),
    [
        ("a.eml", ("HOP3",), 1),
        ("legacy/a.eml", ("HOP3", "HOP101"), 60),
        ("legacy/deep/a.eml", ("HOP3", "HOP101"), 60),
        ("legacy/a.msg", ("HOP3", "HOP101"), 120),
        ("other/A.MSG", ("HOP3",), 120),
        (None, ("HOP3",), 1),
    ],
)
def test_settings_of_a_path(file: str | None, ignore: tuple[str, ...], minutes: int) -> None:
    found = read(PER_PATH).for_file(file)
    assert found.ignore == ignore
    assert found.max_total == timedelta(minutes=minutes)
    assert found.file == file


@pytest.mark.parametrize(
    ("text", "glob", "fits"),
    [
        ("mx.bad.example", "*.bad.example", True),
        ("MX.BAD.EXAMPLE", "*.bad.example", True),
        ("bad.example", "*.bad.example", False),
        ("a/b/c.eml", "*.eml", True),
        ("a/b/c.eml", "c.eml", True),
        ("a/b/c.eml", "b/c.eml", False),
        ("a/b/c.eml", "a/*", True),
        ("192.0.2.7", "192.0.2.*", True),
    ],
)
def test_globs(text: str, glob: str, fits: bool) -> None:  # noqa: FBT001
    assert matches(text, (glob,)) is fits


@pytest.mark.parametrize("generation", ["2007", "2010", "2013", "2016", "2019", "se", "online"])
def test_every_generation_can_be_declared(generation: str) -> None:
    servers = read(f'organisation = {{ servers = {{ a = "{generation}" }} }}').organisation.servers
    assert servers["a"].lower() == generation


@pytest.mark.parametrize("version", ["TLS", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"])
def test_every_version_of_tls_can_be_required(version: str) -> None:
    assert read(f'tls = {{ inbound = "{version}" }}').tls.inbound == version


def test_every_field_has_a_key() -> None:
    from hopscope.config.keys import _keys

    fields = set(msgspec.structs.asdict(Settings())) - {"file", "folder"}
    assert set(_keys(codes())) == fields
    assert set(Limits.__struct_fields__) < fields


# the file


def test_the_nearest_file_applies(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "hopscope.toml").write_text('max_hop = "1m"')
    (tmp_path / "a" / "pyproject.toml").write_text('[tool.other]\nx = 1\n[tool.hopscope]\nmax_hop = "2m"')
    (below / "pyproject.toml").write_text("[project]\nname = 'x'")
    found = settings_file.find(str(below))
    assert found is not None
    assert found.values == {"max_hop": "2m"}
    assert found.folder == str(tmp_path / "a")
    (tmp_path / "a" / "hopscope.toml").write_text('max_hop = "3m"')
    found = settings_file.find(str(tmp_path / "a"))
    assert found is not None
    assert found.values == {"max_hop": "3m"}
    assert found.file == "hopscope.toml"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"x = 1\ny z", "not valid TOML: .*line 2"), (b"\xff", "not UTF-8"), (None, "no such file")],
)
def test_an_unreadable_file(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "hopscope.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=reason):
        settings_file.load(str(path))


@pytest.mark.parametrize("content", ["tool = 3", "[tool.other]", ""])
def test_a_pyproject_without_the_hopscope_table_is_skipped(tmp_path: Path, content: str) -> None:
    (tmp_path / "pyproject.toml").write_text(content)
    assert settings_file.load(str(tmp_path / "pyproject.toml")) is None
