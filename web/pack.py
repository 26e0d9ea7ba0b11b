"""Select, compile and compress the parts of the page, inside Pyodide: its Python and zlib are the same everywhere.

``/build`` holds

    library/      Python's standard library: what is reached by imports is packed with
    python/       modules: ``parts/python.gz``, an archive of compiled modules
    site/         packages with shared libraries, which are not loaded from an archive: ``parts/site.gz``, the same
    plain/NAME    any other part: ``parts/NAME.gz``
"""

import ast
import gzip
import io
import marshal
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path

WORK = Path("/build")
LEFT_OUT = {
    "hopscope.cli, hopscope.__main__, hopscope._pyinstaller, hopscope.renderers.findings": "the command line",
    "hopscope.scale.pool, hopscope.scale.worker": "worker processes",
    "hopscope.spark": "a cluster",
    "hopscope.tracking, hopscope.scale.supplements, sqlite3": "tracking logs",
    "hopscope.sources.locations, maxminddb": "databases of locations",
    "rich, click, pyarrow, pyspark": "not packed: terminals, the command line, data frames",
    "doctest, pdb, bdb, cmd, code, unittest, profile, pydoc, rlcompleter, runpy, trace": "tests and debuggers",
    "multiprocessing, concurrent.futures.process, concurrent.futures.interpreter": "processes",
    "_pyrepl, pyodide.console": "interactive prompts",
    "asyncio.windows_events, asyncio.windows_utils, dateutil.tz.win, encodings.mbcs, encodings.oem": "Windows",
    "http, ftplib, imaplib, smtplib, netrc, xmlrpc, urllib.request, urllib.error, urllib.response": "no network",
    "ctypes, plistlib, py_compile, curses, readline, tkinter, winreg, msvcrt": "no system to call",
    "argparse, optparse, getopt, gettext": "options of the modules' own command lines",
    "_pydatetime, _pyio, _pydecimal, _py_abc, _pylong, _threading_local": "written in C, too",
    "olefile.olefile2, OleFileIO_PL": "for Python 2",
}
"""What is reached by an import statement but never imported in the page, and why."""
ALWAYS = (
    *("engine", "hopscope", "_strptime", "encodings", "pyodide", "_pyodide", "site", "zipimport"),
    "_sysconfigdata__emscripten_wasm32-emscripten",
)
"""Packages and modules without an import statement: what the page calls, Python's and Pyodide's own imports, and those
by name: formats, mail systems, character sets, and the settings that ``zoneinfo`` reads for dateutil."""
DATA = ("hopscope/data/", "hopscope/renderers/templates/")
"""Folders of other files that modules read."""
DOCUMENTED = ("hopscope/analysis/rules/", "hopscope/checks/")
"""Folders of modules whose docstrings explain findings; from others, docstrings and assertions are removed."""
NATIVE = "wasm32-emscripten.so"
UNCHECKED_HASH = 1
"""The flag of a .pyc file that is used without a look at its source (PEP 552)."""
NETWORKX = """
from networkx.exception import *
from networkx import utils
from networkx.utils import _clear_cache, _dispatchable
config = utils.backends._set_configs_from_environment()
utils.config = utils.configs.config = config
from networkx.classes import *
from networkx.convert import *
from networkx.generators.classic import empty_graph
from networkx.algorithms.components.connected import *
from networkx.algorithms.components.strongly_connected import *
from networkx.algorithms.dag import topological_generations
from networkx.algorithms.shortest_paths.generic import *
from networkx.algorithms.shortest_paths.unweighted import *
from networkx.algorithms.traversal.depth_first_search import *
"""
"""What hopscope uses of networkx, instead of its own 285 modules, which take seconds to import in a browser."""
EMPTY = ("algorithms", "algorithms/components", "algorithms/shortest_paths", "algorithms/traversal", "generators")
"""Packages of networkx whose modules are imported one by one."""
Files = dict[str, bytes]


def main() -> None:
    """Write the parts."""
    library, python, site = (dict(_files(WORK / name)) for name in ("library", "python", "site"))
    python = {name: data for name, data in python.items() if _is_packed(name)}
    python |= networkx()
    site = {name: data for name, data in site.items() if name.endswith(NATIVE) or _is_packed(name)}
    every = library | python | site
    modules = {module_of(name): name for name in every if name.endswith(".py")}
    roots = [module for module, name in modules.items() if name in site or _is_one_of(module, ALWAYS)]
    used = reached(roots, modules, every)
    python = {
        name: data for name, data in (library | python).items() if name.startswith(DATA) or module_of(name) in used
    }
    parts = {path.name: path.read_bytes() for path in (WORK / "plain").iterdir()}
    parts |= {"python": _archive(python), "site": _archive(site)}
    (WORK / "parts").mkdir()
    for name, data in sorted(parts.items()):
        (WORK / "parts" / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def networkx() -> Files:
    """The modules of networkx that differ from its own."""
    empty = {f"networkx/{package}/__init__.py": b"" for package in EMPTY}
    return {"networkx/__init__.py": NETWORKX.encode(), **empty}


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*"), key=str):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _is_packed(name: str) -> bool:
    is_read = name.endswith(".py") or name.startswith(DATA)
    return is_read and not is_left_out(module_of(name))


def _archive(files: Files) -> bytes:
    """The files uncompressed, as the archive is compressed as a whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name, data in sorted(files.items()):
            is_module = name.endswith(".py")
            entry = zipfile.ZipInfo(f"{name}c" if is_module else name)  # of 1980
            packed.writestr(entry, _compiled(name, data) if is_module else data)
    return buffer.getvalue()


def _compiled(name: str, source: bytes) -> bytes:
    """The module as the content of an unchecked .pyc file."""
    optimize = 0 if name.startswith(DOCUMENTED) else 2
    code = compile(source, name, "exec", dont_inherit=True, optimize=optimize)
    return MAGIC_NUMBER + UNCHECKED_HASH.to_bytes(4, "little") + source_hash(source) + marshal.dumps(code)


def module_of(name: str) -> str:
    """``a.b`` of ``a/b.py``, ``a/b/__init__.py`` and ``a/b/data``."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_left_out(module: str) -> bool:
    """Whether the page does not have the module."""
    return _is_one_of(module, [name for names in LEFT_OUT for name in names.split(", ")])


def _is_one_of(module: str, names: Iterable[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def reached(roots: Iterable[str], modules: Mapping[str, str], files: Files) -> set[str]:
    """The modules that are imported, anywhere in a module, from the roots on; without those that are left out."""
    found: set[str] = set()
    pending = [module for module in roots if not is_left_out(module)]
    while pending:
        module = pending.pop()
        if module in found:
            continue
        found.add(module)
        name = modules[module]
        names = imported(name, files[name]) & modules.keys()
        pending += [known for known in names if not is_left_out(known)]
    return found


def imported(name: str, source: bytes) -> set[str]:
    """The modules that a module may import, at once or in a function, and their packages; and what may be modules."""
    module = module_of(name)
    package = module if name.endswith("/__init__.py") else module.rpartition(".")[0]
    names = [path.split(".") for path in _imported(ast.parse(source, name), package)]
    return {".".join(parts[:end]) for parts in names for end in range(1, len(parts) + 1)}


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    """The names in import statements: modules, and what may be modules."""
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        children: Iterable[ast.AST] = node.orelse
    else:
        children = ast.iter_child_nodes(node)
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        levels = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*levels, *([node.module] if node.module else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)
    for child in children:
        yield from _imported(child, package)


if __name__ == "__main__":
    main()
