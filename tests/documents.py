"""README and the pages of docs/: the output of their commands, and the parts that are generated from the program.

``python -m tests.documents`` rewrites them, as ``pytest --update-golden`` does.
"""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

from hopscope.data import table

__all__ = [
    "DRAW_TIMELINE",
    "LIBRARY",
    "PICTURE",
    "ROOT",
    "SESSION",
    "TIMELINE",
    "WIDTH",
    "blocks",
    "draw_session",
    "pages",
    "refreshed",
    "run",
    "with_printed",
]

ROOT = Path(__file__).parent.parent
WIDTH = 100
TIMELINE = ROOT / "docs" / "timeline.svg"
DRAW_TIMELINE = "hopscope -f svg samples/exchange-2019-inbound.eml"
"""The command that writes ``TIMELINE``."""
PICTURE = ROOT / "docs" / "terminal.svg"
LIBRARY = ROOT / "docs" / "library.md"
"""The page of Python examples."""
SESSION = "hopscope compare --color always samples/exchange-2010-internal.eml samples/exchange-2013-internal.eml"
"""The command of ``PICTURE``, in colour as on a terminal."""
_BLOCK = re.compile(r"```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
_EXAMPLE = re.compile(r"```python\n(?P<code>.*?)```\n(?:\n```text\n.*?```\n)?", re.DOTALL)
_SETTINGS = {"COLUMNS": str(WIDTH), "HOPSCOPE_COLOR": "never", "PYTHONUTF8": "1"}
_ON_A_TERMINAL = "import sys; sys.stdout.isatty = lambda: True; from hopscope.__main__ import main; main()"


def pages() -> list[Path]:
    """README and the pages of docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return [match["text"] for match in _BLOCK.finditer(text) if match["language"] == language]


@cache
def run(command: str, folder: str = ".") -> str:
    """Output of a ``hopscope`` command on a terminal of ``WIDTH`` columns; ``< FILE`` is its standard input."""
    words, _, file = command.partition(" < ")
    program, *arguments = shlex.split(words)
    assert program == "hopscope", command
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HOPSCOPE_")}
    done = subprocess.run(
        [sys.executable, "-c", _ON_A_TERMINAL, *arguments],
        cwd=ROOT / folder,
        env={**inherited, **_SETTINGS, "PYTHONPATH": str(ROOT)},
        input=(ROOT / folder / file).read_text(encoding="utf-8") if file else "",
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout + done.stderr


def refreshed(text: str) -> str:
    """A page with the current output of its commands and its generated parts.

    The installation commands are not run.
    """
    for name, generate in _GENERATED.items():
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, marked, rest = text.partition(start)
        if marked:
            text = f"{before}{start}\n{generate()}\n{end}{rest.partition(end)[2]}"
    return _BLOCK.sub(_refreshed_block, text)


def with_printed(text: str) -> str:
    """A page of Python examples with what each of them prints below it; together they are one program.

    They run in a folder of their own with the samples.
    """
    program: dict[str, object] = {"__name__": "__main__"}

    def example(match: re.Match[str]) -> str:
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(match["code"], "library.md", "exec"), program)  # noqa: S102 - our own examples
        lines = "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())
        code = f"```python\n{match['code']}```\n"
        return f"{code}\n```text\n{lines}```\n" if lines else code

    with TemporaryDirectory() as folder, chdir(folder):
        copytree(ROOT / "samples", "samples")
        return _EXAMPLE.sub(example, text)


def _refreshed_block(match: re.Match[str]) -> str:
    commands = re.findall(r"^\$ (.*)", match["text"], re.MULTILINE)
    if match["language"] != "console" or any("pip install" in command for command in commands):
        return match[0]
    folder, lines = ".", list[str]()
    for command in commands:
        if command.startswith("cd "):
            folder = command.removeprefix("cd ")
            lines.append(f"$ {command}\n")
        else:
            lines.append(f"$ {command}\n{run(command, folder)}")
    return "```console\n" + "".join(lines) + "```"


def rules() -> str:
    """Every rule: an overview, and its explanation."""
    listed = json.loads(run("hopscope rules --json"))["rules"]
    sections = (
        f"## {rule['code']}\n\n"
        f"{rule['name']} ({' or '.join(rule['severities'])}"
        f"{', needs a setting of `hopscope check`' if rule['needs_setting'] else ''}).\n\n"
        + "\n\n".join(rule["explanation"])
        for rule in listed
    )
    return run("hopscope rules -f markdown") + "\n" + "\n\n".join(sections) + "\n"


def example() -> str:
    """One hop as JSON."""
    document = json.loads(run("hopscope --json samples/exchange-2013-internal.eml"))
    return f"```json\n{json.dumps(document['hops'][1], indent=2, ensure_ascii=False)}\n```\n"


def keys() -> str:
    """Every record of the JSON of a message: its keys, their types and their meaning."""
    records = json.loads(run("hopscope schema message"))["$defs"]
    return "\n".join(_record(name, records[name]) for name in _reachable(records, "MessageDocument"))


def _reachable(records: dict[str, Any], name: str) -> list[str]:
    names = [name]
    for reached in names:
        referred = re.findall(r"#/\$defs/(\w+)", json.dumps(records[reached]))
        names += [other for other in dict.fromkeys(referred) if other not in names]
    return [reached for reached in names if "properties" in records[reached]]


def _record(name: str, record: dict[str, Any]) -> str:
    rows = (
        f"| `{key}` | {_type(schema)} | {schema.get('description', '').replace('|', '&#124;')} |\n"
        for key, schema in record["properties"].items()
    )
    title = name.removesuffix("Document")
    return (
        f"### {title}\n\n{record.get('description', '')}\n\n| key | type | meaning |\n| --- | --- | --- |\n"
        + "".join(rows)
    )


def _type(schema: dict[str, Any]) -> str:
    """A type in words, with a link if it is a record."""
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "$ref" in schema:
        title = schema["$ref"].rpartition("/")[2]
        return (
            f"[{title.removesuffix('Document')}](#{title.removesuffix('Document').lower()})"
            if title.endswith("Document")
            else "string"
        )
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "string"))


def draw_session() -> str:
    """A terminal with the command of the session and its output, in colour, as SVG."""
    from rich.console import Console
    from rich.text import Text

    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {SESSION.replace(' --color always', '')}"))
    console.print(Text.from_ansi(run(SESSION)))
    drawn = console.export_svg(title="hopscope", unique_id="session")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # a page must not load external fonts


def verdicts() -> str:
    """Every documented value of the antispam and organization headers, by key."""
    rows = ((row["key"], row["value"], row["meaning"]) for row in table("antispam_values"))
    lines = (
        f"| {f'`{key}`' if not value else ''} | {f'`{value}`' if value else ''} | {text} |" for key, value, text in rows
    )
    return "\n".join(["| key | value | meaning |", "| --- | --- | --- |", *lines]) + "\n"


_GENERATED = {"rules": rules, "example": example, "keys": keys, "verdicts": verdicts}


if __name__ == "__main__":
    for page in pages():
        page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    LIBRARY.write_text(with_printed(LIBRARY.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    TIMELINE.write_text(run(DRAW_TIMELINE), encoding="utf-8", newline="\n")
    PICTURE.write_text(draw_session(), encoding="utf-8", newline="\n")
