"""A matplotlib figure becomes a ``<figure>`` with inline SVG that follows the page's palette.

Figures are drawn with sentinel colours that no snippet uses by chance; in the SVG these become
``currentColor`` and CSS variables, so one drawing serves light and dark. Everything the page
doesn't need is dropped, and no inline style is left, which a strict Content-Security-Policy
would refuse.

Each is drawn as wide as a phone, with text that can be read there, and the page makes it as wide as
its column. Text is sized in em of the drawing's own font size, so that the style sheet can keep it
from growing as much as the rest: what has room on a phone has room everywhere.
"""

import hashlib
import html
import io
import re
from typing import Literal
from unittest import mock
from xml.etree import ElementTree

from cycler import cycler
from matplotlib import rcParams
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends import backend_svg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from convnotes.site.blocks import pictures

INK, GRID = "#00fe00", "#00fe10"
SERIES = ["#00fe01", "#00fe02", "#00fe03", "#00fe04", "#00fe05", "#00fe06"]
PALETTE = {
    INK: "currentColor",
    "#000000": "currentColor",  # what matplotlib draws black whatever its style says
    "#ffffff": "var(--fig-paper)",
    GRID: "var(--fig-grid)",
    **{sentinel: f"var(--fig-{n})" for n, sentinel in enumerate(SERIES, start=1)},
}

WIDTH = 3.75  # inches, 360 CSS pixels
TEXT = 9  # points, 12 CSS pixels; the least that is drawn

STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": cycler(color=SERIES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": TEXT,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "figure.figsize": (WIDTH, 0.62 * WIDTH),
    "font.size": TEXT,
    "grid.color": GRID,
    "hatch.color": INK,
    "image.interpolation": "none",
    "legend.edgecolor": "none",
    "legend.facecolor": "none",
    "legend.fontsize": TEXT,
    "legend.frameon": False,
    "legend.handlelength": 1.5,
    "lines.markersize": 3.5,
    "patch.edgecolor": INK,
    "svg.fonttype": "none",  # text in the page's own font, since outlines weigh more
    "svg.hashsalt": "convnotes",
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": TEXT,
    "ytick.color": INK,
    "ytick.labelsize": TEXT,
}

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
FONT_SIZE = re.compile(r"([\d.]+)px")
MIDDLE = 0.35  # em from a line's foot to the middle of its digits
REFERENCE = re.compile(r"(?:^|url\()#([^)]+)")
LONG_DECIMAL = re.compile(r"-?\d+\.\d{3,}")


class Renderer(backend_svg.RendererSVG):
    """Draws formulas as outlines: they are placed letter by letter, and would come apart.

    Their class says where the style sheet may shrink them to.
    """

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: bool | Literal["TeX"] = False,
        mtext: Text | None = None,
    ) -> None:
        """Draw one line of text."""
        rcParams["svg.fonttype"] = "path" if ismath else "none"
        if ismath:
            self.writer.start("g", {"class": f"formula {mtext.get_ha() if mtext else ''}".strip()})
        super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
        if ismath:
            self.writer.end("g")


def to_html(figure: Figure, name: str) -> str:
    """The figure as HTML, its label as caption and text alternative.

    Args:
        figure: Drawn under ``STYLE``, with a label.
        name: Unique on the page; every id in the SVG starts with a short hash of it.

    Raises:
        ValueError: If the figure has no label.
    """
    caption = figure.get_label()
    if not caption:
        raise ValueError(
            f"figure {figure.number} has no label, so it has no caption and no text alternative; "
            'say what it shows: plt.figure("…") or plt.subplots(num="…")'
        )
    _fit(figure)
    prefix = "f" + hashlib.sha256(name.encode()).hexdigest()[:8]
    buffer = io.StringIO()
    with mock.patch.object(backend_svg, "RendererSVG", Renderer):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = ElementTree.fromstring(buffer.getvalue())
    _drop(svg, f"{{{SVG}}}metadata", f"{{{SVG}}}style")
    _set_size(svg)
    _drop_unused_ids(svg)
    _drop_empty_groups(svg)
    for element in svg.iter():
        _inline_style_to_attributes(element)
        _size_text(element)
        _prefix_ids(element, prefix)
        _recolour(element)
        _shorten_numbers(element)
    pictures.compress(svg, prefix)
    svg.attrib.update(
        {
            "role": "img",
            "aria-labelledby": f"{prefix}-caption",
            "fill": "currentColor",  # glyphs have no fill of their own
            "font-size": f"{TEXT}",
            "stroke-linejoin": "round",  # these two stood in the dropped <style>
            "stroke-linecap": "butt",
        }
    )
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    drawing = re.sub(r"\s*\n\s*", "", ElementTree.tostring(svg, encoding="unicode"))
    return (
        f'<figure class="live" data-search-exclude>{drawing}'
        f'<figcaption id="{prefix}-caption">{html.escape(caption)}</figcaption></figure>'
    )


