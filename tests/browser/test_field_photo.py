"""The frame on the photograph: fields of known networks, as the package computes them."""

import numpy as np
import pytest
from playwright.sync_api import expect

from convnotes.receptive_field import (
    effective_field,
    effective_variance,
    networks,
    receptive_field,
)

SET = """(states) => {
  const figure = document.querySelector("field-photo")
  return states.map((state) => {
    figure.state = state
    return [figure.state, figure.result]
  })
}"""
CALLS = ["vgg(16)", "alexnet()", "resnet(18)", "resnet(50)", "mobilenet_v1()", "googlenet()"]


@pytest.fixture
def figure(page, address):
    page.goto(f"{address}receptive-field/")
    figure = page.locator("field-photo")
    figure.scroll_into_view_if_needed()
    figure.locator(".stage").wait_for()
    return figure


def test_three_hundred_random_units_have_the_packages_fields(page, figure):
    rng = np.random.default_rng(0)
    nets = {call: eval(call, vars(networks)) for call in CALLS}
    states = [
        {
            "network": CALLS[rng.integers(len(CALLS))],
            "depth": int(rng.integers(1, 28)),
            "pixel": rng.integers(0, 128, 2).tolist(),
        }
        for _ in range(300)
    ]
    for state, result in page.evaluate(SET, states):
        layers = nets[state["network"]][: result["depth"]]
        field = receptive_field(layers)
        boxes = [list(field.box(unit)) for unit in result["unit"]]
        assert result["box"] == boxes
        for pixel, unit, centre in zip(
            state["pixel"], result["unit"], result["centre"], strict=True
        ):
            assert centre == sum(field.box(unit)) / 2
            assert abs(pixel - centre) <= field.stride / 2 or unit == 0
        sigma = effective_variance(layers) ** 0.5
        assert result["sigma"] == pytest.approx(sigma, abs=1e-3)


def test_published_sizes_are_shown(page, figure):
    # 212 for VGG-16 and 427 for ResNet-50 (v1.5) before their pooling over everything.
    shown = page.evaluate(SET, [{"network": c, "depth": 18} for c in ("vgg(16)", "resnet(50)")])
    assert [result["size"] for _, result in shown] == [212, 427]
    expect(figure.locator("#field-photo-told")).to_contain_text("lie on the photograph")


def test_keys_step_from_unit_to_unit_and_the_code_follows(page, figure):
    page.evaluate(SET, [{"network": "vgg(16)", "depth": 10, "pixel": [60, 60]}])
    before = page.evaluate('document.querySelector("field-photo").result.unit')
    figure.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    after = page.evaluate('document.querySelector("field-photo").result.unit')
    assert after == [before[0], before[1] + 1]
    code = page.locator(".block:has(field-photo) .highlight code")
    expect(code).to_contain_text("networks.vgg(16)[:depth]")
    expect(code).to_contain_text(f"unit = {after[0]}, {after[1]}")


SUMS = """figure => {
  const { weights } = figure.influence
  const side = Math.sqrt(weights.length)
  const places = Array.from({ length: side }, (_, n) => n)
  return {
    middle: places.map((n) => weights[Math.floor(side / 2) * side + n]),
    diagonal: places.map((n) => weights[n * side + n]),
    across: places.map((n) => places.reduce((sum, row) => sum + weights[row * side + n], 0)),
  }
}"""


