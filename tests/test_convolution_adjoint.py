"""The convolution as a matrix, its transpose and its gradients, against one another and by hand."""

import numpy as np
import pytest
import scipy.signal
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.convolution import (
    conv2d,
    conv2d_input,
    conv2d_loops,
    conv2d_weight,
    conv_matrix,
    conv_transpose2d,
)
from tests.convolution_layers import MODES, assert_close, random_layer


@pytest.mark.parametrize("seed", range(120))
def test_conv_matrix_is_the_layer(seed):
    _, x, weight, _, options = random_layer(seed)
    mode = MODES[seed % len(MODES)]
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
    border = {"padding_mode": MODES[seed % len(MODES)]}
    matrix = conv_matrix(weight, x.shape[1:], **options, **border)
    out = conv2d(x, weight, **options, **border)
    grad = rng.normal(size=out.shape).astype(x.dtype)
    expected = (grad.reshape(len(x), matrix.shape[0]) @ matrix).reshape(x.shape)
    assert_close(conv2d_input(x.shape, weight, grad, **options, **border), expected)
    if isinstance(options["padding"], str) or border != {"padding_mode": "zeros"}:
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
    options["padding_mode"] = MODES[seed % len(MODES)]
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


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_the_transpose_moves_a_layer_across_an_inner_product(first):
    # ⟨conv(x), y⟩ = ⟨x, conv_transpose(y)⟩, and the same for the weights: no matrix is built.
    for seed in range(first, first + 50):
        rng, x, weight, _, options = random_layer(seed)
        options["padding_mode"] = MODES[seed % len(MODES)]
        x, weight = rng.normal(size=(2, *x.shape[1:])), weight.astype(float)
        out = conv2d(x, weight, **options)
        y = rng.normal(size=out.shape)
        product = np.sum(out * y)
        to_x = conv2d_input(x.shape, weight, y, **options)
        to_weight = conv2d_weight(x, weight.shape, y, **options)
        assert_allclose(np.sum(x * to_x), product, rtol=1e-11, atol=1e-11)
        assert_allclose(np.sum(weight * to_weight), product, rtol=1e-11, atol=1e-11)


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


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (2, 3)])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("groups", [1, 2])
def test_a_kernel_larger_than_its_image_is_stamped_value_by_value(size, stride, groups):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(3, 4, *size)), rng.normal(size=(4, 6 // groups, 5, 4))
    layer = {"stride": stride, "padding": (1, 0), "dilation": (1, 2), "groups": groups}
    out = conv_transpose2d(x, weight, **layer)
    matrix = conv_matrix(weight, out.shape[1:], **layer)
    assert matrix.shape == (x[0].size, out[0].size)
    assert_allclose(out.reshape(3, -1), x.reshape(3, -1) @ matrix, atol=1e-12)
