"""A version of the Windows SMTP service -> the Windows version that contains it."""

from collections.abc import Iterable

from hopscope.classifier import builds
from hopscope.data import table
from hopscope.renderers.answers import Answer, Part, facts
from hopscope.renderers.answers.cited import cited

__all__ = ["answer", "names"]


def answer(what: str) -> Answer | None:
    """The Windows version with this SMTP service; ``None`` for any other number."""
    number = what.lower().removeprefix("microsoft smtpsvc").strip("() ")
    windows = builds.windows(number) if number.replace(".", "").isdecimal() else None
    if windows is None:
        return None
    row = next(row for row in table("windows_smtp") if number.startswith(row["version"]))
    listed = facts(
        [
            ("Product", f"the SMTP service of {windows}"),
            ("Printed as", f"with Microsoft SMTPSVC({number})"),
            (
                "Exchange",
                "unknown: Exchange 2000 and 2003 use this service, and so do servers without Exchange",
            ),
            ("Source", cited(row["source"])),
        ]
    )
    return Answer(kind="windows", parts=(Part(heading=f"{number}: {windows}", facts=listed),))


def names() -> Iterable[str]:
    """The versions."""
    return (row["version"] for row in table("windows_smtp"))
