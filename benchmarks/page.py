"""How fast is the page in headless Chromium, how much memory does it take, and what is in it?

    python benchmarks/page.py PAGE.html [PAGE.html ...] [--runs 5] [--messages 1000] [--flag=OPTION] [--slower 4]

``python web/build.py -o PAGE.html`` builds a page. Several pages are measured in turn, so that all of them share the
other load of the machine. Prints medians: the seconds from the start of the navigation to the end of each step of
loading, those from a click to the drawn result, the CPU seconds that the tab used for them, its memory (Linux only),
and the bytes that each part takes in the page. The first answer is requested as soon as the page is ready, so that it
includes what the page prepares then. ``--slower`` throttles the CPU of the tab, which slows the page and not the
worker, where Python runs.
"""

import argparse
import base64
import gzip
import io
import os
import re
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from tests.chromium import CHROMIUM, PATIENCE, QUIET  # noqa: E402 - the folder of the checkout is not on the path

SAMPLES = ("exchange-2019-inbound", "exchange-2016-inbound")
"""The first and second message."""
ANSWERS = ("first answer", "second answer", "report")
LISTEN = """
window.steps = {};
window.loaded = new Promise((resolve) => {
  window.Worker = class extends Worker {
    constructor(address) {
      super(address);
      this.addEventListener("message", ({ data }) => {
        const step = data.ready ? "ready" : data.loading === undefined ? null : `loaded ${data.loading}`;
        if (step) window.steps[step] = performance.now() / 1000;
        if (data.ready || data.failed) resolve(data.failed);
      });
    }
  };
});
"""
"""Records when the worker reports its progress."""
EXPECT = """(text) => {
  const start = performance.now();
  const status = document.getElementById("status");
  status.textContent = "";
  window.answered = new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      if (!/messages?[.]/.test(status.textContent)) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve((performance.now() - start) / 1000)));
    }).observe(status, { childList: true, characterData: true, subtree: true });
  });
  if (text === null) return;
  document.getElementById("headers").value = text;
  document.querySelector("#analyze button[type=submit]").click();
}"""
"""Analyzes a text, if there is one; ``answered`` has the seconds until the result is drawn."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="+", metavar="PAGE.html")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--messages", type=int, default=1000, help="messages of the report")
    parser.add_argument("--flag", action="append", default=[], help="an option of Chromium")
    parser.add_argument("--slower", type=float, default=1, help="CPU throttling rate of the tab")
    options = parser.parse_args()
    if CHROMIUM is None:
        parser.error("Chromium is not installed")
    names = [page.name for page in options.pages]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        dump = Path(folder) / "dump.mbox"
        generate = (HERE / "organisation.py", folder, "--messages", str(options.messages), "--mbox", dump)
        subprocess.run((sys.executable, *generate), check=True, stdout=subprocess.DEVNULL)
        runs: dict[Path, list[dict[str, float]]] = {page: [] for page in options.pages}
        for _ in range(options.runs):
            for page, results in runs.items():
                # A new browser, as one that is reused may still have the compiled WebAssembly.
                browser = play.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *options.flag], timeout=PATIENCE)
                results.append(measured(browser, page.resolve(), dump, options.slower))
                browser.close()
    print(f"medians of {options.runs} runs; load average {os.getloadavg()[0]:.1f}\n")
    medians = [{name: statistics.median(run[name] for run in own) for name in own[0]} for own in runs.values()]
    table("seconds", names, medians, ".2f")
    print()
    table("kB in the page", names, [parts(page) for page in options.pages], ",.0f")
    print("\nOf Python, each folder compressed alone:\n")
    table("kB", names, [folders(page) for page in options.pages], ",.0f")
    return 0


def measured(browser: Browser, path: Path, dump: Path, slower: float) -> dict[str, float]:
    """The seconds of each step, by the clock and of CPU, and MB of memory."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(LISTEN)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(path.as_uri())
    if failure := page.evaluate("window.loaded"):
        raise RuntimeError(failure)
    result: dict[str, float] = page.evaluate("window.steps")
    used = [cpu(browser)]
    for name, sample in zip(ANSWERS, SAMPLES, strict=False):
        page.evaluate(EXPECT, (HERE.parent / "samples" / f"{sample}.eml").read_text("utf-8"))
        result[name] = page.evaluate("window.answered")
        used.append(cpu(browser))
    one = memory(browser)
    page.evaluate(EXPECT, None)
    page.set_input_files("#headers-chooser", dump)
    result["report"] = page.evaluate("window.answered")
    used.append(cpu(browser))
    result["ready, CPU"] = used[0]
    result |= {f"{name}, CPU": after - before for name, (before, after) in zip(ANSWERS, pairwise(used), strict=True)}
    return {**result, "one message, MB": one, "report, MB": memory(browser)}


def renderers(browser: Browser) -> list[dict[str, Any]]:
    """The processes of tabs: number and CPU seconds."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return [process for process in processes if process["type"] == "renderer"]


def cpu(browser: Browser) -> float:
    """The CPU seconds of the tab so far."""
    return max(float(process["cpuTime"]) for process in renderers(browser))


def memory(browser: Browser) -> float:
    """The resident memory of the tab, in MB."""
    statuses = (Path(f"/proc/{process['id']}/status") for process in renderers(browser))
    sizes = (re.search(r"VmRSS:\s+(\d+) kB", path.read_text()) for path in statuses if path.exists())
    return max((int(size[1]) / 1000 for size in sizes if size), default=float("nan"))


def parts(path: Path) -> dict[str, float]:
    """What each part takes in the page."""
    text = path.read_text("utf-8")
    sizes = {name: len(part) / 1000 for name, part in payload(text).items()}
    total = len(text.encode()) / 1000
    return {**sizes, "all other": total - sum(sizes.values()), "total": total}


def folders(path: Path) -> dict[str, float]:
    """Each package in the archive of Python modules, compressed alone; modules at the top are the standard library."""
    contents: dict[str, list[bytes]] = {}
    archive = gzip.decompress(base64.b64decode(payload(path.read_text("utf-8"))["python"]))
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for name in files.namelist():
            folder = name.partition("/")[0] if "/" in name else "(modules)"
            contents.setdefault(folder, []).append(files.read(name))
    sizes = Counter({folder: len(gzip.compress(b"".join(data), 9)) / 1000 for folder, data in contents.items()})
    return dict(sizes.most_common())


def payload(text: str) -> dict[str, str]:
    """The compressed parts of a page, in Base64."""
    return dict(re.findall(r'id="payload-(\w+)">([^<]*)<', text))


def table(title: str, names: list[str], columns: list[dict[str, float]], form: str) -> None:
    """Print a table with a column for each page."""
    print(f"{title:24}", *(f"{name:>20}" for name in names))
    for row in {row: None for column in columns for row in column}:
        print(f"{row:24}", *(f"{column[row]:>20{form}}" if row in column else f"{'-':>20}" for column in columns))


if __name__ == "__main__":
    sys.exit(main())
