"""Every block of every page can be edited and run in the page, and prints what the page shows."""

import gzip
import os
import re
from contextlib import contextmanager

import pytest

from tests.topics import ROOT

SOURCES = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs/labs").glob("*.py")]
PAGES = sorted(
    source.relative_to(ROOT / "docs").with_suffix("").as_posix().removesuffix("/index")
    for source in SOURCES
    if "```python" in (text := source.read_text("utf-8")) or "\n:::" in text or "# %%" in text
)
# Runs each block as a click does, and tells which show something else than before.
RUN_ALL = """async () => {
  const texts = (block) =>
    [...block.querySelectorAll(":scope > .output")]
      .map((output) => [...output.querySelectorAll("th, td, pre > code")].map((c) => c.textContent))
      .join("\\n").trim()
  // A figure to touch stays where it is; what its block draws when it runs comes below.
  const drawn = (block) =>
    block.querySelectorAll(":scope > figure").length
    || block.querySelectorAll(":scope > .touch > figure").length
  const found = []
  let count = 0
  const runnable = ".block:not(.torch) .language-python code, .language-pycon code"
  const isElsewhere = (code) =>
    /(import|from) (torch|onnx|dask)\\b|"mtcnn"/.test(code.textContent)
  const lab = [...document.querySelectorAll(".cell code")].some(isElsewhere)
  for (const code of document.querySelectorAll(runnable)) {
    const { length } = code.closest(".highlight").querySelectorAll(":scope > .bar > .run")
    if (isElsewhere(code) || (lab && code.closest(".cell"))) {
      count += 1
      if (length) found.push([code.textContent, "offers to run what no browser has"])
      continue
    }
    const example = code.closest(".language-pycon")
    const before = code.closest(".block")
    const lines = code.textContent.trim().split("\\n")
    const expected = example
      ? [lines.filter((line) => !/^(>>>|\\.\\.\\.)/.test(line)).join("\\n")]
      : [texts(before), drawn(before)]
    const bar = (code.closest(".fold") ?? code.closest(".highlight")).querySelector(":scope > .bar")
    bar.querySelector(".run").click()
    const status = () => bar.querySelector("[role=status]")
    for (const start = performance.now(); !status()?.title; ) {
      if (performance.now() - start > 120_000) throw new Error(`doesn't end: ${code.textContent}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const block = code.closest(".block")
    const actual = example ? [texts(block)] : [texts(block), drawn(block)]
    count += 1
    if (status().title !== "Done" || actual.join() !== expected.join()) {
      found.push([lines[0], status().title, expected, actual])
    }
  }
  return [count, found]
}"""


# Shows another page, its scripts anew, where Python is loaded already: that takes five seconds.
TURN_TO = """async (path) => {
  const html = await (await fetch(path)).text()
  const other = new DOMParser().parseFromString(html, "text/html")
  const content = document.adoptNode(other.querySelector(".md-content"))
  history.replaceState(null, "", path)
  document.querySelector(".md-content").replaceWith(content)
  for (const name of ["copy", "run"]) await import(`/assets/${name}.js?${path}`)
}"""


