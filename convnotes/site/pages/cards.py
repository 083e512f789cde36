"""The picture of a page that a chat or a feed shows beside a link to it, drawn at build time."""

import hashlib
import shutil
from functools import cache
from pathlib import Path
from textwrap import wrap

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from convnotes.kernels import gradient, laplacian
from convnotes.samples import photo
from convnotes.site.blocks import processes

CACHE = Path(".cache/cards")
SIZE = WIDTH, HEIGHT = 1200, 630  # pixels: what readers of og:image ask for
BACKGROUND, TEXT = "#1d3557", "#f2f5fa"
COLOURS = {-4.0: "#ff9a66", 1.0: "#a8dadc", 0.0: "#3b5d8a"}  # the logo's, by weight


def put(title: str, description: str, path: Path) -> None:
    """Write a page's card, drawing it only if nobody has since the package changed."""
    words = f"{title}\n{description}".encode()
    cached = CACHE / f"{hashlib.sha256(processes.fingerprint() + words).hexdigest()}.jpg"
    if not cached.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with rc_context({"font.family": "DejaVu Sans"}):
            draw(title, description).savefig(cached, pil_kwargs={"quality": 88})
    shutil.copyfile(cached, path)


def draw(title: str, description: str) -> Figure:
    """Title and description beside a photograph that turns into its edges."""
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=BACKGROUND)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.axis("off")
    axes.imshow(_picture(), cmap="gray", extent=(800, WIDTH, HEIGHT, 0), aspect="auto")
    for (row, column), weight in np.ndenumerate(laplacian()):
        corner = 60 + 24 * column, 60 + 24 * row
        axes.add_patch(Rectangle(corner, 21, 21, color=COLOURS[weight]))
    axes.text(150, 107, "convnotes", size=24, color=TEXT)
    lines = wrap(title.replace(".", ". "), 18)
    axes.text(
        60, 190, "\n".join(lines), size=38, weight="bold", color=TEXT, va="top", linespacing=1.15
    )
    below = 225 + 62 * len(lines)
    axes.text(
        60, below, "\n".join(wrap(description, 46)), size=18, color=TEXT, va="top", linespacing=1.4
    )
    return figure


@cache
def _picture() -> NDArray[np.float64]:
    image = photo()[:, 60:440]  # as high and wide as its place
    magnitude, _ = gradient(image)
    edges = np.clip(4 * magnitude / magnitude.max(), 0, 1)
    share = np.clip(np.linspace(-1.5, 2.5, len(image)), 0, 1)[:, np.newaxis]
    return (1 - share) * image + share * edges
