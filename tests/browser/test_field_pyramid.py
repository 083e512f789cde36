"""The rows of units: what the figure says of each is what the package says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import expect

from convnotes.convolution import conv1d, conv2d, conv_transpose2d
from convnotes.receptive_field import (
    ConvTranspose,
    Layer,
    effective_variance,
    receptive_field,
    support,
)

SET = """(states) => {
  const figure = document.querySelector("field-pyramid")
  return states.map((state) => {
    try {
      figure.state = state
    } catch (problem) {
      return [problem.message]
    }
    return [figure.state, figure.result]
  })
}"""


@pytest.fixture
def figure(page, address):
    page.goto(f"{address}receptive-field/")
    figure = page.locator("field-pyramid")
    figure.scroll_into_view_if_needed()
    figure.locator(".stage").wait_for()
    return figure


def random_layer(rng, transposed):
    return {
        "kernel_size": int(rng.integers(1, 6)),
        "stride": int(rng.integers(1, 4)),
        "padding": int(rng.integers(0, 4)),
        "dilation": int(rng.integers(1, 4)),
        "transposed": bool(transposed),
    }


def random_state(rng):
    count = int(rng.integers(0, 6))
    transposed = rng.random(count) < (0.3 if rng.integers(2) else 0)
    layers = [random_layer(rng, each) for each in transposed]
    size = int(rng.integers(1, 65))
    row = int(rng.integers(0, count + 1))
    return {"layers": layers, "input_size": size, "row": row, "unit": int(rng.integers(0, 40))}


def read(layers):
    return [
        (ConvTranspose if each["transposed"] else Layer)(
            each["kernel_size"],
            each["stride"],
            padding=each["padding"],
            dilation=each["dilation"],
        )
        for each in layers
    ]


def sigma_of(chain, unit):
    """Of the weights; NaN where a unit on the way sees nothing, of which no average is defined."""
    try:
        return effective_variance(chain, unit) ** 0.5
    except ValueError:
        return np.nan


PLAIN = {"stride": 1, "padding": 0, "dilation": 1}  # on the axis that isn't looked at


def sizes_by_layers(layers, size):
    """How many units each row has, by running layers of `convnotes.convolution`."""
    rows = [np.ones((1, 1, 1, size))]
    for each in layers:
        run = conv_transpose2d if each["transposed"] else conv2d
        kernel = np.ones((1, 1, 1, each["kernel_size"]))
        options = {name: (plain, each[name]) for name, plain in PLAIN.items()}
        try:
            rows.append(run(rows[-1], kernel, **options))
        except ValueError:  # the kernel is larger than its input
            break
    return [row.shape[-1] for row in rows]


def test_four_hundred_random_chains_are_what_the_package_says(page, figure):
    rng = np.random.default_rng(0)
    states = [random_state(rng) for _ in range(400)]
    checked = 0
    for answer in page.evaluate(SET, states):
        if len(answer) == 1:
            assert "units in a row are too many to draw" in answer[0]
            continue
        state, result = answer
        counts = sizes_by_layers(state["layers"], state["input_size"])
        assert result["counts"][: len(counts)] == counts
        assert not any(result["counts"][len(counts) :])
        if not result["counts"][state["row"]]:
            continue
        checked += 1
        chain, unit = read(state["layers"][: state["row"]]), state["unit"]
        box = receptive_field(chain).box(unit)
        assert (box or (None, None)) == (result["first"], result["last"])
        if box:
            assert result["size"] == box[1] - box[0] + 1
            sigma = sigma_of(chain, unit)
            assert np.isnan(sigma) or result["deviation"] == pytest.approx(sigma, abs=1e-9)
        seen = support(chain, unit, input_size=state["input_size"]).tolist()
        assert sorted(pixel for pixel, _ in result["below"][-1]) == seen
    assert checked > 250


def test_the_weights_are_those_of_a_chain_of_means(page, figure):
    rng = np.random.default_rng(1)
    for _ in range(30):
        layers = [random_layer(rng, False) for _ in range(3)]
        state = {"layers": layers, "input_size": 60, "row": 3, "unit": 3}
        ((state, result),) = page.evaluate(SET, [state])
        if not result["counts"][3]:
            continue
        y = np.eye(60)[:, None]  # a batch of single ones
        for each in layers:
            kernel = np.full((1, 1, each["kernel_size"]), 1 / each["kernel_size"])
            options = {name: each[name] for name in ("stride", "padding", "dilation")}
            y = conv1d(y, kernel, **options)
        weights = np.zeros(60)
        for pixel, weight in result["below"][-1]:
            weights[pixel] = weight
        assert_allclose(weights, y[:, 0, state["unit"]], atol=1e-12)


def test_whom_a_unit_reaches_is_who_sees_it(page, figure):
    rng = np.random.default_rng(2)
    for _ in range(30):
        state = random_state(rng) | {"row": 0}
        (answer,) = page.evaluate(SET, [state])
        if len(answer) == 1 or not answer[1]["counts"][-1]:
            continue
        state, result = answer
        chain = read(state["layers"])
        seeing = [
            unit
            for unit in range(result["counts"][-1])
            if state["unit"] in support(chain, unit, input_size=state["input_size"])
        ]
        assert sorted(result["above"][-1]) == seeing


def test_thirty_layers_and_kernels_larger_than_the_input_are_shown(page, figure):
    layer = {"kernel_size": 9, "stride": 1, "padding": 4, "dilation": 1, "transposed": False}
    ((_, result),) = page.evaluate(SET, [{"layers": [layer] * 30, "row": 30}])
    assert result["size"] == 1 + 30 * 8
    ((state, result),) = page.evaluate(SET, [{"input_size": 2, "layers": [layer | {"padding": 0}]}])
    assert (result["counts"], state["unit"]) == ([2, 0], 0)
    expect(figure.locator(".stage > p").first).to_contain_text("no unit")


def test_the_code_below_draws_the_same_unit(page, figure):
    layers = [
        {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1, "transposed": False},
        {"kernel_size": 4, "stride": 2, "padding": 1, "dilation": 1, "transposed": True},
    ]
    ((_, result),) = page.evaluate(SET, [{"layers": layers, "row": 2, "unit": 4}])
    expect(page.locator(".block:has(field-pyramid) .highlight code")).to_contain_text("Transpose(4")
    code = page.locator(".block:has(field-pyramid) .highlight code").text_content()
    namespace = {}
    exec(code, namespace)
    plt.close("all")
    assert namespace["field"].box(namespace["unit"]) == (result["first"], result["last"])


def test_keys_turn_to_other_units_and_rows(page, figure):
    layer = {"kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1, "transposed": False}
    page.evaluate(SET, [{"layers": [layer] * 3, "row": 3, "unit": 5}])
    figure.get_by_role("application").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    state = page.evaluate('document.querySelector("field-pyramid").state')
    # Unit 6 of layer 3 stands over unit 7 of layer 2 and unit 8 of layer 1.
    assert (state["row"], state["unit"]) == (1, 7)
    expect(figure.locator(".announced")).to_contain_text("Unit 7 of layer 1 sees pixels 7 to 9")


def test_layers_are_changed_moved_and_removed(page, figure):
    figure.get_by_role("button", name="Layer 2 earlier").click()
    figure.get_by_role("button", name="Remove layer 3").click()
    layers = page.evaluate('document.querySelector("field-pyramid").state.layers')
    assert [each["stride"] for each in layers] == [2, 1]
    figure.get_by_label("kernel").first.fill("")  # half typed
    figure.get_by_label("kernel").first.fill("99")
    layers = page.evaluate('document.querySelector("field-pyramid").state.layers')
    assert layers[0]["kernel_size"] == 3
