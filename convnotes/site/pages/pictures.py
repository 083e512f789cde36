"""A page's figures as PNG, for notebooks.

GitHub and nbviewer clean a notebook's SVG for safety's sake, until its images or all of it are
gone; and neither has the page's style sheet, which gives a figure its colours.
"""

import hashlib
import re
from pathlib import Path

import matplotlib
import resvg_py

CACHE = Path(".cache/pictures")
FONT = Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")  # matplotlib's measure of text
COLOUR = re.compile(r"(--fig-[\w-]+):\s*([^;]+);")


def light_colours(style_sheet: str) -> dict[str, str]:
    """The colours of figures in a style sheet's first palette, the light one, by variable."""
    colours: dict[str, str] = {}
    for variable, colour in COLOUR.findall(style_sheet):
        colours.setdefault(variable, colour)
    return colours


def png(figure: str, colours: dict[str, str]) -> bytes:
    """A figure on white, drawn only if nobody has.

    Args:
        figure: As ``figures.to_html`` wrote it.
        colours: Of the variables in it.
    """
    svg = figure[figure.index("<svg") : figure.index("</svg>") + len("</svg>")]
    svg = re.sub(r"var\((--[\w-]+)\)", lambda variable: colours[variable[1]], svg)
    cached = CACHE / f"{hashlib.sha256(svg.encode()).hexdigest()}.png"
    if not cached.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        picture = resvg_py.svg_to_bytes(
            svg,
            background="white",
            zoom=2,
            image_rendering="optimize_speed",  # an image's pixels stay squares
            skip_system_fonts=True,
            font_files=[str(FONT)],
            font_family="DejaVu Sans",
        )
        cached.write_bytes(picture)
    return cached.read_bytes()
