"""The desk for kernels: what it shows is what the package computes."""

import base64
import io
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image
from playwright.sync_api import expect

from convnotes import kernels
from convnotes.convolution import conv2d, conv2d_weight, filter2d
from convnotes.kernels import frequency_response, separate
from convnotes.samples import checkerboard
from convnotes.site.exports import kernels as desk

DESK = 'document.querySelector("kernel-desk")'
# Pixels come as plain numbers; on a small picture there are few of them.
SET = """([states, pictures]) => {
  const figure = document.querySelector("kernel-desk")
  return states.map((state, n) => {
    if (pictures) {
      const [height, width, pixels] = pictures[n]
      figure.picture = { height, width, pixels: Float64Array.from(pixels) }
    }
    figure.state = state
    const { answer, wanted, ...result } = figure.result
    return [figure.state, { answer: Array.from(answer), wanted: wanted && Array.from(wanted), ...result }]
  })
}"""  # noqa: E501
BANK = desk.bank()


@pytest.fixture
def figure(page, address):
    page.goto(f"{address}kernels/")
    figure = page.locator("kernel-desk")
    figure.locator(".stage").wait_for()
    return figure


def shown(page, states, pictures=None):
    if pictures is not None:
        pictures = [[*picture.shape, picture.ravel().tolist()] for picture in pictures]
    return page.evaluate(SET, [states, pictures])


def random_kernel(rng):
    size = int(rng.choice([3, 5]))
    kind = rng.integers(6)
    if kind == 0:  # of rank 1
        return np.outer(rng.integers(-3, 4, size), rng.normal(size=size))
    if kind == 1:
        return rng.integers(-1, 2, (size, size)).astype(float)
    if kind == 2:  # odd or even
        half = rng.normal(size=(size, size))
        return half + rng.choice([-1, 1]) * half[::-1, ::-1]
    return rng.normal(size=(size, size)) * 10 ** rng.uniform(-4, 5)


def corner(number):
    """Kernels at which arithmetic goes wrong, if anywhere."""
    size = (3, 5)[number % 2]
    return [np.zeros((size, size)), np.full((size, size), 1e6), np.full((size, size), -1e-300),
            np.eye(size) * -1e6, np.ones((size, size))][number % 5]  # fmt: skip


def symmetry(kernel):
    turned, near = np.flip(kernel), 1e-9 * abs(kernel).max()
    if np.allclose(turned, kernel, rtol=0, atol=near):
        return "even"
    return "odd" if np.allclose(turned, -kernel, rtol=0, atol=near) else "neither"


def test_four_hundred_random_states_are_what_the_package_makes_of_them(page, figure):
    rng = np.random.default_rng(0)
    weights = [corner(n) if n < 10 else random_kernel(rng) for n in range(400)]
    pictures = [rng.random(rng.integers(5, 12, 2)) for _ in weights]
    points = [rng.integers(0, picture.shape) for picture in pictures]
    states = [
        {"kernel": kernel.tolist(), "point": point.tolist(), "magnitude": bool(rng.integers(2))}
        for kernel, point in zip(weights, points, strict=True)
    ]
    found = shown(page, states, pictures)
    for kernel, picture, place, (state, result) in zip(
        weights, pictures, points, found, strict=True
    ):
        reach = len(kernel) // 2
        near = 1e-12 * max(abs(kernel).max(), 1e-300)
        assert (state["kernel"], state["size"]) == (kernel.tolist(), len(kernel))
        answer = filter2d(picture, kernel)  # beyond the border, it is mirrored
        assert_allclose(result["answer"], answer.ravel(), atol=25 * near)
        around = np.pad(picture, reach, mode="reflect")
        window = around[tuple(slice(n, n + len(kernel)) for n in place)]
        assert_allclose(result["window"], window)
        assert_allclose(result["products"], window * kernel)
        assert_allclose(result["sum"], answer[tuple(place)], atol=25 * near)
        assert_traits(kernel, result, near)


