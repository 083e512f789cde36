"""The window that slides over numbers: what it shows is what the package computes."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import expect

from convnotes.convolution import conv2d, conv_matrix

SET = """(states) => {
  const figure = document.querySelector("sliding-window")
  return JSON.stringify(states.map((state) => {
    figure.state = state
    return [figure.state, figure.result]
  }))
}"""  # as text: of numbers by the million Playwright makes an object each
MODES = ["zeros", "reflect", "replicate", "circular"]
NAMES = ["stride", "padding", "dilation", "padding_mode"]


@pytest.fixture
def figure(page, address):
    page.goto(f"{address}convolution/")
    figure = page.locator("sliding-window")
    figure.locator(".stage").wait_for()
    return figure


def made_of(page, states):
    """What the figure makes of each state: how it keeps it, and its result."""
    return json.loads(page.evaluate(SET, states))


def random_state(rng):
    size = int(rng.integers(1, 6))
    return {
        "image": rng.integers(0, 10, (6, 6)).tolist(),
        "kernel": rng.integers(-3, 4, (size, size)).tolist(),
        "stride": int(rng.integers(1, 4)),
        "padding": int(rng.integers(0, 5)),
        "dilation": int(rng.integers(1, 4)),
        "padding_mode": MODES[rng.integers(4)],
        "flip": bool(rng.integers(2)),
        "output": rng.integers(0, 15, 2).tolist(),
        "input": rng.integers(0, 6, 2).tolist(),
        "view": ["window", "stamp", "matrix"][rng.integers(3)],
    }


def layer(state):
    weight = np.array(state["kernel"], float)
    return np.array(state["image"], float), weight[::-1, ::-1] if state["flip"] else weight


def test_three_hundred_random_states_are_what_conv2d_makes_of_them(page, figure):
    rng = np.random.default_rng(0)
    states = [random_state(rng) for _ in range(400)]
    made = made_of(page, states)
    empty = 0
    for given, (state, result) in zip(states, made, strict=True):
        assert {name: state[name] for name in NAMES} == {name: given[name] for name in NAMES}
        image, weight = layer(state)
        options = {name: state[name] for name in NAMES}
        try:
            expected = conv2d(image[None, None], weight[None, None], **options)[0, 0]
        except ValueError:
            assert result["size"] == 0
            empty += 1
            continue
        assert_allclose(result["output"], expected, atol=1e-12)
        matrix = conv_matrix(weight[None, None], (1, 6, 6), **options)
        assert_allclose(result["matrix"], matrix, atol=1e-12)
        row, column = state["output"]
        assert result["sum"] == pytest.approx(expected[row, column])
        assert sum(tap["product"] for tap in result["window"]) == pytest.approx(result["sum"])
        r, c = state["input"]
        stamp = matrix[:, r * 6 + c].reshape(expected.shape)
        assert_allclose(result["stamp"], stamp, atol=1e-12)
    assert 5 < empty < 100


@pytest.mark.parametrize("preset", ["edge", "blur", "impulse"])
def test_presets_are_kernels_of_every_size(page, figure, preset):
    for size in range(1, 6):
        ((state, _),) = made_of(page, [{"preset": preset, "kernel_size": size}])
        kernel = np.array(state["kernel"])
        assert kernel.shape == (size, size)
        if preset == "edge":
            assert kernel.sum() == 0
            assert (np.diff(kernel, axis=1) >= 0).all()
        elif preset == "blur":
            assert_allclose(kernel, np.full((size, size), 1 / size**2))
        else:
            assert (kernel.sum(), (kernel != 0).sum()) == (1, 1)


def test_the_code_below_makes_the_output_that_is_seen(page, figure):
    rng = np.random.default_rng(1)
    for _ in range(5):
        state = random_state(rng) | {"dilation": 1}
        ((_, result),) = made_of(page, [state])
        page.wait_for_timeout(100)
        code = page.locator(".block:has(sliding-window) .highlight code").text_content()
        namespace = {}
        exec(code, namespace)
        plt.close("all")
        assert_allclose(namespace["output"], result["output"], atol=1e-12)


def test_keys_walk_over_the_output_and_its_window_follows(page, figure):
    outputs = figure.get_by_role("grid", name="Output")
    outputs.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    state = page.evaluate('document.querySelector("sliding-window").state')
    assert state["output"] == [3, 2]
    expect(figure.locator(".announced")).to_contain_text("Output at row 3, column 2")
    assert figure.locator(".terms").text_content().startswith("Output at row 3, column 2")
    active = outputs.get_attribute("aria-activedescendant")
    # Rows 3 to 5 and columns 2 to 4 of the picture: 7 + 8 + 8 on the right, 7 + 8 + 7 on the left.
    assert page.locator(f"#{active}").text_content() == "1"


def test_a_finger_moves_the_window_and_asks_where_an_input_goes(phone, swipe, address):
    phone.goto(f"{address}convolution/")
    figure = phone.locator("sliding-window")
    cell = phone.locator("#sliding-window-in-4-2")
    box = cell.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    swipe(middle, *[middle] * 5)  # it is drawn before the finger is lifted
    phone.wait_for_function("document.activeElement.id === '' && document.activeElement.role")
    assert figure.evaluate("figure => figure.state.output") == [3, 1]  # whose middle is tapped
    figure.get_by_role("button", name="More").tap()
    figure.get_by_text("an input", exact=True).tap()
    phone.locator("#sliding-window-in-3-3").tap()
    assert figure.evaluate("figure => figure.state.input") == [3, 3]
    expect(phone.locator("[id^=sliding-window-out].lit")).to_have_count(9)
    terms = figure.locator(".terms").text_content()
    assert "lies in 9 of 16 windows, in 3 of them with the weight 0" in terms
    box = cell.bounding_box()
    assert min(box["width"], box["height"]) >= 24


@pytest.mark.parametrize("flip", [False, True])
def test_weights_are_typed_and_the_kernel_loses_its_name(page, figure, flip):
    made_of(page, [{"flip": flip}])
    weight = figure.get_by_role("spinbutton", name="Weight, row 0, column 2")
    weight.fill("-2.5")
    state, result = made_of(page, [{}])[0]
    edge = np.tile([-1.0, 0, 1], (3, 1))
    shown = (edge[::-1, ::-1] if flip else edge).copy()
    shown[0, 2] = -2.5
    image = np.array(state["image"], float)
    expected = conv2d(image[None, None], shown[None, None])[0, 0]
    assert_allclose(result["output"], expected)
    assert state["preset"] == ""
    weight.fill("NaN")
    page.keyboard.press("Enter")
    expect(figure.get_by_role("alert")).to_contain_text("“NaN” is no weight")
    figure.get_by_role("radio", name="edge").check()
    assert made_of(page, [{}])[0][0]["kernel"] == edge.tolist()


def test_after_a_click_on_the_input_keys_move_the_window_on(page, figure):
    page.locator("#sliding-window-in-3-3").click()
    page.wait_for_function("document.activeElement.getAttribute('aria-label') === 'Output'")
    for key, place in {"ArrowRight": [2, 3], "ArrowUp": [1, 3]}.items():
        page.keyboard.press(key)
        assert figure.evaluate("figure => figure.state.output") == place


def test_a_kernel_keeps_its_name_when_its_size_goes_through_1(figure):
    for preset in ("impulse", "blur", "edge"):
        figure.get_by_text(preset, exact=True).click()
        for size in (1, 3):
            figure.evaluate("(figure, size) => { figure.state = { kernel_size: size } }", size)
            assert figure.evaluate("figure => figure.state.preset") == preset


def test_passing_by_with_the_tab_key_changes_nothing(page, figure):
    before = made_of(page, [{}])[0][0]
    figure.get_by_role("grid", name="Output").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
    assert made_of(page, [{}])[0][0] == before


def test_a_window_larger_than_the_input_has_no_place(page, figure):
    made_of(page, [{"kernel_size": 5, "dilation": 3}])
    expect(figure.locator(".formula")).to_have_text("A window of 13 has no place in 6 + 2·0.")


def test_every_other_picture_has_something_to_find(page, figure):
    for _ in range(20):
        figure.get_by_role("button", name="Another picture").click()
        image = np.array(made_of(page, [{}])[0][0]["image"])
        assert set(np.unique(image)) <= {1, 2, 7, 8}
        assert image.min() < 3 < image.max()
