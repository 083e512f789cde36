"""Pictures that pages draw again and again, as matplotlib figures.

All take the figure's label first: it names the window, and on the site it is the caption and the
text alternative.
"""

from convnotes.plots.fields import framed, growth, heat, pyramid
from convnotes.plots.panels import images, kernels, three_views

__all__ = ["framed", "growth", "heat", "images", "kernels", "pyramid", "three_views"]
