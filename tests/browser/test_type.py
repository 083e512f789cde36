"""Type and figures, as a reader sees them on a phone and on a desk.

The cards of the home page show figures of other pages small, and are left out.
"""

from statistics import median

import pytest

from tests.topics import PAGES

FIGURES = """
() => [...document.querySelectorAll(":not(.topics li) > figure.live")].map((figure) => {
  const svg = figure.querySelector("svg")
  const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim())
  const size = (text) => {
    const { a, b } = text.getScreenCTM()
    return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b)
  }
  const column = getComputedStyle(figure.parentElement)
  return {
    caption: figure.querySelector("figcaption").textContent,
    text: Math.min(...texts.map(size)),
    width: svg.getBoundingClientRect().width,
    column: figure.parentElement.clientWidth
      - parseFloat(column.paddingLeft) - parseFloat(column.paddingRight),
  }
})
"""
LINES = """
() => {
  const counts = []
  for (const p of document.querySelectorAll(".md-content__inner > p")) {
    if (p.querySelector("code, math") || p.textContent.length < 200) continue
    const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT)
    const range = document.createRange()
    let top = null, letters = 0, lines = []
    while (walker.nextNode()) {
      for (let at = 0; at < walker.currentNode.length; at++) {
        range.setStart(walker.currentNode, at)
        range.setEnd(walker.currentNode, at + 1)
        const box = range.getBoundingClientRect()
        if (top !== null && box.top - top > 8) { lines.push(letters); letters = 0 }
        top = box.top
        letters++
      }
    }
    counts.push(...lines)  // without the last line, which ends where the paragraph does
  }
  return counts.sort((a, b) => a - b)
}
"""


@pytest.fixture
def at(browser, address):
    """Open pages at a width, with every details element unfolded."""
    contexts = []

    def open_at(width, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.route("**/assets/figures/*.js", lambda route: route.abort())  # figures don't wake

        def visit(path):
            page.goto(f"{address}{path}/")
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            page.evaluate("document.fonts.ready")
            return page

        return visit

    yield open_at
    for context in contexts:
        context.close()


def test_figures_and_lines_are_as_wide_as_one_reads_well(at, pages):
    visit = at(390)
    seen, narrow, small, lines = 0, [], [], []
    for path in pages:
        page = visit(path)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            for figure in page.evaluate(FIGURES):
                seen += 1
                if width == 390 and figure["text"] is not None and figure["text"] < 11:
                    small.append((path, figure["caption"], figure["text"]))
                # At home the block stands beside its figure.
                if path != "." and abs(figure["width"] - figure["column"]) > 1:
                    narrow.append((path, width, figure["caption"], figure["width"]))
        if path in PAGES:
            lines += page.evaluate(LINES)
    assert seen > 120
    assert small == narrow == []
    assert len(lines) > 50
    assert 60 <= median(lines) <= 75


def test_a_phone_shows_forty_eight_columns_of_code(at):
    code = at(390)("convolution").locator(".language-python.highlight code").first
    columns = code.evaluate("""
        (code) => {
          const style = getComputedStyle(code)
          const pen = document.createElement("canvas").getContext("2d")
          pen.font = `${style.fontSize} ${style.fontFamily}`
          const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight)
          return (code.clientWidth - padding) / pen.measureText("0").width
        }""")
    assert columns >= 48


def test_the_faces_are_the_sites_own_and_ready(page, address):
    page.goto(f"{address}kernels/", wait_until="networkidle")
    faces = "[...document.fonts].map(f => `${f.family} ${f.style}: ${f.status}`.toLowerCase())"
    assert sorted(page.evaluate(f"document.fonts.ready.then(() => {faces})")) == [
        "site math normal: loaded",  # what a family is called doesn't hang on capitals
        "site sans normal: loaded",
        "site serif italic: loaded",
        "site serif normal: loaded",
    ]


def test_headings_differ_in_more_than_size_from_what_they_head(page, address):
    page.goto(f"{address}kernels/")
    style = (
        "element => [getComputedStyle(element).fontFamily, getComputedStyle(element).fontWeight]"
    )
    text = page.locator(".md-content__inner > p").first.evaluate(style)
    for heading in ("h1", "h2", "h3"):
        family, weight = page.locator(f".md-content {heading}").first.evaluate(style)
        assert family != text[0]
        assert (weight, text[1]) == ("600", "400")


def test_a_tooltip_is_as_large_as_small_print(page, address):
    page.goto(f"{address}kernels/")
    page.locator(".md-content a.term").first.hover()
    size = page.locator("[role=tooltip] .md-tooltip2__inner").evaluate(
        "element => parseFloat(getComputedStyle(element).fontSize)"
    )
    assert size >= 14


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_no_sign_is_the_page_itself(at, scheme):
    """Zero is neither a white slab at night nor a black one by day."""
    page = at(1280, scheme)("kernels")
    figure = page.locator("figure.live", has_text="clipping loses half")
    figure.scroll_into_view_if_needed()
    corner = figure.locator("mask + rect").first.bounding_box()
    box = {"x": corner["x"] + 6, "y": corner["y"] + 6, "width": 4, "height": 4}
    beside = {**box, "x": corner["x"] - 8}
    shot = [page.screenshot(clip=clip) for clip in (box, beside)]
    assert shot[0] == shot[1]
