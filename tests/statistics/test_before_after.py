"""Comparison of two summaries: added, removed, slower and faster legs."""

import pytest

from hopscope.statistics.before_after import Verdict, before_after
from hopscope.statistics.summary import Summary

from .organisations import message, stamps_of, summary


def verdicts(before: Summary, after: Summary) -> dict[str, Verdict]:
    return {change.name: change.verdict for change in before_after(before, after).legs}


def dump(*names: str, took: float = 1, count: int = 10) -> Summary:
    return summary(message(*stamps_of(*names), took=took) for _ in range(count))


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (dump("fe:a", "tr:a"), dump("fe:b", "tr:c"), Verdict.SAME),
        (dump("fe:a", "tr:a", took=4), dump("fe:a", "tr:a", took=9), Verdict.SLOWER),
        (dump("fe:a", "tr:a", took=9), dump("fe:a", "tr:a", took=4), Verdict.FASTER),
        (dump("fe:a", "tr:a", took=0.1), dump("fe:a", "tr:a", took=0.9), Verdict.SAME),
        (dump("fe:a", "tr:a", took=10), dump("fe:a", "tr:a", took=12), Verdict.SAME),
        (dump("fe:a", "tr:a", took=4), dump("fe:a", "tr:a", took=9, count=4), Verdict.FEW),
        (dump("fe:a", "tr:a"), dump("fe:a", "mb:a"), Verdict.GONE),
        (dump("fe:a", "mb:a"), dump("fe:a", "tr:a"), Verdict.NEW),
    ],
)
def test_a_kind_of_leg_has_one_verdict(before: Summary, after: Summary, verdict: Verdict) -> None:
    assert verdicts(before, after)["Front End Transport -> Transport"] is verdict


def test_a_dump_equals_itself() -> None:
    assert before_after(dump("fe:a", "tr:a"), dump("fe:a", "tr:a")).same
    assert before_after(Summary(), Summary()).same
    assert not before_after(dump("fe:a", "tr:a"), dump("fe:a")).same
