"""Messages in a report: the worst ones and one for each finding, for any division into chunks."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

import hopscope
from hopscope.analysis.analyze import Analysis, analyze
from hopscope.errors import SourceError
from hopscope.renderers.report import Report, detailed, render
from hopscope.scale.reporting import Sample, inspect, sample
from hopscope.scale.run import CHUNK
from hopscope.scale.work import Chunk
from hopscope.sources import messages

SAMPLES = Path(__file__).parent.parent.parent / "samples"


@cache
def chunk() -> Chunk:
    return [*messages([str(SAMPLES), "missing.eml"], None)]


def merged_sample(chunks: Sequence[Chunk], details: int) -> Sample:
    merged = Sample()
    for chunk in chunks:
        merged.merge(inspect(chunk, details=details), details)
    return merged


@cache
def undivided(details: int) -> Sample:
    return merged_sample([chunk()], details)


@cache
def undivided_page(details: int) -> str:
    return page(undivided(details))


def page(whole: Sample) -> str:
    details = tuple(detailed(analysis, number) for number, analysis in enumerate(analyses(whole), 1))
    return "".join(render(Report(title="t", summary=whole.summary, details=details)))


def analyses(whole: Sample) -> list[Analysis]:
    return [analyze(hopscope.read(message.data, source=message.source)) for message in whole.shown()]


@settings(max_examples=30)
@given(st.lists(st.integers(0, len(chunk())), max_size=4), st.sampled_from((0, 1, 3, 200)))
def test_the_page_is_the_same_for_any_chunks(cuts: list[int], details: int) -> None:
    places = [0, *sorted(cuts), len(chunk())]
    chunks = [chunk()[first:last] for first, last in pairwise(places)]
    last = merged_sample(chunks, 0)
    assert merged_sample(chunks, details) == msgspec.structs.replace(
        undivided(details), errors=last.errors, skipped=last.skipped
    )
    if details == 3:
        assert page(merged_sample(chunks, details)) == undivided_page(details)


def test_the_worst_messages_come_first_and_every_finding_has_one() -> None:
    for details in (1, 3, 200):
        merged = undivided(details)
        shown = analyses(merged)
        assert len(merged.worst) == min(details, merged.summary.messages)
        keys = {(finding.code, finding.severity) for analysis in shown for finding in analysis.findings}
        assert keys == set(merged.summary.findings)
        assert len({analysis.route.source for analysis in shown}) == len(shown)
        order = ("error", "warning", "info", "")
        worst = [order.index(analysis.findings[0].severity if analysis.findings else "") for analysis in shown]
        assert worst == sorted(worst)


def test_no_details_keep_no_message() -> None:
    merged = undivided(0)
    assert not merged.worst
    assert not merged.examples
    assert not list(merged.shown())
    assert merged.summary.messages > 10


def test_kept_messages_are_limited_and_each_finding_has_one() -> None:
    merged = merged_sample([[each] for each in chunk()], 2)
    assert len(merged.worst) == 2
    assert len(list(merged.shown())) <= 2 + 2 + len(merged.summary.findings), "worst, slowest, and one per finding"


def test_unreadable_input_is_counted_and_reported() -> None:
    errors = [each for each in inspect(chunk(), details=1).errors if each.source == "missing.eml"]
    assert [type(each) for each in errors] == [SourceError]
    assert inspect(chunk(), details=1).summary.unreadable >= 1


def test_the_result_of_a_chunk_can_be_sent_to_another_process() -> None:
    import pickle

    result = inspect(chunk()[:5], details=3)
    copy = pickle.loads(pickle.dumps(result))  # noqa: S301 - our own
    assert page(copy) == page(result)


def test_a_sample_is_given_after_each_chunk(tmp_path: Path) -> None:
    stamp = b"Received: from a.example by b.example; Mon, 3 Jun 2024 10:00:00 +0000\n\n"
    (tmp_path / "all.mbox").write_bytes(
        b"".join(b"From - Mon Jun  3 10:00:00 2024\n" + stamp for _ in range(CHUNK + 2))
    )
    counts = [each.summary.messages for each in sample([str(tmp_path)], None, details=1)]
    assert counts == [CHUNK, CHUNK + 2]
