"""What a notebook needs away from the site: the package, and outputs for who doesn't run it."""

import base64
from collections.abc import Iterable

from nbformat import NotebookNode, v4

from convnotes.site.pages import pictures


def install(notebook: NotebookNode, package: str) -> None:
    """Begin with a cell that installs what the others call.

    Args:
        notebook: Gets one more cell.
        package: What ``pip`` is told to install.
    """
    cell = v4.new_code_cell(f"%pip install --quiet {package}", id="install")
    notebook.cells.insert(0, cell)


def add_outputs(
    notebook: NotebookNode, outputs: Iterable[tuple[str, ...]], colours: dict[str, str]
) -> None:
    """Give each code cell what it printed and drew when the site was built.

    Args:
        notebook: Its code cells get outputs.
        outputs: For each code cell what it printed, and its figures.
        colours: Of the figures: see :func:`pictures.png`.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, (printed, *figures) in zip(cells, outputs, strict=True):
        if printed:
            cell.outputs.append(v4.new_output("stream", name="stdout", text=printed))
        for figure in figures:
            picture = base64.b64encode(pictures.png(figure, colours)).decode()
            cell.outputs.append(v4.new_output("display_data", data={"image/png": picture}))
