"""Authentication results in summaries: counted by method, result and writer, bounded, merged and saved."""

import json

import pytest

import hopscope
from hopscope.errors import OptionError
from hopscope.renderers.report import overview
from hopscope.renderers.stats import Content, render
from hopscope.statistics.digest import digest, route_digest
from hopscope.statistics.saved import dumps, loads
from hopscope.statistics.summary import Summary
from tests.analysis.cases_authentication import ORIGIN, POSTFIX, arc_set, fields, results

ROUTE = fields(
    results("gw.corp.example", "spf=pass; dkim=pass; dkim=pass; dkim=fail; x-made=up; spf=made-up"),
    POSTFIX,
    *arc_set(1, found="dmarc=pass"),
    ORIGIN,
    results("mx.shop.example", "spf=pass"),
)
COUNTED = {
    "spf\tpass\tattested": 1,
    "dkim\tpass\tattested": 1,
    "dkim\tfail\tattested": 1,
    "other\tother\tattested": 1,
    "spf\tother\tattested": 1,
    "spf\tpass\tnot attested": 1,
}


def summary(*, times: int = 1) -> Summary:
    whole = Summary()
    for _ in range(times):
        whole.add(hopscope.analyze(ROUTE))
    return whole


def test_each_result_counts_once_in_a_message() -> None:
    assert summary().authentication == COUNTED
    assert digest(hopscope.analyze(hopscope.read("Authentication-Results: a; spf=pass\n\n"))).authentication == (
        "spf\tpass\tunknown",
    )


def test_quick_summaries_count_none() -> None:
    assert route_digest(ROUTE).authentication == ()


def test_made_up_methods_and_results_are_one() -> None:
    whole = Summary()
    for number in range(300):
        whole.add(hopscope.analyze(fields(results("gw.corp.example", f"m{number}=pass; spf=r{number}"), POSTFIX)))
    assert whole.authentication == {"other\tother\tattested": 300, "spf\tother\tattested": 300}


def test_merged_and_saved_summaries_have_the_same_counts() -> None:
    merged = summary(times=2)
    merged.merge(summary())
    assert merged.authentication == summary(times=3).authentication
    assert loads(dumps(merged)).authentication == merged.authentication


def test_summaries_of_earlier_versions_are_read() -> None:
    saved = json.loads(dumps(summary()))
    del saved["authentication"]
    assert loads(json.dumps(saved)).authentication == {}


@pytest.mark.parametrize("key", ["spf", "spf\tpass\tme", "spf\tmade-up\tattested", "x\tother\tattested", "a\tb\tc\td"])
def test_a_summary_with_other_results_is_refused(key: str) -> None:
    saved = json.loads(dumps(summary())) | {"authentication": {key: 1}}
    with pytest.raises(OptionError, match="an unknown authentication result"):
        loads(json.dumps(saved))


def test_the_table_has_a_row_for_each_result_and_writer() -> None:
    shown = render("csv", Content(summary=summary(times=2), by=("authentication",)))
    assert shown.splitlines()[0] == "method,result,written_by,messages"
    assert "spf,pass,not attested,2" in shown.splitlines()


def test_the_report_counts_each_result_and_writer() -> None:
    assert overview.authentication(summary(times=2))["spf=pass (not attested)"] == 2
