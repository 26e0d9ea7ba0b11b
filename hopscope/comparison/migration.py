"""What a change of the Exchange generation adds to a message's way, and what it removes."""

from collections.abc import Iterator

from hopscope.data import table
from hopscope.model import Stage

__all__ = ["changes"]


def changes(before: str, after: str, stage: Stage, *, had: bool, has: bool) -> Iterator[str]:
    """What changes at a stage.

    Args:
        before: The generation that the message went through.
        after: The generation that it goes through now.
        stage: The stage.
        had: Whether it was stamped there.
        has: Whether it is stamped there now.

    Yields:
        Sentences of ``data/migrations.tsv``; none where no source tells of a change.
    """
    change = {(True, True): "other", (False, True): "more", (True, False): "less"}.get((had, has))
    for row in table("migrations"):
        fits = before in row["from"].split() and after in row["to"].split()
        if fits and (row["stage"], row["change"]) == (stage, change):
            yield row["text"]
