"""Pages to take along: a notebook, a script, and Markdown for tools that read text.

All are made from the page's own source when the site is built. A page's snippets become the cells
of its notebook; a lab is a script already. The reference's Markdown comes from the docstrings.
Their code needs the package, so each says what to install: the wheel that the site serves.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from textwrap import dedent

import jupytext
import nbformat
import yaml
from griffe import Object
from mkdocs.structure.pages import Page
from nbformat import NotebookNode, v4

from convnotes.site.blocks import snippets
from convnotes.site.pages import notebooks, pictures

# To a page or a lab, to a section of the same page, or to a function by its name.
LINK = re.compile(
    r"\]\((?P<source>[^()\s:#]+\.(?:md|py))?(?P<anchor>#[^()\s]+)?\)|\]\[(?P<name>convnotes[.\w]*)\]"
)
# Boxes, and tabs.
BOX = re.compile(r'(?:(?:\?\?\?\+?|!!!) \w+|===) "(?P<title>.+)"')
WRAPPER = re.compile(r"</?div[^>]*>\n+|^<p .*</p>\n+|^{ \.[\w-]+ }\n", re.MULTILINE)
BELOW_INSTALLATION = "Made from [the page]({here}). Needs the package that the line above installs."
WITH_INSTALLATION = "Made from [the page]({here}). Its code needs `pip install {package}`."
AUTODOC = re.compile(r"^::: (?P<name>[\w.]+)\n(?P<options>(?:[ ]{4}.*\n|\n(?=[ ]{4}))*)", re.M)


def write(
    page: Page,
    wheel: str,
    outputs: tuple[tuple[str, ...], ...],
    style_sheet: str,
    address: Callable[[str], str],
    load: Callable[[str], Object],
) -> list[str]:
    """Put a page's files beside it.

    Args:
        page: The page, rendered.
        wheel: The address of the package.
        outputs: For each snippet, or cell of a lab, what it printed, and its figures.
        style_sheet: With the colours of the figures.
        address: Gives the address on the site of a source that the page names in a link; of
            itself for ``""``.
        load: Gives the documented object of a dotted name.

    Returns:
        The files' names; what tools read comes last.
    """
    text, here = absolute(page.markdown, address), address("")
    if "\n:::" in text:
        words = WITH_INSTALLATION.format(here=here, package=wheel)
        contents = {"index.md": introduced(markdown_of_reference(text, load), words)}
    elif page.is_homepage or not outputs:
        contents = {"index.md": markdown_of_page(plain(text))}
    else:
        lab = page.file.src_uri.endswith(".py")
        package = f'"convnotes[labs] @ {wheel}"' if lab else wheel
        source = Path(page.file.src_uri)
        stem = source.parent.name if source.stem == "index" else source.stem
        contents = _contents(text, stem, here, package, outputs, style_sheet, lab=lab)
    folder = Path(page.file.abs_dest_path).parent
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(content, "utf-8")
    return list(contents)


@lru_cache  # most pages are the same at the next save
def _contents(
    text: str,
    stem: str,
    here: str,
    package: str,
    outputs: tuple[tuple[str, ...], ...],
    style_sheet: str,
    *,
    lab: bool,
) -> dict[str, str]:
    if lab:
        notebook = notebook_of_lab(text)
        markdown = markdown_of_lab(notebook)
    else:
        notebook = notebook_of_page(plain(text))
        markdown = markdown_of_page(plain(text))
    title = notebook.cells[0]
    title.source = introduced(title.source, BELOW_INSTALLATION.format(here=here)).strip()
    python = f"# pip install {package}\n\n{script(notebook)}"
    notebooks.add_outputs(notebook, outputs, pictures.light_colours(style_sheet))
    notebooks.install(notebook, package)
    return {
        f"{stem}.ipynb": nbformat.writes(notebook) + "\n",
        f"{stem}.py": python,
        "index.md": introduced(markdown, WITH_INSTALLATION.format(here=here, package=package)),
    }


def absolute(text: str, address: Callable[[str], str]) -> str:
    """Links that work from anywhere.

    Args:
        text: Markdown as it stands in ``docs/``, or a lab's script.
        address: Gives a source's address on the site; ``""`` is the page itself.
    """

    def replace(link: re.Match[str]) -> str:
        if link["name"]:
            topic = link["name"].split(".")[1]
            return f"]({address(f'/reference/{topic}.md')}#{link['name']})"
        return f"]({address(link['source'] or '')}{link['anchor'] or ''})"

    return LINK.sub(replace, text)


def plain(markdown: str) -> str:
    """Markdown without this site's extensions: boxes and tabs become bold words and content."""
    lines, boxed = [], False
    for line in WRAPPER.sub("", markdown).splitlines():
        if snippets.CODE_SHOWN.fullmatch(line) or snippets.TOUCH.fullmatch(line):
            continue
        if box := BOX.fullmatch(line):
            boxed = True
            lines += [f"**{box['title']}**", ""]
        elif boxed and (line.startswith("    ") or not line):
            lines.append(line[4:])
        else:
            boxed = False
            lines.append(line)
    return "\n".join(lines) + "\n"


