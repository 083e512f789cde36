"""Code in colour, without a tag around what has none.

A Python-Markdown extension. Pygments wraps every name, bracket, operator and space in a ``<span>``,
which is three quarters of the elements of a page here and a tenth of its weight. They look the
same without.
"""

from markdown import Markdown
from markdown.extensions import Extension
from pygments.token import STANDARD_TYPES, Name, Operator, Punctuation, Text, Whitespace

WITHOUT_COLOUR = (Name, Operator, Punctuation, Text, Whitespace)


class PlainCodeExtension(Extension):
    """Takes the class of these tokens, so that no tag is written for them."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Change what Pygments looks up for every block of code: on pages and in the reference."""
        STANDARD_TYPES.update(dict.fromkeys(WITHOUT_COLOUR, ""))


def makeExtension(**kwargs: str) -> PlainCodeExtension:  # noqa: N802
    """Entry point that Python-Markdown looks for."""
    return PlainCodeExtension(**kwargs)
