"""Run every snippet of the pages as a reader does: alone, in an empty folder, in a new Python.

Usage: python .ci/each_snippet_alone.py PYTHON, where PYTHON has the wheel and nothing else.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from convnotes.site.blocks import snippets

ROOT = Path(__file__).parents[1]


def complaint(python: str, place: str, snippet: snippets.Snippet) -> str:
    """What is wrong with the snippet at ``place``, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [python, "-W", "error", "-c", snippet.source.code],
            cwd=folder,
            env={"MPLBACKEND": "agg", "HOME": folder, "MPLCONFIGDIR": os.environ["MPLCONFIGDIR"]},
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode:
        return f"{place}: fails\n{run.stderr}"
    expected = snippet.output.code if snippet.output else ""
    return "" if run.stdout == expected else f"{place}: prints\n{run.stdout}not\n{expected}"


def main(python: str) -> int:
    """Run them all, two at a time; 1 if any fails."""
    todo = [
        (f"{path.relative_to(ROOT)}, line {snippet.source.first + 1}", snippet)
        for path in sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
        for snippet in snippets.find(path.read_text("utf-8").splitlines())
        if not snippet.torch
    ]
    with tempfile.TemporaryDirectory() as cache, ThreadPoolExecutor(os.cpu_count()) as pool:
        os.environ["MPLCONFIGDIR"] = cache  # matplotlib lists the fonts once, not for each
        complaint(python, *todo[0])
        complaints = list(filter(None, pool.map(lambda t: complaint(python, *t), todo)))
    print("\n".join(complaints) or f"{len(todo)} snippets run alone")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