@pytest.fixture(scope="module")
def runtime(site):
    """The folder of Python for the browser; without it the tests skip, unless it is required."""
    folders = list(site.glob("assets/pyodide-*"))
    if not folders:
        missing = "Python for the browser wasn't collected: python -m convnotes.site.runtime SOURCE"
        if os.environ.get("RUNTIME_REQUIRED"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folders[0]


@pytest.fixture
def page(page, runtime, address):
    """A new page, with Python still to be loaded, that is watched."""
    with watched(page, address):
        yield page


# Writes down what the bar of the first block says from now on.
LISTEN = """() => {
  window.said = []
  const bar = document.querySelector(".block .bar")
  const told = { childList: true, subtree: true, characterData: true }
  new MutationObserver(() => window.said.push(bar.innerText)).observe(bar, told)
}"""


@pytest.fixture(scope="module")
def kernels(browser, runtime, address):
    """A page on which Python is loaded once for many tests."""
    page = browser.new_page()
    with watched(page, address):
        page.goto(f"{address}kernels/")
        page.evaluate(LISTEN)
        Block(page).run()
        page.said_at_first = " ".join(page.evaluate("window.said"))
        yield page
    page.close()


@pytest.fixture(scope="module")
def any_page(browser, runtime, address):
    """What turns to a page of the site and gives it, with Python loaded once for all."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    with watched(page, address):
        page.goto(f"{address}404.html")

        def turn_to(path):
            page.evaluate(TURN_TO, f"{address}{path}")
            return page

        yield turn_to
    context.close()


@pytest.fixture
def block(kernels):
    """The first block of that page, as the page has it."""
    block = Block(kernels)
    kernels.keyboard.press("Escape")
    if block.button("Reset").is_visible():
        block.button("Reset").click()
    return block


@contextmanager
def watched(page, address):
    """Complaints of a page, and requests to others, fail the test."""
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if "Security" in m.text else None)
    page.on("request", lambda r: complaints.append(r.url) if address not in r.url else None)
    page.set_default_timeout(120_000)
    yield
    assert complaints == []


class Block:
    """What a reader sees of a block and does with it."""

    def __init__(self, page, number=0):
        self.page, self.block = page, page.locator(".block").nth(number)
        self.code = self.block.locator(".language-python code, .language-pycon code")
        self.status = self.block.locator("[role=status]")

    def button(self, name):
        return self.block.get_by_role("button", name=name, exact=True)

    def write(self, text):
        self.button("Edit").click()
        self.block.get_by_role("textbox").wait_for()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def forget(self):
        """Let the next result be the next run's."""
        self.status.evaluate_all("all => all.forEach((status) => { status.title = '' })")

    def press(self, name):
        self.forget()
        self.button(name).click()

    def run(self, text=None):
        """What the run prints; errors included."""
        if text is not None:
            self.write(text)
        self.press("Run")
        return self.result()

    def result(self):
        """What stands there after the run that is going on."""
        self.page.wait_for_function(
            "block => block.querySelector('[role=status]')?.title",
            arg=self.block.element_handle(),
        )
        printed = self.block.locator(".output code")
        return printed.text_content() if printed.count() else ""

    def said(self):
        return self.status.text_content()


@pytest.mark.parametrize("path", PAGES)
def test_every_block_run_in_the_page_shows_what_the_page_shows(any_page, path):
    count, found = any_page(path.removesuffix("index")).evaluate(RUN_ALL)
    assert found == []
    assert count > 0


def test_a_first_visit_fetches_little_for_it(page, site, address):
    fetched = []
    page.on("request", lambda request: fetched.append(request.url.removeprefix(address)))
    page.goto(f"{address}kernels/", wait_until="networkidle")
    styles = ROOT / "docs/assets/run.css"  # a part of all pages' style sheet
    others = {"assets/runnable.js", "assets/edit.js", "assets/interpreter.js", "assets/python.js"}
    assert "assets/run.js" in fetched
    assert not [url for url in fetched if url in others or "pyodide" in url]
    own = [site / "assets/run.js", styles]
    assert sum(len(gzip.compress(file.read_bytes())) for file in own) < 3000 - 300


def test_a_new_reader_changes_the_kernel_of_the_first_block(page, address):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address)
    block = Block(page)
    before = block.block.locator("figure").inner_html()
    assert "sobel(axis=1)" in block.code.text_content()
    changed = re.sub(r"\bsobel\b", "scharr", block.code.text_content())
    assert block.run(changed.replace("axis=1", "axis=0")) == ""
    assert block.said() == "Done"
    after = block.block.locator("figure").inner_html()
    assert "<svg" in after
    assert after != before
    block.button("Reset").click()
    assert block.block.locator("figure").inner_html() == before
    assert "sobel(axis=1)" in block.code.text_content()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_each_run_starts_anew_and_an_error_names_its_line(block):
    assert block.run("x = 1\nprint(x)\n") == "1\n"
    trace = block.run("y = 2\nprint(x)\n")
    assert 'File "<snippet>", line 2, in <module>\n    print(x)' in trace
    assert trace.endswith("NameError: name 'x' is not defined\n")
    assert block.said() == "NameError: name 'x' is not defined"
    assert block.run("import warnings\nwarnings.warn('hm')\nprint(3)") == (
        "<snippet>:2: UserWarning: hm\n  warnings.warn('hm')\n3\n"
    )


