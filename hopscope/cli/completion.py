"""``hopscope completion``: the shell completion scripts, and the candidates that they ask for.

The script passes the line up to the cursor in ``COMP_LINE``, and click determines what is completed. Options are
completed by name, see ``_VALUES``, so that an option has the same candidates in every command. The scripts replace
those of click: they complete values with spaces, commas and colons, and values after ``--option=``.

The module is over 300 lines because the scripts of four shells are in it.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import copy

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from hopscope.cli.options import Choice, Command, verbose_option, write

__all__ = ["completed", "completion", "scripts"]

_BASH = r"""# needs bash 4.4 or later
_hopscope_completion() {
    local IFS=$'\n' line type value current=${COMP_WORDS[COMP_CWORD]}
    [[ $current == = ]] && current=
    COMPREPLY=()
    for line in $(COMP_LINE=${COMP_LINE:0:COMP_POINT} _HOPSCOPE_COMPLETE=bash_complete "$1" 2>/dev/null); do
        type=${line%%,*} value=${line#*,}
        if [[ $type == file || $type == rest ]]; then
            compopt -o default
            continue
        fi
        [[ $type == open ]] && compopt -o nospace
        [[ $current == [\"\']* || $value != *[!A-Za-z0-9_.,:+=@/-]* ]] || printf -v value %q "$value"
        COMPREPLY+=("$value")
    done
}

complete -o nosort -F _hopscope_completion hopscope
"""
_ZSH = r"""#compdef hopscope

_hopscope_completion() {
    local -a response values described opened
    local type value help
    (( $+commands[hopscope] )) || return 1
    response=("${(@f)$(COMP_LINE="${(j: :)words[1,CURRENT]}" _HOPSCOPE_COMPLETE=zsh_complete hopscope 2>/dev/null)}")
    for type value help in "${response[@]}"; do
        case $type in
            file) _files ;;
            rest) compset -P '*='; _files ;;
            open) opened+=("$value") ;;
            plain) if [[ $help == _ ]]; then values+=("$value"); else described+=("${value//:/\\:}:$help"); fi ;;
        esac
    done
    (( $#described )) && _describe -V hopscope described -U
    (( $#values )) && compadd -U -V hopscope -a values
    (( $#opened )) && compadd -U -S '' -V hopscope -a opened
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _hopscope_completion "$@"
else
    compdef _hopscope_completion hopscope
fi
"""
_FISH = r"""function _hopscope_completion
    set -l line (commandline -cp)
    set -l token (commandline -ct)
    for completion in (COMP_LINE="$line" _HOPSCOPE_COMPLETE=fish_complete hopscope 2>/dev/null)
        test -n "$completion"; or continue
        set -l parts (string split -m 1 , -- $completion)
        switch $parts[1]
            case file
                __fish_complete_path "$parts[2]"
            case rest
                set -l word (string unescape -- "$token"; or echo -- $token)
                set -l length (math (string length -- "$word") - (string length -- "$parts[2]"))
                string replace -r '^' (string sub -l $length -- "$word" | string escape --style=regex) \
                    (__fish_complete_path "$parts[2]")
            case '*'
                echo -- $parts[2]
        end
    end
end

complete --no-files --keep-order --command hopscope --arguments "(_hopscope_completion)"
"""
_POWERSHELL = r"""Register-ArgumentCompleter -Native -CommandName hopscope, hopscope.exe -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $length = $cursorPosition - $commandAst.Extent.StartOffset
    $line = $commandAst.ToString().PadRight($length).Substring(0, $length)
    $saved = $env:COMP_LINE
    $env:COMP_LINE = $line
    $env:_HOPSCOPE_COMPLETE = 'powershell_complete'
    try { $response = & hopscope 2>$null }
    finally {
        $env:COMP_LINE = $saved
        Remove-Item Env:_HOPSCOPE_COMPLETE
    }
    foreach ($item in $response) {
        if (-not $item) { continue }
        $value, $help = $item -split "`t", 2
        $text = if ($value -match '[\s,()]') { "'" + $value.Replace("'", "''") + "'" } else { $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $help)
    }
}
"""


class _Complete(ShellComplete):
    """The candidates for the end of ``COMP_LINE``, in the form that the script of the shell reads."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The complete arguments, and the incomplete one."""
        # With a letter at the end, the last word is the incomplete one, also after a blank in quotes.
        words = split_arg_string(os.environ.get("COMP_LINE", "") + "x")[1:]
        incomplete = words.pop()[:-1] if words else ""
        return words, incomplete

    def complete(self) -> str:
        """One candidate per line; a value after ``--option=`` includes it, except in bash, where ``=`` ends a word."""
        arguments, incomplete = self.get_completion_args()
        items = self.get_completions(arguments, incomplete)
        return "\n".join(self.format_completion(self._completed(item, incomplete)) for item in items)

    def _completed(self, item: CompletionItem, incomplete: str) -> CompletionItem:
        """A value with the option before it; a file whose name is only the rest of the word is of type ``rest``."""
        if item.type == "file":
            return CompletionItem(item.value, "file" if item.value == incomplete else "rest")
        option = re.match("--[^=]+=", incomplete)
        if option is None or self.name == "bash":
            return item
        return CompletionItem(f"{option[0]}{item.value}", item.type, item.help)


class _Bash(_Complete):
    name = "bash"
    source_template = _BASH

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value}"


class _Zsh(_Complete):
    name = "zsh"
    source_template = _ZSH

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type}\n{item.value or '_'}\n{item.help or '_'}"


class _Fish(_Complete):
    name = "fish"
    source_template = _FISH

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value}" + (f"\t{item.help}" if item.help else "")


class _PowerShell(_Complete):
    """PowerShell completes files itself if there is no candidate."""

    name = "powershell"
    source_template = _POWERSHELL

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        return [item for item in super().get_completions(args, incomplete) if item.type != "file"]

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.value}\t{item.help or item.value}"


_SHELLS = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish, "powershell": _PowerShell}
for _shell in _SHELLS.values():
    add_completion_class(_shell)  # not a decorator before click 8.2
_Candidates = Callable[[], Iterable[tuple[str, str | None]]]
"""Values, each with its description."""


def scripts() -> dict[str, str]:
    """The script of each shell."""
    return {name: shell.source_template for name, shell in _SHELLS.items()}


def completed(command: click.Command) -> click.Command:
    """A copy of the command whose parameters have candidates."""
    result = copy(command)
    result.params = [_completed(parameter) for parameter in command.params]
    return result


def _completed(parameter: click.Parameter) -> click.Parameter:
    result = copy(parameter)
    candidates = _VALUES.get(parameter.name or "")
    if candidates is not None:
        result.type = _Values(candidates, listed=parameter.name in _LISTED)
    elif parameter.name == "what":
        result.type = _Values(_questions, files=True)
    elif parameter.metavar == "FILE":
        result.type = click.Path()
    return result


class _Values(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """Completes one of several values, or the last one of a list."""

    name = "value"

    def __init__(self, candidates: _Candidates, *, listed: bool = False, files: bool = False) -> None:
        self._candidates = candidates
        self._listed = listed
        self._files = files

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """The candidates that start with the incomplete value, ignoring case."""
        head, comma, tail = incomplete.rpartition(",") if self._listed else ("", "", incomplete)
        matching = (item for item in self._candidates() if item[0].lower().startswith(tail.lower()))
        files = [CompletionItem(incomplete, "file")] if self._files else []
        return [*files, *(CompletionItem(f"{head}{comma}{value}", help=text) for value, text in matching)]


def _codes() -> Iterator[tuple[str, str | None]]:
    from hopscope.checks.catalogue import entries

    return ((entry.code, entry.name) for entry in entries())


def _rule_codes() -> Iterator[tuple[str, str | None]]:
    from hopscope.analysis.diagnosis import RULES

    return ((rule.code, rule.title) for rule in RULES)


def _services() -> Iterator[tuple[str, str | None]]:
    """The names of services, then the short ones that people use for them."""
    from hopscope.data import table

    rows = table("service_names")
    yield from ((row["service"], row["what"].partition(". ")[0]) for row in rows)
    for row in rows:
        yield from ((name, row["service"]) for name in row["names"].split("; ") if name and " " not in name)


def _questions() -> Iterator[tuple[str, str | None]]:
    yield from _codes()
    yield from _services()


def _zones() -> Iterator[tuple[str, str | None]]:
    from zoneinfo import available_timezones

    yield from (("utc", None), ("local", None))
    with suppress(OSError):
        yield from ((name, None) for name in sorted(available_timezones()))


def _scenarios() -> Iterator[tuple[str, str | None]]:
    from hopscope.model import Scenario

    return ((scenario, None) for scenario in Scenario)


def _severities() -> Iterator[tuple[str, str | None]]:
    from hopscope.model import WORST_FIRST

    return ((severity, None) for severity in WORST_FIRST)


_VALUES: dict[str, _Candidates] = {
    "select": _codes,
    "ignore": _codes,
    "findings": _rule_codes,
    "services": _services,
    "scenarios": _scenarios,
    "tz": _zones,
    "fail_on": _severities,
}
"""The candidates of options by name; a ``click.Choice`` has its own."""
_LISTED = frozenset({"select", "ignore", "findings"})
"""Options whose values are lists, separated by commas."""


@click.command(
    cls=Command,
    epilog="""\
source <(hopscope completion bash)
hopscope completion fish > ~/.config/fish/completions/hopscope.fish""",
)
@click.argument("shell", type=Choice(tuple(_SHELLS)), metavar="SHELL")
@verbose_option
def completion(shell: str) -> int:
    """Print a shell completion script.

    SHELL is bash (4.4 or later), zsh, fish or powershell. To load it in every new shell, see docs/install.md.

    It completes commands, options, files, formats, finding codes, services, time zones and other values.

    Exit status: 0, or 2 for a usage error.
    """
    write([scripts()[shell]], None)
    return 0
