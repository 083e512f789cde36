"""The convolutional layer, sizes and borders, against numbers by hand and SciPy."""

import tracemalloc

import numpy as np
import pytest
import scipy.signal
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.convolution import (
    conv1d,
    conv2d,
    conv2d_input,
    conv2d_loops,
    conv2d_weight,
    conv_matrix,
    conv_transpose2d,
    convolve,
    correlate,
    filter2d,
    output_size,
    pad,
)
from tests.convolution_layers import assert_close, random_layer

# The layer


def test_conv2d_does_not_flip():
    impulse = np.zeros((1, 1, 5, 5))
    impulse[0, 0, 2, 2] = 1
    weight = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    out = conv2d(impulse, weight)[0, 0]
    assert_array_equal(out, [[9, 8, 7], [6, 5, 4], [3, 2, 1]])


def test_conv2d_by_hand():
    x = np.array([[1, 2, 0, 1], [0, 1, 3, 1], [2, 0, 1, 0]]).reshape(1, 1, 3, 4)
    weight = np.array([[1, -1], [2, 0]]).reshape(1, 1, 2, 2)
    assert_array_equal(conv2d(x, weight)[0, 0], [[-1, 4, 5], [3, -2, 4]])
    assert_array_equal(conv2d(x, weight, [10], stride=(1, 2))[0, 0], [[9, 15], [13, 14]])
    assert_array_equal(conv2d(x, weight, dilation=(2, 3))[0, 0], [[4]])
    assert_array_equal(
        conv2d(x, weight, padding=(0, 1))[0, 0], [[-1, -1, 4, 5, 3], [0, 3, -2, 4, 1]]
    )


def test_conv2d_sums_over_the_channels_of_a_group():
    x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 4, 1, 1)
    together = conv2d(x, np.ones((2, 4, 1, 1)))
    halves = conv2d(x, np.ones((2, 2, 1, 1)), groups=2)
    depthwise = conv2d(x, np.array([1.0, 2.0, 3.0, 4.0]).reshape(4, 1, 1, 1), groups=4)
    assert together.ravel().tolist() == [1111, 1111]
    assert halves.ravel().tolist() == [11, 1100]
    assert depthwise.ravel().tolist() == [1, 20, 300, 4000]


def test_same_puts_the_odd_leftover_on_the_right():
    out = conv1d([[[1.0, 2.0, 3.0, 4.0]]], [[[1.0, 10.0]]], padding="same")
    assert out.ravel().tolist() == [21, 32, 43, 4]


@pytest.mark.parametrize("shape", [(3, 3), (1, 4), (5, 2)])
def test_conv2d_is_scipys_correlate2d(shape):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(9, 11)), rng.normal(size=shape)
    for mode, padding in (("valid", 0), ("full", (shape[0] - 1, shape[1] - 1))):
        out = conv2d(x[None, None], weight[None, None], padding=padding)[0, 0]
        assert_allclose(out, scipy.signal.correlate2d(x, weight, mode), atol=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_conv1d_is_conv2d_on_one_row(seed):
    _, x, weight, bias, options = random_layer(seed)
    x, weight = x[:, :, 0], weight[:, :, 0]
    padding = options["padding"]
    one = {**options, "stride": options["stride"][1], "dilation": options["dilation"][1]}
    one["padding"] = padding if isinstance(padding, str) else padding[1]
    two = {**options, "stride": (1, one["stride"]), "dilation": (1, one["dilation"])}
    two["padding"] = padding if isinstance(padding, str) else (0, padding[1])
    expected = conv2d_loops(x[:, :, None], weight[:, :, None], bias, **two)
    assert_close(conv1d(x, weight, bias, **one), expected[:, :, 0])


# Sizes and borders


def test_output_size_counts_the_windows():
    for size in range(12):
        for kernel_size, stride, padding, dilation in np.ndindex(5, 4, 3, 3):
            k, s, p, d = kernel_size + 1, stride + 1, padding, dilation + 1
            starts = range(0, size + 2 * p, s)
            fit = sum(start + d * (k - 1) < size + 2 * p for start in starts)
            if fit:
                assert output_size(size, k, stride=s, padding=p, dilation=d) == fit
            else:
                with pytest.raises(ValueError, match="kernel_size"):
                    output_size(size, k, stride=s, padding=p, dilation=d)


def test_output_size_of_named_paddings():
    assert [output_size(10, k, padding="same") for k in (1, 2, 3, 4)] == [10, 10, 10, 10]
    assert output_size(10, 4, padding="valid", stride=3) == 3


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("zeros", [0, 0, 1, 2, 3, 0, 0]),
        ("reflect", [3, 2, 1, 2, 3, 2, 1]),
        ("replicate", [1, 1, 1, 2, 3, 3, 3]),
        ("circular", [2, 3, 1, 2, 3, 1, 2]),
        ("symmetric", [2, 1, 1, 2, 3, 3, 2]),
    ],
)
def test_pad_by_hand(mode, expected):
    assert pad([1, 2, 3], 2, mode=mode).tolist() == expected
    rows = pad([[1, 2, 3], [4, 5, 6]], ((0, 0), (2, 0)), mode=mode)
    assert rows[0].tolist() == expected[:5]