def test_a_figure_stays_under_an_error_and_one_without_a_label_gets_a_number(kernels):
    block = Block(kernels, 2)  # the first that draws and isn't a figure to touch
    assert block.block.locator("figure").count() == 1
    block.run("1 / 0")
    assert block.block.locator("figure").count() == 1
    block.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])")
    assert block.block.locator("figcaption").all_text_contents() == ["Figure 1"]
    block.run("print(1)")
    assert block.block.locator("figure").count() == 0


def test_what_never_ends_is_stopped_and_the_page_lives_meanwhile(kernels, block):
    other = Block(kernels, 1)
    assert block.run("print(1)") == "1\n"
    block.write("while True:\n    pass\n")
    block.press("Run")
    block.button("Stop").wait_for()
    other.press("Run")  # waits for its turn
    assert kernels.evaluate("1 + 1") == 2
    block.button("Stop").click()
    assert block.result() == block.said() == "Stopped"
    other.result()
    assert other.said() == "Done"
    assert block.run("print(2)") == "2\n"


def test_a_million_lines_are_cut_off(block):
    printed = block.run("for n in range(1_000_000):\n    print(n)\n")
    assert printed.startswith("0\n1\n2\n")
    lines = sum(len(str(n)) + 1 for n in range(1_000_000))
    assert printed.endswith(f"\n… and {lines - 100_000:,} more characters\n")
    assert len(printed) < 100_100


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import numpy as np\nnp.empty(10**10 // 8)", "ValueError: array is too big"),
        (
            "import numpy as np\nkept = [np.empty(10**9 // 8) for n in range(10)]",
            "Out of memory; Python starts anew",
        ),
    ],
)
def test_too_much_memory_is_an_error_and_python_goes_on_or_starts_anew(block, code, said):
    assert "line" in block.run(code)
    assert block.said().startswith(said)
    assert block.run("print(1)") == "1\n"


def test_code_is_edited_by_keyboard_as_a_text_box_with_a_name(kernels, block):
    original = block.code.text_content()
    block.button("Edit").press("Enter")
    box = block.block.get_by_role("textbox", name="Python code")
    assert box.evaluate("e => e === document.activeElement")
    kernels.keyboard.press("Control+A")
    keys = [
        "i", "f", " ", "1", ":", "Enter", "a", "Enter", "b", "Enter", "Shift+Tab", "c", "Tab", "d",
    ]  # fmt: skip
    for key in keys:
        kernels.keyboard.press(key)
    assert block.code.text_content().rstrip("\n") == "if 1:\n    a\n    b\nc   d"
    kernels.keyboard.press("Control+A")
    kernels.keyboard.press("Tab")
    indented = "    if 1:\n        a\n        b\n    c   d"
    assert block.code.text_content().rstrip("\n") == indented
    kernels.keyboard.press("Control+Z")
    assert block.code.text_content().rstrip("\n") == "if 1:\n    a\n    b\nc   d"
    for _ in range(30):
        kernels.keyboard.press("Control+Z")
    assert block.code.text_content() == original
    kernels.keyboard.press("Escape")
    assert block.button("Run").evaluate("e => e === document.activeElement")
    assert box.count() == 0


@pytest.mark.parametrize("keys", ["Control+Enter", "Meta+Enter", "Shift+Enter"])
def test_keys_run_the_block_that_has_the_focus(kernels, block, keys):
    block.write("print(6 * 7)")
    block.forget()
    kernels.keyboard.press(keys)
    assert block.result() == "42\n"
    assert block.code.text_content().rstrip() == "print(6 * 7)"
    assert block.code.evaluate("e => e === document.activeElement")


def test_a_click_of_a_mouse_edits_where_it_falls(kernels, block):
    block = Block(kernels, 1)
    block.code.click(position={"x": 60, "y": 60})
    block.block.get_by_role("textbox").wait_for()
    kernels.keyboard.insert_text("X")
    assert "X" in block.code.text_content()[1:-1]


