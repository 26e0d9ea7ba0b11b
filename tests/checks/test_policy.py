"""Path policy: which messages a rule applies to, its findings, and how both paths are shown."""

from datetime import timedelta
from pathlib import Path

import pytest

import hopscope
from hopscope.analysis.analyze import Analysis, analyze
from hopscope.checks.policy import PathRule, path_policy, validate
from hopscope.config.settings import MinimumTls, Organisation, Settings
from hopscope.errors import PolicyError
from hopscope.model import Severity

SAMPLES = Path(__file__).parents[2] / "samples"


def sample(name: str) -> Analysis:
    text = (SAMPLES / f"{name}.eml").read_text(encoding="utf-8")
    return analyze(hopscope.read(text, source=f"mail/{name}.eml"))


def settings_with(rule: PathRule) -> Settings:
    organisation = Organisation(domains=("corp.example.com",))
    return Settings(path=(rule,), organisation=organisation, file="mail/exchange-2016-inbound.eml")


def findings_of(rule: PathRule, name: str = "exchange-2016-inbound") -> list[tuple[str, int | None, str]]:
    return [(each.code, each.hop, each.message) for each in path_policy(sample(name), settings_with(rule))]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (PathRule(name="in", expect="Front End -> Transport -> Mailbox"), []),
        (PathRule(name="in", expect="outside -> Front End -> Transport -> Mailbox"), []),
        (
            PathRule(name="in", expect="Front End -> Edge -> Transport -> Mailbox"),
            [("HOP601", 4, "in: the path differs from the expected one: without Edge.")],
        ),
        (
            PathRule(name="in", expect="Transport -> Mailbox"),
            [
                (
                    "HOP601",
                    2,
                    "in: the path differs from the expected one: with hop 2 (Front End Transport), not expected.",
                )
            ],
        ),
        (PathRule(name="in", when="scenario == 'outbound'", expect="Edge"), []),
        (PathRule(name="in", files="other/*", expect="Edge"), []),
        (PathRule(name="in", when="hops == 4", files="mail/*.eml", expect="Front End -> Transport -> Mailbox"), []),
        (
            PathRule(name="in", forbid=("service:front*", "host:nowhere", "software:postfix*")),
            [("HOP602", 2, "in: service of hop 2 is Front End Transport, forbidden by 'service:front*'.")],
        ),
        (PathRule(name="in", forbid=("product:Exchange Server 2010",)), []),
        (PathRule(name="in", max_total=timedelta(hours=1)), []),
        (
            PathRule(name="in", max_total=timedelta(seconds=1)),
            [("HOP603", 4, "in: total delay 3 s, limit 1 s.")],
        ),
        (PathRule(name="in", tls=MinimumTls(inbound="TLS1.0", internal="TLS1.2")), []),
        (
            PathRule(name="in", tls=MinimumTls(internal="TLS1.3")),
            [("HOP621", hop, f"in: Hop {hop} (internal): TLS1.2, minimum TLS1.3.") for hop in (3, 4)],
        ),
        (PathRule(name="in", when="hops == 5", tls=MinimumTls(internal="TLS1.3")), []),
        (PathRule(name="nothing asked"), []),
    ],
)
def test_rules(rule: PathRule, expected: list[tuple[str, int | None, str]]) -> None:
    assert findings_of(rule) == expected


def test_all_hops_are_compared_in_a_message_without_exchange() -> None:
    assert findings_of(PathRule(name="x", expect="any+"), "postfix-to-gmail") == []


@pytest.mark.parametrize(
    ("expect", "detail"),
    [
        (
            "Front End -> Edge -> Transport -> Mailbox",
            (
                "expected: Front End           -> Edge -> Transport -> Mailbox",
                "observed: Front End Transport -> -    -> Transport -> Mailbox Transport",
                "                                 ^",
            ),
        ),
        (
            "Transport -> Mailbox",
            (
                "expected: -                   -> Transport -> Mailbox",
                "observed: Front End Transport -> Transport -> Mailbox Transport",
                "          ^",
            ),
        ),
    ],
)
def test_both_paths_are_shown_one_below_the_other(expect: str, detail: tuple[str, ...]) -> None:
    (finding,) = path_policy(sample("exchange-2016-inbound"), settings_with(PathRule(name="in", expect=expect)))
    assert finding.detail == detail


def test_a_finding_names_its_line_and_has_the_severity_of_the_rule() -> None:
    rule = PathRule(name="in", forbid=("service:FrontEnd",), severity=Severity.WARNING)
    (finding,) = path_policy(sample("exchange-2016-inbound"), settings_with(rule))
    hop = next(hop for hop in sample("exchange-2016-inbound").route.hops if hop.number == finding.hop)
    assert (finding.severity, finding.line) == (Severity.WARNING, hop.stamp.field.line)


def test_a_message_without_hops() -> None:
    empty = analyze(hopscope.read(""))
    rule = PathRule(name="x", expect="Front End -> Transport", forbid=("host:*",), max_total=timedelta(0))
    (finding,) = path_policy(empty, settings_with(rule))
    assert (finding.code, finding.hop, finding.line) == ("HOP601", None, None)
    assert finding.detail[1] == "observed: -         -> -"


@pytest.mark.parametrize(
    ("rule", "position"),
    [
        (PathRule(name="x", when="hops = 1"), 5),
        (PathRule(name="x", expect="mapi -> nowhere"), 8),
        (PathRule(name="x", forbid=("host:ok", "server:no")), 0),
        (PathRule(name="x", forbid=("host",)), 0),
    ],
)
def test_invalid_rules_are_reported_with_their_position(rule: PathRule, position: int) -> None:
    with pytest.raises(PolicyError) as raised:
        validate(rule)
    assert raised.value.position == position
    assert f"at character {position + 1} of" in str(raised.value)


def test_a_valid_rule() -> None:
    validate(PathRule(name="x", when="hops > 1", expect="any*", forbid=("host:*old*", "software:Sendmail*")))
