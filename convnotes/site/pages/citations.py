"""Papers can be clicked: ``arXiv:1603.07285`` and ``doi:10.1109/5.726791`` become links.

A Python-Markdown extension, for the text of pages and docstrings alike. Whoever reads the source, a
notebook or the Markdown has the same words, by which any library finds the paper.
"""

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

PAPER = (
    r"\barXiv:(?P<arxiv>\d{4}\.\d{4,5})"
    r"|\bdoi:(?P<doi>10\.\d{4,9}/[^\s<>*]*[^\s<>*.,;:)])"  # ends before the sentence does
)


class CitationProcessor(InlineProcessor):
    """Links one paper."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # noqa: N802
        """Set the words as a link to the paper's page, which outlives the paper's address."""
        base = "https://arxiv.org/abs/" if m["arxiv"] else "https://doi.org/"
        link = Element("a", href=base + (m["arxiv"] or m["doi"]))
        link.text = AtomicString(m[0])
        return link, m.start(), m.end()


class CitationsExtension(Extension):
    """Needs nothing beside it."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Run after code (190) and links (160), before an underscore could mean emphasis (60)."""
        md.inlinePatterns.register(CitationProcessor(PAPER, md), "convnotes_citations", 115)


def makeExtension(**kwargs: str) -> CitationsExtension:  # noqa: N802
    """Entry point that Python-Markdown looks for."""
    return CitationsExtension(**kwargs)
