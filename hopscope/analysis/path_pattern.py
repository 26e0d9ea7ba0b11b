"""Patterns of paths, and how the hops of a message are aligned with one.

Documented mail flows (``data/scenario_paths.tsv``) and ``expect`` of the settings are written in this grammar:

    choice   = path *( "|" path )
    path     = step *( "->" step )
    step     = item [ "?" / "*" / "+" ]          ; it may be missing; any number of times; at least once
    item     = name / "(" choice ")" / "[" words "]"
    name     = service [ "@" host ]              ; host: a name, in which "*" matches any text

Alternatives of the complete path need no parentheses: ``A -> B | C`` is either ``A -> B`` or ``C``. Services have the
names that hopscope uses or those of ``data/service_names.tsv``, such as ``mapi``, ``Front End``, ``Hub``, ``Edge``,
``Mailbox`` and ``outside``, ignoring case; ``any`` matches every service. A step in brackets adds no Received field, so
no hop is aligned with it.

A pattern is compiled to a small automaton (Thompson 1968). The alignment is the cheapest path through the automaton
and the hops (Dijkstra), so the time is bounded by the product of their lengths for every pattern.
"""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from heapq import heappop, heappush
from itertools import count, groupby

import msgspec
from msgspec.structs import replace

from hopscope.analysis.scanner import Scanner
from hopscope.classifier import service_names
from hopscope.model import Service

__all__ = ["Handler", "Pair", "PathPattern", "Step", "parse"]

_ANY = frozenset(Service)

Handler = tuple[Service, str]
"""The handler of a message at a hop: the service, and the name of the host in lower case (empty where unknown)."""


class Step(msgspec.Struct, frozen=True):
    """One step of a path."""

    text: str
    """As written; alternatives joined with "or"."""
    services: frozenset[Service]
    """The services that match the step; empty for a step that adds no Received field."""
    host: str | None = None
    """A pattern in lower case, or ``None`` for every host."""
    optional: bool = False

    @property
    def recorded(self) -> bool:
        """Whether it adds a Received field."""
        return bool(self.services)

    def fits(self, handler: Handler) -> bool:
        """Whether a hop matches this step."""
        service, host = handler
        return service in self.services and (self.host is None or fnmatchcase(host, self.host))


class Pair(msgspec.Struct, frozen=True):
    """An aligned step and hop; either may be missing."""

    step: Step | None
    hop: int | None
    """Index of the hop."""


class _State(msgspec.Struct):
    """A state of the automaton: after ``step``, or immediately if there is none, one of the next states follows."""

    step: Step | None = None
    follows: list[int] = msgspec.field(default_factory=list)
    skips: list[int] = msgspec.field(default_factory=list)
    """States that follow when an optional part is left out, or a repeated one starts again."""


_Position = tuple[int, int]
"""A state of the automaton, and the number of hops processed."""


class _Move(msgspec.Struct, frozen=True):
    """From one position to another."""

    cost: int
    rank: int
    """Among moves of equal cost to one position, the lowest is used."""
    target: _Position
    pair: Pair | None = None


_UNALIGNED = 1 << 32
"""Cost of an unaligned step or hop: more than all skips of an alignment together."""
_SKIP = 1
"""Cost of leaving out an optional part, so that a hop is aligned with it if both are possible."""


class PathPattern(msgspec.Struct, frozen=True):
    """A parsed pattern."""

    steps: tuple[Step, ...]
    """All steps, in the order in which they are written."""
    states: tuple[_State, ...]
    start: int
    end: int

    @property
    def names_others(self) -> bool:
        """Whether mail systems other than Exchange are part of the path."""
        return any(Service.OTHER_MTA in step.services and step.services != _ANY for step in self.steps)

    def align(self, handlers: Sequence[Handler]) -> tuple[Pair, ...]:
        """Align the hops with the steps, leaving as few of both unaligned as possible: none if the path is as expected.

        Of several equally good alignments, the one that aligns the earliest hops is used. Between two aligned hops,
        unaligned hops come before unaligned steps.
        """
        start, end = (self.start, 0), (self.end, len(handlers))
        arrivals: dict[_Position, tuple[_Position, Pair | None]] = {}
        numbers = count()  # breaks ties, so that positions and pairs are never compared
        queue: list[tuple[int, int, int, _Position, _Position, Pair | None]] = [(0, 0, 0, start, start, None)]
        while end not in arrivals:
            cost, _, _, position, origin, pair = heappop(queue)
            if position not in arrivals:
                arrivals[position] = origin, pair
                for move in self._moves(position, handlers):
                    entry = cost + move.cost, move.rank, next(numbers), move.target, position, move.pair
                    heappush(queue, entry)
        return tuple(_ordered(reversed(list(_backtracked(arrivals, start, end)))))

    def _moves(self, position: _Position, handlers: Sequence[Handler]) -> Iterator[_Move]:
        number, hop = position
        state = self.states[number]
        if hop < len(handlers):
            yield _Move(_UNALIGNED, 0, (number, hop + 1), Pair(None, hop))
        if state.step is None:
            yield from (_Move(0, 2, (target, hop)) for target in state.follows)
            yield from (_Move(_SKIP, 2, (target, hop)) for target in state.skips)
            return
        fits = hop < len(handlers) and state.step.fits(handlers[hop])
        for target in state.follows:
            yield _Move(_UNALIGNED, 1, (target, hop), Pair(state.step, None))
            if fits:
                yield _Move(0, 2, (target, hop + 1), Pair(state.step, hop))


