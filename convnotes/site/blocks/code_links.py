"""Names from the package lead from a block of code to their place in the reference.

A Python-Markdown extension. It reads each block as Python and marks what was imported from
``convnotes``, where the block first uses it; mkdocs-autorefs, which knows every page, turns the
marks into links. Without it they are unknown elements, which browsers show as the text they hold.

The Tab key stops at a name where the page has it first, and only there: whatever a pointer reaches,
keys reach, without hundreds of stops on the way down a page.
"""

import ast
import re
from collections.abc import Iterator
from html import unescape

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

PLACE = re.compile(
    r"""
    id="(?P<heading>convnotes[.\w]+)"  # in the reference
    | (?P<opening><div\ class="language-(?P<language>python|pycon)\ highlight">
        <pre>(?:<span></span>)?<code>)
      (?P<code>(?:(?!<autoref|</code>).)*)(?=</code>)  # without marks so far
    """,
    re.DOTALL | re.VERBOSE,
)
CHARACTER = re.compile(r"<[^>]*>|&[^;]*;|[^<&]")  # or a tag
PROMPT = re.compile(r"(?:>>>|\.\.\.) ")


class Linker:
    """Marks names in the blocks of one page; what one block imports, the next ones know."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}  # each name with its path
        self.seen: set[str] = set()
        self.heading = ""

    def replace(self, match: re.Match[str]) -> str:
        """Mark a block; an example in the reference doesn't link to the heading above it."""
        if match["heading"]:
            self.heading = match["heading"]
            return match[0]
        pieces = CHARACTER.findall(match["code"])
        places = [n for n, piece in enumerate(pieces) if not piece.startswith("<")]
        text = unescape("".join(pieces[n] for n in places))
        linked = {self.heading}
        for start, name, path in sorted(self._names(text, match["language"] == "pycon")):
            if path not in linked and text.startswith(name, start):
                later = ' tabindex="-1"' if path in self.seen else ""
                first, last = places[start], places[start + len(name) - 1]
                pieces[first] = f'<autoref optional identifier="{path}"{later}>{pieces[first]}'
                pieces[last] += "</autoref>"
                linked.add(path)
                self.seen.add(path)
        return match["opening"] + "".join(pieces)

    def _names(self, text: str, session: bool) -> Iterator[tuple[int, str, str]]:
        """Where names from the package begin, the names and their paths."""
        lines = text.splitlines(keepends=True)
        prompt = 4 if session else 0
        code = [line[prompt:] if PROMPT.match(line) or not session else "\n" for line in lines]
        try:
            tree = ast.parse("".join(code))
        except SyntaxError:
            return
        for node in ast.walk(tree):
            self._learn(node)
        for node in ast.walk(tree):
            if path := self._path(node):
                name = node.attr if isinstance(node, ast.Attribute) else node.id
                line = node.end_lineno - 1
                before = code[line].encode()[: node.end_col_offset].decode()  # ast counts bytes
                end = sum(map(len, lines[:line])) + prompt + len(before)
                yield end - len(name), name, path

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.ImportFrom(module=str(module), names=names):
                for alias in names:
                    self.known[alias.asname or alias.name] = f"{module}.{alias.name}"
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                self.known.pop(name, None)  # from now on it is something else

    def _path(self, node: ast.AST) -> str:
        match node:
            case ast.Name(id=name):
                path = self.known.get(name, "")
            case ast.Attribute(value=owner, attr=name) if path := self._path(owner):
                path = f"{path}.{name}"
            case _:
                return ""
        return path if path.startswith("convnotes.") else ""


def link(html: str) -> str:
    """Mark the names from the package in a page's blocks of code."""
    return PLACE.sub(Linker().replace, html)


class CodeLinksPostprocessor(Postprocessor):
    """Marks the names in the finished HTML."""

    def run(self, text: str) -> str:
        """Find the page's blocks of code."""
        return link(text)


class CodeLinksExtension(Extension):
    """Needs ``pymdownx.highlight: {pygments_lang_class: true}`` beside it."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Run after the blocks are in the page (30)."""
        md.postprocessors.register(CodeLinksPostprocessor(md), "convnotes_code_links", 1)


def makeExtension(**kwargs: str) -> CodeLinksExtension:  # noqa: N802
    """Entry point that Python-Markdown looks for."""
    return CodeLinksExtension(**kwargs)