def assert_traits(kernel, result, near):
    size = len(kernel)
    assert_allclose(result["weights"], kernel.sum(), atol=25 * near)
    assert result["symmetry"] == symmetry(kernel)
    assert result["rank"] == len(separate(kernel)[0])
    gain = abs(frequency_response(kernel, 32))
    assert_allclose(result["gain"]["plane"], gain, atol=50 * near)
    along = abs(frequency_response(kernel, 32))[[16, 16], [16, 0]]
    assert_allclose(np.array(result["gain"]["across"])[[0, -1]], along, atol=50 * near)
    assert_allclose(result["gain"]["down"], gain[16::-1, 16], atol=50 * near)
    line = np.arange(9.0) - 4
    patterns = {
        "constant": np.ones((9, 9)),
        "right": np.tile(line, (9, 1)),
        "below": np.tile(line, (9, 1)).T,
        "bright": 1 - checkerboard((9, 9), 1),
    }
    assert result["answers"].keys() == patterns.keys()
    for name, pattern in patterns.items():
        expected = filter2d(pattern, kernel)[4, 4]
        assert_allclose(result["answers"][name], expected, atol=10 * size**2 * near)


def test_the_photograph_is_the_sample_filtered_to_its_borders(page, figure):
    photo = desk.photograph(256) / 255
    picture = page.evaluate(f"Array.from({DESK}.picture.pixels)")
    assert_allclose(picture, photo.ravel(), atol=1e-12)
    for name in ("sobel(axis=1)", "unsharp(1.0, radius=2)", "emboss()"):
        ((state, result),) = shown(page, [{"name": name}])
        assert_allclose(state["kernel"], BANK[name])
        assert_allclose(result["answer"], filter2d(photo, BANK[name]).ravel(), atol=1e-12)


def test_every_ready_made_kernel_is_on_the_desk(page, figure):
    made = {call.partition("(")[0] for call in BANK}
    analysis = {"fit", "frequency_response", "gradient", "orientation_error", "separate"}
    assert made == set(kernels.__all__) - analysis - {"roberts"}  # which is 2×2
    small = np.zeros((8, 8))  # its answers are soon sent
    found = shown(page, [{"name": name} for name in BANK], [small] * len(BANK))
    for (name, kernel), (state, result) in zip(BANK.items(), found, strict=True):
        assert kernel.shape in [(3, 3), (5, 5)]
        assert state["name"] == name
        assert_traits(kernel, result, 1e-13)


def by_descent(photo, start, goal, steps):
    """Gradient descent with momentum over every second window inside the photograph."""
    x, w = photo[None, None], start[None, None]
    y, velocity, losses = conv2d(x, goal[None, None], stride=2), 0, []
    energy = conv2d(x * x, np.ones_like(w), stride=2).mean()
    for _ in range(steps + 1):
        error = conv2d(x, w, stride=2) - y
        losses.append(np.mean(error**2))
        slope = conv2d_weight(x, w.shape, 2 / error.size * error, stride=2)
        velocity = 0.9 * velocity - slope / energy
        before, w = w, w + velocity
    return before[0, 0], losses


def test_learning_is_gradient_descent_on_the_mean_squared_error(page, figure):
    rng = np.random.default_rng(2)
    names = rng.choice(list(BANK), 30)
    pictures = [rng.random(rng.integers(9, 24, 2)) for _ in names]
    starts = [rng.normal(size=BANK[name].shape) for name in names]
    steps = rng.integers(0, 60, len(names)).tolist()
    asked = [
        {"target": str(name), "start": start.tolist(), "steps": count}
        for name, start, count in zip(names, starts, steps, strict=True)
    ]
    for name, picture, start, count, (state, result) in zip(
        names, pictures, starts, steps, shown(page, asked, pictures), strict=True
    ):
        kernel, losses = by_descent(picture, start, BANK[name], count)
        assert_allclose(state["kernel"], kernel, atol=1e-9)
        assert_allclose(result["losses"], losses, atol=1e-12, rtol=1e-7)
        assert_allclose(result["wanted"], filter2d(picture, BANK[name]).ravel(), atol=1e-12)
        close = abs(kernel - BANK[name]).max() < 0.01 * abs(BANK[name]).max()
        assert result["found"] == close


