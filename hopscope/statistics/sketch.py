"""Quantiles of durations, in little memory: a histogram with buckets that grow by the same factor.

Each bucket holds the durations from its lower bound up to ``GROWTH`` times as much, so a quantile is at most ``ERROR``
(1 percent) off, whatever the distribution, and two sketches merge by adding their counts (C. Masson, J. E. Rim and
H. K. Lee, "DDSketch", VLDB 2019). Smallest, largest, sum (to the microsecond) and count are exact. Durations below a
millisecond, which no stamp tells apart, count as zero; negative ones, which clocks that differ make, have buckets of
their own.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, log

import msgspec

__all__ = ["ERROR", "GROWTH", "Sketch"]

ERROR = 0.01
"""How far off a quantile may be, as a share of itself."""
GROWTH = (1 + ERROR) / (1 - ERROR)
_SHORTEST = 0.001
"""Seconds; less counts as zero."""
_LOG = log(GROWTH)


@lru_cache(maxsize=1 << 14)
def _bucket(seconds: float) -> int:
    """The number of the bucket that a duration falls into; 0 for none, negative for a negative one."""
    size = abs(seconds)
    if size < _SHORTEST:
        return 0
    number = max(ceil(log(size / _SHORTEST) / _LOG), 0) + 1
    return number if seconds > 0 else -number


def _middle(bucket: int) -> float:
    """The duration that stands for all in a bucket, in seconds."""
    if not bucket:
        return 0.0
    seconds = _SHORTEST * 2 * GROWTH ** (abs(bucket) - 1) / (GROWTH + 1)
    return seconds if bucket > 0 else -seconds


class Sketch(msgspec.Struct):
    """The distribution of durations, in seconds."""

    count: int = 0
    microseconds: int = 0
    """Their sum: a whole number, so that it does not depend on the order in which they came."""
    least: float | None = None
    """The smallest; ``None`` where there is none."""
    most: float | None = None
    """The largest; ``None`` where there is none."""
    negative: int = 0
    """How many are below zero."""
    buckets: dict[int, int] = {}
    """How many are in each bucket."""

    def add(self, seconds: float) -> None:
        """Count a duration."""
        seconds += 0.0  # -0.0 becomes 0.0: which of the two came first must not show
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
        """Another one that has counted the same."""
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

    def quantile(self, share: float) -> float | None:
        """The duration that this share of them does not exceed, from 0 to 1; ``None`` where there are none."""
        return self._ranked(max(ceil(share * self.count), 1))

    def nonnegative_quantile(self, share: float) -> float | None:
        """The same of those that are not below zero; ``None`` where there are none."""
        count = self.count - self.negative
        return self._ranked(self.negative + max(ceil(share * count), 1)) if count else None

    def _ranked(self, rank: int) -> float | None:
        """The duration at this place, from 1, where the smallest comes first."""
        if self.least is None or self.most is None:
            return None
        for bucket, count in self._ordered():
            rank -= count
            if rank <= 0:
                return min(max(_middle(bucket), self.least), self.most)
        return self.most

    def spread(self) -> Iterator[tuple[float, int]]:
        """How many durations of about so many seconds, the smallest first."""
        yield from ((_middle(bucket), count) for bucket, count in self._ordered())

    @property
    def total(self) -> float:
        """Their sum, in seconds."""
        return self.microseconds / 1_000_000

    def _ordered(self) -> Iterator[tuple[int, int]]:
        yield from sorted(self.buckets.items())
