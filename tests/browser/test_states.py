"""Values to try, in a browser: by pointer, finger and keyboard, and by their address."""

import json
import re

import pytest

from convnotes.site.blocks import markup, snippets, states
from tests.topics import PAGES, text

SOUND = "convolution/sound-and-spectra/"
SMOOTHING = f"{SOUND}#sound-smoothing-and-echo"


def block(page, name):
    return page.locator(f".block:has(form.try [name={name}])")


def caption(page, name):
    return block(page, name).locator("figcaption")


@pytest.fixture
def fetched(page):
    urls = []
    page.on("request", lambda request: urls.append(request.url) if "states/" in request.url else 0)
    return urls


def test_nothing_is_fetched_before_a_reader_turns_to_a_control(page, address, fetched):
    page.goto(f"{address}{SOUND}", wait_until="networkidle")
    assert fetched == []
    block(page, "width").locator("input").hover()
    page.wait_for_load_state("networkidle")
    assert len(fetched) == 1


def test_keys_move_a_slider_and_everything_follows(page, address):
    page.goto(f"{address}{SOUND}")
    slider = block(page, "width").locator("input")
    slider.focus()
    page.keyboard.press("ArrowRight")
    caption(page, "width").get_by_text("average of 17 samples").wait_for()
    assert slider.get_attribute("aria-valuetext") == "17"
    code = block(page, "width").locator(".language-python code")
    assert "\nwidth = 17  # try 3, 5, 9, 33, 65\n" in code.text_content()
    assert page.url == f"{address}{SMOOTHING}?width=17"
    block(page, "width").locator(".copy").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.length > 0)")
    assert page.evaluate("navigator.clipboard.readText()") == code.text_content()
    slider.focus()
    page.keyboard.press("Home")
    caption(page, "width").get_by_text("average of 3 samples").wait_for()


def test_a_printed_table_keeps_its_style(page, address):
    page.goto(f"{address}three-by-three/")
    look = """block => {
      const cells = block.querySelectorAll(".output :is(table, th, td)")
      return [...cells].slice(0, 5).map((cell) => {
        const { fontSize, fontWeight, padding, borderWidth, textAlign } = getComputedStyle(cell)
        return [cell.localName, fontSize, fontWeight, padding, borderWidth, textAlign]
      })
    }"""
    moved = page.locator(".block:has(form.try [name=c]):has(.output table)")
    built = moved.evaluate(look)
    moved.locator("input").focus()
    page.keyboard.press("Home")
    moved.get_by_text("9,408").wait_for()
    assert moved.evaluate(look) == built
    assert moved.locator('.output [class=""]').count() == 0


def test_a_finger_chooses_a_word(phone, address):
    phone.goto(f"{address}convolution/gradients/")
    choice = block(phone, "kind").locator("label", has_text="linear")
    assert choice.bounding_box()["height"] >= 40
    choice.tap()
    block(phone, "kind").locator("figure text", has_text="3×3, linear").wait_for()
    assert 'kind = "linear"' in block(phone, "kind").locator("pre code").text_content()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_an_address_opens_the_state_it_names(page, address):
    page.goto(f"{address}{SMOOTHING}?width=65")
    caption(page, "width").get_by_text("average of 65 samples").wait_for()
    assert block(page, "width").locator("input").input_value() == "5"
    assert block(page, "width").locator("figure").is_visible()
    three = "convolution/#stride-and-the-size-of-the-output?stride=3&padding=1&dilation=1"
    page.goto(f"{address}{three}")
    lines = block(page, "stride").locator(".language-python code")
    page.wait_for_function(
        "code => code.textContent.includes('stride = 3')", arg=lines.element_handle()
    )
    assert "dilation = 1  # try 2, 3" in lines.text_content()


@pytest.mark.parametrize("values", ["width=66", "width=", "nothing=3", "width=%FF", "width=3&x=1"])
def test_a_bad_address_is_left_alone_and_said_in_the_console(page, address, values):
    said, errors = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}{SMOOTHING}?{values}", wait_until="networkidle")
    assert errors == []
    assert [text for text in said if "There is no state" in text]
    assert "average of 9 samples" in caption(page, "width").text_content()


def test_a_step_is_on_the_screen_within_a_tenth_of_a_second(page, address):
    page.goto(f"{address}{SOUND}")
    block(page, "t").locator("input").focus()
    page.wait_for_load_state("networkidle")
    took = page.evaluate(
        """async () => {
          const input = document.querySelector("form.try [name=t]")
          const times = []
          for (const value of [0, 9, 3, 7, 1, 8]) {
            const begin = performance.now()
            input.value = value
            input.dispatchEvent(new Event("input", { bubbles: true }))
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
            times.push(performance.now() - begin)
          }
          return times
        }"""
    )
    assert sorted(took)[len(took) // 2] < 100


def test_play_goes_through_the_states_and_stops(page, address):
    page.goto(f"{address}{SMOOTHING}?width=17")
    caption(page, "width").get_by_text("average of 17 samples").wait_for()
    play = block(page, "width").locator(".play")
    play.click()
    assert play.inner_text() == "Stop"
    caption(page, "width").get_by_text("average of 65 samples").wait_for()
    assert play.inner_text() == "Play"


def test_nothing_plays_for_who_wants_no_motion(page, address):
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{address}{SOUND}")
    assert block(page, "width").locator("input").is_visible()
    assert not block(page, "width").locator(".play").is_visible()


def test_without_javascript_there_is_no_control_and_every_figure(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}{SOUND}")
    assert page.locator("form.try").count() >= 4
    assert not any(form.is_visible() for form in page.locator("form.try").all())
    assert caption(page, "width").is_visible()
    summary = page.locator(".fold summary").first
    summary.click()
    assert page.locator(".fold pre").first.is_visible()
    context.close()


def test_an_address_names_one_block_only(site):
    for name in PAGES:
        html = (site / name / "index.html").read_text("utf-8")
        parts = re.split(r'<h[1-4] id="', html)
        for part in parts:
            names = [
                sorted(set(re.findall(r' name="(\w+)"', form)))
                for form in re.findall(r'<form class="try".*?</form>', part)
            ]
            assert len(names) == len({tuple(n) for n in names}), (name, part[:40])


def test_what_a_state_shows_is_what_its_code_gives(page, site, address):
    """One state of each control on the convolution page, against a run of its own."""
    lines = text("convolution").splitlines()
    offered = [s for s in snippets.find(lines) if markup.offered(s)]
    page.route("**/assets/figures/*.js", lambda route: route.abort())  # figures don't wake
    page.goto(f"{address}convolution/")
    forms = page.locator("form.try")
    assert forms.count() == len(offered)
    for number, snippet in enumerate(offered):
        codes = states.codes(snippet.source.code, markup.offered(snippet))
        form = forms.nth(number)
        form.hover()
        name, files = form.get_attribute("data-states"), form.get_attribute("data-files")
        assert files == "1"
        kept = json.loads((site / f"assets/states/{name}-0.json").read_text("utf-8"))
        assert len(kept) == len(codes)
        form.locator("input").first.focus()
        page.keyboard.press("End" if form.locator("[type=range]").count() else "ArrowRight")
        page.wait_for_load_state("networkidle")
        shown = form.evaluate(
            "form => form.closest('.block').querySelector('.language-python code').textContent"
        )
        assert shown in codes
        assert shown != snippet.source.code
