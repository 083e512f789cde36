"""Convolution against its definition in loops, SciPy, finite differences and numbers by hand."""

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from numpy.testing import assert_allclose, assert_array_equal

from convnotes import convolution, kernels, samples
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

MODES = ("zeros", "reflect", "replicate", "circular")
SCIPY_MODES = {
    "zeros": "constant",
    "reflect": "mirror",
    "replicate": "nearest",
    "circular": "grid-wrap",
}


def random_layer(seed):
    """Draw an input, filters and options that fit together."""
    rng = np.random.default_rng(seed)
    groups, per_group, filters_per_group = rng.integers(1, 4, 3)
    kernel, dilation = rng.integers(1, 5, 2), rng.integers(1, 4, 2)
    stride = rng.integers(1, 4, 2)
    size = dilation * (kernel - 1) + rng.integers(1, 5, 2)
    padding = tuple(int(p) for p in np.minimum(rng.integers(0, 4, 2), size - 1))
    if rng.random() < 0.3:
        padding = str(rng.choice(["same", "valid"]))
        stride = np.ones(2, int) if padding == "same" else stride
    dtype = np.float32 if rng.random() < 0.3 else np.float64
    x = rng.normal(size=(rng.integers(0, 3), groups * per_group, *size)).astype(dtype)
    weight = rng.normal(size=(groups * filters_per_group, per_group, *kernel)).astype(dtype)
    bias = rng.normal(size=len(weight)).astype(dtype) if rng.random() < 0.5 else None
    options = {
        "stride": tuple(map(int, stride)),
        "padding": padding,
        "dilation": tuple(map(int, dilation)),
        "groups": int(groups),
    }
    return rng, x, weight, bias, options


def assert_close(actual, expected):
    """Compare as closely as the dtype allows, dtype included."""
    assert actual.dtype == expected.dtype
    tolerance = 2e-5 if actual.dtype == np.float32 else 1e-12
    assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


# The layer


@pytest.mark.parametrize("seed", range(300))
def test_conv2d_is_its_definition(seed):
    rng, x, weight, bias, options = random_layer(seed)
    options["padding_mode"] = str(rng.choice(["zeros", MODES[seed % 4]]))
    if options["padding_mode"] == "reflect" and options["padding"] == "same":
        options["padding"] = "valid"  # may reach too far for reflection; that error has its test
    out = conv2d(x, weight, bias, **options)
    assert_close(out, conv2d_loops(x, weight, bias, **options))


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


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_go_where_the_definition_sends_them(poison):
    rng = np.random.default_rng(1)
    x, weight = rng.normal(size=(1, 2, 6, 7)), rng.normal(size=(3, 2, 3, 2))
    x[0, 1, 2, 3] = poison
    expected = conv2d_loops(x, weight, padding=1)
    assert np.isfinite(expected).sum() == expected.size - 3 * 6
    assert_allclose(conv2d(x, weight, padding=1), expected)
    image = x[0, 1]
    reached = ~np.isfinite(filter2d(image, np.ones((3, 3))))
    assert_array_equal(np.argwhere(reached).min(0), [1, 2])
    assert_array_equal(np.argwhere(reached).max(0), [3, 4])
    assert np.isfinite(convolve(image, np.ones((2, 2)))).sum() == 7 * 8 - 4


# Plain arrays


SHAPES = [((7,), (3,)), ((3,), (6,)), ((5, 6), (2, 3)), ((2, 3), (4, 5)), ((4, 5, 6), (2, 1, 3))]


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("shape", "kernel_shape"), SHAPES)
@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_convolve_and_correlate_are_scipys(name, shape, kernel_shape, mode):
    rng = np.random.default_rng(2)
    x, kernel = rng.normal(size=shape), rng.normal(size=kernel_shape)
    mine, scipys = getattr(convolution, name), getattr(scipy.signal, name)
    for a, b in ((x, kernel), (x, kernel * 1j), (x + 2j, kernel - 1j), (x + 2j, kernel)):
        assert_allclose(mine(a, b, mode), scipys(a, b, mode, method="direct"), atol=1e-12)


