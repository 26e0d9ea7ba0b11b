"""Quantiles of durations in bounded memory: a histogram whose bucket widths grow geometrically.

The upper bound of a bucket is ``GROWTH`` times its lower bound, so the relative error of a quantile is at most
``ERROR`` (1 percent) for any distribution, and two sketches are merged by adding their counts (C. Masson, J. E. Rim
and H. K. Lee, "DDSketch", VLDB 2019). Minimum, maximum, sum (to the microsecond) and count are exact. Durations below
a millisecond count as zero, as no Received field has a finer time. Negative durations, which clock skew causes, have
separate buckets.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, log
from typing import Annotated

import msgspec

__all__ = ["ERROR", "GROWTH", "Count", "Seconds", "Sketch"]

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
"""A number of things; the limits apply to saved summaries, which may be damaged."""
Seconds = Annotated[float, msgspec.Meta(ge=-(1 << 40), le=1 << 40)]
"""A time since 1970, or a duration: more than the years 1 to 9999."""
_Bucket = Annotated[int, msgspec.Meta(ge=-(1 << 11), le=1 << 11)]

ERROR = 0.01
"""Maximum relative error of a quantile."""
GROWTH = (1 + ERROR) / (1 - ERROR)
_SHORTEST = 0.001
"""Seconds; a shorter duration counts as zero."""
_LOG = log(GROWTH)


@lru_cache(maxsize=1 << 14)
def _bucket(seconds: float) -> int:
    """The bucket of a duration: 0 for zero, a negative number for a negative duration."""
    size = abs(seconds)
    if size < _SHORTEST:
        return 0
    number = max(ceil(log(size / _SHORTEST) / _LOG), 0) + 1
    return number if seconds > 0 else -number


def _middle(bucket: int) -> float:
    """The representative duration of a bucket, in seconds: nine digits, as the last ones depend on the C library."""
    if not bucket:
        return 0.0
    seconds = float(f"{_SHORTEST * 2 * GROWTH ** (abs(bucket) - 1) / (GROWTH + 1):.9g}")
    return seconds if bucket > 0 else -seconds


class Sketch(msgspec.Struct):
    """The distribution of durations, in seconds."""

    count: Count = 0
    microseconds: int = 0
    """Sum; an integer, so that it does not depend on the order of additions."""
    least: Seconds | None = None
    """The minimum; ``None`` without durations."""
    most: Seconds | None = None
    """The maximum; ``None`` without durations."""
    negative: Count = 0
    """Number of durations below zero."""
    buckets: dict[_Bucket, Count] = {}
    """Number of durations in each bucket."""

    @property
    def consistent(self) -> bool:
        """Whether the numbers agree, which they may not in a file that was changed."""
        present = (self.least is not None, self.most is not None, self.count > 0)
        return (
            len(set(present)) == 1
            and sum(self.buckets.values()) == self.count >= self.negative
            and abs(self.microseconds) <= self.count << 60  # Seconds, in microseconds
        )

    def add(self, seconds: float) -> None:
        """Count a duration."""
        seconds += 0.0  # -0.0 becomes 0.0, so that the result does not depend on the order
        bucket = _bucket(seconds)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.count += 1
        self.microseconds += round(seconds * 1_000_000)
        if self.least is None or seconds < self.least:
            self.least = seconds
        if self.most is None or seconds > self.most:
            self.most = seconds
        if seconds < 0:
            self.negative += 1

    def copy(self) -> "Sketch":
        """An independent copy."""
        return Sketch(self.count, self.microseconds, self.least, self.most, self.negative, self.buckets.copy())

    def merge(self, sketch: "Sketch") -> None:
        """Count all durations of another sketch."""
        if sketch.least is None or sketch.most is None:
            return
        for bucket, count in sketch.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.count += sketch.count
        self.microseconds += sketch.microseconds
        self.least = sketch.least if self.least is None else min(self.least, sketch.least)
        self.most = sketch.most if self.most is None else max(self.most, sketch.most)
        self.negative += sketch.negative

    def moved(self, seconds: float) -> "Sketch":
        """The durations, each moved by a number of seconds; one that becomes negative counts as zero."""
        moved = Sketch()
        for duration, count in self.spread():
            bucket = _bucket(max(duration + seconds, 0.0))
            moved.buckets[bucket] = moved.buckets.get(bucket, 0) + count
        if self.least is not None and self.most is not None:
            moved.least, moved.most = max(self.least + seconds, 0.0), max(self.most + seconds, 0.0)
        moved.count = self.count
        moved.microseconds = max(self.microseconds + round(seconds * 1_000_000) * self.count, 0)
        return moved

    def quantile(self, share: float) -> float | None:
        """The duration that a share of all durations, from 0 to 1, does not exceed; ``None`` without durations."""
        return self._ranked(max(ceil(share * self.count), 1))

    def nonnegative_quantile(self, share: float) -> float | None:
        """The quantile of the durations that are not negative; ``None`` without any."""
        count = self.count - self.negative
        return self._ranked(self.negative + max(ceil(share * count), 1)) if count else None

    def _ranked(self, rank: int) -> float | None:
        """The duration of a rank in ascending order, from 1."""
        if self.least is None or self.most is None:
            return None
        for bucket, count in self._ordered():
            rank -= count
            if rank <= 0:
                return min(max(_middle(bucket), self.least), self.most)
        return self.most

    def spread(self) -> Iterator[tuple[float, int]]:
        """The representative duration of each bucket and its count, in ascending order."""
        yield from ((_middle(bucket), count) for bucket, count in self._ordered())

    @property
    def total(self) -> float:
        """Sum of all durations, in seconds."""
        return self.microseconds / 1_000_000

    def _ordered(self) -> Iterator[tuple[int, int]]:
        yield from sorted(self.buckets.items())
