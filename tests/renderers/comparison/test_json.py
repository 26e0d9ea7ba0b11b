"""JSON of a comparison."""

from itertools import permutations
from pathlib import Path

from msgspec.structs import replace

import hopscope
from hopscope import render

from ..documents import checked
from ..message.test_json import MESSAGE, NAMES, read


def test_comparisons_are_valid() -> None:
    for left, right in permutations(NAMES, 2):
        compared = hopscope.compare(read(left), read(right))
        assert checked(render.json(compared)) == checked(render.jsonl(compared))
    for generation in ("2010", "2013"):
        checked(render.json(hopscope.compare(read(NAMES[0]), generation)))


def test_invalid_utf_8_is_escaped_in_every_field_of_a_comparison() -> None:
    left = replace(hopscope.read(MESSAGE, source="caf\udce9.eml"), message_id="\udcff")
    document = checked(render.json(hopscope.compare(left, left)))
    assert document["left"]["title"] == "caf\\xe9.eml"
    assert document["left"]["message_id"] == "\\xff"


def test_a_side_of_one_message_has_the_time_spent(samples: Path) -> None:
    slow = hopscope.read((samples / "exchange-2019-inbound.eml").read_bytes())
    document = checked(render.json(hopscope.compare(slow, "2013")))
    assert document["left"]["time_spent"] == checked(render.json(slow))["time_spent"] != []
    assert document["right"]["time_spent"] == []
