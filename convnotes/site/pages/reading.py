"""What a reader wants to know before reading: how long it takes, and what it needs."""

import html
import re
from collections.abc import Callable

import jupytext

WORDS, LINES, FIGURES = 200, 40, 4  # each read in a minute
FIGURE = re.compile(r'<figure class="live".*?</figure>', re.DOTALL)
CODE = re.compile(r"<pre.*?</pre>", re.DOTALL)
FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
LINK = re.compile(r"\[(?P<text>[^]]+)\]\((?P<source>[^)\s]+)\)")


def minutes(page: str) -> int:
    """How long the rendered page takes: prose, code with what it prints, figures; at least 1."""
    figures = len(FIGURE.findall(page))
    page = FIGURE.sub(" ", page)
    lines = sum(code.strip().count("\n") + 1 for code in map(_text, CODE.findall(page)))
    words = len(_text(FORMULA.sub("x", CODE.sub(" ", page))).split())
    return max(1, round(words / WORDS + lines / LINES + figures / FIGURES))


def _text(markup: str) -> str:
    return html.unescape(TAG.sub("", markup))


def needs(words: str, link: Callable[[str], str]) -> str:
    """What a page needs as HTML.

    Args:
        words: A phrase, in which ``[text](source.md)`` is a link to another page.
        link: Turns a source into the page's address.
    """
    return LINK.sub(
        lambda m: f'<a href="{link(m["source"])}">{m["text"]}</a>', html.escape(words, quote=False)
    )


def needs_of_lab(script: str) -> str | None:
    """The phrase in a lab, which has no front matter: its first cell's ``needs="…"``."""
    first, *_ = jupytext.reads(script, "py:percent").cells
    return first.metadata.get("needs")
