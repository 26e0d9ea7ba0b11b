"""The command line, with which the page is compared."""

from pathlib import Path

from click.testing import CliRunner

from hopscope.cli import commands

__all__ = ["SAMPLES", "printed"]

SAMPLES = Path(__file__).parents[2] / "samples"


def printed(*arguments: str, stdin: str | None = None) -> str:
    """The standard output of the command line."""
    outcome = CliRunner().invoke(commands, list(arguments), input=stdin)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    return outcome.stdout_bytes.decode()
