"""The layer, its transpose and its gradients against PyTorch, where it is installed."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from convnotes.convolution import conv1d, conv2d, conv2d_input, conv2d_weight, conv_transpose2d
from tests.convolution_layers import MODES, random_layer

PYTORCHS = [mode for mode in MODES if mode != "symmetric"]

# PyTorch's remark on where it puts the odd leftover of "same", which is what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")


@pytest.fixture
def torch():
    module = pytest.importorskip("torch")
    threads = module.get_num_threads()
    module.set_num_threads(1)  # for layers as small as these, more only wait for one another
    yield module
    module.set_num_threads(threads)


def tensors(torch, *arrays):
    return [None if a is None else torch.from_numpy(np.ascontiguousarray(a)) for a in arrays]


def assert_close(actual, tensor):
    expected = tensor.numpy()
    assert actual.dtype == expected.dtype
    tolerance = 2e-5 if actual.dtype == np.float32 else 1e-12
    assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("first", range(0, 1000, 250))
def test_conv2d_is_pytorchs(torch, first):
    for seed in range(first, first + 250):
        _, x, weight, bias, options = random_layer(seed)
        xt, wt, bt = tensors(torch, x, weight, bias)
        out = conv2d(x, weight, bias, **options)
        assert_close(out, torch.nn.functional.conv2d(xt, wt, bt, **options))


@pytest.mark.parametrize("first", range(0, 1000, 250))
def test_gradients_are_pytorchs(torch, first):
    for seed in range(first, first + 250):
        rng, x, weight, _, options = random_layer(seed)
        x = x if len(x) else rng.normal(size=(1, *x.shape[1:])).astype(x.dtype)
        xt, wt = (t.requires_grad_() for t in tensors(torch, x, weight))
        out = torch.nn.functional.conv2d(xt, wt, **options)
        grad = rng.normal(size=out.shape).astype(x.dtype)
        out.backward(torch.from_numpy(grad))
        assert_close(conv2d_input(x.shape, weight, grad, **options), xt.grad)
        assert_close(conv2d_weight(x, weight.shape, grad, **options), wt.grad)


@pytest.mark.parametrize("first", range(0, 50, 50))
def test_conv_transpose2d_is_pytorchs(torch, first):
    for seed in range(first, first + 50):
        rng, x, weight, _, options = random_layer(seed)
        options["padding"] = tuple(int(p) for p in rng.integers(0, 2, 2))
        options["output_padding"] = tuple(
            int(rng.integers(0, max(pair)))
            for pair in zip(options["stride"], options["dilation"], strict=True)
        )
        stamps = rng.normal(size=(2, len(weight), 4, 5)).astype(x.dtype)
        bias = rng.normal(size=x.shape[1]).astype(x.dtype)
        xt, wt, bt = tensors(torch, stamps, weight, bias)
        out = conv_transpose2d(stamps, weight, bias, **options)
        assert_close(out, torch.nn.functional.conv_transpose2d(xt, wt, bt, **options))


@pytest.mark.parametrize("mode", PYTORCHS)
def test_borders_and_their_gradients_are_pytorchs(torch, mode):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(2, 3, 7, 9)), rng.normal(size=(4, 3, 3, 3))
    layer = torch.nn.Conv2d(3, 4, 3, padding=(2, 1), padding_mode=mode, bias=False).double()
    layer.weight.data = torch.from_numpy(weight)
    images = torch.from_numpy(x).requires_grad_()
    expected = layer(images)
    border = {"padding": (2, 1), "padding_mode": mode}
    assert_close(conv2d(x, weight, **border), expected.detach())
    grad = rng.normal(size=expected.shape)
    expected.backward(torch.from_numpy(grad))
    assert_close(conv2d_input(x.shape, weight, grad, **border), images.grad)
    assert_close(conv2d_weight(x, weight.shape, grad, **border), layer.weight.grad)


@pytest.mark.parametrize("mode", PYTORCHS)
def test_a_border_of_four_sizes_and_its_gradients_are_pytorchs(torch, mode):
    rng = np.random.default_rng(1)
    x, weight = rng.normal(size=(2, 3, 7, 9)), rng.normal(size=(4, 3, 3, 3))
    images, filters = (t.requires_grad_() for t in tensors(torch, x, weight))
    theirs = {"zeros": "constant"}.get(mode, mode)
    padded = torch.nn.functional.pad(images, (3, 0, 1, 2), mode=theirs)  # the last axis first
    expected = torch.nn.functional.conv2d(padded, filters, stride=2)
    border = {"stride": 2, "padding": ((1, 2), (3, 0)), "padding_mode": mode}
    assert_close(conv2d(x, weight, **border), expected.detach())
    grad = rng.normal(size=expected.shape)
    expected.backward(torch.from_numpy(grad))
    assert_close(conv2d_input(x.shape, weight, grad, **border), images.grad)
    assert_close(conv2d_weight(x, weight.shape, grad, **border), filters.grad)


def test_one_image_without_a_batch_is_pytorchs(torch):
    rng = np.random.default_rng(2)
    x, weight, bias = rng.normal(size=(4, 7, 9)), rng.normal(size=(4, 2, 3, 3)), rng.normal(size=4)
    images, filters, offsets = tensors(torch, x, weight, bias)
    options = {"stride": 2, "padding": 1, "groups": 2}
    functional = torch.nn.functional
    out = conv2d(x, weight, bias, **options)
    assert_close(out, functional.conv2d(images, filters, offsets, **options))
    back = conv_transpose2d(x, weight, bias, **options)
    assert_close(back, functional.conv_transpose2d(images, filters, offsets, **options))
    line = conv1d(x[:, 0], weight[:, :, 0], bias, **options)
    expected = functional.conv1d(images[:, 0], filters[:, :, 0], offsets, **options)
    assert_close(line, expected)
    images, filters = (t.requires_grad_() for t in (images, filters))
    functional.conv2d(images, filters, **options).backward(torch.from_numpy(out))
    assert_close(conv2d_input(x.shape, weight, out, **options), images.grad)
    assert_close(conv2d_weight(x, weight.shape, out, **options), filters.grad)


def test_a_tensor_is_an_array_unless_its_gradient_would_be_lost(torch):
    x, weight = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3, requires_grad=True)
    for call in (
        lambda: conv2d(x, weight),
        lambda: conv2d(x, [[[[weight[0, 0, 0, 0]]]]]),
        lambda: conv2d(x, torch.ones(1, 1, 3, 3, dtype=torch.bfloat16)),
    ):
        with pytest.raises(TypeError, match=r"^weight"):
            call()
    assert_array_equal(conv2d(x, weight.detach()), np.full((1, 1, 2, 2), 9, np.float32))


@pytest.mark.parametrize("kernel", [2, 3, 4])
def test_same_is_pytorchs(torch, kernel):
    rng = np.random.default_rng(1)
    x, weight = rng.normal(size=(1, 2, 11)), rng.normal(size=(3, 2, kernel))
    xt, wt = tensors(torch, x, weight)
    for dilation in (1, 2):
        expected = torch.nn.functional.conv1d(xt, wt, padding="same", dilation=dilation)
        assert_close(conv1d(x, weight, padding="same", dilation=dilation), expected)


@pytest.mark.parametrize(
    ("shape", "filters", "options"),
    [
        ((2, 3, 64, 60), (8, 3, 7, 7), {"stride": 2, "padding": 3}),
        ((1, 32, 30, 31), (16, 32, 3, 3), {"padding": 1}),
        ((1, 24, 40, 40), (24, 1, 3, 3), {"padding": 1, "groups": 24}),
        ((1, 16, 24, 24), (4, 16, 5, 5), {"padding": 4, "dilation": 2}),
        ((1, 8, 64, 64), (8, 1, 13, 13), {"padding": 6, "groups": 8}),
        ((2, 32, 28, 28), (64, 32, 1, 1), {}),
    ],
)
def test_layers_of_usual_size_are_pytorchs(torch, shape, filters, options):
    rng = np.random.default_rng(2)
    x, weight = rng.normal(size=shape), rng.normal(size=filters)
    xt, wt = (t.requires_grad_() for t in tensors(torch, x, weight))
    out = torch.nn.functional.conv2d(xt, wt, **options)
    grad = rng.normal(size=out.shape)
    out.backward(torch.from_numpy(grad))
    for ours, theirs in (
        (conv2d(x, weight, **options), out.detach()),
        (conv2d_input(shape, weight, grad, **options), xt.grad),
        (conv2d_weight(x, filters, grad, **options), wt.grad),
    ):
        assert_allclose(ours, theirs.numpy(), rtol=0, atol=1e-12 * abs(ours).max())
