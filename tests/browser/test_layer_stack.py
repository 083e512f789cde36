"""A stack beside one large kernel: the figure's numbers are the package's."""

import math
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from playwright.sync_api import expect

from convnotes.three_by_three import Conv, cost, rank_of_stack

SET = """(states) => {
  const figure = document.querySelector("layer-stack")
  return states.map((state) => {
    figure.state = state
    return [figure.state, figure.result]
  })
}"""
KINDS = ["dense", "grouped", "depthwise separable", "bottleneck"]
WIDE = {"c_in": 64, "channels": 64}


@pytest.fixture
def figure(page, address):
    page.goto(f"{address}three-by-three/")
    figure = page.locator("layer-stack")
    figure.locator(".stage").wait_for()
    return figure


def random_state(rng):
    return {
        "depth": int(rng.integers(1, 16)),
        "kernel_size": int(rng.choice([1, 3, 5, 7])),
        "c_in": int(rng.integers(1, 513)),
        "channels": int(rng.integers(1, 129)) * int(rng.choice([1, 4])),
        "size": int(rng.integers(1, 513)),
        "kind": KINDS[rng.integers(4)],
    }


def convs(kind, c_in, c_out, k):
    """One layer of a kind, from the papers' descriptions: MobileNet's, ResNet's."""

    def conv(a, b, k, groups=1):
        return Conv(a, b, k, padding=k // 2, groups=groups, bias=False)

    if kind == "depthwise separable":
        return [conv(c_in, c_in, k, c_in), conv(c_in, c_out, 1)]
    if kind == "bottleneck":
        middle = max(1, c_out // 4)
        return [conv(c_in, middle, 1), conv(middle, middle, k), conv(middle, c_out, 1)]
    return [conv(c_in, c_out, k, math.gcd(4, c_in, c_out) if kind == "grouped" else 1)]


def designs(state):
    kind, k, channels = state["kind"], state["kernel_size"], state["channels"]
    before = [state["c_in"], *[channels] * (state["depth"] - 1)]
    stack = [part for c_in in before for part in convs(kind, c_in, channels, k)]
    return stack, convs(kind, state["c_in"], channels, state["depth"] * (k - 1) + 1)


def test_three_hundred_random_stacks_cost_what_the_package_says(page, figure):
    rng = np.random.default_rng(0)
    states = [random_state(rng) for _ in range(300)]
    for state, result in page.evaluate(SET, states):
        for name, design in zip(("stack", "large"), designs(state), strict=True):
            expected = cost(*design, size=state["size"])
            directions = {"directions": result[name]["directions"]}
            assert result[name] == expected._asdict() | directions


def test_more_controls_do_not_cover_the_first_on_a_phone_on_its_side(phone, address):
    phone.set_viewport_size({"width": 844, "height": 390})
    phone.goto(f"{address}three-by-three/")
    figure = phone.locator("layer-stack")
    figure.locator(".stage").wait_for()
    figure.get_by_role("button", name="More", exact=True).tap()
    figure.evaluate("figure => figure.scrollIntoView()")
    first, more = (strip.bounding_box() for strip in figure.locator(".controls:visible").all())
    assert first["y"] + first["height"] <= 391
    assert more["y"] >= first["y"] + first["height"] - 8.1  # their padding may meet


def parameters(*layers):
    return cost(*layers, size=1).parameters


def test_the_crossing_is_where_the_stack_begins_to_save(page, figure):
    rng = np.random.default_rng(1)
    states = [random_state(rng) for _ in range(40)]
    for state, result in page.evaluate(SET, states):
        kind, k, channels = state["kind"], state["kernel_size"], state["channels"]
        later = (state["depth"] - 1) * parameters(*convs(kind, channels, channels, k))
        reach = state["depth"] * (k - 1) + 1
        last = 0
        for c in range(1, 513):
            stack = parameters(*convs(kind, c, channels, k)) + later
            if stack >= parameters(*convs(kind, c, channels, reach)):
                last = c
        assert result["crossing"] == (last + 1 if last < 512 else None)


def test_three_layers_of_64_save_from_29_input_channels_on(page, figure):
    # 9·64·(c + 2·64) < 49·64·c, so 1152 < 40 c.
    ((_, result),) = page.evaluate(SET, [{"depth": 3, "channels": 64, "kind": "dense"}])
    assert result["crossing"] == 29
    expect(figure.locator(".stage p").first).to_contain_text(
        "fewer from 29 channels in on (here 64)"
    )


@pytest.mark.parametrize("depth", range(1, 7))
def test_directions_are_those_of_the_jacobian(page, figure, depth):
    one = {"depth": depth, "c_in": 1, "channels": 1}
    wide, narrow, uneven = [WIDE | {"depth": depth}, one, one | {"c_in": 2}]
    (_, many), (_, few), (_, none) = page.evaluate(SET, [wide, narrow, uneven])
    assert few["stack"]["directions"] == rank_of_stack(depth)
    assert many["stack"]["directions"] == 64**2 * rank_of_stack(depth)
    assert many["large"]["directions"] == 64**2 * (2 * depth + 1) ** 2
    assert none["stack"]["directions"] is none["large"]["directions"] is None


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"more": True}, "25 of 49 directions"),
        ({"kind": "depthwise separable"}, "Each layer is a depthwise 3×3 and a 1×1."),
        ({"kind": "bottleneck"}, "a 1×1 to 16 channels, a 3×3, and a 1×1 to 64."),
        ({"kind": "grouped"}, "Each layer has 4 groups."),
        ({"kind": "grouped", "channels": 62}, "Each layer has 2 groups."),
        ({"kind": "grouped", "channels": 7}, "Each layer has 1 group, as if dense."),
        (
            {"kind": "grouped", "c_in": 3},
            "first layer has 1 group, as if dense, each other 4 groups.",
        ),
        ({"depth": 15, "size": 30}, "The 31×31 is larger than the image."),
    ],
)
def test_it_is_said_what_each_layer_is(figure, state, said):
    figure.evaluate("(figure, state) => { figure.state = state }", state)
    expect(figure.locator(".stage p").first).to_contain_text(said)


