"""The page in a real browser, without a network: looked at, sorted, clicked through."""

import shutil

import pytest

from tests.commands import bench
from tests.fakes.page_reports import check_report, checked_model
from tflitekit.report.html.page import page

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1400, "height": 900}
HOSTILE = "\"'></title></script><script>alert(1)</script><img src=x onerror=alert(1)>"
LIMIT = 1_500_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        # Root in a container has no sandbox; the page is ours.
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser):
    """Opens a file; in the end nothing may have been complained about or asked for."""
    contexts, events, opened = [], [], []

    def go(path, **how):
        context = browser.new_context(**({"viewport": DESK, "offline": True} | how))
        context.set_default_timeout(60_000)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: events.append(message.text))
        tab.on("pageerror", lambda error: events.append(str(error)))
        tab.on("dialog", lambda dialog: (events.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda request: opened.append(request.url))
        tab.goto(path.as_uri())
        return tab

    yield go
    for context in contexts:
        context.close()
    assert events == []
    assert all(url.startswith("file:") for url in opened)
    assert len({url.split("#")[0] for url in opened}) == 1


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A check of two models, one of them on two devices."""
    path = tmp_path_factory.mktemp("page") / "check.html"
    models = checked_model(devices=("phone", "tablet")), checked_model("second")
    path.write_text(page(check_report(*models)))
    return path


def column(tab, name):
    """The column of the first table of ops with this heading."""
    table = tab.locator("table.sortable").filter(has_text="GMAC/s").first
    names = [text.strip("↕ ") for text in table.locator("th").all_inner_texts()]
    place = names.index(name) + 1
    return table.locator(f"th:nth-child({place})"), table.locator(f"td:nth-child({place})")


def shown(tab, selector):
    return [one.is_visible() for one in tab.locator(selector).all()]


def background(tab):
    return tab.evaluate("getComputedStyle(document.body).backgroundColor")


def test_a_column_sorts_by_mouse_and_by_keyboard(visit, checked):
    tab = visit(checked)
    head, cells = column(tab, "time")
    assert head.get_attribute("aria-sort") is None
    button = head.get_by_role("button")
    button.click()
    assert head.get_attribute("aria-sort") == "descending"
    falling = cells.all_inner_texts()
    assert falling[0] == "1 ms"
    button.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert cells.all_inner_texts() == falling[::-1]


def test_numbers_sort_as_numbers(visit, checked):
    tab = visit(checked)
    head, cells = column(tab, "#")
    head.get_by_role("button").click()
    assert [int(text) for text in cells.all_inner_texts()] == list(range(12))[::-1]


def test_devices_are_tabs(visit, checked):
    tab = visit(checked)
    panels = "article:first-of-type .device"
    phone, tablet = tab.get_by_role("tab").all()
    assert shown(tab, panels) == [True, False]
    tablet.click()
    assert shown(tab, panels) == [False, True]
    assert tablet.get_attribute("aria-selected") == "true"
    tablet.press("ArrowRight")
    assert shown(tab, panels) == [True, False]
    assert phone.evaluate("one => one === document.activeElement")


def test_a_link_opens_the_tab_that_it_leads_into(visit, checked):
    tab = visit(checked)
    tab.locator('nav a[href="#m0-d1-0"]').click()
    assert tab.locator("#m0-d1-0").is_visible()
    assert not tab.locator("#m0-d0").is_visible()


def test_colours_follow_the_system_and_the_button(visit, checked):
    light, dark = (background(visit(checked, color_scheme=name)) for name in ("light", "dark"))
    assert light != dark
    tab = visit(checked, color_scheme="light")
    button = tab.locator("#theme")
    seen = []
    for _ in range(3):
        button.click()
        seen.append((button.inner_text(), background(tab)))
    assert seen == [("Theme: light", light), ("Theme: dark", dark), ("Theme: auto", light)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(visit, checked, scheme):
    tab = visit(checked, color_scheme=scheme)
    ratios = tab.evaluate(CONTRASTS)
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}
    assert len(ratios) == 6


def test_a_phone_shows_all_of_it_without_scrolling_sideways(visit, checked):
    tab = visit(checked, viewport=PHONE, has_touch=True, is_mobile=True)
    assert tab.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    tab.evaluate("document.querySelectorAll('.device').forEach(one => { one.hidden = false; })")
    assert tab.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert all(shown(tab, "svg.narrow"))
    assert not any(shown(tab, "svg.wide"))
    assert tab.get_by_text("it is 15 % larger").first.is_visible()


def test_without_scripts_everything_is_there(visit, checked):
    tab = visit(checked, java_script_enabled=False)
    assert all(shown(tab, ".device"))
    assert all(shown(tab, "svg.wide"))
    assert shown(tab, "#theme") == [False]
    assert tab.get_by_text("of 3 gates").count() == 0
    assert tab.get_by_text("2 failed, 2 inconclusive, 2 passed of 6 gates").is_visible()


def test_names_run_nothing(visit, tmp_path):
    path = tmp_path / "hostile.html"
    model = checked_model(HOSTILE, op=HOSTILE, layer=HOSTILE, devices=(HOSTILE,))
    path.write_text(page(check_report(model)))
    tab = visit(path)
    tab.get_by_role("button", name="count").first.click()
    assert tab.locator("img").count() == 0
    assert HOSTILE in tab.locator("h1").inner_text()


@pytest.mark.build
@pytest.mark.convert
def test_the_page_of_a_bench(visit, digits, tmp_path):
    path = tmp_path / "bench.html"
    models = digits / "float32.tflite", digits / "int8.tflite"
    words = ("--data", "digits", "--samples", "50", "--seconds", "0.5", "--repeats", "3")
    bench(*models, *words, "--profile", "--html", path)
    assert path.stat().st_size < LIMIT
    tab = visit(path)
    for title in ("Latency", "Memory", "Roofline", "Op by op: int8", "Conditions"):
        assert tab.get_by_role("heading", name=title, exact=True).is_visible()
    assert tab.locator("svg.wide path").count() > 20
    phone = visit(path, viewport=PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


CONTRASTS = """() => {
  const channel = value => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const light = colour => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).map(Number).map(channel);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const card = light(getComputedStyle(document.querySelector("section")).backgroundColor);
  const names = {text: "td", muted: "th", accent: "a.skip", passed: ".mark.passed",
                 failed: ".mark.failed", inconclusive: ".mark.inconclusive"};
  return Object.fromEntries(Object.entries(names).map(([name, selector]) => {
    const own = light(getComputedStyle(document.querySelector(selector)).color);
    return [name, (Math.max(own, card) + 0.05) / (Math.min(own, card) + 0.05)];
  }));
}"""
"""The contrast of each colour of text with the cards, as WCAG 2 defines it."""
