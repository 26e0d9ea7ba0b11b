"""The overview at the start of a report: totals, counts by kind, and findings."""

from hopscope.checks.catalogue import entry
from hopscope.model import Severity
from hopscope.renderers.report.legs import name
from hopscope.renderers.stats.names import Names
from hopscope.renderers.text import rounded
from hopscope.renderers.text.page import Facts
from hopscope.statistics.legs import TimedLeg, ranked
from hopscope.statistics.summary import FindingCount, FindingKey, Summary

__all__ = ["answer", "authentication", "counts", "figures", "findings"]

_LINKED = 3
"""Maximum number of messages that a finding links to."""


def answer(summary: Summary, legs: list[TimedLeg], names: Names) -> str:
    """The report in a sentence: the worst findings, and the leg with most of the time lost."""
    if not summary.messages:
        return "No messages."
    found, lost = _worst_findings(summary), _lost(legs, names)
    return f"{found}; {lost}."


def _worst_findings(summary: Summary) -> str:
    """``Warnings: outdated TLS version (HOP503) in 114 of 1,000 messages, long delay (HOP110) in 13``."""
    found = summary.findings_worst_first()
    worst = found[0][0].severity if found else Severity.INFO
    if worst is Severity.INFO:
        return (
            f"No errors or warnings{f' in {rounded.count(summary.messages)} messages' if summary.messages > 1 else ''}"
        )
    named = [(key.code, finding.messages) for key, finding in found if key.severity is worst]
    texts = [
        f"{_title(code)}{f' in {rounded.count(count)}' if summary.messages > 1 else ''}"
        for code, count in named[:_NAMED]
    ]
    if summary.messages > 1:
        texts[0] += f" of {rounded.count(summary.messages)} messages"
    more = rounded.more(len(named) - _NAMED, "codes")
    return f"{'Errors' if worst is Severity.ERROR else 'Warnings'}: {', '.join(texts)}{f' {more}' if more else ''}"


_NAMED = 3
"""Maximum number of codes in a sentence."""


def _title(code: str) -> str:
    """``long delay (HOP110)``, as a reader of a report may not know the codes."""
    catalogued = entry(code)
    if catalogued is None:
        return code
    title = catalogued.name
    lower = title if title[1].isupper() else f"{title[0].lower()}{title[1:]}"
    return f"{lower} ({code})"


def _lost(legs: list[TimedLeg], names: Names) -> str:
    """``most time lost: 31 min of 3 h, from mx.example (other MTA) to ex1.example (Transport)``."""
    timed = [leg for leg in legs if leg.delay.count]
    if not timed:
        return "no delays are known"
    worst, total = ranked(timed)[0], sum(leg.lost for leg in timed)
    if not worst.lost:
        return "no hop took more than 1 s"
    key = worst.key
    tail, head = _end(key.from_service, key.from_host, names), _end(key.to_service, key.to_host, names)
    most = f"most time lost: {rounded.duration(worst.lost)} of {rounded.duration(total)},"
    amount = f"{rounded.duration(total)} lost" if len(timed) == 1 or worst.lost == total else most
    return f"{amount} from {tail} to {head}"


def _end(service: str | None, host: str | None, names: Names) -> str:
    shown = str(name(service, None)["service"])
    return f"{names.host(host)} ({shown})" if host else shown


def figures(summary: Summary) -> list[Facts]:
    """The figures at the top, with their names."""
    total = summary.total
    quantiles = (("p50 end to end", 0.5), ("p90", 0.9), ("p99", 0.99)) if total.count > 1 else ()
    values = [
        ("Messages", rounded.count(summary.messages)),
        ("Hops", rounded.count(summary.hops)),
        *((label, rounded.total(total.quantile(share))) for label, share in quantiles),
        ("Longest" if quantiles else "End to end", rounded.total(total.most if total.count else None)),
    ]
    return [{"name": label, "value": value} for label, value in values]


def counts(occurrences: dict[str, int], total: int) -> list[Facts]:
    """The labels with their counts and shares of the total, the most frequent first."""
    most = max(occurrences.values(), default=0)
    return [
        {
            **name(label, None),
            "count": rounded.count(count),
            "share": rounded.share(count, total),
            "wide": round(100 * count / most, 1),
        }
        for label, count in sorted(occurrences.items(), key=lambda item: (-item[1], item[0]))
    ]


def authentication(summary: Summary) -> dict[str, int]:
    """The number of messages with each result: ``spf=pass (attested)``."""
    named = ((key.split("\t"), count) for key, count in summary.authentication.items())
    return {f"{method}={result} ({writer})": count for (method, result, writer), count in named}


def findings(summary: Summary, shown: dict[FindingKey, list[Facts]]) -> list[Facts]:
    """The findings by code and severity, worst first; ``shown`` has the messages in detail with each."""
    return [
        _finding(key, finding, summary.messages, shown.get(key, [])) for key, finding in summary.findings_worst_first()
    ]


def _finding(key: FindingKey, finding: FindingCount, messages: int, details: list[Facts]) -> Facts:
    catalogued = entry(key.code)
    return {
        "code": key.code,
        "severity": key.severity,
        "summary": f"{catalogued.summary[0].upper()}{catalogued.summary[1:]}" if catalogued else "",
        "count": rounded.count(finding.count),
        "messages": rounded.count(finding.messages),
        "share": rounded.share(finding.messages, messages),
        "linked": details[:_LINKED],
        "more": rounded.more(len(details) - _LINKED, "below"),
    }
