"""What every figure to touch promises, whatever it shows."""

import gzip
import re

import pytest
from playwright.sync_api import expect

LAYER = {"kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1, "transposed": False}
# Element: its lesson, a state that isn't its first, and what an address can't make it show.
FIGURES = {
    "sliding-window": (
        "convolution",
        {"stride": 2, "padding": 1, "padding_mode": "circular", "output": [0, 2]},
        ["stride=9", "stride=", "kernel=[[1]", "kernel=[[1,2]]", "colour=1", "output=[-1,0]"],
    ),
    "kernel-desk": (
        "kernels",
        {"name": "gaussian(1.0, radius=2)", "magnitude": True, "point": [3, 4]},
        ["kernel=[[1]]", "name=7", "size=4", "point=[-1,0]", "steps=5000", "target={"],
    ),
    "layer-stack": (
        "three-by-three",
        {"depth": 5, "kind": "bottleneck", "c_in": 1},
        ["depth=0", "depth=2.5", 'kind="wide"', "size=1e9", "channels=null"],
    ),
    "kernel-pair": (
        "three-by-three",
        {"first": [[1, 0, 0], [0, 1, 0], [0, 0, -2.5]], "cell": [0, 4]},
        ["cell=[5,0]", "first=[[1]]", "second=[[1,0,0],[0,1,0]]", 'first="x"'],
    ),
    "activation-desk": (
        "activations",
        {"names": ["gelu", "tanh"], "x": -1.5, "spread": 0.5},
        [
            'names=["sine"]',
            "names=[]",
            'names=["relu","relu"]',
            "names=[null]",
            "x=1e9",
            "spread=0",
            'view="none"',
        ],
    ),
    "field-photo": (
        "receptive-field",
        {"depth": 2, "pixel": [0, 127]},
        ['network="none"', "depth=0", "pixel=[128,0]", "pixel=7"],
    ),
    "field-pyramid": (
        "receptive-field",
        {"input_size": 9, "layers": [LAYER], "row": 1, "unit": 2},
        ["input_size=0", "layers=3", 'layers=[{"kernel_size":0}]', "row=-1", "unit=0.5"],
    ),
}
EACH = pytest.mark.parametrize("name", FIGURES)
STATE = "figure => figure.state"


def figure_of(page, address, name, state=""):
    """The figure, awake."""
    page.goto(f"{address}{FIGURES[name][0]}/{state}")
    figure = page.locator(name)
    figure.scroll_into_view_if_needed()
    figure.locator(".stage").wait_for()
    return figure


@EACH
def test_an_address_opens_as_it_was_left_and_reset_forgets_it(page, address, name):
    figure = figure_of(page, address, name)
    first = figure.evaluate(STATE)
    changes = FIGURES[name][1]
    figure.evaluate("(figure, changes) => { figure.state = changes }", changes)
    left = figure.evaluate(STATE)
    assert left != first
    page.wait_for_url(f"**/#{name}?*")
    opened = page.url
    page.goto("about:blank")
    page.goto(opened)
    figure.locator(".stage").wait_for()
    assert figure.evaluate(STATE) == left
    expect(figure).to_be_in_viewport()
    figure.get_by_role("button", name="Reset the figure").click()
    page.wait_for_url(f"**/#{name}")
    assert figure.evaluate(STATE) == first


@EACH
def test_nonsense_in_an_address_is_left_alone_and_told(page, address, name):
    first = figure_of(page, address, name).evaluate(STATE)
    told = []
    page.on("console", lambda message: told.append(message.text))
    for nonsense in FIGURES[name][2]:
        told.clear()
        page.goto("about:blank")
        figure = figure_of(page, address, name, f"#{name}?{nonsense}")
        assert figure.evaluate(STATE) == first, nonsense
        assert any("has no state of this figure" in text for text in told), nonsense


@EACH
def test_many_changes_are_announced_once_and_then_nothing_works(page, address, name):
    page.add_init_script(
        "const ask = requestAnimationFrame.bind(window); window.asked = 0;"
        "window.requestAnimationFrame = (draw) => { window.asked += 1; return ask(draw) }"
    )
    figure = figure_of(page, address, name)
    counted = figure.evaluate(
        """async (figure, changes) => {
          const wait = (time) => new Promise((resolve) => setTimeout(resolve, time))
          await wait(600)
          let announced = 0
          const live = figure.querySelector(".announced")
          new MutationObserver(() => { announced += 1 }).observe(live, { childList: true })
          for (let turn = 0; turn < 5; turn += 1) figure.state = changes
          await wait(600)
          window.asked = 0
          await wait(500)
          return [announced, live.textContent.length > 10, window.asked]
        }""",
        FIGURES[name][1],
    )
    assert counted == [1, True, 0]


@EACH
@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (320, 640)])
def test_thumbs_reach_everything_and_nothing_scrolls_sideways(
    browser, address, name, width, height
):
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": width, "height": height}
    )
    page = context.new_page()
    figure = figure_of(page, address, name)
    figure.evaluate("(figure, changes) => { figure.state = changes }", FIGURES[name][1])
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    small = figure.locator("button, select, input, fieldset label").evaluate_all(
        """all => all.filter((one) => one.checkVisibility() && one.type !== "radio")
          .map((one) => [one.getBoundingClientRect(), one.outerHTML.slice(0, 90)])
          .filter(([box]) => box.height < 24 || box.width < 24)
          .map(([box, html]) => [box.width, box.height, html])"""
    )
    context.close()
    assert small == []


