from pathlib import Path

import pytest

from tasks.release_notes import main

CHANGES = "# Changelog\n\n## [Unreleased]\n\n- Next\n\n"


@pytest.mark.parametrize(
    ("tag", "changelog", "notes"),
    [
        (
            "v1.2.3",
            "## [1.2.3] - 2026-11-29\n\n### Added\n\n- It\n\n## [1.2.2] - 2026-01-01\n\n- Old\n",
            "### Added\n\n- It\n",
        ),
        ("v1.2.3", "## [1.2.3] - 2026-11-29\n\n- It\n", "- It\n"),
        ("v1.2.4", "## [1.2.4] - 2026-11-29\n\n- It\n", None),
        ("1.2.3", "## [1.2.3] - 2026-11-29\n\n- It\n", None),
        ("v1.2.3", "## [1.2.3]\n\n- It\n", None),
        ("v1.2.3", "## [1.2.3] - 2026-11-29\n\n## [1.2.2] - 2026-01-01\n\n- Old\n", None),
        ("v1.2.3", "## [1x2.3] - 2026-11-29\n\n- It\n", None),
        ("v1.2.3; touch hit", "## [1.2.3] - 2026-11-29\n\n- It\n", None),
    ],
)
def test_a_release_has_its_version_and_its_section(
    tag: str, changelog: str, notes: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hopscope").mkdir()
    (tmp_path / "hopscope" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGES + changelog)
    assert main([tag], tmp_path) == (notes is None)
    output = capsys.readouterr()
    assert output.out == (notes or "")
    assert bool(output.err) is (notes is None)
