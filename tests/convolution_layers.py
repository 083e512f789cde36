"""Random convolutional layers, and how closely two results must agree."""

import numpy as np
from numpy.testing import assert_allclose

MODES = ("zeros", "reflect", "replicate", "circular")
METHODS = ("im2col", "matmul", "taps", "separable", "toeplitz", "fft", "winograd2", "winograd4")


def random_layer(seed):
    """Draw an input, filters and options that fit together, for any engine now and then."""
    rng = np.random.default_rng(seed)
    groups, per_group, filters_per_group = rng.integers(1, 4, 3)
    kernel, dilation = rng.integers(1, 5, 2), rng.integers(1, 4, 2)
    stride = rng.integers(1, 4, 2)
    kind = rng.choice(["any", "point", "depthwise", "plane", "3x3"], p=[0.4, 0.1, 0.1, 0.25, 0.15])
    if kind != "any":
        stride = dilation = np.ones(2, int)
    if kind == "point":
        kernel, groups = np.ones(2, int), 1
    if kind in ("depthwise", "plane"):
        per_group = 1
    if kind == "3x3":
        kernel = np.full(2, 3)
    size = dilation * (kernel - 1) + rng.integers(1, 5, 2)
    padding = tuple(int(p) for p in np.minimum(rng.integers(0, 4, 2), size - 1))
    if rng.random() < 0.3:
        padding = str(rng.choice(["same", "valid"]))
        stride = np.ones(2, int) if padding == "same" else stride
    dtype = np.float32 if rng.random() < 0.3 else np.float64
    x = rng.normal(size=(rng.choice([0, 1, 2, 3]), groups * per_group, *size)).astype(dtype)
    weight = rng.normal(size=(groups * filters_per_group, per_group, *kernel)).astype(dtype)
    if kind == "plane":  # of rank 1, half of them with zeros in it
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


def methods_for(weight, options):
    """Say which engines can compute a layer, from what each is."""
    near = options["stride"] == options["dilation"] == (1, 1)
    kernel, shallow = weight.shape[2:], weight.shape[1] == 1
    rank_1 = all(np.linalg.matrix_rank(kernel) <= 1 for kernel in np.nan_to_num(weight[:, 0]))
    possible = {
        "matmul": kernel == options["stride"] == (1, 1) and options["groups"] == 1,
        "taps": shallow,
        "separable": shallow and near and rank_1,
        "toeplitz": shallow and near,
        "fft": shallow and near,
        "winograd2": kernel == (3, 3) and near,
        "winograd4": kernel == (3, 3) and near,
    }
    return [method for method in METHODS if possible.get(method, True)]


def assert_close(actual, expected, scale=1):
    """Compare as closely as the dtype allows, dtype included."""
    assert actual.dtype == expected.dtype
    tolerance = scale * (2e-5 if actual.dtype == np.float32 else 1e-12)
    assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
