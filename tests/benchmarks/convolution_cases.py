"""What is easy to be slow or wrong on, beside what a user of another library would call.

Each case is a name, the peer's name, the peer's function and ours, both without arguments.
"""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import torch
from scipy import ndimage, signal

from convnotes import kernels, samples
from convnotes.convolution import conv2d, conv2d_input, conv_transpose2d, convolve, filter2d

Cases = dict[str, tuple[str, Callable, Callable]]


def values(rng: np.random.Generator) -> Cases:
    """Spikes, decays, NaN, float16; the last two against ourselves in float32 without NaN."""
    noise, decay = rng.normal(size=44_100), np.exp(-np.arange(3000) / 20)
    spiky, impulse = noise.copy(), samples.impulse((512, 512))
    spiky[4000] = 1e12
    image = rng.normal(size=(1080, 1920)).astype(np.float32)
    wide, dense = kernels.gaussian(5.0, radius=15), rng.normal(size=(5, 5)).astype(np.float32)
    holes, plain = image.copy(), partial(filter2d, image, wide)
    holes.ravel()[rng.integers(holes.size, size=200)] = np.nan
    pairs = {
        "an impulse, 44,100 ∗ 44,100": (samples.impulse(44_100), noise),
        "an impulse, 441,000 ∗ 44,100": (samples.impulse(441_000), noise),
        "noise with a spike, 44,100 ∗ 44,100": (spiky, noise),
        "two decays, 3000 ∗ 600": (decay, decay[:600]),
        "10 ∗ 3": (decay[:10], decay[:3]),
    }
    table: Cases = {
        name: ("scipy", partial(signal.convolve, *pair), partial(convolve, *pair))
        for name, pair in pairs.items()
    }
    table["an impulse, 512², Gaussian 201×201"] = (
        "ndimage",
        partial(ndimage.gaussian_filter, impulse, 25.0, mode="mirror"),
        partial(filter2d, impulse, kernels.gaussian(25.0)),
    )
    table["random 5×5, 1080p"] = (
        "opencv",
        partial(cv2.filter2D, image, -1, dense, borderType=cv2.BORDER_REFLECT_101),
        partial(filter2d, image, dense),
    )
    for name, other in (("200 NaN", holes), ("float16", image.astype(np.float16))):
        table[f"{name}, 1080p, Gaussian 31×31"] = "plain", plain, partial(filter2d, other, wide)
    return table


def networks(rng: np.random.Generator) -> Cases:
    """Layers with large kernels, depthwise on small images, and the first of a decoder."""
    functional, grad = torch.nn.functional, torch.nn.grad
    depthwise = {"padding": 1, "groups": 960}
    table: Cases = {}
    for name, shape, weight_shape, peer, ours in (
        ("31×31, 3 → 3, 256²", (1, 3, 256, 256), (3, 3, 31, 31), functional.conv2d, conv2d),
        ("51×51, 3 → 3, 256²", (1, 3, 256, 256), (3, 3, 51, 51), functional.conv2d, conv2d),
        (
            "3×3, 960 depthwise, 7², to input",
            (32, 960, 7, 7),
            (960, 1, 3, 3),
            lambda x, w: grad.conv2d_input(x.shape, w, x, **depthwise),
            lambda x, w: conv2d_input(x.shape, w, x, **depthwise),
        ),
        (
            "transposed, 50 → 1, 1² to 28²",
            (200, 50, 1, 1),
            (50, 1, 28, 28),
            functional.conv_transpose2d,
            conv_transpose2d,
        ),
    ):
        x, weight = (rng.normal(size=s).astype(np.float32) for s in (shape, weight_shape))
        theirs = partial(peer, torch.from_numpy(x), torch.from_numpy(weight))
        table[name] = "torch", theirs, partial(ours, x, weight)
    return table
