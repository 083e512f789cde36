"""Ready-made kernels as functions, tools to analyse them, and kernels learned from examples.

Every kernel is a float64 array for [`filter2d`][convnotes.convolution.filter2d], which correlates:
the weight drawn on the left multiplies the pixel on the left. A kernel with −1 on the left and +1
on the right is therefore positive where brightness grows to the right.
"""

from convnotes.kernels.analysis import frequency_response, gradient, orientation_error, separate
from convnotes.kernels.bandpass import dog, gabor, log
from convnotes.kernels.derivatives import laplacian, prewitt, roberts, scharr, sobel
from convnotes.kernels.enhancing import emboss, sharpen, unsharp
from convnotes.kernels.learning import fit
from convnotes.kernels.smoothing import box, gaussian, identity, motion

__all__ = [
    "box",
    "dog",
    "emboss",
    "fit",
    "frequency_response",
    "gabor",
    "gaussian",
    "gradient",
    "identity",
    "laplacian",
    "log",
    "motion",
    "orientation_error",
    "prewitt",
    "roberts",
    "scharr",
    "separate",
    "sharpen",
    "sobel",
    "unsharp",
]
