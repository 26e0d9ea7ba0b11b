"""The workflows, the action and the issue forms: valid, pinned, and with no more rights than they need."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from .conftest import ROOT
from .official_schemas import ACTION, DEPENDABOT, ISSUE_FORM, WORKFLOW, official_schema

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(file for file in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if file.name != "config.yml")


class Loader(yaml.SafeLoader):
    """YAML 1.2 as GitHub reads it: ``on`` is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(file: Path) -> Any:  # noqa: ANN401 - any YAML value
    return yaml.load(file.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a SafeLoader


def jobs(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from load(file)["jobs"].items()


def steps(file: Path) -> list[dict[str, Any]]:
    document = load(file)
    runs = [document["runs"]] if "runs" in document else document["jobs"].values()
    return [step for run in runs for step in run.get("steps", [])]


by_name = pytest.mark.parametrize("file", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda file: file.name)


@pytest.mark.parametrize(
    ("files", "schema"),
    [
        (WORKFLOWS, WORKFLOW),
        ([ROOT / "action.yml"], ACTION),
        (FORMS, ISSUE_FORM),
        ([ROOT / ".github" / "dependabot.yml"], DEPENDABOT),
    ],
    ids=["workflows", "action", "forms", "dependabot"],
)
def test_files_fit_the_schemas_of_schemastore(files: list[Path], schema: tuple[str, str]) -> None:
    document = official_schema(schema)
    if schema == WORKFLOW:  # the copy is older than this right
        rights = document["definitions"]["permissions-event"]["properties"]
        rights["attestations"] = rights["contents"]
    validator = jsonschema.Draft7Validator(document)
    assert files
    for file in files:
        assert [f"{file.name}: {error.json_path}: {error.message}" for error in validator.iter_errors(load(file))] == []


@by_name
def test_actions_are_pinned_by_hash_with_their_version(file: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    pinned = re.compile(
        r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
        r"|\$/\.github/workflows/[\w-]+\.yml # this repository, at the same commit"
    )
    assert [action for action in used if not pinned.fullmatch(action)] == []


def test_an_action_has_one_hash() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in [*WORKFLOWS, ROOT / "action.yml"])
    pins = set(re.findall(r"uses: ([\w.-]+/[\w.-]+)\S*@([0-9a-f]{40} # \S+)", text))
    assert len(pins) == len({repository for repository, _ in pins})


@by_name
def test_scripts_contain_no_expressions(file: Path) -> None:
    assert [step["run"] for step in steps(file) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_have_least_rights(file: Path) -> None:
    document = load(file)
    assert document["permissions"] == {}
    assert "concurrency" in document
    assert "pull_request_target" not in document["on"]
    for name, job in jobs(file):
        assert "permissions" in job, name
        assert "uses" in job or "timeout-minutes" in job, name
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false" or step["with"]["persist-credentials"] is False


def test_who_may_write() -> None:
    writers = {
        f"{file.name}: {name}": sorted(right for right, level in job["permissions"].items() if level == "write")
        for file in WORKFLOWS
        for name, job in jobs(file)
    }
    assert {job: rights for job, rights in writers.items() if rights} == {
        "release.yml: pypi": ["id-token"],
        "release.yml: github": ["attestations", "contents", "id-token"],
        "security.yml: codeql": ["security-events"],
        "tables.yml: pull-request": ["contents", "pull-requests"],
    }


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.name)
def test_forms_require_the_version_and_ask_for_redacted_headers(file: Path) -> None:
    fields = {field["id"]: field for field in load(file)["body"] if "id" in field}
    assert "hopscope --version -v" in fields["version"]["attributes"]["description"]
    assert fields["version"]["validations"]["required"] is True
    assert "hopscope redact" in yaml.dump(fields)


def test_the_release_builds_programs_as_documented() -> None:
    workflow = load(ROOT / ".github" / "workflows" / "release.yml")
    lines = "\n".join(step.get("run", "") for step in workflow["jobs"]["programs"]["steps"])
    for page in ("CONTRIBUTING.md", "docs/install.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        (commands,) = re.findall(r"^mkdir .*\ncp .*\ncd .*\npyinstaller .*\n", text, re.MULTILINE)
        assert commands in lines, page
        ((script, copy),) = re.findall(r"^cp (\S+) (\S+)$", commands, re.MULTILINE)
        assert (ROOT / script).is_file()
        assert (
            not (ROOT / copy).with_name("hopscope").exists()
        )  # PyInstaller would take this package, not the installed


def test_the_image_runs_without_root_and_is_built_from_what_the_wheel_needs() -> None:
    stage = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")[-1]
    user = re.search(r"^USER (\d+):(\d+)$", stage, re.MULTILINE)
    assert user
    assert "0" not in user.groups()
    assert stage.rstrip().endswith('ENTRYPOINT ["hopscope"]')
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"], *project["project"]["license-files"]]
    assert {"*", "!README.md", "!pyproject.toml", "!.ci/*.py", *(f"!{name}" for name in needed)} <= set(sent)
