"""Convolution: the definition in loops, the same thing fast, and everything around it.

Arrays are NCHW, height before width. ``conv1d``, ``conv2d`` and ``filter2d`` correlate, as every
deep-learning framework does: the kernel isn't flipped. ``convolve`` flips it.

The result has the dtype of ``x`` (integers become float64; float16 is summed in float32 and
rounded once), inputs are never changed, and NaN and infinity go where the definition sends them.
Whole numbers come out whole while the sums of their magnitudes stay below 2**53, in float32 2**24.
"""

from convnotes.convolution.adjoint import conv2d_input, conv2d_weight, conv_matrix
from convnotes.convolution.layers import conv1d, conv2d, conv2d_loops
from convnotes.convolution.shapes import output_size, pad
from convnotes.convolution.signals import convolve, correlate, filter2d
from convnotes.convolution.transposed import conv_transpose2d

__all__ = [
    "conv1d",
    "conv2d",
    "conv2d_input",
    "conv2d_loops",
    "conv2d_weight",
    "conv_matrix",
    "conv_transpose2d",
    "convolve",
    "correlate",
    "filter2d",
    "output_size",
    "pad",
]
