"""The curves to touch: values, slopes, what comes out for normal inputs, and thirty layers."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import expect

from convnotes.activations import ACTIVATIONS
from convnotes.site.exports import activations as exported

SET = """(states) => {
  const figure = document.querySelector("activation-desk")
  return states.map((state) => {
    figure.state = state
    return [figure.state, figure.result]
  })
}"""
NAMES = sorted(ACTIVATIONS)


@pytest.fixture
def figure(page, address):
    page.goto(f"{address}activations/")
    figure = page.locator("activation-desk")
    figure.locator(".stage").wait_for()
    return figure


def random_state(rng):
    return {
        "names": rng.choice(NAMES, rng.integers(1, 4), replace=False).tolist(),
        "x": round(0.05 * int(rng.integers(-120, 121)), 2),
        "mean": round(0.1 * int(rng.integers(-30, 31)), 1),
        "spread": round(0.1 * int(rng.integers(3, 21)), 1),
    }


def test_values_and_slopes_of_three_hundred_random_states(page, figure):
    rng = np.random.default_rng(0)
    for state, result in page.evaluate(SET, [random_state(rng) for _ in range(300)]):
        for name, value, slope in zip(
            state["names"], result["values"], result["slopes"], strict=True
        ):
            f = ACTIVATIONS[name]
            assert value == pytest.approx(float(f(state["x"])), rel=1e-4, abs=1e-9), (name, state)
            expected = float(f.derivative(state["x"]))
            assert slope == pytest.approx(expected, rel=1e-4, abs=1e-9), (name, state)


def test_every_activation_is_there(page, figure):
    options = figure.locator("select").first.locator("option").all_text_contents()
    assert sorted(options) == NAMES


def test_what_comes_out_for_normal_inputs(page, figure):
    """Against a sum over two million points of the bell curve."""
    rng = np.random.default_rng(1)
    z = np.linspace(-9, 9, 2_000_001)
    bell = np.exp(-(z**2) / 2)
    bell /= bell.sum()
    for state, result in page.evaluate(SET, [random_state(rng) for _ in range(25)]):
        x = np.clip(state["mean"] + state["spread"] * z, -12, 12)
        for name, out in zip(state["names"], result["out"], strict=True):
            y, slope = ACTIVATIONS[name](x), ACTIVATIONS[name].derivative(x)
            # The curve is known every 0.05; at a jump, so is the share of inputs on each side.
            jumps = name in ("binary_step", "hardshrink", "threshold")
            near = 0.02 / state["spread"] if jumps else 2e-3
            assert out["zeros"] == pytest.approx(bell @ (y == 0), abs=near), (name, state)
            assert out["flat"] == pytest.approx(bell @ (abs(slope) < 0.01), abs=0.02), (name, state)
            assert out["mean"] == pytest.approx(bell @ y, rel=5e-3, abs=near + 5e-3), (name, state)
            square = bell @ y**2
            assert out["mean_square"] == pytest.approx(square, rel=5e-3, abs=near + 5e-3)
            assert sum(out["histogram"]) <= 1 + 1e-6
            low = np.histogram(y, bins=9, range=(-3, 6), weights=bell)[0]
            found = np.reshape(out["histogram"], (9, 10)).sum(axis=1)
            # A flat piece may stand on the border of two bins.
            assert_allclose(np.cumsum(found)[2:], np.cumsum(low)[2:], atol=0.6)
            assert found.sum() == pytest.approx(low.sum(), abs=0.02)


def test_thirty_layers_are_what_pytorch_makes_of_them():
    torch = pytest.importorskip("torch")
    functions = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
    weights = np.random.default_rng(0).normal(0, 128**-0.5, (30, 128, 128))
    depths = exported.depths()
    for name, residual, normal in [
        ("relu", 0, 0), ("tanh", 0, 1), ("sigmoid", 1, 0), ("relu", 1, 1),
    ]:  # fmt: skip
        rng = np.random.default_rng(1)
        x = torch.tensor(rng.normal(size=(8, 128)), requires_grad=True)
        layers = [x]
        for weight in weights:
            before = layers[-1]
            scaled = torch.nn.functional.layer_norm(before, (128,), eps=1e-6) if normal else before
            y = functions[name](scaled @ torch.tensor(2**0.5 * weight))
            layers.append(y + before if residual else y)
            layers[-1].retain_grad()
        layers[-1].backward(torch.tensor(rng.normal(size=(8, 128))))
        found = depths[f"{name} √2 {residual} {normal}"]
        forward = [float((layer.detach() ** 2).mean().sqrt()) for layer in layers]
        backward = [float((layer.grad**2).mean().sqrt()) for layer in reversed(layers)]
        cosines = [float(torch.cosine_similarity(*layer[:2].detach(), dim=0)) for layer in layers]
        assert_allclose(found["forward"], forward, rtol=1e-4)
        assert_allclose(found["backward"], backward, rtol=1e-4)
        assert_allclose(found["cosine"], cosines, rtol=1e-3, atol=1e-4)


def test_the_view_of_thirty_layers_shows_what_the_build_computed(page, site, figure):
    figure.get_by_text("thirty layers").click()
    figure.get_by_text("normalisation").locator("..").get_by_text("yes").click()
    expect(figure.locator(".stage > p")).to_contain_text("relu: after 30 layers")
    state, result = page.evaluate(SET, [{}])[0]
    assert state["normalised"] is True
    depths = json.loads((site / "assets/figures/depth.json").read_text("utf-8"))
    assert result["deep"] == [depths["relu √2 0 1"]]


def test_the_code_below_gives_the_same_value_and_slope(page, figure):
    ((_, result),) = page.evaluate(SET, [{"names": ["gelu", "tanh"], "x": -0.75}])
    code = page.locator(".block:has(activation-desk) .highlight code")
    expect(code).to_contain_text('name = "gelu"')
    namespace = {}
    exec(code.text_content(), namespace)
    plt.close("all")
    assert namespace["height"] == pytest.approx(result["values"][0], rel=1e-4)
    assert namespace["slope"] == pytest.approx(result["slopes"][0], rel=1e-4)


def test_a_pointer_drags_x_and_keys_move_it(page, figure):
    canvas = figure.locator("canvas").first
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 50)
    x = page.evaluate('document.querySelector("activation-desk").state.x')
    assert x == pytest.approx(-3, abs=0.06)
    figure.get_by_role("slider", name="x", exact=True).focus()
    page.keyboard.press("Home")
    assert page.evaluate('document.querySelector("activation-desk").state.x') == -6
    expect(figure.locator(".announced")).to_contain_text("relu(−6) = 0, slope 0")


def test_functions_are_chosen_and_taken_away(page, figure):
    figure.get_by_label("Function 2").select_option("gelu")
    figure.get_by_label("Function 3").select_option("tanh")
    figure.get_by_label("Function 2").select_option("")
    state = page.evaluate('document.querySelector("activation-desk").state')
    assert state["names"] == ["relu", "tanh"]
