"""Writes a man page for each command into a folder: ``python .ci/man_pages.py FOLDER``. Needs the extra ``docs``."""

import sys
from pathlib import Path

import click
from click_man.core import write_man_pages

import hopscope
from hopscope.cli import COMMANDS, commands

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
context = click.Context(commands)
# click-man sees only commands that are loaded; hopscope loads the one that runs.
commands.commands = {name: command for name in COMMANDS if (command := commands.get_command(context, name))}
write_man_pages("hopscope", commands, version=hopscope.__version__, target_dir=str(folder))
