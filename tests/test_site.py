"""The site is built without a warning, needs nobody else, and opens in a browser."""

import functools
import http.server
import importlib.util
import re
import shutil
import subprocess
import sys
import threading
from html.parser import HTMLParser

import pytest

from tests.build import ROOT

OWN = ROOT / ".tools" / "docs" / "bin" / "python"
PYTHON = OWN if OWN.exists() else sys.executable if importlib.util.find_spec("mkdocs") else None
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
LOADED = {"src", "srcset", "data", "poster"}

pytestmark = pytest.mark.skipif(PYTHON is None, reason="there is no MkDocs: run `make docs`")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [PYTHON, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=site)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Loads(HTMLParser):
    """Collects what a page makes the browser load."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.found += [value for name, value in attrs if name in LOADED and tag != "a"]
        if tag == "link" and given.get("rel") != "canonical":
            self.found.append(given.get("href"))


def test_nothing_is_loaded_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    loads = Loads()
    for page in pages:
        loads.feed(page.read_text(encoding="utf-8"))
    styles = "".join(each.read_text(encoding="utf-8") for each in site.rglob("*.css"))

    assert len(pages) > 300
    assert {each for each in loads.found if re.match(r"(https?:)?//", each or "")} == set()
    assert re.findall(r"(?:url\(|@import\s*)[\"']?(?:https?:)?//[^)\"']+", styles) == []


def test_the_search_knows_rules_commands_and_keys(site):
    index = (site / "search" / "search_index.json").read_text(encoding="utf-8")

    for wanted in ("rules/GPU001/", "commands/#mlopsgen-promote", "platform/#modelsnamescale"):
        assert f'"{wanted}"' in index


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to test with")
@pytest.mark.parametrize("page", ["", "tutorial/", "rules/GPU001/"])
def test_a_page_opens_without_errors(address, page, tmp_path):
    options = [
        "--headless=new",
        "--no-sandbox",  # tests run as root in containers, and the pages are ours
        "--disable-gpu",
        "--enable-logging=stderr",
        "--virtual-time-budget=5000",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={tmp_path}",
        "--dump-dom",
    ]
    command = [CHROMIUM, *options, f"{address}/{page}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert "<h1" in done.stdout, done.stderr
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
