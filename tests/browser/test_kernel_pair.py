"""Two kernels in a row: the one that they are, and the products that make each of its cells."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import expect

from convnotes.convolution import correlate
from convnotes.three_by_three import compose

SET = """(states) => {
  const figure = document.querySelector("kernel-pair")
  return states.map((state) => {
    figure.state = state
    return figure.result
  })
}"""


@pytest.fixture
def figure(page, address):
    page.goto(f"{address}three-by-three/")
    figure = page.locator("kernel-pair")
    figure.scroll_into_view_if_needed()
    figure.locator(".stage").wait_for()
    return figure


def random_state(rng):
    return {
        "first": rng.integers(-9, 10, (3, 3)).tolist(),
        "second": rng.normal(size=(3, 3)).tolist(),
        "cell": rng.integers(0, 5, 2).tolist(),
    }


def test_three_hundred_random_pairs_are_one_kernel(page, figure):
    rng = np.random.default_rng(0)
    states = [random_state(rng) for _ in range(300)]
    for state, result in zip(states, page.evaluate(SET, states), strict=True):
        sums = [[cell["sum"] for cell in row] for row in result["composed"]]
        assert_allclose(sums, compose(state["first"], state["second"]), atol=1e-12)
        image = rng.normal(size=(9, 8))
        twice = correlate(correlate(image, state["first"], "valid"), state["second"], "valid")
        assert_allclose(correlate(image, sums, "valid"), twice, atol=1e-9)
        for row in result["composed"]:
            for cell in row:
                products = [pair["a"] * pair["b"] for pair in cell["pairs"]]
                assert sum(products) == pytest.approx(cell["sum"])


def test_a_cell_has_as_much_colour_as_its_number(page, figure):
    cells = figure.locator("[role=gridcell]")
    fills = cells.evaluate_all("all => all.map((cell) => cell.style.getPropertyValue('--fill'))")
    blur, sobel = np.outer([1, 2, 1], [1, 2, 1]), np.outer([1, 2, 1], [-1, 0, 1])
    sums = abs(compose(blur, sobel)).ravel()
    assert_allclose([float(fill) for fill in fills], sums / 12)  # 12 is the largest
    near, far = cells.nth(10), cells.nth(11)  # −6 and −12
    colour = "cell => getComputedStyle(cell).backgroundColor"
    assert near.evaluate(colour) != far.evaluate(colour)


def test_keys_walk_over_the_large_kernel(page, figure):
    figure.get_by_role("grid").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate('document.querySelector("kernel-pair").state.cell') == [1, 0]
    # Blur 2, 1 in its left column meet Sobel's −1, −2 there: 1·−2 + 2·−1.
    expect(figure.locator(".terms")).to_contain_text("= −4")
    expect(figure.locator(".announced")).to_contain_text("Row 1, column 0")
    assert figure.locator(".weights .chosen").count() == 4


def test_typed_weights_and_the_code_follow(page, figure):
    first = figure.get_by_label("Weight, row 0, column 0").first
    first.fill("-2.5")
    code = page.locator(".block:has(kernel-pair) .highlight code")
    expect(code).to_contain_text("first = [[-2.5, 2, 1]")
    cell = figure.locator("#kernel-pair-large-0-0")
    expect(cell).to_have_text("2.5")


def test_counted_from_zero_as_in_the_code_below(figure):
    expect(figure.locator(".terms")).to_contain_text("Row 2, column 1 (from 0):")
    assert figure.evaluate("figure => figure.result.composed[2][1].sum") == -12
    expect(figure.locator(".terms")).to_contain_text("2·(−1)")


def test_a_weight_shows_where_its_copy_of_the_other_kernel_lies(page, figure):
    second = figure.get_by_role("group", name="Second kernel")
    second.get_by_label("Weight, row 2, column 0").hover()
    expect(figure.locator(".terms")).to_contain_text("a copy of the first kernel, times −1;")
    chosen = figure.locator("[role=gridcell].chosen").evaluate_all("all => all.map((c) => c.id)")
    assert chosen == [
        f"kernel-pair-large-{row}-{column}" for row in (2, 3, 4) for column in (0, 1, 2)
    ]
    figure.get_by_role("grid").hover(position={"x": 5, "y": 5})
    expect(figure.locator(".terms")).to_contain_text("Row 0, column 0 (from 0):")
    assert figure.locator("[role=gridcell].chosen").count() == 1


def test_a_finger_on_a_weight_shows_its_copy_as_well(phone, address):
    phone.goto(f"{address}three-by-three/")
    figure = phone.locator("kernel-pair")
    figure.scroll_into_view_if_needed()
    second = figure.get_by_role("group", name="Second kernel")
    second.get_by_label("Weight, row 2, column 0").tap()
    expect(figure.locator(".terms")).to_contain_text("a copy of the first kernel, times −1;")
    phone.locator("#kernel-pair-large-1-1").tap()
    expect(figure.locator(".terms")).to_contain_text("Row 1, column 1 (from 0):")


def test_a_changed_weight_is_heard_even_if_the_cell_is_the_same(page, figure):
    first = figure.get_by_role("group", name="First kernel").get_by_role("spinbutton").first
    figure.evaluate("figure => { figure.state = { cell: [3, 2] } }")
    expect(figure.locator("[aria-live]")).to_contain_text("Row 3, column 2")
    first.fill("7")
    expect(figure.locator("[aria-live]")).to_have_text("First kernel, row 0, column 0, is 7.")
