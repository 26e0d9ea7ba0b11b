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

pytestmark = pytest.mark.posix  # on Windows, "bash" may be that of WSL, which needs a distribution


def load(path: Path) -> Any:  # noqa: ANN401 - any YAML value
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture
def environment(root: Path, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A folder with the sample organisation in ``mail``, and an environment in which ``hopscope`` is a command."""
    shutil.copytree(samples / "organisation", tmp_path / "mail")
    shutil.move(tmp_path / "mail" / "hopscope.toml", tmp_path / "hopscope.toml")
    command = tmp_path / "hopscope" / "bin" / "hopscope"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hopscope "$@"\n')
    command.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOPSCOPE_")}
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": str(root), "RUNNER_TEMP": str(tmp_path)}


def bash(script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A script run as on GitHub and GitLab: it ends at the first failing command."""
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(shell, env=environment, capture_output=True, text=True, check=False)


def action_step(root: Path, name: str) -> dict[str, Any]:
    steps = load(root / "action.yml")["runs"]["steps"]
    return next(step for step in steps if step.get("name") == name)


def run_action(root: Path, environment: dict[str, str], inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    step = action_step(root, "Check mail flow")
    values = {name: text["default"] for name, text in load(root / "action.yml")["inputs"].items()} | inputs
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: values[match[1]], text)
        for name, text in step["env"].items()
    }
    return bash(step["run"], {**environment, **variables, "GITHUB_STEP_SUMMARY": "summary.md"})


@pytest.mark.parametrize(
    ("inputs", "status", "annotated"),
    [
        ({"paths": "mail/in*.eml\nmail/outbound.eml\n"}, 0, False),
        ({"paths": "mail/in*.eml\r\n\r\nmail/broken.eml\r\n"}, 1, True),
        ({"paths": "mail", "args": "--exit-zero --select HOP611"}, 0, True),
        ({"paths": "mail\nmissing"}, 2, True),
        ({"paths": "mail missing"}, 2, False),
    ],
)
def test_the_action_annotates_summarises_and_writes_sarif(
    root: Path,
    environment: dict[str, str],
    inputs: dict[str, str],
    status: int,
    annotated: bool,  # noqa: FBT001 - a case
) -> None:
    result = run_action(root, environment, inputs)
    assert result.returncode == status
    assert ("::error file=mail/broken.eml" in result.stdout) is annotated
    assert bool(json.loads(Path("hopscope.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]) is annotated
    assert Path("summary.md").read_text(encoding="utf-8").startswith("### Mail flow\n")


def test_the_action_checks_a_repository_without_inputs(root: Path, environment: dict[str, str]) -> None:
    for name in ("requirements.txt", "README.txt", "package-lock.json", ".github/x.eml", "node_modules/x/x.eml"):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"name": "no mail"}\n', encoding="utf-8")
    shutil.copy("mail/inbound.eml", "sample.eml")
    shutil.rmtree("mail")
    result = run_action(root, environment, {})
    assert (result.returncode, "::error" in result.stdout) == (0, False)
    assert "hopscope: skipped 3 files that are not mail, such as README.txt (-v lists them)" in result.stderr


@pytest.mark.parametrize(
    ("names", "paths"),
    [
        (
            ["my mail/a b.eml", "x/[1].eml", " lead.eml", "'q'.eml", "-f.eml"],
            "my mail\nx/[1].eml\n lead.eml\n'q'.eml\n-f.eml",
        ),
        (["my mail/a b.eml", "my mail/c d.eml", "x/[1].eml"], "my mail/*.eml\r\nx/?1?.eml"),
        (
            ["$(touch hit).eml", "`touch hit`;touch hit.eml", "a&touch hit.eml"],
            "$(touch hit).eml\n`touch hit`;*\na&*.eml",
        ),
    ],
)
def test_a_line_of_the_action_is_one_path_or_glob(
    root: Path, environment: dict[str, str], names: list[str], paths: str
) -> None:
    for name in names:
        Path(name).parent.mkdir(exist_ok=True)
        shutil.copy(Path("mail/broken.eml"), name)
    result = run_action(root, environment, {"paths": paths, "args": "--select HOP611", "sarif": "my results.sarif"})
    assert result.returncode == 1
    results = json.loads(Path("my results.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert len(results) == len(names)
    assert not Path("hit").exists()


@pytest.mark.parametrize("name", ["paths", "args", "sarif"])
def test_no_input_of_the_action_is_run(root: Path, environment: dict[str, str], name: str) -> None:
    text = "x $(touch hit) `touch hit` ; touch hit\ntouch hit\n' ; touch hit #\"$(touch hit)"
    run_action(root, environment, {"paths": "mail/inbound.eml", name: text})
    assert not Path("hit").exists()


def test_globs_in_the_options_of_the_action_are_not_expanded(root: Path, environment: dict[str, str]) -> None:
    Path("NOP999").write_text("", encoding="utf-8")
    result = run_action(root, environment, {"paths": "mail", "args": "--select NOP*"})
    assert "'NOP' is not a finding code" in result.stderr
    assert "NOP999" not in result.stderr


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
