"""The colours of values with a sign: nothing at zero, so that whatever page is behind shows."""

import numpy as np
from matplotlib.colors import ListedColormap, to_rgb

NEGATIVE, POSITIVE = "#0f5ba3", "#b8321a"  # blue and red that colour-blind readers tell apart
STEPS = 127  # on each side of zero


def _signed() -> ListedColormap:
    steps = np.arange(-STEPS, STEPS + 1)
    colours = [(*to_rgb(NEGATIVE if step < 0 else POSITIVE), abs(step) / STEPS) for step in steps]
    return ListedColormap(colours, name="signed")


SIGNED = _signed()
"""Colour map for values with a sign: blue below zero, red above, and nothing at zero.

Give it the same range on both sides: ``ax.imshow(a, cmap=SIGNED, vmin=-1, vmax=1)``.
"""
