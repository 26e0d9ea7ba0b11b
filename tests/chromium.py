"""Chromium, for the tests of pages."""

import shutil

__all__ = ["CHROMIUM", "PATIENCE", "QUIET"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
PATIENCE = 120_000
"""Milliseconds for what takes less than five thousand on an idle machine."""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
