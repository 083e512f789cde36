"""Finds a page's snippets: every ``python`` fence, and the fence that pins what it prints."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import dedent

EXPECTED_OUTPUT = "<!--pytest-codeblocks:expected-output-->"
# Before a snippet, this overrules how its code is shown beside the figure.
CODE_SHOWN = re.compile(r" *<!--code: (?P<how>open|folded)-->")
FENCE = re.compile(r"(?P<quote>(?:[ ]*>)*)(?P<indent> *)(?P<ticks>`{3,}|~{3,})(?P<info>.*)")
# Before a snippet whose figure wakes as a figure to touch: the name of its element.
TOUCH = re.compile(r" *<!--touch: (?P<name>[a-z]+-[a-z]+)-->")
# Before a snippet that compares with PyTorch: the tests run it where that is installed.
WITH_TORCH = "<!--pytest-codeblocks:importorskip(torch)-->"
# What a reader takes for Python or a command, and pytest-codeblocks skips or runs unasked.
TRAP = re.compile(r"(?i)[\s{.]*(py|ipython|sh\b|bash\b)")


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
    """A ``python`` fence, the fence that pins its output, and what the page says of it.

    Attributes:
        folded: Whether its code is folded; None where the code itself decides.
        touch: The element that its figure wakes as, if it does.
        torch: Whether it needs PyTorch. Then only tests run it, and it shows its pinned output.
    """

    source: Block
    output: Block | None = None
    folded: bool | None = None
    touch: str | None = None
    torch: bool = False


def find(lines: list[str]) -> list[Snippet]:
    """Every snippet of a page, in order.

    Raises:
        SnippetError: If a fence looks like Python, or like a command, but isn't exactly what the
            test run executes, or a comment for a snippet has none to belong to.
    """
    snippets: list[Snippet] = []
    awaited = False  # the next fence is the last snippet's output
    said: dict[str, bool | str] = {}  # what the page says of the next snippet
    fences = {block.first: block for block in _fences(lines)}
    inside = {n for block in fences.values() for n in range(block.first + 1, block.last + 1)}
    for n, line in enumerate(lines):
        if n in fences:
            block = fences[n]
            if awaited:
                snippets[-1] = replace(snippets[-1], output=block)
            elif block.info == "python":
                snippets.append(Snippet(block, **said))
                said = {}
            awaited = False
        elif n not in inside and line.strip() == WITH_TORCH:
            said["torch"] = True
        elif n not in inside and "pytest-codeblocks:" in line:
            if line.strip() != EXPECTED_OUTPUT or not snippets:
                raise SnippetError(n + 1, f"unexpected {line.strip()}")
            awaited = True
        elif n not in inside and (shown := CODE_SHOWN.fullmatch(line)):
            said["folded"] = shown["how"] == "folded"
        elif n not in inside and (touch := TOUCH.fullmatch(line)):
            said["touch"] = touch["name"]
        elif said and n not in inside and line.strip():
            raise SnippetError(n + 1, f"expected a snippet, not {line.strip()!r}")
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