def test_convolve_by_hand():
    assert convolve([1, 2, 3], [1, 10]).tolist() == [1, 12, 23, 30]
    assert correlate([1, 2, 3], [1, 10]).tolist() == [10, 21, 32, 3]
    assert convolve([[1, 2]], [[1], [3]]).tolist() == [[1, 2], [3, 6]]


@pytest.mark.parametrize("padding_mode", MODES)
@pytest.mark.parametrize("shape", [(3, 3), (1, 5), (7, 3), (2, 4), (1, 1)])
def test_filter2d_is_scipys_correlate(shape, padding_mode):
    rng = np.random.default_rng(3)
    image, kernel = rng.normal(size=(9, 12, 3)), rng.normal(size=shape)
    # SciPy centres an even kernel on the value after its middle, this package on the one before.
    origin = [-1 if size % 2 == 0 else 0 for size in shape]
    colour = filter2d(image, kernel, padding_mode=padding_mode)
    for channel in range(3):
        grey = image[..., channel]
        expected = scipy.ndimage.correlate(
            grey, kernel, mode=SCIPY_MODES[padding_mode], origin=origin
        )
        assert_allclose(filter2d(grey, kernel, padding_mode=padding_mode), expected, atol=1e-12)
        assert_allclose(colour[..., channel], expected, atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("padding_mode", MODES)
def test_photograph_through_sobel_is_scipys(axis, padding_mode):
    photo, sobel = samples.photo(), kernels.sobel(axis)
    expected = scipy.ndimage.correlate(photo, sobel, mode=SCIPY_MODES[padding_mode])
    out = filter2d(photo, sobel, padding_mode=padding_mode)
    assert out.shape == (600, 512)
    assert np.ptp(out) > 0.1
    assert_allclose(out, expected, rtol=0, atol=1e-13)
    border = np.ones(photo.shape, bool)
    border[1:-1, 1:-1] = False
    assert_allclose(out[border], expected[border], rtol=0, atol=1e-13)


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


# The linear map


@pytest.mark.parametrize("seed", range(120))
def test_conv_matrix_is_the_layer(seed):
    _, x, weight, _, options = random_layer(seed)
    mode = "zeros" if options["padding"] == "same" else MODES[seed % 4]
    matrix = conv_matrix(weight, x.shape[1:], **options, padding_mode=mode)
    expected = conv2d_loops(x, weight, **options, padding_mode=mode)
    flat = x.reshape(len(x), matrix.shape[1]) @ matrix.T
    assert_close(flat.reshape(expected.shape), expected)


def test_conv_matrix_of_a_circular_convolution_is_circulant():
    weight = np.array([1.0, 2.0, 3.0]).reshape(1, 1, 1, 3)
    matrix = conv_matrix(weight, (1, 1, 5), padding=(0, 1), padding_mode="circular")
    expected = [np.roll([1, 2, 3, 0, 0], shift) for shift in range(-1, 4)]
    assert_array_equal(matrix, expected)


@pytest.mark.parametrize("seed", range(120))
def test_adjoints_are_the_transposed_matrix(seed):
    rng, x, weight, bias, options = random_layer(seed)
    matrix = conv_matrix(weight, x.shape[1:], **options)
    out = conv2d(x, weight, **options)
    grad = rng.normal(size=out.shape).astype(x.dtype)
    expected = (grad.reshape(len(x), matrix.shape[0]) @ matrix).reshape(x.shape)
    assert_close(conv2d_input(x.shape, weight, grad, **options), expected)
    if isinstance(options["padding"], str):
        return
    used = [
        (o - 1) * s - 2 * p + d * (k - 1) + 1
        for o, s, p, d, k in zip(
            out.shape[2:],
            options["stride"],
            options["padding"],
            options["dilation"],
            weight.shape[2:],
            strict=True,
        )
    ]
    left_over = tuple(np.subtract(x.shape[2:], used).tolist())
    shift = None if bias is None else np.resize(bias, x.shape[1])
    back = conv_transpose2d(grad, weight, shift, output_padding=left_over, **options)
    assert_close(back, expected if shift is None else expected + shift[:, None, None])


@pytest.mark.parametrize("seed", range(30))
def test_gradients_are_finite_differences(seed):
    rng, x, weight, _, options = random_layer(seed)
    x, weight = rng.normal(size=(2, *x.shape[1:])), weight.astype(float)
    grad = rng.normal(size=conv2d_loops(x, weight, **options).shape)

    def loss(x, weight):
        return np.sum(grad * conv2d(x, weight, **options))

    for gradient, array, at in (
        (conv2d_input(x.shape, weight, grad, **options), x, lambda a: loss(a, weight)),
        (conv2d_weight(x, weight.shape, grad, **options), weight, lambda a: loss(x, a)),
    ):
        for flat in rng.integers(array.size, size=5):
            step = np.zeros(array.size)
            step[flat] = 1e-3
            step = step.reshape(array.shape)
            slope = (at(array + step) - at(array - step)) / 2e-3
            assert_allclose(gradient.ravel()[flat], slope, atol=1e-9)


def test_conv_transpose2d_by_hand():
    x = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(1, 1, 2, 2)
    weight = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 1, 2, 2)
    stamped = [[1, 2, 10, 20], [3, 4, 30, 40], [100, 200, 1000, 2000], [300, 400, 3000, 4000]]
    assert_array_equal(conv_transpose2d(x, weight, stride=2)[0, 0], stamped)
    assert_array_equal(
        conv_transpose2d(x, weight, stride=2, padding=1)[0, 0], [[4, 30], [200, 1000]]
    )
    overlapped = [[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]]
    assert_array_equal(conv_transpose2d(x, weight)[0, 0], overlapped)
    assert_array_equal(scipy.signal.convolve2d(x[0, 0], weight[0, 0]), overlapped)
    shape = conv_transpose2d(x, weight, stride=3, output_padding=(2, 0), dilation=2).shape
    assert shape == (1, 1, 8, 6)


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


