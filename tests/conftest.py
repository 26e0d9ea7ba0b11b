"""Options and fixtures that all tests share."""

import importlib
import os
import pkgutil
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

import hopscope
from hopscope.errors import DEBUG

os.environ[DEBUG] = "1"  # a defect that a message shows fails the test, also in a program that it starts

# No test fails by chance: the examples are the same in every run (with --fuzz, others), and nothing is timed, neither a
# test nor how fast examples are made.
settings.register_profile(
    "default",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=50,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default")

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the files that hold expected output anew, instead of comparing with them",
    )
    parser.addoption(
        "--fuzz",
        type=float,
        metavar="SECONDS",
        help="run only the tests with random examples, each with as many as take its equal share of SECONDS",
    )


FEWEST, MOST = 5, 100_000
"""Examples of a round of a test with --fuzz: of the first, whose time decides how many the next has, and of any."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """With ``--fuzz``, repeat a test with more examples until its time is used up.

    Whatever number of examples the test has by itself, the time decides. Failures are reported without shrinking.
    """
    seconds = pyfuncitem.config.stash.get(SECONDS_PER_TEST, None)
    if seconds is None or pyfuncitem.stash.get(RUNNING, False):
        return None
    pyfuncitem.stash[RUNNING] = True
    test: Any = pyfuncitem.obj
    own = test._hypothesis_internal_use_settings  # noqa: SLF001 - hypothesis has no other way to change them
    unshrunk = [Phase.explicit, Phase.generate]
    rounds = settings(own, derandomize=False, phases=unshrunk, report_multiple_bugs=False)
    examples = FEWEST
    while examples >= FEWEST:
        test._hypothesis_internal_use_settings = settings(rounds, max_examples=min(examples, MOST))  # noqa: SLF001
        start = monotonic()
        pyfuncitem.ihook.pytest_pyfunc_call(pyfuncitem=pyfuncitem)
        spent = max(monotonic() - start, 1e-3)
        seconds -= spent
        examples = int(min(examples, MOST) * min(seconds / spent * 0.7, 8))  # the first examples are the smallest
    return True


RUNNING = pytest.StashKey[bool]()
SECONDS_PER_TEST = pytest.StashKey[float]()


@pytest.hookimpl(trylast=True)  # after hypothesis has marked its tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Measure coverage without random examples, which then run in half the time.

    All modules are imported first, as the lines of a module that an unmeasured test imports would not count.
    Windows skips the tests of what it lacks.
    """
    for item in items if os.name == "nt" else ():
        if item.get_closest_marker("posix"):
            item.add_marker(pytest.mark.skip(reason="Windows has no such signals, devices, modes, links or file names"))
    for module in pkgutil.walk_packages(hopscope.__path__, "hopscope."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")
    if seconds := config.getoption("--fuzz"):
        items[:] = [item for item in items if item.get_closest_marker("hypothesis")]
        config.stash[SECONDS_PER_TEST] = seconds / max(len(items), 1)


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
