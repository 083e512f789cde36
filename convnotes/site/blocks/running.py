"""Runs one snippet as a new Python session would, and collects what it prints and draws."""

import ast
import contextlib
import io
import linecache
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from threading import RLock
from types import CodeType
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
from tqdm import tqdm

from convnotes.site.blocks import figures

NAME = "<snippet>"
MOST = 100_000  # characters that are kept of what a run prints


@dataclass(frozen=True)
class Result:
    """What a snippet printed, the HTML of each figure it left open, and its traceback if any."""

    output: str
    figures: list[str]
    error: str = ""


class Printed(io.StringIO):
    """What is printed: its first ``MOST`` characters, and how many more there were."""

    left_out = 0

    def write(self, text: str) -> int:
        """Keep as much of the text as there is room for."""
        room = MOST - self.tell()
        self.left_out += max(len(text) - room, 0)
        super().write(text[:room])
        return len(text)

    def __str__(self) -> str:
        rest = f"\n… and {self.left_out:,} more characters\n" if self.left_out else ""
        return self.getvalue() + rest


def run(
    code: str, names: dict[str, Any] | None = None, *, strict: bool = True, typed: bool = False
) -> Result:
    """Run ``code`` and collect what it prints and draws.

    Args:
        code: The snippet.
        names: The names of the session that it goes on with; without, it starts a new one.
        strict: What a page must do: warnings are errors, and figures have labels. Else warnings
            are printed, and figures numbered.
        typed: Whether values are printed as well, as where the lines are typed after ``>>>``.
    """
    _prepare(code)
    printed = Printed()
    try:
        with _printing_to(printed, strict):
            exec(_compiled(code, typed), {"__name__": "__main__"} if names is None else names)
            drawn = _drawn(code, strict)
    except BaseException as error:
        return Result(str(printed), [], _trace(error))
    finally:
        plt.close("all")
    return Result(str(printed), drawn)


def _prepare(code: str) -> None:
    matplotlib.use("agg")
    matplotlib.rcdefaults()
    plt.rcParams.update(figures.STYLE)
    tqdm.set_lock(RLock())  # its own is for many processes, and would outlive this one
    plt.show = lambda *args, **kwargs: None  # figures stay open until they are collected
    linecache.cache[NAME] = (len(code), None, code.splitlines(keepends=True), NAME)


@contextlib.contextmanager
def _printing_to(printed: Printed, strict: bool) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(printed))
        if not strict:
            stack.enter_context(contextlib.redirect_stderr(printed))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("error" if strict else "default")
        yield


def _compiled(code: str, typed: bool) -> CodeType:
    if typed:
        return compile(ast.Interactive(ast.parse(code, NAME).body), NAME, "single")
    return compile(code, NAME, "exec")


def _drawn(code: str, strict: bool) -> list[str]:
    open_figures = [plt.figure(number) for number in plt.get_fignums()]
    for figure in open_figures:
        if not strict and not figure.get_label():
            figure.set_label(f"Figure {figure.number}")
    return [figures.to_html(figure, f"{code}{figure.number}") for figure in open_figures]


def _trace(error: BaseException) -> str:
    """What Python prints of an error, without the frames of this file, which come first."""
    frame = error.__traceback__
    while frame and frame.tb_frame.f_code.co_filename == __file__:
        frame = frame.tb_next
    return "".join(traceback.format_exception(error.with_traceback(frame)))