def notebook_of_page(markdown: str) -> NotebookNode:
    """A page as a notebook: text, and the snippets with what they print.

    What needs PyTorch stays in the text, or the notebook would end there where it isn't installed.
    """
    lines = markdown.splitlines()
    cells, read = [], 0
    for snippet in (found for found in snippets.find(lines) if not found.torch):
        cells.append(v4.new_markdown_cell("\n".join(lines[read : snippet.source.first]).strip()))
        cells.append(v4.new_code_cell(snippet.source.code.strip()))
        read = (snippet.output or snippet.source).last + 1
    cells.append(v4.new_markdown_cell("\n".join(lines[read:]).strip()))
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = without_comments(cell.source)
    return _notebook(cell for cell in cells if cell.source)


def notebook_of_lab(script: str) -> NotebookNode:
    """A lab as a notebook."""
    return _notebook(jupytext.reads(script, "py:percent").cells)


def _notebook(cells: Iterable[NotebookNode]) -> NotebookNode:
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = v4.new_notebook(cells=list(cells), metadata={"kernelspec": python})
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"  # nbformat's own are random, and builds must be equal
    return notebook


def introduced(markdown: str, words: str) -> str:
    """Markdown with ``words`` under its title."""
    title, _, text = markdown.lstrip().partition("\n")
    return f"{title}\n\n{words}\n{text}"


def script(notebook: NotebookNode) -> str:
    """A notebook as a Python script with its text in comments."""
    bare = v4.new_notebook(cells=notebook.cells)
    bare.metadata["jupytext"] = {
        "notebook_metadata_filter": "-all",
        "cell_metadata_filter": "tags,-all",
    }
    return jupytext.writes(bare, "py:percent")


def markdown_of_page(markdown: str) -> str:
    """A page for tools that read text; what a snippet prints stands in the block behind it."""
    return without_comments(markdown)


def without_comments(markdown: str) -> str:
    """Markdown without what only the tests read."""
    return re.sub(r"<!--pytest-codeblocks:.*-->\n+", "", markdown)


def markdown_of_lab(notebook: NotebookNode) -> str:
    """A lab for tools that read text."""
    fences = {"markdown": "{}\n", "code": "```python\n{}\n```\n"}
    return "\n".join(fences[cell.cell_type].format(cell.source) for cell in notebook.cells)


def markdown_of_reference(markdown: str, load: Callable[[str], Object]) -> str:
    """A reference page with the docstrings themselves where it calls for them.

    Args:
        markdown: The page, with mkdocstrings' ``:::`` directives.
        load: Gives the documented object of a dotted name.
    """

    def document(directive: re.Match[str]) -> str:
        options = yaml.safe_load(dedent(directive["options"])) or {}
        options = options.get("options", {})
        module = load(directive["name"])
        documented = [
            name
            for name, member in module.members.items()
            if member.is_public and member.has_docstring and not member.is_module
        ]
        names = options.get("members") or module.exports or documented
        level = options.get("heading_level", 2)
        return "\n".join(_described(module[name], level) for name in names)

    return AUTODOC.sub(document, markdown)


def _described(thing: Object, level: int) -> str:
    parts = [f"{'#' * level} `{thing.path}`\n"]
    if thing.is_function or thing.is_class:
        parts.append(f"```python\n{thing.signature(return_type=True)}\n```\n")
    if thing.has_docstring:
        parts.append(f"{thing.docstring.value}\n")
    if thing.is_class:
        members = (member for member in thing.members.values() if member.is_public)
        parts += [_described(member, level + 1) for member in members if member.has_docstring]
    return "\n".join(parts)
