"""The copy button: what it copies, and whether everybody can see it and hit it."""

import doctest
import re

import numpy as np
import pytest

from tests.topics import ROOT

COPY = """
  bar => {
    let copied
    navigator.clipboard.writeText = async (text) => { copied = text }
    bar.querySelector(".copy").click()
    return copied
  }
"""


def test_a_command_is_copied_without_its_prompt(page, address):
    page.goto(address)
    block = page.locator(".language-console").first
    shown = block.locator("code").text_content()
    assert shown.startswith("$ pip install ")
    assert block.locator(".bar").evaluate(COPY) == shown.removeprefix("$ ").rstrip()


def test_examples_of_the_reference_are_copied_as_what_one_types(page, address):
    rooms = sorted(path.stem for path in (ROOT / "docs/reference").glob("*.md"))
    count = 0
    for room in rooms:
        page.goto(f"{address}reference/{room}/")
        for block in page.locator(".language-pycon.highlight").all():
            shown = block.locator("code").text_content()
            typed = "".join(e.source for e in doctest.DocTestParser().get_examples(shown))
            assert block.locator(".bar").evaluate(COPY) == typed.rstrip("\n")
            count += 1
    assert count > 80


def test_what_is_copied_from_an_example_runs(page, address):
    page.goto(f"{address}reference/kernels/")
    bars = page.locator(".language-pycon.highlight .bar").all()
    assert len(bars) > 15
    for bar in bars:
        exec(bar.evaluate(COPY), {})


SEEN = """
  buttons => buttons.filter(b => b.checkVisibility()).map(button => {
    const { left, right, top, bottom } = button.getBoundingClientRect()
    const code = button.closest(".fold")?.querySelector("summary")
      ?? button.closest(".highlight").querySelector("code")
    const lines = document.createRange()
    lines.selectNodeContents(code)
    const covers = [...lines.getClientRects()].some((line) => line.width
      && line.left < right && line.right > left && line.top < bottom && line.bottom > top)
    const icon = getComputedStyle(button, "::after").backgroundColor
    const below = getComputedStyle(code).backgroundColor
    return { size: Math.min(right - left, bottom - top), covers, icon, below,
             paper: getComputedStyle(document.body).backgroundColor }
  })
"""


def luminance(colour):
    share = np.array(colour) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def painted(*colours):
    """What CSS colours look like, each painted over the one before; the first is opaque."""
    seen = np.zeros(3)
    for colour in colours:
        *channels, alpha = [*map(float, re.findall(r"[\d.]+", colour)), 1.0][:4]
        seen = alpha * np.array(channels) + (1 - alpha) * seen
    return seen


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "touch", "least"), [(1280, False, 24), (390, True, 44)])
def test_it_is_seen_and_hit_and_covers_no_code(browser, address, scheme, width, touch, least):
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, has_touch=touch,
        is_mobile=touch,
    )  # fmt: skip
    page = context.new_page()
    for path in ("", "kernels/", "labs/smoothing/", "reference/kernels/"):
        page.goto(address + path)
        seen = page.locator(".bar .copy").evaluate_all(SEEN)
        assert seen, path
        for button in seen:
            ground = painted(button["paper"], button["below"])
            icon = painted(button["paper"], button["below"], button["icon"])
            assert contrast(icon, ground) >= 3
        assert min(button["size"] for button in seen) >= least
        assert not any(button["covers"] for button in seen)
    context.close()
