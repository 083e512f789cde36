"""Values and autograd slopes of PyTorch, for everything that it has too."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from convnotes.activations import ACTIVATIONS, COUPLED, gain, gelu, prelu

# What PyTorch calls otherwise, or puts together from two.
OTHERWISE = {
    "identity": lambda torch, x: x * 1,
    "squared_relu": lambda torch, x: torch.nn.functional.relu(x) ** 2,
    "prelu": lambda torch, x: torch.nn.functional.prelu(x, torch.tensor(0.25, dtype=x.dtype)),
    "threshold": lambda torch, x: torch.nn.functional.threshold(x, 1.0, 0.0),
    "maxout": lambda torch, x: x.unflatten(-1, (-1, 2)).max(dim=-1).values,
    "reglu": lambda torch, x: _halves(torch, x, torch.nn.functional.relu),
    "geglu": lambda torch, x: _halves(torch, x, torch.nn.functional.gelu),
    "swiglu": lambda torch, x: _halves(torch, x, torch.nn.functional.silu),
}
OVER_AN_AXIS = {"softmax", "log_softmax", "glu"}


def _halves(torch, x, gate):
    first, second = x.chunk(2, dim=-1)
    return first * gate(second)


def _torch_function(name):
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    if name in OTHERWISE:
        return torch, lambda x: OTHERWISE[name](torch, x)
    function = getattr(torch.nn.functional, name)
    return torch, lambda x: function(x, dim=-1) if name in OVER_AN_AXIS else function(x)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "binary_step"])
def test_values_and_slopes_are_those_of_pytorch(name):
    torch, function = _torch_function(name)
    kinks = [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0]
    x = np.concatenate([np.linspace(-12, 12, 4801), kinks])
    tensor = torch.tensor(x, requires_grad=True)
    values = function(tensor)
    values.sum().backward()
    # The range ends below 20, where PyTorch cuts softplus and mish off.
    assert_allclose(ACTIVATIONS[name](x), values.detach().numpy(), rtol=1e-8, atol=1e-12)
    # PyTorch 2.13 multiplies hardsigmoid's gradient by a float32 1/6 even in float64.
    rtol = 2**-24 if name == "hardsigmoid" else 1e-8
    assert_allclose(ACTIVATIONS[name].derivative(x), tensor.grad.numpy(), rtol=rtol, atol=1e-12)


def test_the_binary_step_is_heaviside_with_1_at_0():
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)
    expected = torch.heaviside(x, torch.tensor(1.0, dtype=torch.float64))
    assert_allclose(ACTIVATIONS["binary_step"](x.numpy()), expected.numpy())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("leaky_relu", {"negative_slope": 0.3}),
        ("elu", {"alpha": 1.7}),
        ("celu", {"alpha": 2.5}),
        ("gelu", {"approximate": "tanh"}),
        ("softplus", {"beta": 0.7}),
        ("hardtanh", {"min_val": -0.4, "max_val": 2.2}),
        ("softshrink", {"lambd": 1.3}),
        ("hardshrink", {"lambd": 1.3}),
        ("threshold", {"threshold": -0.7, "value": 2.0}),
    ],
)
def test_options_mean_what_they_mean_in_pytorch(name, options):
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    x = np.concatenate([np.linspace(-12, 12, 2401), *np.atleast_1d([[-1.3, 1.3, -0.7, 2.2, -0.4]])])
    tensor = torch.tensor(x, requires_grad=True)
    values = getattr(torch.nn.functional, name)(tensor, **options)
    values.sum().backward()
    f = ACTIVATIONS[name]
    assert_allclose(f(x, **options), values.detach().numpy(), rtol=1e-8, atol=1e-12)
    assert_allclose(f.derivative(x, **options), tensor.grad.numpy(), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4)])
def test_prelu_takes_the_weight_that_its_layer_stores(shape):
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    x = np.random.default_rng(0).normal(size=shape)
    stored = torch.nn.PReLU().weight.detach()
    assert stored.shape == (1,)
    expected = torch.nn.functional.prelu(torch.from_numpy(x), stored.double())
    assert_allclose(prelu(x, weight=stored), expected.numpy(), rtol=1e-15)
    assert_allclose(prelu(x, weight=stored.numpy()), expected.numpy(), rtol=1e-15)
    with pytest.raises(TypeError, match=r"^weight is a tensor that requires grad"):
        prelu(x, weight=torch.nn.PReLU().weight)


def test_prelu_and_the_slope_of_its_weights():
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    tensor = torch.tensor(x, requires_grad=True)
    weight = torch.tensor([0.1, -0.2, 3.0], dtype=torch.float64, requires_grad=True)
    values = torch.nn.functional.prelu(tensor, weight)
    values.sum().backward()
    slopes = weight.detach().numpy()
    assert_allclose(prelu(x, weight=slopes), values.detach().numpy(), rtol=1e-14)
    assert_allclose(prelu.derivative(x, weight=slopes), tensor.grad.numpy(), rtol=1e-14)
    by_channel = np.minimum(x, 0).sum(axis=(0, 2, 3))  # as prelu's description says
    assert_allclose(by_channel, weight.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", COUPLED)
def test_functions_over_an_axis_and_their_gradients_are_those_of_pytorch(name):
    torch, function = _torch_function(name)
    rng = np.random.default_rng(6)
    x = np.concatenate([rng.uniform(-12, 12, size=(50, 6)), np.zeros((1, 6)), np.ones((1, 6))])
    tensor = torch.tensor(x, requires_grad=True)
    values = function(tensor)
    grad_output = rng.normal(size=tuple(values.shape))
    values.backward(torch.tensor(grad_output))
    ours = COUPLED[name]
    assert_allclose(ours(x), values.detach().numpy(), rtol=1e-10, atol=1e-12)
    assert_allclose(ours.gradient(x, grad_output), tensor.grad.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", COUPLED)
def test_jacobians_are_those_of_pytorch(name):
    torch, function = _torch_function(name)
    x = np.random.default_rng(7).normal(size=6)
    expected = torch.autograd.functional.jacobian(function, torch.tensor(x))
    assert_allclose(COUPLED[name].jacobian(x), expected.numpy(), rtol=1e-10, atol=1e-13)


def test_gains_agree_where_pytorch_s_are_this_formula_and_not_elsewhere():
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    theirs = torch.nn.init.calculate_gain
    assert gain("identity") == pytest.approx(theirs("linear"), rel=1e-12)
    assert gain("relu") == pytest.approx(theirs("relu"), rel=1e-12)
    assert gain("leaky_relu", negative_slope=0.2) == pytest.approx(
        theirs("leaky_relu", 0.2), rel=1e-12
    )
    assert theirs("tanh") == 5 / 3
    assert theirs("sigmoid") == 1
    assert theirs("selu") == 0.75


def test_pytorch_s_three_spellings_of_max_x_0_differ_in_slope_at_0():
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    slopes = []
    for spelling in (torch.relu, lambda x: torch.maximum(x, torch.zeros(())), lambda x: x.clamp(0)):
        x = torch.zeros((), requires_grad=True)
        spelling(x).backward()
        slopes.append(x.grad.item())
    assert slopes == [0, 0.5, 1]


def test_quick_gelu_is_another_curve_than_both_of_pytorch_s():
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    x = np.linspace(-6, 6, 1201)
    for form in ("none", "tanh"):
        theirs = torch.nn.functional.gelu(torch.tensor(x), approximate=form).numpy()
        assert_allclose(gelu(x, approximate=form), theirs, atol=1e-12)
        assert np.abs(theirs - x / (1 + np.exp(-1.702 * x))).max() > 0.02
