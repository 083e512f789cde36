"""A keyboard reaches everything that a pointer does, and always shows where it is.

The contrast of text is no matter of this file: axe measures it on every page in `test_site`.
"""

import pytest

PALETTE = "form[data-md-component=palette] .md-option"
# Gives each element the focus, and tells those of which nothing shows it: no outline of 2 pixels
# that stands out 3 : 1 from what is behind it (WCAG 2.2, 1.4.11 and 2.4.7).
UNSEEN = """() => {
  const channels = (colour) => {
    const [r, g, b, alpha = 1] = colour.match(/[\\d.]+/g).map(Number)
    return [[r, g, b], alpha]
  }
  const luminance = (rgb) => {
    const [r, g, b] = rgb
      .map((c) => c / 255)
      .map((c) => (c > 0.04045 ? ((c + 0.055) / 1.055) ** 2.4 : c / 12.92))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const [rgb, alpha] = channels(getComputedStyle(e).backgroundColor)
      if (alpha > 0.5) return rgb
    }
    return [255, 255, 255]
  }
  const isSeen = (element) => {
    const named = element.matches(".md-option, .tabbed-set > input") // seen by their label
    const shown = named ? element.labels[0] : element
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(shown)
    const ground = behind(shown.parentElement)
    const [rgb, alpha] = channels(outlineColor)
    const blend = rgb.map((c, i) => alpha * c + (1 - alpha) * ground[i])
    const [dark, light] = [luminance(blend), luminance(ground)].sort((a, b) => a - b)
    const { left, right, width } = shown.getBoundingClientRect()
    return (
      outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 &&
      (light + 0.05) / (dark + 0.05) >= 3 && width > 0 && right > 0 && left < innerWidth
    )
  }
  const unseen = []
  let reached = 0
  const others = ".md-skip, .md-search *, .md-option:not(:checked)"
  for (const element of document.querySelectorAll("a[href], button, input, summary, [tabindex]")) {
    if (element.tabIndex < 0 || element.matches(others)) continue
    element.focus() // which scrolls to it, in code that is wider than a phone too
    if (document.activeElement !== element) continue // hidden
    reached += 1
    if (!isSeen(element)) unseen.push(element.outerHTML.slice(0, 90))
  }
  return [reached, unseen]
}"""
PLAIN_LINKS = """() => [...document.querySelectorAll(".md-content :is(p, li, td, dd) a[href]")]
  .filter((a) => !a.matches(".headerlink, .md-button, .hero li > a")) // the last look like buttons
  .filter((a) => !getComputedStyle(a).textDecorationLine.includes("underline"))
  .map((a) => a.outerHTML.slice(0, 90))"""
UNREACHED_SCROLLERS = """() => [...document.querySelectorAll(".md-content *")]
  .filter((e) => e.scrollWidth > e.clientWidth + 1)
  .filter((e) => /auto|scroll/.test(getComputedStyle(e).overflowX))
  .filter((e) => e.checkVisibility() && e.tabIndex < 0)
  .map((e) => e.outerHTML.slice(0, 90))"""


def test_focus_is_seen_and_links_are_underlined_on_every_page(page, address, pages):
    page.emulate_media(reduced_motion="reduce")  # colours change at once
    found = {}
    for path in pages:
        page.goto(f"{address}{path}/")
        page.keyboard.press("Tab")  # from here on the browser shows focus
        reached, light = page.evaluate(UNSEEN)
        assert reached > 5, path
        page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
        _, dark = page.evaluate(UNSEEN)
        plain = page.evaluate(PLAIN_LINKS)
        if light or dark or plain:
            found[path] = light, dark, plain
    assert found == {}


@pytest.mark.parametrize("path", ["convolution", "reference/kernels", "labs/training"])
def test_on_a_phone_focus_is_seen_and_reaches_what_scrolls(page, address, path):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{address}{path}/")
    page.keyboard.press("Tab")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    reached, unseen = page.evaluate(UNSEEN)
    assert reached > 5
    assert unseen == []
    assert page.evaluate(UNREACHED_SCROLLERS) == []


def test_tab_goes_through_all_kinds_of_things(page, address):
    page.goto(f"{address}activations/")
    kinds = {
        ".md-skip", ".md-logo", PALETTE, ".md-search__input", ".md-sidebar--primary a",
        ".md-sidebar--primary label", ".md-sidebar--secondary a", ".downloads a", ".headerlink",
        ".copy", ".md-content p > a", "a.term", "summary",
    }  # fmt: skip
    page.evaluate(
        """kinds => { window.met = new Set(); addEventListener("focusin", ({ target }) =>
        kinds.filter((kind) => target.matches(kind)).forEach((kind) => met.add(kind))) }""",
        list(kinds),
    )
    for _ in range(6):
        for _ in range(50):
            page.keyboard.press("Tab")
        met = set(page.evaluate("[...met]"))
        if met == kinds:
            break
    assert met == kinds


def test_the_skip_link_leads_past_the_menus(page, address):
    page.goto(f"{address}activations/")
    page.keyboard.press("Tab")
    box = page.locator(".md-skip:focus").bounding_box()
    assert box["x"] > 0
    assert box["y"] > 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(".md-content *:focus").count() == 1


def test_enter_switches_the_palette(page, address):
    page.goto(address)
    page.locator(PALETTE).first.focus()
    page.keyboard.press("Enter")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_enter_and_space_open_details(page, address):
    page.goto(f"{address}activations/")
    details = page.locator(".md-content details").first
    assert details.get_attribute("open") is None
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    assert details.get_attribute("open") == ""
    page.keyboard.press("Space")
    assert details.get_attribute("open") is None


def test_enter_copies_code(page, address):
    page.goto(f"{address}activations/")
    block = page.locator(".block").first
    block.locator(".copy").focus()
    page.keyboard.press("Enter")
    page.locator(".md-dialog--active").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == block.locator(".language-python code").text_content()


def test_focus_shows_what_a_term_means(page, address):
    page.goto(f"{address}activations/")
    term = page.locator(".md-content a.term").first
    meaning = term.get_attribute("title")
    term.focus()
    tooltip = page.locator("[role=tooltip].md-tooltip2--active")
    tooltip.wait_for()
    assert tooltip.inner_text().strip() == meaning
    assert term.get_attribute("aria-describedby") == tooltip.get_attribute("id")


def test_the_menu_of_a_phone_opens_by_keyboard_and_only_then_takes_the_focus(page, address):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{address}activations/")
    links = page.locator(".md-sidebar--primary a[href='depth-and-start/']")
    button = page.locator(".md-header [for=__drawer]")
    assert links.count() == 1
    assert not links.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    links.wait_for(state="visible")
    contents = page.locator("label[for=__toc]:focus")
    for _ in range(12):
        page.keyboard.press("Tab")
        if contents.count():
            break
    page.keyboard.press("Enter")
    page.locator(".md-sidebar--primary a[href='#dead-units']").wait_for(state="visible")
    page.keyboard.press("Escape")
    links.wait_for(state="hidden")
    assert button.evaluate("e => e === document.activeElement")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("code", "convolution/gradients/"),
        (".md-typeset__scrollwrap", "convolution/gradients/"),
        (".formula", "three-by-three/winograd/"),
    ],
)
def test_arrow_keys_scroll_what_is_wider_than_a_phone(page, address, kind, path):
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{address}{path}")
    element = page.locator(f".md-content {kind}[tabindex='0']:visible").first
    element.focus()
    page.keyboard.press("ArrowRight")
    handle = element.element_handle()
    page.wait_for_timeout(200)
    assert handle.evaluate("e => e.scrollLeft") > 0
