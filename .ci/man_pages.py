"""A build hook of hatchling: the sdist holds a man page for each command, and the wheel built from it installs them."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPages(BuildHookInterface):
    """Writes the pages to a temporary folder, so that a checkout stays as it is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the signature of hatchling
        """Write the pages, and add them to the sdist."""
        import click
        from click_man.core import write_man_pages

        sys.path.insert(0, self.root)
        import hopscope
        from hopscope.cli import COMMANDS, commands

        context = click.Context(commands)
        # click-man sees only commands that are loaded; hopscope loads the one that runs.
        commands.commands = {name: command for name in COMMANDS if (command := commands.get_command(context, name))}
        for command in (commands, *commands.commands.values()):
            command.short_help = (command.help or "").partition("\n")[0]  # click-man would shorten it to 45 characters
        self.folder = TemporaryDirectory()
        write_man_pages("hopscope", commands, version=hopscope.__version__, target_dir=self.folder.name)
        for page in sorted(Path(self.folder.name).iterdir()):
            build_data["force_include"][str(page)] = f"man/{page.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the temporary folder."""
        self.folder.cleanup()
