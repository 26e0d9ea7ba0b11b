"""A hatchling build hook: adds a man page for each command to the sdist; the wheel built from it installs them."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPages(BuildHookInterface):
    """Writes the pages to a temporary folder, so that the checkout does not change."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Write the pages, and add them to the sdist."""
        import click
        from click_man.core import write_man_pages

        sys.path.insert(0, self.root)
        import hopscope
        from hopscope.cli import COMMANDS, commands

        context = click.Context(commands)
        # click-man finds only loaded commands, and hopscope loads a command when it is run.
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