def test_an_empty_batch_gives_an_empty_batch():
    x, weight = np.zeros((0, 3, 8, 9)), np.ones((4, 3, 3, 3))
    out = conv2d(x, weight, padding=1, padding_mode="reflect")
    assert out.shape == conv2d_loops(x, weight, padding=1).shape == (0, 4, 8, 9)
    assert conv2d_input(x.shape, weight, out, padding=1).shape == x.shape
    assert_array_equal(conv2d_weight(x, weight.shape, out, padding=1), np.zeros(weight.shape))
    assert conv_transpose2d(out, weight).shape == (0, 3, 10, 11)
    assert conv1d(x[:, :, 0], weight[:, :, 0]).shape == (0, 4, 7)


X, W = np.ones((1, 4, 5, 6)), np.ones((2, 4, 3, 3))
WRONG = [
    (lambda: conv2d(X, W, stride=0), ValueError, "stride=0 must be at least 1"),
    (lambda: conv2d(X, W, stride=(1, -1)), ValueError, r"stride=\(1, -1\)"),
    (lambda: conv2d(X, W, stride=1.5), TypeError, "stride=1.5"),
    (lambda: conv2d(X, W, stride=True), TypeError, "stride=True"),
    (lambda: conv2d(X, W, stride=(1, 1, 1)), ValueError, "one number or 2, not 3"),
    (lambda: conv2d(X, W, dilation=0), ValueError, "dilation=0"),
    (lambda: conv2d(X, W, dilation=3), ValueError, "kernel_size=3 with dilation=3 spans 7"),
    (lambda: conv2d(X, W, padding=-1), ValueError, "padding=-1"),
    (lambda: conv2d(X, W, padding="some"), ValueError, "padding='some'"),
    (lambda: conv2d(X, W, padding=None), TypeError, "padding=None"),
    (lambda: conv2d(X, W, padding="same", stride=2), ValueError, "stride=1, not stride=2"),
    (lambda: conv2d(X, W, padding_mode="mirror"), ValueError, "padding_mode='mirror'"),
    (lambda: conv2d(X, W, padding=5, padding_mode="reflect"), ValueError, "padding=5 is too wide"),
    (lambda: conv2d(X, W, padding=6, padding_mode="circular"), ValueError, "padding=6 is too"),
    (lambda: conv2d(X, W, groups=3), ValueError, "groups=3 must divide C_in=4"),
    (lambda: conv2d(X, np.ones((3, 2, 3, 3)), groups=2), ValueError, "divide C_out=3"),
    (lambda: conv2d(X, W, groups=2), ValueError, r"weight.shape\[1\]=4 must be .* 4 // 2 = 2"),
    (lambda: conv2d(X, W, groups=0), ValueError, "groups=0"),
    (lambda: conv2d(X[0], W), ValueError, r"x must have the axes .* \(4, 5, 6\)"),
    (lambda: conv2d(X, W[0]), ValueError, "weight must have the axes"),
    (lambda: conv2d(X, W[..., :0]), ValueError, "kernel_size"),
    (lambda: conv2d(X, W, np.ones(4)), ValueError, r"bias.shape=\(4,\) must be .*\(2,\)"),
    (lambda: conv2d("photo", W), TypeError, "x must be an array of numbers, not str"),
    (lambda: conv2d(X, None), TypeError, "weight must be an array of numbers, not NoneType"),
    (lambda: conv2d([[1], [1, 2]], W), ValueError, "x must be an array with rows"),
    (lambda: conv2d(X * 1j, W), TypeError, "x must be real"),
    (lambda: conv2d_loops(X, W, stride=0), ValueError, "stride=0"),
    (lambda: conv1d(X, W), ValueError, r"x must have the axes \(N, C_in, L\)"),
    (lambda: conv_transpose2d(X, W), ValueError, r"weight.shape\[0\]=2 must be C_in=4"),
    (lambda: conv_transpose2d(X, X.T, groups=3), ValueError, r"weight.shape\[0\]=6"),
    (lambda: conv_transpose2d(X[:, :2], W, output_padding=1), ValueError, "output_padding=1"),
    (lambda: conv_transpose2d(X[:, :2], W, padding=4), ValueError, "leaves no output"),
    (lambda: conv_transpose2d(X[:, :2], W, padding="same"), TypeError, "padding='same'"),
    (lambda: conv2d_input((4, 5, 6), W, X), ValueError, r"input_shape=\[4, 5, 6\]"),
    (lambda: conv2d_input(X.shape, W, X), ValueError, r"must be \(1, 2, 3, 4\)"),
    (lambda: conv2d_weight(X, W.shape, X), ValueError, r"grad_output.shape=\(1, 4, 5, 6\)"),
    (lambda: conv_matrix(W, (5, 6)), ValueError, "input_shape"),
    (lambda: convolve([1, 2], [[1]]), ValueError, r"shapes \(2,\) and \(1, 1\)"),
    (lambda: convolve(1, 1), ValueError, "axes"),
    (lambda: convolve([], [1]), ValueError, "empty"),
    (lambda: convolve([1], [1], "wrap"), ValueError, "mode='wrap'"),
    (lambda: correlate(X[0, 0], np.ones((6, 2)), "valid"), ValueError, "mode='valid' needs"),
    (lambda: filter2d(X, W[0, 0]), ValueError, "image must have the axes"),
    (lambda: filter2d(X[0, 0], W[0]), ValueError, "kernel must have the axes"),
    (lambda: filter2d(X[0, 0], np.ones((0, 3))), ValueError, "kernel must not be empty"),
    (lambda: filter2d(X[0, 0], np.ones((11, 1))), ValueError, "padding=5 is too wide"),
    (lambda: filter2d(X[0, 0], W[0, 0], padding_mode="wrap"), ValueError, "padding_mode='wrap'"),
    (lambda: pad([1, 2], (1, 1)), ValueError, "more entries than x has axes"),
    (lambda: pad(1, 1), ValueError, "at least one axis"),
    (lambda: pad([1, 2], 1, "edge"), ValueError, "mode='edge'"),
    (lambda: pad([1, 2], "1"), TypeError, "padding='1'"),
    (lambda: output_size(5.0, 3), TypeError, "size=5.0"),
    (lambda: output_size(5, 6), ValueError, "spans 6, more than the padded input of 5"),
    (lambda: output_size(5, 3, padding="same", stride=2), ValueError, "padding='same'"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG)
def test_wrong_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
