"""CSV of a comparison."""

import hopscope
from hopscope import render

from ..message.test_csv import read


def test_a_comparison_has_its_reasons_and_totals() -> None:
    message = hopscope.read(b"Received: by b.example with mapi id 15.0.1.1; Mon, 3 Jun 2024 14:02:34 -0400\n" * 2)
    rows = read(render.csv(hopscope.compare(message, "2010")))
    assert rows[0]["stage"] == "submission"
    assert rows[0]["left_service"] == rows[0]["right_service"] == "mapi submission"
    assert (rows[0]["left_product"], rows[0]["right_product"]) == ("Exchange Server 2013", "")
    assert rows[-1]["stage"] == "total"
    assert (rows[-1]["left_delay_seconds"], rows[-1]["right_delay_seconds"]) == ("0.0", "")
    assert any(row["left_reason"] for row in rows)
