"""Runs the command line within the test process."""

import io
import signal
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from hopscope import cli


class Outcome(NamedTuple):
    """Result of a run."""

    status: int | str | None
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    names = ("NO_COLOR", "FORCE_COLOR", "HOPSCOPE_FORMAT", "HOPSCOPE_TZ", "HOPSCOPE_COLOR", "COLUMNS", "TERM")
    for name in (*names, "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"):
        monkeypatch.delenv(name, raising=False)
    handler = signal.getsignal(signal.SIGPIPE) if hasattr(signal, "SIGPIPE") else None
    yield
    if handler is not None:
        signal.signal(signal.SIGPIPE, handler)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``hopscope`` with the arguments given, with ``stdin`` as a pipe that holds these bytes."""

    def run_(*arguments: object, stdin: bytes | None = b"") -> Outcome:
        monkeypatch.setattr(
            "sys.stdin",
            None if stdin is None else io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin)), encoding="utf-8"),
        )
        with pytest.raises(SystemExit) as exit_:
            cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(exit_.value.code, captured.out, captured.err)

    return run_
