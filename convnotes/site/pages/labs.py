"""Notebook pages in the markup of every other page.

mkdocs-jupyter hands over JupyterLab's: half a megabyte of inline style, scripts, prompts, a copy
of every cell for its own copy button, and formulas and links as they stood in the source. What
is kept: text, code, outputs.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from itertools import groupby

from bs4 import BeautifulSoup, NavigableString, Tag
from smartypants import Attr, smartypants

from convnotes.site.blocks.running import Result
from convnotes.site.pages import glossary
from convnotes.site.pages.mathml import to_mathml

FORMULA = re.compile(r"\$\$(?P<display>.+?)\$\$|\$(?P<inline>.+?)\$", re.DOTALL)


def clean(html: str, link: Callable[[str], str]) -> str:
    """Rewrite a notebook page.

    Args:
        html: What mkdocs-jupyter rendered.
        link: Turns the address in a link to a Markdown source into the page's address.
    """
    page = BeautifulSoup(html, "html.parser")
    texts = page.find_all(class_="jp-MarkdownOutput")
    for text in texts:
        _rewrite(text, link)
    glossary.mark(texts)
    parts = []
    for cell in page.find_all(id=re.compile("^cell-id=")):
        if text := cell.find(class_="jp-MarkdownOutput"):
            # Quotes as on the other pages
            parts.append(smartypants(text.decode_contents(), Attr.q))
        if code := cell.find(class_=re.compile("^highlight-")):
            outputs = _outputs(cell.find_all(class_="jp-OutputArea-output"))
            block = [_code("language-python", code.pre.decode_contents()), *outputs]
            parts.append('<div class="block cell">' + "\n".join(block) + "</div>")
    return "\n".join(parts)


def results(html: str) -> list[Result]:
    """What each code cell of a notebook page printed and drew."""
    cells = re.split(r'(?=<div [^>]*id="cell-id=)', html)
    return [
        Result(_printed(cell), re.findall(r'<figure class="live".*?</figure>', cell, re.DOTALL))
        for cell in cells
        if 'class="highlight-' in cell
    ]


def summary(html: str) -> str:
    """A lab's description: as many of its first sentences as a search result shows."""
    sentences = re.split(
        r"(?<=[.?!]) ", " ".join(BeautifulSoup(html, "html.parser").p.text.split())
    )
    while len(" ".join(sentences)) > 160 and len(sentences) > 1:
        sentences.pop()
    return " ".join(sentences)


def _rewrite(cell: Tag, link: Callable[[str], str]) -> None:
    for anchor in cell.find_all("a", class_="anchor-link"):
        anchor["class"], anchor["title"] = "headerlink", "Permanent link"
    for anchor in cell.find_all("a", href=re.compile(r"^[^:#]+\.(md|py)(#|$)")):
        anchor["href"] = link(anchor["href"])
    for node in list(cell.find_all(string=FORMULA)):
        if node.find_parent(["code", "pre"]) is None:
            _set_formulas(node)


def _set_formulas(node: NavigableString) -> None:
    markup = FORMULA.sub(
        lambda m: to_mathml(
            unescape(m["display"] or m["inline"]), display=m["display"] is not None
        ),
        node.output_ready(),  # as markup: the text around the formulas stays escaped
    )
    node.replace_with(BeautifulSoup(markup, "html.parser"))


def _outputs(outputs: list[Tag]) -> Iterator[str]:
    """What is printed arrives in pieces, which differ from run to run: they are put together."""
    for mime_type, pieces in groupby(outputs, key=lambda output: output["data-mime-type"]):
        if mime_type == "text/plain":
            text = "".join(piece.pre.decode_contents() for piece in pieces)
            yield _code("language-text output no-copy", text)
        else:
            yield from (piece.decode_contents() for piece in pieces)


def _printed(cell: str) -> str:
    pieces = re.findall(r'data-mime-type="text/plain"[^>]*>\s*<pre>(.*?)</pre>', cell, re.DOTALL)
    return unescape(re.sub("<[^>]*>", "", "".join(pieces)))


def _code(classes: str, content: str) -> str:
    return f'<div class="{classes} highlight"><pre><code>{content}</code></pre></div>'
