"""The files for CI systems: they can be read, and the commands in them run."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from junitparser import JUnitXml

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are for bash")


def load(path: Path) -> Any:  # noqa: ANN401 - any YAML value
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture
def environment(root: Path, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A folder with the sample organisation in ``mail``, and an environment in which ``hopscope`` is a command."""
    shutil.copytree(samples / "organisation", tmp_path / "mail")
    shutil.move(tmp_path / "mail" / "hopscope.toml", tmp_path / "hopscope.toml")
    command = tmp_path / "bin" / "hopscope"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hopscope "$@"\n')
    command.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOPSCOPE_")}
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": str(root)}


def bash(script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A script run as on GitHub and GitLab: it ends at the first failing command."""
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(shell, env=environment, capture_output=True, text=True, check=False)


def action_step(root: Path, name: str) -> dict[str, Any]:
    steps = load(root / "action.yml")["runs"]["steps"]
    return next(step for step in steps if step.get("name") == name)


@pytest.mark.parametrize(
    ("inputs", "status", "annotated"),
    [
        ({"paths": "mail"}, 1, True),
        ({"paths": "mail/in*.eml mail/outbound.eml"}, 0, False),
        ({"paths": "mail", "args": "--exit-zero --select HOP611"}, 0, True),
        ({"paths": "mail missing"}, 2, True),
    ],
)
def test_the_action_annotates_summarises_and_writes_sarif(
    root: Path,
    environment: dict[str, str],
    inputs: dict[str, str],
    status: int,
    annotated: bool,  # noqa: FBT001 - a case
) -> None:
    step = action_step(root, "Check mail flow")
    defaults = {name: given["default"] for name, given in load(root / "action.yml")["inputs"].items()}
    values = {**defaults, **inputs}
    given = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: values[match[1]], text)
        for name, text in step["env"].items()
    }
    summary = Path("summary.md")
    done = bash(step["run"], {**environment, **given, "GITHUB_STEP_SUMMARY": str(summary)})
    assert done.returncode == status
    assert ("::error file=mail/broken.eml" in done.stdout) is annotated
    assert bool(json.loads(Path("hopscope.sarif").read_text())["runs"][0]["results"]) is annotated
    assert summary.read_text().startswith("### Mail flow\n")


def test_no_input_of_the_action_is_interpolated_into_a_script(root: Path) -> None:
    for step in load(root / "action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_the_action_names_only_inputs_that_it_has(root: Path) -> None:
    text = (root / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(load(root / "action.yml")["inputs"])


def test_the_hook_checks_the_files_that_are_messages(root: Path, environment: dict[str, str]) -> None:
    (hook,) = load(root / ".pre-commit-hooks.yaml")
    assert (hook["id"], hook["language"]) == ("hopscope-check", "python")
    found = {name: bool(re.search(hook["files"], name)) for name in ("a/b.eml", "c.msg", "d.emlx", "hopscope.toml")}
    assert found == {"a/b.eml": True, "c.msg": True, "d.emlx": False, "hopscope.toml": False}
    assert bash(f"{hook['entry']} mail/inbound.eml mail/internal.eml", environment).returncode == 0
    assert bash(f"{hook['entry']} mail/inbound.eml mail/broken.eml", environment).returncode == 1


def test_the_hook_installs_what_outlook_items_need(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (hook,) = load(root / ".pre-commit-hooks.yaml")
    assert hook["additional_dependencies"] == project["optional-dependencies"]["outlook"]


def test_the_job_of_gitlab_writes_its_report_and_fails(root: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    job = load(root / "docs" / "gitlab-ci.yml")["mail-flow"]
    done = bash("\n".join(job["script"]), {**environment, **job["variables"]})
    assert done.returncode == 1
    report = JUnitXml.fromfile(str(tmp_path / job["artifacts"]["reports"]["junit"]))
    assert {suite.name: suite.failures > 0 for suite in report} == {
        "mail/broken.eml": True,
        "mail/coexistence.eml": False,
        "mail/inbound.eml": False,
        "mail/internal.eml": False,
        "mail/outbound.eml": False,
    }
