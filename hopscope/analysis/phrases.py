"""Facts as words, for the sentences of findings and for renderers."""

from collections.abc import Sequence
from datetime import timedelta

from hopscope.analysis.clock_differences import LARGEST_SKEW
from hopscope.analysis.delays import AttributedDelay, Holder
from hopscope.analysis.logged_delay import LoggedDelay
from hopscope.model import Hop

__all__ = ["NO_HOLDER", "duration", "held_by", "holder", "logged", "numbers", "rounded"]


def duration(value: timedelta) -> str:
    """``3 s``, ``1 min 5 s``, ``-2 h``, ``1 d 2 h``: exact, without units that are zero."""
    if value < timedelta(0):
        return f"-{duration(-value)}"
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    second = f"{seconds}.{value.microseconds:06d}".rstrip("0") if value.microseconds else str(seconds)
    parts = ((value.days, "d"), (hours, "h"), (minutes, "min"), (second, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in parts if str(amount) != "0") or "0 s"


def held_by(wait: AttributedDelay) -> str | None:
    """``MB1 Transport (mailbox delivery queue)``, ``mx.example (Postfix)``; ``None`` if unknown.

    A mailbox and a content filter or list manager have no service: ``MB1 (in the mailbox)``.
    """
    if wait.service is None:
        return None
    if wait.holder is Holder.FILTER:
        return f"{wait.holder} on {wait.server}" if wait.server else str(wait.holder)
    if wait.holder is Holder.MAILBOX:
        name = wait.server or "unknown server"
    elif wait.holder is Holder.SYSTEM:
        name = wait.server or "another mail system"
    else:
        name = f"{wait.server} {wait.service}" if wait.server else str(wait.service)
    return f"{name} ({wait.detail})" if wait.detail and wait.detail != name else name


def holder(wait: AttributedDelay, *, is_claim: bool) -> str | None:
    """``held_by``, with what casts doubt on it: ``MB1 Transport or clock skew``, ``mx.example (Postfix), as claimed``.

    A delay that is mostly clock skew has no holder: ``mostly clock skew``, ``mostly a wrong date``.
    """
    text = held_by(wait)
    if text is None:
        return f"unknown server: {logged(wait.logged)}" if wait.logged and wait.logged.unexplained else None
    if wait.clock_skew > wait.waited:
        text = NO_HOLDER[wait.clock_skew > LARGEST_SKEW]
    elif wait.may_be_skew and not wait.logged:
        text = f"{text} or clock skew"
    if wait.logged:
        return f"{text}: {logged(wait.logged)}"
    return f"{text}, as claimed" if is_claim else text


def logged(delay: LoggedDelay) -> str:
    """What a tracking log says about a delay: ``confirmed, DEFER 432 4.3.2 mailbox server is offline, 5 min 6 s``."""
    parts = [str(delay.verdict)]
    if delay.deferrals:
        times = f"{delay.deferrals} times " if delay.deferrals > 1 else ""
        parts.append(f"DEFER {times}{delay.reason}" if delay.reason else f"DEFER {times}".rstrip())
    held = duration(rounded(delay.held))
    if delay.unexplained:
        parts.append(f"sent by {delay.server} to {delay.sent_to or 'another server'} after {held}")
    elif delay.clock_skew:
        parts.append(f"{held} at {delay.server}, {duration(rounded(delay.clock_skew))} clock skew")
    else:
        parts.append(held)
    return ", ".join(parts)


def rounded(time: timedelta) -> timedelta:
    """A logged time in whole seconds, as Received fields have; one below a second in milliseconds."""
    if abs(time) < timedelta(seconds=1):
        return timedelta(milliseconds=round(time / timedelta(milliseconds=1)))
    return timedelta(seconds=round(time.total_seconds()))


NO_HOLDER = ("mostly clock skew", "mostly a wrong date")
_FEWEST_OF_A_RANGE = 3


def numbers(hops: Sequence[Hop]) -> str:
    """``Hop 2``, ``Hops 2 and 3``, ``Hops 1 and 3 to 5``."""
    runs: list[list[int]] = []
    for hop in hops:
        if runs and hop.number == runs[-1][-1] + 1:
            runs[-1].append(hop.number)
        else:
            runs.append([hop.number])
    parts = [part for run in runs for part in _run(run)]
    return f"Hop {parts[0]}" if len(hops) == 1 else f"Hops {_joined(parts)}"


def _run(run: list[int]) -> list[str]:
    return [f"{run[0]} to {run[-1]}"] if len(run) >= _FEWEST_OF_A_RANGE else list(map(str, run))


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