def test_every_small_kernel_is_hidden_but_the_one_that_does_nothing(page, figure):
    # The button's draw goes through all numbers that it may get.
    drawn = figure.evaluate(
        """(figure) => {
          const buttons = [...figure.querySelectorAll("button")]
          const hide = buttons.find((button) => button.innerText.startsWith("Hide"))
          const random = Math.random
          const seen = new Set()
          for (let n = 0; n < 100; n += 1) {
            figure.state = figure.defaults
            Math.random = () => n / 100
            hide.click()
            seen.add(figure.state.target)
          }
          Math.random = random
          return [...seen]
        }"""
    )
    small = {name for name, kernel in BANK.items() if kernel.shape == (3, 3)}
    assert set(drawn) == small - {"identity()"}


def test_another_kernel_leaves_the_pictures_where_they_are(phone, address):
    phone.goto(f"{address}kernels/")
    figure = phone.locator("kernel-desk")
    picture = figure.locator("canvas").first
    picture.wait_for()
    for name in ("blur", "nothing", "outlines", "upright edges"):
        before = picture.bounding_box()
        figure.get_by_text(name, exact=True).tap()
        phone.wait_for_timeout(100)
        assert picture.bounding_box() == before, name


def test_a_hidden_kernel_is_found_in_the_photograph(page, figure):
    figure.get_by_role("button", name="Hide a kernel").click()
    target = page.evaluate(f"{DESK}.state.target")
    assert BANK[target].shape == (3, 3)
    figure.get_by_role("button", name="Let it learn").click()
    expect(figure.locator(".learning p")).to_contain_text(f"it is {target}", timeout=60_000)
    assert page.evaluate(f"{DESK}.state.kernel") == pytest.approx(BANK[target], abs=0.1)
    expect(figure.get_by_role("button", name="Let it learn")).to_be_visible()
    figure.get_by_role("button", name="Show it").click()
    expect(figure.locator(".learning")).to_be_hidden()
    assert page.evaluate(f"{DESK}.state.name") == target


def test_weights_changed_by_hand_are_where_descent_begins(page, figure):
    by_hand = [[0, 0, 0], [0, 2, 0], [0, 0, 0]]
    ((_, before), (state, result)) = shown(
        page, [{"target": "sharpen()", "steps": 5}, {"kernel": by_hand}]
    )
    assert (state["start"], state["steps"], len(result["losses"])) == (by_hand, 0, 1)
    assert len(before["losses"]) == 6
    ((state, _),) = shown(page, [{"name": "sharpen()"}])
    assert state["target"] == "sharpen()"
    assert page.evaluate(f"{DESK}.result.found")


def test_the_code_below_makes_the_answer_that_is_seen(page, figure):
    rng = np.random.default_rng(1)
    for magnitude in (False, True):
        kernel = rng.normal(size=(5, 5)).round(3).tolist()
        ((_, result),) = shown(page, [{"kernel": kernel, "magnitude": magnitude}])
        page.wait_for_timeout(100)
        code = page.locator(".block:has(kernel-desk) .highlight code").text_content()
        namespace = {}
        exec(code, namespace)
        plt.close("all")
        expected = np.reshape(result["answer"], (256, 256))
        off = namespace["answer"] - (abs(expected) if magnitude else expected)
        assert abs(off).max() < np.abs(kernel).sum() / 510 + 1e-9  # the picture has 256 greys


