"""Every wrong argument is named, with its value, before any work is done."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

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
    (lambda: conv2d(X, W, padding=(1, 2, 3)), ValueError, r"padding=\(1, 2, 3\)"),
    (lambda: conv2d(X, W, padding=((1, 2),)), ValueError, r"padding=\(\(1, 2\),\) must be"),
    (lambda: conv2d(X, W, padding=((1, 2), (3, -1))), ValueError, r"padding=\(3, -1\) must be at"),
    (lambda: conv2d(X, W, padding=((1, 2), (3, 4, 5))), ValueError, r"padding=\(3, 4, 5\)"),
    (lambda: conv2d(X, W, padding=((1, 2), "12")), TypeError, "padding='12'"),
    (lambda: conv2d(X, W, padding=2**62), ValueError, "padding=.* asks for .* values, more than"),
    (lambda: conv2d(X, W, groups=3), ValueError, "groups=3 must divide C_in=4"),
    (lambda: conv2d(X, np.ones((3, 2, 3, 3)), groups=2), ValueError, "divide C_out=3"),
    (lambda: conv2d(X, W, groups=2), ValueError, r"weight.shape\[1\]=4 must be .* 4 // 2 = 2"),
    (lambda: conv2d(X, W, groups=0), ValueError, "groups=0"),
    (lambda: conv2d(X[0, 0], W), ValueError, r"x must have the axes .* \(5, 6\)"),
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
    (lambda: conv2d_input((4, 5, 6), W, X), ValueError, r"input_shape=\(4, 5, 6\)"),
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
    (lambda: filter2d(X[0, 0], W[0, 0], padding_mode="wrap"), ValueError, "padding_mode='wrap'"),
    (lambda: pad([1, 2], (1, 1)), ValueError, "more entries than x has axes"),
    (lambda: pad(1, 1), ValueError, "at least one axis"),
    (lambda: pad([1, 2], 1, "edge"), ValueError, "mode='edge'"),
    (lambda: pad([], 1, "reflect"), ValueError, "mode='reflect' has nothing to repeat"),
    (lambda: pad(["a"], 1), TypeError, "x must be an array of numbers, not of dtype <U1"),
    (lambda: pad([1, 2], "1"), TypeError, "padding='1'"),
    (lambda: pad([1, 2], 1, []), ValueError, r"mode=\[\] must be one of"),
    (lambda: conv2d(X, W, padding_mode=["zeros"]), ValueError, "padding_mode="),
    (lambda: conv2d(X, W, method=np.array(["auto", "fft"])), ValueError, "method="),
    (lambda: convolve([1], [1], np.array(["full", "same"])), ValueError, "mode="),
    (lambda: conv2d(X, W, stride=b"\x01\x02"), TypeError, "stride=b"),
    (lambda: conv2d(X, W, padding=10**30), ValueError, "padding=10+ must be at most"),
    (lambda: conv2d_input(None, W, X), TypeError, r"input_shape=None must be the sizes \(N, C_in"),
    (lambda: conv2d_weight(X, 5, X), TypeError, "weight_shape=5 must be the sizes"),
    (lambda: filter2d([[1], [1, 2]], W[0, 0]), ValueError, "image must be an array with rows"),
    (lambda: output_size(5.0, 3), TypeError, "size=5.0"),
    (lambda: output_size(5, 6), ValueError, "spans 6, more than the padded input of 5"),
    (lambda: output_size(5, 3, padding="same", stride=2), ValueError, "padding='same'"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG)
def test_wrong_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_numbers_may_be_numpys():
    small = np.int8(2)
    wide = np.ones((1, 256, 5, 5))
    out = conv2d(wide, np.ones((4, 128, 3, 3)), groups=small, stride=np.array([1, 2]))
    assert_allclose(out, np.full((1, 4, 3, 2), 128 * 9))
    assert conv2d(X, W, padding=np.array(2)).shape == conv2d(X, W, padding=2).shape
    stamps = conv_transpose2d(X[:, :2], np.ones((2, 200, 3, 3)), groups=np.uint8(2))
    assert stamps.shape == (1, 400, 7, 8)
    assert_allclose(pad(np.ones((2, 2)), np.array([0, 1])), pad(np.ones((2, 2)), [0, 1]))


# Any value of any option either gives the definition's shape or a named error, at once.

integers = st.integers(-2, 5)
numbers = st.one_of(
    integers,
    st.tuples(integers, integers),
    st.floats(),
    st.booleans(),
    st.none(),
    st.text(max_size=3),
)
options = st.fixed_dictionaries(
    {},
    optional={
        "stride": numbers,
        "padding": numbers | st.sampled_from(["same", "valid"]),
        "dilation": numbers,
        "groups": st.one_of(integers, st.floats(), st.none()),
        "padding_mode": st.sampled_from(["zeros", "reflect", "replicate", "circular", "edge"]),
        "method": st.sampled_from(["auto", "im2col", "fft", "winograd2", "taps", "fast"]),
    },
)
sizes = st.tuples(*[st.integers(0, 5)] * 4)


def refusal(call):
    """Return what a call returns, and the words with which it refuses instead."""
    try:
        return call(), None
    except (ValueError, TypeError) as error:
        return None, str(error)


@given(options, sizes, sizes)
def test_a_layer_is_computed_or_refused_by_name(options, shape, weight_shape):
    x, weight = np.ones(shape), np.ones(weight_shape)
    out, words = refusal(lambda: conv2d(x, weight, **options))
    if words is not None:
        assert words.startswith(
            ("stride", "padding", "dilation", "groups", "method", "weight", "kernel_size")
        )
        return
    loops = {name: value for name, value in options.items() if name != "method"}
    assert_allclose(out, conv2d_loops(x, weight, **loops), atol=1e-12)


@given(st.fixed_dictionaries(dict.fromkeys(("stride", "padding", "dilation"), numbers)))
def test_the_way_back_is_refused_by_the_same_names(options):
    x, weight = np.ones((1, 2, 5, 6)), np.ones((3, 2, 2, 3))
    out, words = refusal(lambda: conv2d(x, weight, **options))
    if words is None:
        assert conv2d_input(x.shape, weight, out, **options).shape == x.shape
        assert conv2d_weight(x, weight.shape, out, **options).shape == weight.shape
        return
    grad = np.ones((1, 3, 4, 4))
    assert refusal(lambda: conv2d_input(x.shape, weight, grad, **options))[1] == words
    assert refusal(lambda: conv2d_weight(x, weight.shape, grad, **options))[1] == words


anything = st.one_of(
    st.none(), st.text(), st.dictionaries(st.text(), st.integers()), st.complex_numbers()
)


@given(anything)
def test_what_is_no_array_is_refused_by_name(value):
    for call in (
        lambda: conv2d(value, W),
        lambda: conv2d(X, value),
        lambda: conv2d(X, W, [value, value]),
        lambda: conv1d(value, W[0]),
        lambda: filter2d(value, W[0, 0]),
        lambda: filter2d(X[0, 0], value),
        lambda: convolve(value, [1.0]),
        lambda: correlate([1.0], value),
        lambda: pad([value], 1) if not isinstance(value, complex) else pad(1, 1),
        lambda: conv2d_input(X.shape, value, X),
        lambda: conv2d_weight(value, W.shape, X),
    ):
        with pytest.raises(
            (ValueError, TypeError), match=r"x|weight|bias|image|kernel|grad_output"
        ):
            call()
