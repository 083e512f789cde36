"""Live snippets: the code on a page runs at build time, and draws the figure before it.

A Python-Markdown extension. It runs every ``python`` fence, whatever its indentation, in every
state it offers, compares what it prints with the output shown on the page, and sets it as a block:
controls, figures, code, output. Whatever goes wrong stops the build with the page and the line: see
:class:`SnippetError`.
"""

import logging
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from convnotes.site.blocks import controls, processes, states
from convnotes.site.blocks.folding import mostly_draws
from convnotes.site.blocks.running import Result
from convnotes.site.blocks.snippets import (
    CODE_SHOWN,
    EXPECTED_OUTPUT,
    TOUCH,
    WITH_TORCH,
    Snippet,
    SnippetError,
    find,
)

FOLD = '<div class="fold"><details><summary>Code</summary>', "</details></div>"

log = logging.getLogger("mkdocs.plugins.convnotes")


@dataclass(frozen=True)
class Ran:
    """A snippet, what it offers to try, and the result of each state, the written one included."""

    snippet: Snippet
    offers: list[states.Control]
    codes: list[str]
    results: list[Result]  # empty for what only tests run

    @property
    def written(self) -> Result:
        """The result of the code as it stands in the page."""
        return self.results[self.codes.index(self.snippet.source.code)]

    @property
    def figures(self) -> str:
        """The figures of that state, none if it didn't run."""
        return "".join(self.written.figures) if self.results else ""

    @property
    def folded(self) -> bool:
        """Whether the code stands folded under a figure."""
        said = self.snippet.folded
        folded = mostly_draws(self.snippet.source.code) if said is None else said
        return folded and bool(self.figures)


class SnippetsPreprocessor(Preprocessor):
    """Sets each snippet into the page as a block."""

    def __init__(self, md: Markdown, docs: Path) -> None:
        super().__init__(md)
        self.docs = docs

    def run(self, lines: list[str]) -> list[str]:
        """Check and run the page's snippets in all their states, and set them."""
        try:
            blocks = self._run(lines)
        except SnippetError as error:
            page, lines_before = self._place(lines)
            raise SnippetError(error.line + lines_before, error.problem, page) from None
        for block in reversed(blocks):
            lines = self._set(lines, block)
        said = CODE_SHOWN, TOUCH, re.compile(WITH_TORCH)
        return [
            "" if blocks and any(one.fullmatch(line) for one in said) else line for line in lines
        ]

    def _run(self, lines: list[str]) -> list[Ran]:
        snippets = find(lines)
        if not snippets:  # as in most docstrings
            return []
        offers = [offered(snippet) for snippet in snippets]
        codes = [
            [] if s.torch else states.codes(s.source.code, o)
            for s, o in zip(snippets, offers, strict=True)
        ]
        results, ran = processes.run([code for own in codes for code in own])
        if ran:
            log.info("Ran %d of %d snippets of %s", ran, len(results), self._place(lines)[0])
        rest = iter(results)
        blocks = [
            Ran(snippet, own, written, list(islice(rest, len(written))))
            for snippet, own, written in zip(snippets, offers, codes, strict=True)
        ]
        for block in blocks:
            if problem := _problem(block):
                raise SnippetError(block.snippet.source.first + 1, problem)
        return blocks

    def _set(self, lines: list[str], block: Ran) -> list[str]:
        """The page's lines with a block in place of the snippet."""
        source, output = block.snippet.source, block.snippet.output
        fold, end = FOLD if block.folded else ("", "")
        form = controls.form(block.offers, block.results) if block.offers else ""
        touch = block.snippet.touch
        kind = " torch" if block.snippet.torch else ""  # the page has no button to run it

        def markup(html: str) -> list[str]:
            return ["", source.indent + self.md.htmlStash.store(html), ""] if html else []

        printed = lines[output.first + 1 : output.last] if output else []
        if output and _is_table(output.code):
            printed = [*markup('<div class="output">'), *printed, *markup("</div>")]
        elif output:
            opening = f"{output.indent}```{{.text .output .no-copy}}"
            printed = [opening, *printed, lines[output.last]]

        return [
            *lines[: source.first],
            *markup(f'<div class="block{kind}">{_woken(form + block.figures, touch)}{fold}'),
            *lines[source.first : source.last + 1],
            *markup(end),
            "",  # or code and output make one paragraph
            *printed,
            *markup("</div>"),
            *lines[(output or source).last + 1 :],
        ]

    def _place(self, lines: list[str]) -> tuple[str, int]:
        """The page's file, and how many lines (its front matter) stand before these.

        A Markdown extension isn't told, so look for the text in the folder.
        """
        text = "\n".join(lines).strip()
        blank = next((n for n, line in enumerate(lines) if line.strip()), 0)
        for path in sorted(self.docs.rglob("*.md")):
            before, found, _ = path.read_text("utf-8").expandtabs(4).partition(text)
            if found:
                return path.as_posix(), before.count("\n") - blank
        return "page", 0


def _woken(figures: str, name: str | None) -> str:
    """Figures as what stands in the place of the element until it wakes, and on paper."""
    return f'<{name} class="touch" id="{name}">{figures}</{name}>' if name else figures


def _is_table(text: str) -> bool:
    """Whether what is printed is a Markdown table, which comes out of its fence."""
    lines = text.splitlines()
    return len(lines) > 1 and all(line.startswith("|") for line in lines)


def offered(snippet: Snippet) -> list[states.Control]:
    """What a snippet offers to try.

    Raises:
        SnippetError: If an offer can't be read.
    """
    try:
        return states.controls(snippet.source.code)
    except states.OfferError as error:
        raise SnippetError(snippet.source.first + 2 + error.line, str(error)) from None


def _problem(block: Ran) -> str:
    if block.snippet.torch:
        return _problem_with_torch(block)
    written, output = block.written, block.snippet.output
    for number, result in enumerate(block.results):
        at = f" at {states.named(block.offers, number)}" if block.offers else ""
        if result.error:
            return f"the snippet fails{at}\n\n{result.error}"
        if bool(result.output) != bool(written.output):
            return f"the snippet prints in one state and not in another{at}"
        if len(result.figures) != len(written.figures):
            return f"the snippet draws {len(result.figures)} figures{at}, not as many as written"
    if written.output and output is None:
        return (
            "the snippet prints, and the page doesn't show what; put\n\n"
            f"{EXPECTED_OUTPUT}\n```text\n{written.output}```\n\nbehind it"
        )
    if output and output.code != written.output:
        return f"the page shows\n\n{output.code}\nbut the snippet prints\n\n{written.output}"
    return ""


def _problem_with_torch(block: Ran) -> str:
    if block.offers:
        return "the snippet offers values to try, but no build runs what needs PyTorch"
    if block.snippet.output is None:
        return "the snippet needs PyTorch, and no build runs it; pin what it prints behind it"
    return ""


class SnippetsExtension(Extension):
    """``docs``: the folder in which error messages look for the page."""

    def __init__(self, **kwargs: str) -> None:
        self.config = {"docs": ["docs", "Folder of the pages"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Run after normalize_whitespace (30), which eats stashed HTML, before fences (25)."""
        preprocessor = SnippetsPreprocessor(md, Path(self.getConfig("docs")))
        md.preprocessors.register(preprocessor, "convnotes_snippets", 28)


def makeExtension(**kwargs: str) -> SnippetsExtension:  # noqa: N802
    """Entry point that Python-Markdown looks for."""
    return SnippetsExtension(**kwargs)
