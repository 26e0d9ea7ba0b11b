"""The licence notices of the page: of everything that it contains, and of the versions that it contains."""

import base64
import gzip
import html
import re
import tarfile
from pathlib import Path

import pytest

from web import build

NOTICES = (build.WEB / "licences.txt").read_text("utf-8")
PYODIDE = build.PACKAGES["npm"]["pyodide"]["version"]
WHEELS = {name.replace("-", "_"): pin["version"] for name, pin in build.PACKAGES["python"]["wheels"].items()}
UNCHANGED = {"loader": "pyodide.mjs", "main": "pyodide.asm.mjs", "wasm": "pyodide.asm.wasm"}


@pytest.fixture(scope="module")
def page(built: Path) -> str:
    return built.read_text("utf-8")


def test_the_source_code_of_the_pinned_pyodide_is_named() -> None:
    """MPL 2.0, section 3.2: recipients of the compiled form are informed where the source form is."""
    assert f" https://github.com/pyodide/pyodide/tree/{PYODIDE}," in NOTICES


@pytest.mark.parametrize(("name", "version"), [("Pyodide", PYODIDE), *WHEELS.items()])
def test_the_page_has_a_notice_of_every_package(page: str, name: str, version: str) -> None:
    notices = re.search(r'<pre [^>]*aria-label="License texts">(.*?)</pre>', page, re.DOTALL)
    assert notices
    sections = html.unescape(notices[1]).split(f"\n\n{name} {version}\n\n")[1:]
    assert any("copyright" in section[:1000].lower() for section in sections)


def test_the_libraries_in_pyodide_have_the_versions_of_the_notices(page: str) -> None:
    wasm = _part(page, "wasm")
    names = "Python|Emscripten|Expat|libmpdec|Zstandard|zlib|bzip2|SQLite|liblzma"
    versions = re.findall(rf"\b({names}) (\d[\d.]+\d)(?=[:;] | \(of)", NOTICES)
    assert {name for name, _ in versions} == set(names.split("|"))
    missing = [
        f"{name} {version}"
        for name, version in versions
        if not re.search(rb"(?<![\d.])" + re.escape(version).encode() + rb"(?![\d.])", wasm)
    ]
    assert not missing


def test_the_files_of_pyodide_are_unchanged(page: str) -> None:
    archive = build.CACHE / f"pyodide-{PYODIDE}.tgz"
    if not archive.exists():
        pytest.skip("Pyodide is not where the build stores it by default")
    with tarfile.open(archive) as files:
        for name, file in UNCHANGED.items():
            original = files.extractfile(f"package/{file}")
            assert original
            assert _part(page, name) == original.read(), file


def _part(page: str, name: str) -> bytes:
    part = re.search(f'id="payload-{name}">([^<]*)<', page)
    assert part
    return gzip.decompress(base64.b64decode(part[1]))
