"""The recipes of docs/recipes.md run, and their summaries are those of ``hopscope stats``, byte for byte."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

import hopscope

from .documents import ROOT, blocks

PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
SEPARATOR = b"From a@a.example Tue Jul 31 21:52:42 2012\n"


def recipe(title: str, language: str) -> str:
    """The program below a heading."""
    (program,) = blocks(PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0], language)
    return program


def run(command: list[str], folder: Path) -> str:
    """The output of a program for which ``hopscope`` is installed."""
    bin_folder = folder / "bin"
    if not bin_folder.exists():
        bin_folder.mkdir()
        program = bin_folder / "hopscope"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hopscope "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    paths = {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **paths}, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def python(title: str, folder: Path) -> str:
    """The output of the Python program of a recipe."""
    (folder / "recipe.py").write_text(recipe(title, "python"), encoding="utf-8")
    return run([sys.executable, "recipe.py"], folder)


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with mail in several files, its shards, its hops and its summary."""
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "mail").mkdir()
    samples = sorted((ROOT / "samples").rglob("*.eml"))
    shutil.copy(samples[0], folder / "mail")
    with ZipFile(folder / "mail" / "some.zip", "w") as archive:
        for file in samples[1:6]:
            archive.write(file, file.name)
    (folder / "mail" / "others.mbox").write_bytes(b"\n".join(SEPARATOR + file.read_bytes() for file in samples[6:]))
    sizes = "--headers mail -o shards --shard-size 4k -q"
    for arguments in (f"export {sizes}", "export mail -o hops.parquet", "stats mail --save expected.json"):
        run([sys.executable, "-m", "hopscope", *arguments.split()], folder)
    return folder


def expected(folder: Path) -> str:
    """The summary that ``hopscope stats`` saves."""
    return (folder / "expected.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(("title", "package"), [("Standard library", "pyarrow"), ("Dask", "dask"), ("Ray Data", "ray")])
def test_shards_give_the_summary_of_the_mail(mail: Path, title: str, package: str) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    assert python(title, mail) == expected(mail)


@pytest.mark.posix
@pytest.mark.parametrize(("title", "program"), [("GNU parallel", "parallel"), ("Batches that can be repeated", "sh")])
def test_saved_parts_give_the_summary_of_the_mail(mail: Path, title: str, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    shutil.rmtree(mail / "parts", ignore_errors=True)
    run(["sh", "-c", recipe(title, "sh")], mail)
    assert (mail / "summary.json").read_text(encoding="utf-8") == expected(mail)
    assert len(list((mail / "parts").iterdir())) == 3


@pytest.mark.posix
def test_only_a_part_that_is_missing_is_read_again(mail: Path) -> None:
    script = recipe("Batches that can be repeated", "sh")
    run(["sh", "-c", script], mail)
    times = {part.name: part.stat().st_mtime_ns for part in (mail / "parts").iterdir()}
    (mail / "parts" / "some.zip.json").unlink()
    run(["sh", "-c", script], mail)
    assert (mail / "summary.json").read_text(encoding="utf-8") == expected(mail)
    again = {part.name for part in (mail / "parts").iterdir() if part.stat().st_mtime_ns != times[part.name]}
    assert again == {"some.zip.json"}


def test_duckdb_selects_by_the_text_of_headers(mail: Path) -> None:
    saved = hopscope.loads(python("DuckDB", mail))
    whole = hopscope.loads(expected(mail))
    assert 0 < saved.messages < whole.messages


def test_pandas_counts_the_hops_of_each_service(mail: Path) -> None:
    if find_spec("pandas") is None:
        pytest.skip("pandas is not installed")
    counts = json.loads(python("pandas", mail).splitlines()[-1])
    assert counts == hopscope.loads(expected(mail)).services
