"""Pictures that pages draw again and again, as matplotlib figures.

All take the figure's label first: it names the window, and on the site it is the caption and the
text alternative. ``SIGNED`` is the colour map they use for values with a sign.
"""

from convnotes.plots.fields import framed, growth, heat, pyramid
from convnotes.plots.panels import images, kernels, three_views
from convnotes.plots.signed import SIGNED

__all__ = [
    "SIGNED",
    "framed",
    "growth",
    "heat",
    "images",
    "kernels",
    "pyramid",
    "three_views",
]
