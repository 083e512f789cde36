"""What figures to touch take from the package: numbers and pictures, as files for the browser."""

from pathlib import Path

from convnotes.site.exports import activations, kernels, receptive_field


def put(folder: Path) -> None:
    """Write them beside the scripts that fetch them."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in (activations, kernels, receptive_field):
        each.put(folder)
