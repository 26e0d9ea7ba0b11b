"""What ``web/pack.py`` packs is enough: nothing that hopscope can reach in the page is missing, and results are equal.

Node.js runs the Python of the built page, with the page's modules.
"""

import base64
import bz2
import gzip
import html
import inspect
import json
import lzma
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from encodings.aliases import aliases
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from hopscope.checks.catalogue import codes
from hopscope.model import Service
from tests.corpora import blocks
from web import build, pack
from web.engine import Engine

from ..sources.compound import compound, item
from ..sources.helpers import mbox, tar, zipped

FILES = {
    "loader": "pyodide.mjs",
    "main": "pyodide.asm.mjs",
    "wasm": "pyodide.asm.wasm",
    "python": "python_stdlib.zip",
    "site": "site.zip",
}
"""The parts of the page, and what Pyodide calls them."""
PRELUDE = """
import json, os, site, sys, zipfile
from typing import Any
with zipfile.ZipFile("/build/site.zip") as files:
    files.extractall(site.getsitepackages()[0])
def write(result):
    with open("/build/result.json", "w") as file:
        json.dump(result, file)
"""
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def run(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a script in the page's Python: it has ``/build/values.json`` and files, and calls ``write(result)``."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    text, pyodide = built.read_text(encoding="utf-8"), tmp_path_factory.mktemp("pyodide")
    parts = dict(re.findall(r'id="payload-(\w+)">([^<]*)<', text))
    for name, file in FILES.items():
        (pyodide / file).write_bytes(gzip.decompress(base64.b64decode(parts[name])))
    lock = re.search(r"const LOCK = (.*);\n", text)
    assert lock
    (pyodide / "pyodide-lock.json").write_text(lock[1], "utf-8")

    def run(script: str, values: Any, files: Mapping[str, bytes] = MappingProxyType({})) -> Any:  # noqa: ANN401 - JSON
        work = tmp_path_factory.mktemp("work")
        (work / "script.py").write_text(PRELUDE + script, "utf-8")
        (work / "values.json").write_text(json.dumps(values), "utf-8")
        (work / "input").mkdir()
        write(work / "input", files)
        shutil.copyfile(pyodide / "site.zip", work / "site.zip")
        command = [node, str(build.WEB / "in_pyodide.mjs"), str(pyodide), str(work / "script.py"), str(work)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads((work / "result.json").read_text("utf-8"))

    return run


IMPORT = """
import importlib
failed = {}
archives = [path for path in sys.path if path.endswith(".zip")] + ["/build/site.zip"]
names = [name for archive in archives for name in zipfile.ZipFile(archive).namelist() if name.endswith((".pyc", ".so"))]
modules = {name.partition(".")[0].removesuffix("/__init__").replace("/", ".") for name in names}
for module in sorted(modules):
    try:
        importlib.import_module(module)
    except Exception as error:
        failed[module] = repr(error)
write([sorted(modules), failed])
"""


def test_every_packed_module_can_be_imported(run: Run) -> None:
    modules, failed = run(IMPORT, None)
    assert {
        "engine",
        "hopscope.api",
        "jinja2",
        "msgspec._core",
        "networkx",
        "olefile.olefile",
        "dateutil.parser",
        "email",
    } <= {*modules}
    assert failed == {}


TEXT = "Grüße, Привет, Γειά, שלום, مرحبا, สวัสดี, こんにちは, 你好, 안녕하세요, ½ – € ™ " + bytes(range(128)).decode()
DECODE = """
result = {}
for name, data in json.load(open("/build/values.json")).items():
    try:
        result[name] = bytes.fromhex(data).decode(name, "replace")
    except Exception as error:
        result[name] = repr(error)
write(result)
"""


def encoded() -> Iterator[tuple[str, bytes]]:
    """Each character set that Python knows here, with a text in it and all bytes."""
    for name in sorted({*aliases, *aliases.values()}):
        try:
            yield name, TEXT.encode(name, "ignore") + bytes(range(256))
        except LookupError:  # not a character set, or of Windows
            continue


def test_every_character_set_is_decoded_as_elsewhere(run: Run) -> None:
    data = dict(encoded())
    assert {"iso2022_jp", "gb18030", "koi8_r", "windows_1256", "euc_kr", "big5", "utf_7", "iso_8859_8"} <= data.keys()
    decoded = run(DECODE, {name: content.hex() for name, content in data.items()})
    assert decoded == {name: content.decode(name, "replace") for name, content in data.items()}


def answers(engine: Engine, requests: list[dict[str, Any]]) -> list[Any]:
    """The answer to each request, and each result in all its formats."""
    result = []
    for request in requests:
        answer = json.loads(engine.respond(json.dumps(request)))
        result.append(answer)
        texts = [{"op": "text", "format": name} for name in answer.get("formats", ())]
        result += [json.loads(engine.respond(json.dumps(text))) for text in texts]
    return result


ANSWER = """
requested = []
class Finder:
    def find_spec(self, name, path=None, target=None):
        requested.append(name)
sys.meta_path.append(Finder())  # the last one: of modules that are not packed
os.urandom = bytes
from engine import Engine
@ANSWERS@
os.chdir("/build/input")
write([answers(Engine(), json.load(open("/build/values.json"))), requested])
"""
MAIL = """Received: from a.example ([192.0.2.1]) by b.example with ESMTP id {0}; {1}
Subject: {2}
From: {2} <a@a.example>
Message-ID: <{0}@a.example>

"""
DATES = (
    "Tue, 31 Jul 2012 21:52:42 +0200",
    "31.07.2012 21:52:42 +0200",
    "Tuesday 31st of July 2012 9:52 pm CEST",
    "21:52:42 +0200 31 Jul 2012",
    "星期二, 27 八月 2002 01:50:37 -0700",
)
WORDS = (
    *("=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "=?gb18030?B?xOO6ww==?=", "=?koi8-r?B?8NLJ18XU?=", "=?euc-kr?B?vsiz5w==?="),
    *("=?windows-1256?B?48zM5g==?=", "=?big5?B?p0GmbqFB?=", "=?utf-7?Q?+AOk-?=", "=?utf-8?B?R3LDvMOfZQ==?="),
)
GENERATIONS = ("2007", "2010", "2013", "2016", "2019", "SE", "Online")
QUESTIONS = (
    *(
        "15.1.2507.39",
        "14.3.123.4",
        "15.20.7000.1",
        "15.2.9999.1",
        "550 5.7.708",
        "550 5.1.1 RESOLVER.ADR.RecipNotFound",
    ),
    *("4.4.7", "mailbox transpot", "451 4.7.0 timeout", "no such thing", "2019 CU14"),
)


def inputs() -> dict[str, bytes]:
    """Files of every kind."""
    samples = [path.read_bytes() for path in sorted((build.ROOT / "samples").rglob("*.eml"))]
    mails = [MAIL.format(number, date, word).encode() for number, date in enumerate(DATES) for word in WORDS]
    texts = [*samples, *mails, *blocks()[::12]]
    first = samples[0]
    return {
        **{f"{number}.eml": text for number, text in enumerate(texts)},
        "some.mbox": mbox(*samples[:5], *mails[:3]),
        "many.mbox": mbox(*samples, *mails, *blocks()[::30]),
        "one.msg": compound(item(first.replace(b"\n", b"\r\n"))),
        "some.zip": zipped({f"{number}.eml": text for number, text in enumerate(samples[:3])}),
        "some.tar": tar({"one.eml": first}),
        "one.eml.gz": gzip.compress(first),
        "one.eml.bz2": bz2.compress(first),
        "one.eml.xz": lzma.compress(first),
        "mails.jsonl": json.dumps({"headers": first.decode()}).encode() + b"\n",
        "headers.csv": b'name,headers\na,"' + mails[0].replace(b'"', b'""') + b'"\n',
        "page.html": b"<html><body><pre>" + html.escape(mails[0].decode()).encode() + b"</pre></body></html>",
        "nothing.txt": b"no headers\nat all\n",
    }


def requests(names: Iterable[str]) -> list[dict[str, Any]]:
    """What people ask of the page."""
    sides = [{"paths": [name]} for name in names]
    questions = [*QUESTIONS, *codes(), *(str(service) for service in Service)]
    right = [*({"generation": name} for name in GENERATIONS), sides[1], {"paths": ["some.mbox"]}]
    return [
        {"op": "prepare"},
        *({"op": "analyze", "left": side} for side in sides),
        *({"op": "analyze", "left": {"text": question}, "utc": True} for question in questions),
        *({"op": "compare", "left": sides[0], "right": side} for side in right),
        *({"op": "explain", "question": question} for question in questions),
    ]


def test_answers_are_those_of_any_python_and_need_nothing_that_is_left_out(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = inputs()
    asked = requests(files)
    given, requested = run(ANSWER.replace("@ANSWERS@", inspect.getsource(answers)), asked, files)
    write(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "urandom", bytes)
    expected = answers(Engine(), asked)
    assert {answer.get("kind") for answer in expected} >= {"messages", "report", "comparison", "explanation", "nothing"}
    assert given == expected
    assert [name for name in requested if pack.is_left_out(name)] == ["dateutil.tz.win"]


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)
