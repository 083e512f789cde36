"""Kernels and a photograph for the desk: in the browser, where it runs, there is no package."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convnotes import kernels
from convnotes.samples import photo

# Every function that makes kernels of 3×3 or 5×5, as a reader calls it.
CALLS = [
    "identity()", "identity(5)", "box(3)", "box(5)",
    "gaussian(0.8, radius=1)", "gaussian(1.0, radius=2)",
    "motion(5, angle=np.pi / 4)", "motion(5, angle=-np.pi / 4)",
    "sobel(axis=1)", "sobel(axis=0)", "scharr(axis=1)", "scharr(axis=0)",
    "prewitt(axis=1)", "prewitt(axis=0)", "laplacian()", "laplacian(diagonals=True)",
    "sharpen()", "unsharp(0.8, radius=1)", "unsharp(1.0, radius=2)", "emboss()",
    "log(0.5, radius=1)", "log(0.8, radius=2)", "dog(0.5, radius=1)", "dog(0.8, radius=2)",
    "gabor(0.25, radius=2)", "gabor(0.25, phase=-np.pi / 2, radius=2)",
]  # fmt: skip


def put(folder: Path) -> None:
    """Write them beside the scripts that fetch them."""
    text = json.dumps({call: kernel.tolist() for call, kernel in bank().items()})
    (folder / "kernels.json").write_text(text, "utf-8")
    for side in (256, 128):
        Image.fromarray(photograph(side)).save(folder / f"photograph-{side}.png", optimize=True)


def bank() -> dict[str, NDArray[np.float64]]:
    """Kernels by the call that makes them."""
    names = {"np": np} | vars(kernels)
    return {call: eval(call, names) for call in CALLS}


def photograph(side: int) -> NDArray[np.uint8]:
    """Shape (side, side), black 0 and white 255."""
    return np.round(photo(shrink=512 // side)[:side] * 255).astype(np.uint8)
