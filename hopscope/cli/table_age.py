"""A note on stderr if a build is newer than a table of builds that is more than a year old."""

import click

from hopscope.cli import notes

__all__ = ["note"]


def note() -> None:
    """Print the note at the end of the command, once for each run."""
    context = click.get_current_context()
    if not context.meta.setdefault(__name__, False):
        context.meta[__name__] = True
        context.call_on_close(_print)


def _print() -> None:
    from hopscope.scale.error_lines import outdated_builds

    notes.note(f"hopscope: {outdated_builds()}")
