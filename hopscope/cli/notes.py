"""Notes on stderr: what is neither output nor an error. ``-q`` silences them."""

import os.path

import click

__all__ = ["is_quiet", "note", "set_verbosity", "skipped"]

_VERBOSITY = f"{__name__}.verbosity"
_SKIPPED = f"{__name__}.skipped"


def set_verbosity(verbose: int, *, quiet: bool) -> None:
    """Record how often ``-v`` and whether ``-q`` is given, before or after the name of the command."""
    meta = click.get_current_context().meta
    earlier = meta.get(_VERBOSITY, 0)
    meta[_VERBOSITY] = -1 if quiet or earlier < 0 else max(verbose, earlier)


def _verbosity() -> int:
    """-1 with ``-q``; otherwise the number of ``-v``."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_VERBOSITY, 0) if context else 0


def is_quiet() -> bool:
    """Whether notes, summaries and the progress bar are not wanted."""
    return _verbosity() < 0


def note(text: str) -> None:
    """Print a note, whose values are escaped, to stderr."""
    if not is_quiet():
        click.echo(text, err=True)


def skipped(path: str) -> None:
    """Count a file that is not mail, for one note at the end of the command; with ``-v``, name it at once."""
    from hopscope.renderers.text.escape import visible  # not for every start of the program

    shown = visible(os.path.normpath(path))
    if _verbosity() > 0:
        note(f"hopscope: {shown}: not mail, skipped")
        return
    context = click.get_current_context(silent=True)
    if context is None:
        return
    first, count = context.meta.get(_SKIPPED, (shown, 0))
    context.meta[_SKIPPED] = first, count + 1
    if not count:
        context.call_on_close(_print_skipped)


def _print_skipped() -> None:
    from hopscope.scale.error_lines import skipped as sentence

    first, count = click.get_current_context().meta[_SKIPPED]
    note(f"hopscope: {sentence(first, count)}{' (-v lists them)' if count > 1 else ''}")
