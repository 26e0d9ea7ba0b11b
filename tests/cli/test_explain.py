"""``hopscope explain``."""

from pathlib import Path

from .conftest import Run


def test_a_hop_is_explained_with_header_text_rule_and_alternatives(run: Run, samples: Path) -> None:
    outcome = run("explain", samples / "exchange-2013-internal.eml", "--hop", "2")
    assert outcome.status == 0
    assert "Hop 2: Transport" in outcome.out
    assert "Microsoft SMTP Server (TLS) id 15.0.466.13" in outcome.out
    assert "inferred from the path" in outcome.out
    assert "Hop 3" not in outcome.out


def test_without_a_number_every_hop_is_explained(run: Run, samples: Path) -> None:
    text = (samples / "exchange-2010-internal.eml").read_bytes()
    outcome = run("explain", stdin=text)
    assert "Hop 1: mapi submission" in outcome.out
    assert "`with mapi`" in outcome.out
    assert "Hop 2: Hub Transport" in outcome.out


def test_a_hop_that_does_not_exist_is_a_usage_error(run: Run, samples: Path) -> None:
    outcome = run("explain", samples / "exchange-2010-internal.eml", "--hop", "3")
    assert outcome.status == 2
    assert "no hop 3" in outcome.err


def test_what_cannot_be_read_is_an_error(run: Run, tmp_path: Path) -> None:
    assert run("explain", tmp_path / "missing.eml").status == 2
