"""What long runs of the labs measured, for the labs to draw beside what they run themselves.

A lab named `network` is a script, `docs/labs/network.py`, whose command
`python network.py --measure network.json` makes all runs, of which a page can only show a few. Its
file comes with the package. The cells that the experiment is made of carry the tag `measured`
(`# %% tags=["measured"]`). A hash of their text goes into the file, so that results of an older
experiment are noticed.
"""

import hashlib
import json
import platform
import re
from importlib.metadata import version
from pathlib import Path

__all__ = ["experiment", "load", "save"]

FOLDER = Path(__file__).parent
CELL = re.compile(r'^# %% tags=\["measured"\]\n(.*?)(?=^# %%|\Z)', re.DOTALL | re.MULTILINE)


def load(lab: str) -> dict:
    """Read what the long run of a lab measured.

    Args:
        lab: The lab's name, as in its address.

    Returns:
        `"results"`, whose form is the lab's own; `"experiment"`, `"machine"` and `"versions"`.

    Raises:
        ValueError: If nothing is kept for that name.

    Examples:
        >>> from convnotes import measured
        >>> measured.load("nothing")
        Traceback (most recent call last):
            ...
        ValueError: no long run is kept for 'nothing'
    """
    file = FOLDER / f"{lab}.json"
    if not file.exists():
        raise ValueError(f"no long run is kept for {lab!r}")
    return json.loads(file.read_text("utf-8"))


def save(
    path: str | Path, script: str | Path, results: dict, packages: tuple[str, ...] = ()
) -> None:
    r"""Write what a lab measured, with what it was measured with.

    Args:
        path: The file to write, JSON.
        script: The lab, a script in the percent format.
        results: Numbers, texts, lists and dictionaries of them.
        packages: Whose versions are kept, beside NumPy's.

    Examples:
        >>> import json, pathlib, tempfile
        >>> from convnotes import measured
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> script = folder / "lab.py"
        >>> _ = script.write_text('# %% tags=["measured"]\nx = 1\n')
        >>> measured.save(folder / "lab.json", script, {"x": [1]})
        >>> json.loads((folder / "lab.json").read_text())["results"]
        {'x': [1]}
    """
    kept = {
        "experiment": experiment(Path(script).read_text("utf-8")),
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("numpy", *packages)},
        "results": results,
    }
    Path(path).write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def experiment(script: str) -> str:
    r"""The hash of the cells that a lab's experiment is made of.

    Args:
        script: The lab's text, in the percent format.

    Returns:
        SHA-256, as 64 hexadecimal digits, of the text of all cells with the tag `measured`.

    Raises:
        ValueError: If no cell has the tag.

    Examples:
        >>> from convnotes import measured
        >>> measured.experiment('# %% tags=["measured"]\nx = 1\n\n# %%\nprint(x)\n')[:8]
        '9e26bf36'
    """
    cells = CELL.findall(script)
    if not cells:
        raise ValueError('no cell has the tag: # %% tags=["measured"]')
    return hashlib.sha256("".join(cell.strip() + "\n" for cell in cells).encode()).hexdigest()