def _backtracked(
    arrivals: dict[_Position, tuple[_Position, Pair | None]], start: _Position, end: _Position
) -> Iterator[Pair]:
    """The pairs of the cheapest path to ``end``, last first."""
    position = end
    while position != start:
        position, pair = arrivals[position]
        if pair is not None:
            yield pair


def _ordered(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs with unaligned hops before unaligned steps, between aligned pairs."""
    for _, run in groupby(pairs, key=lambda pair: pair.step is not None and pair.hop is not None):
        yield from sorted(run, key=lambda pair: pair.hop is None)


def parse(text: str) -> PathPattern:
    """Parse a pattern.

    Raises:
        PolicyError: The pattern is invalid; the error points at the character.
    """
    builder = _Builder(Scanner(text, phrases=True))
    start, end = builder.choice()
    builder.scanner.expect_end()
    return PathPattern(tuple(builder.steps.values()), tuple(builder.states), start, end)


_Fragment = tuple[int, int]
"""First and last state of a part of the automaton."""


class _Builder:
    """Recursive-descent parser, one function per production, that builds the states of a pattern."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.states: list[_State] = []
        self.steps: dict[int, Step] = {}
        """The steps by their states."""

    def choice(self) -> _Fragment:
        """``choice = path *( "|" path )``"""  # noqa: D415 - a production
        paths = [self.path()]
        while self.scanner.take("|"):
            paths.append(self.path())
        if len(paths) == 1:
            return paths[0]
        if merged := self._merged(paths):
            return merged
        start, end = self._new(), self._new()
        for first, last in paths:
            self._link(start, first)
            self._link(last, end)
        return start, end

    def path(self) -> _Fragment:
        """``path = step *( "->" step )``"""  # noqa: D415 - a production
        start, end = self.step()
        while self.scanner.take("->"):
            first, last = self.step()
            self._link(end, first)
            end = last
        return start, end

    def step(self) -> _Fragment:
        """``step = item [ "?" / "*" / "+" ]``"""  # noqa: D415 - a production
        first, last = self.item()
        sign = self.scanner.take("?", "*", "+")
        if sign is None:
            return first, last
        start, end = self._new(), self._new()
        self._link(start, first)
        self._link(last, end)
        if sign.text in {"?", "*"}:
            self.states[start].skips.append(end)
            if first in self.steps:
                self._set(first, replace(self.steps[first], optional=True))
        if sign.text in {"*", "+"}:
            self.states[end].skips.append(start)
        return start, end

    def item(self) -> _Fragment:
        """``item = name / "(" choice ")" / "[" words "]"``"""  # noqa: D415 - a production
        if opened := self.scanner.open():
            inner = self.choice()
            self.scanner.close(opened)
            return inner
        if opened := self.scanner.take("["):
            step = Step(self.scanner.expect_words("a service name").text, frozenset())
            if self.scanner.take("]") is None:
                raise self.scanner.error(opened, "'[' is never closed")
        else:
            step = self._name()
        state, end = self._new(), self._new()
        self._set(state, step)
        self._link(state, end)
        return state, end

    def _name(self) -> Step:
        """``name = service [ "@" host ]``"""  # noqa: D415 - a production
        words = self.scanner.expect_words("a service name")
        name, _, host = words.text.partition("@")
        service = service_names.service(name)
        services = _ANY if name.strip().lower() == "any" else frozenset({service} if service else ())
        if not services:
            raise self.scanner.error(words, f"unknown service {name.strip()!r}", map(str.lower, service_names.names()))
        return Step(words.text, services, host.strip().lower() or None)

    def _merged(self, paths: Sequence[_Fragment]) -> _Fragment | None:
        """Alternatives that are plain services, merged into one step; ``None`` if any is more than that."""
        steps = [self.steps.get(first) for first, last in paths if self.states[first].follows == [last]]
        plain = [step for step in steps if step and step.recorded and step.host is None]
        if len(plain) < len(paths):
            return None
        for first, _ in paths[1:]:
            del self.steps[first]
        text = " or ".join(step.text for step in plain)
        self._set(paths[0][0], Step(text, frozenset().union(*(step.services for step in plain))))
        return paths[0]

    def _set(self, state: int, step: Step) -> None:
        self.steps[state] = step
        self.states[state].step = step if step.recorded else None

    def _new(self) -> int:
        self.states.append(_State())
        return len(self.states) - 1

    def _link(self, state: int, following: int) -> None:
        self.states[state].follows.append(following)