def test_weights_are_dragged_stepped_and_typed(page, figure):
    weight = figure.get_by_role("spinbutton", name="Weight, row 1, column 1")
    weight.scroll_into_view_if_needed()
    box = weight.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=10)
    page.mouse.up()

    def middle():
        return page.evaluate(f"{DESK}.state.kernel[1][1]")

    assert middle() == pytest.approx(1)
    assert page.evaluate(f"{DESK}.state.name") == ""
    weight.click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("PageDown")
    assert middle() == pytest.approx(0.1)
    page.keyboard.press("3")  # in place of what the keys made
    assert middle() == 3
    for text, value in (("7", 7), ("−0,5", -0.5), ("1/9", 1 / 9), ("1e3", 1000)):
        weight.fill(text)
        assert middle() == pytest.approx(value)
    page.keyboard.press("Enter")  # goes on to the next
    page.keyboard.press("ArrowLeft")
    for text in ("NaN", "abc", "1 2", "0x10", "--2", "1/0", "1e99"):
        weight.fill(text)
        assert weight.get_attribute("aria-invalid") == "true"
        page.keyboard.press("Enter")
        why = "is too large" if text in ("1/0", "1e99") else "is no weight"
        expect(figure.get_by_role("alert")).to_contain_text(f"“{text}” {why}")
        assert (middle(), weight.input_value()) == (1000, "1000")
        page.keyboard.press("ArrowLeft")
    weight.press_sequentially("1e9")  # of which 1 is a weight, while it is being typed
    page.keyboard.press("Enter")
    assert (middle(), weight.input_value()) == (1000, "1000")
    page.keyboard.press("ArrowLeft")
    weight.fill("12345")
    page.keyboard.press("Escape")
    assert (middle(), weight.input_value()) == (1000, "1000")
    page.keyboard.press("Tab")
    assert not weight.evaluate("input => input === document.activeElement")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    right = figure.get_by_role("spinbutton", name="Weight, row 1, column 2")
    assert right.evaluate("input => input === document.activeElement")


def test_what_cannot_be_a_weight_is_refused(page, figure):
    for kernel in ([[1]], [[1, 2, 3]] * 2, [[float("nan")] * 3] * 3, [[2e6] * 3] * 3, None):
        with pytest.raises(Exception, match="kernel can't be"):
            shown(page, [{"kernel": kernel}])
    assert page.evaluate(f"{DESK}.state.name") == "sobel(axis=1)"


def test_keys_walk_over_the_photograph_and_are_told(page, figure):
    start = page.evaluate(f"{DESK}.state.point")
    figure.get_by_role("application").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Shift+ArrowUp"):
        page.keyboard.press(key)
    point = page.evaluate(f"{DESK}.state.point")
    assert point == [start[0] - 8, start[1] + 1]
    photo, kernel = desk.photograph(256) / 255, BANK["sobel(axis=1)"]
    told = f"At row {point[0]}, column {point[1]} the answer is"
    expect(figure.locator(".announced")).to_contain_text(told)
    answer = filter2d(photo, kernel)[tuple(point)]
    expect(figure.locator("output")).to_have_text(f"{answer:.2f}".rstrip("0").replace("-", "−"))
    assert page.evaluate(f"{DESK}.result.sum") == pytest.approx(answer)


def test_a_mouse_that_passes_leaves_the_pixel_that_was_clicked(page, figure):
    canvas = figure.locator(".pictures canvas").first
    canvas.click(position={"x": 100, "y": 50})
    clicked = page.evaluate(f"{DESK}.state.point")
    canvas.hover(position={"x": 200, "y": 200})
    assert page.evaluate(f"{DESK}.state.point") != clicked
    figure.locator("select").hover()
    assert page.evaluate(f"{DESK}.state.point") == clicked


def png(*size, color=128):
    buffer = io.BytesIO()
    Image.new("L", size, color).save(buffer, "png")
    return buffer.getvalue()


