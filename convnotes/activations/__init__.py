"""Activation functions: the curves between the layers, with their slopes and their facts.

`ACTIVATIONS` holds every elementwise activation by name; each is also importable by that name, and
is called like a function. Beside them: `softmax` and the gated units, whose outputs depend on more
than one number, and measures of how a layer does.
"""

from convnotes.activations.activation import Activation
from convnotes.activations.coupled import geglu, glu, log_softmax, reglu, softmax, swiglu
from convnotes.activations.curved import (
    elu,
    gelu,
    logsigmoid,
    mish,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh,
)
from convnotes.activations.error_function import erf, erfc
from convnotes.activations.health import dead_units, gain, saturation
from convnotes.activations.piecewise import (
    hardsigmoid,
    hardswish,
    hardtanh,
    identity,
    leaky_relu,
    relu,
    relu6,
    squared_relu,
)
from convnotes.activations.registry import ACTIVATIONS

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "dead_units",
    "elu",
    "erf",
    "erfc",
    "gain",
    "geglu",
    "gelu",
    "glu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "identity",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "mish",
    "reglu",
    "relu",
    "relu6",
    "saturation",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "squared_relu",
    "swiglu",
    "tanh",
]
