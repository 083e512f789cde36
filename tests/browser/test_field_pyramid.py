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


def test_twelve_layers_and_kernels_larger_than_the_input_are_shown(page, figure):
    layer = {"kernel_size": 9, "stride": 1, "padding": 4, "dilation": 1, "transposed": False}
    ((_, result),) = page.evaluate(SET, [{"layers": [layer] * 12, "row": 12}])
    assert result["size"] == 1 + 12 * 8
    ((state, result),) = page.evaluate(SET, [{"input_size": 2, "layers": [layer | {"padding": 0}]}])
    assert (result["counts"], state["unit"]) == ([2, 0], 0)
    expect(figure.locator("#field-pyramid-told")).to_contain_text("no unit")


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


@pytest.mark.parametrize("typed", ["99", "-3", "0", "2.5", "1e3", ""])
def test_a_number_that_cannot_be_comes_back_and_is_told(page, figure, typed):
    kernel = figure.get_by_role("group", name="Layer 2").get_by_label("kernel")
    kernel.fill(typed)
    kernel.press("Tab")
    used = figure.evaluate("figure => figure.state.layers[1].kernel_size")
    expect(kernel).to_have_value(str(used))
    expect(figure.get_by_role("alert")).to_have_text("A kernel is a whole number from 1 to 9.")


def test_the_layers_that_were_chosen_are_marked_until_they_are_changed(page, figure):
    chosen = figure.locator("button[aria-pressed=true]")
    expect(chosen).to_have_text(["a stride of 2"])
    figure.get_by_role("button", name="strided").click()
    expect(chosen).to_have_text(["strided"])
    figure.get_by_role("button", name="Remove layer 3").click()
    expect(chosen).to_have_count(0)


def test_what_cannot_be_drawn_is_refused_in_words(page, figure):
    problems = []
    page.on("pageerror", lambda problem: problems.append(problem))
    add = figure.get_by_role("button", name="Add a layer")
    for _ in range(10):
        add.click()
    expect(figure.get_by_role("alert")).to_contain_text("More than 12 layers")
    assert figure.evaluate("figure => figure.state.layers.length") == 12
    long = [{"kernel_size": 9, "stride": 4, "transposed": True}] * 2
    page.evaluate(SET, [{"layers": long[:1], "input_size": 64}])
    page.wait_for_timeout(100)
    figure.get_by_role("group", name="Layer 1").get_by_label("transposed").uncheck()
    figure.get_by_role("group", name="Layer 1").get_by_label("stride").fill("1")
    add.click()
    assert page.evaluate(SET, [{"layers": long}])[0][0].endswith("too many to draw")
    assert problems == []


def test_who_passes_over_the_units_looks_and_who_clicks_chooses(page, figure):
    told = figure.locator("#field-pyramid-told")
    rows = figure.get_by_role("application")
    width = rows.bounding_box()["width"]
    rows.hover(position={"x": width * 8.5 / 17, "y": 22})
    expect(told).to_contain_text("Unit 2 of layer 3")
    page.mouse.move(5, 5)
    expect(told).to_contain_text("Unit 1 of layer 3")
    rows.click(position={"x": width * 12.5 / 17, "y": 22})
    page.mouse.move(5, 5)
    expect(told).to_contain_text("Unit 4 of layer 3 sees pixels 8 to 16")


def plain(*kernels, **options):
    return [{"kernel_size": k} | options for k in kernels]


SAID = [
    # A field of 15 hangs over the border: what is read of it is 8 pixels.
    (
        {"layers": plain(3, 3, 3, stride=2, padding=1), "row": 3, "unit": 0},
        "Unit 0 of layer 3: a field of 15, from −7 to 7. It reads the 8 pixels 0 to 7.",
    ),
    (
        {"layers": plain(3, 3), "row": 2, "unit": 4},
        "It reads all of them, most weight within 4.6.",
    ),
    (
        {"layers": plain(3, 3, 3, dilation=2), "row": 3, "unit": 0},
        "a field of 13. It reads 7 of them, most weight within 11.3.",
    ),
    ({"layers": plain(3, padding=8), "row": 1, "unit": 0}, "It reads no pixel, only the padding."),
    (
        {"layers": plain(1, stride=2) + plain(1, stride=3, transposed=True), "row": 2, "unit": 1},
        "it sees no pixel",
    ),
    ({"layers": [], "row": 0, "unit": 3}, "No layer: a pixel sees itself (r = 1, j = 1)."),
]


@pytest.mark.parametrize(("state", "said"), SAID)
def test_what_is_said_of_a_unit_is_what_it_reads(page, figure, state, said):
    problems = []
    page.on("pageerror", lambda problem: problems.append(problem))
    ((_, result),) = page.evaluate(SET, [{"input_size": 17} | state])
    expect(figure.locator("#field-pyramid-told")).to_contain_text(said)
    if state["row"] and result["size"]:
        chain = read(result_layers(page))
        seen = support(chain, state["unit"], input_size=17)
        count = len(seen)
        assert {15: 8, 5: 5, 13: 7, 3: 0}[result["size"]] == count
        sigma = effective_variance(chain) ** 0.5
        assert "most weight" not in said or f"{4 * sigma:.1f}" in said
    assert problems == []


def result_layers(page):
    return page.evaluate('document.querySelector("field-pyramid").state.layers')


def test_the_lessons_links_open_what_they_speak_of(page, figure):
    told = figure.locator("#field-pyramid-told")
    page.get_by_role("link", name="together eight").click()
    expect(told).to_contain_text("sees pixels 0 to 7: a field of 8")
    page.get_by_role("link", name="hangs over the border").click()
    expect(told).to_contain_text("from −2 to 8. It reads the 9 pixels 0 to 8")
    page.get_by_role("link", name="stay empty").click()
    expect(told).to_contain_text("a field of 25. It reads 21 of them")
