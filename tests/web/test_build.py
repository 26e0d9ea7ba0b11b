"""web/build.py: what the page is made of. Downloads are cached where the build caches them by default."""

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from web import build, pack

BUILD = Path(build.__file__)


def test_a_download_with_another_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"pyodide-{build.PACKAGES['npm']['pyodide']['version']}.tgz").write_bytes(b"another archive")
    command = [sys.executable, str(BUILD), "-o", str(tmp_path / "page.html"), "--cache", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "does not have the SHA-256 in packages.json" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "page.html").exists()


def test_pins_are_exact() -> None:
    npm, tests, python = (build.PACKAGES[name] for name in ("npm", "tests", "python"))
    pins = [*npm.values(), *tests.values(), *python["wheels"].values()]
    assert all(len(bytes.fromhex(pin["sha256"])) == hashlib.sha256().digest_size for pin in pins)
    assert not {character for pin in pins for character in pin["version"]} & set("<>=~^*xX ")


def test_what_python_leaves_in_a_checkout_is_not_packed(tmp_path: Path) -> None:
    """Otherwise a page that is built where hopscope ran has other bytes than a release."""
    names = ["hopscope/__init__.py", "hopscope/data/__init__.py", "hopscope/data/builds.tsv"]
    for name in (*names, "hopscope/data/__pycache__/__init__.cpython-311.pyc", "hopscope/__pycache__/model.pyc"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert list(build.own_files(tmp_path)) == names


@pytest.mark.parametrize("name", list(build.SAMPLES))
def test_every_sample_exists(name: str) -> None:
    assert (build.ROOT / "samples" / f"{name}.eml").read_text("utf-8")
    assert json.dumps(build.SAMPLES[name])


def test_the_packed_part_of_networkx_has_every_function_that_hopscope_calls(tmp_path: Path) -> None:
    """Of networkx, the page has few modules, under an ``__init__`` of its own."""
    spec = importlib.util.find_spec("networkx")
    assert spec
    assert spec.submodule_search_locations
    shutil.copytree(spec.submodule_search_locations[0], tmp_path / "networkx", ignore=shutil.ignore_patterns("tests"))
    for name, data in pack.networkx().items():
        (tmp_path / name).write_bytes(data)
    sources = (path for path in (build.ROOT / "hopscope").rglob("*.py") if path.name != "graphml.py")
    names = {name for path in sources for name in re.findall(r"\bnx\.(\w+)", path.read_text("utf-8"))}
    assert len(names) > 5
    code = f"import networkx; print(sorted({names!r} - {{*dir(networkx)}}), len(networkx.__dict__))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.startswith("[] ")


LAZY = {
    "hopscope.api": {"hopscope.scale.supplements", "hopscope.sources.locations", "hopscope.tracking"},
    "hopscope.render": {"hopscope.renderers.findings"},
    "hopscope.renderers.message.parquet": {"pyarrow"},
    "hopscope.renderers.message.table": {"rich"},
    "hopscope.renderers.pipeline": {"rich"},
    "hopscope.renderers.text.terminal": {"rich"},
    "hopscope.scale.exporting": {"pyarrow"},
    "hopscope.scale.run": {"hopscope.scale.pool"},
    "olefile.olefile": {"optparse"},
    "dateutil.tz.tz": {"dateutil.tz.win"},
}
"""Modules that import what is left out: for terminals, data frames, several processes, a command line and Windows."""


def test_what_is_left_out_is_imported_only_for_what_the_page_does_not_do() -> None:
    files = pack.networkx()
    for package in ("hopscope", "jinja2", "markupsafe", "networkx", "olefile", "dateutil"):
        spec = importlib.util.find_spec(package)
        assert spec
        assert spec.origin
        folder = Path(spec.origin).parent
        sources = {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}
        files = sources | files
    modules = {pack.module_of(name): name for name in files}
    lazy = {}
    for module in pack.reached([module for module in modules if module.startswith("hopscope.")], modules, files):
        names = {name for name in pack.imported(modules[module], files[modules[module]]) if pack.is_left_out(name)}
        if names:
            lazy[module] = {name for name in names if name.rpartition(".")[0] not in names}
    assert lazy == LAZY
