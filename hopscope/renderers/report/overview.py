"""The first things that a report says: how many, how long, of what, and what stands out."""

from hopscope.checks.catalogue import entry
from hopscope.model import WORST_FIRST, Severity
from hopscope.renderers.report.legs import name
from hopscope.renderers.text import rounded
from hopscope.renderers.text.page import Facts
from hopscope.statistics.summary import FindingCount, Summary

__all__ = ["counts", "figures", "findings"]

_LINKED = 5
"""Messages that are linked from a finding."""


def figures(summary: Summary) -> list[Facts]:
    """The figures at the top, each with a name."""
    total = summary.total
    quantiles = (("Median end to end", 0.5), ("p90", 0.9), ("p99", 0.99))
    found = [
        ("Messages", rounded.count(summary.messages)),
        ("Hops", rounded.count(summary.hops)),
        *((label, rounded.duration(total.quantile(share))) for label, share in quantiles),
        ("Longest", rounded.duration(total.most if total.count else None)),
    ]
    return [{"name": label, "value": value} for label, value in found]


def counts(found: dict[str, int], whole: int) -> list[Facts]:
    """What there is how often, the most first."""
    most = max(found.values(), default=0)
    return [
        {
            **name(each, None),
            "count": rounded.count(count),
            "share": rounded.share(count, whole),
            "wide": round(100 * count / most, 1),
        }
        for each, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]


def findings(summary: Summary, shown: dict[str, list[str]]) -> list[Facts]:
    """The findings by code, worst first; ``shown`` has the keys of the messages in detail by code."""
    listed = sorted(
        summary.findings.items(),
        key=lambda item: (WORST_FIRST.index(Severity(item[1].severity)), -item[1].messages, item[0]),
    )
    return [_finding(code, found, summary.messages, shown.get(code, [])) for code, found in listed]


def _finding(code: str, found: FindingCount, messages: int, keys: list[str]) -> Facts:
    known = entry(code)
    return {
        "code": code,
        "severity": found.severity,
        "summary": f"{known.summary[0].upper()}{known.summary[1:]}" if known else "",
        "messages": rounded.count(found.messages),
        "share": rounded.share(found.messages, messages),
        "linked": keys[:_LINKED],
        "more": rounded.more(len(keys) - _LINKED, "below"),
    }
