"""The overview at the start of a report: totals, counts by kind, and findings."""

from hopscope.checks.catalogue import entry
from hopscope.renderers.report.legs import name
from hopscope.renderers.text import rounded
from hopscope.renderers.text.page import Facts
from hopscope.statistics.summary import FindingCount, FindingKey, Summary

__all__ = ["counts", "figures", "findings"]

_LINKED = 5
"""Maximum number of messages that a finding links to."""


def figures(summary: Summary) -> list[Facts]:
    """The figures at the top, with their names."""
    total = summary.total
    quantiles = (("p50 end to end", 0.5), ("p90", 0.9), ("p99", 0.99))
    values = [
        ("Messages", rounded.count(summary.messages)),
        ("Hops", rounded.count(summary.hops)),
        *((label, rounded.total(total.quantile(share))) for label, share in quantiles),
        ("Longest", rounded.total(total.most if total.count else None)),
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


def findings(summary: Summary, shown: dict[FindingKey, list[str]]) -> list[Facts]:
    """The findings by code and severity, worst first; ``shown`` has the keys of the messages in detail with each."""
    return [
        _finding(key, finding, summary.messages, shown.get(key, [])) for key, finding in summary.findings_worst_first()
    ]


def _finding(key: FindingKey, finding: FindingCount, messages: int, keys: list[str]) -> Facts:
    catalogued = entry(key.code)
    return {
        "code": key.code,
        "severity": key.severity,
        "summary": f"{catalogued.summary[0].upper()}{catalogued.summary[1:]}" if catalogued else "",
        "count": rounded.count(finding.count),
        "messages": rounded.count(finding.messages),
        "share": rounded.share(finding.messages, messages),
        "linked": keys[:_LINKED],
        "more": rounded.more(len(keys) - _LINKED, "below"),
    }
