"""Options and fixtures that all tests share."""

import importlib
import pkgutil
from pathlib import Path

import pytest
from hypothesis import Phase, settings

import hopscope

# Nothing is timed in a test: a deadline fails by chance on a busy machine.
settings.register_profile("default", deadline=None, max_examples=50)  # CI also runs many more, for a minute
settings.load_profile("default")

# For ``--hypothesis-profile=fuzz``: many examples; failures are reported at once, without shrinking.
settings.register_profile(
    "fuzz",
    max_examples=1_500,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
    print_blob=True,
)

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the files that hold expected output anew, instead of comparing with them",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure coverage without random examples: it depends less on chance, and they run in half the time.

    All modules are imported first, as the lines of a module that an unmeasured test imports would not count.
    """
    for module in pkgutil.walk_packages(hopscope.__path__, "hopscope."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")


@pytest.fixture
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture
def samples() -> Path:
    """The folder of sample messages."""
    return ROOT / "samples"


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether to rewrite the expected output."""
    return bool(request.config.getoption("--update-golden"))
