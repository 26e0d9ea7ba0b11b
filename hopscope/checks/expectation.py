"""What path a message should take, and where its own path parts from that.

    path     = step *( "->" step )
    step     = item [ "?" / "*" / "+" ]          ; it may be missing; any number of times; at least once
    item     = name / "(" choice ")"
    choice   = path *( "|" path )
    name     = service [ "@" host ]              ; host: a name, in which "*" stands for anything, as always there

Alternatives of the whole path need no parentheses: ``A -> B | C`` is either ``A -> B`` or ``C``. Services are called
as hopscope calls them, in any letter case; ``mapi``, ``Front End``, ``Hub``, ``Edge``, ``Mailbox`` and ``outside`` are
short for them, and ``any`` stands for each of them.

A path is compiled to a small automaton and set beside the hops by the cheapest edits (a shortest path with weights 0
and 1), so that the time is bounded by the length of both, whatever the pattern.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from hopscope.checks.scanner import Scanner, Token
from hopscope.classifier import servers
from hopscope.model import Hop, Service

__all__ = ["Expectation", "Pair", "parse"]

_SHORT = {
    "mapi": Service.MAPI_SUBMISSION,
    "front end": Service.FRONT_END,
    "hub": Service.HUB_TRANSPORT,
    "edge": Service.EDGE_TRANSPORT,
    "mailbox": Service.MAILBOX_TRANSPORT,
    "outside": Service.OTHER_MTA,
}
_NAMES: dict[str, Service | None] = {str(service).lower(): service for service in Service} | _SHORT | {"any": None}


class Step(NamedTuple):
    """One service that is expected."""

    service: Service | None
    """``None`` for any."""
    host: str | None
    """A pattern in lower case, or ``None`` for every host."""
    text: str
    """As it was written."""

    def takes(self, hop: Hop) -> bool:
        """Whether a hop is what is expected."""
        if self.service is not None and hop.label.service is not self.service:
            return False
        return self.host is None or fnmatchcase(servers.name(hop), self.host)


class Pair(NamedTuple):
    """A step and a hop side by side; the one or the other may be missing."""

    step: Step | None
    hop: Hop | None


class _State(msgspec.Struct):
    """A state of the automaton: after ``step``, or at once where there is none, one of the next states follows."""

    step: Step | None = None
    follows: list[int] = msgspec.field(default_factory=list)


_Place = tuple[int, int]
"""A state of the automaton, and how many hops are behind."""


class Expectation(msgspec.Struct, frozen=True):
    """A path that was read."""

    text: str
    states: tuple[_State, ...]
    start: int
    end: int

    @property
    def names_others(self) -> bool:
        """Whether other mail systems are part of the path."""
        return any(state.step is not None and state.step.service is Service.OTHER_MTA for state in self.states)

    def beside(self, hops: Sequence[Hop]) -> tuple[Pair, ...]:
        """The steps and the hops side by side, as few of them alone as can be: none where the path is as expected."""
        first, last = (self.start, 0), (self.end, len(hops))
        came: dict[_Place, tuple[_Place, Pair | None]] = {}
        waiting: deque[tuple[int, _Place, _Place, Pair | None]] = deque([(0, first, first, None)])
        while last not in came:
            cost, place, before, pair = waiting.popleft()
            if place in came:
                continue
            came[place] = before, pair
            for step_cost, after, each in self._moves(place, hops):
                entry = cost + step_cost, after, place, each
                (waiting.append if step_cost else waiting.appendleft)(entry)
        return tuple(reversed(list(_walk_back(came, first, last))))

    def _moves(self, place: _Place, hops: Sequence[Hop]) -> Iterator[tuple[int, _Place, Pair | None]]:
        """What can come next, with its cost."""
        number, index = place
        state = self.states[number]
        if index < len(hops):
            yield 1, (number, index + 1), Pair(None, hops[index])
        if state.step is None:
            yield from ((0, (after, index), None) for after in state.follows)
            return
        if index < len(hops) and state.step.takes(hops[index]):
            yield from ((0, (after, index + 1), Pair(state.step, hops[index])) for after in state.follows)
        yield from ((1, (after, index), Pair(state.step, None)) for after in state.follows)


def _walk_back(came: dict[_Place, tuple[_Place, Pair | None]], first: _Place, last: _Place) -> Iterator[Pair]:
    place = last
    while place != first:
        place, pair = came[place]
        if pair is not None:
            yield pair


def parse(text: str) -> Expectation:
    """Read a path.

    Raises:
        PolicyError: It is none; the error points at the character.
    """
    builder = _Builder(Scanner(text, phrases=True))
    start, end = builder.choice()
    builder.scanner.expect_end()
    return Expectation(text, tuple(builder.states), start, end)


_Fragment = tuple[int, int]
"""First and last state of a part of the automaton."""


class _Builder:
    """Reads a path by recursive descent, a function per production, and makes states of it (Thompson 1968)."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.states: list[_State] = []

    def choice(self) -> _Fragment:
        """``choice = path *( "|" path )``"""  # noqa: D415 - a production
        paths = [self.path()]
        while self.scanner.take("|"):
            paths.append(self.path())
        if len(paths) == 1:
            return paths[0]
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
            self._link(start, end)
        if sign.text in {"*", "+"}:
            self._link(end, start)
        return start, end

    def item(self) -> _Fragment:
        """``item = name / "(" choice ")"``"""  # noqa: D415 - a production
        if opened := self.scanner.open():
            inner = self.choice()
            self.scanner.close(opened)
            return inner
        state, end = self._new(self._name(self.scanner.expect_words("a service"))), self._new()
        self._link(state, end)
        return state, end

    def _name(self, words: Token) -> Step:
        name, _, host = words.text.partition("@")
        known = " ".join(name.lower().split())
        if known not in _NAMES:
            raise self.scanner.error(words, f"no service: {name.strip()!r}", _NAMES)
        return Step(_NAMES[known], host.strip().lower() or None, words.text)

    def _new(self, step: Step | None = None) -> int:
        self.states.append(_State(step))
        return len(self.states) - 1

    def _link(self, before: int, after: int) -> None:
        self.states[before].follows.append(after)
