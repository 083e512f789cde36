"""The glossary's terms get a tooltip, for keyboards too, where a page uses them first.

A Python-Markdown extension. The glossary page is the only source: below ``## Terms``, each ``###``
heading is a term, with its other forms behind commas, and the paragraph under it its definition.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

ENTRY = re.compile(r"^### (?P<term>.+)\n\n(?P<definition>(?:.+\n?)+)", re.MULTILINE)
# In these a dotted line would mislead or disturb.
SKIPPED = {"h1", "h2", "h3", "h4", "a", "code", "pre", "abbr", "summary", "label", "figcaption"}


def terms(page: str) -> dict[str, str]:
    """Term to definition, from the text of the glossary page."""
    _, _, listed = page.partition("\n## Terms\n")
    return {m["term"]: " ".join(m["definition"].split()) for m in ENTRY.finditer(listed)}


class GlossaryTreeprocessor(Treeprocessor):
    """Marks the first use of each term in the text of a page."""

    def __init__(self, md: Markdown, path: Path) -> None:
        super().__init__(md)
        page = path.read_text("utf-8")
        self.title = re.search(r"^# (.+)$", page, re.MULTILINE)[1]
        self.definitions = {
            form: text for term, text in terms(page).items() for form in term.lower().split(", ")
        }
        longest_first = map(re.escape, sorted(self.definitions, key=len, reverse=True))
        self.term = re.compile(rf"(?i)\b(?P<term>{'|'.join(longest_first)})s?\b")

    def run(self, root: Element) -> None:
        """Mark the page, unless it is the glossary itself."""
        heading = root.find("h1")
        if self.definitions and (heading is None or heading.text != self.title):
            self._mark(root, set())

    def _mark(self, parent: Element, seen: set[str]) -> None:
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

    def _split(self, text: str | None, seen: set[str]) -> tuple[str | None, list[Element]]:
        """The text up to the first new term, and an element for each with the text behind it."""
        if not text or isinstance(text, AtomicString):
            return text, []
        new = list(self._new_terms(text, seen))
        ends = [match.start() for match in new[1:]] + [len(text)]
        marks = []
        for match, end in zip(new, ends, strict=False):
            mark = Element("abbr", tabindex="0", title=self.definitions[match["term"].lower()])
            mark.text, mark.tail = AtomicString(match[0]), text[match.end() : end]
            marks.append(mark)
        return text[: new[0].start()] if new else text, marks

    def _new_terms(self, text: str, seen: set[str]) -> Iterator[re.Match[str]]:
        for match in self.term.finditer(text):
            definition = self.definitions[match["term"].lower()]
            if definition not in seen:
                seen.add(definition)
                yield match


class GlossaryExtension(Extension):
    """``page``: the glossary's source."""

    def __init__(self, **kwargs: str) -> None:
        self.config = {"page": ["docs/glossary.md", "The glossary's source"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Run after inline Markdown (20), when code and links are elements."""
        processor = GlossaryTreeprocessor(md, Path(self.getConfig("page")))
        md.treeprocessors.register(processor, "convnotes_glossary", 7)


def makeExtension(**kwargs: str) -> GlossaryExtension:  # noqa: N802
    """Entry point that Python-Markdown looks for."""
    return GlossaryExtension(**kwargs)
