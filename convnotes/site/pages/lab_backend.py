"""A matplotlib backend for labs: ``plt.show()`` displays figures as pages' snippets draw them.

Chosen through the environment while the site is built, so that a lab holds no line about it.
"""

import matplotlib.pyplot as plt
from IPython.display import HTML, display
from matplotlib.backends.backend_svg import FigureCanvas

from convnotes.site.blocks import figures

__all__ = ["FigureCanvas", "show"]

plt.rcParams.update(figures.STYLE)


def show(*args: object, **kwargs: object) -> None:
    """Display every open figure in the running cell, and close it."""
    for number in plt.get_fignums():
        figure = plt.figure(number)
        display(HTML(figures.to_html(figure, f"lab {figure.get_label()}")))
    plt.close("all")