@EACH
def test_a_phone_on_its_side_shows_a_figure_and_what_changes_it(browser, address, name):
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 844, "height": 390}
    )
    page = context.new_page()
    figure = figure_of(page, address, name)
    figure.evaluate("figure => figure.scrollIntoView()")
    view = figure.locator("canvas:visible, .numbers:visible").first.bounding_box()
    first = figure.locator(".controls").locator("input, button").locator("visible=true").first
    control = first.bounding_box()
    context.close()
    for box in (view, control):
        assert 48 < box["y"] + box["height"] / 2 < 390  # below the header


@pytest.mark.parametrize(
    ("name", "held", "place"),
    [
        ("sliding-window", "[role=grid] .lit", "output"),
        ("kernel-desk", ".mark", "point"),
        ("field-photo", ".handle", "pixel"),
    ],
)
def test_what_a_finger_holds_goes_with_it_up_and_down_as_well(
    phone, swipe, address, name, held, place
):
    figure = figure_of(phone, address, name)
    figure.evaluate("figure => figure.scrollIntoView()")
    box = figure.locator(held).first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    now = f"figure => [figure.state.{place}[0], scrollY]"
    before, scrolled = figure.evaluate(now)
    swipe(*[(x, y + 6 * n) for n in range(11)])
    after, still = figure.evaluate(now)
    assert after > before
    assert still == scrolled


@pytest.mark.parametrize(
    ("width", "height", "touch"),
    [(width, 900, touch) for width in (320, 390, 600, 1280) for touch in (False, True)]
    + [(844, 390, True), (667, 375, True)],
)
def test_a_figure_has_the_room_that_it_takes_when_it_wakes(browser, address, width, height, touch):
    context = browser.new_context(
        has_touch=touch, is_mobile=touch, viewport={"width": width, "height": height}
    )
    page = context.new_page()
    page.goto(address)  # the faces are there from now on, and lines as long as they are meant
    lacks = {}
    for name in FIGURES:
        lacks[name] = figure_of(page, address, name).evaluate(
            """async (figure) => {
              await document.fonts.ready
              const room = parseFloat(getComputedStyle(figure).minHeight)
              figure.style.minHeight = 0
              return figure.getBoundingClientRect().height - room
            }"""
        )
    context.close()
    del lacks["kernel-desk"]  # what it replaces is as tall as the desk
    assert {name: lack for name, lack in lacks.items() if not -80 < lack < 1} == {}


# Pages explain them later.
LATER = re.compile(r"rank|gain|directions|peak|mean square|cosine|σ")


@EACH
def test_a_first_look_has_no_word_that_is_explained_later(page, address, name):
    seen = figure_of(page, address, name).locator(".stage").inner_text()
    assert len(seen) > 50
    assert LATER.findall(seen) == []


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("sliding-window", "dilation"), ("kernel-desk", "rank 1"), ("layer-stack", "directions"),
        ("activation-desk", "mean square"),
    ],
)  # fmt: skip
def test_more_shows_them_until_less_and_an_address_keeps_it(page, address, name, word):
    figure = figure_of(page, address, name)
    more, less = (figure.get_by_role("button", name=n, exact=True) for n in ("More", "Less"))
    expect(more).to_have_attribute("aria-expanded", "false")
    assert word not in figure.locator(".stage").inner_text()
    more.press("Enter")
    expect(less).to_be_focused()
    expect(less).to_have_attribute("aria-expanded", "true")
    assert word in figure.locator(".stage").inner_text()
    page.wait_for_url(f"**/#{name}?more=true")
    page.reload()
    less.wait_for()
    assert word in figure.locator(".stage").inner_text()
    less.click()
    more.wait_for()
    assert word not in figure.locator(".stage").inner_text()


def test_the_way_to_the_top_does_not_cover_a_figure_in_use(phone, address):
    phone.goto(f"{address}convolution/")
    top = phone.locator(".md-top")
    for place in (3000, 200):
        phone.evaluate("place => scrollTo(0, place)", place)
        phone.wait_for_timeout(300)
    expect(top).to_be_visible()
    phone.locator("sliding-window").get_by_role("button", name="Step").focus()
    expect(top).to_be_hidden()


@EACH
def test_who_wants_no_motion_gets_none(browser, address, name):
    context = browser.new_context(reduced_motion="reduce")
    figure = figure_of(context.new_page(), address, name)
    moving = figure.locator(".stage *").evaluate_all(
        """all => all.map((one) => getComputedStyle(one))
          .filter((style) => parseFloat(style.transitionDuration) || style.animationName !== "none")
          .length"""
    )
    context.close()
    assert moving == 0


def modules(scripts, name):
    """A script's name with those of all that it imports."""
    imported = re.findall(r'from\s*"\./([\w-]+)\.js"', (scripts / f"{name}.js").read_text("utf-8"))
    return {name}.union(*(modules(scripts, other) for other in imported))


def test_scripts_are_small(site):
    pytest.importorskip("minify", reason="scripts are served as they are written")
    scripts = site / "assets/figures"
    home = {"three-by-three": ["three-by-three", "kernel-pair"]} | {
        name: [name] for name in ("convolution", "kernels", "activations")
    }
    home["receptive-field"] = ["receptive-field", "field-photo"]
    every = [modules(scripts, name) for names in home.values() for name in names]
    shared = {m for one in every for m in one if sum(m in other for other in every) > 1}
    assert {"touch", "grid", "weights"} <= shared

    def weight(names):
        return sum(len(gzip.compress((scripts / f"{n}.js").read_bytes())) for n in names)

    assert weight(shared) <= 6000
    own = {min(one - shared): weight(one - shared) for one in every}
    assert {name: size for name, size in own.items() if size > 10_000} == {}
