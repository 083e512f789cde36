"""Ready-made kernels as functions, tools to analyse them, and kernels learned from examples.

Every kernel is a float64 array for [`filter2d`][convnotes.convolution.filter2d], which correlates:
the weight drawn on the left multiplies the pixel on the left. A kernel with −1 on the left and +1
on the right is therefore positive where brightness grows to the right.
"""

from convnotes.kernels.analysis import frequency_response, gradient, orientation_error, separate
from convnotes.kernels.learning import fit
from convnotes.kernels.ready_made import (
    box,
    emboss,
    gaussian,
    identity,
    laplacian,
    prewitt,
    scharr,
    sharpen,
    sobel,
)

__all__ = [
    "box",
    "emboss",
    "fit",
    "frequency_response",
    "gaussian",
    "gradient",
    "identity",
    "laplacian",
    "orientation_error",
    "prewitt",
    "scharr",
    "separate",
    "sharpen",
    "sobel",
]
