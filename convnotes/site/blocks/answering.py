"""Runs blocks in a reader's browser: what the page's worker, ``docs/assets/python.js``, calls."""

import json
import re
import sys
from types import ModuleType
from typing import Any

from tqdm import tqdm

from convnotes.site.blocks import displaying, running

# A progress bar goes back to the start of its line: what it overwrites isn't seen.
OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n)")

_sessions: dict[str, dict[str, Any]] = {}


def prepare() -> None:
    """Make do without threads, and without IPython, by which a lab plays its sounds."""
    tqdm.monitor_interval = 0  # the monitor is a thread
    ipython = ModuleType("IPython")
    ipython.get_ipython, ipython.version_info = lambda: None, (9, 0)  # matplotlib asks for them
    sys.modules |= {"IPython": ipython, "IPython.display": displaying}


def answer(code: str, session: str, *, typed: bool) -> str:
    """Run what a reader made of a block.

    Args:
        code: The block.
        session: The name of the session that it goes on with; empty for a new one.
        typed: Whether it is an example of a session, which prints every value.

    Returns:
        What a `convnotes.site.blocks.running.Result` holds, as JSON.
    """
    names = {"__name__": "__main__"}
    if session:
        names = _sessions.setdefault(session, names)
    result = running.run(code, names, strict=False, typed=typed)
    shown = displaying.take()
    return json.dumps(
        {
            "output": OVERWRITTEN.sub("", result.output),
            "figures": [*shown, *result.figures],
            "error": result.error,
        }
    )
