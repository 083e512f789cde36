"""Live snippets: the code on a page runs at build time, and draws the figure under it.

A Python-Markdown extension. It runs every ``python`` fence, whatever its indentation, puts the
figures it leaves open behind it, and compares what it prints with the output shown on the page.
Whatever goes wrong stops the build with the page and the line: see :class:`SnippetError`.
"""

import hashlib
import json
import logging
import multiprocessing
import os
import platform
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent
from threading import get_ident

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from convnotes.site import worker

PACKAGE = Path(__file__).parents[1]
CACHE = Path(".cache/snippets")
SECONDS = 60
EXPECTED_OUTPUT = "<!--pytest-codeblocks:expected-output-->"
FENCE = re.compile(r"(?P<quote>(?:[ ]*>)*)(?P<indent> *)(?P<ticks>`{3,}|~{3,})(?P<info>.*)")
# What a reader takes for Python or a command, and pytest-codeblocks skips or runs unasked.
TRAP = re.compile(r"(?i)[\s{.]*(py|ipython|sh\b|bash\b)")

# Importing these takes most of a short snippet's time, so the server process that every snippet
# is forked from has done it. It never imports convnotes, which may change between two builds.
PRELOAD = ["__main__", "numpy", "matplotlib.pyplot", "matplotlib.backends.backend_svg", "tqdm"]
START = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"

VERSIONS = f"{version('numpy')} {version('matplotlib')} {platform.python_version()}"

log = logging.getLogger("mkdocs.plugins.convnotes")


class SnippetError(Exception):
    """A snippet can't be shown: it raises, misses a label, prints something else, is mistyped."""

    def __init__(self, line: int, problem: str, page: str = "page") -> None:
        super().__init__(f"{page}, line {line}: {problem}")
        self.line, self.problem = line, problem


@dataclass(frozen=True)
class Block:
    """A fence: its info string, its content and where it stands (0-based lines, both fences)."""

    info: str
    code: str
    indent: str
    first: int
    last: int


@dataclass(frozen=True)
class Snippet:
    """A ``python`` fence and the fence that pins its output, if it has one."""

    source: Block
    output: Block | None


def find(lines: list[str]) -> list[Snippet]:
    """Every snippet of a page, in order.

    Raises:
        SnippetError: If a fence looks like Python, or like a command, but isn't exactly what the
            test run executes.
    """
    snippets: list[Snippet] = []
    awaited = False  # the next fence is the last snippet's output
    fences = {block.first: block for block in _fences(lines)}
    inside = {n for block in fences.values() for n in range(block.first + 1, block.last + 1)}
    for n, line in enumerate(lines):
        if n in fences:
            block = fences[n]
            if awaited:
                snippets[-1] = Snippet(snippets[-1].source, block)
            elif block.info == "python":
                snippets.append(Snippet(block, None))
            awaited = False
        elif n not in inside and "pytest-codeblocks:" in line:
            if line.strip() != EXPECTED_OUTPUT or not snippets:
                raise SnippetError(n + 1, f"unexpected {line.strip()}")
            awaited = True
    return snippets


def _fences(lines: list[str]) -> Iterator[Block]:
    n = 0
    while n < len(lines):
        opening = FENCE.fullmatch(lines[n].rstrip())
        if opening is None:
            n += 1
            continue
        if opening["info"] != "python" and TRAP.match(opening["info"]):
            raise SnippetError(
                n + 1,
                f"{opening[0].strip()!r} looks like a snippet that runs, and no test would run "
                "it; write exactly ```python, or ```console for commands",
            )
        if opening["info"] == "python" and (opening["quote"] or opening["ticks"][0] == "~"):
            raise SnippetError(n + 1, f"no test runs a {opening[0].strip()!r} fence")
        closing = re.compile(rf"[ >]*{opening['ticks']}{opening['ticks'][0]}* *")
        last = next((m for m in range(n + 1, len(lines)) if closing.fullmatch(lines[m])), None)
        if last is None:
            raise SnippetError(n + 1, f"the fence {opening[0].strip()!r} is never closed")
        code = dedent("\n".join(lines[n + 1 : last]) + "\n")
        yield Block(opening["info"], code, opening["indent"], n, last)
        n = last + 1


def run(snippets: list[Snippet]) -> tuple[list[worker.Result], int]:
    """Results of all snippets, and how many ran; the others and the package are unchanged."""
    CACHE.mkdir(parents=True, exist_ok=True)
    today = fingerprint()
    names = [hashlib.sha256(today + s.source.code.encode()).hexdigest() for s in snippets]
    paths = [CACHE / f"{name}.json" for name in names]
    missing = sum(not path.exists() for path in paths)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        codes = [snippet.source.code for snippet in snippets]
        return list(pool.map(_run_cached, codes, paths)), missing


def fingerprint() -> bytes:
    """Changes with anything a result depends on besides the snippet."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + path.read_bytes())
    digest.update(VERSIONS.encode())
    return digest.digest()


def _run_cached(code: str, path: Path) -> worker.Result:
    if path.exists():
        return worker.Result(**json.loads(path.read_text("utf-8")))
    result = run_in_process(code)
    if not result.error:
        # The same snippet may stand on a page twice, and two builds may run at once.
        unfinished = path.with_suffix(f".{os.getpid()}-{get_ident()}")
        unfinished.write_text(json.dumps(asdict(result)), "utf-8")
        unfinished.replace(path)
    return result


def run_in_process(code: str) -> worker.Result:
    """Run one snippet afresh, with today's package, and stop it after a minute."""
    context = multiprocessing.get_context(START)
    if START == "forkserver":
        context.set_forkserver_preload(PRELOAD)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=worker.main, args=(code, sender), daemon=True)
    process.start()
    sender.close()
    try:
        if receiver.poll(SECONDS):
            return receiver.recv()
        return worker.Result("", [], f"still running after {SECONDS} seconds")
    except EOFError:
        process.join()
        return worker.Result("", [], f"the process ended with exit code {process.exitcode}")
    finally:
        process.kill()
        process.join()


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
            results, ran = run(snippets)
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


def _problem(snippet: Snippet, result: worker.Result) -> str:
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
