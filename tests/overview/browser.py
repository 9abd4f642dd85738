"""A headless Chromium for tests, and what it says of a page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FOUND = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
needed = pytest.mark.skipif(
    None in FOUND.values(), reason="there is no Chromium here, or no chromedriver"
)
_AXE = "axe.run().then(arguments[0])"


@contextmanager
def started() -> Iterator[webdriver.Chrome]:
    """Start a browser that asks nobody for anything, with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = FOUND["chromium"]
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for argument in (
            "headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
            "disable-background-networking", "disable-component-update", "disable-sync",
            "disable-dev-shm-usage", f"user-data-dir={profile}",
        ):  # fmt: skip
            options.add_argument(f"--{argument}")
        browser = webdriver.Chrome(options=options, service=Service(FOUND["chromedriver"]))
        try:
            yield browser
        finally:
            browser.quit()


def opened(browser: webdriver.Chrome, page: Path, *, width: int = 1280, dark: bool = False) -> None:
    """Open *page* in a window that is *width* pixels wide."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    browser.get(page.as_uri())


def barriers(browser: webdriver.Chrome) -> list[tuple[str, str]]:
    """Return what keeps people from using the page, as axe-core sees it."""
    browser.execute_script((files("axe_core_python") / "axe.min.js").read_text("utf-8"))
    found: dict[str, Any] = browser.execute_async_script(_AXE)
    return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]
