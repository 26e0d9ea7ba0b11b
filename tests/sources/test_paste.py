"""A paste at a terminal: a pseudo-terminal, with a thread that types."""

import os
from threading import Thread
from typing import Any

import pytest

from hopscope.sources import Message, messages

from .helpers import MAIL, outcomes

pytestmark = pytest.mark.posix

CTRL_D = b"\x04"


def typed(text: bytes, *, early: bool = False) -> list[str | tuple[str, bytes]]:
    """The messages read from this text typed at a terminal, with ``early`` typed before the read starts."""
    import termios

    master, slave = os.openpty()
    before = termios.tcgetattr(slave)
    before[3] &= ~termios.ECHO  # its output is not read
    termios.tcsetattr(slave, termios.TCSANOW, before)

    def type_in() -> None:
        while not early and termios.tcgetattr(master)[3] & termios.ICANON:
            pass  # not yet read
        os.write(master, text)

    thread = Thread(target=type_in, daemon=True)
    thread.start()
    if early:
        thread.join()
    with os.fdopen(slave, "rb") as terminal:
        results = outcomes(messages(["-"], terminal))
        thread.join()
        after: list[Any] = termios.tcgetattr(slave)
    os.close(master)
    assert after == before, "the terminal is as it was"
    return results


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param(MAIL.replace(b"\r\n", b"\r"), MAIL.replace(b"\r\n", b"\n"), id="lines"),
        pytest.param(b"Received: from a", b"Received: from a", id="line-that-does-not-end"),
        pytest.param(b"X-A: " + b"b" * 3000 + b"c" * 3000, b"X-A: " + b"b" * 3000 + b"c" * 3000, id="long-line"),
        pytest.param(b"X-A: bc\x7f\x7fd\n\x7fe", b"X-A: d\ne", id="corrected"),
    ],
)
def test_typed_text_is_read_up_to_the_first_ctrl_d(keys: bytes, expected: bytes) -> None:
    assert typed(keys + CTRL_D) == [("-", expected)]


def test_text_typed_early_is_read() -> None:
    assert typed(b"X-A: b\nX-C" + CTRL_D, early=True) == [("-", b"X-A: b\nX-C")]


def test_empty_input_is_reported() -> None:
    assert typed(CTRL_D, early=True) == typed(CTRL_D) == ["-: empty; use a message or its headers"]


def test_a_pipe_is_read_unchanged() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"X-A: b\x7f\x04c\n")
    os.close(writing)
    with os.fdopen(reading, "rb") as stdin:
        assert list(messages(["-"], stdin)) == [Message(source="-", data=b"X-A: b\x7f\x04c\n")]
