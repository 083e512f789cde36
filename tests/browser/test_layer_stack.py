"""A stack beside one large kernel: the figure's numbers are the package's."""

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
KINDS = ["dense", "grouped", "depthwise", "bottleneck"]


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

    if kind == "depthwise":
        return [conv(c_in, c_in, k, c_in), conv(c_in, c_out, 1)]
    if kind == "bottleneck":
        middle = max(1, c_out // 4)
        return [conv(c_in, middle, 1), conv(middle, middle, k), conv(middle, c_out, 1)]
    both = c_in % 4 == 0 and c_out % 4 == 0
    return [conv(c_in, c_out, k, 4 if kind == "grouped" and both else 1)]


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
            assert result[name] == {key: getattr(expected, key) for key in result[name]}


def weights(state, c_in):
    return [cost(*design, size=1).parameters for design in designs(state | {"c_in": c_in})]


def test_the_crossing_is_where_the_stack_begins_to_save(page, figure):
    rng = np.random.default_rng(1)
    for _ in range(40):
        ((state, result),) = page.evaluate(SET, [random_state(rng)])
        saves = [stack < large for stack, large in (weights(state, c) for c in range(1, 513))]
        last = max((c for c, saving in enumerate(saves, 1) if not saving), default=0)
        assert result["crossing"] == (last + 1 if last < 512 else None)


def test_three_layers_of_64_save_from_29_input_channels_on(page, figure):
    # 9·64·(c + 2·64) < 49·64·c, so 1152 < 40 c.
    ((_, result),) = page.evaluate(SET, [{"depth": 3, "channels": 64, "kind": "dense"}])
    assert result["crossing"] == 29
    expect(figure.locator(".stage > p").first).to_contain_text("fewer from 29 input channels on")


@pytest.mark.parametrize("depth", range(1, 7))
def test_dimensions_are_those_of_the_jacobian(page, figure, depth):
    ((_, result),) = page.evaluate(SET, [{"depth": depth, "kernel_size": 3}])
    assert result["dimensions"] == rank_of_stack(depth)


def test_the_code_below_counts_the_same_weights(page, figure):
    ((_, result),) = page.evaluate(SET, [{"kind": "depthwise", "c_in": 32, "channels": 48}])
    code = page.locator(".block:has(layer-stack) .highlight code")
    expect(code).to_contain_text("groups=32")
    namespace = {}
    exec(code.text_content(), namespace)
    plt.close("all")
    assert namespace["pair"] == [result["stack"]["parameters"], result["large"]["parameters"]]
