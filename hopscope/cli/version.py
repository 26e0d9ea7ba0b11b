"""What a bug report needs: the versions of the program and of all that it runs on."""

import sys
from collections.abc import Iterator

__all__ = ["EXTRAS", "PACKAGES", "report"]

EXTRAS = {"olefile": "outlook", "maxminddb": "geo", "pyarrow": "parquet"}
"""Packages that may be missing, and the extra that installs each."""
PACKAGES = ("click", "rich", "msgspec", "networkx", "python-dateutil", "jinja2", *EXTRAS)
"""The packages that hopscope uses, by the names under which they are installed."""


def report() -> str:
    """One fact per line."""
    return "".join(f"{name}: {value}\n" for name, value in _facts())


def _facts() -> Iterator[tuple[str, str]]:
    import platform

    from hopscope import __version__
    from hopscope.classifier import builds

    frozen = ", built with PyInstaller" if getattr(sys, "frozen", False) else ""
    yield "hopscope", f"{__version__}{frozen}"
    yield "Python", f"{platform.python_implementation()} {platform.python_version()}"
    yield "Platform", platform.platform()
    for package in PACKAGES:
        yield package, _version(package)
    yield "Build table", f"as of {builds.as_of()}" + ("; more than a year old: update hopscope" * builds.is_outdated())
    stdout = sys.stdout
    terminal = "a terminal" if stdout is not None and stdout.isatty() else "not a terminal"
    yield "Standard output", f"{stdout.encoding.lower()}, {terminal}" if stdout is not None else "closed"


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        extra = EXTRAS.get(package)
        return f"not installed (extra {extra})" if extra else "unknown"
