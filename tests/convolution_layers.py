"""Random convolutional layers, and how closely two results must agree."""

import numpy as np
from numpy.testing import assert_allclose

MODES = ("zeros", "reflect", "replicate", "circular", "symmetric")
METHODS = ("im2col", "matmul", "taps", "separable", "toeplitz", "fft", "winograd2", "winograd4")


def random_layer(seed, method=None):
    """Draw an input, filters and options that fit together and, if named, an engine."""
    rng = np.random.default_rng(seed)
    method = method or rng.choice(METHODS, p=[0.4, 0.1, 0.1, 0.1, 0.1, 0.05, 0.1, 0.05])
    groups, per_group, filters_per_group = rng.integers(1, 4, 3)
    kernel, dilation = rng.integers(1, 5, 2), rng.integers(1, 4, 2)
    stride = rng.integers(1, 4, 2)
    if method not in ("im2col", "taps"):
        stride = dilation = np.ones(2, int)
    if method == "matmul":
        kernel, groups = np.ones(2, int), 1
    if method in ("taps", "separable", "toeplitz", "fft"):
        per_group = 1
    if method in ("winograd2", "winograd4"):
        kernel = np.full(2, 3)
    size = dilation * (kernel - 1) + rng.integers(1, 5, 2)
    if rng.random() < 0.1:  # long enough for several tiles and bands, along one axis
        size[rng.integers(2)] += rng.integers(40)
    padding = tuple(int(p) for p in np.minimum(rng.integers(0, 4, 2), size - 1))
    if rng.random() < 0.3:
        padding = str(rng.choice(["same", "valid"]))
        stride = np.ones(2, int) if padding == "same" else stride
    dtype = np.float32 if rng.random() < 0.3 else np.float64
    images = rng.choice([0, 1, 2, 3], p=[0.1, 0.4, 0.3, 0.2])
    x = rng.normal(size=(images, groups * per_group, *size)).astype(dtype)
    weight = rng.normal(size=(groups * filters_per_group, per_group, *kernel)).astype(dtype)
    if method == "separable":  # of rank 1, half of them with zeros in it
        weight = weight[..., :1] * weight[..., :1, :]
        weight[..., rng.integers(0, 2) :: 2, :] *= rng.integers(0, 2)
    bias = rng.normal(size=len(weight)).astype(dtype) if rng.random() < 0.5 else None
    options = {
        "stride": tuple(map(int, stride)),
        "padding": padding,
        "dilation": tuple(map(int, dilation)),
        "groups": int(groups),
    }
    return rng, x, weight, bias, options


def assert_close(actual, expected, scale=1, note=""):
    """Compare as closely as the dtype allows, dtype included."""
    assert actual.dtype == expected.dtype
    tolerance = scale * (2e-5 if actual.dtype == np.float32 else 1e-12)
    assert_allclose(actual, expected, rtol=tolerance, atol=tolerance, err_msg=note)
