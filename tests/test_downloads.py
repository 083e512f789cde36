"""What a page hands out: a notebook and a script that run, and Markdown that stands alone."""

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import griffe
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from convnotes.site.blocks import figures, snippets
from convnotes.site.pages import downloads, notebooks, pictures
from tests import topics

ROOT = Path(__file__).parents[1]
LABS = sorted(path.stem for path in (ROOT / "docs/labs").glob("*.py"))
REFERENCES = sorted(path.stem for path in (ROOT / "docs/reference").glob("*.md"))
each_page = pytest.mark.parametrize("name", topics.PAGES)


def page(name):
    return downloads.plain(topics.text(name))


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](kernels.md)", "[a](https://site/kernels.md)"),
        ("[a](kernels.md#sum)", "[a](https://site/kernels.md#sum)"),
        ("[a](labs/smoothing.py)", "[a](https://site/labs/smoothing.py)"),
        ("[a](#sum)", "[a](https://site/#sum)"),
        (
            "[`pad`][convnotes.convolution.pad]",
            "[`pad`](https://site//reference/convolution.md#convnotes.convolution.pad)",
        ),
        ("[a](https://elsewhere.example/b.md)", "[a](https://elsewhere.example/b.md)"),
        ("x[0](1)", "x[0](1)"),
    ],
)
def test_links_become_absolute(link, expected):
    assert downloads.absolute(link, lambda source: f"https://site/{source}") == expected


def test_a_box_becomes_a_bold_word_before_its_content():
    boxed = (
        '1. Why?\n\n??? success "Solution"\n    Because:\n\n    ```python\n    1\n    ```\n\nNext\n'
    )
    unboxed = "1. Why?\n\n**Solution**\n\nBecause:\n\n```python\n1\n```\n\nNext\n"
    assert downloads.plain(boxed) == unboxed


@pytest.mark.parametrize("name", [*topics.PAGES, "index", "glossary"])
def test_nothing_of_this_sites_own_markup_is_left(name):
    text = downloads.markdown_of_page(page(name))
    markup = r"^ *(?:\?\?\?|!!!|===|:::|{ ).*|<(?:div|p ).*|<!--.*"
    assert re.findall(markup, text, re.MULTILINE) == []


@each_page
def test_a_pages_script_prints_what_the_page_shows(name, tmp_path):
    notebook = downloads.notebook_of_page(page(name))
    script = tmp_path / "page.py"
    script.write_text(downloads.script(notebook), "utf-8")
    command = [sys.executable, "-W", "ignore:FigureCanvasAgg,ignore:More than 20", str(script)]
    run = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    lines = topics.text(name).splitlines()
    pinned = "".join(s.output.code for s in snippets.find(lines) if s.output and not s.torch)
    assert run.stdout.splitlines() == pinned.splitlines()


@each_page
def test_a_pages_notebook_holds_its_snippets(name):
    notebook = downloads.notebook_of_page(page(name))
    nbformat.validate(notebook)
    lines = topics.text(name).splitlines()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells] == [
        snippet.source.code.strip() for snippet in snippets.find(lines) if not snippet.torch
    ]
    headings = [line for line in lines if line.startswith("## ")]
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert [line for line in text.splitlines() if line.startswith("## ")] == headings
    assert text.count("```python") == sum(s.torch for s in snippets.find(lines))
    assert "<!--pytest" not in text


@pytest.mark.parametrize("lab", LABS)
def test_a_labs_notebook_is_the_lab(lab):
    source = (ROOT / f"docs/labs/{lab}.py").read_text("utf-8")
    notebook = downloads.notebook_of_lab(source)
    nbformat.validate(notebook)
    # What the lab needs is said on its page, not in its files.
    handed_out = re.sub(r'^(# %% \[markdown\]) needs=".*"', r"\1", source)
    assert downloads.script(notebook).split() == handed_out.split()