def opened(figure, name, data):
    file = {"name": name, "mimeType": "image/png", "buffer": data}
    figure.locator("input[type=file]").set_input_files(file)


def test_a_picture_of_ones_own_is_scaled_down_and_sent_nowhere(page, figure):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    shown(page, [{"point": [250, 250]}])
    opened(figure, "mine.png", png(2000, 1000, color=51))
    expect(figure.get_by_role("alert")).to_contain_text("stays on this device")
    assert page.evaluate(f"[{DESK}.picture.height, {DESK}.picture.width]") == [128, 256]
    ((state, result),) = shown(page, [{"name": "box(3)"}])
    assert_allclose(result["answer"], 0.2)
    assert state["point"] == [127, 250]
    assert {url.rpartition("/")[2] for url in asked} <= {"logo.svg"}  # of the tab
    figure.get_by_role("button", name="Reset").click()
    assert page.evaluate(f"{DESK}.picture.height") == 256
    expect(figure.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("notes.png", b"no picture", "no picture that this browser opens"),
        ("line.png", png(900, 2), "256×1 pixels are too few"),
        ("dot.png", png(4, 4), "4×4 pixels are too few"),
    ],
)
def test_a_file_that_is_no_picture_is_told(page, figure, name, data, reason):
    opened(figure, name, data)
    expect(figure.get_by_role("alert")).to_have_text(f"{name}: {reason}.")
    assert page.evaluate(f"{DESK}.picture.width") == 256


def test_a_picture_can_be_dropped(page, figure):
    drop = """([figure, data]) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([bytes], "dropped.png"))
      const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true })
      figure.querySelector("canvas").dispatchEvent(drop)
    }"""
    page.evaluate(drop, [figure.element_handle(), base64.b64encode(png(20, 10)).decode()])
    for _ in range(50):
        if page.evaluate(f"{DESK}.picture.width") == 20:
            break
        page.wait_for_timeout(100)
    assert page.evaluate(f"{DESK}.picture.width") == 20


def test_a_descent_opens_as_it_was_left(page, figure, address):
    shown(page, [{"target": "emboss()", "steps": 7}])
    page.wait_for_url("**/#kernel-desk?*target=*")
    assert "emboss" not in page.url
    left, learned = page.url, page.evaluate(f"{DESK}.state")
    page.goto("about:blank")
    page.goto(left)
    figure.locator(".stage").wait_for()
    assert page.evaluate(f"{DESK}.state") == learned


def test_a_phone_shows_the_picture_first_and_thumbs_reach_the_weights(phone, address):
    phone.goto(f"{address}kernels/")
    figure = phone.locator("kernel-desk")
    canvas = figure.locator(".pictures canvas").last
    canvas.wait_for()
    box = canvas.bounding_box()
    assert box["y"] + box["height"] < 844
    canvas.tap(position={"x": 10, "y": 10})
    row, column = phone.evaluate(f"{DESK}.state.point")
    assert 10 < row < 20
    assert 10 < column < 20
    for size in (3, 5):
        phone.evaluate(f"{DESK}.state = {{ size: {size} }}")
        phone.wait_for_timeout(50)
        cell = figure.get_by_role("spinbutton").first.bounding_box()
        assert min(cell["width"], cell["height"]) >= (44 if size == 3 else 24)
        assert phone.evaluate("document.documentElement.scrollWidth") == 390
    for button in figure.get_by_role("button").all():
        if button.is_visible():
            assert button.bounding_box()["height"] >= 44


def test_what_the_build_writes_is_the_package_s(site):
    bank = json.loads((site / "assets/figures/kernels.json").read_text("utf-8"))
    assert {call: np.array(kernel).tolist() for call, kernel in bank.items()} == {
        call: kernel.tolist() for call, kernel in BANK.items()
    }
    photo = np.asarray(Image.open(site / "assets/figures/photograph-256.png"))
    assert np.array_equal(photo, desk.photograph(256))
