"""What a page hands out: a notebook and a script that run, and Markdown that stands alone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import griffe
import nbformat
import pytest
from nbclient import NotebookClient

from convnotes.site.blocks import snippets
from convnotes.site.pages import downloads

ROOT = Path(__file__).parents[1]
TOPICS = ["convolution", "kernels", "three-by-three", "activations", "receptive-field"]
LABS = sorted(path.stem for path in (ROOT / "docs/labs").glob("*.py"))
REFERENCES = sorted(path.stem for path in (ROOT / "docs/reference").glob("*.md"))
each_topic = pytest.mark.parametrize("topic", TOPICS)


def page(name):
    return downloads.plain((ROOT / f"docs/{name}.md").read_text("utf-8"))


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


@pytest.mark.parametrize("name", [*TOPICS, "index", "glossary"])
def test_nothing_of_this_sites_own_markup_is_left(name):
    text = downloads.markdown_of_page(page(name))
    assert re.findall(r"^ *(?:\?\?\?|!!!|===|:::).*|<div.*|<!--.*", text, re.MULTILINE) == []


@each_topic
def test_a_pages_script_prints_what_the_page_shows(topic, tmp_path):
    notebook = downloads.notebook_of_page(page(topic))
    script = tmp_path / f"{topic}.py"
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
    lines = (ROOT / f"docs/{topic}.md").read_text("utf-8").splitlines()
    pinned = "".join(s.output.code for s in snippets.find(lines) if s.output)
    assert run.stdout.splitlines() == pinned.splitlines()


@each_topic
def test_a_pages_notebook_holds_its_snippets(topic):
    notebook = downloads.notebook_of_page(page(topic))
    nbformat.validate(notebook)
    lines = (ROOT / f"docs/{topic}.md").read_text("utf-8").splitlines()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells] == [
        snippet.source.code.strip() for snippet in snippets.find(lines)
    ]
    headings = [line for line in lines if line.startswith("## ")]
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert [line for line in text.splitlines() if line.startswith("## ")] == headings
    assert "```python" not in text
    assert snippets.EXPECTED_OUTPUT not in text


@pytest.mark.parametrize("lab", LABS)
def test_a_labs_notebook_is_the_lab(lab):
    source = (ROOT / f"docs/labs/{lab}.py").read_text("utf-8")
    notebook = downloads.notebook_of_lab(source)
    nbformat.validate(notebook)
    assert downloads.script(notebook).split() == source.split()


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


@pytest.mark.parametrize("name", REFERENCES)
def test_a_references_markdown_holds_the_docstrings(name):
    source = (ROOT / f"docs/reference/{name}.md").read_text("utf-8")
    text = downloads.markdown_of_reference(source, griffe.load)
    module = griffe.load(f"convnotes.{name}")
    for member in module.exports:
        assert f"`convnotes.{name}.{member}" in text
        if module[member].has_docstring and not module[member].is_module:
            assert module[member].docstring.value in text
