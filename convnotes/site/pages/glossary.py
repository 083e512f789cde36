"""The glossary's terms get a tooltip, for keyboards too, where a page uses them first.

A Python-Markdown extension for pages and docstrings; labs call :func:`mark`. The build makes a link
to the glossary of each.
"""

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from bs4 import BeautifulSoup, NavigableString, Tag
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from convnotes.site.pages.terms import Glossary, Term

PAGE = "docs/glossary.md"
# In these a dotted line would mislead or disturb.
SKIPPED = {
    "h1", "h2", "h3", "h4", "a", "code", "pre", "abbr", "summary", "label", "figcaption", "th",
    "math", "autoref",
}  # fmt: skip
BIBLIOGRAPHY = "References"
MARK = re.compile(
    r'<abbr data-term="(?P<anchor>[^"]+)" tabindex="0" (?P<title>title="[^"]*")>'
    r"(?P<text>[^<]*)</abbr>"
)


def attributes(term: Term) -> dict[str, str]:
    """What marks a use of ``term`` in the text."""
    return {"data-term": term.anchor, "tabindex": "0", "title": term.definition}


def linked(html: str, page: str) -> str:
    """Make each mark a link to its entry, and leave one of each on a page.

    Args:
        html: A page's content.
        page: The glossary's address.
    """
    seen = set()

    def link(mark: re.Match[str]) -> str:
        if mark["anchor"] in seen:
            return mark["text"]
        seen.add(mark["anchor"])
        return f'<a class="term" href="{page}#{mark["anchor"]}" {mark["title"]}>{mark["text"]}</a>'

    return MARK.sub(link, html)


def mark(cells: list[Tag]) -> None:
    """Mark the first use of each term in the cells of a page that isn't made from Markdown."""
    glossary, seen = Glossary(Path(PAGE).read_text("utf-8")), set()
    for node in [node for cell in cells for node in cell.find_all(string=True)]:
        heading = node.find_previous("h2")
        listed = heading is not None and heading.text == BIBLIOGRAPHY
        if not listed and not node.find_parent(SKIPPED):
            _mark_text(node, list(glossary.first_uses(node, seen)))


def _mark_text(node: NavigableString, uses: list[tuple[re.Match[str], Term]]) -> None:
    ends = [match.start() for match, _ in uses[1:]] + [len(node)]
    marks: list[str | Tag] = []
    for (match, term), end in zip(uses, ends, strict=False):
        mark = BeautifulSoup("<abbr></abbr>", "html.parser").abbr
        mark.attrs, mark.string = attributes(term), match[0]
        marks += [mark, node[match.end() : end]]
    if uses:
        node.replace_with(node[: uses[0][0].start()], *marks)


class GlossaryTreeprocessor(Treeprocessor):
    """Marks the first use of each term in the text of a page."""

    def __init__(self, md: Markdown, path: Path) -> None:
        super().__init__(md)
        page = path.read_text("utf-8")
        self.title = re.search(r"^# (.+)$", page, re.MULTILINE)[1]
        self.glossary = Glossary(page)

    def run(self, root: Element) -> None:
        """Mark the page; the glossary itself gets the addresses of its entries."""
        heading = root.find("h1")
        if heading is not None and heading.text == self.title:
            for entry, term in zip(root.iter("h3"), self.glossary.terms, strict=True):
                entry.set("id", term.anchor)
            return
        seen: set[Term] = set()
        listed = False
        for child in root:
            if child.tag == "h2":
                listed = child.text == BIBLIOGRAPHY
            elif not listed:
                self._mark(child, seen)

    def _mark(self, parent: Element, seen: set[Term]) -> None:
        if parent.tag in SKIPPED:
            return
        children = list(parent)
        parent.text, marks = self._split(parent.text, seen)
        parent[:0] = marks
        for child in children:
            self._mark(child, seen)
            child.tail, marks = self._split(child.tail, seen)
            place = list(parent).index(child) + 1
            parent[place:place] = marks

    def _split(self, text: str | None, seen: set[Term]) -> tuple[str | None, list[Element]]:
        """The text up to the first new term, and an element for each with the text behind it."""
        if not text or isinstance(text, AtomicString):
            return text, []
        uses = list(self.glossary.first_uses(text, seen))
        ends = [match.start() for match, _ in uses[1:]] + [len(text)]
        marks = []
        for (match, term), end in zip(uses, ends, strict=False):
            mark = Element("abbr", attributes(term))
            mark.text, mark.tail = AtomicString(match[0]), text[match.end() : end]
            marks.append(mark)
        return text[: uses[0][0].start()] if uses else text, marks


class GlossaryExtension(Extension):
    """``page``: the glossary's source."""

    def __init__(self, **kwargs: str) -> None:
        self.config = {"page": [PAGE, "The glossary's source"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Run after inline Markdown (20), when code and links are elements."""
        processor = GlossaryTreeprocessor(md, Path(self.getConfig("page")))
        md.treeprocessors.register(processor, "convnotes_glossary", 7)


def makeExtension(**kwargs: str) -> GlossaryExtension:  # noqa: N802
    """Entry point that Python-Markdown looks for."""
    return GlossaryExtension(**kwargs)
