"""The page as a browser has it: no error, no barrier, nothing from elsewhere."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.overview import browser as chromium
from tests.overview.test_page import TELLING, written

pytestmark = chromium.needed
FOLDED = "for (const one of document.querySelectorAll('details')) one.open = true"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return written(tmp_path_factory.mktemp("page"), TELLING)


@pytest.fixture(scope="module")
def browser():
    with chromium.started() as found:
        yield found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [380, 1280])
def test_nothing_is_wrong_in_it(browser, page, width, dark):
    chromium.opened(browser, page, width=width, dark=dark)
    browser.execute_script(FOLDED)

    assert browser.get_log("browser") == []
    assert chromium.barriers(browser) == []
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width


def test_it_asks_for_nothing_but_itself(browser, page):
    chromium.opened(browser, page)

    asked = "return performance.getEntriesByType('resource').map(each => each.name)"
    assert browser.execute_script(asked) == []


def test_nothing_but_its_own_script_runs(browser, page):
    """The policy in the page stops what a name might have smuggled in."""
    chromium.opened(browser, page)
    browser.execute_script(
        "const one = document.createElement('div');"
        "one.innerHTML = '<img src=x onerror=\"window.smuggled = 1\">'; document.body.append(one)"
    )

    assert browser.execute_script("return window.smuggled") is None
    assert any("Content Security Policy" in each["message"] for each in browser.get_log("browser"))


def test_a_filter_hides_rows_and_a_heading_sorts_them(browser, page):
    chromium.opened(browser, page)
    field = browser.find_element(By.CSS_SELECTOR, "input[aria-label^='Filter: Alerts']")
    rows = "return [...arguments[0].querySelectorAll('tbody tr')].filter(one => !one.hidden)"
    frame = field.find_element(By.XPATH, "../following-sibling::div[1]")
    names = f"{rows}.map(one => one.cells[0].textContent)"
    every = browser.execute_script(names, frame)

    field.send_keys("mlflow")
    assert browser.execute_script(names, frame) == ["MLflowDown"]

    field.clear()
    field.send_keys("a")
    frame.find_element(By.CSS_SELECTOR, "thead button").send_keys(Keys.ENTER)
    assert browser.execute_script(names, frame) == sorted(every, key=str.lower)
    head = frame.find_element(By.CSS_SELECTOR, "thead th")
    assert head.get_attribute("aria-sort") == "ascending"


def test_every_frame_and_link_is_reached_by_keyboard(browser, page):
    chromium.opened(browser, page)

    stuck = (
        "return [...document.querySelectorAll('.frame, a, button, input, summary')]"
        ".filter(one => one.tabIndex < 0).map(one => one.outerHTML)"
    )
    assert browser.execute_script(stuck) == []