def _fit(figure: Figure) -> None:
    """Make it as wide as a phone in its own proportions, and no text too small to read there."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(WIDTH, height * WIDTH / width)
    for text in figure.findobj(Text):
        text.set_fontsize(max(TEXT, text.get_fontsize()))


def _drop(svg: ElementTree.Element, *tags: str) -> None:
    for parent in list(svg.iter()):
        for child in list(parent):
            if child.tag in tags:
                parent.remove(child)


def _set_size(svg: ElementTree.Element) -> None:
    """Points become CSS pixels, so the browser reserves the space before it draws."""
    for side in ("width", "height"):
        points = float(svg.get(side, "").removesuffix("pt"))
        svg.set(side, f"{points * 4 / 3:.0f}")


def _drop_unused_ids(svg: ElementTree.Element) -> None:
    used = {
        name
        for element in svg.iter()
        for value in element.attrib.values()
        for name in REFERENCE.findall(value)
    }
    for element in svg.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)


def _drop_empty_groups(parent: ElementTree.Element) -> None:
    """A group without attributes groups nothing: matplotlib writes one for each tick and line."""
    for child in list(parent):
        _drop_empty_groups(child)
        if child.tag == f"{{{SVG}}}g" and not child.attrib:
            place = list(parent).index(child)
            parent[place : place + 1] = list(child)


def _inline_style_to_attributes(element: ElementTree.Element) -> None:
    for declaration in element.attrib.pop("style", "").split(";"):
        key, _, value = declaration.partition(":")
        if key.strip() in ("font", "font-size"):  # the first before matplotlib 3.10
            element.set("font-size", FONT_SIZE.findall(value)[0])
        elif value and key.strip() != "font-family":
            element.set(key.strip(), value.strip())


def _size_text(element: ElementTree.Element) -> None:
    """Size text in em, hung from the middle of its line, where it stays when it grows less."""
    if element.tag == f"{{{SVG}}}text":
        size = float(element.get("font-size", TEXT))
        element.set("font-size", f"{size / TEXT:.3g}em")
        element.set("y", f"{float(element.get('y', 0)) - MIDDLE * size:.2f}")
        element.set("dy", f"{MIDDLE}em")


def _prefix_ids(element: ElementTree.Element, prefix: str) -> None:
    for key, value in element.attrib.items():
        if key == "id":
            element.set(key, f"{prefix}-{value}")
        elif key == HREF and value.startswith("#"):
            element.set(key, f"#{prefix}-{value[1:]}")
        elif "url(#" in value:
            element.set(key, value.replace("url(#", f"url(#{prefix}-"))


def _recolour(element: ElementTree.Element) -> None:
    for key in ("fill", "stroke"):
        if element.get(key) in PALETTE:
            element.set(key, PALETTE[element.get(key, "")])


def _shorten_numbers(element: ElementTree.Element) -> None:
    """Hundredths of a point are finer than any screen and save half of a curve's bytes."""
    for key in ("d", "x", "y"):
        if key in element.attrib:
            rounded = LONG_DECIMAL.sub(lambda m: f"{float(m[0]):.2f}", element.attrib[key])
            element.set(key, " ".join(rounded.split()))
