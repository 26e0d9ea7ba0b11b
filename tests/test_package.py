"""The package: import cost, direction of imports, no network access."""

import ast
import graphlib
import subprocess
import sys
from functools import cache
from importlib import import_module, metadata
from pathlib import Path

import pytest

import hopscope
from hopscope.renderers import RENDERERS

ROOMS: tuple[tuple[str, ...], ...] = (
    ("on_first_use", "_pyinstaller"),
    ("model", "errors", "data"),
    ("paste",),
    ("parser",),
    ("classifier",),
    ("analysis",),
    ("comparison", "statistics", "redaction", "config", "sources"),
    ("checks", "tracking"),
    ("renderers",),
    ("scale",),
    ("api", "render", "spark"),
    ("cli",),
)
"""The packages from the lowest to the highest: a file imports only from lower ones."""
LEAVES = {"hopscope.parser.encoding", "hopscope.parser.lexer"}
"""Files that import records only; :mod:`hopscope.paste`, below the parser, uses them as well."""
PURE = ("paste", "parser", "classifier", "analysis", "comparison", "statistics", "checks", "redaction", "renderers")
FORBIDDEN_IN_PURE = {
    "os",
    "sys",
    "socket",
    "subprocess",
    "urllib.request",
    "http",
    "time",
    "pathlib",
    "shutil",
    "tempfile",
}
HEAVY = ("networkx", "rich", "dateutil", "zoneinfo", "click", "msgspec", "jinja2")
PACKAGE = Path(hopscope.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.stem.isidentifier())  # not the hook of PyInstaller


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """Full names of the modules that a file imports, anywhere in the file."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_imports_go_in_one_direction() -> None:
    files = [path for path in FILES if room(path) not in {"__init__", "__main__"}]
    assert files
    assert {name(path): names for path in files if (names := imported_from_above(path))} == {}


def imported_from_above(path: Path) -> set[str]:
    own = room(path)
    below = {room for rooms in ROOMS[: floor(own)] for room in rooms} | {own}
    return {name.split(".")[1] for name in imports(path) - LEAVES if "." in name} - below


def floor(room: str) -> int:
    return next(number for number, rooms in enumerate(ROOMS) if room in rooms)


@pytest.mark.parametrize("path", [path for path in FILES if room(path) in PURE], ids=name)
def test_inner_packages_do_no_io(path: Path) -> None:
    calls = {
        node.func.id for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "print", "input"}
    assert not {name.split(".")[0] for name in imported(path)} & FORBIDDEN_IN_PURE


@pytest.mark.parametrize("path", [path for path in FILES if room(path) == "renderers"], ids=name)
def test_renderers_do_not_analyse(path: Path) -> None:
    functions = {"hopscope.analysis.analyze.analyze", "hopscope.analyze", "hopscope.api.read", "hopscope.read"}
    assert not imported(path) & functions
    assert "analyze" not in {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


@cache
def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, also inside functions; not what only a type checker sees."""
    guarded = (
        node for node in ast.walk(tree(path)) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    unseen = {id(inner) for node in guarded for statement in node.body for inner in ast.walk(statement)}
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            names |= inner if len(inner) == len(node.names) else {node.module, *inner}
    return names & MODULES.keys()


MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path for path in FILES
}


def test_there_are_no_import_cycles() -> None:
    sorter = graphlib.TopologicalSorter({module: imports(path) - {module} for module, path in MODULES.items()})
    sorter.prepare()


def loaded_by(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import hopscope; hopscope.__version__") & set(HEAVY)


def test_reading_a_message_loads_neither_networkx_nor_rich_nor_dateutil(samples: Path) -> None:
    code = f"import hopscope; hopscope.read(open({str(samples / 'exchange-2013-internal.eml')!r}, 'rb').read())"
    assert not loaded_by(code) & {"networkx", "rich", "dateutil", "zoneinfo", "click"}


@pytest.mark.parametrize("format_", ["plain", "json", "csv", "markdown"])
def test_only_the_page_and_the_pictures_load_what_they_need(samples: Path, format_: str) -> None:
    read = f"hopscope.read(open({str(samples / 'exchange-2013-internal.eml')!r}, 'rb').read())"
    code = f"import hopscope; hopscope.render.{format_}({read})"
    assert not loaded_by(code) & {"jinja2", "xml.etree.ElementTree", "hopscope.analysis.timeline"}


def test_the_version_command_loads_no_more_than_click() -> None:
    code = "import hopscope.cli\ntry: hopscope.cli.main(['--version'])\nexcept SystemExit: pass"
    assert not loaded_by(code) & {"networkx", "rich", "dateutil", "msgspec", "hopscope.parser"}


def test_version_is_that_of_the_installed_package() -> None:
    assert hopscope.__version__ == metadata.version("hopscope")


@pytest.mark.parametrize("public", hopscope.__all__)
def test_every_public_name_is_there_and_documented(public: str) -> None:
    value = getattr(hopscope, public)
    assert public in dir(hopscope)
    assert public in vars(hopscope), "where pdoc searches for it"
    assert public == "__version__" or value.__doc__


def test_type_checkers_see_the_names_that_are_imported_on_first_use() -> None:
    (guarded,) = (node for node in tree(PACKAGE / "__init__.py").body if isinstance(node, ast.If))
    seen = {
        alias.name: statement.module
        for statement in guarded.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    modules = {name for name in vars(hopscope)["_MODULES"] if seen.pop(name) == "hopscope"}
    assert seen == vars(hopscope)["_HOMES"]
    assert sorted({*seen, *modules, "__version__"}) == sorted(hopscope.__all__)


def test_a_star_import_has_every_public_name() -> None:
    names: dict[str, object] = {}
    exec("from hopscope import *", names)  # noqa: S102 - no other way inside a function
    assert {*hopscope.__all__} <= {*names}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        hopscope.nonsense  # noqa: B018 - the access is what is tested


def test_the_package_is_marked_as_typed() -> None:
    assert (Path(hopscope.__file__).parent / "py.typed").is_file()


def test_no_network_access(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("the network was touched")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "gethostbyaddr"):
        monkeypatch.setattr(socket, name, refuse)
    for path in sorted(samples.glob("*.eml")):
        route = hopscope.read(path.read_bytes())
        for format_ in RENDERERS:
            assert getattr(hopscope.render, format_)(route)


def test_every_module_has_a_docstring() -> None:
    modules = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in FILES]
    for module in modules:
        if not module.endswith("__main__"):
            assert import_module(module.removesuffix(".__init__")).__doc__, module


def test_every_test_folder_mirrors_a_package() -> None:
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    assert {str(folder) for folder in folders if not (PACKAGE / folder).is_dir()} == {"property", "tasks", "web"}
