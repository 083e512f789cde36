"""The curves to touch: values, slopes, what comes out for normal inputs, and thirty layers."""

import json
import re

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
X = "figure => figure.state.x"


@pytest.fixture
def figure(page, address):
    page.goto(f"{address}activations/")
    figure = page.locator("activation-desk")
    figure.locator(".stage").wait_for()
    return figure


def random_state(rng):
    x = rng.uniform(-6, 6)  # an address may hold any, and what is seen is the nearest 0.05
    return {
        "names": rng.choice(NAMES, rng.integers(1, 4), replace=False).tolist(),
        "x": round(0.05 * int(rng.integers(-120, 121)) if rng.random() < 0.8 else x, 4),
        "mean": round(0.1 * int(rng.integers(-30, 31)), 1),
        "spread": round(0.1 * int(rng.integers(3, 21)), 1),
    }


def test_values_and_slopes_of_three_hundred_random_states(page, figure):
    rng = np.random.default_rng(0)
    for state, result in page.evaluate(SET, [random_state(rng) for _ in range(300)]):
        for name, value, slope in zip(
            state["names"], result["values"], result["slopes"], strict=True
        ):
            f, x = ACTIVATIONS[name], state["x"]
            assert value == pytest.approx(float(f(x)), rel=1e-4, abs=1e-9), (name, state)
            assert slope == pytest.approx(float(f.derivative(x)), rel=1e-4, abs=1e-9), (name, state)


def test_every_activation_is_there(page, figure):
    first, more = (
        figure.locator("select").first.locator("optgroup").nth(n).locator("option")
        for n in range(2)
    )
    begin = first.all_text_contents()
    assert set(begin) == set(exported.DEEP)
    assert begin.index("identity") < begin.index("leaky_relu")
    assert sorted(begin + more.all_text_contents()) == NAMES


def test_what_comes_out_for_normal_inputs_to_the_digit_that_is_shown(page, figure):
    """Against a sum over half a million points of the bell curve, at no point of which it jumps."""
    rng = np.random.default_rng(1)
    edges = np.linspace(-8, 8, 500_001)
    z = (edges[1:] + edges[:-1]) / 2
    bell = np.exp(-(z**2) / 2)
    bell /= bell.sum()
    plain = [{"names": NAMES[n : n + 3], "x": 1, "mean": 0, "spread": 1} for n in range(0, 25, 3)]
    for state, result in page.evaluate(SET, plain + [random_state(rng) for _ in range(25)]):
        x = state["mean"] + state["spread"] * z
        for name, out in zip(state["names"], result["out"], strict=True):
            y, slope = ACTIVATIONS[name](x), ACTIVATIONS[name].derivative(x)
            sums = {
                "zeros": bell @ (y == 0), "flat": bell @ (abs(slope) < 0.01),
                "mean": bell @ y, "mean_square": bell @ y**2,
            }  # fmt: skip
            for what, expected in sums.items():
                near = {"rel": 2e-5, "abs": 2e-4 if what == "flat" else 2e-5}
                assert out[what] == pytest.approx(expected, **near), (what, name, state)
            assert dict(out["atoms"]).get(0, 0) == out["zeros"]
            found = np.zeros(12)
            for value, share in out["atoms"]:
                assert share == pytest.approx(bell @ (y == value), abs=2e-5), (name, state)
                y = np.where(y == value, np.nan, y)
            expected = np.histogram(y, bins=12, range=(-2, 4), weights=bell)[0]
            found = np.reshape(out["histogram"], (12, 5)).sum(axis=1)
            assert_allclose(found, expected, atol=3e-3, err_msg=f"{name} {state}")


@pytest.mark.parametrize(
    ("name", "zeros", "flat", "square"),
    [
        ("binary_step", "50 %", "100 %", "0.5"),
        ("gelu", "0 %", "2 %", "0.43"),
        ("relu", "50 %", "50 %", "0.5"),
        ("tanh", "0 %", "0 %", "0.39"),
        ("elu", "0 %", "0 %", "0.64"),
    ],
)
def test_what_is_read_of_many_inputs(page, figure, name, zeros, flat, square):
    figure.locator("select").first.select_option(name)
    cells = figure.locator(".told tbody td")
    expect(cells).to_have_text([re.compile(".+"), re.compile(".+"), zeros])
    figure.get_by_role("button", name="More").click()
    expect(cells).to_have_text([re.compile(".+"), re.compile(".+"), zeros, flat, square])


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
    figure.get_by_role("group", name="normalisation").get_by_text("yes").click()
    depths = json.loads((site / "assets/figures/depth.json").read_text("utf-8"))
    both = [depths[f"{name} own 0 1"] for name in ("relu", "sigmoid")]  # one to compare with
    for row, layers in zip(figure.locator(".told tbody tr").all(), both, strict=True):
        first, second = (layers[name][-1] for name in ("forward", "backward"))
        forward, backward, cosine = row.locator("td").all_text_contents()
        assert [float(forward), float(backward)] == pytest.approx([first, second], rel=0.05)
        assert float(cosine) == pytest.approx(layers["cosine"][-1], abs=0.005)
    state, result = page.evaluate(SET, [{}])[0]
    assert state["normalised"] is True
    assert result["deep"] == both


