"""``hopscope explain``: why a hop got its label; what a build, a service, an error or a finding is."""

import os
from collections.abc import Callable, Sequence

import click

from hopscope.cli.options import terminal_width, verbose_option, write
from hopscope.cli.reading import Reader

__all__ = ["explain"]

_LONGEST_SHOWN = 60
"""Characters of an argument that an error quotes."""
_EXAMPLES = (
    "a build (15.1.2507.39), a service (Transport), an error text (451 4.7.0 ... PRX3) or a finding code (HOP101)"
)


@click.command(short_help="Why a hop got its label; what a build, service or error is.")
@click.argument("what", nargs=-1)
@click.option("--hop", "number", type=click.IntRange(min=1), metavar="N", help="Only this hop; 1 is the origin.")
@verbose_option
def explain(what: tuple[str, ...], number: int | None) -> int:
    """Explain WHAT: the labels of a message, or what is known of a build, a service, an error or a finding.

    \b
    hopscope explain mail.eml --hop 2                    why this hop got its label
    hopscope explain 15.1.2507.39                        a build of Exchange
    hopscope explain Front End Transport                 a service
    hopscope explain "451 4.7.0 Temporary ... PRX3"      an error, alone or inside a report
    hopscope explain HOP101                              a finding

    Of a message: its scenario and the documented way for it, and of each hop the header text, the rule, the
    alternatives and their weight. The first message of the file counts;
    - is standard input, which is also read without WHAT. A file of that name comes before anything else.

    Exit status: 0, or 2 if the message could not be read or has no such hop, or nothing is known of WHAT.
    """  # noqa: D301 - click reads the backspace
    question = " ".join(what) if what else "-"
    interpretation = next(candidate for candidate in _INTERPRETATIONS if candidate[0](question, number))
    return interpretation[1](question, number)


def _is_message(question: str, number: int | None) -> bool:
    """A file that is there, standard input, or what a hop is asked of."""
    return question == "-" or number is not None or os.path.exists(question)  # noqa: PTH110 - any text


def _message(file: str, number: int | None) -> int:
    from hopscope.analysis.analyze import analyze
    from hopscope.renderers.message import explanation

    reader = Reader([file])
    route = next(reader.routes(), None)
    if route is None:
        return 2
    if number is not None and number > len(route.hops):
        raise click.UsageError(f"{file} has {len(route.hops)} hops, no hop {number}; give --hop 1 to {len(route.hops)}")
    if number is None:
        write([explanation.message(analyze(route), terminal_width())], None)
    else:
        write([explanation.hops(route.hops[number - 1 : number], terminal_width())], None)
    return 0


def _knowledge(question: str, number: int | None) -> int:  # noqa: ARG001 - the same door for each interpretation
    from hopscope.renderers import answers

    answer = answers.answer(question)
    if answer is None:
        raise click.ClickException(_unknown(question, answers.near(question)))
    write([answers.text(answer, terminal_width())], None)
    return 0


_INTERPRETATIONS: Sequence[tuple[Callable[[str, int | None], bool], Callable[[str, int | None], int]]] = (
    (_is_message, _message),
    (lambda _question, _number: True, _knowledge),
)
"""How WHAT may be meant, in the order in which it is tried: when, and what is done then."""


def _unknown(question: str, near: Sequence[str]) -> str:
    """That nothing is known of ``question``, and what to ask instead, in one line."""
    from hopscope.renderers.answers import build, error
    from hopscope.renderers.text.escape import visible

    if not question.strip():
        return f"nothing to explain; give a message, {_EXAMPLES}"
    shown = question if len(question) <= _LONGEST_SHOWN else f"{question[: _LONGEST_SHOWN - 3]}..."
    advice = f"did you mean {' or '.join(near)}?" if near else f"give a message, {_EXAMPLES}"
    refusals = (kind.refusal(question.strip()) for kind in (error, build))
    reason = next(filter(None, refusals), "no such file, and nothing else that can be explained")
    return f"{visible(shown)}: {reason}; {advice}"
