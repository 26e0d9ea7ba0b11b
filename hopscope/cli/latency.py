"""The file that keeps how long the legs of a run took, for later runs to be set against."""

from collections.abc import Iterator

import click
import msgspec

from hopscope.checks.latency import Latency, LegTimes
from hopscope.errors import SettingsError

__all__ = ["Tolerance", "document", "load"]

_SCHEMA = "hopscope-latency/1"
_ADVICE = "write it with --update-baseline"


class _File(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    legs: tuple[LegTimes, ...]


class Tolerance(click.ParamType[float]):
    """A share in percent, ``50%``."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share as a number: 0.5 for ``50%``."""
        if isinstance(value, float):
            return value
        number = str(value).strip().removesuffix("%").strip()
        if not number.isascii() or not number.isdecimal():
            self.fail(f"{value!r} is no share; give it in percent, such as 50%", param, ctx)
        return int(number) / 100


def load(path: str) -> tuple[LegTimes, ...]:
    """The legs of an earlier run.

    Raises:
        SettingsError: The file cannot be read, or holds none.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 3 ms at start-up
            found = msgspec.json.decode(file.read(), type=_File)
    except OSError as error:
        raise SettingsError(path, "", f"it cannot be read ({error.strerror})", _ADVICE) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(path, "", f"it holds no times of legs ({error})", _ADVICE) from None
    if found.schema != _SCHEMA:
        raise SettingsError(path, "", f"it is no {_SCHEMA}", _ADVICE)
    return found.legs


def document(latency: Latency) -> Iterator[str]:
    """The text of the file: a line per kind of leg."""
    yield f'{{"schema":"{_SCHEMA}","legs":[\n'
    yield ",\n".join(msgspec.json.encode(each).decode() for each in latency.times())
    yield "\n]}\n"
