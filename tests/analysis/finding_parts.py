"""The form of the three parts of a finding, for the tests of rules and of checks."""

import re

from hopscope.model import Finding

__all__ = ["assert_well_formed"]

_IMPERATIVES = "Ask|Check|Compare|Correct|Do not|Install|Look|Read|Run|Treat|Update"
_COMMANDS = r"(?:Get|Set|New|Invoke)-[A-Z]\w+|w32tm /query"
_CHECK = rf"(?:(?:If|When) [^:]+: )?(?:{_IMPERATIVES}|{_IMPERATIVES.lower()}|{_COMMANDS}|change|enable|read)(?:[ :].*)?"
_SENTENCE_END = r"(?<!\be\.g)[.!?] [A-Z]"


def assert_well_formed(finding: Finding) -> None:
    """The message is one sentence, the cause ends as one, and every check is an imperative or a command."""
    assert finding.message.endswith(".")
    assert len(finding.message.removeprefix("As the headers claim: ")) <= 140, finding.message
    assert not re.search(_SENTENCE_END, finding.message), finding.message
    assert finding.cause is None or finding.cause.endswith(".")
    for check in finding.checks:
        assert re.fullmatch(_CHECK, check), check
