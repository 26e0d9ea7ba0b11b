"""An attribute that is computed on first use and then belongs to the record."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

__all__ = ["on_first_use"]

T = TypeVar("T")


class on_first_use(Generic[T]):  # noqa: N801 - a decorator
    """``functools.cached_property`` without its lock, which Python 3.11 takes once per attribute and message.

    The lock costs a tenth of the analysis of an ordinary message, and no message is analysed by two threads.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: object, owner: type) -> T: ...
    def __get__(self, record: object | None, owner: type) -> Self | T:
        if record is None:
            return self
        value = record.__dict__[self.compute.__name__] = self.compute(record)
        return value
