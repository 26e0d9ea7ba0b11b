"""A version of the Windows SMTP service -> the Windows version that contains it."""

from collections.abc import Iterable

from hopscope.classifier import builds
from hopscope.data import table
from hopscope.renderers.answers import Answer, Part, facts
from hopscope.renderers.answers.cited import cited

__all__ = ["answer", "names", "row", "version"]


def answer(what: str) -> Answer | None:
    """The Windows version with this SMTP service; ``None`` for any other number."""
    number, listed = version(what), row(what)
    if listed is None:
        return None
    windows = listed["windows"]
    facts_listed = facts(
        [
            ("Product", f"the SMTP service of {windows}"),
            ("Printed as", f"with Microsoft SMTPSVC({number})"),
            (
                "Exchange",
                "unknown: Exchange 2000 and 2003 use this service, and so do servers without Exchange",
            ),
            ("Source", cited(listed["source"])),
        ]
    )
    return Answer(kind="windows", parts=(Part(heading=f"{number}: {windows}", facts=facts_listed),))


def version(what: str) -> str:
    """The version in ``what``, with as many numbers as it has there: ``6.0.3790.4675``."""
    return what.lower().removeprefix("microsoft smtpsvc").strip("() ")


def row(what: str) -> dict[str, str] | None:
    """The row of the table of versions; ``None`` for any other number."""
    number = version(what)
    windows = builds.windows(number) if number.replace(".", "").isdecimal() else None
    if windows is None:
        return None
    return next(listed for listed in table("windows_smtp") if number.startswith(listed["version"]))


def names() -> Iterable[str]:
    """The versions."""
    return (row["version"] for row in table("windows_smtp"))
