"""The registered methods of authentication and their results, from ``data/authentication_results.tsv``."""

from functools import cache

from hopscope.data import table

__all__ = ["is_registered", "methods"]


@cache
def methods() -> dict[str, frozenset[str]]:
    """The results of each method."""
    results: dict[str, frozenset[str]] = {}
    for row in table("authentication_results"):
        results[row["method"]] = results.get(row["method"], frozenset()) | frozenset(row["result"].split())
    return results


def is_registered(method: str, result: str) -> bool:
    """Whether the result is one of a method, so that a header cannot make up any number of them."""
    return result in methods().get(method, ())
