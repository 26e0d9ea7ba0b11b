"""The text of the help of a command: options grouped by purpose, examples at the end. Loaded only to print it."""

from collections.abc import Iterable

import click

__all__ = ["grouped_options", "write_examples", "write_options"]

_GROUPS: dict[str, tuple[str, ...]] = {
    "Input": ("tracking_logs", "databases", "attached", "merge", "engine", "master", "stats", "model", "number"),
    "Messages": (
        "message_ids",
        "slower_than",
        "findings",
        "services",
        "hosts",
        "scenarios",
        "since",
        "until",
    ),
    "Selection": ("message_id", "legs", "select", "ignore"),
    "Limits": ("fail_on", "max_total", "max_hop"),
    "Settings": ("config_path", "organisation", "show_settings"),
    "Baselines": ("baseline", "against", "tolerance", "update_baseline"),
    "Output": (
        "format_",
        "as_json",
        "output",
        "output_files",
        "headers",
        "shard_size",
        "save",
        "by",
        "sort",
        "top",
        "details",
        "title",
        "timeline",
        "defects",
        "coexistence",
        "tz",
        "color",
        "key_file",
    ),
}
"""Heading and names of the options below it; any other option is below ``Other``."""


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the options of a command, grouped by purpose."""
    for heading, options in grouped_options(command.get_params(ctx)).items():
        rows = [row for option in options if (row := option.get_help_record(ctx)) is not None]
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)


def grouped_options(parameters: Iterable[click.Parameter]) -> dict[str, list[click.Option]]:
    """The options below each heading; a heading may have none."""
    options = {option.name or "": option for option in parameters if isinstance(option, click.Option)}
    grouped = {heading: [options.pop(name) for name in names if name in options] for heading, names in _GROUPS.items()}
    return {**grouped, "Other": list(options.values())}


def write_examples(lines: Iterable[str], formatter: click.HelpFormatter) -> None:
    """Write command lines without wrapping, so that they can be copied."""
    with formatter.section("Examples"):
        for line in lines:
            formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
