"""Console blocks of README and docs/: what stands under a command is what the command prints.

``python -m tests.documents`` runs every command again and writes its output, as ``pytest --update-golden`` does.
"""

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

__all__ = ["ROOT", "WIDTH", "blocks", "pages", "refreshed", "run"]

ROOT = Path(__file__).parent.parent
WIDTH = 100
_BLOCK = re.compile(r"```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
_SETTINGS = {"COLUMNS": str(WIDTH), "HOPSCOPE_FORMAT": "table", "HOPSCOPE_COLOR": "never", "PYTHONUTF8": "1"}


def pages() -> list[Path]:
    """README and the pages of docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return [match["text"] for match in _BLOCK.finditer(text) if match["language"] == language]


@cache
def run(command: str) -> str:
    """Output of a ``hopscope`` command in the folder of the project, as on a terminal of ``WIDTH`` columns."""
    words = shlex.split(command)
    assert words[0] == "hopscope", command
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HOPSCOPE_")}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**inherited, **_SETTINGS},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout + done.stderr


def refreshed(text: str) -> str:
    """A page with the output of its commands as it is now; the commands of the set-up stay, as they install."""

    def again(match: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (.*)", match["text"], re.MULTILINE)
        if match["language"] != "console" or any("pip install" in command for command in commands):
            return match[0]
        return "```console\n" + "\n".join(f"$ {command}\n{run(command)}" for command in commands) + "```"

    return _BLOCK.sub(again, text)


if __name__ == "__main__":
    for page in pages():
        page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
