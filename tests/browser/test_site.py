"""What the site promises its readers, seen in a browser, on every page."""

import pytest

from convnotes.site.blocks import snippets
from tests.topics import PAGES, text

SHIFTS = """
window.shift = 0
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) window.shift += value
}).observe({ type: "layout-shift", buffered: true })
"""

FAR = {"offline": False, "latency": 100, "downloadThroughput": 2e6, "uploadThroughput": -1}


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark"), (320, "light")]
)
def test_every_page_fits_stands_still_and_asks_nobody_else_for_anything(
    browser, address, pages, width, scheme
):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.add_init_script(SHIFTS)
    page = context.new_page()
    session = context.new_cdp_session(page)  # each page is a first visit, from far away
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", FAR)
    complaints = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status > 399 else None
    )
    page.on(
        "request",
        lambda r: (
            None if r.url.startswith((address, "data:", "blob:")) else complaints.append(r.url)
        ),
    )
    found = {}
    for path in pages:
        complaints.clear()
        page.goto(f"{address}{path}/", wait_until="load")
        page.evaluate("document.fonts.ready.then(() => true)")
        page.wait_for_timeout(100)  # the frame in which fonts are seen, and its measurement
        shift = page.evaluate("window.shift")
        if round(shift, 3):  # a formula's font may take other room by a hair than the first shown
            complaints.append(f"the page moves by {shift} while it loads")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            complaints.append("the page scrolls sideways")
        if complaints:
            found[path] = complaints.copy()
    context.close()
    assert len(pages) > 10
    assert found == {}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_no_barrier_on_any_page(browser, address, pages, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    found = {}
    for path in pages:
        page.goto(f"{address}{path}/")
        for figure in page.locator(".touch").all():
            figure.scroll_into_view_if_needed()
            figure.locator(".stage").first.wait_for(state="attached")  # it is awake
        barriers = axe.run(page).response["violations"]
        if barriers:
            found[path] = [(barrier["id"], barrier["nodes"][0]["html"]) for barrier in barriers]
    context.close()
    assert found == {}


@pytest.mark.parametrize("name", PAGES)
def test_what_is_shown_and_copied_is_the_snippet(page, address, name):
    expected = [found.source.code.rstrip() for found in snippets.find(text(name).splitlines())]
    page.goto(f"{address}{name}/")
    shown = page.locator(".language-python.highlight code")
    assert shown.evaluate_all("all => all.map(code => code.textContent.trimEnd())") == expected
    page.locator(".block").nth(2).locator(".copy").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.length > 0)")
    assert page.evaluate("navigator.clipboard.readText()").rstrip() == expected[2]


def test_switching_the_palette_recolours_figures(page, address):
    page.goto(f"{address}activations/")
    curve = page.locator('figure.live [stroke="var(--fig-1)"]').first
    text = page.locator("figure.live text").first
    read = "element => [getComputedStyle(element).stroke, getComputedStyle(element).fill]"
    before = curve.evaluate(read), text.evaluate(read)
    page.locator("form[data-md-component=palette] label:visible").click()
    after = curve.evaluate(read), text.evaluate(read)
    assert before[0][0] != after[0][0]
    assert before[1][1] != after[1][1]


def test_a_figure_takes_its_room_before_it_is_drawn(page, address):
    page.goto(f"{address}convolution/")
    sizes = page.locator("figure.live svg").evaluate_all(
        "all => all.map(svg => [svg.hasAttribute('width'), svg.hasAttribute('height')])"
    )
    assert sizes
    assert all(all(size) for size in sizes)