def test_what_is_not_computed_for_thirty_layers_cannot_be_chosen_there(page, figure):
    figure.get_by_label("Function 2").select_option("mish")
    figure.get_by_text("thirty layers").click()
    groups = figure.locator("select").nth(1).locator("optgroup")
    expect(groups.last).to_be_disabled()
    expect(groups.first).to_be_enabled()
    expect(figure.locator(".told tbody tr").nth(1)).to_have_text("mish–")
    expect(figure.locator(".announced")).to_contain_text("mish isn’t computed for thirty layers.")


def test_each_functions_own_gain_is_the_packages():
    depths = exported.depths()
    assert depths["relu own 0 0"] == depths["relu √2 0 0"]
    assert depths["identity own 1 0"] == depths["identity 1 1 0"]
    tanh = depths["tanh own 0 0"]["backward"][-1]
    assert 10 < tanh < depths["tanh 1.6 0 0"]["backward"][-1] * 1.3  # tenfold, as the lesson says
    assert depths["sigmoid own 0 0"]["backward"][-1] < 1e-12  # less than a trillionth


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
    assert figure.evaluate(X) == pytest.approx(-3, abs=0.06)
    figure.get_by_role("slider", name="one input").focus()
    page.keyboard.press("Home")
    assert figure.evaluate(X) == -6
    expect(figure.locator(".announced")).to_contain_text("relu(−6) = 0, slope 0")


def test_after_a_click_on_the_curve_keys_move_the_dot_on(page, figure):
    canvas = figure.locator("canvas").first
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.75, "y": 50})
    clicked = figure.evaluate(X)
    page.keyboard.press("ArrowLeft")
    assert 0 < clicked - figure.evaluate(X) < 0.1


def test_a_dot_above_the_plot_leaves_a_sign_at_its_edge(page, figure):
    ink = """(canvas, [x, share]) => {
      const across = Math.round(((x + 6) / 12) * canvas.width)
      const down = Math.round(share * canvas.height)
      return [...canvas.getContext("2d").getImageData(across, down, 1, 1).data]
    }"""
    inks = {}
    for x, share in ((1, 0.5), (4.5, 0.04), (5, 0.04), (-5, 0.04)):  # relu is 1, beyond, 0
        figure.evaluate("(figure, x) => { figure.state = { x } }", x)
        page.wait_for_timeout(50)
        inks[x] = figure.locator("canvas").first.evaluate(ink, [x, share])
    assert inks[4.5] == inks[5] == inks[1]
    assert inks[-5] != inks[1]


def test_a_finger_that_scrolls_leaves_the_dot_where_it_is(phone, swipe, address):
    phone.goto(f"{address}activations/")
    figure = phone.locator("activation-desk")
    canvas = figure.locator("canvas").first
    canvas.wait_for()
    box = canvas.bounding_box()
    left, top = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2

    swipe(*[(left, top - 20 * n) for n in range(6)])
    assert figure.evaluate(X) == 1
    phone.wait_for_timeout(500)  # the page glides on
    phone.evaluate("scrollTo(0, 0)")
    phone.wait_for_timeout(100)
    swipe(*[(left + 4 * n, top) for n in range(6)])
    assert -3 < figure.evaluate(X) < 0
    phone.wait_for_timeout(500)
    phone.touchscreen.tap(left, top)
    expect(figure.get_by_role("slider", name="one input")).to_have_value("-3")


def test_functions_keep_their_places_and_are_chosen_once(page, figure):
    figure.get_by_label("Function 2").select_option("gelu")
    figure.get_by_label("Function 3").select_option("tanh")
    third = figure.get_by_label("Function 3")
    colour = third.evaluate("select => getComputedStyle(select).color")
    expect(third.locator("option[value=gelu]")).to_be_disabled()
    figure.get_by_label("Function 2").select_option("")
    assert figure.evaluate("figure => figure.state.names") == ["relu", None, "tanh"]
    assert third.evaluate("select => getComputedStyle(select).color") == colour
    assert figure.evaluate("figure => figure.result.values[1]") is None
    expect(figure.locator(".told tbody tr")).to_have_count(2)
    figure.get_by_label("Function 3").select_option("")
    assert figure.evaluate("figure => figure.state.names") == ["relu"]


def test_what_is_drawn_is_told_in_words(page, figure):
    values, out, slopes = (figure.locator("canvas:visible").nth(n) for n in range(3))
    expect(values).to_have_attribute("aria-label", re.compile("relu is .*nearly flat from −6 to 0"))
    expect(out).to_have_attribute("aria-label", re.compile("relu, 50 % at 0, their mean 0.4"))
    expect(slopes).to_have_attribute("aria-label", re.compile("0 at −1, 1 at 1"))
