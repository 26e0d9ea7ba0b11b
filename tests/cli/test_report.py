"""``hopscope report``: output file and counts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run


def test_the_page_goes_to_standard_output_or_to_a_file(run: Run, samples: Path, tmp_path: Path) -> None:
    printed = run("report", samples / "organisation")
    assert (printed.status, printed.err) == (0, "")
    assert printed.out.startswith("<!doctype html>\n")
    written = run("report", samples / "organisation", "-o", tmp_path / "report.html")
    assert (written.status, written.out, written.err) == (0, "", "")
    assert (tmp_path / "report.html").read_text() == printed.out


@pytest.mark.posix
def test_a_page_is_not_written_to_a_terminal(samples: Path) -> None:
    terminal, program = os.openpty()
    command = [sys.executable, "-m", "hopscope", "report", str(samples / "organisation")]
    done = subprocess.run(command, stdout=program, stderr=subprocess.PIPE, text=True, check=False)
    os.close(program)
    os.close(terminal)
    assert done.returncode == 2
    assert done.stderr == "hopscope: the report is a page for a browser; use -o report.html, or -o - for the terminal\n"


def test_a_title_and_no_details(run: Run, samples: Path) -> None:
    done = run("report", samples / "organisation", "--details", 0, "--title", "May & <June>")
    assert "<h1>May &amp; &lt;June&gt;</h1>" in done.out
    assert "No message is shown in detail." in done.out


def test_unreadable_input_is_noted_and_the_rest_reported(run: Run, samples: Path) -> None:
    done = run("report", samples / "organisation" / "inbound.eml", "missing.eml")
    assert done.status == 2
    assert done.err == "hopscope: missing.eml: no such file; check the path\n"
    assert "1 message, received" in done.out
    assert "1 more could not be read" in done.out


def test_piped_headers_are_read(run: Run, samples: Path) -> None:
    done = run("report", stdin=(samples / "organisation" / "inbound.eml").read_bytes())
    assert done.status == 0
    assert "mx.partner.example" in done.out


def test_empty_input_is_an_error_and_still_gives_a_page(run: Run) -> None:
    done = run("report", stdin=b"")
    assert done.status == 2
    assert done.err.startswith("hopscope: -: empty")
    assert done.out.endswith("</html>\n")


def test_an_input_file_is_not_written(run: Run, samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "inbound.eml"
    path.write_bytes((samples / "organisation" / "inbound.eml").read_bytes())
    done = run("report", path, "-o", path)
    assert done.status == 2
    assert "is also an input file" in done.err


def test_a_negative_number_of_details_is_refused(run: Run) -> None:
    assert run("report", "--details", -1).status == 2