def test_a_notebook_runs_in_jupyter(tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = downloads.notebook_of_page(page("three-by-three"))
    path = tmp_path / "page.ipynb"
    nbformat.write(notebook, path)
    ran = NotebookClient(nbformat.read(path, as_version=4)).execute()
    outputs = [out for cell in ran.cells if cell.cell_type == "code" for out in cell.outputs]
    drawn = [out for out in outputs if "image/png" in out.get("data", {})]
    figures = [cell for cell in ran.cells if "plt.show()" in cell.source]
    assert len(drawn) == len(figures) > 0


def test_a_notebook_begins_by_installing_the_package():
    notebook = downloads.notebook_of_page(page("kernels"))
    notebooks.install(notebook, "https://site.example/it.whl")
    nbformat.validate(notebook)
    assert notebook.cells[0].cell_type == "code"
    assert notebook.cells[0].source == "%pip install --quiet https://site.example/it.whl"


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A figure as it stands on a page: a line, and an image of 2×2 pixels, one colour each row."""
    monkeypatch.chdir(tmp_path)
    with plt.rc_context(figures.STYLE):
        figure, (left, right) = plt.subplots(1, 2, num="Drawn", clear=True)
        left.plot([0, 1], lw=9)
        left.set_title("title", size=30)
        right.imshow(np.array([[[255, 0, 0]] * 2, [[0, 0, 255]] * 2], dtype=np.uint8))
        right.set_axis_off()
        return figures.to_html(figure, "drawn")


def colours_of(png):
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    return image, {colour: count for count, colour in image.getcolors(1 << 20)}


def test_a_figure_becomes_a_picture_in_the_light_colours(drawn):
    image, counts = colours_of(pictures.png(drawn, {"--fig-1": "#1f6fb4"}))
    assert image.size == (720, 446)  # 3.75 × 2.325 inches, twice 96 pixels an inch
    assert image.getpixel((0, 0)) == (255, 255, 255, 255)
    assert counts[0x1F, 0x6F, 0xB4, 255] > 1000  # the line
    assert counts[0, 0, 0, 255] > 500  # the title, in ink
    # Squares and no gradient: the image is 307 pixels wide and high, a half of it each.
    assert min(counts[255, 0, 0, 255], counts[0, 0, 255, 255]) > 0.98 * 307 * 307 / 2
    assert {alpha for *_, alpha in counts} == {255}


def test_a_picture_is_drawn_once(drawn, monkeypatch):
    first = pictures.png(drawn, {"--fig-1": "#1f6fb4"})
    monkeypatch.delattr(pictures.resvg_py, "svg_to_bytes")
    assert pictures.png(drawn, {"--fig-1": "#1f6fb4"}) == first
    with pytest.raises(AttributeError):
        pictures.png(drawn, {"--fig-1": "#2f6fb4"})


def test_the_light_palette_is_the_first():
    sheet = (
        ":root { --fig-1: #111; --fig-grid:#ddd;}\n.dark { --fig-1: #eee; } a { b: var(--fig-1); }"
    )
    assert pictures.light_colours(sheet) == {"--fig-1": "#111", "--fig-grid": "#ddd"}


def test_the_style_sheet_has_every_colour_that_figures_use():
    used = {value[4:-1] for value in figures.PALETTE.values() if value.startswith("var(")}
    known = pictures.light_colours((ROOT / "docs/assets/site.css").read_text("utf-8"))
    assert len(used) == 8  # of six series, the grid and the paper
    assert set(known) >= used


def test_a_notebook_shows_what_was_printed_and_drawn(drawn):
    notebook = downloads.notebook_of_page("# T\n\n```python\n1\n```\n\n```python\n2\n```\n")
    notebooks.add_outputs(notebook, [("words\n", drawn), ("",)], {"--fig-1": "#1f6fb4"})
    nbformat.validate(notebook)
    _, first, second = notebook.cells
    assert [output.get("text") for output in first.outputs] == ["words\n", None]
    png = base64.b64decode(first.outputs[1].data["image/png"])
    assert png == pictures.png(drawn, {"--fig-1": "#1f6fb4"})
    assert second.outputs == []


@pytest.mark.parametrize("name", [name for name in REFERENCES if name != "models"])
def test_the_references_markdown_holds_the_docstrings(name):
    pages = [name, "models"] if name == "receptive_field" else [name]
    sources = [(ROOT / f"docs/reference/{page}.md").read_text("utf-8") for page in pages]
    package = griffe.load("convnotes")

    def load(path):
        return package[path.removeprefix("convnotes.")]

    text = "\n".join(downloads.markdown_of_reference(source, load) for source in sources)
    module = load(f"convnotes.{name}")
    for member in module.exports:
        assert f"`convnotes.{name}.{member}" in text
        if module[member].has_docstring and not module[member].is_module:
            assert module[member].docstring.value in text
