"""The facts of a comparison in words."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

import hopscope
from hopscope.analysis.analyze import analyze
from hopscope.comparison import Comparison, Row, Side, Step, compare
from hopscope.comparison.typical import typical
from hopscope.model import (
    Label,
    Route,
    Service,
    Stage,
)
from hopscope.renderers import Style
from hopscope.renderers.comparison import renderer, wording
from hopscope.renderers.message import wording as message_wording

from ..message.test_wording import hop


def test_steps_of_a_message_have_a_number_and_those_of_a_model_have_none() -> None:
    label = Label(service=Service.TRANSPORT)
    step = Step(stage=Stage.TRANSPORT, service="Transport")
    assert wording.step(step) == "Transport"
    assert wording.step(replace(step, hop=hop(label))) == "1 Transport"
    assert wording.step(replace(step, hop=hop(label, delay=timedelta(seconds=1)))) == "1 Transport, 1 s"


def comparison(*rows: Row, same: bool = False) -> Comparison:
    side = Side(title="-", steps=())
    return Comparison(left=side, right=side, rows=rows, same=same)


def test_a_side_without_a_step_has_a_dash_and_the_reason() -> None:
    assert wording.absent(None) == "–"
    assert wording.absent("no stamp") == "– (no stamp)"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param(
            Side(title="a.eml", steps=(), releases=("Exchange 2010 SP2 RU3",)),
            Side(title="b.eml", steps=(), releases=("Exchange 2013 CU21", "Exchange 2013 CU23")),
            [("Exchange 2010 SP2 RU3", "Exchange 2013 CU21, Exchange 2013 CU23"), ("a.eml", "b.eml")],
            id="both releases are known",
        ),
        pytest.param(
            Side(title="a.eml", steps=()),
            Side(
                title="b.mbox",
                steps=(),
                products=("Exchange Server 2016", "Exchange Server 2019"),
                releases=("Exchange 2016 CU22", "Exchange 2019 CU14", "Exchange 2016 CU23"),
                messages=3,
                matching_messages=2,
            ),
            [
                ("no Exchange", "Exchange 2016, Exchange 2019 CU14"),
                ("a.eml", "b.mbox: 2 of 3 messages, median delays"),
            ],
            id="a dump with two releases of a generation",
        ),
        pytest.param(
            Side(title="a.eml", steps=(Step(stage=Stage.TRANSPORT, service="Transport"),)),
            Side(title="b.eml", steps=(Step(stage=Stage.OUTSIDE, service="other MTA"),)),
            [("Exchange, release unknown", "no Exchange"), ("a.eml", "b.eml")],
            id="no release",
        ),
    ],
)
def test_the_head_of_a_column_is_the_release_with_the_file_below(
    left: Side, right: Side, expected: list[tuple[str, str]]
) -> None:
    assert wording.headings(Comparison(left=left, right=right, rows=(), same=True)) == expected


def test_verdict() -> None:
    step = Step(stage=Stage.DELIVERY, service="Mailbox Transport")
    assert wording.verdict(comparison(same=True)).startswith("Same path")
    one_sided = comparison(Row(stage=Stage.DELIVERY, left=step))
    assert wording.verdict(one_sided) == "Different paths. They differ at: delivery."
    both = comparison(Row(stage=Stage.DELIVERY, left=step, right=step))
    assert wording.verdict(both) == "Different paths. The order of the services differs."


def test_the_verdict_names_services_of_one_side_only() -> None:
    edge, hub = (
        Step(stage=Stage.TRANSPORT, service="Edge Transport"),
        Step(stage=Stage.TRANSPORT, service="Hub Transport"),
    )
    outside = Row(stage=Stage.OUTSIDE, left=Step(stage=Stage.OUTSIDE, service="other MTA"))
    same = "Same path: both pass the same services in the same order"
    assert wording.verdict(comparison(Row(stage=Stage.TRANSPORT, left=edge), outside, same=True)) == (
        f"{same}, except Edge Transport, which is optional in documented mail flow."
    )
    rows = Row(stage=Stage.TRANSPORT, right=hub), Row(stage=Stage.TRANSPORT, left=edge)
    assert wording.verdict(comparison(*rows, same=True)) == (
        f"{same}, except Edge Transport, which is optional in documented mail flow"
        " and Hub Transport, which does not always add a Received field."
    )
    twice = Row(stage=Stage.TRANSPORT, left=hub, right=hub), Row(stage=Stage.TRANSPORT, left=hub)
    assert wording.verdict(comparison(*twice, same=True)) == f"{same}."


HELD = "5 min 8 s: 5 min 6 s held by EX19-02.corp.example.com Transport (mailbox delivery queue)"


def sample(samples: Path, name: str) -> Route:
    return hopscope.read((samples / f"exchange-{name}.eml").read_bytes())


@pytest.mark.parametrize("name", ["plain", "markdown", "table", "html"])
@pytest.mark.parametrize(("right", "count"), [("2013", 1), ("2019-inbound", 2), ("2013-internal", 1)])
def test_a_comparison_names_who_held_each_message(samples: Path, name: str, right: str, count: int) -> None:
    other = right if right == "2013" else sample(samples, right)
    compared = hopscope.compare(sample(samples, "2019-inbound"), other)
    shown = renderer(name).comparison(compared, Style(width=250))
    assert shown.replace("\\", "").count(HELD) == count


def test_the_holder_is_that_of_the_answer(samples: Path) -> None:
    for file in samples.glob("*.eml"):
        if (message := hopscope.read(file.read_bytes())).hops:
            shown = wording.total(hopscope.compare(message, message).left)
            assert shown.partition(": ")[2] == message_wording.answer(analyze(message)).partition(": ")[2]


def test_a_quick_message_a_model_and_a_dump_have_no_holder(samples: Path) -> None:
    slow = sample(samples, "2019-inbound")
    one, two = typical([slow]), typical([slow, slow])
    assert one is not None
    assert two is not None
    compared = compare(one, two)
    assert wording.total(compared.left) == HELD
    assert wording.total(compared.right) == "5 min 8 s"
    assert wording.total(hopscope.compare(slow, "2013").right) == "–"
    assert wording.total(hopscope.compare(sample(samples, "2013-internal"), "2013").left) == "3 s"
