"""The frame on the photograph: fields of known networks, as the package computes them."""

import numpy as np
import pytest
from playwright.sync_api import expect

from convnotes.receptive_field import effective_variance, networks, receptive_field

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
        layers = nets[state["network"]][: state["depth"]]
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
    expect(figure.locator(".stage > p")).to_contain_text("lie on the photograph")


def test_keys_step_from_unit_to_unit_and_the_code_follows(page, figure):
    page.evaluate(SET, [{"network": "vgg(16)", "depth": 10, "pixel": [60, 60]}])
    before = page.evaluate('document.querySelector("field-photo").result.unit')
    figure.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    after = page.evaluate('document.querySelector("field-photo").result.unit')
    assert after == [before[0], before[1] + 1]
    code = page.locator(".block:has(field-photo) .highlight code")
    expect(code).to_contain_text("networks.vgg(16)[:depth]")
    expect(code).to_contain_text(f"unit = {after[0]}, {after[1]}")
