"""The layer, its transpose and its gradients against PyTorch, where it is installed."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from convnotes.convolution import conv1d, conv2d, conv2d_input, conv2d_weight, conv_transpose2d
from tests.convolution_layers import MODES, random_layer

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


@pytest.mark.parametrize("mode", MODES)
def test_borders_are_pytorchs(torch, mode):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(2, 3, 7, 9)), rng.normal(size=(4, 3, 3, 3))
    layer = torch.nn.Conv2d(3, 4, 3, padding=(2, 1), padding_mode=mode, bias=False).double()
    layer.weight.data = torch.from_numpy(weight)
    expected = layer(torch.from_numpy(x)).detach()
    assert_close(conv2d(x, weight, padding=(2, 1), padding_mode=mode), expected)


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
