"""What a reader moves to see another state of a snippet, and the files that hold the states.

The form stands hidden in the page until the hook has put the files beside it: where nobody does,
the page keeps the state that is written in it.
"""

import hashlib
import html
import json
import re
import shutil
import zlib
from itertools import product
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from convnotes.site.blocks.running import Result
from convnotes.site.blocks.states import Control

CACHE = Path(".cache/states")
TOGETHER = 60_000  # bytes, compressed; above, each state is a file
FORM = re.compile(r'<form class="try" (?P<states>[^>]*?) hidden>')
PLAYABLE = 6  # states from which a reader may want to watch instead of step


def form(offers: list[Control], results: list[Result]) -> str:
    """The controls of a snippet, as HTML; writes its states to ``.cache/states``.

    Args:
        offers: The lines that offer values.
        results: Of every state, in the order of `convnotes.site.blocks.states.codes`.
    """
    states = [
        {
            "figures": result.figures,
            "lines": {c.line: _coloured(c.with_value(value)) for c, value in chosen},
            "output": result.output,
        }
        for result, chosen in zip(results, _combinations(offers), strict=True)
    ]
    name, together = _write(states)
    inputs = "".join(_slider(c) if c.numeric else _choice(c) for c in offers)
    return (
        f'<form class="try" data-states="{name}" data-files="{1 if together else len(states)}" '
        f"hidden>{inputs}</form>"
    )


def shown(page: str) -> str:
    """A page's HTML with its forms to be seen, for a site that has their files."""
    return FORM.sub(r'<form class="try" \g<states>>', page)


def put_files(pages: list[str], folder: Path) -> None:
    """Put the states that pages' forms name into a folder of the site."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in {name for page in pages for name in re.findall(r'data-states="(\w+)"', page)}:
        for path in CACHE.glob(f"{name}-*.json"):
            shutil.copyfile(path, folder / path.name)


def _combinations(offers: list[Control]) -> list[tuple[tuple[Control, str], ...]]:
    return list(product(*([(control, value) for value in control.values] for control in offers)))


def _write(states: list[dict]) -> tuple[str, bool]:
    """Put the states into one file, or each into its own if they are large."""
    files = [json.dumps(state, ensure_ascii=False, sort_keys=True) for state in states]
    whole = f"[{','.join(files)}]"
    name = hashlib.sha256(whole.encode()).hexdigest()[:12]
    together = len(zlib.compress(whole.encode())) <= TOGETHER
    CACHE.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate([whole] if together else files):
        (CACHE / f"{name}-{number}.json").write_text(text, "utf-8")
    return name, together


def _slider(control: Control) -> str:
    labels = html.escape(json.dumps(control.labels, ensure_ascii=False))
    place = control.values.index(control.shown)
    play = '<button type="button" class="play">Play</button>'
    return (
        f'<label><code>{control.name}</code><input type="range" name="{control.name}" '
        f'max="{len(control.values) - 1}" value="{place}" data-labels="{labels}" '
        f'aria-valuetext="{control.shown}"><span aria-hidden="true">{control.shown}</span></label>'
        f"{play if len(control.values) >= PLAYABLE else ''}"
    )


def _choice(control: Control) -> str:
    options = "".join(
        f'<label><input type="radio" name="{control.name}" value="{place}"'
        f"{' checked' if value == control.shown else ''}>{html.escape(label)}</label>"
        for place, (value, label) in enumerate(zip(control.values, control.labels, strict=True))
    )
    return f"<fieldset><legend><code>{control.name}</code></legend>{options}</fieldset>"


def _coloured(line: str) -> str:
    """A line of code as the page's blocks colour it."""
    return highlight(line, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip("\n")
