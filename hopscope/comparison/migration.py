"""What a change of the Exchange generation adds to the path of a message, and what it removes."""

from collections.abc import Iterator

from hopscope.data import table
from hopscope.model import Stage

__all__ = ["changes"]


def changes(before: str, after: str, stage: Stage, *, had: bool, has: bool) -> Iterator[str]:
    """What changes at a stage.

    Args:
        before: The generation that the message passed.
        after: The generation that it passes now.
        stage: The stage.
        had: Whether that stage added a Received field before.
        has: Whether it adds one now.

    Yields:
        Sentences of ``data/migrations.tsv``; none if no change is documented.
    """
    change = {(True, True): "other", (False, True): "more", (True, False): "less"}.get((had, has))
    for row in table("migrations"):
        fits = before in row["from"].split() and after in row["to"].split()
        if fits and (row["stage"], row["change"]) == (stage, change):
            yield row["text"]
