"""Path patterns: what they match, how hops are aligned with them, and errors that point at the character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.analysis.path_pattern import Handler, Pair, parse
from hopscope.analysis.scanner import MAX_DEPTH
from hopscope.errors import PolicyError
from hopscope.model import Service

LETTERS = {
    "o": Service.OTHER_MTA,
    "m": Service.MAPI_SUBMISSION,
    "f": Service.FRONT_END,
    "t": Service.TRANSPORT,
    "d": Service.MAILBOX_TRANSPORT,
    "e": Service.EDGE_TRANSPORT,
    "u": Service.UNKNOWN,
}
HOST = "ex1.corp.example"


def handlers(letters: str) -> list[Handler]:
    """Hops of EX1.corp.example with these services."""
    return [(LETTERS[letter], HOST) for letter in letters]


def aligned(path: str, letters: str) -> str:
    """The pairs in short: ``f`` as expected, ``-f`` missing, ``+f`` not expected."""
    return " ".join(_short(pair, letters) for pair in parse(path).align(handlers(letters)))


def _short(pair: Pair, letters: str) -> str:
    if pair.hop is None:
        assert pair.step is not None
        return f"-{pair.step.text}"
    return letters[pair.hop] if pair.step else f"+{letters[pair.hop]}"


@pytest.mark.parametrize(
    ("path", "letters", "expected"),
    [
        ("Front End Transport -> Transport -> Mailbox Transport", "ftd", "f t d"),
        ("front end->transport->mailbox", "ftd", "f t d"),
        ("  Front  End\t-> Transport", "ft", "f t"),
        ("Front End -> Transport -> Mailbox", "fd", "f -Transport d"),
        ("Front End -> Transport -> Mailbox", "fetd", "f +e t d"),
        ("Front End -> Transport -> Mailbox", "", "-Front End -Transport -Mailbox"),
        ("Front End -> Transport", "td", "-Front End t +d"),
        ("Front End -> Transport -> Mailbox", "fud", "f +u -Transport d"),
        ("mapi? -> Transport", "t", "t"),
        ("mapi? -> Transport", "mt", "m t"),
        ("Transport+", "", "-Transport"),
        ("Transport+", "ttt", "t t t"),
        ("Transport*", "", ""),
        ("Transport* -> Mailbox", "ttd", "t t d"),
        ("(mapi | Front End) -> Transport", "ft", "f t"),
        ("(mapi | Front End) -> Transport", "mt", "m t"),
        ("(Front End -> Transport)+ -> Mailbox", "ftftd", "f t f t d"),
        ("mapi -> Transport | Front End", "f", "f"),
        ("(Transport*)*", "tt", "t t"),
        ("any -> any", "uo", "u o"),
        ("any*", "ouftd", "o u f t d"),
        ("outside+ -> Edge -> Transport", "ooet", "o o e t"),
        ("Transport@ex1.corp.example", "t", "t"),
        ("Transport @ EX1.*", "t", "t"),
        ("Transport@*.corp.example -> Mailbox", "td", "t d"),
        ("Transport@ex2*", "t", "+t -Transport@ex2*"),
        ("Transport@ex-1->Mailbox", "d", "-Transport@ex-1 d"),
        ("any@ex1.corp.example+", "ftd", "f t d"),
        ("Transport -> [store driver]", "t", "t"),
        ("[Front End] -> Transport", "ft", "+f t"),
        ("(mapi | Front End) -> Transport", "t", "-mapi or Front End t"),
        ("(mapi | Front End@ex2) -> Transport", "t", "-mapi t"),
        ("(mapi | Front End | Hub) -> Transport", "et", "+e -mapi or Front End or Hub t"),
        ("Transport -> Front End? -> Transport", "tt", "t t"),
        ("Transport", "ttt", "t +t +t"),
    ],
)
def test_alignments(path: str, letters: str, expected: str) -> None:
    assert aligned(path, letters) == expected


@pytest.mark.parametrize(
    ("path", "position", "reason"),
    [
        ("", 0, "expected a service name, not the end"),
        ("Front End ->", 12, "expected a service name, not the end"),
        ("Front End -> Transprot", 13, "unknown service 'Transprot'; did you mean 'transport'?"),
        (
            "Front End Transport Mailbox",
            0,
            "unknown service 'Front End Transport Mailbox'; did you mean 'front end transport'?",
        ),
        ("-> Transport", 0, "expected a service name, not '->'"),
        ("(mapi | Front End -> Transport", 0, "'(' is never closed"),
        ("mapi) -> Transport", 4, "unexpected ')'"),
        ("mapi ** -> Transport", 6, "unexpected '*'"),
        ("mapi - Transport", 5, "unexpected character '-'"),
        ("mapi -> 'Transport'", 8, "expected a service name, not 'Transport'"),
        ("Transport@", 9, "unexpected character '@'"),
        ("mapi | ", 7, "expected a service name, not the end"),
        ("xyz -> Transport", 0, "unknown service 'xyz'"),
        ("Hub -> [store driver", 7, "'[' is never closed"),
        ("Hub -> []", 8, "expected a service name, not ']'"),
        (f"{'(' * 60}mapi{')' * 60}", MAX_DEPTH, f"parentheses nested deeper than {MAX_DEPTH}"),
    ],
)
def test_errors_point_at_the_character(path: str, position: int, reason: str) -> None:
    with pytest.raises(PolicyError) as raised:
        parse(path)
    assert (raised.value.position, raised.value.reason) == (position, reason)


def test_as_many_parentheses_as_allowed() -> None:
    assert aligned(f"{'(' * MAX_DEPTH}mapi{')' * MAX_DEPTH}", "m") == "m"


def test_whether_a_path_names_other_systems() -> None:
    assert parse("outside? -> Transport").names_others
    assert not parse("any -> Transport").names_others


NAMES = {"o": "outside", "m": "mapi", "f": "Front End", "t": "Transport", "d": "Mailbox Transport", "e": "Edge"}
items = st.sampled_from(sorted(NAMES)).map(lambda letter: (NAMES[letter], letter))


def signed(item: tuple[str, str], sign: str) -> tuple[str, str]:
    return f"({item[0]}){sign}", f"(?:{item[1]}){sign}"


def joined(parts: list[tuple[str, str]]) -> tuple[str, str]:
    return " -> ".join(path for path, _ in parts), "".join(regex for _, regex in parts)


def chosen(parts: list[tuple[str, str]]) -> tuple[str, str]:
    paths, regexes = zip(*parts, strict=True)
    return f"({' | '.join(paths)})", f"(?:{'|'.join(regexes)})"


paths = st.recursive(
    items,
    lambda inner: st.one_of(
        st.builds(signed, inner, st.sampled_from("?*+")),
        st.lists(inner, min_size=1, max_size=3).map(joined).map(lambda part: (f"({part[0]})", f"(?:{part[1]})")),
        st.lists(inner, min_size=1, max_size=3).map(chosen),
    ),
    max_leaves=8,
)
ways = st.text(alphabet=sorted(NAMES), max_size=8)


@given(paths, ways)
def test_a_path_matches_like_the_equivalent_regular_expression(path: tuple[str, str], way: str) -> None:
    pairs = parse(path[0]).align(handlers(way))
    assert all(pair.step and pair.hop is not None for pair in pairs) == bool(re.fullmatch(path[1], way))


@given(paths, ways)
def test_every_hop_is_aligned_once_in_order(path: tuple[str, str], way: str) -> None:
    pairs = parse(path[0]).align(handlers(way))
    assert [pair.hop for pair in pairs if pair.hop is not None] == list(range(len(way)))
    assert all(pair.step.fits(handlers(way)[pair.hop]) for pair in pairs if pair.step and pair.hop is not None)


@given(st.text(alphabet="mapi Trnsot->|?*+()@.'\"x"))
def test_any_text_is_a_path_or_an_error_with_a_position(text: str) -> None:
    position = 0
    try:
        parse(text)
    except PolicyError as error:
        position = error.position
    assert 0 <= position <= len(text)


def test_a_hop_without_a_server_matches_no_host() -> None:
    pairs = parse("Transport@*x*").align([(Service.TRANSPORT, "")])
    assert all(pair.step is None or pair.hop is None for pair in pairs)


def test_steps_are_listed_as_written() -> None:
    steps = parse("(mapi submission | HTTP submission) -> Transport? -> [outbound pool]").steps
    assert [(step.text, step.optional, step.recorded) for step in steps] == [
        ("mapi submission or HTTP submission", False, True),
        ("Transport", True, True),
        ("outbound pool", False, False),
    ]
