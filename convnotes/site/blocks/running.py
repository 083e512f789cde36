"""Runs one snippet as a new Python session would, and collects what it prints and draws."""

import contextlib
import io
import linecache
import traceback
import warnings
from dataclasses import dataclass
from threading import RLock

import matplotlib
import matplotlib.pyplot as plt
from tqdm import tqdm

from convnotes.site.blocks import figures

NAME = "<snippet>"


@dataclass(frozen=True)
class Result:
    """What a snippet printed, the HTML of each figure it left open, and its traceback if any."""

    output: str
    figures: list[str]
    error: str = ""


def run(code: str) -> Result:
    """Run ``code`` in an empty namespace, as in a new Python session, with warnings as errors."""
    matplotlib.use("agg")
    matplotlib.rcdefaults()
    plt.rcParams.update(figures.STYLE)
    tqdm.set_lock(RLock())  # its own is for many processes, and would outlive this one
    plt.show = lambda *args, **kwargs: None  # figures stay open until they are collected
    linecache.cache[NAME] = (len(code), None, code.splitlines(keepends=True), NAME)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(code, NAME, "exec"), {"__name__": "__main__"})
            open_figures = [plt.figure(number) for number in plt.get_fignums()]
            drawn = [figures.to_html(figure, f"{code}{figure.number}") for figure in open_figures]
    except BaseException as error:
        # The first frame is this function; the reader of the message wants the snippet's.
        below = error.__traceback__.tb_next if error.__traceback__ else None
        trace = "".join(traceback.format_exception(error.with_traceback(below)))
        return Result(printed.getvalue(), [], trace)
    finally:
        plt.close("all")
    return Result(printed.getvalue(), drawn)
