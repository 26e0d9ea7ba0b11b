"""HOP60x: paths that differ from those of the settings."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import groupby

from msgspec.structs import replace

from hopscope.analysis import path_pattern
from hopscope.analysis.context import MessageContext
from hopscope.analysis.path_pattern import Pair, PathPattern
from hopscope.analysis.phrases import duration
from hopscope.analysis.rules.finding import about
from hopscope.checks import condition, tls
from hopscope.checks.causes import (
    cause_of_total,
    checks_of_total,
    corrected_total,
    is_claimed_total,
    total_without_skew,
)
from hopscope.classifier import service_names
from hopscope.config.settings import MinimumTls, PathRule, Settings, matches
from hopscope.errors import PolicyError
from hopscope.model import Finding, Hop, Severity

__all__ = [
    "PathRule",
    "applies",
    "forbidden",
    "path_policy",
    "total_delay",
    "unexpected_path",
    "validate",
]


def validate(rule: PathRule) -> None:
    """Parse every expression of a rule.

    Raises:
        PolicyError: A text is invalid; the error has the position.
    """
    if rule.when is not None:
        _condition(rule.when)
    if rule.expect is not None:
        _expectation(rule.expect)
    for entry in rule.forbid:
        _forbidding(entry)


def path_policy(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """The findings of the path tables that apply to a message."""
    for rule in settings.path:
        if applies(rule, case, settings.file):
            for check in (unexpected_path, forbidden, total_delay):
                yield from check(case, rule)
            yield from _weaker_tls(case, rule, settings)


def applies(rule: PathRule, case: MessageContext, file: str | None) -> bool:
    """Whether a rule applies to a message in ``file``."""
    if rule.files is not None and not (file is not None and matches(file, (rule.files,))):
        return False
    return rule.when is None or _condition(rule.when)(case)


def _weaker_tls(case: MessageContext, rule: PathRule, settings: Settings) -> Iterator[Finding]:
    """The findings of HOP621 with the minimum TLS of the rule."""
    if rule.tls == _ANY_TLS:
        return
    for finding in tls.weak_tls(case, replace(settings, tls=rule.tls)):
        severity = finding.severity if finding.severity is Severity.INFO else rule.severity
        yield replace(finding, severity=severity, message=f"{rule.name}: {finding.message}")


_ANY_TLS = MinimumTls()


def unexpected_path(case: MessageContext, rule: PathRule) -> Iterator[Finding]:
    """HOP601: The path of a message differs from the expected one.

    Aligns the hops of the last passage through Exchange with the expected path, with as few differences as possible;
    all hops if the expected path names other mail systems.

    Why it matters: mail flow is no longer what it should be.

    Example: `expect = "Front End Transport -> Transport -> Mailbox Transport"`.
    """
    if rule.expect is None:
        return
    expected = _expectation(rule.expect)
    hops = case.route.hops if expected.names_others else _last_passage(case)
    pairs = expected.align([(hop.label.service, hop.server) for hop in hops])
    difference = next((pair for pair in pairs if pair.step is None or pair.hop is None), None)
    if difference is None:
        return
    # A missing service has no hop to report: the finding is about the last hop of the path.
    last = next((pair.hop for pair in reversed(pairs) if pair.hop is not None), None)
    index = last if difference.hop is None else difference.hop
    message = f"{rule.name}: the path differs from the expected one: {_differences(pairs, hops)}."
    finding = Finding(
        code="HOP601",
        severity=rule.severity,
        message=message,
        cause="Consistent with changed connectors or DNS records, a new or unavailable server, or an outdated setting.",
        checks=(
            "Check the connectors and DNS records that route this mail.",
            "If the new path is intended: change expect in the settings.",
        ),
        detail=_aligned(pairs, hops),
    )
    yield replace(finding, source=case.route.source) if index is None else about(case, hops[index], finding)


def forbidden(case: MessageContext, rule: PathRule) -> Iterator[Finding]:
    """HOP602: The path includes a server, service, product or software that the settings forbid.

    Checks every hop.

    Example: `forbid = ["host:*EX2010*"]`.
    """
    for entry in rule.forbid:
        kind, pattern = _forbidding(entry)
        for hop in case.route.hops:
            name = _name(kind, hop)
            if name is not None and fnmatchcase(name.lower(), pattern):
                finding = Finding(
                    code="HOP602",
                    severity=rule.severity,
                    message=f"{rule.name}: {kind} of hop {hop.number} is {name}, forbidden by {entry!r}.",
                    cause="Consistent with a connector, DNS record or smart host that routes mail there.",
                    checks=(f"Check which connector, DNS record or smart host routes mail to hop {hop.number}.",),
                )
                yield about(case, hop, finding)


def total_delay(case: MessageContext, rule: PathRule) -> Iterator[Finding]:
    """HOP603: The total delay of the message exceeds max_total of its path.

    Clock skew that a tracking log shows does not count.

    Example: `max_total = "2m"`.
    """
    total = total_without_skew(case)
    if rule.max_total is not None and total is not None and total > rule.max_total:
        message = f"{rule.name}: total delay {corrected_total(case, total)}, limit {duration(rule.max_total)}."
        finding = Finding(
            code="HOP603",
            severity=rule.severity,
            message=message,
            cause=cause_of_total(case),
            checks=checks_of_total(case),
        )
        yield about(case, case.route.hops[-1], finding, int(is_claimed_total(case, rule.max_total)))


@lru_cache(maxsize=256)
def _condition(text: str) -> condition.Condition:
    return condition.parse(text)


@lru_cache(maxsize=256)
def _expectation(text: str) -> PathPattern:
    return path_pattern.parse(text)


_ARROW = " -> "
_NOTHING = "-"
_KINDS = ("host", "service", "product", "software")


def _forbidding(entry: str) -> tuple[str, str]:
    """Kind and pattern of a forbidden entry."""
    kind, colon, pattern = entry.partition(":")
    if not colon or kind not in _KINDS:
        forms = ", ".join(f"{name}:PATTERN" for name in _KINDS)
        raise PolicyError(entry, 0, f"expected one of {forms}")
    pattern = pattern.strip().lower()
    service = service_names.service(pattern) if kind == "service" else None
    return kind, str(service).lower() if service else pattern


def _name(kind: str, hop: Hop) -> str | None:
    label = hop.label
    names = {
        "host": hop.server,
        "service": str(label.service),
        "product": label.product,
        "software": label.software,
    }
    return names[kind] or None


def _last_passage(case: MessageContext) -> Sequence[Hop]:
    """The hops of the last passage through Exchange; all hops where there is none."""
    if not case.passages:
        return case.route.hops
    passage = case.passages[-1]
    return [hop for hop in case.route.hops if passage.first <= hop.number <= passage.last]


def _differences(pairs: Iterable[Pair], hops: Sequence[Hop]) -> str:
    """``without Transport; with hop 3 (Edge Transport), not expected``."""
    parts = []
    for kind, group in groupby(pairs, key=lambda pair: (pair.step is None, pair.hop is None)):
        if kind == (False, True):
            parts.append("without " + " and ".join(pair.step.text for pair in group if pair.step))
        elif kind == (True, False):
            extra = [hops[pair.hop] for pair in group if pair.hop is not None]
            listed = " and ".join(f"hop {hop.number} ({hop.label.service})" for hop in extra)
            parts.append(f"with {listed}, not expected")
    return "; ".join(parts)


def _aligned(pairs: Sequence[Pair], hops: Sequence[Hop]) -> tuple[str, ...]:
    """The expected path, the observed path below it, and a mark at the first difference."""
    cells = [
        (
            pair.step.text if pair.step else _NOTHING,
            str(hops[pair.hop].label.service) if pair.hop is not None else _NOTHING,
        )
        for pair in pairs
    ]
    widths = [max(map(len, cell)) for cell in cells]
    expected, actual = (
        _ARROW.join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        for row in zip(*cells, strict=True)
    )
    differing = next(index for index, pair in enumerate(pairs) if pair.step is None or pair.hop is None)
    mark = sum(widths[:differing]) + len(_ARROW) * differing
    lines = (f"expected: {expected}", f"observed: {actual}", f"{' ' * (len('expected: ') + mark)}^")
    return tuple(line.rstrip() for line in lines)
