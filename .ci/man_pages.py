"""A hatchling build hook: adds man pages and shell completions to the sdist; the wheel built from it installs them."""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPages(BuildHookInterface):
    """Writes the pages to a temporary folder, so that the checkout does not change."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Write the pages, and add them to the sdist."""
        from click_man.core import write_man_pages

        sys.path.insert(0, self.root)
        import hopscope
        from hopscope.cli import COMMANDS, commands
        from hopscope.cli.help_text import grouped_options

        context = click.Context(commands)
        # click-man finds only loaded commands, and hopscope loads a command when it is run.
        commands.commands = {name: command for name in COMMANDS if (command := commands.get_command(context, name))}
        for command in (commands, *commands.commands.values()):
            arguments = [parameter for parameter in command.params if not isinstance(parameter, click.Option)]
            command.params = [
                *arguments,
                *(option for group in grouped_options(command.params).values() for option in group),
            ]
            command.short_help = (command.help or "").partition("\n")[0]  # click-man would shorten it to 45 characters
        self.folder = TemporaryDirectory()
        self._add_completions(build_data)
        write_man_pages("hopscope", commands, version=hopscope.__version__, target_dir=self.folder.name)
        for command in (commands, *commands.commands.values()):
            name = "hopscope" if command is commands else f"hopscope-{command.name}"
            page = Path(self.folder.name) / f"{name}.1"
            text = _completed(page.read_text(encoding="utf-8"), command.epilog or "")
            for heading, options in grouped_options(command.params).items():
                if options and command is not commands:
                    text = text.replace(_entry(options[0], context), f".SS {heading}\n{_entry(options[0], context)}")
            page.write_text(text, encoding="utf-8")
        for page in sorted(Path(self.folder.name).iterdir()):
            build_data["force_include"][str(page)] = f"man/{page.name}"

    def _add_completions(self, build_data: dict[str, Any]) -> None:
        """Write the scripts, and add them to the sdist."""
        from hopscope.cli.completion import scripts

        texts = scripts()
        self.scripts = TemporaryDirectory()
        for shell, name in (("bash", "hopscope"), ("zsh", "_hopscope"), ("fish", "hopscope.fish")):
            script = Path(self.scripts.name) / name
            script.write_text(texts[shell], encoding="utf-8")
            build_data["force_include"][str(script)] = f"completions/{shell}/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the temporary folders."""
        self.folder.cleanup()
        self.scripts.cleanup()


def _completed(text: str, examples: str) -> str:
    """A page whose tables are not reflowed, with the examples that click-man leaves out."""
    text = re.sub(r"\x08\n(.*?)(?=\n\.(?:PP|SH))", r".nf\n\1\n.fi", text, flags=re.DOTALL)
    escaped = examples.replace("\\", r"\e").replace("-", r"\-")
    return f"{text}.SH EXAMPLES\n.nf\n{escaped}\n.fi\n"


def _entry(option: click.Option, context: click.Context) -> str:
    """The start of an option as click-man writes it."""
    first, *others = (option.get_help_record(context) or ("",))[0].replace("-", r"\-").split()
    return ".TP\n" + " ".join((rf"\fB{first}\fP", *others)) + "\n"
