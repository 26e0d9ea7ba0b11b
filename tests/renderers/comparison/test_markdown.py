"""A comparison in Markdown."""

from hypothesis import given

from hopscope import render
from hopscope.comparison import Comparison, Row, Side
from hopscope.model import Stage
from hopscope.renderers.comparison import wording as comparison_wording

from ..message.test_markdown import inlines, kept
from ..strategies import texts


@given(texts, texts)
def test_a_comparison_keeps_its_texts_without_other_markup(title: str, reason: str) -> None:
    side = Side(title=title, steps=())
    row = Row(stage=Stage.DELIVERY, left_reason=reason, right_reason=None)
    shown = render.markdown(Comparison(left=side, right=side, rows=(row,), same=True))
    found = list(inlines(shown))
    assert [text for kind, text in found if kind == "th"] == ["Stage", "no Exchange", "no Exchange"]
    assert [text for kind, text in found if kind == "td"][:6] == [
        "",
        kept(title),
        kept(title),
        "delivery",
        kept(comparison_wording.absent(reason)),
        "–",
    ]
    assert found[-1] == ("p", "Same path: both pass the same services in the same order.")