def test_progress_is_said_while_python_loads(kernels):
    texts = kernels.said_at_first
    loaded = [(float(a), float(b)) for a, b in re.findall(r"([\d.]+) of ([\d.]+) MB", texts)]
    assert len(loaded) > 5
    assert loaded == sorted(loaded)
    assert loaded[-1][0] == loaded[-1][1]
    assert 20 < loaded[-1][1] < 30
    assert "Loading Python" in texts


def test_a_progress_bar_of_the_code_shows_its_end(block):
    code = "from tqdm import tqdm\nfor n in tqdm(range(30)):\n    pass\nprint(n)\n"
    bar, printed = block.run(code).splitlines()
    assert bar.startswith("100%|")
    assert printed == "29"


def test_a_cell_of_a_lab_runs_those_before_it_first(page, address):
    page.goto(f"{address}labs/smoothing/")
    second, third = Block(page, 1), Block(page, 2)
    shown = second.block.locator(".output code").text_content()
    third.press("Run")
    third.result()
    assert third.said() == second.said() == Block(page).said() == "Done"
    assert second.block.locator(".output code").text_content() == shown
    third.run("print(weights.round(1).tolist())")
    assert "NameError" in Block(page, 3).run("print(third)")


def test_a_cell_of_a_lab_does_not_run_after_one_that_fails(any_page):
    page = any_page("labs/smoothing/")
    Block(page).write("1 / 0")
    second = Block(page, 1)
    second.run()
    assert second.said() == "An earlier cell didn't get to its end"
    assert "ZeroDivisionError" in Block(page).said()


def test_an_example_of_the_reference_loses_its_prompts_until_it_is_reset(any_page):
    page = any_page("reference/kernels/")
    example = page.locator(".language-pycon").first
    shown = example.locator("code").inner_html()
    example.get_by_role("button", name="Edit").click()
    block = Block(page)
    assert ">>>" not in block.code.text_content()
    assert block.run("1 + 1\nfor n in range(2):\n    n\n") == "2\n0\n1\n"
    block.button("Copy the code").click()
    page.wait_for_function(
        "navigator.clipboard.readText().then((text) => text.startsWith('1 + 1'))"
    )
    block.button("Reset").click()
    assert block.code.inner_html() == shown
    assert block.block.locator(".output").count() == 0


def test_another_state_of_a_block_takes_the_place_of_a_run(page, address):
    page.goto(f"{address}convolution/sound-and-spectra/")
    form = page.locator("form.try").first
    number = page.locator(".block").evaluate_all(
        "all => all.findIndex(b => b.querySelector('form'))"
    )
    block = Block(page, number)
    figures = block.block.locator("figure").count()
    block.run("print('mine')")
    form.locator("input").first.press("ArrowRight")
    page.wait_for_function("e => !e.innerText.includes('mine')", arg=block.block.element_handle())
    assert block.block.locator("figure").count() == figures
    assert "# try" in block.code.text_content()


def test_without_a_network_it_goes_on_and_on_pages_seen_before(page, address):
    page.goto(f"{address}activations/")
    page.goto(f"{address}kernels/")
    assert Block(page).run("print(1)") == "1\n"
    page.context.set_offline(True)
    Block(page).write("while True:\n    pass\n")
    Block(page).press("Run")
    Block(page).button("Stop").click()
    assert Block(page).run("print(2)") == "2\n"
    page.goto(f"{address}activations/")
    assert Block(page).run("print(3)") == "3\n"


def test_without_a_network_before_the_first_run_it_says_so(page, address):
    page.goto(f"{address}kernels/")
    Block(page).write("print(1)")
    page.context.set_offline(True)
    Block(page).press("Run")
    Block(page).result()
    assert "network" in Block(page).said()
    page.context.set_offline(False)
    assert Block(page).run() == "1\n"


def test_a_page_opened_from_the_404_runs(page, address):
    page.goto(f"{address}404.html")
    page.locator(".md-content a[href$='/kernels/']").first.click()
    assert Block(page).run("print(1)") == "1\n"