def test_pad_touches_the_last_axes():
    x = np.zeros((2, 3, 4, 5), np.uint8)
    assert pad(x, 1).shape == (2, 3, 6, 7)
    assert pad(x, (0, 2)).shape == (2, 3, 4, 9)
    assert pad(x, (1, 0, 0)).shape == (2, 5, 4, 5)
    assert pad(x, 1).dtype == np.uint8


# Inputs


def test_inputs_are_left_alone_and_may_be_views():
    rng = np.random.default_rng(4)
    x, weight = rng.normal(size=(2, 3, 8, 9)), rng.normal(size=(4, 3, 3, 3))
    expected = conv2d_loops(x, weight, padding=1)
    view = np.asfortranarray(x[:, :, ::-1, ::-1])[:, :, ::-1, ::-1]
    for array in (view, weight):
        array.flags.writeable = False
    assert_close(conv2d(view, weight, padding=1), expected)
    assert_close(filter2d(view[0, 0], weight[0, 0]), filter2d(x[0, 0], weight[0, 0]))
    assert_close(convolve(view[0, 0], weight[0, 0]), convolve(x[0, 0], weight[0, 0]))
    assert not np.shares_memory(filter2d(x[0, 0], [[1.0]]), x)
    assert not np.shares_memory(convolve(x[0, 0], [[1.0]]), x)
    assert not np.shares_memory(conv2d(x, np.ones((3, 1, 1, 1)), groups=3), x)
    assert not np.shares_memory(pad(x, 0), x)


@pytest.mark.parametrize(
    ("given", "returned"),
    [("float32", "float32"), ("float64", "float64"), ("uint8", "float64"), ("bool", "float64")],
)
def test_dtype_in_dtype_out(given, returned):
    x = np.ones((1, 1, 4, 4), given)
    kernel = np.ones((2, 2))
    assert conv2d(x, kernel[None, None], [1]).dtype == returned
    assert conv1d(x[:, :, 0], kernel[:1, None]).dtype == returned
    assert conv_transpose2d(x, kernel[None, None]).dtype == returned
    assert conv2d_weight(x, (1, 1, 4, 4), [[[[1.0]]]]).dtype == returned
    assert filter2d(x[0, 0], kernel).dtype == returned
    assert convolve(x[0, 0], kernel).dtype == correlate(x[0, 0], kernel).dtype == returned


