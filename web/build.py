"""Write hopscope as one HTML page that runs in the browser: ``python web/build.py -o hopscope.html``.

The page holds Python itself (Pyodide: CPython as WebAssembly), the modules that hopscope needs, and this checkout's
hopscope. ``packages.json`` has the version and SHA-256 of everything that is downloaded: Pyodide from npm, wheels from
PyPI, by the machine's own npm and pip, so that mirrors and proxies are as configured there. Downloads are cached. Its
``tests`` are packages of npm for the tests, which the page does not contain.

The same checkout and pins give the same bytes on every machine: Pyodide itself compiles and compresses the parts
(``pack.py``), so that neither the version nor the zlib of the machine's Python and node matter.
"""

import argparse
import ast
import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

WEB = Path(__file__).resolve().parent
ROOT = WEB.parent
PACKAGES = json.loads((WEB / "packages.json").read_text("utf-8"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hopscope-page"
"""The folder of downloads."""

SAMPLES = {
    "exchange-2019-inbound": "Exchange 2019: five minutes in a queue",
    "exchange-2016-inbound": "Exchange 2016: from the Internet",
    "inbound-edge-2010-to-2013": "Exchange 2010 Edge Transport to 2013",
    "coexistence-2010-to-2013": "Exchange 2010 mailbox to 2013 mailbox",
    "exchange-2013-internal": "Exchange 2013: internal message",
    "exchange-2010-internal": "Exchange 2010: internal message",
    "exchange-online-inbound": "Exchange Online: from the Internet",
    "authenticated-client": "Client submission with SMTP",
    "postfix-to-gmail": "Postfix to Gmail",
}
"""Files of the folder ``samples`` and their titles, in the order of the list."""


class BuildError(Exception):
    """The page cannot be built; the message is one sentence."""


def main() -> int:
    """Build the page."""
    parser = argparse.ArgumentParser(description="Write hopscope as one HTML page.")
    parser.add_argument("-o", "--output", type=Path, default=Path("hopscope.html"), help="the file to write")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of downloads (default: %(default)s)")
    options = parser.parse_args()
    try:
        text = page(options.cache)
        options.output.write_bytes(text.encode())
    except (BuildError, OSError) as error:
        print(f"build.py: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{options.output}: {len(text.encode()):,} bytes")  # noqa: T201 - the answer of the program
    return 0


def page(cache: Path) -> str:
    """The page as text."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        pyodide = _pyodide(cache, work)
        wheels = _wheels(cache)
        _lay_out(work, pyodide, wheels)
        _run(["node", WEB / "in_pyodide.mjs", pyodide, WEB / "pack.py", work], "node")
        parts = {path.stem: base64.b64encode(path.read_bytes()).decode() for path in sorted((work / "parts").iterdir())}
        lock = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))["info"]
        licences = _licences(wheels)
    return _filled(parts, {"info": lock, "packages": {}}, licences)


def _filled(parts: dict[str, str], lock: object, licences: str) -> str:
    """The template with its placeholders replaced."""
    palette = ROOT / "hopscope" / "renderers" / "templates" / "timeline.css"  # as in the results
    css = palette.read_text("utf-8") + (WEB / "page.css").read_text("utf-8")
    script, worker = ((WEB / name).read_text("utf-8") for name in ("page.js", "worker.js"))
    samples = [
        {"name": name, "title": title, "text": (ROOT / "samples" / f"{name}.eml").read_text("utf-8")}
        for name, title in SAMPLES.items()
    ]
    policy = (
        f"default-src 'none'; script-src {_hash(script)} 'wasm-unsafe-eval' blob:; style-src {_hash(css)}; "
        "worker-src blob:; img-src data:; base-uri 'none'; form-action 'none'"
    )
    values = {
        "@CSP@": policy,
        "@CSS@": css,
        "@JS@": script,
        "@WORKER@": worker.replace("@LOCK@", json.dumps(lock)),
        "@PAYLOAD@": "\n".join(
            f'<script type="application/gzip+base64" id="payload-{name}">{part}</script>'
            for name, part in parts.items()
        ),
        "@SAMPLES@": json.dumps(samples).replace("<", "\\u003c"),
        "@VERSION@": html.escape(_version()),
        "@LICENCES@": html.escape(licences, quote=False),
    }
    for name, end in (("@CSS@", "</style"), ("@JS@", "</script"), ("@WORKER@", "</script")):
        if end in values[name].lower() or "<!--" in values[name]:
            raise BuildError(f"{name} has {end} or <!--, which would end its element")
    pieces = re.split("(@[A-Z]+@)", (WEB / "page.html").read_text("utf-8"))
    if sorted(pieces[1::2]) != sorted(values):
        raise BuildError(f"page.html needs each of these once: {', '.join(values)}")
    return "".join(values.get(piece, piece) for piece in pieces)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _version() -> str:
    tree = ast.parse((ROOT / "hopscope" / "__init__.py").read_text("utf-8"))
    return next(
        str(ast.literal_eval(node.value))
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__"
    )


def _pyodide(cache: Path, work: Path) -> Path:
    """The folder of Pyodide, from npm."""
    with tarfile.open(npm_archive(cache, "pyodide", PACKAGES["npm"]["pyodide"])) as files:
        files.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 has it
        files.extractall(work)  # noqa: S202 - the archive has the pinned hash
    return work / "package"  # as in every archive of npm


def npm_archive(cache: Path, name: str, pin: dict[str, str]) -> Path:
    """The archive of a package of npm, downloaded unless the cache has it.

    Raises:
        BuildError: It cannot be downloaded, or does not have the hash of the pin.
    """
    archive = cache / f"{name}-{pin['version']}.tgz"
    if not archive.exists():
        with tempfile.TemporaryDirectory() as folder:
            _run([_npm(), "pack", "--silent", f"{name}@{pin['version']}", "--pack-destination", folder], "npm")
            shutil.move(Path(folder) / archive.name, archive)
    _check(archive, pin["sha256"])
    return archive


def _npm() -> str:
    return shutil.which("npm") or "npm"  # npm.cmd on Windows


def _wheels(cache: Path) -> list[Path]:
    """The wheels, from PyPI."""
    python = PACKAGES["python"]
    if not all(_wheel(cache, name) for name in python["wheels"]):
        lines = [f"{name}=={pin['version']} --hash=sha256:{pin['sha256']}" for name, pin in python["wheels"].items()]
        tags = [*(f"--abi={tag}" for tag in python["abis"]), *(f"--platform={tag}" for tag in python["platforms"])]
        with tempfile.TemporaryDirectory() as folder:
            requirements = Path(folder) / "requirements.txt"
            requirements.write_text("\n".join(lines), "utf-8")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            command += ["--only-binary=:all:", f"--python-version={python['version']}", "--implementation=cp", *tags]
            _run([*command, "--require-hashes", "-r", requirements, "-d", cache], "pip")
    paths = {name: _wheel(cache, name) for name in python["wheels"]}
    for name, path in paths.items():
        if path is None:
            raise BuildError(f"pip did not download {name}")
        _check(path, python["wheels"][name]["sha256"])
    return [path for path in paths.values() if path]


def _wheel(cache: Path, name: str) -> Path | None:
    version = PACKAGES["python"]["wheels"][name]["version"]
    return next(iter(sorted(cache.glob(f"{name.replace('-', '_')}-{version}-*.whl"))), None)


def _check(path: Path, digest: str) -> None:
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise BuildError(f"{path} does not have the SHA-256 in packages.json; delete it, or correct the pin")


def _run(command: list[str | Path], program: str) -> None:
    """Run a program.

    Raises:
        BuildError: It is missing or fails.
    """
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, check=False)  # noqa: S603 - our own commands
    except FileNotFoundError:
        raise BuildError(f"{program} is not installed") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines() or ["no message"]
        errors = [line for line in lines if "error" in line.lower()] or lines
        raise BuildError(f"{program} failed: {'; '.join(errors).strip()[:3000]}")


def _lay_out(work: Path, pyodide: Path, wheels: list[Path]) -> None:
    """Write what ``pack.py`` packs."""
    plain = work / "plain"
    plain.mkdir()
    for name, file in (("loader", "pyodide.mjs"), ("main", "pyodide.asm.mjs"), ("wasm", "pyodide.asm.wasm")):
        shutil.copyfile(pyodide / file, plain / name)
    _write(work / "python" / "engine.py", (WEB / "engine.py").read_bytes())
    for name, path in own_files(ROOT).items():
        _write(work / "python" / name, path.read_bytes())
    for wheel in wheels:
        folder = work / ("site" if "wasm32" in wheel.name else "python")
        for name, data in _files(wheel).items():
            _write(folder / name, data)
    for name, data in _files(pyodide / "python_stdlib.zip").items():
        _write(work / "library" / name, data)


def own_files(root: Path) -> dict[str, Path]:
    """The files of hopscope in a checkout, by their names in it; without the bytecode of a Python that ran there."""
    files = (path for path in sorted((root / "hopscope").rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path for path in files if path.parent.name != "__pycache__"}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _files(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as files:
        return {name: files.read(name) for name in sorted(files.namelist()) if not name.endswith("/")}


def _licences(wheels: list[Path]) -> str:
    """The licence notices."""
    texts = [(f"hopscope {_version()}", (ROOT / "LICENSE").read_text("utf-8"))]
    texts += [(f"Pyodide {PACKAGES['npm']['pyodide']['version']}", (WEB / "licences.txt").read_text("utf-8"))]
    for wheel in wheels:
        for name, data in _files(wheel).items():
            if ".dist-info/" in name and "LICEN" in name.upper():
                texts.append((" ".join(wheel.name.split("-")[:2]), data.decode("utf-8")))
    return "\n\n".join(f"{title}\n\n{text.strip()}" for title, text in texts)


if __name__ == "__main__":
    sys.exit(main())
