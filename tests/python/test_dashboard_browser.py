"""The dashboard in a real browser: Debian's chromium, driven by Playwright."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlencode

import pytest
from dashboards import DEMO, HOSTILE, publish, write_raw
from runner.project import ROOT

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed: apt-get install chromium")
PAGES = (
    "/",
    "/?sort=change_7d&dir=asc",
    "/?property=px",
    "/customer?id=c0000001&days=all",
    *(f"/customer?{urlencode({'id': who})}" for who in ("h1", "h2", "h6", "h7")),
    "/properties",
    "/property?id=p04",
    "/property?id=px",
    "/journey",
    "/made",
)
WIDTHS = {"desktop": 1280, "telephone": 390}


@pytest.fixture(scope="module")
def published(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    project.score(folder / "scored", write_raw(folder / "raw"), DEMO.last_day, DEMO.first_day).close()
    publish(folder / "scored" / "warehouse.duckdb", folder / "published", "1")
    return folder / "published"


@pytest.fixture(scope="module")
def address(published):
    """The address of a dashboard of its own process, as `make dashboard` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "dashboard" / "serve.py"), "--published", str(published), "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}
    with subprocess.Popen(command, env=environment) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{url}/static/icon.svg", server)
            yield url
        finally:
            server.kill()


def _wait_for(url: str, server: subprocess.Popen) -> None:
    for _ in range(600):
        assert server.poll() is None, "the dashboard ended"
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the dashboard did not answer within a minute")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    # A browser that runs as root, as in a container, cannot make the sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=CHROMIUM, args=arguments)


@pytest.fixture
def open_page(browser, address):
    """`open_page(path, width)`: a page, and what it said and asked for that it should not have."""
    contexts = []

    def open_one(path: str, width: int = WIDTHS["desktop"]):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page, wrong = context.new_page(), []
        page.set_default_timeout(60_000)
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda request: None if request.url.startswith(address) else wrong.append(request.url))
        page.goto(address + path)
        return page, wrong

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_pages_load_quietly_and_fit(open_page, path, width):
    page, wrong = open_page(path, width)
    assert not wrong
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelectorAll('main script, main img').length") == 0


def first_scores(page) -> list[float]:
    return [float(text.replace("−", "-")) for text in page.locator("table.customers td.score").all_inner_texts()]


def test_sorting_by_a_click_and_back(open_page):
    page, wrong = open_page("/")
    assert first_scores(page) == sorted(first_scores(page))
    page.get_by_role("link", name="Score", exact=False).filter(has_text="Score ↑").click()
    assert first_scores(page) == sorted(first_scores(page), reverse=True)
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Score")
    page.go_back()
    assert first_scores(page) == sorted(first_scores(page))
    assert not wrong


def test_searching_and_a_shared_address(open_page):
    page, _ = open_page("/")
    page.get_by_label("Search").fill(HOSTILE["h1"])
    page.locator("select[name=segment]").select_option("resident")
    page.get_by_role("button", name="Show").click()
    assert page.locator("table.customers tbody tr").count() == 1
    assert page.locator("table.customers tbody th a").inner_text() == HOSTILE["h1"]
    shared = page.url.split("/", 3)[3]
    other, _ = open_page(f"/{shared}")
    assert other.get_by_label("Search").input_value() == HOSTILE["h1"]
    assert other.locator("select[name=segment]").input_value() == "resident"
    assert other.locator("table.customers tbody tr").count() == 1


def test_why_somebody_fell_is_two_clicks_away(open_page):
    page, wrong = open_page("/")
    page.get_by_role("link", name="Fell most this week").click()
    page.locator("table.customers tbody th a").first.click()
    why = page.locator(".why")
    assert "−" in why.inner_text()
    why.get_by_role("link").first.click()
    assert page.locator("li:target").count() == 1
    assert page.locator("li:target").is_visible()
    assert not wrong


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_mark_of_the_chart_leads_to_its_conversation(open_page, width):
    page, wrong = open_page("/customer?id=c0000001&days=all", width)
    marks = page.locator("svg.chart:visible a")
    assert marks.count() > 10
    target = marks.last.get_attribute("href")
    marks.last.click(force=True)
    assert page.url.endswith(target)
    assert page.locator("li:target").get_attribute("id") == target[1:]
    assert not wrong


def test_it_works_by_keyboard(open_page):
    page, _ = open_page("/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.get_by_label("Search").focus()
    page.keyboard.type("c0000001")
    page.keyboard.press("Enter")
    page.wait_for_url("**search=c0000001**")
    page.locator("table.customers tbody th a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/customer?id=c0000001")
    assert "c0000001" in page.locator("main").inner_text()


def test_contrast_of_text_is_readable(open_page):
    for path in PAGES[:5] + PAGES[8:]:
        page, _ = open_page(path)
        assert page.evaluate(CONTRAST) == []


# Every text's colour against the nearest ground: 4.5 to 1, or 3 to 1 where it is large (WCAG 2.2, AA).
CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const wrong = new Set();
  for (const element of document.querySelectorAll("body *:not(option)")) {
    const inSvg = element.closest("svg");
    if (inSvg && element.tagName !== "text") continue;
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const text = light(parse(inSvg ? style.fill : style.color));
    const behind = light(ground(inSvg ? inSvg.parentElement : element));
    const ratio = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24;
    const name = element.className.baseVal ?? element.className;
    if (ratio < (isLarge ? 3 : 4.5)) wrong.add(`${element.tagName} ${name} ${ratio.toFixed(2)}`);
  }
  return [...wrong];
}"""


def test_a_new_release_under_an_open_page(open_page, published):
    page, wrong = open_page("/customer?id=c0000001")
    warehouse = published.parent / "scored" / "warehouse.duckdb"
    for name in ("2", "3"):
        publish(warehouse, published, name)
        page.reload()
        assert page.locator("h1").inner_text()
        assert name in open_page("/made")[0].locator(".facts").inner_text()
    assert not wrong