def test_directions_are_only_told_where_they_are_known(figure):
    told = figure.locator(".stage p").first
    for state in {"c_in": 63}, {"kind": "grouped", "c_in": 64}:
        figure.evaluate("(figure, state) => { figure.state = state }", state | {"more": True})
        expect(figure.get_by_role("row", name="directions")).to_contain_text("only")
        expect(told).not_to_contain_text("directions")


def test_bars_grow_with_what_they_compare(page, figure):
    """Each half of a cell is four doublings, whatever the numbers are."""
    shares = []
    for depth in range(1, 10):
        figure.evaluate("(figure, depth) => { figure.state = { depth } }", depth)
        page.wait_for_timeout(50)
        bar = figure.get_by_role("row", name="activations").locator(".lean")
        cell, stack = bar.bounding_box(), bar.locator(".stack").bounding_box()
        shares.append((stack["width"] / cell["width"], (stack["x"] - cell["x"]) / cell["width"]))
    for depth, (share, start) in enumerate(shares[1:], 2):
        assert share == pytest.approx(math.log2(depth) / 8, abs=0.01)
        assert start == pytest.approx(0.5, abs=0.01)
    bar = figure.get_by_role("row", name="weights").locator(".large").bounding_box()
    assert bar["x"] + bar["width"] == pytest.approx(cell["x"] + cell["width"] / 2, abs=1)


def test_the_smaller_number_of_a_row_is_bold_and_neither_if_they_are_equal(page, figure):
    bold = figure.locator(".measures strong")
    figure.evaluate("figure => { figure.state = { depth: 3, c_in: 64, channels: 64 } }")
    expect(bold).to_have_text(["110,592", "347 million", "200,704"])  # 3·9 < 49, but 3 maps > 1
    figure.evaluate("figure => { figure.state = { depth: 1 } }")
    expect(bold).to_have_count(0)


def test_nothing_is_cut_where_numbers_are_long(page, figure):
    page.set_viewport_size({"width": 390, "height": 844})
    most = {"depth": 15, "kernel_size": 7, "c_in": 512, "channels": 512, "size": 512}
    figure.evaluate("(figure, state) => { figure.state = state }", most)
    expect(figure.get_by_role("row", name="multiply–adds")).to_contain_text("569 trillion")
    cut = figure.locator(".measures :is(th, td)").evaluate_all(
        "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert cut == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_photograph_follows_pointer_and_keys_and_holds_all_windows(page, figure):
    canvas = figure.locator("canvas")
    canvas.hover(position={"x": 2, "y": 2})
    pixel = "figure => figure.state.pixel"
    assert figure.evaluate(pixel) == [31, 39]
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert figure.evaluate(pixel) == [32, 40]
    expect(canvas).to_have_attribute("aria-label", re.compile("row 32, column 40.* 7×7"))
    figure.get_by_role("button", name="Reset").click()
    corners = """(figure, depth) => new Promise((done) => {
      figure.state = { depth, kernel_size: 7 }
      setTimeout(() => {
        const { width, height } = figure.querySelector("canvas")
        const pen = figure.querySelector("canvas").getContext("2d")
        const row = pen.getImageData(0, height / 2, width, 1).data
        const coloured = []
        for (let n = 0; n < width; n += 1) {
          if (row[4 * n] - row[4 * n + 2] > 80) coloured.push(n / width)
        }
        done([coloured[0], coloured.at(-1)])
      }, 100)
    })"""
    for depth in 1, 5, 15:
        left, right = figure.evaluate(corners, depth)
        field = 6 * depth + 1
        assert right - left == pytest.approx(field / max(32, field + 5), abs=0.03)


def test_moving_the_number_of_pixels_is_heard(page, figure):
    figure.get_by_role("button", name="More").click()
    slider = figure.get_by_role("slider", name="pixels a side")
    slider.focus()
    page.keyboard.press("ArrowRight")
    live = figure.locator("[aria-live]")
    expect(live).to_contain_text("activations, the stack 623,808, one 7×7 207,936.")
    page.keyboard.press("ArrowRight")
    expect(live).to_contain_text("activations, the stack 645,888, one 7×7 215,296.")
    expect(live).not_to_contain_text("weights")


def test_the_code_below_counts_the_same_weights(page, figure):
    ((_, result),) = page.evaluate(
        SET, [{"kind": "depthwise separable", "c_in": 32, "channels": 48}]
    )
    code = page.locator(".block:has(layer-stack) .highlight code")
    expect(code).to_contain_text("groups=32")
    namespace = {}
    exec(code.text_content(), namespace)
    plt.close("all")
    assert namespace["pair"] == [result["stack"]["parameters"], result["large"]["parameters"]]
