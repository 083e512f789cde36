"""The home page's picture: a photograph and its edges, which the style sheet lays over each other.

Both are light on black, so that the page can lay them over its own dark by adding light to light.
"""

import hashlib
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convnotes.convolution import filter2d
from convnotes.kernels import gaussian, sobel
from convnotes.samples import photo
from convnotes.site.blocks import processes

CACHE = Path(".cache/hero")
BRIGHTER, DARKER = np.array([[1.0, 0.54, 0.31], [0.62, 0.89, 0.92]])  # towards the lower right
STRONG = 0.985  # this share of the pixels is drawn in proportion, the rest at full light
FAINT = 0.04  # of full light: the film's grain, left out


def put(folder: Path) -> None:
    """Write the pictures, drawing them only if nobody has since the package changed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in {
        "photograph.webp": lambda: _webp(photo(), quality=70),
        "edges.webp": lambda: _webp(edges(photo(), sigma=0.8), quality=70),
        "edges-2x.webp": lambda: _webp(edges(_twice(photo()), sigma=1.5), quality=60),
    }.items():
        key = hashlib.sha256(processes.fingerprint() + name.encode()).hexdigest()
        cached = CACHE / key
        if not cached.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            cached.write_bytes(draw())
        (folder / name).write_bytes(cached.read_bytes())


def edges(image: NDArray[np.float64], *, sigma: float) -> NDArray[np.float64]:
    """Where an image changes, in two colours: one where it grows brighter, one where darker.

    Args:
        image: Brightness, shape (H, W).
        sigma: Width of the Gaussian that takes the grain out first, in pixels.

    Returns:
        Shape (H, W, 3), from 0 to 1; black where nothing changes.
    """
    smooth = filter2d(image, gaussian(sigma))
    across, down = filter2d(smooth, sobel(axis=1)), filter2d(smooth, sobel(axis=0))
    strength = np.hypot(across, down)
    light = np.clip(strength / np.quantile(strength, STRONG) - FAINT, 0, 1)
    rise = np.divide(across + down / 2, strength, out=np.zeros_like(light), where=strength > 0)
    share = np.clip((rise + 1) / 2, 0, 1)[..., np.newaxis]
    return light[..., np.newaxis] * (share * BRIGHTER + (1 - share) * DARKER)


def _twice(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice as high and wide, so that lines stay fine on a screen of fine pixels."""
    height, width = image.shape
    large = Image.fromarray(image.astype(np.float32)).resize((2 * width, 2 * height))
    return np.asarray(large, np.float64)


def _webp(image: NDArray[np.float64], *, quality: int) -> bytes:
    buffer = io.BytesIO()
    pixels = Image.fromarray((image * 255).round().astype(np.uint8))
    pixels.save(buffer, "webp", quality=quality, method=6)
    return buffer.getvalue()
