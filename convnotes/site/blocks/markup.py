"""Live snippets: the code on a page runs at build time, and draws the figure under it.

A Python-Markdown extension. It runs every ``python`` fence, whatever its indentation, puts the
figures it leaves open behind it, and compares what it prints with the output shown on the page.
Whatever goes wrong stops the build with the page and the line: see :class:`SnippetError`.
"""

import logging
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from convnotes.site.blocks import processes, running
from convnotes.site.blocks.snippets import EXPECTED_OUTPUT, Snippet, SnippetError, find

log = logging.getLogger("mkdocs.plugins.convnotes")


class SnippetsPreprocessor(Preprocessor):
    """Replaces nothing a reader sees; adds figures and marks the output fences."""

    def __init__(self, md: Markdown, docs: Path) -> None:
        super().__init__(md)
        self.docs = docs

    def run(self, lines: list[str]) -> list[str]:
        """Check and run the page's snippets, and put their figures behind them."""
        try:
            snippets = find(lines)
            if not snippets:  # as in most docstrings
                return lines
            results, ran = processes.run(snippets)
            if ran:
                log.info("Ran %d of %d snippets of %s", ran, len(snippets), self._place(lines)[0])
            for snippet, result in zip(snippets, results, strict=True):
                if problem := _problem(snippet, result):
                    raise SnippetError(snippet.source.first + 1, problem)
        except SnippetError as error:
            page, lines_before = self._place(lines)
            raise SnippetError(error.line + lines_before, error.problem, page) from None
        for snippet, result in reversed(list(zip(snippets, results, strict=True))):
            lines = self._with_figures(lines, snippet, result.figures)
        return lines

    def _with_figures(self, lines: list[str], snippet: Snippet, figures: list[str]) -> list[str]:
        lines = list(lines)
        source, output = snippet.source, snippet.output
        stashed = [source.indent + self.md.htmlStash.store(figure) for figure in figures]
        after = (output or source).last + 1
        lines[after:after] = [line for placeholder in stashed for line in ("", placeholder, "")]
        if output:
            lines[output.first] = f"{output.indent}```{{.text .output .no-copy}}"
            between = slice(source.last + 1, output.first)
            lines[between] = ["" if EXPECTED_OUTPUT in line else line for line in lines[between]]
        return lines

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


def _problem(snippet: Snippet, result: running.Result) -> str:
    if result.error:
        return f"the snippet fails\n\n{result.error}"
    if result.output and snippet.output is None:
        return (
            "the snippet prints, and the page doesn't show what; put\n\n"
            f"{EXPECTED_OUTPUT}\n```text\n{result.output}```\n\nbehind it"
        )
    if snippet.output and snippet.output.code != result.output:
        return f"the page shows\n\n{snippet.output.code}\nbut the snippet prints\n\n{result.output}"
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
