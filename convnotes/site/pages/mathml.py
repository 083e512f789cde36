"""LaTeX in pages and docstrings becomes MathML at build time, so no page needs JavaScript for it.

A Python-Markdown extension. pymdownx.arithmatex finds the formulas, math-core translates them.
"""

import html
import re

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from math_core import LatexError, LatexToMathML

FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<latex>.*?)\\[)\]]</(?P=tag)>'
    r"(?P<punctuation>[.,;:!?)]*)",
    re.DOTALL,
)


# math-core aligns columns by inline style, which a strict Content-Security-Policy refuses.
ALIGNMENT = re.compile(r' style="text-align: (left|right);[^"]*"')


def to_mathml(latex: str, *, display: bool) -> str:
    """One formula as a ``<math>`` element; a long displayed one scrolls inside itself.

    Raises:
        ValueError: If it isn't LaTeX that math-core understands; the message quotes it.
    """
    try:
        math = LatexToMathML().convert_with_local_state(latex, displaystyle=display)
    except LatexError as error:
        raise ValueError(f"not LaTeX that can be shown: {latex!r}: {error}") from None
    math = ALIGNMENT.sub(r' class="align-\1"', math)
    return f'<div class="formula">{math}</div>' if display else math


def _replace(match: re.Match[str]) -> str:
    math = to_mathml(html.unescape(match["latex"]), display=match["tag"] == "div")
    if not match["punctuation"]:
        return math
    # Browsers would break the line between a formula and its full stop.
    return f'<span class="unbroken">{math}{match["punctuation"]}</span>'


class MathMLPostprocessor(Postprocessor):
    """Replaces what arithmatex marked."""

    def run(self, text: str) -> str:
        """Translate every formula of the finished HTML."""
        return FORMULA.sub(_replace, text)


class MathMLExtension(Extension):
    """Needs ``pymdownx.arithmatex: {generic: true}`` beside it."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Run last, on the finished HTML."""
        md.postprocessors.register(MathMLPostprocessor(md), "convnotes_mathml", 0)


def makeExtension(**kwargs: str) -> MathMLExtension:  # noqa: N802
    """Entry point that Python-Markdown looks for."""
    return MathMLExtension(**kwargs)