@pytest.mark.parametrize("stride", [7, 1000, 10**9, 10**15])
def test_a_stride_beyond_the_image_costs_nothing(stride):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(1, 2, 5, 6)), rng.normal(size=(4, 2, 3, 2))
    layer = {"stride": stride}
    expected = np.einsum("ocuv,cuv->o", weight, x[0, :, :3, :2]).reshape(1, 4, 1, 1)
    assert_allclose(conv2d(x, weight, **layer), expected)
    assert conv2d(x, weight[:2, :1], groups=2, **layer).shape == (1, 2, 1, 1)
    assert conv_matrix(weight, (2, 5, 6), **layer).shape == (4, 60)
    to_x = conv2d_input(x.shape, weight, expected, **layer)
    assert_allclose(to_x[0, :, :3, :2], np.einsum("o,ocuv->cuv", expected.ravel(), weight))
    assert_allclose(to_x[0, :, 3:], 0)
    to_weight = conv2d_weight(x, weight.shape, expected, **layer)
    assert_allclose(to_weight, np.einsum("o,cuv->ocuv", expected.ravel(), x[0, :, :3, :2]))
    assert_allclose(conv_transpose2d(expected, weight, **layer)[0], to_x[0, :, :3, :2])


def test_a_long_row_is_computed_in_parts():
    # 200,000 samples and 500 taps: 400 MB of columns as a whole.
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(1, 2, 200_000)), rng.normal(size=(3, 2, 500))
    tracemalloc.start()
    out = conv1d(x, weight)
    to_weight = conv2d_weight(x[:, :, None], (3, 2, 1, 500), out[:, :, None])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6
    expected = sum(scipy.signal.oaconvolve(x[0, c], weight[1, c, ::-1], "valid") for c in range(2))
    assert_allclose(out[0, 1], expected, atol=1e-10)
    assert_allclose(to_weight[2, 1, 0, 7], out[0, 2] @ x[0, 1, 7 : 7 + out.shape[2]])


@pytest.mark.parametrize("dtype", [">f4", ">f8", "<f4", np.float16, np.longdouble])
def test_every_byte_order_and_width_is_kept(dtype):
    x, weight = np.ones((1, 8, 4, 4), dtype), np.ones((2, 8, 1, 1))
    for out in (
        conv2d(x[:0], weight),
        conv2d(x, weight),
        conv2d(x, np.ones((2, 8, 3, 3))),
        conv2d(x, np.ones((8, 1, 3, 3)), groups=8),
        conv_transpose2d(x, np.ones((8, 1, 2, 2)), stride=2),
        conv2d_weight(x, (2, 8, 1, 1), np.ones((1, 2, 4, 4))),
        filter2d(x[0, 0], np.ones((3, 3))),
        convolve(x[0, 0], np.ones((3, 3))),
    ):
        assert out.dtype == np.dtype(dtype)


def test_no_channels_give_no_weights_and_no_matrix():
    x, grad = np.ones((2, 0, 5, 5)), np.ones((2, 4, 3, 3))
    assert conv2d_weight(x, (4, 0, 3, 3), grad).shape == (4, 0, 3, 3)
    assert conv2d_weight(np.ones((2, 3, 5, 5)), (0, 3, 3, 3), grad[:, :0]).shape == (0, 3, 3, 3)
    assert conv_matrix(np.ones((4, 0, 3, 3)), (0, 5, 5)).shape == (36, 0)


def test_an_empty_batch_gives_an_empty_batch():
    x, weight = np.zeros((0, 3, 8, 9)), np.ones((4, 3, 3, 3))
    out = conv2d(x, weight, padding=1, padding_mode="reflect")
    assert out.shape == conv2d_loops(x, weight, padding=1).shape == (0, 4, 8, 9)
    assert conv2d_input(x.shape, weight, out, padding=1).shape == x.shape
    assert_array_equal(conv2d_weight(x, weight.shape, out, padding=1), np.zeros(weight.shape))
    assert conv_transpose2d(out, weight).shape == (0, 3, 10, 11)
    assert conv1d(x[:, :, 0], weight[:, :, 0]).shape == (0, 4, 7)