@pytest.mark.parametrize(
    ("call", "depth"),
    [
        ("vgg(16)", 3),
        ("vgg(16)", 13),
        ("alexnet()", 4),
        ("resnet(18)", 6),
        ("resnet(50)", 10),
        ("mobilenet_v1()", 12),
        ("googlenet()", 7),
    ],
)
def test_pixels_are_tinted_by_what_the_package_says_they_count(page, figure, call, depth):
    page.evaluate(SET, [{"network": call, "depth": depth}])
    layers = eval(call, vars(networks))[:depth]
    field = receptive_field(layers)
    unit = 160 // field.stride
    first, last = field.box(unit)
    weight = effective_field(layers, (unit, unit), input_size=320)
    seen = weight[first : last + 1, first : last + 1]
    assert seen.sum() == pytest.approx(1)
    sums = figure.evaluate(SUMS)
    np.testing.assert_allclose(sums["middle"], seen[len(seen) // 2], atol=1e-12)
    np.testing.assert_allclose(sums["diagonal"], np.diag(seen), atol=1e-12)
    np.testing.assert_allclose(sums["across"], seen.sum(axis=0), atol=1e-12)


def test_every_layers_tint_is_as_wide_as_its_frame_and_spread_as_its_square(page, figure):
    for call in CALLS:
        depth = figure.evaluate(
            "(figure, network) => { figure.state = { network, depth: 27 }; "
            "return figure.result.depth }",
            call,
        )
        ((_, result),) = page.evaluate(SET, [{"depth": depth}])
        across = np.array(figure.evaluate(SUMS)["across"])
        place = np.arange(across.size) - (across.size - 1) / 2
        assert across.size == result["size"]
        assert (across @ place**2) ** 0.5 == pytest.approx(result["sigma"], abs=1e-3)


def test_who_passes_over_the_picture_looks_and_who_clicks_chooses(page, figure):
    told = figure.locator("#field-photo-told")
    before = figure.evaluate("figure => figure.state")
    picture = figure.locator(".picture")
    picture.hover(position={"x": 60, "y": 60})
    expect(told).to_contain_text("lie on the photograph")
    assert figure.evaluate("figure => figure.state") == before
    page.mouse.move(5, 5)
    expect(told).not_to_contain_text("lie on the photograph")
    picture.click(position={"x": 60, "y": 60})
    chosen = figure.evaluate("figure => figure.state.pixel")
    assert chosen != before["pixel"]
    page.mouse.move(5, 5)  # as on the way to the slider
    expect(told).to_contain_text("lie on the photograph")
    assert figure.evaluate("figure => figure.state.pixel") == chosen
    assert "network" not in page.url
    page.keyboard.press("ArrowDown")  # it has the focus, and the page stays
    assert figure.evaluate("figure => figure.state.pixel[0]") > chosen[0]


def test_a_finger_that_scrolls_leaves_the_unit_alone_and_one_that_taps_chooses(
    phone, swipe, address
):
    phone.goto(f"{address}receptive-field/")
    canvas = phone.locator("field-photo canvas")
    canvas.wait_for()
    pixel = "document.querySelector('field-photo').state.pixel"
    before = phone.evaluate(pixel)
    box = canvas.bounding_box()
    x, y = box["x"] + 60, box["y"] + 200
    swipe(*[(x, y - moved) for moved in range(0, 180, 15)])
    phone.wait_for_function("scrollY > 50")
    assert phone.evaluate(pixel) == before
    canvas.tap(position={"x": 60, "y": 150})
    assert phone.evaluate(pixel) != before


def test_where_the_field_goes_on_outside_is_said(page, figure):
    told = figure.locator("#field-photo-told")
    states = [({"pixel": [56, 64]}, False), ({"pixel": [127, 127]}, True), ({"depth": 18}, True)]
    for state, outside in states:
        page.evaluate(SET, [{"network": "vgg(16)", "depth": 13} | state])
        contains = expect(told).to_contain_text if outside else expect(told).not_to_contain_text
        contains("triangles")
    expect(told).to_contain_text("VGG-16, layer 18 of 18 (pool5): the number at row")


def test_networks_are_compared_at_the_depth_that_was_asked_for(page, figure):
    slider = figure.get_by_role("slider", name="layer")
    page.evaluate(SET, [{"depth": 18}])
    network = figure.get_by_label("network")
    network.select_option("AlexNet")
    expect(slider).to_have_attribute("aria-valuetext", "pool5, 8 of 8")
    network.select_option("ResNet-50")
    expect(slider).to_have_attribute("aria-valuetext", "layer4.2, 18 of 18")
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "layer4.1, 17 of 18")


def test_home_and_end_turn_to_the_photographs_borders(page, figure):
    figure.get_by_role("application").focus()
    scrolled = page.evaluate("scrollY")
    unit = "figure => figure.result.unit"
    for keys, corner in ((("End", "PageDown"), [127, 127]), (("Home", "PageUp"), [0, 0])):
        for key in keys:
            page.keyboard.press(key)
        turned = figure.evaluate(unit)
        page.evaluate(SET, [{"pixel": corner}])
        assert turned == figure.evaluate(unit)
    assert page.evaluate("scrollY") == scrolled
